//! Alerts when a share rises against its own past: of negative reviews of a product, of returns, of failed searches.
//!
//! Each stream of yes and no is watched by a sequential test that may be looked at after every outcome, as long as one
//! likes: the chance that it ever raises a false alarm is bounded beforehand ([`rises`], over counts by week). Where many
//! streams are watched at once, [`discoveries`] bounds the share of false ones among those told.

mod discoveries;
mod rise;
mod special;

pub use discoveries::discoveries;
pub use rise::{Rise, RiseOptions, Rises, rises};
