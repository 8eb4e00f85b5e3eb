use std::collections::BTreeSet;

use rayon::prelude::*;
use types::Rng;

use super::mine::{Vectors, encode_all};
use super::pairs::Table;
use crate::fit::{Metric, Scores};
use crate::kernels::{Kernels, similarities};
use crate::net::TextNet;

/// Places of a result list that count.
const CUT: usize = 10;

/// Passages among which held-out queries look: those that answer one of them, and others up to `most`.
pub(super) fn corpus(table: &Table, most: usize, seed: u64) -> Vec<u32> {
    let held_out = table.validation.iter().chain(&table.test);
    let answers: BTreeSet<u32> = held_out.flat_map(|query| table.positives(*query)).copied().collect();
    let mut others: Vec<u32> = (0..table.passages.len() as u32).filter(|at| !answers.contains(at)).collect();
    Rng::new(seed).shuffle(&mut others);
    others.truncate(most.saturating_sub(answers.len()));
    let mut all: Vec<u32> = answers.into_iter().chain(others).collect();
    all.sort_unstable();
    all
}

/// How well queries find their passages in the corpus, by exact search.
pub(super) fn evaluate<B: Kernels>(
    net: &TextNet<B>,
    table: &Table,
    queries: &[u32],
    corpus: &[u32],
    padding: u32,
) -> Scores {
    let texts: Vec<&[u32]> = queries.iter().map(|query| table.queries[*query as usize].as_slice()).collect();
    let asked = encode_all(net, &texts, padding);
    let texts: Vec<&[u32]> = corpus.iter().map(|passage| table.passages[*passage as usize].as_slice()).collect();
    let passages = encode_all(net, &texts, padding);
    score(table, queries, corpus, &asked, &passages)
}

fn score(table: &Table, queries: &[u32], corpus: &[u32], asked: &Vectors, passages: &Vectors) -> Scores {
    let scores = similarities(&asked.numbers, &passages.numbers, asked.dims);
    let each: Vec<(f32, f32)> = scores
        .par_chunks(corpus.len().max(1))
        .zip(queries)
        .map(|(scores, query)| one(scores, |at| table.answers(*query, corpus[at])))
        .collect();
    let (reciprocal, recall) = each.into_iter().unzip();
    Scores::new(vec![Metric::mean("mrr@10", reciprocal), Metric::mean("recall@10", recall)])
}

/// One over the first answer's rank, and the share of answers among the first ten. Of equal ones those that are no answers
/// come first, so that an encoder that finds everything alike is not praised.
fn one(scores: &[f32], answers: impl Fn(usize) -> bool) -> (f32, f32) {
    let mut order: Vec<(f32, bool)> = scores.iter().enumerate().map(|(at, score)| (*score, answers(at))).collect();
    let all = order.iter().filter(|one| one.1).count();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order.truncate(CUT);
    let first = order.iter().position(|one| one.1).map_or(0.0, |at| 1.0 / (at + 1) as f32);
    (first, order.iter().filter(|one| one.1).count() as f32 / all.max(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_from_one_and_ties_count_against() {
        assert_eq!(one(&[0.9, 0.8, 0.7], |at| at == 1), (0.5, 1.0));
        assert_eq!(one(&[0.9, 0.8, 0.7], |at| at != 1), (1.0, 1.0));
        assert_eq!(one(&[0.5; 4], |at| at == 0), (0.25, 1.0));
        assert_eq!(one(&[0.5; 40], |at| at == 0), (0.0, 0.0));
        assert_eq!(one(&[], |_| true), (0.0, 0.0));
    }
}
