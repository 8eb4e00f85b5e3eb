//! What can be typed after `mercato eval policy`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Bootstrap;

/// See [`super::Eval::Policy`].
#[derive(clap::Args)]
pub(crate) struct EvalPolicy {
    /// Events as `mercato export` writes them (.jsonl), or a table with item_id, position, click and propensity_score
    /// (.csv), or a folder with one of them; files may be .gz or .zst
    pub(crate) impressions: PathBuf,
    /// The policy to judge: uniform; another table, for what its log did at each position; or a file of JSON lines with
    /// item, position, probability and, where they are for one request only, query_id
    #[arg(long, value_name = "POLICY", default_value = "uniform")]
    pub(crate) target: String,
    /// What counts as a reward in a shop's events
    #[arg(long, value_enum, default_value_t = Reward::Click)]
    pub(crate) reward: Reward,
    /// How estimators that trade variance for bias choose how much
    #[arg(long, value_enum, default_value_t = PolicyTuning::ErrorBound)]
    pub(crate) tuning: PolicyTuning,
    /// Confidence of the intervals
    #[arg(long, default_value_t = 0.95)]
    pub(crate) confidence: f64,
    /// The greatest weight there can be (the target's probability over the log's), for intervals that are guaranteed
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) weight_bound: Option<f64>,
    /// Refuse where the log tells as much as fewer rows than this would under the target
    #[arg(long, value_name = "ROWS", default_value_t = 30.0)]
    pub(crate) effective_sample_min: f64,
    /// Refuse where a greater share of what the target would do was never done
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(crate) uncovered_max: f64,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// What counts as a reward.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Reward {
    /// 1 where an item shown was clicked
    Click,
    /// 1 where it was put in the cart
    AddToCart,
    /// 1 where it was bought
    Purchase,
    /// The money it was bought for
    Value,
}

/// See [`EvalPolicy::tuning`].
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PolicyTuning {
    /// By a bound on the error: intervals hold what they say
    ErrorBound,
    /// By the estimated error: nearer where overlap is poor, but intervals do not know of the bias
    ErrorEstimate,
    /// SLOPE
    Slope,
}
