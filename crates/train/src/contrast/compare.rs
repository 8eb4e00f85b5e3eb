use std::collections::BTreeMap;

use types::Rng;

use super::loss::{BLOCKED, Comparison};
use super::pairs::{Link, Table};
use super::task::Guide;

/// The texts of a batch, each once, and what is compared with what.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Members {
    /// One query for each pair.
    pub(super) queries: Vec<u32>,
    /// The pairs' passages, then hard negatives.
    pub(super) passages: Vec<u32>,
    pub(super) comparison: Comparison,
}

impl Members {
    /// The pairs `links` with up to `hard` of each query's `negatives`.
    pub(super) fn new(
        table: &Table,
        links: &[Link],
        negatives: &[Vec<u32>],
        hard: usize,
        guide: Option<(&Guide, f32)>,
        rng: &mut Rng,
    ) -> Self {
        let mut members = Self { queries: links.iter().map(|link| link.query).collect(), ..Self::default() };
        let mut places = BTreeMap::new();
        for link in links {
            let target = members.place(link.passage, &mut places);
            members.comparison.targets.push(target);
            members.comparison.weights.push(link.weight);
        }
        for link in links {
            let mut list = negatives.get(link.query as usize).cloned().unwrap_or_default();
            rng.shuffle(&mut list);
            list.into_iter().take(hard).for_each(|passage| {
                members.place(passage, &mut places);
            });
        }
        members.comparison.queries = links.len();
        members.block(table, guide);
        members
    }

    fn place(&mut self, passage: u32, places: &mut BTreeMap<u32, usize>) -> usize {
        let place = *places.entry(passage).or_insert(self.passages.len());
        if place == self.passages.len() {
            self.passages.push(passage);
        }
        place
    }

    /// Finds what is no negative.
    fn block(&mut self, table: &Table, guide: Option<(&Guide, f32)>) {
        let Self { queries, passages, comparison } = self;
        let judged = guide.map(|(guide, margin)| (guide.similarities(queries, passages), margin));
        let width = passages.len();
        let no_negative = |row: usize, place: usize| {
            let own = comparison.targets[row];
            let doubtful = judged
                .as_ref()
                .is_some_and(|(scores, margin)| scores[row * width + place] >= margin * scores[row * width + own]);
            place != own && (doubtful || table.answers(queries[row], passages[place]))
        };
        let number = |blocked: bool| if blocked { BLOCKED } else { 0.0 };
        let rows = 0..queries.len();
        let to_passages = rows
            .clone()
            .flat_map(|row| (0..width).map(move |place| (row, place)))
            .map(|(row, place)| number(no_negative(row, place)));
        let to_passages: Vec<f32> = to_passages.collect();
        // Another query is no negative of a passage that it is answered by.
        let own_place = |row: usize| comparison.targets[row];
        let to_queries: Vec<f32> = rows
            .clone()
            .flat_map(|row| rows.clone().map(move |other| (row, other)))
            .map(|(row, other)| {
                let shared = own_place(other) == own_place(row) || no_negative(other, own_place(row));
                number(other != row && shared)
            })
            .collect();
        (comparison.to_passages, comparison.to_queries) = (to_passages, to_queries);
    }
}
