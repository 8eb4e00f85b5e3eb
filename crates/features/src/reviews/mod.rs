//! What a shop's reviews say, item by item: how many praise and blame, week by week and aspect by aspect, what they say most
//! often, and some of their words.
//!
//! [`Reviews`] is a fold like [`crate::State`]: whoever folds reads each review first and hands over what it says
//! ([`Reviewed`]); no text is understood here. What a person wrote is kept as few short quotes, which go when that person is
//! erased; counts stay, as they name nobody.

mod checkpoint;
mod item;
mod state;
mod sum;
#[cfg(test)]
mod tests;
mod weeks;

pub use item::Quote;
pub use state::{ReviewConfig, Reviewed, Reviews, Said, Topic};
pub use sum::{QuotesBySide, ReviewSum, TopicCount};
pub use weeks::{Sentiment, Tally, Weeks, week_begins, week_of};
