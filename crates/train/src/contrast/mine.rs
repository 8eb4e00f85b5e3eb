use rayon::prelude::*;

use super::ContrastOptions;
use super::pairs::Table;
use crate::data::batch;
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
    let device = net.words.val().device();
    let dims = net.words.dims()[1];
    let mut numbers = vec![0.0; texts.len() * dims];
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    for places in by_length(&lengths, PIECES) {
        let rows: Vec<&[u32]> = places.iter().map(|at| texts[*at]).collect();
        let found = numbers_of(net.vectors(&batch::<B>(&rows, padding, &device)));
        for (at, vector) in places.into_iter().zip(found.chunks_exact(dims)) {
            numbers[at * dims..(at + 1) * dims].copy_from_slice(vector);
        }
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

/// For each training query (by its place; others get none) passages that are near to it and yet, as far as one can tell,
/// do not answer it: the nearest ones that have less than `margin` of the similarity that its worst answer has.
pub(super) fn mine(table: &Table, queries: &Vectors, passages: &Vectors, options: &ContrastOptions) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); table.queries.len()];
    let mut asked: Vec<u32> = table.train.iter().map(|link| link.query).collect();
    asked.sort_unstable();
    asked.dedup();
    for block in asked.chunks(BLOCK) {
        let rows = queries.rows(block.iter().map(|query| *query as usize));
        let scores = similarities(&rows.numbers, &passages.numbers, queries.dims);
        let lists: Vec<Vec<u32>> = scores
            .par_chunks(passages.numbers.len() / passages.dims)
            .zip(block)
            .map(|(scores, query)| nearest(table, *query, scores, options))
            .collect();
        block.iter().zip(lists).for_each(|(query, list)| found[*query as usize] = list);
    }
    found
}

fn nearest(table: &Table, query: u32, scores: &[f32], options: &ContrastOptions) -> Vec<u32> {
    let answers = table.positives(query).iter().map(|passage| scores[*passage as usize]);
    let bound = answers.fold(f32::INFINITY, f32::min) * options.margin as f32;
    let mut near: Vec<u32> = (0..scores.len() as u32).filter(|at| scores[*at as usize] < bound).collect();
    let order = |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
    // Some of the nearest may be of an answer's group.
    let wanted = options.depth * 4;
    if near.len() > wanted {
        near.select_nth_unstable_by(wanted, order);
        near.truncate(wanted);
    }
    near.sort_unstable_by(order);
    near.into_iter().filter(|passage| !table.answers(query, *passage)).take(options.depth).collect()
}
