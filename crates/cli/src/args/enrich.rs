//! What can be typed after `mercato enrich`.

use super::Remote;

/// See [`super::Command::Enrich`].
#[derive(clap::Args)]
pub(crate) struct Enrich {
    /// The shop
    pub(crate) shop: String,
    /// Only these attributes
    #[arg(long = "attribute", value_name = "NAME", value_delimiter = ',')]
    pub(crate) attributes: Vec<String>,
    /// How often such values must be right, as measured on held-out ones, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.9)]
    pub(crate) min_confidence: f64,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take back what was found, of all attributes or of those named
    #[arg(long, conflicts_with_all = ["dry_run", "list", "min_confidence"])]
    pub(crate) undo: bool,
    /// List items with the values found for them, and find nothing new
    #[arg(long, conflicts_with_all = ["dry_run", "min_confidence", "attributes"])]
    pub(crate) list: bool,
    /// With --list: begin after this item
    #[arg(long, value_name = "ID", requires = "list")]
    pub(crate) after: Option<String>,
    /// Look for selling points, too, from now on: `usual` ones, those of a file (JSON lines of name and phrases), or `none`
    #[arg(long, value_name = "usual|none|FILE", conflicts_with_all = ["undo", "list"])]
    pub(crate) selling_points: Option<String>,
    /// Rows to show
    #[arg(long, default_value_t = 30)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
