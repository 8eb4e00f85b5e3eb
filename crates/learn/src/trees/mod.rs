//! Gradient-boosted decision trees for ranking and for probabilities.
//!
//! What it is: [`TreeTrainer`] makes a [`Forest`] of [`TrainingRows`]; [`TreeRanker`] serves it as a [`crate::Ranker`],
//! explains its scores exactly (TreeSHAP) and says what would have to change for a better one.
//!
//! Why our own trainer and not a library. Wanted are LambdaMART over groups with a weight a row, monotone columns,
//! missing values that go to a learned side, exact attribution, the same bytes with any number of threads, safe Rust and
//! no C++ toolchain. `lightgbm3` binds the C++ library: CMake, a C++ compiler and libclang in every build, and sums of
//! floats whose order depends on the number of threads. `perpetual` has ranking by ListNet only, sets its own step and
//! size (no leaves, no early stopping on held-out groups), and holds `unsafe` blocks. `forust-ml` knows logistic and
//! squared loss only. `gbdt` sorts instead of building histograms, and knows neither groups nor constraints. Trees are
//! the core of ranking here, so they are worth a thousand lines.
//!
//! How it works. Columns are cut into at most 255 bins at their quantiles, and the bins of sixteen columns lie side by
//! side, row by row (`bins`). Gradients are rounded to whole numbers, first and second derivative in one 64-bit word,
//! so that a histogram is one integer addition a value, and no order of additions can change a bit (`histogram`).
//! Trees grow leaf by leaf, best gain first (`grow`), a sibling's histogram is its parent's less the other's; the
//! values of leaves come from the unrounded derivatives.
//!
//! Invariants: the same rows, settings and seed give the same bytes with any number of threads; scores are finite; a
//! column declared monotone is so in every tree; base and contributions sum to the score.

mod bins;
mod encode;
mod error;
mod fast;
mod forest;
mod grow;
mod histogram;
mod importance;
mod lambdas;
mod metric;
mod objective;
mod partition;
mod ranker;
mod rows;
mod scored;
mod shapley;
mod split;
mod trainer;

#[cfg(test)]
mod tests;

pub use bins::BINS_MAX;
pub use error::TreesError;
pub use forest::{Forest, ForestColumn};
pub use importance::ColumnImportance;
pub use objective::{LambdaMart, Objective};
pub use ranker::{Prior, TreeRanker};
pub use rows::{TrainingRows, TreeColumn};
pub use trainer::{Direction, TreeReport, TreeTrainer};
