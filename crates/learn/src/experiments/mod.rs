//! Experiments: who sees which arm, what is measured of them, and what may be concluded.
//!
//! What it is: a [`Plan`] assigns by a pure hash; a [`Tally`] of each visitor becomes a metric's sums by the
//! [`METRICS`]; [`Moments`] fold any number of visitors into bounded memory; [`compare`] makes an [`Effect`] of two arms
//! (ratio metrics by the delta method, CUPED where there is a period before), which can be read at a fixed end, at any
//! time ([`Sequence`]), as a [`Posterior`], by [`segments`](interaction), or by a stop rule ([`harm`]);
//! [`interleaving`] compares two rankers inside one list.
//!
//! What it is not: it knows no log, no shop and no settings, reads no clock, and keeps nothing.
//!
//! Invariants: the same visitors in any order of merging give the same moments up to rounding; an assignment depends on
//! salts and the unit alone; every number given out is finite.

mod assignment;
mod correction;
mod effect;
mod fault;
pub mod interleaving;
mod metric;
mod mismatch;
mod moments;
mod posterior;
mod power;
mod segments;
mod sequence;
pub mod simulation;
mod stop;
mod targeting;
mod winsor;

pub use assignment::{Arm, Assignment, Plan, Slice, fraction, unit_hash};
pub use correction::{benjamini_hochberg, holm};
pub use effect::{Effect, Estimator, Interval, Level, Shape, compare};
pub use fault::{Fault, Result};
pub use metric::{Better, Definition, METRICS, Metric, TIME_TO_CART_MINUTES_MAX, Tally};
pub use mismatch::{MISMATCH_LEVEL, Mismatch, mismatch};
pub use moments::{Moments, Sums};
pub use posterior::{Choice, Posterior, choose};
pub use power::{Baseline, Design, Reading};
pub use segments::{Interaction, SegmentEffect, interaction};
pub use sequence::{AlwaysValid, Sequence};
pub use stop::{Harm, harm};
pub use targeting::{Attributes, Target, Visitors};
pub use winsor::{cap, winsorised};
