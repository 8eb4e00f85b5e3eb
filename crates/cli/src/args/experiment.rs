//! What can be typed after `mercato experiment`.

use std::path::PathBuf;

use super::{OfShop, Remote};

/// See [`super::Command::Experiment`].
#[derive(clap::Subcommand)]
pub(crate) enum Experiment {
    /// Begin an experiment: the definition of a file, or two arms of which one changes what --change says
    Create {
        /// The shop
        #[arg(long)]
        shop: String,
        /// The definition as JSON, - for standard input
        #[arg(conflicts_with_all = ["id", "change", "metric", "guardrail", "ramp", "slice", "layer", "interleave"])]
        file: Option<PathBuf>,
        /// Its name, where there is no file
        #[arg(long, required_unless_present = "file", requires = "change")]
        id: Option<String>,
        /// What the new arm changes, as JSON, such as '{"diversity": 0.4}'
        #[arg(long, value_name = "JSON")]
        change: Option<String>,
        /// What is measured, the deciding one first
        #[arg(long, value_name = "METRIC", value_delimiter = ',')]
        metric: Vec<String>,
        /// What must not become worse, and how much is tolerated as a share, such as latency=0.2
        #[arg(long, value_name = "METRIC[=SHARE]", value_delimiter = ',')]
        guardrail: Vec<String>,
        /// Share of the visitors to begin with
        #[arg(long, value_name = "SHARE")]
        ramp: Option<f64>,
        /// Share of the layer's visitors it may have
        #[arg(long, value_name = "SHARE")]
        slice: Option<f64>,
        /// Have both arms share every answer and count whose results are clicked: team-draft or optimised
        #[arg(long, value_name = "HOW", conflicts_with_all = ["metric", "guardrail"])]
        interleave: Option<String>,
        /// Layer of which the experiments share no visitor
        #[arg(long)]
        layer: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// List the experiments, running and ended
    List(OfShop),
    /// Show one experiment as it is defined, with its visitors and what may be concluded
    Status {
        /// The experiment
        id: String,
        #[command(flatten)]
        of: OfShop,
    },
    /// Widen an experiment to a larger share of its visitors, or take an arm out; nobody moves to another arm
    Change {
        /// The experiment
        id: String,
        /// The larger share
        #[arg(long, value_name = "SHARE", required_unless_present = "remove_arm")]
        ramp: Option<f64>,
        /// The arm to take out
        #[arg(long, value_name = "ARM")]
        remove_arm: Option<String>,
        /// Why, for whoever reads it later
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        of: OfShop,
    },
    /// Stop an experiment
    Stop {
        /// The experiment
        id: String,
        /// Why, for whoever reads it later
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        of: OfShop,
    },
    /// Report what came of an experiment: metrics with intervals that hold at any time, guardrails, segments
    Report {
        /// The experiment
        id: String,
        #[command(flatten)]
        of: OfShop,
    },
}
