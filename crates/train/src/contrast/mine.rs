use std::collections::BTreeSet;

use rayon::prelude::*;
use types::Rng;

use super::ContrastOptions;
use super::pairs::Table;
use crate::data::batch;
use crate::fit::Watch;
use crate::fit::params::numbers_of;
use crate::kernels::{Kernels, similarities};
use crate::net::TextNet;

/// Most pieces run at once without gradients, padding included.
const PIECES: usize = 4096;
/// Queries that are compared with all passages at once.
const BLOCK: usize = 64;

/// Vectors of length 1, one after the other.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Vectors {
    pub(crate) dims: usize,
    pub(crate) numbers: Vec<f32>,
}

impl Vectors {
    pub(crate) fn row(&self, at: usize) -> &[f32] {
        &self.numbers[at * self.dims..(at + 1) * self.dims]
    }

    /// Some of them, in this order.
    pub(crate) fn rows(&self, places: impl Iterator<Item = usize>) -> Self {
        Self { dims: self.dims, numbers: places.flat_map(|at| self.row(at)).copied().collect() }
    }
}

/// The vectors of texts, in their order.
pub(crate) fn encode_all<B: Kernels>(net: &TextNet<B>, texts: &[&[u32]], padding: u32) -> Vectors {
    encode_watched(net, texts, padding, &mut |_| {})
}

/// As [`encode_all`]; `done` hears how many texts are done.
fn encode_watched<B: Kernels>(
    net: &TextNet<B>,
    texts: &[&[u32]],
    padding: u32,
    done: &mut dyn FnMut(usize),
) -> Vectors {
    let device = net.words.val().device();
    let dims = net.words.dims()[1];
    let mut numbers = vec![0.0; texts.len() * dims];
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    let mut count = 0;
    for places in by_length(&lengths, PIECES) {
        let rows: Vec<&[u32]> = places.iter().map(|at| texts[*at]).collect();
        let found = numbers_of(net.vectors(&batch::<B>(&rows, padding, &device)));
        count += places.len();
        for (at, vector) in places.into_iter().zip(found.chunks_exact(dims)) {
            numbers[at * dims..(at + 1) * dims].copy_from_slice(vector);
        }
        done(count);
    }
    Vectors { dims, numbers }
}

/// Texts of about one length together, at most so many pieces with padding.
pub(crate) fn by_length(lengths: &[usize], pieces_max: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|at| lengths[*at]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match groups.last_mut() {
            // Sorted: this one is the longest so far.
            Some(last) if (last.len() + 1) * lengths[at].max(1) <= pieces_max => last.push(at),
            _ => groups.push(vec![at]),
        }
    }
    groups
}

/// For each of some training queries (by its place; others get none) passages that are near to it and yet, as far as one
/// can tell, do not answer it. Which queries and passages are looked at is drawn by `rng`.
pub(super) fn mine<B: Kernels>(
    net: &TextNet<B>,
    table: &Table,
    padding: u32,
    options: &ContrastOptions,
    rng: &mut Rng,
    watch: &mut dyn Watch,
) -> Vec<Vec<u32>> {
    let drawn = Drawn::new(table, options.mined, rng);
    let total = drawn.queries.len() + drawn.passages.len();
    let mut vectors = |texts: &[Vec<u32>], places: &[u32], before: usize| {
        let texts: Vec<&[u32]> = places.iter().map(|at| texts[*at as usize].as_slice()).collect();
        encode_watched(net, &texts, padding, &mut |done| watch.busy("looking for hard negatives", before + done, total))
    };
    let queries = vectors(&table.queries, &drawn.queries, 0);
    let passages = vectors(&table.passages, &drawn.passages, drawn.queries.len());
    nearest_of_all(table, &drawn, &queries, &passages, options)
}

/// What takes part in a search for hard negatives.
pub(super) struct Drawn {
    /// Training queries, ascending.
    pub(super) queries: Vec<u32>,
    /// The answers of those, and others, ascending.
    pub(super) passages: Vec<u32>,
}

impl Drawn {
    pub(super) fn new(table: &Table, most: usize, rng: &mut Rng) -> Self {
        let few = |mut all: Vec<u32>, rng: &mut Rng| {
            if all.len() > most {
                rng.shuffle(&mut all);
                all.truncate(most);
            }
            all
        };
        let asked: BTreeSet<u32> = table.train.iter().map(|link| link.query).collect();
        let queries: BTreeSet<u32> = few(asked.into_iter().collect(), rng).into_iter().collect();
        let others = few((0..table.passages.len() as u32).collect(), rng);
        let answers = queries.iter().flat_map(|query| table.positives(*query)).copied();
        let passages: BTreeSet<u32> = others.into_iter().chain(answers).collect();
        Self { queries: queries.into_iter().collect(), passages: passages.into_iter().collect() }
    }
}

/// The nearest passages that have less than `margin` of the similarity that a query's worst answer has.
pub(super) fn nearest_of_all(
    table: &Table,
    drawn: &Drawn,
    queries: &Vectors,
    passages: &Vectors,
    options: &ContrastOptions,
) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); table.queries.len()];
    for (number, block) in drawn.queries.chunks(BLOCK).enumerate() {
        let from = number * BLOCK;
        let rows = &queries.numbers[from * queries.dims..(from + block.len()) * queries.dims];
        let scores = similarities(rows, &passages.numbers, queries.dims);
        let lists: Vec<Vec<u32>> = scores
            .par_chunks(drawn.passages.len())
            .zip(block)
            .map(|(scores, query)| nearest(table, *query, &drawn.passages, scores, options))
            .collect();
        block.iter().zip(lists).for_each(|(query, list)| found[*query as usize] = list);
    }
    found
}

/// `scores` are those of `passages`, which are ascending and hold every answer of the query.
fn nearest(table: &Table, query: u32, passages: &[u32], scores: &[f32], options: &ContrastOptions) -> Vec<u32> {
    let place = |passage: &u32| passages.binary_search(passage).ok();
    let answers = table.positives(query).iter().filter_map(place).map(|at| scores[at]);
    let bound = answers.fold(f32::INFINITY, f32::min) * options.margin as f32;
    let mut near: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] < bound).collect();
    let order = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
    // Some of the nearest may be of an answer's group.
    let wanted = options.depth * 4;
    if near.len() > wanted {
        near.select_nth_unstable_by(wanted, order);
        near.truncate(wanted);
    }
    near.sort_unstable_by(order);
    let others = near.into_iter().map(|at| passages[at]);
    others.filter(|passage| !table.answers(query, *passage)).take(options.depth).collect()
}
