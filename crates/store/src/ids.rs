use std::path::PathBuf;

use fjall::{Database, Keyspace};
use sha2::{Digest, Sha256};
use types::{EventId, Position};

use crate::{Error, Result, database};

/// First 16 bytes of an event id's SHA-256: what the store remembers of it.
pub(crate) type IdHash = [u8; 16];

pub(crate) fn hash(id: &EventId) -> IdHash {
    hash_bytes(id.as_str().as_bytes())
}

pub(crate) fn hash_bytes(bytes: &[u8]) -> IdHash {
    let digest = Sha256::digest(bytes);
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

/// Which event ids the log has. Derived from the log, current to [`Ids::end`].
pub(crate) struct Ids {
    database: Database,
    keyspace: Keyspace,
    path: PathBuf,
}

/// Not 16 bytes long, so no id can be in its place.
const END: &[u8] = b"end";

impl Ids {
    pub(crate) fn open(database: &Database, path: PathBuf) -> Result<Self> {
        let keyspace = database::keyspace(database, &path, "event-ids", 16 << 20)?;
        Ok(Self { database: database.clone(), keyspace, path })
    }

    pub(crate) fn contains(&self, id: &IdHash) -> Result<bool> {
        self.keyspace.contains_key(id).map_err(Error::database(&self.path))
    }

    /// Where the log ended when ids were last added.
    pub(crate) fn end(&self) -> Result<Position> {
        database::read_u64(&self.keyspace, &self.path, END).map(Position)
    }

    pub(crate) fn add(&self, ids: &[IdHash], end: Position) -> Result<()> {
        let mut batch = self.database.batch();
        for id in ids {
            batch.insert(&self.keyspace, *id, []);
        }
        batch.insert(&self.keyspace, END, end.0.to_le_bytes());
        batch.commit().map_err(Error::database(&self.path))
    }

    pub(crate) fn forget(&self, ids: &[IdHash]) -> Result<()> {
        let mut batch = self.database.batch();
        for id in ids {
            batch.remove(&self.keyspace, *id);
        }
        batch.commit().map_err(Error::database(&self.path))
    }

    /// Makes what was added so far survive a power cut.
    pub(crate) fn persist(&self) -> Result<()> {
        self.database.persist(fjall::PersistMode::SyncAll).map_err(Error::database(&self.path))
    }
}
