//! Queries that a shop does not answer well, with what may mend each.

use std::collections::BTreeMap;
use std::sync::Arc;

use features::{QueryClicks, Turn};
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
/// Other queries told of one.
const TURNS_TOLD: usize = 2;

/// A query that found nothing, or after which nobody clicks.
#[derive(Clone, PartialEq, Debug)]
pub struct UnansweredQuery {
    /// The query.
    pub text: Arc<str>,
    /// Searches for it, faded by age; for one that nobody clicks after, sessions.
    pub count: f32,
    /// Whether its last search found nothing; else nobody clicked.
    pub found_nothing: bool,
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

/// The most asked of them, at most `limit`.
pub(crate) fn unanswered(core: &Core, limit: usize) -> Vec<UnansweredQuery> {
    let view = core.view.load_full();
    let now = core.clock.now();
    let clicks = core.fold.lock().searches.clicks.clone();
    let mut found: Vec<UnansweredQuery> = view
        .queries
        .unanswered(now)
        .into_iter()
        .map(|query| UnansweredQuery { text: query.text, count: query.count, found_nothing: true, fixes: Vec::new() })
        .collect();
    let fruitless = clicks.queries(now, LOOKED_THROUGH).into_iter().filter(is_fruitless);
    let unclicked: Vec<QueryClicks> =
        fruitless.filter(|query| found.iter().all(|known| known.text != query.text)).collect();
    found.extend(unclicked.into_iter().map(|query| UnansweredQuery {
        text: query.text,
        count: query.fruitless,
        found_nothing: false,
        fixes: Vec::new(),
    }));
    found.sort_by(|a, b| {
        let nothing_first = b.found_nothing.cmp(&a.found_nothing);
        nothing_first.then(b.count.total_cmp(&a.count)).then_with(|| a.text.cmp(&b.text))
    });
    found.truncate(limit);
    let mut turns: BTreeMap<Arc<str>, Vec<Turn>> = BTreeMap::new();
    for turn in clicks.turns(now).into_iter().filter(|turn| turn.sessions >= TURNED_MIN) {
        turns.entry(Arc::clone(&turn.from)).or_default().push(turn);
    }
    for query in &mut found {
        query.fixes = fixes(core, &view, &query.text, turns.get(&query.text).map_or(&[], Vec::as_slice));
    }
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
