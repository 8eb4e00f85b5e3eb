//! Two towers: one makes a vector of a history, the other one of an item, and their product is the score. A history is the
//! weighted sum of vectors that its items have for this use (Paterek 2007, "Improving regularized singular value
//! decomposition for collaborative filtering", KDD Cup; Kabbur, Ning and Karypis 2013, "FISM", KDD): nothing is learnt by
//! user, so whoever comes is known at once, and each item of a history has its exact part of a score.
//!
//! Trained on what a history foretells: an item is never part of the history that it is asked for from.

mod bag;
mod contents;
mod examples;
mod pairwise;
mod parameters;
mod sampler;
mod step;
mod training;

pub(super) use bag::Bag;
pub(super) use parameters::{Defaults, parameters, trainer};
pub(super) use training::Loss;
