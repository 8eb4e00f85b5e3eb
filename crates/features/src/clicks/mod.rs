//! What people did with the answers to their searches: which items they clicked, and which searches without a click led to
//! one with.
//!
//! [`ClickLog`] is a fold like [`crate::State`]. It keeps counts by query and item, never who clicked what: actors are
//! known by 32 bits of a hash, so that what only an erased person asked goes with them. Queries that hold data of a
//! person ([`crate::personal`]) never get in.

mod bounded;
mod checkpoint;
mod log;
#[cfg(test)]
mod tests;

pub use log::{ClickConfig, ClickLog, Clicked, QueryClicks, Searched, Turn};
