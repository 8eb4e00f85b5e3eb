//! How a request becomes a slate, in the order of these modules.

mod answer;
mod candidates;
mod case;
pub(crate) mod columns;
mod explain;
mod facets;
mod feedback;
mod mentions;
pub(crate) mod order;
mod page;
mod policy;
mod reread;
pub(crate) mod scoring;
mod what_if;

pub(crate) use answer::{answer, expansions, ordered};
pub use candidates::{Candidates, SourceError};
pub use case::SearchCase;
pub(crate) use case::{case, in_force};
pub use policy::Policy;
pub(crate) use what_if::what_if;
pub use what_if::{NeededChange, WhatIf};

use std::sync::Arc;

use index::{RowSet, WordsQuery};
use types::{Reading, Request, Row};

use crate::core::Core;
use crate::curations::Met;
use crate::view::View;

/// What every stage may read about one request: the pinned view and everything resolved against it once.
pub struct Context<'a> {
    /// The pinned view.
    pub view: &'a View,
    /// The question.
    pub request: &'a Request,
    /// Row of the one who asks, if anything was ever heard of him.
    pub actor: Option<Row>,
    /// Rows of the seeds that are known.
    pub seeds: Vec<Row>,
    /// Items that may be shown.
    pub eligible: RowSet,
    /// How what was typed was understood; `None` for recommendations and for an empty query.
    pub reading: Option<Arc<Reading>>,
    /// What is searched for, as terms; `None` for recommendations and for an empty query.
    pub words: Option<WordsQuery>,
    /// The vector of the picture that was searched with.
    pub picture: Option<Arc<[f32]>>,
    /// The curations that are about the request.
    pub(crate) curations: Vec<Met>,
    pub(crate) core: &'a Core,
}

impl Context<'_> {
    /// The row of an item's id.
    pub fn row(&self, id: &str) -> Option<Row> {
        self.core.names.read().items.row(id)
    }

    /// The text that is searched for; empty where nothing was typed.
    pub fn searched(&self) -> &str {
        self.reading.as_ref().map_or("", |reading| &reading.text)
    }

    /// One feature of some items, by its name.
    ///
    /// # Panics
    /// Where there is no such feature: the caller's bug.
    pub(crate) fn feature(&self, name: &str, items: &[Row]) -> Vec<f32> {
        let feature = self.core.policy.features.iter().find(|feature| feature.spec().name == name);
        let profile = self.view.features.profile(self.actor, self.request.now);
        let mut column = vec![0.0; items.len()];
        let feature = feature.unwrap_or_else(|| panic!("`{name}` is a feature"));
        feature.compute(&columns::of_state(self, &profile), items, &mut column);
        column
    }

    /// What the actor did, the item touched last first.
    pub fn history(&self) -> Vec<types::Touch> {
        self.actor.map(|actor| self.view.features.history(actor)).unwrap_or_default()
    }

    /// What is known of the actor's taste: the items that were picked for this request, as a new shopper is asked to, then the
    /// history.
    pub fn taste(&self) -> Vec<types::Touch> {
        let history = self.history();
        let is_fresh = |row: &&Row| !history.iter().any(|touch| touch.item == **row);
        let picked = self.seeds.iter().filter(is_fresh).map(|row| types::Touch::viewed(*row, self.request.now));
        let mut taste: Vec<types::Touch> = picked.collect();
        taste.extend(history);
        taste
    }
}
