use std::path::PathBuf;

/// What can go wrong with a model. All of it is the operator's to mend, none of it the shopper's.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the model cannot be read; the source names its path.
    #[error("the model in `{folder}` cannot be read", folder = folder.display())]
    Read {
        /// The model's folder.
        folder: PathBuf,
        /// Which file, and why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the model cannot be written; the source names its path.
    #[error("the model in `{folder}` cannot be written", folder = folder.display())]
    Write {
        /// The model's folder.
        folder: PathBuf,
        /// Which file, and why.
        #[source]
        source: std::io::Error,
    },
    /// A model cannot stand in for another one.
    #[error("`{model}` does not fit: its {what} is {got}, expected {expected}")]
    Incompatible {
        /// The model's id.
        model: String,
        /// What differs.
        what: &'static str,
        /// What would fit.
        expected: String,
        /// What it is.
        got: String,
    },
    /// `model.json` is not what it should be.
    #[error("`{path}` does not describe a model", path = path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A value in `model.json` is out of bounds.
    #[error("`{path}`: `{field}` is {got}, expected {expected}", path = path.display())]
    ManifestValue {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// What it says.
        got: String,
    },
    /// A file is not the one that `model.json` describes.
    #[error("`{path}` is not the model's file: expected {expected}, got {got}", path = path.display())]
    WrongFile {
        /// The file.
        path: PathBuf,
        /// Its size or digest as written in `model.json`.
        expected: String,
        /// Its size or digest as found.
        got: String,
    },
    /// The tokenizer cannot be read.
    #[error("`{path}` is not a tokenizer", path = path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The network cannot be read, or lacks an input or output.
    #[error("`{path}` is not a network that can be run", path = path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Weights cannot be used.
    #[error("the weights in `{path}` cannot be used", path = path.display())]
    Weights {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<crate::WeightsFault>,
    },
    /// Weights in memory cannot be used.
    #[error(transparent)]
    Fault(#[from] crate::WeightsFault),
    /// A text could not be encoded.
    #[error("the encoder `{encoder}` failed on a text")]
    Encode {
        /// The encoder's id.
        encoder: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The network gave something other than it should.
    #[error("the encoder `{encoder}` gave {got}, expected {expected}")]
    Output {
        /// The encoder's id.
        encoder: String,
        /// What should have come out.
        expected: String,
        /// What did.
        got: String,
    },
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
