//! Session-level value: which of a few strategies to follow next, where the reward comes later.
//!
//! What it is: a [`SessionLog`] of [`Episode`]s (what was known, which strategy was followed with which probability, what it
//! brought) from which [`QTable`]s, [`DeepQ`] networks and [`Reinforce`] policies learn without acting; a [`deploy_gate`]
//! that lets a learned [`StrategyPolicy`] out only where the log proves it better.
//!
//! What it is not: it does not act, knows no strategies by name, and joins no events.
//!
//! Invariants: the same log, configuration and seed give the same bytes; every reward, target and weight is finite;
//! probabilities of a policy are above 0 and sum to 1.

mod deep_q;
mod gate;
mod log;
#[cfg(test)]
mod mdp;
mod network;
mod reinforce;
mod replay;
mod tabular;

pub use deep_q::{DeepQ, DeepQConfig, DeepQReport};
pub use gate::{Bar, Deployment, GateReport, NotDeployed, deploy_gate};
pub use log::{Episode, LogConfig, LogReport, SessionLog, Step};
pub use reinforce::{Reinforce, ReinforceConfig, ReinforceReport};
pub use tabular::{QTable, TableConfig};

/// Something that follows a strategy with a known probability.
pub trait StrategyPolicy {
    /// The probability of each action in `state`, which is as wide as the log's; above 0, sum 1.
    fn probabilities(&self, state: &[f32]) -> Vec<f64>;
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReinforcementError {
    /// A setting is outside its range.
    #[error("{field} is {got}; expected {expected}")]
    Setting {
        /// The setting.
        field: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        got: f64,
    },
    /// No episode can be learned from.
    #[error("no episode can be learned from: {refused} of {refused} were refused")]
    NothingToLearn {
        /// Episodes left out.
        refused: usize,
    },
    /// The bytes are no such model of this version.
    #[error(transparent)]
    Bytes(#[from] crate::Error),
}

/// A setting with its least and greatest value, and these in words.
type Ranged = (&'static str, f64, f64, f64, &'static str);

/// Hidden layers of a network: at most 4, of 1 to 512 units.
fn check_layers(hidden: &[usize]) -> Result<(), ReinforcementError> {
    let widths = hidden.iter().map(|width| ("hidden", *width as f64, 1.0, 512.0, "layers of 1..=512"));
    check(&widths.collect::<Vec<_>>())?;
    check(&[("hidden", hidden.len() as f64, 0.0, 4.0, "up to 4 layers")])
}

fn check(ranges: &[Ranged]) -> Result<(), ReinforcementError> {
    for (field, got, min, max, expected) in ranges {
        if !(min..=max).contains(&got) {
            return Err(ReinforcementError::Setting { field, expected, got: *got });
        }
    }
    Ok(())
}

/// The greatest of `values` and where it first is; `values` is not empty.
fn best(values: &[f64]) -> (usize, f64) {
    values
        .iter()
        .copied()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, each| if each.1 > best.1 { each } else { best })
}

/// The probabilities proportional to the exponential of `values`.
fn softmax(values: &[f64]) -> Vec<f64> {
    let max = best(values).1;
    let powers: Vec<f64> = values.iter().map(|value| (value - max).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}
