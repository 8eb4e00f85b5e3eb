//! Arguments of `mercato train recommend`, `mercato tune recommend` and `mercato export recommendations`.

use std::path::PathBuf;

use super::Remote;
use super::recommend::Chosen;

/// See [`super::Train::Recommend`].
#[derive(clap::Args)]
pub(crate) struct TrainRecommend {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// What the model is to recommend: for-you, similar or bought-together [default: bought-together for the model of
    /// this name, else for-you]
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Methods to compare, of which the best is kept; all stands for every one
    #[arg(long = "model", value_name = "NAME", default_value = "all")]
    pub(crate) models: Vec<String>,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Days at the end of the log on which methods are compared
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) holdout_days: u32,
    /// Memory the training may take, in MiB [default: most of what is free]
    #[arg(long, value_name = "MIB")]
    pub(crate) memory: Option<u64>,
    /// Put the new model in force
    #[arg(long)]
    pub(crate) promote: bool,
    /// Put the new model in force where it is better than what is, by more than noise
    #[arg(long, conflicts_with = "promote")]
    pub(crate) promote_if_better: bool,
    /// Train nothing: list the versions there are
    #[arg(long, conflicts_with_all = ["promote", "promote_if_better", "put_in_force", "roll_back"])]
    pub(crate) list: bool,
    /// Train nothing: show how this version was trained, and what it was compared with
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["promote", "promote_if_better", "list", "put_in_force", "roll_back"])]
    pub(crate) show: Option<u32>,
    /// Write the report of the training and its plots into this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["list", "put_in_force", "roll_back"])]
    pub(crate) report: Option<PathBuf>,
    /// Train nothing: put this version in force
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["promote", "promote_if_better", "roll_back"])]
    pub(crate) put_in_force: Option<u32>,
    /// Train nothing: put in force again what was before
    #[arg(long, conflicts_with_all = ["promote", "promote_if_better"])]
    pub(crate) roll_back: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Tune::Recommend`].
#[derive(clap::Args)]
pub(crate) struct TuneRecommend {
    /// A folder with a data set, see `mercato eval recommend`
    #[arg(value_name = "DIR", required_unless_present = "shop", conflicts_with = "shop", requires = "protocol")]
    pub(crate) dir: Option<PathBuf>,
    /// Tune on this shop's log
    #[arg(long)]
    pub(crate) shop: Option<String>,
    /// split, leave-one-out, sessions or time, for a folder; its validation part is asked for
    #[arg(long, conflicts_with = "shop")]
    pub(crate) protocol: Option<String>,
    /// The method
    #[arg(long, value_name = "NAME")]
    pub(crate) model: String,
    /// What it is to recommend, in a shop: for-you, similar or bought-together
    #[arg(long, default_value = "for-you")]
    pub(crate) kind: String,
    /// Days held out, in a shop
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) holdout_days: u32,
    /// Trials beside the defaults, at most
    #[arg(long, value_name = "N", default_value_t = 27)]
    pub(crate) trials: usize,
    /// Minutes after which no new trial begins
    #[arg(long, value_name = "N")]
    pub(crate) minutes: Option<f64>,
    /// Ask this many cases at most, drawn by chance; 0 asks all
    #[arg(long, value_name = "N", default_value_t = 4000)]
    pub(crate) cases: usize,
    /// Memory a training may take, in MiB
    #[arg(long, value_name = "MIB")]
    pub(crate) memory: Option<u64>,
    /// Seed of the trials
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Write every trial to this file (JSON lines) as it ends; with a file that is there, go on where it was stopped
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
