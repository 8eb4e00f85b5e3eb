//! Evidence from what shoppers searched for and clicked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::difference::difference;
use super::{Evidence, MineOptions, Pairs};
use crate::phrase;

/// An item that more queries than these led to tells nothing about any two of them.
const QUERIES_PER_ITEM_MAX: usize = 200;
/// So many examples of queries are kept.
const EXAMPLES_MAX: usize = 2;

/// Something that a shopper did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogFact<'a> {
    /// In which session.
    pub session: &'a str,
    /// When, in milliseconds.
    pub time_ms: i64,
    /// What was done.
    pub kind: LogFactKind<'a>,
}

/// What a shopper did.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LogFactKind<'a> {
    /// Searched for these words.
    Searched(&'a str),
    /// Clicked an item in the answer to these words (put it into the cart, bought it).
    Clicked {
        /// The words.
        query: &'a str,
        /// The item.
        item: &'a str,
    },
}

/// What a log comes to where it was counted elsewhere; texts as they were typed, normalised.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LogCounts<'a> {
    /// Queries, the number of an item that was clicked in their answers, and clicks.
    pub clicks: Vec<(&'a str, u32, f32)>,
    /// Queries without a click, the query with one that followed at once, and in how many sessions.
    pub turns: Vec<(&'a str, &'a str, u32)>,
    /// Queries, and the sessions that clicked nothing.
    pub fruitless: Vec<(&'a str, u32)>,
}

/// Queries with their clicks, and how sessions went from one to the next.
#[derive(Default)]
pub(super) struct Log {
    /// By key of the query: how it is written most, and clicks by item.
    clicks: BTreeMap<String, Clicks>,
    /// Queries without a click, then one with a click: pairs of texts with the sessions.
    turns: BTreeMap<(String, String), u32>,
    /// By key: sessions that clicked nothing.
    fruitless: HashMap<String, u32>,
}

#[derive(Default)]
struct Clicks {
    text: String,
    items: BTreeMap<u32, f32>,
}

impl Log {
    pub(super) fn read<'a>(facts: impl IntoIterator<Item = LogFact<'a>>, options: &MineOptions) -> Self {
        let mut sessions: BTreeMap<&str, Vec<(i64, LogFactKind<'a>)>> = BTreeMap::new();
        for fact in facts {
            sessions.entry(fact.session).or_default().push((fact.time_ms, fact.kind));
        }
        let mut log = Self::default();
        let mut items: HashMap<&str, u32> = HashMap::new();
        for facts in sessions.values_mut() {
            facts.sort_unstable();
            log.read_session(facts, &mut items, options);
        }
        log
    }

    pub(super) fn of_counts(counts: &LogCounts<'_>) -> Self {
        let mut log = Self::default();
        for (query, item, clicks) in counts.clicks.iter().filter(|(.., clicks)| clicks.is_finite() && *clicks > 0.0) {
            log.click(query, *item, *clicks);
        }
        for (from, to, sessions) in &counts.turns {
            let turn = log.turns.entry(((*from).to_owned(), (*to).to_owned())).or_default();
            *turn = turn.saturating_add(*sessions);
        }
        for (query, sessions) in &counts.fruitless {
            let known = log.fruitless.entry(phrase::key_of(query)).or_default();
            *known = known.saturating_add(*sessions);
        }
        log
    }

    fn click(&mut self, query: &str, item: u32, clicks: f32) {
        let of = self.clicks.entry(phrase::key_of(query)).or_default();
        if of.text.is_empty() || *query < *of.text {
            of.text = query.to_owned();
        }
        *of.items.entry(item).or_default() += clicks;
    }

    fn read_session<'a>(
        &mut self,
        facts: &[(i64, LogFactKind<'a>)],
        items: &mut HashMap<&'a str, u32>,
        options: &MineOptions,
    ) {
        // Searches in order, each with whether it led to a click; a session says each thing once.
        let mut searches: Vec<(i64, String, &str, bool)> = Vec::new();
        for (time, kind) in facts {
            match kind {
                LogFactKind::Searched(query) => {
                    let key = phrase::key_of(query);
                    if searches.last().is_none_or(|(_, last, ..)| *last != key) {
                        searches.push((*time, key, query, false));
                    }
                }
                LogFactKind::Clicked { query, item } => {
                    let key = phrase::key_of(query);
                    let next = u32::try_from(items.len()).unwrap_or(u32::MAX);
                    let item = *items.entry(item).or_insert(next);
                    if let Some(search) = searches.iter_mut().rev().find(|(_, known, ..)| *known == key) {
                        search.3 = true;
                    }
                    self.click(query, item, 1.0);
                }
            }
        }
        let fruitless: BTreeSet<&str> = searches.iter().filter(|search| !search.3).map(|search| &*search.1).collect();
        fruitless.into_iter().for_each(|key| *self.fruitless.entry(key.to_owned()).or_default() += 1);
        let mut turns = BTreeSet::new();
        for pair in searches.windows(2) {
            let [(time, _, from, false), (later, _, to, true)] = pair else { continue };
            if later.saturating_sub(*time) <= options.retry_ms {
                turns.insert((from.to_string(), to.to_string()));
            }
        }
        turns.into_iter().for_each(|turn| *self.turns.entry(turn).or_default() += 1);
    }

    /// Reformulations: of sessions that clicked nothing on queries with the one word, the share that found it by the other,
    /// by its lower bound (Wilson, 80 %), so that few sessions count little.
    pub(super) fn reformulations(&self, options: &MineOptions, pairs: &mut Pairs) {
        struct Turned {
            sessions: u32,
            queries: BTreeSet<String>,
            examples: BTreeSet<(String, String)>,
        }
        let mut found: BTreeMap<(String, String), Turned> = BTreeMap::new();
        for ((from, to), sessions) in &self.turns {
            let Some(changed) = difference(from, to) else { continue };
            let empty = Turned { sessions: 0, queries: BTreeSet::new(), examples: BTreeSet::new() };
            let turned = found.entry(changed).or_insert(empty);
            turned.sessions = turned.sessions.saturating_add(*sessions);
            turned.queries.insert(phrase::key_of(from));
            turned.examples.insert((from.clone(), to.clone()));
        }
        for ((from, to), turned) in found {
            if turned.sessions < options.support_min {
                continue;
            }
            let fruitless: u32 = turned.queries.iter().filter_map(|key| self.fruitless.get(key)).sum();
            let of = fruitless.max(turned.sessions);
            let score = lower_bound(turned.sessions, of).sqrt();
            let examples = turned.examples.into_iter().take(EXAMPLES_MAX).collect();
            pairs.add(&from, &to, score, Evidence::Reformulated { sessions: turned.sessions, of, examples });
        }
    }

    /// Pairs of queries that differ in a word and lead to the same items.
    pub(super) fn co_clicks(&self, options: &MineOptions, pairs: &mut Pairs) {
        let queries: Vec<(&String, &Clicks)> = self.clicks.iter().collect();
        let mut by_item: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, (_, clicks)) in queries.iter().enumerate() {
            clicks.items.keys().for_each(|item| by_item.entry(*item).or_default().push(index));
        }
        let mut shared: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for users in by_item.values().filter(|users| users.len() <= QUERIES_PER_ITEM_MAX) {
            for (place, first) in users.iter().enumerate() {
                users[place + 1..].iter().for_each(|second| *shared.entry((*first, *second)).or_default() += 1);
            }
        }
        // By what differs: the best pair of queries, so that one word in many queries is one piece of evidence.
        let mut best: BTreeMap<(String, String), (f32, u32)> = BTreeMap::new();
        for ((first, second), items) in shared {
            let (first, second) = (queries[first].1, queries[second].1);
            if items < options.support_min.max(2) {
                continue;
            }
            let Some(changed) = difference(&first.text, &second.text) else { continue };
            let cosine = cosine(&first.items, &second.items);
            let entry = best.entry(changed).or_default();
            if cosine > entry.0 {
                *entry = (cosine, items);
            }
        }
        for ((first, second), (cosine, items)) in best {
            // Few shared items may be chance: each is worth as much as it takes the doubt away.
            let trust = 1.0 - 1.0 / (1.0 + items as f32);
            pairs.add(&first, &second, cosine * trust, Evidence::CoClicked { cosine, items });
        }
    }

    /// The cosine of clicks of two queries; None where one has none.
    pub(super) fn cosine(&self, first: &str, second: &str) -> Option<f32> {
        let clicks = |text: &str| self.clicks.get(&phrase::key_of(text)).map(|clicks| &clicks.items);
        Some(cosine(clicks(first)?, clicks(second)?))
    }
}

fn cosine(first: &BTreeMap<u32, f32>, second: &BTreeMap<u32, f32>) -> f32 {
    let dot: f32 = first.iter().filter_map(|(item, count)| Some(count * second.get(item)?)).sum();
    let length = |clicks: &BTreeMap<u32, f32>| clicks.values().map(|count| count * count).sum::<f32>().sqrt();
    let lengths = length(first) * length(second);
    if lengths > 0.0 { (dot / lengths).clamp(0.0, 1.0) } else { 0.0 }
}

/// Wilson's lower bound of a share (Wilson 1927), z = 1.28: (p + z²/2n − z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).
fn lower_bound(hits: u32, trials: u32) -> f32 {
    const Z: f32 = 1.28;
    let n = trials.max(1) as f32;
    let p = hits.min(trials) as f32 / n;
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((p + Z * Z / (2.0 * n) - spread) / (1.0 + Z * Z / n)).max(0.0)
}
