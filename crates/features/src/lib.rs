//! What a shop knows of its items and actors, and the numbers a ranker reads from it.
#![forbid(unsafe_code)]

use std::sync::Arc;
use types::{FeatureRows, FeatureSchema, FeatureSpec, Millis, Row, Signal, Surface, Touch};

/// Facts of an item, from the catalogue.
#[derive(Clone, PartialEq, Debug)]
pub struct ItemFacts {
    /// Price in units of the shop's currency.
    pub price: Option<f64>,
    /// Codes of all categories the item stands in: every node of every path, the leaf of the first path last.
    pub categories: Arc<[u32]>,
    /// Code of the brand.
    pub brand: Option<u32>,
    /// Code of the group of variants.
    pub group: Option<u32>,
    /// Mean rating in the shop's own units (stars).
    pub rating: Option<f32>,
    /// Number of ratings.
    pub rating_count: u32,
    /// When it came into the catalogue.
    pub first_seen: Millis,
    /// Whether it can be bought now.
    pub buyable: bool,
}

/// Which ranking of items by popularity is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// The whole shop.
    Shop,
    /// Items of one category, by its code.
    Category(u32),
    /// What is wanted on one surface.
    Surface(Surface),
}

/// Half-lives and bounds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Config {}

/// Everything known of items and actors.
#[derive(Clone, Debug)]
pub struct State {}

/// What one actor likes, summed up once a request.
#[derive(Clone, Debug, Default)]
pub struct Profile {}

/// What a feature may read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What is known.
    pub state: &'a State,
    /// The one who asks; `Profile::default()` where nobody is known.
    pub profile: &'a Profile,
    /// The present.
    pub now: Millis,
}

/// Why bytes are no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad bytes")]
pub struct Error {}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl State {
    /// An empty state.
    pub fn new(_config: Config) -> Self { todo!() }
    /// Sets an item's facts.
    pub fn set_item(&mut self, _item: Row, _facts: ItemFacts) { todo!() }
    /// Takes an item out of all lists; its facts stay readable for histories, not buyable.
    pub fn remove_item(&mut self, _item: Row) { todo!() }
    /// Folds one signal.
    pub fn fold(&mut self, _signal: &Signal) { todo!() }
    /// Erases an actor.
    pub fn forget(&mut self, _actor: Row) { todo!() }
    /// An item's facts.
    pub fn facts(&self, _item: Row) -> Option<&ItemFacts> { todo!() }
    /// What an actor did, last first.
    pub fn history(&self, _actor: Row) -> Vec<Touch> { todo!() }
    /// Actors with a history.
    pub fn actors(&self) -> usize { todo!() }
    /// What one actor likes at `now`.
    pub fn profile(&self, _actor: Option<Row>, _now: Millis) -> Profile { todo!() }
    /// The most popular items, best first, with decayed counts.
    pub fn popular(&self, _scope: Scope, _now: Millis, _limit: usize) -> Vec<(Row, f32)> { todo!() }
    /// Items whose interest rises, best first.
    pub fn trending(&self, _now: Millis, _limit: usize) -> Vec<(Row, f32)> { todo!() }
    /// Items that came last into the catalogue, newest first.
    pub fn newest(&self, _limit: usize) -> Vec<(Row, Millis)> { todo!() }
    /// Bytes for a checkpoint.
    pub fn encode(&self) -> Vec<u8> { todo!() }
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Where the bytes are not what `encode` gave.
    pub fn decode(_bytes: &[u8]) -> Result<Self> { todo!() }
}

/// One number about a candidate.
pub trait Feature: Send + Sync {
    /// Its name, what it is about, its version.
    fn spec(&self) -> &FeatureSpec;
    /// Fills one value an item.
    fn compute(&self, context: &Context<'_>, items: &[Row], column: &mut [f32]);
}

/// Every feature.
pub fn all() -> Vec<Box<dyn Feature>> { todo!() }
/// The columns of `features`, in order.
pub fn schema(_features: &[Box<dyn Feature>]) -> FeatureSchema { todo!() }
/// Fills the columns of `rows` that have a feature's name; other columns stay as they are.
pub fn fill(_features: &[Box<dyn Feature>], _context: &Context<'_>, _items: &[Row], _rows: &mut FeatureRows) { todo!() }
