use std::path::PathBuf;
use std::sync::Arc;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A filter, facet or sort names an attribute no item ever had.
    #[error("no item has an attribute called `{attribute}`; known: {known}")]
    UnknownAttribute {
        /// The name asked for.
        attribute: Arc<str>,
        /// Names that exist, joined by commas.
        known: String,
    },
    /// The attribute exists, but its kind does not allow this.
    #[error("`{attribute}` is of type {kind}, which cannot be {wanted}")]
    UnsuitedAttribute {
        /// The attribute.
        attribute: Arc<str>,
        /// Its kind.
        kind: &'static str,
        /// What was wanted: `sorted by`, `counted`.
        wanted: &'static str,
    },
    /// No such encoder was configured.
    #[error("the index has no encoder called `{0}`")]
    UnknownEncoder(Arc<str>),
    /// A vector has another length than its encoder's, is all zero, or holds a number that is not finite.
    #[error("a vector of `{encoder}` needs {dimensions} finite numbers, not all 0; got {got}")]
    BadVector {
        /// The encoder.
        encoder: Arc<str>,
        /// Its dimensions.
        dimensions: usize,
        /// What came.
        got: String,
    },
    /// The files were made with another analyzer, other encoders or other searched attributes, or in a format this
    /// version does not read. Build another folder by replay and swap.
    #[error("the index in {folder} was made differently ({found}) and has to be rebuilt")]
    NeedsRebuild {
        /// The folder.
        folder: PathBuf,
        /// What it was made with.
        found: String,
    },
    /// A file does not hold what was written. Rebuild the folder by replay.
    #[error("{file} is damaged at byte {offset}: {reason}")]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong.
        reason: &'static str,
    },
    /// Reading or writing a file failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The word index failed.
    #[error("the word index failed")]
    Words(#[from] tantivy::TantivyError),
    /// The vector graph failed.
    #[error("the vector graph failed: {0}")]
    Graph(String),
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
