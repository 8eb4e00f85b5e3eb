use std::path::{Path, PathBuf};

use types::FieldError;

/// Why an evaluation cannot be made. Faults in data name the file, the line and what was expected there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder lacks a file.
    #[error("{}: expected {expected}", dir.display())]
    Missing {
        /// The folder.
        dir: PathBuf,
        /// What should be in it.
        expected: String,
    },
    /// A file cannot be read or written: it is not there, or its compression is broken.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{}, line {line}: {wrong}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        wrong: FieldError,
    },
    /// A product was refused.
    #[error("{}, row {}: `{}`: {}", path.display(), rejected.row, rejected.field, rejected.reason)]
    Refused {
        /// The file.
        path: PathBuf,
        /// Which row, and why.
        rejected: Box<formats::Rejected>,
    },
    /// A choice that is not on offer.
    #[error(transparent)]
    Choice(#[from] FieldError),
    /// A model could not be trained.
    #[error("{0}: {1}")]
    Training(String, learn::recommend::FitError),
    /// None of several models could be trained.
    #[error("no model could be trained: {0}")]
    Untrainable(String),
    /// The system gives no threads.
    #[error("no threads to train with: {0}")]
    Threads(String),
    /// There is nothing to learn a ranker from.
    #[error("no ranker can be trained: {reason}")]
    Unlearnable {
        /// Why.
        reason: String,
    },
    /// A model of clicks cannot be trained or asked.
    #[error(transparent)]
    Ctr(#[from] learn::ctr::CtrError),
    /// Trees cannot be trained or asked.
    #[error(transparent)]
    Trees(#[from] learn::trees::TreesError),
    /// A slate cannot be ordered anew.
    #[error(transparent)]
    Slates(learn::slates::SlateError),
    /// The data hold nothing to evaluate.
    #[error("{0}: nothing to evaluate: {1}")]
    Nothing(String, &'static str),
    /// A network failed.
    #[error(transparent)]
    Network(#[from] neural::Error),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
}

impl Error {
    pub(crate) fn file(path: &Path, source: std::io::Error) -> Self {
        Self::File { path: path.to_path_buf(), source }
    }

    /// Whether somebody stopped a training.
    pub fn is_cancelled(&self) -> bool {
        use learn::recommend::FitError::Cancelled;
        matches!(self, Self::Training(_, Cancelled) | Self::Engine(engine::Error::Training { source: Cancelled, .. }))
    }

    /// Whether the caller can mend it by giving other data or asking differently.
    pub fn is_user(&self) -> bool {
        match self {
            Self::Missing { .. } | Self::File { .. } | Self::Line { .. } => true,
            Self::Refused { .. } | Self::Choice(_) | Self::Nothing(..) => true,
            Self::Training(_, error) => !matches!(error, learn::recommend::FitError::Diverged { .. }),
            Self::Ctr(error) => !matches!(error, learn::ctr::CtrError::Diverged { .. }),
            Self::Untrainable(_) | Self::Unlearnable { .. } | Self::Trees(_) | Self::Slates(_) => true,
            Self::Threads(_) | Self::Network(_) => false,
            Self::Engine(error) => error.is_user(),
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
