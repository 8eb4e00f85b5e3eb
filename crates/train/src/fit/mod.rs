//! The loop that trains: [`fit`] brings any [`Task`]'s network down its loss, under [`Options`].
//!
//! Everything that is drawn comes from the seed and the moment (epoch, update, batch), so a training that was interrupted
//! goes on from its checkpoint to the very weights it would have reached.

mod adversary;
mod checkpoint;
mod flat;
mod history;
mod options;
mod order;
pub(crate) mod params;
mod schedule;
mod task;
#[cfg(test)]
mod tests;
mod trainer;
mod update;
mod watch;

pub use history::{Evaluation, History, Point};
pub use options::{Adversary, ClassWeights, Decay, Keep, Options, Precision};
pub use order::by_length;
pub use params::{ParamInfo, list as parameters};
pub use task::{Inner, Metric, Part, Scores, Step, Task, dropout, scalar};
pub use trainer::{Ended, Fitted, fit};
pub use watch::{Control, Quiet, Told, Watch};
