use std::sync::Arc;

use types::Row;

use crate::RowSet;

/// A text made into terms, bound to the searcher that made it.
#[derive(Clone, Debug)]
pub struct WordsQuery {}

impl WordsQuery {
    /// The terms, in order of the query; facts for choosing fusion weights.
    pub fn terms(&self) -> &[QueryTerm] {
        todo!()
    }

    /// The largest score an item could reach: every term in every field, saturated. Scores divided by it are
    /// comparable between queries.
    pub fn score_max(&self) -> f32 {
        todo!()
    }
}

/// What is known of a term of a query.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryTerm {
    /// The term, as indexed.
    pub term: Arc<str>,
    /// Its place among the query's words; terms with the same place are alternatives.
    pub position: u32,
    /// Items that have it, in any field; 0 where it is unknown.
    pub document_frequency: u64,
    /// Its weight.
    pub idf: f32,
}

/// What a search by words found.
#[derive(Clone, Debug, Default)]
pub struct WordsHits {
    /// The best, best first.
    pub top: Vec<WordsHit>,
    /// All that match, as many as the total says.
    pub matched: RowSet,
    /// How many match.
    pub total: usize,
    /// Of those, how many cover all known terms of the query.
    pub complete: usize,
}

/// An item found by words.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WordsHit {
    /// The item.
    pub row: Row,
    /// Its score.
    pub score: f32,
    /// Share of the weight of **all** terms of the query (unknown ones included) that it has, 0 to 1.
    pub coverage: f32,
    /// Share of neighbouring pairs of the query's words that stand side by side in one of its fields, 0 to 1.
    pub phrase: f32,
}
