use std::path::PathBuf;
use std::sync::Arc;

use types::Position;

use crate::files::{self, Disk};
use crate::{Error, Result};

/// State derived from the log, as it was at a position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The first position whose event is not in it.
    pub position: Position,
    /// The state.
    pub bytes: Vec<u8>,
}

/// Named checkpoints, each replaced as a whole; they may be hundreds of megabytes.
pub struct Checkpoints {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Checkpoints {
    pub(crate) fn open(folder: PathBuf, disk: Arc<dyn Disk>) -> Result<Self> {
        files::make_folder(&folder)?;
        Ok(Self { folder, disk })
    }

    /// Replaces the checkpoint called `name`, durably: after a crash there is the old one or this one.
    pub fn put(&self, name: &str, position: Position, bytes: &[u8]) -> Result<()> {
        files::write_atomically(&*self.disk, &self.path(name)?, position.0, &[bytes])
    }

    /// The checkpoint called `name`. A damaged one is reported in the log and taken for absent, so that a replay
    /// rebuilds it.
    pub fn get(&self, name: &str) -> Result<Option<Checkpoint>> {
        match files::read_checked(&self.path(name)?) {
            Ok(found) => Ok(found.map(|(position, bytes)| Checkpoint { position: Position(position), bytes })),
            Err(error @ (Error::Damaged { .. } | Error::Format { .. })) => {
                tracing::warn!(checkpoint = name, %error, "the checkpoint is rebuilt by replay");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes a checkpoint; it is no error where there is none.
    pub fn delete(&self, name: &str) -> Result<()> {
        files::remove(&self.path(name)?)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.join(files::check_name(name)?))
    }
}
