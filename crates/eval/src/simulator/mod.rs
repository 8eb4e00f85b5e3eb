//! A simulator of shoppers: people with tastes, needs and limited patience who use the real engine, day by day, and leave
//! their deeds in its log.
//!
//! What it is: a [`Market`] read from a real shop (its catalogue, and what its log says of baskets, loyalty, prices, seasons
//! and popularity), shoppers drawn from it, and [`simulate`], which lets the same shoppers with the same needs visit every
//! [`Arm`]: a shop of its own, opened through the engine with a clock that is set. What differs between two arms is then
//! what the engine made of the log, not who happened to come.
//!
//! The truth is known here and nowhere else: how likely each place is examined, how much each item attracts each shopper.
//! So regret against the best slate can be told, and whether an estimate from the log is right.
//!
//! Invariants: the same plan and market give the same deeds and the same [`SimulationReport::digest`]; no arm learns from
//! another; nothing is read from a clock.

mod arm;
mod goods;
mod market;
mod nights;
mod report;
mod run;
mod shopper;
#[cfg(test)]
mod tests;
mod visit;

pub use arm::{Arm, ArmOrder};
pub use market::{Marginals, Market};
pub use nights::{NightlyRankers, RankerNight};
pub use report::{ArmReport, DayFigures, DayReport, FavouriteFigures, Figure, SimulationReport, SwapFigures};
pub use run::{Night, SimulationPlan, Watch, simulate};
