//! What can be typed after `mercato tune`.

use std::path::PathBuf;

use clap::Subcommand;

/// See [`super::Command::Tune`].
#[derive(Subcommand)]
pub(crate) enum Tune {
    /// Weights of attributes, phrases, whole values, fusion and cut-off, by cross-validation
    Search(TuneSearch),
    /// Hyper-parameters of a recommender, by random search in which bad trials are stopped early
    Recommend(super::TuneRecommend),
}

/// See [`Tune::Search`].
#[derive(clap::Args)]
pub(crate) struct TuneSearch {
    /// A shop, or a folder with products.jsonl, queries.jsonl and judgements.csv
    #[arg(value_name = "SHOP|DIR")]
    pub(crate) what: String,
    /// Tune the shop on the queries.jsonl and judgements.csv of this folder, instead of on its own clicks
    #[arg(long, value_name = "DIR")]
    pub(crate) judgements: Option<PathBuf>,
    /// hybrid, lexical or dense
    #[arg(long, default_value = "hybrid")]
    pub(crate) method: String,
    /// Numbers to tune: fields, lexical, fusion, cutoff [default: all]
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// What is to grow: ndcg@10 or mrr@10 [default: what suits the judgements]
    #[arg(long, value_name = "FIGURE")]
    pub(crate) measure: Option<String>,
    /// Folds of the cross-validation
    #[arg(long, default_value_t = 5)]
    pub(crate) folds: usize,
    /// Seed of the folds
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Settings that a folder is searched with (JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Keep the shop made of a folder here, so that the next tuning need not embed its items again
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Put what was found in force in the shop
    #[arg(long)]
    pub(crate) apply: bool,
    /// Write the settings with what was found to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
