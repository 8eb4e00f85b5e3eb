//! What can be typed after `mercato understand`, `suggest`, `queries` and `synonyms`.

use std::path::PathBuf;

use super::{OfShop, Remote};

/// See [`super::Command::Understand`].
#[derive(clap::Args)]
pub(crate) struct Understand {
    /// What was typed
    pub(crate) query: String,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Leave out a step: normalise, words, spelling, quantities, entities, negation, synonyms, intent, category, relax, all
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub(crate) off: Vec<String>,
    /// Take away a finding by its key, such as entities:brand=Sony
    #[arg(long, value_name = "KEY")]
    pub(crate) without: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Command::Suggest`].
#[derive(clap::Args)]
pub(crate) struct Suggest {
    /// What was typed so far
    #[arg(default_value = "")]
    pub(crate) typed: String,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Kinds with how many of each [default: query:8,category:3,brand:3,product:3]
    #[arg(long, value_name = "KIND:N,...")]
    pub(crate) kinds: Option<String>,
    /// Who types: what they searched for themselves comes first
    #[arg(long)]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Command::Queries`].
#[derive(clap::Args)]
pub(crate) struct Queries {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// List what is searched for after this query, instead of what found nothing or is never clicked
    #[arg(long, value_name = "QUERY")]
    pub(crate) after: Option<String>,
    /// Queries to list
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Command::Synonyms`].
#[derive(clap::Subcommand)]
pub(crate) enum Synonyms {
    /// Print the rules, one a line
    Export(OfShop),
    /// List synonyms that clicks, searches and the catalogue speak for, with the evidence; none is in force
    Proposals {
        /// The shop
        #[arg(long)]
        shop: String,
        /// Proposals to list
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(flatten)]
        remote: Remote,
    },
    /// Make rules of proposals, by their ids
    Accept {
        /// Ids, as listed by `proposals`
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        of: OfShop,
    },
    /// Never propose these again
    Reject {
        /// Ids, as listed by `proposals`
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        of: OfShop,
    },
    /// Let rejected ones be proposed again
    Restore {
        /// Ids, as listed by `proposals`
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        of: OfShop,
    },
    /// Put the rules of a file in force, in place of all others: `a, b` both ways, `a => b` one way, # begins a comment
    Import {
        /// The file, - for standard input
        file: PathBuf,
        #[command(flatten)]
        of: OfShop,
    },
}
