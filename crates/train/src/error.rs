use std::path::PathBuf;

/// What can go wrong in training.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The weights lack a tensor that the network needs.
    #[error("the weights lack `{name}`")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor has another shape than the configuration says.
    #[error("`{name}` has the shape {got}, expected {expected}")]
    TensorShape {
        /// Its name.
        name: String,
        /// The shape that follows from the configuration.
        expected: String,
        /// The shape it has.
        got: String,
    },
    /// The model cannot be read or run.
    #[error(transparent)]
    Model(#[from] neural::Error),
    /// An option is out of its range.
    #[error("`{field}` is {got}, expected {expected}")]
    Option {
        /// The option.
        field: &'static str,
        /// What it is.
        got: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// The data cannot be trained on as they are: none, one class only, no held-out part.
    #[error("{0}")]
    Data(String),
    /// A line of a data file is not what it should be.
    #[error("{}, line {line}: `{field}` is {got}, expected {expected}", path.display())]
    DataLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The field.
        field: String,
        /// What is allowed.
        expected: String,
        /// What it is.
        got: String,
    },
    /// A loss or a gradient became infinite or no number. The weights from before the step are kept.
    #[error("the {what} of step {step} is not a finite number; its examples were {}; lower the learning rate, or look at them{}", some(examples), kept(checkpoint.as_ref()))]
    NotFinite {
        /// `loss` or `gradient`.
        what: &'static str,
        /// The step, from 1.
        step: u64,
        /// Numbers of the examples it was taken on, from 0.
        examples: Vec<usize>,
        /// The checkpoint with the weights from before the step.
        checkpoint: Option<PathBuf>,
    },
    /// A checkpoint cannot be used.
    #[error("the checkpoint `{}` cannot be used: {what}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Error {
    /// Whether whoever asked for the training can mend it: options and data.
    pub fn is_user(&self) -> bool {
        matches!(self, Self::Option { .. } | Self::Data(_) | Self::DataLine { .. } | Self::NotFinite { .. })
    }
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

fn some(examples: &[usize]) -> String {
    const SHOWN: usize = 16;
    let mut text: Vec<String> = examples.iter().take(SHOWN).map(usize::to_string).collect();
    if examples.len() > SHOWN {
        text.push(format!("and {} more", examples.len() - SHOWN));
    }
    text.join(", ")
}

fn kept(checkpoint: Option<&PathBuf>) -> String {
    checkpoint.map(|path| format!(" (weights from before it are in {})", path.display())).unwrap_or_default()
}
