//! What can be typed after `mercato simulate`.

use std::path::PathBuf;

/// See [`super::Command::Simulate`].
#[derive(clap::Args)]
pub(crate) struct Simulate {
    /// The market that shoppers are drawn from: gifts, or a folder laid out like it
    #[arg(long, value_name = "NAME|DIR", default_value = "gifts")]
    pub(crate) fixture: String,
    /// Shoppers there are; as many come on a day as in the market
    #[arg(long, default_value_t = 1_000)]
    pub(crate) shoppers: usize,
    /// Days to simulate
    #[arg(long, default_value_t = 7)]
    pub(crate) days: usize,
    /// Seed of all chance; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// By how much more often shoppers come than in the market
    #[arg(long, default_value_t = 1.0)]
    pub(crate) pace: f64,
    /// Days of purchases that every arm knows from the beginning
    #[arg(long, default_value_t = 60)]
    pub(crate) history_days: usize,
    /// How fast examination falls: position k is examined with probability k^-SEVERITY
    #[arg(long, default_value_t = 0.8)]
    pub(crate) severity: f64,
    /// From which day on everybody likes an item that few liked before
    #[arg(long, value_name = "DAY")]
    pub(crate) fashion_day: Option<usize>,
    /// An arm: {"learns", "personalise", "swaps", "sort", "explore", "rankers", "settings"}; gains are over the first
    /// [default: static, learning, loop]
    #[arg(long = "arm", value_name = "NAME=FILE")]
    pub(crate) arms: Vec<String>,
    /// Compare bandits on searches instead: an arm that learns, and one for each that explores beside; all for all there are
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', conflicts_with = "arms")]
    pub(crate) policies: Vec<String>,
    /// Share of clicks that each of --policies may cost
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, requires = "policies")]
    pub(crate) exploring_costs: f64,
    /// Resamples of the intervals
    #[arg(long, default_value_t = 1_000)]
    pub(crate) resamples: usize,
    /// Fixtures' folder
    #[arg(long, value_name = "DIR", default_value = "fixtures")]
    pub(crate) fixtures: PathBuf,
}
