//! Off-policy evaluation of whole slates.

mod cascade;
mod log;
#[cfg(test)]
mod simulated;

use types::Rng;

use super::evaluation::Options;
use super::intervals::{Figure, Resamples};
use super::overlap::{Overlap, Refusal};
use super::report::{OffPolicyError, Refused};
use super::rounds::Excluded;
use log::Log;
#[cfg(test)]
pub(super) use log::cascade_value;

/// One slate of a log, from the top slot down, and what came of each slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Slate {
    /// What was decided for independently: a shopper, a session, a request.
    pub unit: u64,
    /// What was known before the decision, of the same length for every slate; may be empty.
    pub context: Vec<f64>,
    /// The slots, top first.
    pub slots: Vec<Slot>,
}

/// A slot of a slate.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// What was shown there.
    pub action: usize,
    /// What came of it.
    pub reward: f64,
    /// The logged policy's probabilities of showing it there.
    pub logged: Chances,
    /// The target's.
    pub target: Chances,
    /// The target's probability of showing the action in any slot, for the pseudo-inverse of rankings.
    pub target_anywhere: Option<f64>,
    /// The target's probabilities of all actions for this slot, given those shown above: for cascade-DR; empty where they
    /// are not known.
    pub choices: Vec<(usize, f64)>,
}

/// Probabilities of an action in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chances {
    /// Of the action in the slot, whatever is above.
    pub marginal: Option<f64>,
    /// Of the action in the slot, given the actions shown above.
    pub conditional: Option<f64>,
}

/// What is known of how the log chose slates, which tells what the pseudo-inverse is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoggingDesign {
    /// Each slot on its own, so that an action may be shown twice.
    #[default]
    Independent,
    /// Every ordered choice of different actions out of `actions` alike.
    UniformRanking {
        /// How many there are to choose from.
        actions: usize,
    },
}

/// A way of telling, from logged slates, what another policy's slates would have earned in all slots together.
///
/// Symbols: `k` the slot, `r_k` its reward, `w` the target's probability over the log's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlateEstimator {
    /// `mean w(whole slate) sum_k r_k`: no assumption.
    Standard,
    /// `mean sum_k w(action in slot k) r_k`: a reward depends on its slot's action alone (Li et al. 2018, KDD).
    Independent,
    /// `mean sum_k w(slots 1 to k) r_k`: on its slot's action and those above (McInerney et al. 2020, KDD).
    RewardInteraction,
    /// Pseudo-inverse (Swaminathan et al. 2017, NeurIPS): `mean q' G^+ 1_s sum_k r_k`, `q` the target's marginal
    /// probabilities, `1_s` the logged slate's indicator of (slot, action), `G` the log's mean of `1_s 1_s'`: the slate's
    /// reward is a sum of what each slot's action brings, even where only the sum is seen.
    PseudoInverse,
    /// Cascade doubly robust (Kiyohara et al. 2022, WSDM): `mean sum_k w_k (r_k - Q_k) + w_(k-1) sum_a pi(a) Q_k(a)`, `w_k`
    /// the weight of slots 1 to k, `Q_k` what the slots from k on are expected to bring.
    CascadeDoublyRobust,
}

impl SlateEstimator {
    /// All of them, from the simplest to the most elaborate.
    pub const ALL: [Self; 5] =
        [Self::Standard, Self::Independent, Self::RewardInteraction, Self::PseudoInverse, Self::CascadeDoublyRobust];

    /// Its flat name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "slate_ips",
            Self::Independent => "independent_ips",
            Self::RewardInteraction => "reward_interaction_ips",
            Self::PseudoInverse => "pseudo_inverse",
            Self::CascadeDoublyRobust => "cascade_dr",
        }
    }
}

/// What a target's slates would have earned, by every estimator whose probabilities are known.
#[derive(Clone, Debug, PartialEq)]
pub struct SlateEvaluation {
    /// The estimates, in the order of [`SlateEstimator::ALL`].
    pub estimates: Vec<SlateEstimate>,
    /// Those that were refused, and why.
    pub refused: Vec<(SlateEstimator, Refused)>,
    /// Those whose probabilities the log or the target does not give, or whose figures are not finite.
    pub unknown: Vec<SlateEstimator>,
    /// What the log itself earned a slate.
    pub logged: Figure,
    /// How many slates were left out, and why.
    pub excluded: Excluded,
}

/// What one estimator says of slates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlateEstimate {
    /// The estimator.
    pub estimator: SlateEstimator,
    /// What the target would have earned a slate.
    pub value: Figure,
    /// Overlap of its weights: of whole slates, of slots or of slots down to one, as it uses them.
    pub overlap: Overlap,
}

/// Tells from logged slates what a target policy would earn a slate. Each estimator is refused on its own, by its own
/// weights: whole slates may have no overlap where slots have.
///
/// # Errors
/// [`OffPolicyError::Refused`] where every estimator whose probabilities are known is refused.
pub fn evaluate_slates(
    slates: &[Slate],
    design: LoggingDesign,
    options: &Options,
    rng: &mut Rng,
) -> Result<SlateEvaluation, OffPolicyError> {
    options.check()?;
    let (kept, excluded) = log::screen(slates);
    if kept.is_empty() {
        return Err(OffPolicyError::NothingLeft(excluded));
    }
    let log = Log::new(kept, options.folds, rng);
    let resamples = Resamples::new(options.resamples, options.confidence, rng);
    let mut tables = vec![log.table(log.rewards())];
    let (mut judged, mut refused, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for estimator in SlateEstimator::ALL {
        let Some(parts) = log.parts(estimator, design, options) else {
            unknown.push(estimator);
            continue;
        };
        let overlap = log.overlap(&parts);
        let mut reasons = options.limits.refusals(&overlap);
        if reasons.is_empty() && overlap.units < 2 {
            reasons.push(Refusal::UnitsTooFew { got: overlap.units, needed: 2 });
        }
        if reasons.is_empty() {
            judged.push((estimator, overlap));
            tables.push(log.table(parts.iter().map(|part| part.value)));
        } else {
            refused.push((estimator, Refused { reasons, overlap, excluded }));
        }
    }
    if judged.is_empty() {
        let first = refused.into_iter().next().map(|(_, refused)| refused);
        return Err(
            first.map_or(OffPolicyError::ProbabilitiesUnknown, |first| OffPolicyError::Refused(Box::new(first)))
        );
    }
    let mut figures = resamples.figures(&tables, &vec![None; tables.len()]).into_iter();
    let logged = figures.next().expect("the log's own table comes first");
    let mut estimates = Vec::new();
    for ((estimator, overlap), value) in judged.into_iter().zip(figures) {
        if value.value.is_finite() && value.standard_error.is_finite() {
            estimates.push(SlateEstimate { estimator, value, overlap });
        } else {
            unknown.push(estimator);
        }
    }
    Ok(SlateEvaluation { estimates, refused, unknown, logged, excluded })
}
