//! What a shop knows of its items and actors, and the numbers a ranker reads from it.
//!
//! What it is: [`State`] folds catalogue facts and signals into fading counts, charts and histories; [`Profile`] sums up
//! one actor for one request; [`QueryLog`] folds searches into what may be suggested to others,
//! [`ClickLog`] their clicks into what searches are learnt from; each [`Feature`] is one definition of one number, used in serving, training and
//! evaluation.
//!
//! What it is not: it does no IO, knows no files or wire formats beyond its own checkpoint bytes, reads no clock, learns
//! no weights and decides nothing.
//!
//! Invariants: the same facts and signals in the same order give the same bytes; a clone is an immutable view; memory an
//! actor, an item and a category is bounded; every feature's value is finite and between -1 and 1.
#![forbid(unsafe_code)]

mod asked;
mod bytes;
mod chart;
mod checkpoint;
mod clicks;
mod config;
mod counts;
mod decayed;
mod error;
mod feature;
mod history;
mod item;
mod prices;
mod profile;
mod queries;
mod reviews;
mod state;
#[cfg(test)]
mod testing;
mod traffic;
mod visits;

pub use asked::AskedQuery;
pub use clicks::{ClickConfig, ClickLog, Clicked, QueryClicks, Searched, Turn};
pub use config::Config;
pub use counts::{Counted, Window};
pub use error::{Error, Result};
pub use feature::{Context, Feature, all, fill, schema};
pub use item::ItemFacts;
pub use profile::Profile;
pub use queries::{
    Asked, AskedLately, Blocklist, OwnConfig, OwnQueries, Personal, QueryConfig, QueryCount, QueryLog, Related,
    Showable, personal,
};
pub use reviews::{
    Quote, QuotesBySide, ReviewConfig, ReviewSum, Reviewed, Reviews, Said, Sentiment, Tally, Topic, TopicCount, Weeks,
    week_begins, week_of,
};
pub use state::{Scope, State};
pub use traffic::{Activity, Traffic};
