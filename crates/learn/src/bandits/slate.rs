use types::{Rng, Row};

use super::{Candidate, ColdStart, Draws, Policy};

/// Items in order, each with the probability with which it stands where it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Slate {
    /// From the first place on; as many as asked for, or as there are candidates.
    pub places: Vec<Placed>,
    /// Whether chance let this slate explore; a slate that may not is greedy, and serves to measure what exploring
    /// costs.
    pub explored: bool,
    /// Sum over the places of what the greedy slate would be expected to bring.
    pub greedy_expected: f64,
    /// The same of this slate.
    pub expected: f64,
}

/// An item at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Index into the candidates.
    pub candidate: usize,
    /// The item.
    pub item: Row,
    /// The probability that it was placed here, given the items before it and the samples drawn for this slate: exact,
    /// in (0, 1]. The product over the places is that of the slate.
    pub propensity: f64,
    /// How far, as a standard error, `propensity` may be from the mean over all samples that could have been drawn: 0
    /// for policies that draw none. To reweigh a log one wants `propensity` itself, by which chance decided.
    pub standard_error: f64,
    /// Whether the greedy slate, given the same items before it, would have placed another.
    pub explores: bool,
}

/// What is set from outside for a slate.
pub(super) struct Filling<'a> {
    /// Places of the page to fill.
    pub(super) places: &'a [usize],
    /// The probability that the slate may explore.
    pub(super) share: f64,
    /// Share of each place that goes to all alike.
    pub(super) floor: f64,
    pub(super) cold_start: Option<&'a ColdStart>,
}

/// Fills a slate place after place. With probability `share` the policy decides at every place, else the expected
/// reward; the propensity sums over both, each weighed by how probable it is given the items placed so far.
pub(super) fn fill(policy: &dyn Policy, candidates: &[Candidate<'_>], filling: &Filling<'_>, rng: &mut Rng) -> Slate {
    let expected = policy.expected(candidates);
    let explored = rng.unit() < filling.share;
    let draws = policy.draws(candidates, rng);
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    left.sort_by(|one, other| expected[*other].total_cmp(&expected[*one]).then(one.cmp(other)));
    let slots = filling.places.len().min(left.len());
    let greedy_expected = left[..slots].iter().map(|at| expected[*at]).sum();
    let mut places = Vec::with_capacity(slots);
    let mut exploring = filling.share.clamp(0.0, 1.0);
    let mut probabilities = Vec::new();
    for place in &filling.places[..slots] {
        probabilities.clear();
        probabilities.resize(left.len(), 0.0);
        let sampled = probabilities_at(*place, policy, &draws, candidates, &left, filling, &mut probabilities);
        // The best expected of those left stands first among them.
        let chosen = if explored { sample(&probabilities, rng) } else { 0 };
        let by_policy = exploring * probabilities[chosen];
        let by_greed = if chosen == 0 { 1.0 - exploring } else { 0.0 };
        let propensity = (by_policy + by_greed).clamp(f64::from(f32::MIN_POSITIVE), 1.0);
        let spread = probabilities[chosen] * (1.0 - probabilities[chosen]) / draws.rows().max(1) as f64;
        let standard_error = if sampled { exploring * spread.max(0.0).sqrt() } else { 0.0 };
        exploring = (by_policy / (by_policy + by_greed)).clamp(0.0, 1.0);
        let candidate = left.remove(chosen);
        let item = candidates[candidate].item;
        places.push(Placed { candidate, item, propensity, standard_error, explores: chosen != 0 });
    }
    let shown = places.iter().map(|placed| expected[placed.candidate]).sum();
    Slate { places, explored, greedy_expected, expected: shown }
}

/// Fills `probabilities`, and says whether they come from samples.
fn probabilities_at(
    place: usize,
    policy: &dyn Policy,
    draws: &Draws,
    candidates: &[Candidate<'_>],
    left: &[usize],
    filling: &Filling<'_>,
    probabilities: &mut [f64],
) -> bool {
    if let Some(cold_start) = filling.cold_start.filter(|cold_start| cold_start.places.contains(&place)) {
        let owed = left.iter().filter(|at| cold_start.owes(&candidates[**at])).count();
        if owed > 0 {
            for (probability, at) in probabilities.iter_mut().zip(left) {
                *probability = if cold_start.owes(&candidates[*at]) { 1.0 / owed as f64 } else { 0.0 };
            }
            return false;
        }
    }
    policy.probabilities(draws, left, probabilities);
    if filling.floor > 0.0 {
        for probability in probabilities.iter_mut() {
            *probability = (1.0 - filling.floor) * *probability + filling.floor / left.len() as f64;
        }
    }
    draws.rows() > 1
}

/// An index with its probability; never one whose probability is 0.
fn sample(probabilities: &[f64], rng: &mut Rng) -> usize {
    let sum: f64 = probabilities.iter().sum();
    let mut rest = rng.unit() * sum;
    let mut last = 0;
    for (at, probability) in probabilities.iter().enumerate().filter(|(_, probability)| **probability > 0.0) {
        if rest < *probability {
            return at;
        }
        rest -= probability;
        last = at;
    }
    last
}

/// Scores that no sampling is behind.
pub(super) fn one_row(scores: Vec<f64>) -> Draws {
    Draws { candidates: scores.len(), scores }
}

/// How often each of those left has the greatest score; those that tie share.
pub(super) fn argmax_into(draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
    let each = 1.0 / draws.rows() as f64;
    for row in 0..draws.rows() {
        let scores = draws.row(row);
        let max = left.iter().map(|at| scores[*at]).fold(f64::NEG_INFINITY, f64::max);
        let ties = left.iter().filter(|at| scores[**at] == max).count() as f64;
        for (probability, at) in probabilities.iter_mut().zip(left) {
            if scores[*at] == max {
                *probability += each / ties;
            }
        }
    }
}
