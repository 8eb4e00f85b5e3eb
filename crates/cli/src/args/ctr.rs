//! Arguments of `mercato eval ctr`.

use std::path::PathBuf;

use super::Bootstrap;

/// See [`super::Eval::Ctr`].
#[derive(clap::Args)]
pub(crate) struct EvalCtr {
    /// The folder; files may be .gz or .zst
    pub(crate) dir: PathBuf,
    /// Models to measure: fm, deepfm, dcn or trees
    #[arg(long = "model", value_name = "NAME", default_value = "fm", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// The split of a folder that has several, such as u1
    #[arg(long, value_name = "NAME", default_value = "ua")]
    pub(crate) split: String,
    /// Measure on a part drawn from the training part, for choices: the test part is not looked at
    #[arg(long)]
    pub(crate) validation: bool,
    /// Bend probabilities towards what came true among held-out rows: platt, beta or isotonic
    #[arg(long, value_name = "WAY")]
    pub(crate) calibrate: Option<String>,
    /// A setting other than the model's own, such as factors=8; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, f64)>,
    /// Draw how often what was said came true, into a file that ends with .svg or .png
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// Reads `name=value`.
fn setting(text: &str) -> Result<(String, f64), String> {
    let parts =
        text.split_once('=').and_then(|(name, value)| Some((name.trim().to_owned(), value.trim().parse().ok()?)));
    parts.ok_or_else(|| "expected NAME=NUMBER, such as factors=8".to_owned())
}
