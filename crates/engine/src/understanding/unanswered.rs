//! What is searched for, and what of it a shop does not answer well, with what may mend each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use features::{AskedLately, QueryClicks, Turn};
use text::synonyms::mine::difference;
use types::{Consequence, ReadingStep, Request};

use super::{read, relax};
use crate::core::Core;
use crate::view::View;

/// Queries with clicks and searches that are looked through for those without a click.
const LOOKED_THROUGH: usize = 200_000;
/// Sessions that must have searched for a query before it is told that nobody clicks.
const SESSIONS_MIN: f32 = 2.5;
/// Share of the sessions that click nothing, from which on a query is told.
const FRUITLESS_MIN: f32 = 0.9;
/// Sessions that must have turned to another query before that is told.
const TURNED_MIN: f32 = 1.5;
/// Standard deviations, and times as often as before, from which on a query is rising.
const SURPRISE_MIN: f32 = 2.0;
const CHANGE_MIN: f32 = 1.5;
/// Sessions that must have given up before a query is told as abandoned.
const GIVEN_UP_MIN: f32 = 0.9;
/// Other queries told of one.
const TURNS_TOLD: usize = 2;

/// Which queries are listed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum QueryList {
    /// Those that found nothing, then those that nobody clicks after.
    #[default]
    Troubled,
    /// The most asked.
    Top,
    /// Those asked much more often of late.
    Rising,
    /// Those whose last search found nothing.
    FoundNothing,
    /// Those that found something, of which nearly nobody clicks anything.
    NoClicks,
    /// Those that people gave up after: no click, and no other query either that they then clicked after.
    Abandoned,
}

impl QueryList {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Troubled, Self::Top, Self::Rising, Self::FoundNothing, Self::NoClicks, Self::Abandoned];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Troubled => "troubled",
            Self::Top => "top",
            Self::Rising => "rising",
            Self::FoundNothing => "found-nothing",
            Self::NoClicks => "no-clicks",
            Self::Abandoned => "abandoned",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// A query as those who run the shop are told of it.
#[derive(Clone, PartialEq, Debug)]
pub struct ListedQuery {
    /// The query.
    pub text: Arc<str>,
    /// Searches for it, faded by age; sessions, for those that nobody clicks after.
    pub count: f32,
    /// Share of the sessions in which something was clicked, where that is known.
    pub click_share: Option<f32>,
    /// How many times as often as before it was asked of late.
    pub change: Option<f32>,
    /// Whether its last search found nothing.
    pub found_nothing: bool,
    /// Whether nearly nobody clicks.
    pub no_clicks: bool,
    /// What may mend it, the surest first.
    pub fixes: Vec<QueryFix>,
}

/// What may mend a query that finds nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum QueryFix {
    /// It is mistyped; search reads it so, or offers it.
    Spelling {
        /// What was meant.
        text: Arc<str>,
        /// How likely, 0 to 1.
        confidence: f32,
    },
    /// People then searched for something else, and clicked: a synonym.
    Synonym {
        /// The rule that would find it.
        rule: String,
        /// The query that they clicked after.
        query: Arc<str>,
        /// In how many sessions, faded by age.
        sessions: f32,
    },
    /// The shop has nothing with these words: a product that is missing, or words that titles should have.
    MissingProduct {
        /// The words that no item has.
        words: Vec<String>,
        /// The category that the rest of the query is about, where that is known.
        category: Option<Arc<str>>,
    },
    /// Items have these words, but none has all: without the least important it is found.
    TooManyWords {
        /// What may be left out.
        without: String,
    },
}

impl QueryFix {
    /// Its stable name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Spelling { .. } => "spelling",
            Self::Synonym { .. } => "synonym",
            Self::MissingProduct { .. } => "missing-product",
            Self::TooManyWords { .. } => "too-many-words",
        }
    }
}

/// The first of a list, at most `limit`, each that is in trouble with what may mend it.
pub(crate) fn listed(core: &Core, list: QueryList, limit: usize) -> Vec<ListedQuery> {
    let view = core.view.load_full();
    let now = core.clock.now();
    let clicks = core.fold.lock().searches.clicks.clone();
    let sessions = clicks.queries(now, LOOKED_THROUGH);
    let by_text: BTreeMap<&str, &QueryClicks> = sessions.iter().map(|query| (&*query.text, query)).collect();
    let asked = view.queries.lately(now);
    let turns = clicks.turns(now);
    let mut found: Vec<ListedQuery> = match list {
        QueryList::Top => asked.iter().take(limit).map(|asked| told(asked, &by_text)).collect(),
        QueryList::Rising => rising(&asked, limit).into_iter().map(|asked| told(asked, &by_text)).collect(),
        QueryList::FoundNothing => nothing(&asked).map(|asked| told(asked, &by_text)).collect(),
        QueryList::NoClicks => fruitless(&sessions, &asked).map(unclicked).collect(),
        QueryList::Abandoned => abandoned(&sessions, &turns, &asked),
        QueryList::Troubled => {
            let nothing = nothing(&asked).map(|asked| told(asked, &by_text));
            nothing.chain(fruitless(&sessions, &asked).map(unclicked)).collect()
        }
    };
    found.truncate(limit);
    let mut turned: BTreeMap<Arc<str>, Vec<Turn>> = BTreeMap::new();
    for turn in turns.into_iter().filter(|turn| turn.sessions >= TURNED_MIN) {
        turned.entry(Arc::clone(&turn.from)).or_default().push(turn);
    }
    for query in found.iter_mut().filter(|query| query.found_nothing || query.no_clicks) {
        query.fixes = fixes(core, &view, &query.text, turned.get(&query.text).map_or(&[], Vec::as_slice));
    }
    found
}

fn told(asked: &AskedLately, sessions: &BTreeMap<&str, &QueryClicks>) -> ListedQuery {
    let sessions = sessions.get(&*asked.text).filter(|query| query.sessions > 0.0);
    ListedQuery {
        text: Arc::clone(&asked.text),
        count: asked.count,
        click_share: sessions.map(|query| (1.0 - query.fruitless / query.sessions).clamp(0.0, 1.0)),
        change: Some(asked.change),
        found_nothing: asked.found == Some(false),
        no_clicks: sessions.is_some_and(|query| is_fruitless(query)),
        fixes: Vec::new(),
    }
}

/// What is asked more often of late than can be chance, the most surprising first.
fn rising(asked: &[AskedLately], limit: usize) -> Vec<&AskedLately> {
    let mut rising: Vec<&AskedLately> =
        asked.iter().filter(|asked| asked.surprise >= SURPRISE_MIN && asked.change >= CHANGE_MIN).collect();
    rising.sort_by(|a, b| b.surprise.total_cmp(&a.surprise).then_with(|| a.text.cmp(&b.text)));
    rising.truncate(limit);
    rising
}

fn nothing(asked: &[AskedLately]) -> impl Iterator<Item = &AskedLately> {
    asked.iter().filter(|asked| asked.found == Some(false))
}

/// What nearly nobody clicks after although something is found, the most sessions first.
fn fruitless<'a>(
    sessions: &'a [QueryClicks],
    asked: &'a [AskedLately],
) -> impl Iterator<Item = &'a QueryClicks> + use<'a> {
    let nothing: BTreeSet<&str> = nothing(asked).map(|asked| &*asked.text).collect();
    let mut found: Vec<&QueryClicks> =
        sessions.iter().filter(|query| is_fruitless(query) && !nothing.contains(&*query.text)).collect();
    found.sort_by(|a, b| b.fruitless.total_cmp(&a.fruitless).then_with(|| a.text.cmp(&b.text)));
    found.into_iter()
}

fn unclicked(query: &QueryClicks) -> ListedQuery {
    ListedQuery {
        text: Arc::clone(&query.text),
        count: query.fruitless,
        click_share: Some((1.0 - query.fruitless / query.sessions).clamp(0.0, 1.0)),
        change: None,
        found_nothing: false,
        no_clicks: true,
        fixes: Vec::new(),
    }
}

/// What people gave up after, by how many sessions did.
fn abandoned(sessions: &[QueryClicks], turns: &[Turn], asked: &[AskedLately]) -> Vec<ListedQuery> {
    let mut turned: BTreeMap<&str, f32> = BTreeMap::new();
    turns.iter().for_each(|turn| *turned.entry(&*turn.from).or_default() += turn.sessions);
    let nothing: BTreeSet<&str> = nothing(asked).map(|asked| &*asked.text).collect();
    let mut found: Vec<ListedQuery> = sessions
        .iter()
        .map(|query| {
            let given_up = query.fruitless - turned.get(&*query.text).copied().unwrap_or(0.0);
            let found_nothing = nothing.contains(&*query.text);
            ListedQuery { count: given_up, found_nothing, no_clicks: is_fruitless(query), ..unclicked(query) }
        })
        .filter(|query| query.count >= GIVEN_UP_MIN)
        .collect();
    found.sort_by(|a, b| b.count.total_cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    found
}

/// Whether enough people searched for it and nearly nobody clicked.
fn is_fruitless(query: &QueryClicks) -> bool {
    query.sessions >= SESSIONS_MIN && query.fruitless >= FRUITLESS_MIN * query.sessions
}

fn fixes(core: &Core, view: &View, query: &Arc<str>, turns: &[Turn]) -> Vec<QueryFix> {
    let mut fixes: Vec<QueryFix> = turns.iter().take(TURNS_TOLD).map(synonym).collect();
    let reading = read(core, view, &Request::search(query, core.clock.now()), query);
    let spelled = reading.findings.iter().filter(|finding| {
        finding.step == ReadingStep::Spelling
            && matches!(finding.consequence, Consequence::Replaced(_) | Consequence::Offered(_))
    });
    let confidence = spelled.map(|finding| finding.confidence).fold(0.0, f32::max);
    if confidence > 0.0 {
        let text = reading.did_you_mean.clone().unwrap_or_else(|| Arc::clone(&reading.text));
        fixes.push(QueryFix::Spelling { text, confidence });
    }
    let parts = relax::weighed(&reading.text, view);
    let text = |span: (usize, usize)| reading.text.get(span.0..span.1).unwrap_or_default().to_owned();
    let unknown: Vec<String> = parts.iter().filter(|part| part.items == Some(0)).map(|part| text(part.span)).collect();
    if !unknown.is_empty() {
        let category = reading.categories.first().filter(|_| unknown.len() < parts.len());
        let category = category.map(|category| Arc::clone(&category.name));
        fixes.push(QueryFix::MissingProduct { words: unknown, category });
    } else if let Some(least) = parts.iter().find(|part| part.drop == Some(1)) {
        fixes.push(QueryFix::TooManyWords { without: text(least.span) });
    }
    fixes
}

/// The rule that follows from a turn: of what differs, where that is a word or two, else of the whole.
fn synonym(turn: &Turn) -> QueryFix {
    let (from, to) = difference(&turn.from, &turn.to).unwrap_or_else(|| (turn.from.to_string(), turn.to.to_string()));
    QueryFix::Synonym { rule: format!("{from} => {to}"), query: Arc::clone(&turn.to), sessions: turn.sessions }
}
