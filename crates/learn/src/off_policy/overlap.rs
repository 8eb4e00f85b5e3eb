use rustc_hash::FxHashMap;

use super::estimators::Sample;
use super::rounds::Round;

/// How much of what the target would do the log has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Rounds used.
    pub rounds: usize,
    /// Independent units among them.
    pub units: usize,
    /// As many rounds of equal weight would tell as much: `(sum w)^2 / sum w^2` (Kish 1965).
    pub effective_sample_size: f64,
    /// Mean weight: 1 in expectation where propensities are right and the log could choose all the target would. What is
    /// missing to 1 is the target's mass where the log never goes.
    pub mean_weight: f64,
    /// Standard error of the mean weight.
    pub mean_weight_error: f64,
    /// The greatest size of a weight.
    pub weight_max: f64,
    /// Share of all weight in the heaviest 1 % of rounds (at least one round).
    pub top_share: f64,
    /// Mean mass of the target on actions that the log chose in fewer than [`SEEN_MIN`] rounds at that position. Only a
    /// hint where there are more actions than rounds could show.
    pub rarely_logged_mass: f64,
    /// Mean mass of the target that is listed; models need all of it.
    pub target_listed: f64,
    /// Rounds with a reward that is not 0, counted by how much they decide: `(sum w |r|)^2 / sum (w r)^2`.
    pub effective_rewards: f64,
}

/// An action logged in fewer rounds counts as hardly ever chosen.
pub const SEEN_MIN: usize = 3;

/// How much overlap an evaluation asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Fewest independent units.
    pub units_min: usize,
    /// Smallest effective sample size, in rounds.
    pub effective_sample_size_min: f64,
    /// Greatest share of the target's mass where the log does not go, as told by the mean weight less two standard errors.
    pub uncovered_max: f64,
    /// Greatest mean weight, less four standard errors: under propensities that are right it is 1.
    pub mean_weight_max: f64,
    /// Greatest share of all weight in a single round.
    pub single_share_max: f64,
}

impl Default for Limits {
    /// 30 units and 30 effective rounds, as for any normal approximation; 10 % uncovered; a mean weight of 1.5; a fifth of
    /// all weight in one round.
    fn default() -> Self {
        Self {
            units_min: 30,
            effective_sample_size_min: 30.0,
            uncovered_max: 0.1,
            mean_weight_max: 1.5,
            single_share_max: 0.2,
        }
    }
}

/// Why a log cannot tell what a target would earn.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There are too few independent units.
    #[error("{got} independent units, {needed} needed")]
    UnitsTooFew {
        /// Units in the log.
        got: usize,
        /// Units asked for.
        needed: usize,
    },
    /// A few rounds would decide.
    #[error("effective sample size {got:.1}, {needed:.1} needed: the target chooses what the log rarely did")]
    EffectiveSampleTooSmall {
        /// The effective sample size.
        got: f64,
        /// That asked for.
        needed: f64,
    },
    /// The target goes where the log does not.
    #[error(
        "the mean weight {mean_weight:.3} shows the log to miss more than {allowed:.3} of what the target would do"
    )]
    Uncovered {
        /// The mean weight, 1 under full cover.
        mean_weight: f64,
        /// The greatest share allowed to be missing.
        allowed: f64,
    },
    /// The propensities cannot be those of the log.
    #[error("the mean weight is {mean_weight:.3} where right propensities give 1, {allowed:.3} allowed")]
    PropensitiesWrong {
        /// The mean weight.
        mean_weight: f64,
        /// The greatest allowed.
        allowed: f64,
    },
    /// One round has most of the weight.
    #[error("one round has {share:.3} of all weight, {allowed:.3} allowed")]
    SingleRound {
        /// Its share.
        share: f64,
        /// The share allowed.
        allowed: f64,
    },
}

impl Refusal {
    /// Its stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnitsTooFew { .. } => "units_too_few",
            Self::EffectiveSampleTooSmall { .. } => "effective_sample_too_small",
            Self::Uncovered { .. } => "uncovered",
            Self::PropensitiesWrong { .. } => "propensities_wrong",
            Self::SingleRound { .. } => "single_round",
        }
    }
}

impl Limits {
    /// Everything that is against an estimate; empty where nothing is.
    pub fn refusals(&self, overlap: &Overlap) -> Vec<Refusal> {
        let Overlap { units, mean_weight, effective_sample_size, .. } = *overlap;
        let share = overlap.weight_max / (mean_weight * overlap.rounds as f64);
        let missing_at_least = 1.0 - mean_weight - 2.0 * overlap.mean_weight_error;
        let excess = mean_weight - 4.0 * overlap.mean_weight_error;
        let found = [
            (units < self.units_min).then_some(Refusal::UnitsTooFew { got: units, needed: self.units_min }),
            (effective_sample_size < self.effective_sample_size_min).then_some(Refusal::EffectiveSampleTooSmall {
                got: effective_sample_size,
                needed: self.effective_sample_size_min,
            }),
            (missing_at_least > self.uncovered_max)
                .then_some(Refusal::Uncovered { mean_weight, allowed: self.uncovered_max }),
            (excess > self.mean_weight_max || !mean_weight.is_finite())
                .then_some(Refusal::PropensitiesWrong { mean_weight, allowed: self.mean_weight_max }),
            (share > self.single_share_max).then_some(Refusal::SingleRound { share, allowed: self.single_share_max }),
        ];
        found.into_iter().flatten().collect()
    }
}

/// Measures overlap. `rounds` and `samples` stand for the same rounds.
pub(super) fn overlap(rounds: &[&Round], samples: &[Sample]) -> Overlap {
    let mut seen: FxHashMap<(usize, usize), usize> = FxHashMap::default();
    for round in rounds {
        *seen.entry((round.position, round.action)).or_default() += 1;
    }
    let rare = |round: &&Round| -> f64 {
        let count = |action: usize| seen.get(&(round.position, action)).copied().unwrap_or(0);
        let rare = round.target.iter().filter(|(action, _)| count(*action) < SEEN_MIN);
        // Not `sum`, which makes -0 of nothing.
        rare.fold(0.0, |mass, (_, probability)| mass + probability)
    };
    let count = rounds.len().max(1) as f64;
    Overlap {
        rarely_logged_mass: rounds.iter().map(rare).sum::<f64>() / count,
        target_listed: rounds.iter().map(|round| round.target_listed()).sum::<f64>() / count,
        ..of_samples(samples)
    }
}

/// Measures what weights and rewards tell: a target that is listed in full, of nothing rare.
pub(super) fn of_samples(samples: &[Sample]) -> Overlap {
    let mut weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
    let rewarded: Vec<f64> = samples.iter().map(|sample| sample.weight * sample.reward.abs()).collect();
    // By size: the pseudo-inverse has negative weights too.
    weights.sort_by(|left, right| right.abs().total_cmp(&left.abs()));
    let sum: f64 = weights.iter().sum();
    let count = weights.len().max(1) as f64;
    let mean_weight = sum / count;
    let spread = weights.iter().map(|weight| (weight - mean_weight).powi(2)).sum::<f64>();
    let sizes: f64 = weights.iter().map(|weight| weight.abs()).sum();
    let top: f64 = weights.iter().take(weights.len().div_ceil(100)).map(|weight| weight.abs()).sum();
    Overlap {
        rounds: samples.len(),
        units: samples.iter().map(|sample| sample.unit + 1).max().unwrap_or(0),
        effective_sample_size: effective(&weights),
        mean_weight,
        mean_weight_error: (spread / count / (count - 1.0).max(1.0)).sqrt(),
        weight_max: weights.first().map_or(0.0, |weight| weight.abs()),
        top_share: if sizes > 0.0 { top / sizes } else { 0.0 },
        rarely_logged_mass: 0.0,
        target_listed: 1.0,
        effective_rewards: effective(&rewarded),
    }
}

/// `(sum w)^2 / sum w^2`, scaled by the greatest, so that large weights do not overflow; 0 where all are 0.
fn effective(weights: &[f64]) -> f64 {
    let top = weights.iter().map(|weight| weight.abs()).fold(0.0, f64::max);
    if top == 0.0 {
        return 0.0;
    }
    let (sum, squares) = weights
        .iter()
        .map(|weight| weight / top)
        .fold((0.0, 0.0), |(sum, squares), share| (sum + share, squares + share * share));
    sum * sum / squares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(weight: f64, reward: f64) -> Sample {
        Sample { unit: 0, probability: 0.5, weight, reward, fitted: 0.0, expected: 0.0 }
    }

    #[test]
    fn figures_of_a_small_log() {
        let samples: Vec<Sample> =
            (0..200).map(|place| Sample { unit: place, ..sample(if place < 2 { 50.0 } else { 0.5 }, 1.0) }).collect();
        let got = of_samples(&samples);
        let (sum, squares) = (100.0 + 99.0, 5_000.0 + 198.0 * 0.25);
        assert!((got.effective_sample_size - sum * sum / squares).abs() < 1e-9);
        assert!((got.mean_weight - sum / 200.0).abs() < 1e-12 && got.weight_max == 50.0);
        assert!((got.top_share - 100.0 / sum).abs() < 1e-12, "the top 1 % are two rounds");
        let refusals = Limits::default().refusals(&got);
        let [Refusal::EffectiveSampleTooSmall { .. }, Refusal::SingleRound { share, .. }] = refusals[..] else {
            panic!("{refusals:?}")
        };
        assert!((share - 50.0 / sum).abs() < 1e-12);
    }

    #[test]
    fn a_target_elsewhere_is_refused_as_uncovered() {
        let samples: Vec<Sample> =
            (0..1_000).map(|place| Sample { unit: place, ..sample(f64::from(place as u32 % 2), 1.0) }).collect();
        let refusals = Limits::default().refusals(&of_samples(&samples));
        assert!(matches!(refusals[..], [Refusal::Uncovered { mean_weight, .. }] if mean_weight == 0.5), "{refusals:?}");
        let none: Vec<Sample> = (0..1_000).map(|place| Sample { unit: place, ..sample(0.0, 1.0) }).collect();
        let refusals = Limits::default().refusals(&of_samples(&none));
        assert!(matches!(refusals[..], [Refusal::EffectiveSampleTooSmall { .. }, Refusal::Uncovered { .. }]));
    }

    #[test]
    fn nothing_is_refused_without_a_panic() {
        assert!(matches!(Limits::default().refusals(&of_samples(&[]))[0], Refusal::UnitsTooFew { got: 0, .. }));
    }

    #[test]
    fn huge_weights_do_not_overflow() {
        assert!((effective(&[1e200, 1e200, 0.0]) - 2.0).abs() < 1e-12);
    }
}
