//! What can be typed after `mercato eval classify` and `mercato eval tag`.

use std::path::PathBuf;

use super::{Bootstrap, Numbers};

/// See [`super::Eval::Classify`].
#[derive(clap::Args)]
pub(crate) struct EvalClassify {
    /// The folder
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) how: EvalLabels,
    /// Write which texts of unlabelled.jsonl to label next: those of which the model is least sure and that differ most
    #[arg(long, value_name = "FILE")]
    pub(crate) suggest: Option<PathBuf>,
    /// How many of them
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) suggestions: usize,
    /// Label of texts out of scope; accuracy is then told apart for texts in scope [default: oos, where there is one]
    #[arg(long, value_name = "LABEL")]
    pub(crate) out_of_scope: Option<String>,
}

/// See [`super::Eval::Tag`].
#[derive(clap::Args)]
pub(crate) struct EvalTag {
    /// The folder
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) how: EvalLabels,
}

/// Which model is measured, and how it is made.
#[derive(clap::Args)]
pub(crate) struct EvalLabels {
    /// Measure this model, a name in the models folder or a folder, instead of training one
    #[arg(long, value_name = "MODEL", conflicts_with_all = ["base", "methods", "minutes", "epochs", "keep"])]
    pub(crate) model: Option<PathBuf>,
    /// Encoder to begin with: a name in the models folder, or a folder
    #[arg(long, value_name = "MODEL", default_value = "e5-small-zh-en")]
    pub(crate) base: PathBuf,
    /// What is trained of it: full, lora, adalora, adapter, prefix, bitfit, head, or all for a table of all of them; of few
    /// labelled texts prototypes or set-fit, of none zero-shot (descriptions.jsonl: `label`, `texts`); intents, as a shop
    /// fits those of its own, for texts whose vectors are read as they are
    #[arg(long = "method", value_name = "NAME", default_value = "full", value_delimiter = ',')]
    pub(crate) methods: Vec<String>,
    /// With --method intents: an encoder whose vectors are read beside those of --base, or none
    #[arg(long, value_name = "MODEL", default_value = "minilm-l6-en")]
    pub(crate) beside: PathBuf,
    /// Minutes after which a training ends
    #[arg(long, value_name = "N", default_value_t = 25.0)]
    pub(crate) minutes: f64,
    /// Times each example is seen [default: by how many there are]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u32>,
    /// Examples an update
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) batch: usize,
    /// Highest learning rate of full fine-tuning; other methods multiply it
    #[arg(long, value_name = "RATE", default_value_t = 1e-4)]
    pub(crate) rate: f64,
    /// Pieces a text is cut to
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) pieces: usize,
    /// How the network's numbers are kept when it is measured
    #[arg(long, value_enum, default_value_t)]
    pub(crate) numbers: Numbers,
    /// Measure on the validation part, for choices
    #[arg(long)]
    pub(crate) validation: bool,
    /// Keep the model in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}
