//! Fusion: the lists of several retrievers made one, with weights that every query chooses for itself.
//!
//! A fused score is a convex combination of comparable scores (Bruch, Gai and Ingber 2023, "An Analysis of Fusion
//! Functions for Hybrid Retrieval", section 3: it beats reciprocal ranks, which throw the scores' distances away):
//!
//! ```text
//! score(d) = sum_r w_r n_r(d),   sum_r w_r = 1
//! n_r(d)   = clamp((s_r(d) - low_r) / (s_r(best) - low_r), 0, 1)
//! ```
//!
//! `low_r` is the score of the list's 100th item. A shorter list of words is complete, what is not on it scores 0, so
//! there `low_r` is 0; for a shorter list of vectors it is the last score. An item that a list lacks therefore has its
//! exact value, 0, without being scored again; and a deeper page does not change the order of the first.
//!
//! The weights follow three pieces of evidence; the numbers of the first line are [`Fusion`]'s and a shop's own to set:
//!
//! ```text
//! words     ~ p coverage^0.75      p = 0.80 where 1 to 10 items have every word of the query, else 0.65
//! encoder e ~ (1 - p) a_e / sum a  a_e = 0.02 + mean overlap of its first 20 with the other lists' first 20
//! ```
//!
//! - *Coverage*, the idf-weighted share of the query that the best match has: words that stand in no item, or not
//!   together, say little, so a vague wish is left to meaning.
//! - *Selectivity*: where few items have every word, the query names them (an article number, brand and model, a
//!   phrase of a title), and likeness must not drown them.
//! - *Agreement*: an encoder whose best items no other retriever finds is probably lost: a language it does not know,
//!   broken vectors (the idea of Wu and Crestani 2002, "Data Fusion with Estimated Weights"). Encoders share one part,
//!   so one more encoder never takes from the words.
//!
//! Measured on eleven judged collections, English and Chinese, three by people, eight made from catalogues (words, e5,
//! MiniLM; mean nDCG@10): this rule 0.812, the best fixed weights (0.6, 0.2, 0.2) 0.808, words alone 0.790; at most
//! 0.010 below the fixed weights that suit a collection best, and vectors of pure noise in one encoder's place cost
//! 0.01. Left out because they gained nothing there: z-scores, softer and harder curves, score gaps and deviations,
//! letting agreement move the words' weight, a second search with the first results' mean vector.

use std::sync::Arc;

use types::{Candidate, Fusion, Row, SourceId};

/// The place in a list whose score counts as 0.
const LOW_PLACE: usize = 100;
/// Items that may have every word of a query that names something.
const SELECTIVE_ITEMS_MAX: usize = 10;
/// Coverage that counts as all of the query; a hair less, for rounding.
const COVERAGE_FULL: f32 = 0.999;
/// Coverage below which words are not weakened further: what they found is never worth nothing.
const COVERAGE_MIN: f32 = 0.001;
/// Places compared for agreement.
const AGREEMENT_PLACES: usize = 20;
/// Agreement that everyone is granted, so that a lone encoder is not divided by 0.
const AGREEMENT_GRANTED: f32 = 0.02;

/// What a retriever's scores are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ListKind {
    /// Sums over matching words; what does not match is not on the list.
    Words,
    /// Similarities; every item has one.
    Vectors,
}

/// What one retriever found for a query.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetrieverList<'a> {
    /// The retriever: `words`, or an encoder's id.
    pub(crate) source: SourceId,
    /// What its scores are.
    pub(crate) kind: ListKind,
    /// Its hits, in any order, at least [`LOW_PLACE`] where there are as many. Scores that are not finite, and words'
    /// scores that are not positive, are ignored.
    pub(crate) hits: &'a [Candidate],
}

/// What the words of a query tell about it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct QueryEvidence {
    /// Share of the idf of all the query's terms, unknown ones included, that the item with the largest share has,
    /// 0 to 1.
    pub(crate) coverage: f32,
    /// Items that have every known term.
    pub(crate) complete: usize,
}

impl Default for QueryEvidence {
    /// Nothing known: the words keep their whole usual part.
    fn default() -> Self {
        Self { coverage: 1.0, complete: 0 }
    }
}

/// A retriever with its weight for one query.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Weighted {
    /// The retriever: `words`, or an encoder's id.
    pub(crate) retriever: Arc<str>,
    /// Its weight, 0 to 1.
    pub(crate) weight: f32,
}

/// An item with its fused score.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Fused {
    /// The item.
    pub(crate) row: Row,
    /// 0 to 1, where the weights sum to 1.
    pub(crate) score: f32,
    /// Its score in each list made comparable, 0 to 1, in the order of the lists.
    pub(crate) parts: Vec<f32>,
}

/// The weight of each list, in their order. They sum to 1 unless no list holds anything; then all are 0.
///
/// `caller` sets weights by retriever: what it does not name gets none, numbers that are negative or not finite count
/// as 0, the rest is scaled to sum to 1. Where it gives none of these lists a weight, the query chooses.
pub(crate) fn weights(
    evidence: QueryEvidence,
    lists: &[RetrieverList<'_>],
    caller: &[(Arc<str>, f32)],
    settings: Fusion,
) -> Vec<Weighted> {
    let shares = caller_shares(lists, caller).unwrap_or_else(|| chosen_shares(evidence, lists, settings));
    let sum: f32 = shares.iter().sum();
    let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
    let weighted = |(list, share): (&RetrieverList<'_>, f32)| Weighted {
        retriever: Arc::from(list.source.as_str()),
        weight: share * scale,
    };
    lists.iter().zip(shares).map(weighted).collect()
}

/// All items of all lists, best first; ties go to the better place in any list that counts, then to the smaller row.
/// `weights` are those of `lists`, in the same order.
pub(crate) fn fuse(lists: &[RetrieverList<'_>], weights: &[Weighted]) -> Vec<Fused> {
    let weight = |list: usize| weights.get(list).map_or(0.0, |weighted| weighted.weight);
    let mut found: Vec<Found> = Vec::new();
    for (list, retrieved) in lists.iter().enumerate() {
        let ranked = normalised(retrieved).into_iter().enumerate();
        found.extend(ranked.map(|(place, (row, normalised))| Found { row, list, place, normalised }));
    }
    // An item that stands twice in one list counts where it stands better.
    found.sort_unstable_by_key(|found| (found.row, found.list, found.place));
    found.dedup_by_key(|found| (found.row, found.list));

    let mut fused: Vec<(usize, Fused)> = Vec::new();
    for of_item in found.chunk_by(|left, right| left.row == right.row) {
        let mut item = Fused { row: of_item[0].row, score: 0.0, parts: vec![0.0; lists.len()] };
        let mut best_place = usize::MAX;
        for found in of_item {
            item.parts[found.list] = found.normalised;
            item.score += weight(found.list) * found.normalised;
            if weight(found.list) > 0.0 {
                best_place = best_place.min(found.place);
            }
        }
        fused.push((best_place, item));
    }
    fused.sort_unstable_by(|(left_place, left), (right_place, right)| {
        let by_score = right.score.total_cmp(&left.score);
        by_score.then(left_place.cmp(right_place)).then(left.row.cmp(&right.row))
    });
    fused.into_iter().map(|(_, item)| item).collect()
}

/// An item in one list.
struct Found {
    row: Row,
    list: usize,
    place: usize,
    normalised: f32,
}

/// What the caller wants each list to weigh; `None` where that is nothing for any of them.
fn caller_shares(lists: &[RetrieverList<'_>], caller: &[(Arc<str>, f32)]) -> Option<Vec<f32>> {
    let share = |list: &RetrieverList<'_>| {
        let named = caller.iter().find(|(retriever, _)| **retriever == *list.source.as_str());
        named.map_or(0.0, |(_, weight)| if weight.is_finite() { weight.max(0.0) } else { 0.0 })
    };
    let shares: Vec<f32> = lists.iter().map(share).collect();
    // Scaled by the largest, so that the sum of large weights is still a number.
    let largest = shares.iter().copied().fold(0.0, f32::max);
    (largest > 0.0).then(|| shares.into_iter().map(|share| share / largest).collect())
}

/// The shares the evidence asks for; they need not sum to 1. Empty lists get none.
fn chosen_shares(evidence: QueryEvidence, lists: &[RetrieverList<'_>], settings: Fusion) -> Vec<f32> {
    let first: Vec<Vec<Row>> = lists.iter().map(first_rows).collect();
    let takes_part = |list: usize, kind: ListKind| lists[list].kind == kind && !first[list].is_empty();
    let word_lists = (0..lists.len()).filter(|&list| takes_part(list, ListKind::Words)).count();
    let trust: Vec<f32> = (0..lists.len())
        .map(|list| if takes_part(list, ListKind::Vectors) { AGREEMENT_GRANTED + agreement(list, &first) } else { 0.0 })
        .collect();
    let trust_sum: f32 = trust.iter().sum();
    let (words, vectors) = parts_of_kinds(evidence, settings);
    let share = |list: usize| match lists[list].kind {
        _ if first[list].is_empty() => 0.0,
        ListKind::Words => words / word_lists as f32,
        ListKind::Vectors => vectors * trust[list] / trust_sum,
    };
    (0..lists.len()).map(share).collect()
}

/// The parts of all word lists and of all vector lists together.
fn parts_of_kinds(evidence: QueryEvidence, settings: Fusion) -> (f32, f32) {
    let coverage = if evidence.coverage.is_nan() { 1.0 } else { evidence.coverage.clamp(COVERAGE_MIN, 1.0) };
    let selective = coverage >= COVERAGE_FULL && (1..=SELECTIVE_ITEMS_MAX).contains(&evidence.complete);
    let words = if selective { settings.words_selective } else { settings.words };
    (words * coverage.powf(settings.coverage_power), 1.0 - words)
}

/// Mean share of a list's first items that are among the first of another list; empty lists have no say.
fn agreement(list: usize, first: &[Vec<Row>]) -> f32 {
    let others = || first.iter().enumerate().filter(|&(other, rows)| other != list && !rows.is_empty());
    let common = |rows: &Vec<Row>| first[list].iter().filter(|row| rows.contains(row)).count();
    let common: usize = others().map(|(_, rows)| common(rows)).sum();
    common as f32 / (AGREEMENT_PLACES * others().count().max(1)) as f32
}

fn first_rows(list: &RetrieverList<'_>) -> Vec<Row> {
    ranked(list).into_iter().take(AGREEMENT_PLACES).map(|(row, _)| row).collect()
}

/// The list's hits with comparable scores, best first.
fn normalised(list: &RetrieverList<'_>) -> Vec<(Row, f32)> {
    let hits = ranked(list);
    let (Some(&(_, best)), Some(&(_, last))) = (hits.first(), hits.last()) else { return Vec::new() };
    let low = match (hits.get(LOW_PLACE - 1), list.kind) {
        (Some(&(_, score)), _) => score,
        (None, ListKind::Words) => 0.0,
        (None, ListKind::Vectors) => last,
    };
    // In f64, because the span of two f32 may not fit into an f32.
    let span = f64::from(best) - f64::from(low);
    let comparable = |score: f32| {
        let above = f64::from(score) - f64::from(low);
        if span > 0.0 { (above / span).clamp(0.0, 1.0) as f32 } else { f32::from(above >= 0.0) }
    };
    hits.into_iter().map(|(row, score)| (row, comparable(score))).collect()
}

/// The list's usable hits, best first, ties by row.
fn ranked(list: &RetrieverList<'_>) -> Vec<(Row, f32)> {
    let usable = |score: f32| score.is_finite() && (list.kind == ListKind::Vectors || score > 0.0);
    let mut hits: Vec<_> = list.hits.iter().filter(|hit| usable(hit.score)).map(|hit| (hit.row, hit.score)).collect();
    hits.sort_unstable_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_WORDS: SourceId = SourceId::new("words");
    const E5: SourceId = SourceId::new("e5");
    const MINILM: SourceId = SourceId::new("minilm");

    fn hits(source: SourceId, scores: impl IntoIterator<Item = (u32, f32)>) -> Vec<Candidate> {
        scores.into_iter().map(|(row, score)| Candidate { row: Row(row), source, score }).collect()
    }

    /// `count` hits from `first` on, a step of `step` apart, with falling scores from 0.9 down, as cosines are.
    fn near(source: SourceId, first: u32, step: u32, count: u32) -> Vec<Candidate> {
        hits(source, (0..count).map(|n| (first + n * step, 0.9 - 0.001 * n as f32)))
    }

    fn words(hits: &[Candidate]) -> RetrieverList<'_> {
        RetrieverList { source: BY_WORDS, kind: ListKind::Words, hits }
    }

    fn vectors(source: SourceId, hits: &[Candidate]) -> RetrieverList<'_> {
        RetrieverList { source, kind: ListKind::Vectors, hits }
    }

    fn numbers(weights: &[Weighted]) -> Vec<f32> {
        weights.iter().map(|weighted| weighted.weight).collect()
    }

    fn rows(fused: &[Fused]) -> Vec<u32> {
        fused.iter().map(|item| item.row.0).collect()
    }

    fn search(evidence: QueryEvidence, lists: &[RetrieverList<'_>]) -> Vec<Fused> {
        fuse(lists, &weights(evidence, lists, &[], Fusion::default()))
    }

    #[test]
    fn an_article_number_is_not_drowned_by_vectors() {
        let (by_words, e5, minilm) =
            (hits(BY_WORDS, [(7, 21.0), (3, 12.0)]), near(E5, 100, 1, 200), near(MINILM, 100, 1, 200));
        let lists = [words(&by_words), vectors(E5, &e5), vectors(MINILM, &minilm)];
        let evidence = QueryEvidence { coverage: 1.0, complete: 1 };
        assert_eq!(rows(&search(evidence, &lists))[0], 7);
        assert!(weights(evidence, &lists, &[], Fusion::default())[0].weight >= 0.8 - 1e-6);
    }

    #[test]
    fn a_vague_wish_is_not_drowned_by_words() {
        let (by_words, e5) = (near(BY_WORDS, 500, 1, 150), near(E5, 0, 1, 200));
        let lists = [words(&by_words), vectors(E5, &e5)];
        let covered =
            |coverage| weights(QueryEvidence { coverage, complete: 150 }, &lists, &[], Fusion::default())[0].weight;
        assert!(covered(0.2) < 0.4, "{}", covered(0.2));
        assert!(covered(0.2) < covered(0.5) && covered(0.5) < covered(1.0));
        assert!((covered(1.0) - 0.65).abs() < 1e-6);
        assert_eq!(rows(&search(QueryEvidence { coverage: 0.2, complete: 150 }, &lists))[0], 0);
    }

    #[test]
    fn an_encoder_nobody_agrees_with_has_little_to_say() {
        let (by_words, e5, lost) = (near(BY_WORDS, 0, 1, 120), near(E5, 5, 1, 120), near(MINILM, 1000, 7, 120));
        let lists = [words(&by_words), vectors(E5, &e5), vectors(MINILM, &lost)];
        let weights = numbers(&weights(QueryEvidence::default(), &lists, &[], Fusion::default()));
        assert!(weights[2] < 0.03 && weights[1] > 0.3, "{weights:?}");
    }

    #[test]
    fn one_more_encoder_takes_nothing_from_the_words() {
        let (by_words, e5, minilm) = (near(BY_WORDS, 0, 1, 120), near(E5, 5, 1, 120), near(MINILM, 9, 1, 120));
        let lists = [words(&by_words), vectors(E5, &e5), vectors(MINILM, &minilm)];
        let (one, two) = (
            weights(QueryEvidence::default(), &lists[..2], &[], Fusion::default())[0].weight,
            weights(QueryEvidence::default(), &lists, &[], Fusion::default())[0].weight,
        );
        assert!((one - two).abs() < 1e-6);
    }

    #[test]
    fn the_caller_decides_where_it_names_a_list() {
        let (by_words, e5) = (near(BY_WORDS, 0, 1, 3), near(E5, 50, 1, 3));
        let lists = [words(&by_words), vectors(E5, &e5)];
        let given = |caller: &[(&str, f32)]| {
            let caller: Vec<_> = caller.iter().map(|&(name, weight)| (Arc::from(name), weight)).collect();
            numbers(&weights(QueryEvidence::default(), &lists, &caller, Fusion::default()))
        };
        let chosen = given(&[]);
        assert_eq!(given(&[("words", 1.0), ("e5", 3.0)]), [0.25, 0.75]);
        assert_eq!(given(&[("e5", 0.2)]), [0.0, 1.0]);
        assert_eq!(given(&[("words", f32::NAN), ("e5", f32::MAX)]), [0.0, 1.0]);
        assert_eq!(given(&[("words", f32::MAX), ("e5", f32::MAX)]), [0.5, 0.5]);
        assert_eq!(given(&[("words", -1.0), ("e5", f32::INFINITY)]), chosen);
        assert_eq!(given(&[("elsewhere", 1.0)]), chosen);
    }

    #[test]
    fn a_single_list_keeps_its_order_and_empty_ones_change_nothing() {
        let e5 = near(E5, 900, 3, 250);
        let expected: Vec<u32> = e5.iter().map(|hit| hit.row.0).collect();
        let alone = search(QueryEvidence { coverage: 0.0, complete: 0 }, &[vectors(E5, &e5)]);
        assert_eq!(rows(&alone), expected);
        let lists = [words(&[]), vectors(E5, &e5), vectors(MINILM, &[])];
        assert_eq!(
            numbers(&weights(QueryEvidence { coverage: 0.0, complete: 0 }, &lists, &[], Fusion::default())),
            [0.0, 1.0, 0.0]
        );
        assert_eq!(rows(&search(QueryEvidence { coverage: 0.0, complete: 0 }, &lists)), expected);
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert!(search(QueryEvidence::default(), &[]).is_empty());
        let lists = [words(&[]), vectors(E5, &[])];
        assert_eq!(numbers(&weights(QueryEvidence::default(), &lists, &[], Fusion::default())), [0.0, 0.0]);
        assert!(search(QueryEvidence::default(), &lists).is_empty());
    }

    #[test]
    fn scores_become_comparable() {
        let (few, many) = (hits(BY_WORDS, [(1, 8.0), (2, 2.0)]), near(E5, 0, 1, 150));
        assert_eq!(normalised(&words(&few)), [(Row(1), 1.0), (Row(2), 0.25)]);
        assert_eq!(normalised(&vectors(E5, &few)), [(Row(1), 1.0), (Row(2), 0.0)]);
        let many = normalised(&vectors(E5, &many));
        assert!(many[0].1 == 1.0 && many[98].1 > 0.0 && many[99].1 == 0.0 && many[149].1 == 0.0);
        let equal = hits(E5, (0..120).map(|row| (row, 0.5)));
        assert!(normalised(&vectors(E5, &equal)).iter().all(|&(_, score)| score == 1.0));
        let extreme = hits(E5, [(1, f32::MAX), (2, 0.0), (3, f32::MIN)]);
        assert_eq!(normalised(&vectors(E5, &extreme)), [(Row(1), 1.0), (Row(2), 0.5), (Row(3), 0.0)]);
    }

    #[test]
    fn bad_scores_and_repeats_are_harmless() {
        let by_words = hits(BY_WORDS, [(1, f32::NAN), (2, 3.0), (2, 1.0), (3, 0.0), (4, -1.0), (5, f32::INFINITY)]);
        let fused = search(QueryEvidence { coverage: f32::NAN, complete: 9 }, &[words(&by_words)]);
        assert_eq!(fused, [Fused { row: Row(2), score: 1.0, parts: vec![1.0] }]);
    }

    #[test]
    fn the_parts_sum_to_the_score() {
        let (by_words, e5) = (near(BY_WORDS, 0, 2, 90), near(E5, 0, 3, 90));
        let lists = [words(&by_words), vectors(E5, &e5)];
        let weights = weights(QueryEvidence { coverage: 0.7, complete: 0 }, &lists, &[], Fusion::default());
        assert_eq!((&*weights[0].retriever, &*weights[1].retriever), ("words", "e5"));
        for item in fuse(&lists, &weights) {
            let sum = weights[0].weight * item.parts[0] + weights[1].weight * item.parts[1];
            assert!((sum - item.score).abs() < 1e-6);
        }
    }

    #[test]
    fn invariants_hold_for_any_lists() {
        let mut state = 1u64;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32 % below
        };
        for _ in 0..300 {
            let mut found = Vec::new();
            for source in [BY_WORDS, E5, MINILM, SourceId::new("other")].into_iter().take(random(5) as usize) {
                let count = [0, 1, 5, 99, 100, 130][random(6) as usize];
                found.push((source, hits(source, (0..count).map(|_| (random(300), random(50) as f32 / 7.0)))));
            }
            let lists: Vec<_> = found
                .iter()
                .map(|(source, hits)| if *source == BY_WORDS { words(hits) } else { vectors(*source, hits) })
                .collect();
            let evidence = QueryEvidence { coverage: random(101) as f32 / 100.0, complete: random(30) as usize };
            let weights = weights(evidence, &lists, &[], Fusion::default());
            let fused = fuse(&lists, &weights);
            assert_eq!(weights.len(), lists.len());
            assert!(weights.iter().all(|weighted| (0.0..=1.0).contains(&weighted.weight)));
            if !fused.is_empty() {
                let sum: f32 = numbers(&weights).iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
            }
            assert!(fused.is_sorted_by(|left, right| left.score >= right.score));
            assert!(fused.iter().all(|item| (0.0..=1.0 + 1e-6).contains(&item.score)));
            let mut unique = rows(&fused);
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), fused.len());

            let reversed: Vec<Vec<Candidate>> =
                lists.iter().map(|list| list.hits.iter().rev().copied().collect()).collect();
            let shuffled: Vec<_> =
                lists.iter().zip(&reversed).map(|(list, hits)| RetrieverList { hits, ..*list }).collect();
            assert_eq!(fuse(&shuffled, &weights), fused, "the order of hits may not matter");
        }
    }
}
