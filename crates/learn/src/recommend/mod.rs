//! Recommenders that are trained: each a [`Method`] with a [`Trainer`] and a [`Model`], one file each, one line in
//! [`METHODS`].
//!
//! What is folded live, event by event, is [`Neighbours`](crate::Neighbours) and [`ForYou`](crate::ForYou); what is trained
//! here is asked with the same histories, so that live and trained methods see a shopper's last click alike.

mod again;
mod bought_together;
mod bpr;
mod content;
mod dense;
mod ease;
mod factors;
mod fit;
mod fusion;
mod graph_filter;
mod ials;
mod interactions;
mod lanes;
mod linear;
mod method;
mod model;
mod neighbours;
pub mod objectives;
mod pairs;
mod popular;
mod repeats;
pub(crate) mod sequence;
mod session_neighbours;
mod slim;
mod sparse;
mod svd;
#[cfg(test)]
mod testing;
mod towers;
mod trending;
mod truncated_svd;
mod two_tower;
mod weighed;

use types::FieldError;

pub use again::Known;
pub use fit::{FitError, ItemContents, Losses, TrainingData, Watcher, train};
pub use interactions::{Interaction, Interactions};
pub use method::{Method, Parameter, Parameters, Scale, Trainer};
pub use model::{Ask, Model, Share, sort_shares, top};
pub use repeats::Repeats;
pub use sparse::Sparse;

/// Every method, by name.
pub const METHODS: &[Method] = &[
    popular::METHOD,
    trending::METHOD,
    neighbours::METHOD,
    bought_together::METHOD,
    session_neighbours::METHOD,
    ease::METHOD,
    slim::METHOD,
    graph_filter::METHOD,
    sequence::METHOD,
    content::METHOD,
    fusion::METHOD,
    ials::METHOD,
    bpr::METHOD,
    svd::METHOD,
    two_tower::METHOD,
];

/// The method called `name`.
///
/// # Errors
/// A [`FieldError`] with code `unknown_model` that lists the methods there are.
pub fn method(name: &str) -> Result<&'static Method, FieldError> {
    METHODS.iter().find(|method| method.name == name).ok_or_else(|| {
        let known: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
        FieldError::new("unknown_model", "model", format!("one of {}", known.join(", ")), name)
    })
}
