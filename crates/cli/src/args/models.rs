//! What can be typed after `mercato models`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// See [`super::Command::Models`].
#[derive(Subcommand)]
pub(crate) enum Models {
    /// List them
    List,
    /// Compare every file with its checksum
    Verify,
    /// Bring a model from the Hugging Face hub, or one that speaks its language: an ONNX encoder, cross-encoder or
    /// classifier
    Pull(Pull),
    /// Add a model from a folder with the files of a repository, where there is no way to a hub
    Import(ImportModel),
    /// Show everything about a model
    Inspect(Inspect),
    /// Measure how fast a model is and what it takes
    Bench(BenchModel),
    /// Make a smaller encoder out of a larger one, and report what that cost
    Compress(Box<super::Compress>),
    /// Put an encoder in force for a shop, without a gap in serving
    Promote(Promote),
    /// Remove a model
    Remove(Remove),
}

/// See [`Models::Pull`].
#[derive(clap::Args)]
pub(crate) struct Pull {
    /// OWNER/NAME of the repository, or OWNER/NAME@REVISION
    pub(crate) repo: String,
    /// Address of the hub. A token for gated models is taken from HF_TOKEN, proxies from HTTPS_PROXY, certificates to
    /// trust from SSL_CERT_FILE
    #[arg(
        long,
        value_name = "URL",
        env = "HF_ENDPOINT",
        hide_env_values = true,
        default_value = "https://huggingface.co"
    )]
    pub(crate) endpoint: String,
    /// Show what would be brought, and bring nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Name it is to have [default: the repository's, in lower case]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// See [`Models::Import`].
#[derive(clap::Args)]
pub(crate) struct ImportModel {
    /// The folder: config.json, tokenizer.json, an ONNX file, and what else the repository has
    pub(crate) folder: PathBuf,
    /// Name it is to have
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) said: Said,
}

/// What the model's own files leave open, or say otherwise than it should be.
#[derive(clap::Args, Clone)]
pub(crate) struct Said {
    /// The network, where there are several, such as onnx/model_quantized.onnx
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<String>,
    /// How the network's output becomes one vector
    #[arg(long, value_name = "HOW")]
    pub(crate) pooling: Option<PoolingArg>,
    /// The network's output to read
    #[arg(long, value_name = "NAME")]
    pub(crate) output: Option<String>,
    /// Put before every query; "" for nothing
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prefix: Option<String>,
    /// Put before every passage; "" for nothing
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prefix: Option<String>,
    /// Keep only the first N numbers of a vector, of a model trained for that (Matryoshka)
    #[arg(long, value_name = "N")]
    pub(crate) dims: Option<usize>,
    /// Languages it understands, such as zh,en
    #[arg(long, value_name = "CODE,...", value_delimiter = ',')]
    pub(crate) languages: Vec<String>,
    /// Pieces a query is cut to [default: 64]
    #[arg(long, value_name = "N")]
    pub(crate) query_tokens: Option<usize>,
    /// Pieces a passage is cut to [default: 64], or a cross-encoder's pair [default: 128]
    #[arg(long, value_name = "N")]
    pub(crate) passage_tokens: Option<usize>,
    /// Bring model.safetensors too, to train the model further
    #[arg(long)]
    pub(crate) weights: bool,
    /// Put it in the place of the model of this name, if it gives vectors of the same length
    #[arg(long)]
    pub(crate) replace: bool,
}

/// See [`Said::pooling`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum PoolingArg {
    /// The mean of its pieces' vectors
    Mean,
    /// The first piece's vector
    Cls,
    /// The last piece's vector
    LastToken,
    /// It gives one vector a text
    Done,
}

/// See [`Models::Inspect`].
#[derive(clap::Args)]
pub(crate) struct Inspect {
    /// The model
    pub(crate) id: String,
}

/// See [`Models::Bench`].
#[derive(clap::Args)]
pub(crate) struct BenchModel {
    /// The model
    pub(crate) id: String,
    /// Texts asked for one at a time, on one thread
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) queries: usize,
    /// Texts given all at once, on all threads
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) passages: usize,
}

/// See [`Models::Remove`].
#[derive(clap::Args)]
pub(crate) struct Remove {
    /// The model
    pub(crate) id: String,
    /// Remove it although a shop or another model uses it
    #[arg(long)]
    pub(crate) force: bool,
}

/// See [`Models::Promote`].
#[derive(clap::Args)]
pub(crate) struct Promote {
    /// The encoder to put in force
    pub(crate) model: String,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// The encoder it takes the place of [default: the shop's only one]
    #[arg(long, value_name = "MODEL")]
    pub(crate) replacing: Option<String>,
    #[command(flatten)]
    pub(crate) remote: super::Remote,
}
