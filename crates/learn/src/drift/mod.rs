//! Whether the world, or a model's hold on it, has changed.
//!
//! [`Adwin`] and [`PageHinkley`] watch one stream of numbers for a change of its mean; [`Stability`] compares how features
//! are distributed with how they were. [`Watchdog`] puts them together for a model in service: it says that all is well,
//! that something has changed (with evidence), or that the last good model should serve until the new one has recovered.

mod adwin;
mod error;
mod page_hinkley;
mod stability;
mod watchdog;

pub use adwin::{Adwin, AdwinConfig, Change};
pub use error::DriftError;
pub use page_hinkley::{Direction, PageHinkley, PageHinkleyConfig};
pub use stability::{Stability, StabilityConfig};
pub use watchdog::{Evidence, Observation, Verdict, Watchdog, WatchdogConfig, WatchdogReport};
