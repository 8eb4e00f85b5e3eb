//! Arguments of `mercato train ranker` and `mercato eval ranker`.

use std::path::PathBuf;

use super::{Bootstrap, Remote};

/// See [`super::Train::Ranker`].
#[derive(clap::Args)]
pub(crate) struct TrainRanker {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// What it scores: search or recommend
    #[arg(long, default_value = "search")]
    pub(crate) kind: String,
    /// Learn from the queries.jsonl and judgements.csv of this folder instead of the shop's log
    #[arg(long, value_name = "DIR")]
    pub(crate) judgements: Option<PathBuf>,
    /// Answers of the log to learn from, the last ones
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub(crate) slates: usize,
    /// Leave out what is known of shoppers
    #[arg(long)]
    pub(crate) impersonal: bool,
    /// Put the new ranker in force whatever its figures
    #[arg(long)]
    pub(crate) promote: bool,
    /// Put the new ranker in force where it is better than the untrained one by more than noise, and not worse than what is
    /// in force
    #[arg(long, conflicts_with = "promote")]
    pub(crate) promote_if_better: bool,
    /// Train nothing: list the versions there are
    #[arg(long, conflicts_with_all = ["promote", "promote_if_better", "put_in_force", "roll_back"])]
    pub(crate) list: bool,
    /// Train nothing: show what is known of this version, and what it goes by
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["promote", "promote_if_better", "list", "put_in_force", "roll_back"])]
    pub(crate) show: Option<u32>,
    /// Draw the importance of the features of the version shown or trained into this file, .svg or .png; the curve of its
    /// training, where it has one, stands beside it under the name FILE-curve
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "put_in_force", "roll_back"])]
    pub(crate) plot: Option<PathBuf>,
    /// Train nothing: put this version in force
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["promote", "promote_if_better", "roll_back"])]
    pub(crate) put_in_force: Option<u32>,
    /// Train nothing: put in force again what was before
    #[arg(long, conflicts_with_all = ["promote", "promote_if_better"])]
    pub(crate) roll_back: bool,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Eval::Ranker`].
#[derive(clap::Args)]
pub(crate) struct EvalRanker {
    /// The folder; files may be .gz or .zst
    pub(crate) dir: PathBuf,
    /// hybrid, lexical or dense
    #[arg(long, default_value = "hybrid")]
    pub(crate) method: String,
    /// Parts of the cross-validation
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) folds: usize,
    /// Keep the shop made for it here, so that the next time nothing need be embedded
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}
