use std::fmt;

use crate::Error;

/// What can stand between a model on the hub (or in a folder) and the models folder. Nothing has been changed there
/// when one of these comes back.
#[derive(Debug, thiserror::Error)]
pub enum HubFault {
    /// A repository is not written as the hub writes them.
    #[error("`{0}` is not a repository; expected OWNER/NAME, or OWNER/NAME@REVISION")]
    Name(String),
    /// The hub has no such thing, or hides it.
    #[error("the hub has no {what}; where it is private, HF_TOKEN must hold a token that may read it")]
    Absent {
        /// What was asked for.
        what: String,
    },
    /// Its owner wants to know who reads it.
    #[error(
        "`{repo}` may not be read: accept its terms at {page}, and put a token that may read it into HF_TOKEN ({now})"
    )]
    Gated {
        /// The repository.
        repo: String,
        /// Where its terms are.
        page: String,
        /// Whether a token was sent.
        now: &'static str,
    },
    /// An answer that is neither the thing nor a reason.
    #[error("{url} answered with status {status}")]
    Status {
        /// The address, without its query.
        url: String,
        /// The status.
        status: u16,
    },
    /// No answer, or one that broke off, after every attempt.
    #[error("{url} cannot be read; without a way to the hub, bring the files and use `models import`")]
    Unreachable {
        /// The address, without its query.
        url: String,
        /// The last attempt's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// More came than should.
    #[error("{what} is longer than {bytes_max} bytes")]
    TooLong {
        /// The file or address.
        what: String,
        /// What it may have.
        bytes_max: u64,
    },
    /// A file is not the one that was announced.
    #[error("`{file}` is damaged: expected {expected}, got {got}")]
    Damaged {
        /// The file.
        file: String,
        /// Its SHA-256 or size as announced.
        expected: String,
        /// As found.
        got: String,
    },
    /// A file of the repository cannot be understood.
    #[error("`{file}` cannot be understood: {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The repository leaves open what must be known.
    #[error("{from} does not say:{}", Lines(missing))]
    Unsaid {
        /// The repository or folder.
        from: String,
        /// What, each with the way to say it.
        missing: Vec<Unsaid>,
    },
    /// Several networks could be meant.
    #[error("{from} has several networks; choose one with --file:{}", Lines(files))]
    Ambiguous {
        /// The repository or folder.
        from: String,
        /// The networks.
        files: Vec<String>,
    },
    /// It is there, but not something that can be run here.
    #[error("{from} cannot be used: {reason}")]
    Unusable {
        /// The repository or folder.
        from: String,
        /// Why.
        reason: String,
    },
    /// The name is taken.
    #[error("there is a model called `{0}` already; use another --id, or --replace it")]
    Taken(String),
    /// It was there whole, but did not work when tried.
    #[error("`{id}` was tried and does not work, so it was not installed")]
    Probe {
        /// The name it would have had.
        id: String,
        /// What happened.
        #[source]
        source: Box<Error>,
    },
    /// An installed model cannot be read.
    #[error("the model `{id}` cannot be used")]
    Broken {
        /// Its folder's name.
        id: String,
        /// Why.
        #[source]
        source: Box<Error>,
    },
    /// A file cannot be read or written here.
    #[error("a file of the model cannot be read or written")]
    Disk(#[from] std::io::Error),
}

impl HubFault {
    /// Whether asking differently would help; otherwise the network, the hub, the disk or the model is at fault.
    pub fn is_user(&self) -> bool {
        match self {
            Self::Name(_)
            | Self::Absent { .. }
            | Self::Gated { .. }
            | Self::Unsaid { .. }
            | Self::Ambiguous { .. }
            | Self::Unusable { .. }
            | Self::Taken(_) => true,
            Self::Status { .. }
            | Self::Unreachable { .. }
            | Self::TooLong { .. }
            | Self::Damaged { .. }
            | Self::Unreadable { .. }
            | Self::Probe { .. }
            | Self::Broken { .. }
            | Self::Disk(_) => false,
        }
    }
}

/// Something that a repository leaves open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsaid {
    /// What, and where it was looked for.
    pub field: &'static str,
    /// How to say it.
    pub say: &'static str,
    /// What the model's card lets one guess.
    pub hint: Option<String>,
}

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: say it with {}", self.field, self.say)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// One a line, indented.
struct Lines<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Lines<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}
