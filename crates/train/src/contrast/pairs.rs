use std::collections::{BTreeMap, BTreeSet};

use crate::contrast::Sides;
use crate::data::split_by;
use crate::{Error, Result};

/// A query and a passage that answers it: from a shop's log (a search, and the item that was clicked or bought after it),
/// or from an item's own texts (`views`).
#[derive(Clone, PartialEq, Debug)]
pub struct Pair {
    /// What was asked.
    pub query: String,
    /// What answers it.
    pub passage: String,
    /// How much it counts; given several times, a pair counts 1 + ln of the sum.
    pub weight: f32,
    /// Passages of one group, such as an item's variants, are never each other's negatives.
    pub group: Option<u64>,
}

impl Pair {
    /// A pair of weight 1 without a group.
    pub fn new(query: impl Into<String>, passage: impl Into<String>) -> Self {
        Self { query: query.into(), passage: passage.into(), weight: 1.0, group: None }
    }
}

/// Pairs of each held-out part, at most: more would narrow its interval little and cost minutes at each evaluation.
const HELD_OUT_MAX: f64 = 500.0;

/// Pairs as numbers: each different text once, in pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) queries: Vec<Vec<u32>>,
    pub(crate) passages: Vec<Vec<u32>>,
    pub(crate) query_texts: Vec<String>,
    pub(crate) passage_texts: Vec<String>,
    /// Groups of passages.
    groups: Vec<Option<u64>>,
    /// For each query the passages that answer it.
    positives: Vec<BTreeSet<u32>>,
    /// Pairs to learn from.
    pub(crate) train: Vec<Link>,
    /// Queries that decide.
    pub(crate) validation: Vec<u32>,
    /// Queries to report on.
    pub(crate) test: Vec<u32>,
}

/// A pair by the places of its texts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Link {
    pub(crate) query: u32,
    pub(crate) passage: u32,
    pub(crate) weight: f32,
}

/// Shares of the queries that are held out.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct HeldOut {
    pub(crate) validation: f64,
    pub(crate) test: f64,
    pub(crate) seed: u64,
}

impl Table {
    /// The table of these pairs, and of further passages that answer none of the queries. A query is held out with all of
    /// its pairs; queries that differ in blanks and case alone are one query.
    ///
    /// # Errors
    /// Where nothing is left to train on or to hold out.
    pub(crate) fn new(pairs: &[Pair], corpus: &[String], sides: &Sides, held_out: HeldOut) -> Result<Self> {
        let mut table = Self::default();
        let (mut queries, mut passages) = (BTreeMap::new(), BTreeMap::new());
        let mut weights: BTreeMap<(u32, u32), f32> = BTreeMap::new();
        for pair in pairs {
            // A weight that is no number does not count either.
            let counts = pair.weight > 0.0;
            if !counts || pair.query.trim().is_empty() || pair.passage.trim().is_empty() {
                continue;
            }
            let query = *queries.entry(key(&pair.query)).or_insert(table.queries.len() as u32);
            if query as usize == table.queries.len() {
                table.queries.push(sides.query(&pair.query)?);
                table.query_texts.push(pair.query.clone());
                table.positives.push(BTreeSet::new());
            }
            let passage = table.passage(&pair.passage, pair.group, &mut passages, sides)?;
            table.positives[query as usize].insert(passage);
            *weights.entry((query, passage)).or_default() += pair.weight;
        }
        for text in corpus {
            table.passage(text, None, &mut passages, sides)?;
        }
        let links = weights.into_iter().map(|((query, passage), sum)| {
            let weight = if sum > 1.0 { 1.0 + sum.ln() } else { sum };
            Link { query, passage, weight }
        });
        let links: Vec<Link> = links.collect();
        let share = |share: f64| share.min(HELD_OUT_MAX / links.len().max(1) as f64);
        let (validation, test) = (share(held_out.validation), share(held_out.test));
        let split = split_by(links, |link| link.query, validation, test, held_out.seed);
        if split.train.len() < 2 {
            return Err(Error::Data("fewer than two pairs of texts to train on".to_owned()));
        }
        let queries_of = |links: Vec<Link>| {
            let all: BTreeSet<u32> = links.into_iter().map(|link| link.query).collect();
            all.into_iter().collect()
        };
        (table.validation, table.test) = (queries_of(split.validation), queries_of(split.test));
        if table.validation.is_empty() {
            return Err(Error::Data(format!("{} pairs are too few to hold out a query", split.train.len())));
        }
        table.train = split.train;
        Ok(table)
    }

    fn passage(
        &mut self,
        text: &str,
        group: Option<u64>,
        known: &mut BTreeMap<String, u32>,
        sides: &Sides,
    ) -> Result<u32> {
        let place = *known.entry(key(text)).or_insert(self.passages.len() as u32);
        if place as usize == self.passages.len() {
            self.passages.push(sides.passage(text)?);
            self.passage_texts.push(text.to_owned());
            self.groups.push(group);
        }
        Ok(place)
    }

    /// Passages that are known to answer a query.
    pub(crate) fn positives(&self, query: u32) -> &BTreeSet<u32> {
        &self.positives[query as usize]
    }

    /// Whether a passage cannot be told from one that answers the query: it does so itself, or is of the group of one
    /// that does.
    pub(crate) fn answers(&self, query: u32, passage: u32) -> bool {
        let positives = self.positives(query);
        let group = self.groups[passage as usize];
        positives.contains(&passage)
            || (group.is_some() && positives.iter().any(|positive| self.groups[*positive as usize] == group))
    }
}

fn key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
