//! Classical learning: item-to-item neighbours, recommendations from a history, linear rankers and their trainer.
//!
//! What it is: [`Neighbours`] folds signals one at a time and answers "what goes with this"; [`ForYou`] turns a history
//! into recommendations; [`Ranker`] scores feature rows and explains the score; [`Trainer`] makes one from examples;
//! [`recommend`] holds the recommenders that are trained; [`Intents`] reads what somebody wants from a text's vector, [`CategoryTree`] which categories a query is about.
//!
//! What it is not: it does no IO, knows no files or wire formats beyond its own checkpoint bytes, reads no clock, and
//! does not know how features or histories come about.
//!
//! Invariants: the same signals in the same order give the same bytes, whether folded at once or in parts; a clone is
//! an immutable view; memory an actor and an item is bounded; scores are finite.
#![forbid(unsafe_code)]

pub mod alert;
pub mod bandits;
mod bytes;
mod calibration;
mod categories;
mod checkpoint;
pub mod click_models;
pub mod ctr;
mod discriminant;
pub mod drift;
pub mod duplicates;
mod error;
pub mod experiments;
mod for_you;
mod intents;
mod learned_ranker;
mod link;
mod listwise;
mod neighbours;
pub mod off_policy;
pub mod online;
mod ranker;
pub mod recommend;
pub mod reinforcement;
pub mod slates;
mod softmax;
mod trainer;
pub mod trees;
mod value_heads;
mod votes;
mod weighting;
mod what_if;
mod window;

pub use calibration::{calibration_error, temperature};
pub use categories::{
    CategoryClicks, CategoryFault, CategoryPrediction, CategoryTree, CategoryVote, ClickMasses, ClicksConfig, Mass,
    VotesConfig, category_votes, pool_masses,
};
pub use error::{Error, Result};
pub use for_you::{ForYou, ForYouConfig, Recommended};
pub use intents::{Confusion, Intents, IntentsConfig, IntentsError, IntentsReport, LabelReport, Reading, Share};
pub use learned_ranker::LearnedRanker;
pub use listwise::{ListwiseReport, ListwiseTrainer};
pub use neighbours::{Neighbours, NeighboursConfig};
pub use ranker::{LinearRanker, Ranker, RankerId};
pub use softmax::{Softmax, SoftmaxConfig};
pub use trainer::{Dataset, FitError, FitReport, LabelledSlate, PairwiseTrainer, Trainer};
pub use value_heads::{Head, OutcomeRows, ValueHeads};
pub use votes::Vote;
pub use weighting::Weighting;
pub use what_if::{Change, what_if};
