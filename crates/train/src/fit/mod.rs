//! The loop that trains: any [`Task`] under [`Options`].

mod options;
mod order;
mod params;
mod task;

pub use options::{Adversary, ClassWeights, Decay, Keep, Options, Precision};
pub use order::by_length;
pub use params::{ParamInfo, list as parameters};
pub use task::{Inner, Metric, Part, Scores, Step, Task, dropout, scalar};
