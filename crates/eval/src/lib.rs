//! Measures how good search and recommendations are, on plain folders and on a shop's own log.
//!
//! What it is: [`metrics`] and [`statistics`] (pure), search evaluation through the engine that serves
//! ([`evaluate_search`]), [`classify`] and [`tag`] for
//! labels of texts and words, offline protocols of recommendation ([`evaluate_recommend`], [`evaluate_shop_time`]), judging of a
//! policy by another's log ([`policy`]), converters of
//! public data sets ([`convert`]), and the readers of the committed [`fixtures`].
//!
//! What it is not: it serves nothing and prints nothing; tables and JSON are handed to the caller.
//!
//! Invariants: the same data, options and seed give the same figures, on any number of threads; a fault in data names the
//! file, the line and what was expected; every formula stands beside its source.
#![forbid(unsafe_code)]

pub mod classify;
pub mod convert;
pub mod ctr;
mod error;
pub mod fixtures;
mod lines;
pub mod metrics;
pub mod pictures;
pub mod policy;
pub mod rank;
pub mod recommend;
mod report;
pub mod search;
mod shop_trainer;
pub mod simulator;
pub mod slates;
pub mod statistics;
pub mod tag;
pub mod tune;

pub use error::{Error, Result};
pub use recommend::{Protocol, RecommendOptions, evaluate_recommend, evaluate_shop_time};
pub use report::{Bootstrap, Metric, Report, side_by_side};
pub use search::{
    Judged, JudgedQuery, Run, SearchOptions, SearchReport, compare_runs, evaluate_run, evaluate_search,
    evaluate_search_in,
};
pub use shop_trainer::ShopTrainer;

/// What a folder's data are called: the folder's own name.
fn dataset_name(dir: &std::path::Path) -> String {
    let absolute = fs_err::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
    absolute.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into_owned())
}
