//! Which items are the same product: candidates by rare terms, and a calibrated probability for each pair.
//!
//! Pairs come in as numbers about both items (how much their names have in common, how their prices compare) and the
//! words in which they differ. A [`Matcher`] knows what the numbers mean from labelled pairs, in two stages: the first
//! judges a pair by itself, the second also by its rivals, because an item that has a better match elsewhere is hardly
//! ever the same as this one.
//!
//! [`Matcher::by_default`] was learnt from pairs of one trade and works on another catalogue without labels;
//! [`MatcherTrainer`] learns from the labels there are.

mod blocking;
mod forest;
mod forest_trainer;
mod matcher;
mod matcher_trainer;
mod rivals;
mod text_form;
mod words;

pub use blocking::Blocking;
pub use forest::{Forest, Node, Split};
pub use forest_trainer::{Column, ForestTrainer, Rows};
pub use matcher::{Judged, Matcher, Pair, Reason, Relation};
pub use matcher_trainer::{MatcherFitError, MatcherReport, MatcherTrainer, Quality};
pub use text_form::FormError;
