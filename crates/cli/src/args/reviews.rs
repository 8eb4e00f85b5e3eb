//! What can be typed after `mercato reviews` and `mercato alerts`.

use std::path::PathBuf;

use super::Remote;

/// See [`super::Command::Reviews`].
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Reviews {
    /// The shop
    #[arg(required = true)]
    pub(crate) shop: Option<String>,
    /// Only this item's
    #[arg(long, value_name = "ID", conflicts_with_all = ["brand", "category"])]
    pub(crate) item: Option<String>,
    /// Only those of this brand's items
    #[arg(long)]
    pub(crate) brand: Option<String>,
    /// Only those of items in this category: its path, or the end of one, joined by >
    #[arg(long, value_name = "PATH")]
    pub(crate) category: Option<String>,
    #[command(flatten)]
    pub(crate) much: HowMuch,
    #[command(flatten)]
    pub(crate) remote: Remote,
    #[command(subcommand)]
    pub(crate) other: Option<ReviewsOther>,
}

/// How much is told.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct HowMuch {
    /// Weeks to tell apart, 1 to 104
    #[arg(long, value_name = "N", default_value_t = 26, value_parser = clap::value_parser!(u16).range(1..=104))]
    pub(crate) weeks: u16,
    /// Quotes of each point, 0 to 20
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=20))]
    pub(crate) quotes: u16,
}

/// What else `mercato reviews` does.
#[derive(clap::Subcommand)]
pub(crate) enum ReviewsOther {
    /// Read a file of texts of any domain (reviews, news, comments), without a shop: topics, praise and blame, weeks, alerts
    Read(ReadTexts),
}

/// See [`ReviewsOther::Read`].
#[derive(clap::Args)]
pub(crate) struct ReadTexts {
    /// The file: CSV, TSV, JSON lines, JSON or Parquet, plain, .gz or .zst; or .txt with a text on each line
    pub(crate) file: PathBuf,
    /// Topics, one a line: `rates: interest rate, 加息`; `+: soar, 大涨` and `-: plunge, 暴跌` name praise and blame [default: what reviews of products speak of]
    #[arg(long, value_name = "FILE")]
    pub(crate) topics: Option<PathBuf>,
    /// Label model that tells praise from blame, a name in the models folder or a folder [default: a lexicon]
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Column of the text [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) text: Option<String>,
    /// Column of the time [default: guessed; without one all texts are of now]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// Column of what a text is about [default: guessed; without one all are about the same]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) subject: Option<String>,
    /// Column of a rating, which then decides praise and blame
    #[arg(long, value_name = "COLUMN")]
    pub(crate) rating: Option<String>,
    /// Tell only of texts about this
    #[arg(long, value_name = "SUBJECT")]
    pub(crate) about: Option<String>,
    /// Alerts of rises in the last so many days before the last text, 1 to 730
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=730))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) much: HowMuch,
}

/// See [`super::Command::Alerts`].
#[derive(clap::Args)]
pub(crate) struct Alerts {
    /// The shop
    pub(crate) shop: String,
    /// Rises that were noticed in the last so many days, 1 to 730
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=730))]
    pub(crate) days: u16,
    /// Share of false alerts among those told, at most
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) false_share: f64,
    /// Quotes of each alert, 0 to 20
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(0..=20))]
    pub(crate) quotes: u16,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
