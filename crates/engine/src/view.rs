use std::sync::Arc;

use index::{Searcher, suggest::Suggestions};
use text::synonyms::SynonymSet;
use types::Settings;

use crate::encoders::Retrievers;
use crate::understanding::Lexicon;

/// The immutable state one request reads. Cloning it costs a few pointers; publishing the next one never disturbs it.
#[derive(Clone)]
pub struct View {
    /// Counts the views published since the start.
    pub generation: u64,
    /// Words, vectors and attributes.
    pub searcher: Searcher,
    /// What is known of items and actors.
    pub features: features::State,
    /// What goes with what.
    pub neighbours: learn::Neighbours,
    /// What is searched for in the shop.
    pub queries: features::QueryLog,
    /// Queries that may be suggested.
    pub(crate) asked: Suggestions,
    /// What the shop decided.
    pub settings: Arc<Settings>,
    /// What is known of the shop's own words.
    pub(crate) lexicon: Arc<Lexicon>,
    /// The shop's synonyms.
    pub(crate) synonyms: SynonymSet,
    /// The encoders in use.
    pub(crate) retrievers: Arc<Retrievers>,
}
