//! What can be typed after `mercato learning`.

use std::path::PathBuf;

use super::{OfShop, Remote};

/// See [`super::Command::Learning`].
#[derive(clap::Subcommand)]
pub(crate) enum Learning {
    /// Show what clicks teach, what exploring costs, and what programs did that nothing is learnt from
    Status(OfShop),
    /// Say what is explored: a file, or one surface and its policy; shows what is explored where nothing is said
    Explore {
        /// The shop
        #[arg(long)]
        shop: String,
        /// What is explored, as JSON, - for standard input
        #[arg(conflicts_with_all = ["surface", "policy", "regret", "nothing"])]
        file: Option<PathBuf>,
        /// Where: home, product, cart, search or after-purchase
        #[arg(long, requires = "policy")]
        surface: Option<String>,
        /// Who decides what to try: thompson, ucb, lin-ucb, epsilon-greedy, boltzmann, square-cb, ...
        #[arg(long, requires = "surface")]
        policy: Option<String>,
        /// Share of clicks that it may cost
        #[arg(long, value_name = "SHARE", requires = "surface")]
        regret: Option<f64>,
        /// Explore nothing any more
        #[arg(long, conflicts_with = "surface")]
        nothing: bool,
        #[command(flatten)]
        remote: Remote,
    },
}
