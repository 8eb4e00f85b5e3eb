//! Finding items: words, vectors, filters, facets, sorting and grouping behind one immutable [`Searcher`].
//!
//! What it is: [`Index`] takes items and vectors in by [`types::Row`]; [`Index::refresh`] hands out a [`Searcher`], a
//! snapshot that later writes never disturb. Attributes live in columns of our own, so that a price or stock change
//! is visible at once and costs no tokenising; tantivy holds nothing but the terms of texts; vectors are scanned
//! exactly, or found through a graph where there are many.
//!
//! What it is not: it knows no users, no events and no ids (only rows), loads no models, reads no clock.
//!
//! Invariants: what a [`Searcher`] answers depends only on what was written before it was taken; totals and facets
//! are exact; an index reopened after any crash is at one [`Index::position`], from which replay brings it back.

mod bytes;
mod checkpoint;
mod columns;
mod config;
mod error;
mod files;
mod highlight;
mod index;
mod row_set;
mod searcher;
pub mod suggest;
mod vectors;
mod words;

pub use checkpoint::Checkpoint;
pub use columns::{Groups, Order};
pub use config::{EncoderConfig, IndexConfig};
pub use error::{Error, Result};
pub use highlight::{highlight, snippet};
pub use index::{Index, IndexStats};
pub use row_set::RowSet;
pub use searcher::Searcher;
pub use words::{
    ENOUGH, Expansion, Matching, PHRASED, PartsScore, QueryTerm, TypedHit, TypedHits, TypedPlace, TypedQuery,
    TypedWord, WordsHit, WordsHits, WordsParts, WordsQuery,
};
