//! What can be typed after `mercato quality` and `mercato duplicates`.

use std::path::PathBuf;

use super::Remote;

/// See [`super::Command::Quality`].
#[derive(clap::Args)]
pub(crate) struct Quality {
    /// The shop
    pub(crate) shop: String,
    /// Only these rules: not_a_product, outlier, contradiction, missing, wrong_category, duplicate
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) rule: Vec<String>,
    /// Only categories that begin so, such as "Shoes > Hiking"
    #[arg(long, value_name = "PATH")]
    pub(crate) category: Option<String>,
    /// Only findings about this attribute
    #[arg(long, value_name = "NAME")]
    pub(crate) attribute: Option<String>,
    /// Only findings as grave and sure as this, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub(crate) severity: Option<f64>,
    /// Findings to list
    #[arg(long, default_value_t = 30)]
    pub(crate) limit: usize,
    /// Show what mending the findings of these rules would change
    #[arg(long, value_name = "RULE", value_delimiter = ',', conflicts_with = "rule")]
    pub(crate) fix: Vec<String>,
    #[command(flatten)]
    pub(crate) change: Change,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Writing what is proposed, and taking it back.
#[derive(clap::Args)]
pub(crate) struct Change {
    /// Write the changes, and first a file that takes them back
    #[arg(long)]
    pub(crate) apply: bool,
    /// That file [default: SHOP-undo-TIME.jsonl, here]
    #[arg(long, value_name = "FILE", requires = "apply")]
    pub(crate) undo_file: Option<PathBuf>,
    /// Take back the changes of such a file; values that were changed since are left alone
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    pub(crate) undo: Option<PathBuf>,
}

/// See [`super::Command::Duplicates`].
#[derive(clap::Args)]
pub(crate) struct Duplicates {
    /// The shop
    pub(crate) shop: String,
    /// List variants (the same product in another colour, size or quantity) instead of duplicates; --apply gives them a
    /// common group. Of duplicates it hides all but the one that tells most
    #[arg(long)]
    pub(crate) variants: bool,
    /// Only what is as likely as this, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub(crate) probability: Option<f64>,
    /// Groups to list
    #[arg(long, default_value_t = 30)]
    pub(crate) limit: usize,
    /// List pairs whose judgement would teach most, in the form that --judge reads
    #[arg(long, conflicts_with_all = ["apply", "undo", "judge"])]
    pub(crate) unsure: bool,
    /// Read judgements: two ids and `same`, `different` or `forget` a line, parted by tabs; # begins a comment, ? is left out
    #[arg(long, value_name = "FILE", conflicts_with_all = ["apply", "undo"])]
    pub(crate) judge: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) change: Change,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`super::Eval::Categories`].
#[derive(clap::Args)]
pub(crate) struct EvalCategories {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Items to try it on, evenly over the catalogue
    #[arg(long, default_value_t = 500)]
    pub(crate) sample: usize,
}
