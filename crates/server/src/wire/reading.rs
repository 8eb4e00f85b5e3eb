use std::sync::Arc;

use engine::{ListedQuery, QueryFix, QueryList, Related, Suggestion};
use serde::{Deserialize, Serialize};
use types::{Actor, Consequence, FieldError, Finding, Guess, Reading, ReadingStep, Route, Understanding};
use utoipa::{IntoParams, ToSchema};

use super::parts;

/// What a search asks of understanding.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UnderstandingBody {
    /// Steps to leave out: `normalise`, `words`, `spelling`, `quantities`, `entities`, `negation`, `synonyms`, `intent`,
    /// `category`, `relax`; `all` for all of them.
    #[schema(example = json!(["spelling"]))]
    off: Vec<String>,
    /// Keys of findings that the shopper has taken away.
    #[schema(example = json!(["entities:brand=Sony"]))]
    without: Vec<String>,
}

/// Findings a shopper can take away.
const WITHOUT_MAX: usize = 100;

impl UnderstandingBody {
    /// Checks the names.
    ///
    /// # Errors
    /// A [`FieldError`] naming the first that is wrong.
    pub(crate) fn read(&self) -> Result<Understanding, FieldError> {
        if self.without.len() > WITHOUT_MAX {
            let (expected, got) = (format!("at most {WITHOUT_MAX} keys"), format!("{} keys", self.without.len()));
            return Err(FieldError::new("out_of_range", "understanding.without", expected, got));
        }
        let without = self.without.iter().map(|key| Arc::from(key.as_str())).collect();
        if self.off.iter().any(|name| name == "all") {
            return Ok(Understanding { without, ..Understanding::none() });
        }
        let known: Vec<&str> = ReadingStep::ALL.iter().map(|step| step.name()).collect();
        let step = |(at, name): (usize, &String)| {
            parts::named(&format!("understanding.off[{at}]"), name, ReadingStep::from_name, &known)
        };
        Ok(Understanding { off: self.off.iter().enumerate().map(step).collect::<Result<_, _>>()?, without })
    }
}

/// A query to understand.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UnderstandBody {
    /// What was typed.
    #[schema(example = "红色连衣裙 200元以下")]
    pub(crate) query: String,
    /// Steps to leave out, and findings to take away.
    pub(crate) understanding: UnderstandingBody,
}

/// How a query was understood.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadingAnswer {
    /// The query as typed.
    query: String,
    /// The text that is searched for.
    text: String,
    /// The same without the words that were let go, where too little was found with them; what words are searched by.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
    /// `zh`, `en` or `other`.
    language: String,
    /// The words, as bytes of the query from and to.
    words: Vec<(usize, usize)>,
    /// What each step read.
    findings: Vec<FindingAnswer>,
    /// What may have been meant instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<String>,
    /// What the shopper is after, the likeliest first.
    intents: Vec<GuessAnswer>,
    /// Categories the wanted items are in, the likeliest first.
    categories: Vec<GuessAnswer>,
    /// Who should answer.
    route: RouteAnswer,
    /// Microseconds each step took.
    micros: Vec<(String, u32)>,
}

/// One thing that was read.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingAnswer {
    /// The step.
    step: String,
    /// Name it in `understanding.without` to take it away.
    key: String,
    /// The bytes of the query it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<(usize, usize)>,
    /// What was read.
    says: String,
    /// What it was concluded from.
    evidence: String,
    /// 0 to 1.
    confidence: f32,
    /// `shown`, `replaced`, `offered`, `expanded`, `filtered`, `boosted` or `relaxed`.
    consequence: String,
    /// The text in the span's place, where it was replaced or is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The condition that filters or boosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// What scores are multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<f32>,
    /// Other words, with what they count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    with: Vec<(String, f32)>,
}

/// A label with its probability.
#[derive(Serialize, ToSchema)]
pub(crate) struct GuessAnswer {
    /// The label.
    name: String,
    /// 0 to 1.
    probability: f32,
}

/// Who should answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct RouteAnswer {
    /// `search`, `category`, `assistant` or `human`.
    to: String,
    /// The category's path, joined by ` > `.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
}

impl From<Reading> for ReadingAnswer {
    fn from(reading: Reading) -> Self {
        Self {
            query: reading.query.to_string(),
            text: reading.text.to_string(),
            kept: reading.kept.map(|kept| kept.split_whitespace().collect::<Vec<_>>().join(" ")),
            language: reading.language.code().to_owned(),
            words: reading.words,
            findings: reading.findings.into_iter().map(FindingAnswer::from).collect(),
            did_you_mean: reading.did_you_mean.map(|text| text.to_string()),
            intents: reading.intents.into_iter().map(GuessAnswer::from).collect(),
            categories: reading.categories.into_iter().map(GuessAnswer::from).collect(),
            route: RouteAnswer {
                to: reading.route.name().to_owned(),
                category: match &reading.route {
                    Route::Category(path) => Some(path.to_string()),
                    Route::Search | Route::Assistant | Route::Human => None,
                },
            },
            micros: reading.micros.into_iter().map(|(step, micros)| (step.name().to_owned(), micros)).collect(),
        }
    }
}

impl From<Finding> for FindingAnswer {
    fn from(finding: Finding) -> Self {
        let (mut text, mut filter, mut factor, mut with) = (None, None, None, Vec::new());
        match &finding.consequence {
            Consequence::Replaced(other) | Consequence::Offered(other) => text = Some(other.to_string()),
            Consequence::Expanded { with: others, .. } => {
                with = others.iter().map(|(text, weight)| (text.to_string(), *weight)).collect();
            }
            Consequence::Filtered(condition) => filter = Some(condition.to_string()),
            Consequence::Boosted(condition, by) => (filter, factor) = (Some(condition.to_string()), Some(*by)),
            Consequence::Shown | Consequence::Relaxed => {}
        }
        Self {
            step: finding.step.name().to_owned(),
            key: finding.key.to_string(),
            span: finding.span,
            says: finding.says.to_string(),
            evidence: finding.evidence.to_string(),
            confidence: finding.confidence,
            consequence: finding.consequence.name().to_owned(),
            text,
            filter,
            factor,
            with,
        }
    }
}

impl From<Guess> for GuessAnswer {
    fn from(guess: Guess) -> Self {
        Self { name: guess.name.to_string(), probability: guess.probability }
    }
}

/// What was typed so far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestOptions {
    /// What was typed so far; nothing asks for what is wanted most.
    #[serde(default)]
    #[param(example = "lianyi")]
    pub(crate) q: String,
    /// Kinds with how many of each at most: `query:8,category:3,brand:3,product:3` where not said.
    #[param(example = "query:8,category:3")]
    pub(crate) kinds: Option<String>,
    /// The shopper, whose own searches come first.
    user: Option<String>,
    /// A guest.
    anonymous: Option<String>,
    /// The visit.
    session: Option<String>,
}

impl SuggestOptions {
    /// Who types.
    ///
    /// # Errors
    /// A [`FieldError`] naming the id that is wrong.
    pub(crate) fn actor(&self) -> Result<Actor, FieldError> {
        parts::actor(self.user.as_deref(), self.anonymous.as_deref(), self.session.as_deref())
    }
}

/// What may be wanted.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestAnswer {
    /// Kind by kind, the best first.
    pub(crate) suggestions: Vec<SuggestionAnswer>,
}

/// A text to suggest.
#[derive(Serialize, ToSchema)]
pub(crate) struct SuggestionAnswer {
    /// The text.
    text: String,
    /// `query`, `category`, `brand` or `product`.
    kind: String,
    /// Comparable within a kind.
    score: f32,
    /// The bytes of the text that what was typed stands for.
    span: (usize, usize),
    /// `prefix`, `word prefix`, `words`, `pinyin`, `initials` or `infix`.
    found_by: String,
    /// Slips that were looked past.
    edits: u8,
    /// Whether the shopper searched for it before; shown to nobody else for that reason.
    own: bool,
    /// A category's path from the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Vec<String>>,
}

impl From<Suggestion> for SuggestionAnswer {
    fn from(one: Suggestion) -> Self {
        let path = match &one.payload {
            Some(engine::SuggestionPayload::Category(path)) => Some(path.iter().map(ToString::to_string).collect()),
            _ => None,
        };
        Self {
            kind: one.kind.name().to_owned(),
            score: one.score,
            span: (one.span.start, one.span.end),
            found_by: one.found_by.name().to_owned(),
            edits: one.edits,
            own: one.personal,
            path,
            text: one.text,
        }
    }
}

/// Which queries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueriesOptions {
    /// Queries that are searched for after this one; where not said, queries that found nothing, or that nobody
    /// clicks after, are listed.
    #[param(example = "连衣裙")]
    pub(crate) after: Option<String>,
    /// Which are listed: `troubled` (where not said: `found-nothing`, then `no-clicks`), `top`, `rising` (asked much more often of
    /// late), `found-nothing`, `no-clicks` or `abandoned` (no click, and no other query either that was then clicked after).
    #[param(example = "rising")]
    pub(crate) by: Option<String>,
    /// Queries to return, 1 to 1000; 100 where not said.
    #[param(example = 10)]
    pub(crate) limit: Option<usize>,
}

impl QueriesOptions {
    /// Which are listed.
    ///
    /// # Errors
    /// A [`FieldError`] about a list that is none.
    pub(crate) fn list(&self) -> Result<QueryList, FieldError> {
        let Some(by) = &self.by else { return Ok(QueryList::default()) };
        let names = || QueryList::ALL.map(QueryList::name).join(", ");
        let wrong = || FieldError::new("value_invalid", "by", format!("one of {}", names()), by);
        match (QueryList::from_name(by), &self.after) {
            (Some(_), Some(_)) => Err(FieldError::new("value_invalid", "by", "`by` or `after`, not both", by)),
            (list, _) => list.ok_or_else(wrong),
        }
    }
}

/// Queries with how much they are asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueriesAnswer {
    /// The most asked, or the most telling, first.
    pub(crate) queries: Vec<QueryAnswer>,
}

/// A query that people asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueryAnswer {
    /// The query.
    text: String,
    /// Searches, faded by age.
    count: f32,
    /// How many times likelier it is after the other query than anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    lift: Option<f32>,
    /// Share of the sessions in which something was clicked, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    click_rate: Option<f32>,
    /// How many times as great its part of the last days' searches is as its part of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f32>,
    /// `found-nothing` or `no-clicks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What may mend it, the surest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<FixAnswer>,
}

/// What may mend a query that finds nothing.
#[derive(Serialize, ToSchema)]
pub(crate) struct FixAnswer {
    /// `synonym`, `spelling`, `missing-product` or `too-many-words`.
    kind: String,
    /// It in words.
    says: String,
    /// The synonym rule, the text that was meant, the words that no item has, or the word to leave out.
    text: String,
}

impl From<QueryFix> for FixAnswer {
    fn from(fix: QueryFix) -> Self {
        let kind = fix.kind().to_owned();
        let (text, says) = match fix {
            QueryFix::Spelling { text, confidence } => {
                let says = format!("mistyped: `{text}` was meant (confidence {confidence:.2})");
                (text.to_string(), says)
            }
            QueryFix::Synonym { rule, query, sessions } => {
                let says =
                    format!("in {sessions:.0} sessions people then searched for `{query}` and clicked: a synonym");
                (rule, says)
            }
            QueryFix::MissingProduct { words, category } => {
                let text = words.join(", ");
                let place = category.map(|category| format!(" in {category}")).unwrap_or_default();
                (text.clone(), format!("no item has `{text}`: a product missing{place}, or a word missing in titles"))
            }
            QueryFix::TooManyWords { without } => {
                let says = format!("items have each word, none has all: `{without}` matters least");
                (without, says)
            }
        };
        Self { kind, says, text }
    }
}

impl From<ListedQuery> for QueryAnswer {
    fn from(query: ListedQuery) -> Self {
        Self {
            text: query.text.to_string(),
            count: query.count,
            lift: None,
            click_rate: query.click_share,
            change: query.change,
            problem: match (query.found_nothing, query.no_clicks) {
                (true, _) => Some("found-nothing".to_owned()),
                (false, true) => Some("no-clicks".to_owned()),
                (false, false) => None,
            },
            fixes: query.fixes.into_iter().map(FixAnswer::from).collect(),
        }
    }
}

impl From<Related> for QueryAnswer {
    fn from(query: Related) -> Self {
        Self {
            text: query.text.to_string(),
            count: query.count,
            lift: Some(query.lift),
            click_rate: None,
            change: None,
            problem: None,
            fixes: Vec::new(),
        }
    }
}

/// A shop's synonyms.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SynonymsBody {
    /// One rule each: `a, b, c` both ways, `a => b, c` one way; `{number}` stands for a number.
    #[schema(example = json!(["tee, t-shirt", "ua => under armour", "{number} inch, {number}寸"]))]
    pub(crate) rules: Vec<String>,
}
