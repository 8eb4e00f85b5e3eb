//! What can be typed after `mercato policies`.

use std::path::PathBuf;

use super::OfShop;

/// See [`super::Command::Policies`].
#[derive(clap::Subcommand)]
pub(crate) enum Policies {
    /// List what the shop says of itself: returns, shipping, frequent questions
    List(OfShop),
    /// Print all texts as JSON, as `import` reads them
    Export(OfShop),
    /// Put the texts of a file in place of all others: JSON, {"policies": [{"id", "title", "text", "language", "url"}]} or the
    /// list alone
    Import {
        /// The file, - for standard input
        file: PathBuf,
        #[command(flatten)]
        of: OfShop,
    },
    /// Take all texts away
    Remove(OfShop),
}
