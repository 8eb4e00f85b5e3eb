//! What can be typed after `mercato train` and `mercato runs`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// See [`super::Command::Train`].
#[derive(Subcommand)]
pub(crate) enum Train {
    /// Teach an encoder which items answer a shop's queries: from its log, else from its items' own texts, or from
    /// pairs.jsonl (`query`, `passage`, `weight`)
    Encoder(TrainModel),
    /// Teach a network to tell labels of texts: train.jsonl, valid.jsonl, test.jsonl (`text`, `label`), and
    /// unlabelled.jsonl (`text`)
    Classifier(TrainModel),
    /// Teach a network to tag words: train.txt, valid.txt, test.txt in CoNLL columns
    Tagger(TrainModel),
    /// Teach a network how well a passage answers a query: train.jsonl, valid.jsonl, test.jsonl (`query`, `passage`,
    /// `label` from 0 to 1), or a shop's log
    CrossEncoder(TrainModel),
    /// Train recommenders on a shop's log, compare them, keep the best; list, promote and roll back
    Recommend(super::TrainRecommend),
    /// Train a ranker of search results or recommendations on a shop's log, or on judged queries; list, promote and roll
    /// back
    Ranker(super::TrainRanker),
    /// Learn one space for texts and pictures, with both encoders as they are
    Pictures(super::TrainPictures),
}

/// How a model is trained.
#[derive(clap::Args)]
pub(crate) struct TrainModel {
    /// Learn from this shop's log and catalogue
    #[arg(long, conflicts_with = "data", required_unless_present_any = ["data", "resume"])]
    pub(crate) shop: Option<String>,
    /// Learn from the files of this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Model to begin with: its name in the models folder, or a folder with the files of a Hugging Face repository
    /// [default: e5-small-zh-en]
    #[arg(long, value_name = "MODEL")]
    pub(crate) base: Option<String>,
    /// Name of the model to make
    #[arg(long, value_name = "MODEL", required_unless_present = "resume")]
    pub(crate) out: Option<String>,
    /// Put it in the place of a model of this name
    #[arg(long)]
    pub(crate) replace: bool,
    /// Which numbers are trained
    #[arg(long, value_enum, default_value_t)]
    pub(crate) method: TrainMethod,
    /// Go on with this run, with the options it was begun with where no others are typed
    #[arg(long, value_name = "RUN", conflicts_with_all = ["shop", "data", "base", "out", "method"])]
    pub(crate) resume: Option<u32>,
    /// Where to train
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: TrainDevice,
    /// How the network's numbers are kept
    #[arg(long, value_enum, default_value_t)]
    pub(crate) numbers: Numbers,
    /// Times each example is seen
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u32>,
    /// Updates, instead of epochs
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<u64>,
    /// Minutes after which training ends
    #[arg(long, value_name = "N")]
    pub(crate) minutes: Option<f64>,
    /// Examples an update
    #[arg(long, value_name = "N")]
    pub(crate) batch: Option<usize>,
    /// Highest learning rate
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<f64>,
    /// Evaluations without anything better after which training ends
    #[arg(long, value_name = "N")]
    pub(crate) patience: Option<u32>,
    /// Any other option, such as layer_decay=0.9 or method.rank=16; `--set help` lists them with their values
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Seed of everything that is drawn [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Resamples of the intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) resamples: usize,
}

/// Which of a network's numbers are trained.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum TrainMethod {
    /// All but the embedding tables
    #[default]
    Full,
    /// Matrices of a low rank beside the network's own
    Lora,
    /// The same, with ranks where they matter most
    Adalora,
    /// Bottlenecks between the layers
    Adapter,
    /// What every text also looks at
    Prefix,
    /// Biases alone
    Bitfit,
    /// Nothing of the encoder
    Head,
}

/// Where to train.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum TrainDevice {
    /// An NVIDIA GPU where there is one, else the CPU
    #[default]
    Auto,
    /// The CPU
    Cpu,
    /// An NVIDIA GPU
    Cuda,
}

/// How a network's numbers are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Numbers {
    /// 8 bits, also those computed with: small and fast
    #[default]
    Int8,
    /// 8 bits, computing with 32
    Int8Weights,
    /// 16 bits
    F16,
    /// 32 bits: exactly what was trained
    F32,
}

/// See [`super::Command::Runs`].
#[derive(Subcommand)]
pub(crate) enum Runs {
    /// List them
    List {
        /// Only of this task: encoder, classifier, tagger or cross-encoder
        #[arg(long)]
        task: Option<String>,
        /// Only those that made this model
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
    },
    /// Show a run: what it was given, how it went, what came of it
    Show {
        /// Its number
        run: u32,
    },
    /// Show side by side in what runs differ and what came of them
    Compare {
        /// Their numbers
        #[arg(required = true, num_args = 2..)]
        runs: Vec<u32>,
    },
    /// Draw the curves of runs: here, or as FILE-loss.svg, FILE-accuracy.svg and so on
    Plot {
        /// Their numbers
        #[arg(required = true)]
        runs: Vec<u32>,
        /// Where to; .svg or .png says as what
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Export the curves of runs for other tools
    Export {
        /// Their numbers
        #[arg(required = true)]
        runs: Vec<u32>,
        /// Write event files for TensorBoard under this folder
        #[arg(long, value_name = "DIR")]
        tensorboard: PathBuf,
    },
}
