use std::fmt;

/// A way of telling, from a log, what another policy (the target) would have earned a round.
///
/// Symbols: `w = pi(a|x) / mu(a|x)`, the target's probability of the logged action over the logged one's propensity; `r`
/// the reward; `q(x, a)` the reward a model expects; `q(x, pi) = sum_a pi(a|x) q(x, a)`; `n` the number of rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Estimator {
    /// Replay (Li, Chu, Langford and Wang 2011, WSDM), with the draw from the target replaced by its expectation:
    /// `sum pi(a|x) r / sum pi(a|x)`, for a deterministic target the mean reward of the rounds both agree on. Right only
    /// where the log chose uniformly.
    Replay,
    /// Direct method: `mean q(x, pi)`. As good as the model.
    DirectMethod,
    /// Inverse propensity score (Horvitz and Thompson 1952): `mean w r`.
    Ips,
    /// Self-normalised (Swaminathan and Joachims 2015, NeurIPS): `sum w r / sum w`.
    SelfNormalisedIps,
    /// Weights cut at `cap`: `mean min(w, cap) r` (Strehl, Langford, Li and Kakade 2010, NeurIPS; Bottou et al. 2013, JMLR).
    ClippedIps {
        /// The greatest weight.
        cap: f64,
    },
    /// Weights shrunk harmonically towards 1: `mean w / (1 - lambda + lambda w) r` (Metelli, Russo and Restelli 2021,
    /// NeurIPS, section 5), which has sub-Gaussian tails.
    SubGaussianIps {
        /// How much, in 0..=1.
        lambda: f64,
    },
    /// Doubly robust (Dudik, Langford and Li 2011, ICML): `mean q(x, pi) + w (r - q(x, a))`.
    DoublyRobust,
    /// Doubly robust, its correction self-normalised: `mean q(x, pi) + sum w (r - q(x, a)) / sum w`.
    SelfNormalisedDoublyRobust,
    /// Doubly robust where `w <= threshold`, else the model alone (Wang, Agarwal and Dudik 2017, ICML).
    SwitchDoublyRobust {
        /// The greatest weight that is used.
        threshold: f64,
    },
    /// Doubly robust with optimistic shrinkage (Su, Dimakopoulou, Krishnamurthy and Dudik 2020, ICML):
    /// `w' = lambda w / (w^2 + lambda)` in place of `w`.
    ShrunkDoublyRobust {
        /// How little: 0 gives the direct method, infinity plain doubly robust.
        lambda: f64,
    },
}

impl Estimator {
    /// Its flat name, without its parameter.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::DirectMethod => "dm",
            Self::Ips => "ips",
            Self::SelfNormalisedIps => "snips",
            Self::ClippedIps { .. } => "clipped_ips",
            Self::SubGaussianIps { .. } => "sub_gaussian_ips",
            Self::DoublyRobust => "dr",
            Self::SelfNormalisedDoublyRobust => "sndr",
            Self::SwitchDoublyRobust { .. } => "switch_dr",
            Self::ShrunkDoublyRobust { .. } => "dros",
        }
    }

    /// Its parameter, where it has one.
    pub fn parameter(&self) -> Option<f64> {
        match *self {
            Self::ClippedIps { cap } => Some(cap),
            Self::SwitchDoublyRobust { threshold } => Some(threshold),
            Self::SubGaussianIps { lambda } | Self::ShrunkDoublyRobust { lambda } => Some(lambda),
            Self::Replay | Self::DirectMethod | Self::Ips | Self::SelfNormalisedIps => None,
            Self::DoublyRobust | Self::SelfNormalisedDoublyRobust => None,
        }
    }

    /// Whether it uses a model of rewards.
    pub fn needs_model(&self) -> bool {
        use Estimator::{
            DirectMethod, DoublyRobust, SelfNormalisedDoublyRobust, ShrunkDoublyRobust, SwitchDoublyRobust,
        };
        match self {
            DirectMethod | DoublyRobust | SelfNormalisedDoublyRobust => true,
            SwitchDoublyRobust { .. } | ShrunkDoublyRobust { .. } => true,
            Self::Replay | Self::Ips | Self::SelfNormalisedIps => false,
            Self::ClippedIps { .. } | Self::SubGaussianIps { .. } => false,
        }
    }

    /// What takes the place of the weight `w`.
    pub(super) fn weight(&self, w: f64) -> f64 {
        match *self {
            Self::ClippedIps { cap } => w.min(cap),
            Self::SubGaussianIps { lambda } => w / (1.0 - lambda + lambda * w),
            Self::SwitchDoublyRobust { threshold } => {
                if w <= threshold {
                    w
                } else {
                    0.0
                }
            }
            // As lambda / (w + lambda / w), which stays finite where w^2 does not.
            Self::ShrunkDoublyRobust { lambda } if lambda.is_finite() && w > 0.0 => lambda / (w + lambda / w),
            Self::DirectMethod => 0.0,
            Self::ShrunkDoublyRobust { .. } | Self::Replay | Self::Ips | Self::SelfNormalisedIps => w,
            Self::DoublyRobust | Self::SelfNormalisedDoublyRobust => w,
        }
    }

    /// What `sample` adds to the estimate.
    pub(super) fn term(&self, sample: &Sample) -> Term {
        let residual = sample.reward - sample.fitted;
        let corrected = sample.expected + self.weight(sample.weight) * residual;
        match self {
            Self::Replay => Term::ratio(0.0, sample.probability * sample.reward, sample.probability),
            Self::SelfNormalisedIps => Term::ratio(0.0, sample.weight * sample.reward, sample.weight),
            Self::SelfNormalisedDoublyRobust => Term::ratio(sample.expected, sample.weight * residual, sample.weight),
            Self::Ips | Self::ClippedIps { .. } | Self::SubGaussianIps { .. } => {
                Term::mean(self.weight(sample.weight) * sample.reward)
            }
            Self::DirectMethod => Term::mean(sample.expected),
            Self::DoublyRobust | Self::SwitchDoublyRobust { .. } | Self::ShrunkDoublyRobust { .. } => {
                Term::mean(corrected)
            }
        }
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parameter() {
            Some(parameter) => write!(out, "{} ({parameter})", self.name()),
            None => out.write_str(self.name()),
        }
    }
}

/// A round, reduced to what estimators need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Number of its unit, from 0.
    pub unit: usize,
    /// The target's probability of the logged action.
    pub probability: f64,
    /// `w`: that over the logged propensity.
    pub weight: f64,
    /// `r`.
    pub reward: f64,
    /// `q(x, a)` of the logged action; 0 without a model.
    pub fitted: f64,
    /// `q(x, pi)`; 0 without a model.
    pub expected: f64,
}

/// What a round adds to an estimate of the form `sum a / sum n + sum b / sum c`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Term {
    /// `a`.
    pub(super) value: f64,
    /// `n`: 1 a round.
    pub(super) count: f64,
    /// `b`.
    pub(super) numerator: f64,
    /// `c`; 0 in every round where the estimate has no such part.
    pub(super) denominator: f64,
}

impl Term {
    pub(super) fn mean(value: f64) -> Self {
        Self { value, count: 1.0, numerator: 0.0, denominator: 0.0 }
    }

    fn ratio(value: f64, numerator: f64, denominator: f64) -> Self {
        Self { value, count: 1.0, numerator, denominator }
    }

    pub(super) fn add(&mut self, other: &Self, times: f64) {
        self.value += times * other.value;
        self.count += times * other.count;
        self.numerator += times * other.numerator;
        self.denominator += times * other.denominator;
    }

    /// The estimate of which these are the sums; 0 for a part without weight.
    pub(super) fn estimate(&self) -> f64 {
        over(self.value, self.count) + over(self.numerator, self.denominator)
    }

    /// By how much the estimate of `all` moves, to first order, for each share of the sums that is `self`'s: the
    /// influence function of the two ratios, over the number of units in the caller's hands.
    pub(super) fn influence(&self, all: &Self) -> f64 {
        let mean = over(all.value, all.count);
        let ratio = over(all.numerator, all.denominator);
        over(self.value - mean * self.count, all.count)
            + over(self.numerator - ratio * self.denominator, all.denominator)
    }
}

fn over(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

/// The sums of each unit's terms, units in the order of their numbers.
pub(super) fn unit_terms(terms: impl Iterator<Item = (usize, Term)>) -> Vec<Term> {
    let mut sums: Vec<Term> = Vec::new();
    for (unit, term) in terms {
        if sums.len() <= unit {
            sums.resize(unit + 1, Term::default());
        }
        sums[unit].add(&term, 1.0);
    }
    sums
}

/// The sum of all terms.
pub(super) fn total(units: &[Term]) -> Term {
    units.iter().fold(Term::default(), |mut sum, term| {
        sum.add(term, 1.0);
        sum
    })
}

/// The estimate of one estimator over samples: the pure formula, without model, interval or check.
pub fn point_estimate(estimator: Estimator, samples: &[Sample]) -> f64 {
    let mut sum = Term::default();
    samples.iter().for_each(|sample| sum.add(&estimator.term(sample), 1.0));
    sum.estimate()
}
