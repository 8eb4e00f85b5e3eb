//! Measures how fast Mercato is and what it takes, against plain tantivy and usearch doing the same.
//!
//! What it is: [`run`] does one of six benches on a catalogue made up from the titles of `fixtures/amazon` (any number of
//! items) or on that shop itself, and gives back a [`Report`] for a table or as JSON. Latencies at a given rate are
//! taken from the moment a request was due, so that a stall counts for everyone who had to wait.
//!
//! What it is not: it measures no quality (that is `eval`), and prints nothing.
//!
//! Invariants: the same options give the same catalogue, vectors, queries and events on every machine; a bench that is
//! stopped leaves no folder behind but one the caller named; memory does not grow with the number of items beyond what
//! the shop itself takes.
#![forbid(unsafe_code)]

mod catalogue;
mod chinese;
mod error;
mod http;
mod indexing;
mod ingest;
mod load;
mod machine;
mod options;
mod plain_tantivy;
mod plain_usearch;
mod recommend;
mod report;
mod search;
mod shoppers;
mod stock;
mod train;
mod updates;
mod vectors;
mod whole_loop;

pub use catalogue::Catalogue;
pub use error::{Error, Result};
pub use machine::Machine;
pub use options::{Bench, Options, Watch};
pub use report::{Figure, Report, Timing};

/// Does a bench.
///
/// # Errors
/// Fixtures or models that are not there, a failure of what is measured, and [`Error::Stopped`] where `watch` says stop.
pub fn run(bench: Bench, options: &Options, watch: &Watch<'_>) -> Result<Report> {
    let mut report = Report::new(bench, options);
    match bench {
        Bench::Search => search::run(options, watch, &mut report),
        Bench::Ingest => ingest::run(options, watch, &mut report),
        Bench::Recommend => recommend::run(options, watch, &mut report),
        Bench::Index => indexing::run(options, watch, &mut report),
        Bench::Train => train::run(options, watch, &mut report),
        Bench::Loop => whole_loop::run(options, watch, &mut report),
    }?;
    Ok(report)
}
