//! Off-policy evaluation: what another policy would have earned, told from the log of the one that ran.
//!
//! [`evaluate`] takes rounds (context, position, action, reward, logged propensity, the target's probabilities) and gives
//! every [`Estimator`]'s [`Figure`], its gain over the log, the [`Overlap`] and what was [`Excluded`]; it refuses where
//! the log cannot tell. [`evaluate_slates`] does so for whole slates. [`Evaluation::preferred`] is the figure for a
//! gate to look at.

mod estimators;
mod evaluation;
mod intervals;
mod overlap;
mod report;
mod reward_model;
mod rounds;
mod slates;
mod tuning;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod simulated;

pub use estimators::{Estimator, Sample, point_estimate};
pub use evaluation::{Options, evaluate};
pub use intervals::{Figure, Interval, Intervals};
pub use overlap::{Limits, Overlap, Refusal, SEEN_MIN};
pub use report::{Estimate, Evaluation, Extreme, LeftOut, OffPolicyError, Refused, Warning};
pub use reward_model::RewardModel;
pub use rounds::{Excluded, ExtremeRewards, Round};
pub use slates::{
    Chances, LoggingDesign, Slate, SlateEstimate, SlateEstimator, SlateEvaluation, Slot, evaluate_slates,
};
pub use tuning::{Tuning, choose};
