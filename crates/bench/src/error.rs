/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
    /// An option that makes no sense.
    #[error("`{option}`: expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The fixtures could not be read.
    #[error(transparent)]
    Fixtures(#[from] eval::Error),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] index::Error),
    /// An encoder failed.
    #[error(transparent)]
    Encoder(#[from] neural::Error),
    /// The server failed.
    #[error(transparent)]
    Server(#[from] server::Error),
    /// Plain tantivy failed.
    #[error("plain tantivy failed")]
    Tantivy(#[from] tantivy::TantivyError),
    /// usearch alone failed.
    #[error("usearch failed: {0}")]
    Usearch(String),
    /// A training failed.
    #[error("`{model}` failed: {source}")]
    Training {
        /// The method.
        model: String,
        /// Why.
        source: learn::recommend::FitError,
    },
    /// The threads of a training could not be started.
    #[error(transparent)]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The programs to compare with failed.
    #[error("the Python to compare with failed: {0}")]
    Peers(String),
    /// A file or a connection failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A value was refused.
    #[error(transparent)]
    Field(#[from] types::FieldError),
    /// The server answered with an error.
    #[error("the server answered {status} to an event: {body}")]
    Answer {
        /// Its status line.
        status: String,
        /// What it said.
        body: String,
    },
    /// A part of the shop failed, so that its answers are no measurement.
    #[error("`{part}` failed: {reason}")]
    Degraded {
        /// The part.
        part: std::sync::Arc<str>,
        /// What it said.
        reason: String,
    },
    /// A folder to be used again holds something else.
    #[error("the folder holds another catalogue ({found}); this bench wants {wanted}")]
    OtherCatalogue {
        /// What is there.
        found: String,
        /// What was asked for.
        wanted: String,
    },
}

/// The crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;
