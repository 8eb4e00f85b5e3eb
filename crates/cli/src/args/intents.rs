//! What can be typed after `mercato intents`.

use std::path::PathBuf;

use super::OfShop;

/// See [`super::Command::Intents`].
#[derive(clap::Subcommand)]
pub(crate) enum Intents {
    /// List the shop's own intents, with how well each is told from the others by cross-validation
    List(OfShop),
    /// Print intents and examples, one example a line: intent, who answers (search, assistant, human), example
    Export(OfShop),
    /// Put the intents of a file in force, in place of all others, and tell at once how well they do: a line an example,
    /// parted by tabs: intent and example, or intent, who answers and example; # begins a comment
    Import {
        /// The file, - for standard input
        file: PathBuf,
        #[command(flatten)]
        of: OfShop,
    },
    /// Take all of the shop's own intents away
    Remove(OfShop),
}
