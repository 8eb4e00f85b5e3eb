use std::path::PathBuf;

use fjall::{Database, Keyspace};
use parking_lot::Mutex;

use crate::{Error, Result, database};

/// What a text is known by: the first 16 bytes of its hash, chosen by the caller.
pub type TextHash = [u8; 16];

/// Vectors of texts by encoder and hash of the text, so that a text is encoded once. Bounded: there are two halves, one
/// being filled; when it is full the other is emptied and takes its place, and what is read from the older half is
/// carried over. So what is in use stays, what is not goes, and no write has to look for a victim.
pub struct VectorCache {
    database: Database,
    halves: [Keyspace; 2],
    path: PathBuf,
    half_bytes_max: u64,
    filling: Mutex<Filling>,
}

#[derive(Clone, Copy)]
struct Filling {
    half: usize,
    generation: u64,
    bytes: u64,
}

/// Keys of vectors are longer than 16 bytes, so these are none of them. The half of the higher generation is filled.
const GENERATION: &[u8] = b"generation";
const BYTES: &[u8] = b"bytes";
/// What a vector takes beside its bytes, roughly.
const OVERHEAD: u64 = 32;

impl VectorCache {
    pub(crate) fn open(database: &Database, path: PathBuf, bytes_max: u64) -> Result<Self> {
        let half = |name| database::keyspace(database, &path, name, 32 << 20);
        let halves = [half("vectors-a")?, half("vectors-b")?];
        let number = |half: usize, key| database::read_u64(&halves[half], &path, key);
        let half = usize::from(number(1, GENERATION)? > number(0, GENERATION)?);
        let filling = Filling { half, generation: number(half, GENERATION)?, bytes: number(half, BYTES)? };
        Ok(Self {
            database: database.clone(),
            halves,
            path,
            half_bytes_max: bytes_max / 2,
            filling: Mutex::new(filling),
        })
    }

    /// Keeps vectors of an encoder. What is already there under the same hash is replaced.
    pub fn put(&self, encoder: &str, vectors: &[(TextHash, &[u8])]) -> Result<()> {
        let mut filling = self.filling.lock();
        let mut batch = self.database.batch();
        for (hash, bytes) in vectors {
            filling.bytes += bytes.len() as u64 + OVERHEAD;
            batch.insert(&self.halves[filling.half], key(encoder, hash), *bytes);
        }
        batch.insert(&self.halves[filling.half], BYTES, filling.bytes.to_le_bytes());
        batch.commit().map_err(Error::database(&self.path))?;
        if filling.bytes >= self.half_bytes_max {
            let half = 1 - filling.half;
            let generation = filling.generation + 1;
            self.halves[half].clear().map_err(Error::database(&self.path))?;
            self.halves[half].insert(GENERATION, generation.to_le_bytes()).map_err(Error::database(&self.path))?;
            *filling = Filling { half, generation, bytes: 0 };
        }
        Ok(())
    }

    /// Vectors of an encoder, in the order asked for; `None` where there is none.
    pub fn get(&self, encoder: &str, hashes: &[TextHash]) -> Result<Vec<Option<Vec<u8>>>> {
        let current = self.filling.lock().half;
        let mut found = Vec::with_capacity(hashes.len());
        let mut older = Vec::new();
        for hash in hashes {
            let key = key(encoder, hash);
            let mut bytes = self.halves[current].get(&key).map_err(Error::database(&self.path))?;
            if bytes.is_none() {
                bytes = self.halves[1 - current].get(&key).map_err(Error::database(&self.path))?;
                older.extend(bytes.clone().map(|bytes| (*hash, bytes)));
            }
            found.push(bytes.map(|bytes| bytes.to_vec()));
        }
        if !older.is_empty() {
            let older: Vec<_> = older.iter().map(|(hash, bytes)| (*hash, &bytes[..])).collect();
            self.put(encoder, &older)?;
        }
        Ok(found)
    }
}

fn key(encoder: &str, hash: &TextHash) -> Vec<u8> {
    [encoder.as_bytes(), b"\0", hash].concat()
}
