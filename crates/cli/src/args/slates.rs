//! Arguments of `mercato eval slates`.

use std::path::PathBuf;

use super::recommend::Chosen;

/// See [`super::Eval::Slates`].
#[derive(clap::Args)]
pub(crate) struct EvalSlates {
    /// A folder as of `eval search` or `eval recommend`, or the name of a shop
    pub(crate) target: String,
    /// Dials to turn from 0 to 1: popularity, calibration, mmr, dpp, exposure, long-tail, protected or cap [default: all]
    #[arg(long = "dial", value_name = "NAME", value_delimiter = ',')]
    pub(crate) dials: Vec<String>,
    /// For a folder of recommendations: split, leave-one-out, sessions or time
    #[arg(long)]
    pub(crate) protocol: Option<String>,
    /// For recommendations: the model that finds the candidates
    #[arg(long, value_name = "NAME", default_value = "for-you")]
    pub(crate) model: String,
    /// For searches: hybrid, lexical or dense
    #[arg(long, default_value = "lexical")]
    pub(crate) method: String,
    /// Ask this many cases at most, drawn by chance; 0 asks all
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) cases: usize,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Draw what is lost for what is gained, into a file that ends with .svg or .png
    #[arg(long, value_name = "FILE", conflicts_with = "audit")]
    pub(crate) plot: Option<PathBuf>,
    /// Instead of curves, say who got the attention of a shop's visitors, by its log
    #[arg(long, conflicts_with = "dials")]
    pub(crate) audit: bool,
    /// For an audit: leave out what was shown before, such as 2026-11-09T00:00:00Z
    #[arg(long, value_name = "TIME", requires = "audit")]
    pub(crate) since: Option<String>,
    /// For an audit: groups of users, a user and a group a line; the shop's settings must allow it (`audit_groups`)
    #[arg(long, value_name = "FILE", requires = "audit")]
    pub(crate) groups: Option<PathBuf>,
}
