//! Documents and files as people have them: items, patches, events and settings in JSON; rows of JSON lines, JSON
//! arrays, CSV, TSV and Parquet, plain or compressed; and the mapping from a file's columns to a document's fields.
//!
//! What it is: the one definition of the item, patch, event and settings documents. The HTTP API, the importers, the
//! exporters and the evaluation folders all read and write through it.
//!
//! What it is not: it knows no log, no catalogue and no HTTP; it opens the file it is told to and writes none.
//!
//! Invariants: what it returns as [`types::Item`] or [`types::Event`] has passed every check; a row that is refused
//! never stops the rows after it; memory is bounded by the longest row, not by the file.
#![forbid(unsafe_code)]

pub mod conventions;
pub mod feeds;
mod html;
pub mod json;
mod lists;
mod mapping;
mod pictures;
mod rejected;
mod source;
mod time;

pub use lists::{ListError, ListWriter, RecommendedItem, RecommendedList};
pub use mapping::{Guessed, Mapping, Target, TimeFormat, Unknown};
pub use pictures::Pictures;
pub use rejected::Rejected;
pub use source::{
    FORMATS, ImportFormat, Input, OpenOptions, RowSource, Sampled, SourceError, SourceRow, open_file, open_reader,
};
