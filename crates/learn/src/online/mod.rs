//! Learners that take one event at a time and are up to date at once.
//!
//! [`FtrlRegression`] is linear, [`FactorizationMachine`] adds pairs of features; both take an [`Example`] of dense
//! columns and hashed sparse features, with a weight (an inverse propensity, clipped) and an offset (the score of a
//! model trained offline, which they correct). [`RunningPlatt`] and [`RunningIsotonic`] keep probabilities honest,
//! [`RunningRate`] counts. [`OnlineRanker`] serves the linear learner on top of an offline ranker; [`BlendedRanker`]
//! leads from one ranker to the next without a jump.
//!
//! Micro-batches: events are learnt one after another, in order, so how a log is cut into batches changes no bit of the
//! state; a batch's border is only where somebody takes a snapshot to serve from. The same examples in the same order give
//! the same bytes, also across [`FtrlRegression::to_bytes`] and back.
//!
//! Forgetting: with a half-life, what was learnt an hour ago counts `2^(-hour / half-life)` as much as what is learnt
//! now. Time is that of the events; a late one counts as much as it would still count had it come in time.

mod blended;
mod calibration;
mod error;
mod example;
mod factorization;
mod fading;
mod features;
mod ftrl;
mod optimizer;
mod ranker;
mod rate;
pub(crate) mod state;

pub use blended::BlendedRanker;
pub use calibration::{IsotonicCurve, RunningIsotonic, RunningPlatt, RunningPlattConfig};
pub use error::OnlineError;
pub use example::{Example, Excluded, IntakeReport, Learnt};
pub use factorization::{FactorizationConfig, FactorizationMachine, FactorizationWeights};
pub use features::FeatureHasher;
pub use ftrl::{FtrlConfig, FtrlRegression, LinearWeights};
pub use optimizer::Optimizer;
pub use ranker::OnlineRanker;
pub use rate::RunningRate;
