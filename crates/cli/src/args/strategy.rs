//! What can be typed after `mercato strategy`.

use std::path::PathBuf;

use super::{OfShop, Remote};

/// See [`super::Command::Strategy`].
#[derive(clap::Subcommand)]
pub(crate) enum Strategy {
    /// Show the strategies, and the policies that were learnt of when to follow which
    List(OfShop),
    /// Set the strategies; an experiment with an arm that changes {"strategy": "random"} then gathers what can be learnt from
    Set {
        /// The strategies as JSON, - for standard input
        file: PathBuf,
        #[command(flatten)]
        of: OfShop,
    },
    /// Learn from the log which strategy to follow when, and say what that would have brought
    Train {
        /// The shop
        #[arg(long)]
        shop: String,
        /// How: deep-q or reinforce
        #[arg(long, default_value = "deep-q")]
        method: String,
        /// What it must bring more than was brought, a session, with 95 % confidence
        #[arg(long, value_name = "WORTH", allow_negative_numbers = true, default_value_t = 0.0)]
        gain_min: f64,
        /// Makes chance repeatable
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        remote: Remote,
    },
    /// Put a policy in force for arms that change {"strategy": "learned"}; refused where the log does not prove it better
    Promote {
        // Not `version`: that is the id of the flag that every command has, and two of one id are a panic.
        /// The version
        #[arg(id = "strategy_version", value_name = "VERSION")]
        version: u32,
        #[command(flatten)]
        of: OfShop,
    },
    /// Take the policy out of force
    Withdraw(OfShop),
}
