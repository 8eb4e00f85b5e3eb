//! Words: terms of texts in tantivy, scored by BM25F over its postings, read directly.
//!
//! Why not tantivy's own queries: totals and facets need every match anyway, so nothing can be skipped, and then one
//! pass over the blocks of postings, term after term, into a window of accumulators is both faster than a union of
//! scorers and free to combine fields as BM25F wants it.

mod boosts;
mod documents;
mod parts;
mod phrases;
mod query;
mod search;
mod slots;
mod typed;
mod typed_places;
mod typed_search;
mod values;
mod writer;

pub use parts::{Matching, PartsScore, WordsParts};
pub(crate) use query::{Asked, frequency};
pub use query::{Expansion, QueryTerm, WordsHit, WordsHits, WordsQuery};
pub use search::{ENOUGH, PHRASED};
pub(crate) use slots::{Slots, text_parts};
pub(crate) use typed::TypedWords;
pub(crate) use typed::typed_phrase;
pub use typed::{TypedQuery, TypedWord};
pub use typed_places::TypedPlace;
pub use typed_search::{TypedHit, TypedHits};
pub(crate) use writer::{Pending, Words};

use std::sync::Arc;

use tantivy::schema::Field;

/// What word search reads: tantivy's snapshot, and which row each of its documents is.
#[derive(Clone)]
pub(crate) struct WordsSnapshot {
    pub(crate) searcher: tantivy::Searcher,
    /// By segment, in the searcher's order.
    pub(crate) rows: Vec<Arc<SegmentRows>>,
    pub(crate) fields: Arc<[Field]>,
    /// The keys of whole values.
    pub(crate) values: Field,
}

/// The rows of a segment's documents, and the way back.
pub(crate) struct SegmentRows {
    /// Row by document.
    pub(crate) by_document: Vec<u32>,
    /// Documents in order of their rows; `None` where documents are in that order already, as after a bulk load.
    pub(crate) in_order: Option<Vec<u32>>,
}

impl SegmentRows {
    pub(crate) fn new(by_document: Vec<u32>) -> Self {
        let in_order = (!by_document.is_sorted()).then(|| {
            let mut documents: Vec<u32> = (0..by_document.len() as u32).collect();
            documents.sort_unstable_by_key(|document| by_document[*document as usize]);
            documents
        });
        Self { by_document, in_order }
    }

    /// The documents that are (or, deleted, were) `row`.
    pub(crate) fn documents(&self, row: u32) -> impl Iterator<Item = u32> {
        let row_at = |at: usize| self.by_document[self.document_at(at) as usize];
        let (mut low, mut high) = (0, self.by_document.len());
        while low < high {
            let middle = (low + high) / 2;
            if row_at(middle) < row { low = middle + 1 } else { high = middle }
        }
        (low..self.by_document.len())
            .map(|at| self.document_at(at))
            .take_while(move |at| self.by_document[*at as usize] == row)
    }

    fn document_at(&self, at: usize) -> u32 {
        self.in_order.as_ref().map_or(at as u32, |documents| documents[at])
    }
}
