//! Chances that what is shown is clicked, put into a cart, bought and sent back, as probabilities that mean what they say.
//!
//! What it is: [`Examples`] of sparse rows under a [`Schema`]; [`CtrTrainer`] makes a [`CtrModel`], a factorisation machine with
//! cross layers and hidden layers as [`CtrConfig`] says, of one or four [`Heads`]; a [`Calibrator`] fitted on held-out rows
//! makes probabilities honest, and [`Reliability`] shows whether they are; [`Value`] folds them into one score.
//!
//! What it is not: it knows no files, and what fields mean is the caller's.
//!
//! Invariants: the same examples, settings and seed give the same bytes on any number of threads.

mod calibrator;
mod cross;
mod error;
mod examples;
mod explain;
mod forecast;
#[cfg(test)]
mod funnel_tests;
mod heads;
mod hidden;
mod logistic;
mod model;
mod network;
mod optimiser;
mod outcome;
mod shape;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trainer;
mod training;
mod value;
mod vocabulary;

pub use calibrator::{Bend, Calibrator};
pub use error::CtrError;
pub use examples::{Entry, Examples, Field, Schema};
pub use explain::{Contribution, Contributions};
pub use forecast::{Bin, Bins, Forecast, Quality, Reliability};
pub use heads::{Heads, Prediction};
pub use model::CtrModel;
pub use optimiser::Optimiser;
pub use outcome::Outcome;
pub use trainer::{CtrConfig, CtrReport, CtrTrainer, Epoch};
pub use value::Value;
