//! Alerts when a share rises against its own past: of negative reviews of a product, of returns, of failed searches.
//!
//! Each stream of yes and no is watched by a sequential test that may be looked at after every outcome, as long as one
//! likes: the chance that it ever raises a false alarm is bounded beforehand ([`Watch`], one outcome at a time; [`rises`], over
//! counts by week that are kept anyway). Where many streams are watched
//! at once, [`discoveries`] bounds the share of false ones among those told.

mod bytes;
mod discoveries;
mod evidence;
mod rise;
mod special;
mod watch;

pub use discoveries::discoveries;
pub use rise::{Rise, RiseOptions, Rises, rises};
pub use watch::{Alert, Watch, WatchOptions};
