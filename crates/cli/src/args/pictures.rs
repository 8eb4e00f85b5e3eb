//! What can be typed about pictures.

use std::path::PathBuf;

use super::Bootstrap;

/// Products with pictures, and how they are divided; what training and evaluation share.
#[derive(clap::Args, Clone)]
pub(crate) struct PictureSource {
    /// Folder of products: tables with a column `id`, and one tar archive or folder of pictures called by id
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Folder in which vectors are kept, so that work that was broken off goes on [default: DATA/pictures]
    #[arg(long, value_name = "DIR")]
    pub(crate) work: Option<PathBuf>,
    /// Text of a product, from its columns; the first is searched with, the others are learnt too
    #[arg(long = "text", value_name = "TEMPLATE", default_values = ["{title}", "{*}"])]
    pub(crate) texts: Vec<String>,
    /// Column that says what kind of thing a product is
    #[arg(long, value_name = "COLUMN", default_value = "articleType")]
    pub(crate) category: String,
    /// Products held out to measure on
    #[arg(long, value_name = "N", default_value_t = 4_444)]
    pub(crate) test: usize,
    /// Products held out to decide when training ends
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) validation: usize,
    /// Cosine from which on two pictures are the same one, which is never on two sides
    #[arg(long, value_name = "COSINE", default_value_t = 0.98)]
    pub(crate) same: f32,
    /// Seed of the division, and of training
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) split_seed: u64,
    /// Queries in other words, one JSON object a line: text, english, where
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// Learn one space for texts and pictures, with both encoders as they are.
#[derive(clap::Args)]
pub(crate) struct TrainPictures {
    #[command(flatten)]
    pub(crate) source: PictureSource,
    /// Name of the model, which is written into the folder of models
    #[arg(long, value_name = "ID")]
    pub(crate) out: String,
    /// Encoder of the texts
    #[arg(long, value_name = "ID", default_value = "e5-small-zh-en")]
    pub(crate) text_encoder: String,
    /// Encoder of the pictures
    #[arg(long, value_name = "ID", default_value = "efficientnet-lite0")]
    pub(crate) image_encoder: String,
    /// Numbers in a vector of the joint space
    #[arg(long, default_value_t = 256)]
    pub(crate) dims: usize,
    /// Numbers inside each head
    #[arg(long, default_value_t = 1024)]
    pub(crate) hidden: usize,
    /// Times each product is seen
    #[arg(long, default_value_t = 30)]
    pub(crate) epochs: u32,
    /// Products a batch
    #[arg(long, default_value_t = 1024)]
    pub(crate) batch: usize,
    /// Highest learning rate
    #[arg(long, default_value_t = 1e-3)]
    pub(crate) rate: f64,
    /// Share of the numbers left out at random
    #[arg(long, default_value_t = 0.2)]
    pub(crate) dropout: f64,
    /// Licence of the model: what the data allow
    #[arg(long, value_name = "SPDX", default_value = "LicenseRef-private")]
    pub(crate) licence: String,
}

/// Measure how well texts and pictures find one another.
#[derive(clap::Args)]
pub(crate) struct EvalPictures {
    #[command(flatten)]
    pub(crate) source: PictureSource,
    /// The joint model
    #[arg(long, value_name = "ID")]
    pub(crate) model: String,
}
