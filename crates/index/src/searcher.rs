use std::sync::Arc;

use types::{Facet, FacetRequest, FieldWeights, Filter, Language, Row, TermMatch};

use crate::{Groups, Order, Result, RowSet, WordsHits, WordsQuery};

/// One immutable snapshot of an index. Cloning costs an `Arc`; later writes never show.
#[derive(Clone)]
pub struct Searcher {}

impl Searcher {
    /// All items.
    pub fn all(&self) -> &RowSet {
        todo!()
    }

    /// Items that can be bought: available and not out of stock.
    pub fn buyable(&self) -> &RowSet {
        todo!()
    }

    /// The items that meet `filter`.
    ///
    /// # Errors
    /// [`crate::Error::UnknownAttribute`].
    pub fn filter(&self, _filter: &Filter) -> Result<RowSet> {
        todo!()
    }

    /// Counts a facet over `rows`.
    ///
    /// # Errors
    /// [`crate::Error::UnknownAttribute`], or [`crate::Error::UnsuitedAttribute`] for prose and images.
    pub fn facet(&self, _rows: &RowSet, _request: &FacetRequest) -> Result<Facet> {
        todo!()
    }

    /// The first `order.limit` of `rows` by the keys of `order`; ties by the larger `score`, then by row. Items without
    /// an attribute come last in either direction.
    ///
    /// # Errors
    /// [`crate::Error::UnknownAttribute`], or [`crate::Error::UnsuitedAttribute`] for prose and images.
    pub fn sort(&self, _rows: &RowSet, _order: &Order<'_>, _score: &dyn Fn(Row) -> f32) -> Result<Vec<Row>> {
        todo!()
    }

    /// Which groups `rows` fall into, with exact counts. An item without a group is its own.
    pub fn groups(&self, _rows: &RowSet) -> Groups {
        todo!()
    }

    /// Makes a query of a text. Weights not named in `fields` are the shop's. Costs one dictionary look-up a term and
    /// field.
    pub fn words_query(&self, _text: &str, _fields: &FieldWeights) -> Result<WordsQuery> {
        todo!()
    }

    /// Finds by words: the `limit` best of `allowed` by score (ties by row), and all that match. Those that cover less
    /// than `cutoff` (0 to 1) of the weight of the query's known terms do not match.
    pub fn search_words(&self, _query: &WordsQuery, _allowed: &RowSet, _cutoff: f32, _limit: usize) -> Result<WordsHits> {
        todo!()
    }

    /// The words' score of each of `rows`, 0 where nothing matches: the same number as [`Self::search_words`] gives.
    pub fn score_words(&self, _query: &WordsQuery, _rows: &[Row]) -> Result<Vec<f32>> {
        todo!()
    }

    /// What each term and field adds to the words' score of `row`; they sum to the score.
    pub fn explain_words(&self, _query: &WordsQuery, _row: Row) -> Result<Vec<TermMatch>> {
        todo!()
    }

    /// The `k` items of `allowed` nearest to `vector` under `encoder`, nearest first, with their cosines. Exact, or
    /// through a graph (about .99 of the true ones) where there are many vectors and the filter keeps many.
    ///
    /// # Errors
    /// [`crate::Error::UnknownEncoder`] or [`crate::Error::BadVector`].
    pub fn search_vectors(&self, _encoder: &str, _vector: &[f32], _allowed: &RowSet, _k: usize) -> Result<Vec<(Row, f32)>> {
        todo!()
    }

    /// The cosine between `vector` and each of `rows` under `encoder`; `None` for an item without a vector.
    ///
    /// # Errors
    /// [`crate::Error::UnknownEncoder`] or [`crate::Error::BadVector`].
    pub fn similarities(&self, _encoder: &str, _vector: &[f32], _rows: &[Row]) -> Result<Vec<Option<f32>>> {
        todo!()
    }

    /// An item's vector under `encoder`, of length 1; `None` where it has none.
    pub fn vector(&self, _encoder: &str, _row: Row) -> Option<Vec<f32>> {
        todo!()
    }

    /// Whether a vector with this `stamp` is set; see [`crate::Index::set_vector`].
    pub fn vector_stamp(&self, _encoder: &str, _row: Row) -> Option<u64> {
        todo!()
    }

    /// `text` with what matches `query` between `<em>` and `</em>`, escaped for HTML; `None` where nothing matches.
    pub fn highlight(&self, _query: &WordsQuery, _text: &str, _language: Language) -> Option<String> {
        todo!()
    }

    /// The part of `text` of at most about `chars` characters where `query` matches best, marked as by
    /// [`Self::highlight`], with `…` where it was cut; `None` where nothing matches.
    pub fn snippet(&self, _query: &WordsQuery, _text: &str, _language: Language, _chars: usize) -> Option<String> {
        todo!()
    }

    /// Names of all attributes known, sorted.
    pub fn attributes(&self) -> Vec<Arc<str>> {
        todo!()
    }
}
