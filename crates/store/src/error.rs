use std::io;
use std::path::{Path, PathBuf};

use types::Position;

use crate::codec::DecodeError;

/// What can go wrong with files. Every variant names the file, and damage names the byte.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was being done, such as `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process (or another handle in this one) has the folder open.
    #[error("{path} is in use by another process")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder was written by a version of Mercato this one cannot read.
    #[error("{path} has format {found}, this version reads formats {oldest} to {newest}")]
    Format {
        /// The folder or file.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// Oldest format readable.
        oldest: u32,
        /// Newest format readable.
        newest: u32,
    },
    /// A file has bytes that were never written. Nothing is repaired by guessing.
    #[error("{path} is damaged at byte {offset}{}: {what}", at_position(.position))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// The event concerned, where one is.
        position: Option<Position>,
        /// What was found.
        what: String,
    },
    /// A part of the log is gone.
    #[error("the log has no segment for position {position} in {path}")]
    Missing {
        /// The log's folder.
        path: PathBuf,
        /// The first position that cannot be read.
        position: Position,
    },
    /// An earlier write or fsync failed, so what is on disk is not certain; nothing more is written until the store
    /// is opened again.
    #[error("the store was poisoned by an earlier failure: {cause}")]
    Poisoned {
        /// The earlier failure.
        cause: String,
    },
    /// A batch is too large to be written as one.
    #[error("a batch of {bytes} bytes is over the limit of {limit}")]
    BatchTooLarge {
        /// Its size when encoded.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A name of a document, checkpoint, artefact or folder would not be safe as a file name.
    #[error("`{name}` is not a name: 1 to 64 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit")]
    Name {
        /// The name given.
        name: String,
    },
    /// There is no such version of an artefact.
    #[error("artefact `{name}` has no version {version}")]
    UnknownVersion {
        /// The artefact.
        name: String,
        /// The version asked for.
        version: u32,
    },
    /// The embedded database of derived state failed.
    #[error("the database in {path} failed")]
    Database {
        /// Its folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: Box<fjall::Error>,
    },
    /// A record of the catalogue cannot be read.
    #[error("{keyspace} holds a record that cannot be read, key {key}")]
    Record {
        /// The keyspace.
        keyspace: &'static str,
        /// The key, as text.
        key: String,
        /// Why.
        #[source]
        source: DecodeError,
    },
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + use<'a> {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }

    pub(crate) fn database<'a, E: Into<fjall::Error>>(path: &'a Path) -> impl Fn(E) -> Self + use<'a, E> {
        move |source| Self::Database { path: path.to_owned(), source: Box::new(source.into()) }
    }

    /// Whether the disk is full: the one failure an operator mends without a restore.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    }
}

fn at_position(position: &Option<Position>) -> String {
    position.map_or_else(String::new, |position| format!(" (position {position})"))
}
