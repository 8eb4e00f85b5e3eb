use super::log::Pairs;
use super::{ClickLog, Session};

/// Probabilities are kept this far from 0 and 1, so that what a model holds for impossible costs much, not everything.
pub(super) const PROBABILITY_MIN: f64 = 1e-6;

/// A fitted account of how clicks come about.
pub trait ClickModel {
    /// Fills the probability of a click at each position of `session`, before any of its clicks is known.
    fn marginals(&self, session: Session<'_>, log: &ClickLog, probabilities: &mut Vec<f64>);

    /// Natural logarithm of the probability of exactly these clicks.
    fn log_likelihood(&self, session: Session<'_>, log: &ClickLog) -> f64;

    /// How good `item` is for `query`: the probability that somebody who examines it is drawn to it (and, where the
    /// model tells that, satisfied). An unknown pair has the mean of the known ones and no evidence.
    fn relevance(&self, query: u32, item: u32) -> Relevance;

    /// A label for every pair of the log the model was fitted to, in the order in which they were first seen there.
    fn labels(&self) -> Vec<Label>;
}

/// What a model holds of a query and an item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Relevance {
    /// Between 0 and 1.
    pub value: f64,
    /// Examinations it rests on; 0 where the value is the mean alone.
    pub evidence: f64,
}

/// A pair's label for training a ranker.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Label {
    /// The query.
    pub query: u32,
    /// The item.
    pub item: u32,
    /// Expected relevance, and what it rests on.
    pub relevance: Relevance,
}

/// How strongly a pair's rate is drawn to the mean of all: as if it had been examined `strength` times more, with clicks
/// at the mean rate (a Beta prior whose mean is estimated along with the rest). 0 trusts a single click.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Smoothing {
    /// Examinations that the mean is worth; finite, at least 0.
    pub strength: f64,
}

impl Default for Smoothing {
    fn default() -> Self {
        Self { strength: 1.0 }
    }
}

impl Smoothing {
    /// A rate of `hits` out of `tries`, drawn to `mean`; the mean itself where there is nothing.
    pub(super) fn rate(self, hits: f64, tries: f64, mean: f64) -> f64 {
        let strength = if self.strength.is_finite() { self.strength.max(0.0) } else { 1.0 };
        let weight = tries + strength;
        if weight > 0.0 { ((hits + strength * mean) / weight).clamp(0.0, 1.0) } else { mean }
    }
}

/// How a fit by expectation-maximisation went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FitSummary {
    /// Rounds.
    pub iterations: usize,
    /// Whether the last round changed next to nothing.
    pub converged: bool,
}

/// A rate for each pair of a log, with the mean that unknown pairs get.
#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) values: Vec<f64>,
    pub(super) tries: Vec<f64>,
    pub(super) mean: f64,
}

impl Rates {
    pub(super) fn constant(pairs: &Pairs, mean: f64) -> Self {
        Self { values: vec![mean; pairs.keys.len()], tries: vec![0.0; pairs.keys.len()], mean }
    }

    /// Rates of `hits` out of `tries` by pair.
    pub(super) fn estimate(hits: &[f64], tries: Vec<f64>, smoothing: Smoothing) -> Self {
        let (all_hits, all_tries): (f64, f64) = (hits.iter().sum(), tries.iter().sum());
        let mean = if all_tries > 0.0 { (all_hits / all_tries).clamp(0.0, 1.0) } else { 0.5 };
        let values = hits.iter().zip(&tries).map(|(hits, tries)| smoothing.rate(*hits, *tries, mean)).collect();
        Self { values, tries, mean }
    }

    pub(super) fn at(&self, pair: Option<usize>) -> f64 {
        pair.map_or(self.mean, |pair| self.values[pair])
    }

    /// The rate of a pair as its relevance, with how often it was tried.
    pub(super) fn relevance(&self, pair: Option<usize>) -> Relevance {
        Relevance { value: self.at(pair), evidence: pair.map_or(0.0, |pair| self.tries[pair]) }
    }
}

/// The log-likelihood of a log, per session: nearer to 0 is better.
pub fn log_likelihood(model: &dyn ClickModel, log: &ClickLog) -> f64 {
    let sum: f64 = log.sessions().map(|session| model.log_likelihood(session, log)).sum();
    sum / log.len().max(1) as f64
}

/// Perplexity at each position: 2 to the mean bits by which a click there, or its absence, surprises the model (Chuklin,
/// Markov and de Rijke 2015, "Click models for web search", section 5.2). 1 is perfect, 2 is a coin.
pub fn perplexity(model: &dyn ClickModel, log: &ClickLog) -> Vec<f64> {
    let mut bits = vec![(0.0, 0.0); log.positions()];
    let mut probabilities = Vec::new();
    for session in log.sessions() {
        model.marginals(session, log, &mut probabilities);
        for ((bits, click), probability) in bits.iter_mut().zip(session.clicks).zip(&probabilities) {
            let probability = probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
            bits.0 -= if *click { probability.log2() } else { (1.0 - probability).log2() };
            bits.1 += 1.0;
        }
    }
    bits.into_iter().map(|(bits, count): (f64, f64)| (bits / count.max(1.0)).exp2()).collect()
}

/// `ln p` of a click or its absence.
pub(super) fn log_of(click: bool, probability: f64) -> f64 {
    let probability = probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
    if click { probability.ln() } else { (1.0 - probability).ln() }
}

/// Labels of all pairs, with `value` from the place in the table.
pub(super) fn labels_of(pairs: &Pairs, relevance: impl Fn(usize) -> Relevance) -> Vec<Label> {
    let label =
        |(pair, (query, item)): (usize, &(u32, u32))| Label { query: *query, item: *item, relevance: relevance(pair) };
    pairs.keys.iter().enumerate().map(label).collect()
}

/// Where the pairs of `session` stand in `pairs`, which may be those of another log than `log`.
pub(super) fn places<'a>(
    pairs: &'a std::sync::Arc<Pairs>,
    session: Session<'a>,
    log: &'a ClickLog,
) -> impl Iterator<Item = Option<usize>> + 'a {
    let same = std::sync::Arc::ptr_eq(pairs, log.pairs());
    session.pairs.iter().map(move |pair| {
        if same {
            return Some(*pair as usize);
        }
        let (query, item) = log.pairs().keys[*pair as usize];
        pairs.get(query, item)
    })
}
