//! What can be typed after `mercato intents`.

use std::path::PathBuf;

use super::Remote;

/// See [`super::Command::Intents`].
#[derive(clap::Subcommand)]
pub(crate) enum Intents {
    /// List the shop's own intents, with how well each is told from the others by cross-validation
    List {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Print intents and examples, one example a line: intent, who answers (search, assistant, human), example
    Export {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Put the intents of a file in force, in place of all others, and tell at once how well they do: a line an example,
    /// parted by tabs: intent and example, or intent, who answers and example; # begins a comment
    Import {
        /// The file, - for standard input
        file: PathBuf,
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Take all of the shop's own intents away
    Remove {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
}
