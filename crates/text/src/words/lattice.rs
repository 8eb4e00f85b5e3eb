//! All ways to cut a stretch of Chinese into words, and the likeliest.
//!
//! Words are drawn independently of one another (a unigram model, as in statistical segmenters since Sproat et al., "A
//! Stochastic Finite-State Word-Segmentation Algorithm for Chinese", 1996), from a mixture of the general dictionary and the
//! shop: `p(w) = (1 - s) d(w) / D + s n(w) / N`. The forward and backward sums over all cuts give each word's
//! probability of being one of the words meant.

use crate::chinese;

/// A word somewhere in a stretch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Edge {
    /// Its bytes in the stretch.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) source: Source,
    /// How often the shop has it.
    pub(super) frequency: u64,
    /// The probability that it is one of the words meant.
    pub(super) probability: f64,
}

/// Where a word is known from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Source {
    /// The shop's own words.
    Shop,
    /// The general dictionary.
    Dictionary,
    /// Nowhere; cut out by what is known around it.
    Unknown,
}

/// What the shop knows of words.
pub(super) trait Evidence {
    /// How often the shop's vocabulary has a word; nothing where it is not one.
    fn of_vocabulary(&self, word: &str) -> Option<u64>;
    /// How often the shop's texts have a word.
    fn of_texts(&self, word: &str) -> u64;
    /// How often the vocabulary has all its words together.
    fn total(&self) -> u64;
}

/// The share of the shop in the mixture.
const SHOP_SHARE: f64 = 0.7;
/// The general dictionary's frequencies add up to this (jieba's dict.txt).
const DICTIONARY_TOTAL: f64 = 60_101_967.0;
/// The probability of a character that nothing knows as a word.
const UNKNOWN: f64 = 1e-9;
/// The longest word of a shop, in characters.
pub(super) const WORD_MAX: usize = 8;
/// The longest stretch that is cut by evidence; longer ones are cut by the dictionary alone.
const STRETCH_MAX: usize = 64;
/// Words in the lattice for which the shop's texts are asked.
const ASKED_MAX: usize = 96;

/// The likeliest words of a stretch in order, and others that are likely too.
pub(super) fn cut(stretch: &str, evidence: &dyn Evidence) -> (Vec<Edge>, Vec<Edge>) {
    let places: Vec<usize> = stretch.char_indices().map(|(at, _)| at).chain([stretch.len()]).collect();
    if places.len() > STRETCH_MAX {
        return (by_dictionary(stretch, evidence), Vec::new());
    }
    let mut edges = candidates(stretch, &places, evidence);
    let costs = costs(stretch, &edges, evidence);
    let best = likeliest(&places, &edges, &costs);
    weigh(&places, &mut edges, &costs);
    let chosen: Vec<Edge> = best.iter().map(|at| edges[*at]).collect();
    const LIKELY: f64 = 0.05;
    let others = edges.iter().enumerate().filter(|(at, edge)| !best.contains(at) && edge.probability >= LIKELY);
    let others = others.map(|(_, edge)| *edge).collect();
    (chosen, others)
}

/// The dictionary's cut of a long stretch.
fn by_dictionary(stretch: &str, evidence: &dyn Evidence) -> Vec<Edge> {
    let words = chinese::dictionary().cut(stretch, false).into_iter();
    let edge = |token: jieba_rs::Token<'_>| {
        let frequency = evidence.of_vocabulary(token.word);
        let source = if frequency.is_some() { Source::Shop } else { Source::Dictionary };
        let (start, end) = (token.byte_start, token.byte_end);
        Edge { start, end, source, frequency: frequency.unwrap_or_default(), probability: 0.5 }
    };
    words.map(edge).collect()
}

/// Every word that is known somewhere, and every character, in order of their beginnings.
fn candidates(stretch: &str, places: &[usize], evidence: &dyn Evidence) -> Vec<Edge> {
    let mut known: Vec<(usize, usize)> =
        chinese::dictionary().cut_all(stretch).iter().map(|token| (token.byte_start, token.byte_end)).collect();
    known.sort_unstable();
    let mut edges = Vec::new();
    for (place, start) in places[..places.len() - 1].iter().enumerate() {
        for length in 1..=WORD_MAX.min(places.len() - 1 - place) {
            let end = places[place + length];
            let in_shop = evidence.of_vocabulary(&stretch[*start..end]);
            let in_dictionary = known.binary_search(&(*start, end)).is_ok();
            let source = match (in_shop, in_dictionary) {
                (Some(_), _) => Source::Shop,
                (None, true) => Source::Dictionary,
                (None, false) if length == 1 => Source::Unknown,
                (None, false) => continue,
            };
            let frequency = in_shop.unwrap_or_default();
            edges.push(Edge { start: *start, end, source, frequency, probability: 0.0 });
        }
    }
    edges
}

/// `-ln p` of each word.
fn costs(stretch: &str, edges: &[Edge], evidence: &dyn Evidence) -> Vec<f64> {
    let dictionary = chinese::dictionary();
    let mut asked = 0;
    let shop: Vec<u64> = edges
        .iter()
        .map(|edge| {
            let word = &stretch[edge.start..edge.end];
            asked += 1;
            let in_texts = if asked <= ASKED_MAX { evidence.of_texts(word) } else { 0 };
            // A character is in the texts of every word that it is part of, which says nothing of it as a word.
            let counts = word.chars().nth(1).is_some() || edge.source == Source::Shop;
            edge.frequency.max(if counts { in_texts } else { 0 })
        })
        .collect();
    // Without a vocabulary the commonest word of the stretch says how large the shop is.
    let total = (evidence.total() as f64).max(20.0 * shop.iter().copied().max().unwrap_or_default() as f64).max(1.0);
    let cost = |(edge, shop): (&Edge, &u64)| {
        let word = &stretch[edge.start..edge.end];
        let general =
            if dictionary.has_word(word) { dictionary.suggest_freq(word) as f64 / DICTIONARY_TOTAL } else { 0.0 };
        let own = *shop as f64 / total;
        -((1.0 - SHOP_SHARE) * general + SHOP_SHARE * own).max(UNKNOWN).ln()
    };
    edges.iter().zip(&shop).map(cost).collect()
}

/// The indices of the words of the likeliest cut.
fn likeliest(places: &[usize], edges: &[Edge], costs: &[f64]) -> Vec<usize> {
    let end = places.last().copied().unwrap_or_default();
    let mut best: Vec<(f64, usize)> = vec![(f64::INFINITY, usize::MAX); end + 1];
    best[0] = (0.0, usize::MAX);
    for (at, edge) in edges.iter().enumerate() {
        let cost = best[edge.start].0 + costs[at];
        if cost < best[edge.end].0 {
            best[edge.end] = (cost, at);
        }
    }
    let mut chosen = Vec::new();
    let mut place = end;
    while let Some(edge) = edges.get(best[place].1) {
        chosen.push(best[place].1);
        place = edge.start;
    }
    chosen.reverse();
    chosen
}

/// Gives each word its probability over all cuts.
fn weigh(places: &[usize], edges: &mut [Edge], costs: &[f64]) {
    let end = places.last().copied().unwrap_or_default();
    let (mut before, mut after) = (vec![f64::NEG_INFINITY; end + 1], vec![f64::NEG_INFINITY; end + 1]);
    (before[0], after[end]) = (0.0, 0.0);
    for (edge, cost) in edges.iter().zip(costs) {
        before[edge.end] = add_logs(before[edge.end], before[edge.start] - cost);
    }
    for (edge, cost) in edges.iter().zip(costs).rev() {
        after[edge.start] = add_logs(after[edge.start], after[edge.end] - cost);
    }
    let all = before[end];
    for (edge, cost) in edges.iter_mut().zip(costs) {
        edge.probability = (before[edge.start] - cost + after[edge.end] - all).exp().clamp(0.0, 1.0);
    }
}

/// `ln(e^a + e^b)`.
fn add_logs(one: f64, other: f64) -> f64 {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
