//! The embedded database: point reads over state that the log can rebuild.
//!
//! The log itself is not in it, because at a damaged byte fjall 3.1 cuts its journal there and goes on
//! (`journal/reader.rs`, `maybe_truncate_file_to_last_valid_pos`), silently; for derived state that is welcome, since
//! each keyspace holds the log position it is current to and is brought up from there. A keyspace's own marker must be in
//! the same keyspace as what it speaks of: keyspaces are flushed one by one, and only within one is what survives always
//! a prefix of what was written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fjall::{Database, DatabaseBuilder, Keyspace, KeyspaceCreateOptions};

use crate::{BlockCache, Error, Result};

/// Opens the database in `path`. One that cannot be opened is put aside and begun anew: everything in it is derived.
pub(crate) fn open(path: &Path, cache: &BlockCache) -> Result<Database> {
    match try_open(path, cache) {
        Ok(database) => Ok(database),
        Err(error @ Error::Database { .. }) if is_damage(&error) => {
            let aside = aside(path);
            tracing::error!(path = %path.display(), %error, "the derived database is damaged and will be rebuilt");
            std::fs::remove_dir_all(&aside).ok();
            std::fs::rename(path, &aside).map_err(Error::io("put aside", path))?;
            try_open(path, cache)
        }
        Err(error) => Err(error),
    }
}

fn aside(path: &Path) -> PathBuf {
    crate::files::with_suffix(path, ".damaged")
}

fn try_open(path: &Path, cache: &BlockCache) -> Result<Database> {
    /// The least fjall takes; it bounds the time to replay its journal at the start.
    const JOURNAL_BYTES: u64 = 64 << 20;
    let mut config = DatabaseBuilder::<Database>::into_config(
        Database::builder(path).worker_threads(2).max_journaling_size(JOURNAL_BYTES),
    );
    config.cache = cache.0.clone();
    // Some damage makes it panic rather than fail.
    catch_unwind(AssertUnwindSafe(|| Database::open(config)))
        .unwrap_or(Err(fjall::Error::Unrecoverable))
        .map_err(Error::database(path))
}

/// Whether the failure lies in the bytes, and not in the system around them.
fn is_damage(error: &Error) -> bool {
    match error {
        Error::Database { source, .. } => match &**source {
            fjall::Error::Io(error) => {
                matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData)
            }
            fjall::Error::Locked => false,
            _ => true,
        },
        _ => false,
    }
}

/// Opens a keyspace whose unwritten part takes at most `memtable_bytes` of memory.
pub(crate) fn keyspace(database: &Database, path: &Path, name: &str, memtable_bytes: u64) -> Result<Keyspace> {
    database
        .keyspace(name, || KeyspaceCreateOptions::default().max_memtable_size(memtable_bytes))
        .map_err(Error::database(path))
}

/// Reads a number kept under `key`; 0 where there is none.
pub(crate) fn read_u64(keyspace: &Keyspace, path: &Path, key: &[u8]) -> Result<u64> {
    let bytes = keyspace.get(key).map_err(Error::database(path))?;
    Ok(bytes.and_then(|bytes| <[u8; 8]>::try_from(&bytes[..]).ok()).map_or(0, u64::from_le_bytes))
}
