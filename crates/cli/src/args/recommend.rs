//! Arguments of `mercato eval recommend` and `mercato eval shop`.

use std::path::PathBuf;

use super::Bootstrap;

/// See [`super::Eval::Recommend`].
#[derive(clap::Args)]
pub(crate) struct EvalRecommend {
    /// The folder; files may be .gz or .zst
    pub(crate) dir: PathBuf,
    /// split, leave-one-out, sessions or time
    #[arg(long)]
    pub(crate) protocol: String,
    /// Models to evaluate, such as popular, neighbours or for-you
    #[arg(long = "model", value_name = "NAME", default_value = "for-you")]
    pub(crate) models: Vec<String>,
    /// Ask for a part held out of the training part, for choices: the test part is not looked at
    #[arg(long)]
    pub(crate) validation: bool,
    /// Ask this many cases at most, drawn by chance
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) cases: usize,
    /// Days held out, for the protocol time
    #[arg(long, default_value_t = 30)]
    pub(crate) holdout_days: u32,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) curve: Curve,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// See [`super::Eval::Shop`].
#[derive(clap::Args)]
pub(crate) struct EvalShop {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Models to evaluate
    #[arg(long = "model", value_name = "NAME", default_values = ["popular", "neighbours", "for-you"])]
    pub(crate) models: Vec<String>,
    /// Where the past ends, such as 2011-11-09T00:00:00Z [default: 30 days before the last interaction]
    #[arg(long, value_name = "TIME")]
    pub(crate) split: Option<String>,
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    #[command(flatten)]
    pub(crate) curve: Curve,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// What counts beside relevance, and at what price.
#[derive(clap::Args)]
pub(crate) struct Curve {
    /// Instead of figures, show what this objective brings under each weight from 0 to 1, and what it costs: purchase, margin
    /// or novelty
    #[arg(long, value_name = "OBJECTIVE")]
    pub(crate) trade_off: Option<String>,
    /// Draw the curve too, into a file that ends with .svg or .png
    #[arg(long, value_name = "FILE", requires = "trade_off")]
    pub(crate) plot: Option<PathBuf>,
}

/// Hyper-parameters typed on the command line.
#[derive(clap::Args)]
pub(crate) struct Chosen {
    /// A hyper-parameter other than the default, such as ials.factors=128; may be given several times
    #[arg(long = "set", value_name = "MODEL.NAME=VALUE", value_parser = parameter)]
    pub(crate) set: Vec<(String, String, f64)>,
}

/// Reads `model.name=value`.
fn parameter(text: &str) -> Result<(String, String, f64), String> {
    let parts =
        text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value.trim().parse().ok()?)));
    let ((model, name), value) = parts.ok_or("expected MODEL.NAME=NUMBER, such as ials.factors=128")?;
    Ok((model.trim().to_owned(), name.trim().to_owned(), value))
}
