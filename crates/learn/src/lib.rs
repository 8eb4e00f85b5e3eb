//! Classical learning: item-to-item neighbours, for-you, linear rankers and their trainer.
#![forbid(unsafe_code)]

use types::{Explanation, FeatureRows, FeatureSchema, Millis, Rng, Row, Signal, Touch};
use std::sync::Arc;

/// How neighbours are learnt.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NeighboursConfig {}

/// Item-to-item neighbours.
#[derive(Clone, Debug)]
pub struct Neighbours {}

/// Why bytes are no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad bytes")]
pub struct Error {}
/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Neighbours {
    /// Nothing learnt yet.
    pub fn new(_config: NeighboursConfig) -> Self { todo!() }
    /// Folds one signal.
    pub fn fold(&mut self, _signal: &Signal) { todo!() }
    /// Erases what is kept of an actor (the window of last items); sums over many actors stay.
    pub fn forget(&mut self, _actor: Row) { todo!() }
    /// What is wanted by those who want `item`, best first.
    pub fn similar(&self, _item: Row, _limit: usize) -> Vec<(Row, f32)> { todo!() }
    /// What is bought in one basket with the seeds; seeds excluded, best first.
    pub fn bought_together(&self, _seeds: &[Row], _limit: usize) -> Vec<(Row, f32)> { todo!() }
    /// Bytes for a checkpoint.
    pub fn encode(&self) -> Vec<u8> { todo!() }
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// Where the bytes are not what `encode` gave.
    pub fn decode(_bytes: &[u8]) -> Result<Self> { todo!() }
}

/// How a history becomes recommendations.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ForYouConfig {}

/// One recommended item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Recommended {
    /// The item.
    pub item: Row,
    /// How well it fits; comparable within one answer.
    pub score: f32,
    /// The history's item that said most for it; the item itself where it is bought again; `None` where it is there for
    /// its popularity.
    pub because: Option<Row>,
}

/// Recommends from a history.
#[derive(Clone, Debug, Default)]
pub struct ForYou {}

impl ForYou {
    /// A recommender with these parameters.
    pub fn new(_config: ForYouConfig) -> Self { todo!() }
    /// The `limit` best items for a history (last first) at `now`. `popular` (best first, with counts) fills up what
    /// the history leaves open, and is all there is for an empty history. Items of the history are recommended
    /// again where they were bought.
    pub fn recommend(&self, _neighbours: &Neighbours, _history: &[Touch], _popular: &[(Row, f32)], _now: Millis, _limit: usize) -> Vec<Recommended> { todo!() }
}

/// Stable name of a ranker with its version.
pub type RankerId = Arc<str>;

/// Scores the rows it is given; it cannot drop or reorder.
pub trait Ranker: Send + Sync {
    /// Name and version.
    fn id(&self) -> RankerId;
    /// The columns it reads.
    fn needs(&self) -> &FeatureSchema;
    /// Fills one score a row.
    fn score(&self, rows: &FeatureRows, scores: &mut [f32]);
    /// Why `row` has its score: `base`, `contributions` (which sum with it to the score) and `score` are filled.
    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation;
}

/// A weighted sum of features.
#[derive(Clone, Debug)]
pub struct LinearRanker {}

impl LinearRanker {
    /// A ranker called `name` over `schema`; a feature without a weight counts nothing, a weight without a feature is ignored.
    pub fn new(_name: &str, _schema: FeatureSchema, _base: f32, _weights: &[(&str, f32)]) -> Self { todo!() }
}

/// Learns a model from examples.
pub trait Trainer {
    /// What it makes.
    type Model;
    /// Fits.
    ///
    /// # Errors
    /// Where the data cannot be learnt from.
    fn fit(&self, data: &Dataset, rng: &mut Rng) -> std::result::Result<(Self::Model, FitReport), FitError>;
}
/// Examples.
#[derive(Clone, Debug)]
pub struct Dataset {}
/// What came of a fit.
#[derive(Clone, Debug)]
pub struct FitReport {}
/// Why a fit failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot fit")]
pub struct FitError {}
