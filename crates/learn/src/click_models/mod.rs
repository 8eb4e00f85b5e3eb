//! What clicks say about relevance, once it is accounted for where things stood.
//!
//! A [`ClickLog`] holds what was shown and clicked. [`PositionBased`], [`Cascade`] and [`Dbn`] are fitted to it and tell
//! relevance, examination, likelihood and perplexity ([`ClickModel`]); [`Interventions`] gets examination without any
//! model of relevance, from items that stood at several places. Either way come [`Propensities`], whose clipped inverses
//! weigh clicks, and labels for training a ranker.
//!
//! Queries and items are dense numbers here; who reads a log allots them. Positions count from 1 and a session begins at
//! position 1: later pages of an answer belong to another kind of visit and are left out by the reader.

mod cascade;
mod dbn;
mod interventions;
mod log;
mod model;
mod position_based;
mod propensities;
#[cfg(test)]
mod simulated;

pub use cascade::Cascade;
pub use dbn::{Dbn, DbnConfig};
pub use interventions::Interventions;
pub use log::{ClickLog, ClickLogError, Session};
pub use model::{ClickModel, FitSummary, Label, Relevance, Smoothing, log_likelihood, perplexity};
pub use position_based::{PositionBased, PositionBasedConfig};
pub use propensities::{Propensities, PropensityError};
