use std::sync::Arc;

use index::Searcher;
use types::Settings;

use crate::encoders::Retrievers;

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
    /// What the shop decided.
    pub settings: Arc<Settings>,
    /// The encoders in use.
    pub(crate) retrievers: Arc<Retrievers>,
}
