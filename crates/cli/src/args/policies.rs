//! What can be typed after `mercato policies`.

use std::path::PathBuf;

use super::Remote;

/// See [`super::Command::Policies`].
#[derive(clap::Subcommand)]
pub(crate) enum Policies {
    /// List what the shop says of itself: returns, shipping, frequent questions
    List {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Print all texts as JSON, as `import` reads them
    Export {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Put the texts of a file in place of all others: JSON, {"policies": [{"id", "title", "text", "language", "url"}]} or the
    /// list alone
    Import {
        /// The file, - for standard input
        file: PathBuf,
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Take all texts away
    Remove {
        /// The shop
        #[arg(long)]
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
}
