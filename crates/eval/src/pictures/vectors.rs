use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Bytes of a key.
const KEY: usize = 16;

/// Vectors of one version of an encoder in a file that grows: what is encoded once is not encoded again, also where the
/// work was broken off. Each record is a key and the vector as [`neural::encode_i8`] packs it, the form in which a shop
/// keeps it.
pub(super) struct VectorFile {
    path: PathBuf,
    file: fs_err::File,
    bytes: Vec<u8>,
    places: HashMap<[u8; KEY], usize>,
    record: usize,
}

impl VectorFile {
    /// Opens the vectors of `version` in `folder`. A record that was not written whole is cut off.
    pub(super) fn open(folder: &Path, version: &str, dims: usize) -> Result<Self> {
        let path = folder.join(format!("{}.vectors", version.replace('@', "-")));
        let failed = |error| Error::file(&path, error);
        fs_err::create_dir_all(folder).map_err(failed)?;
        let record = KEY + 4 + dims;
        let mut bytes = if path.exists() { fs_err::read(&path).map_err(failed)? } else { Vec::new() };
        bytes.truncate(bytes.len() / record * record);
        let file = fs_err::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        file.set_len(bytes.len() as u64).map_err(failed)?;
        let places = bytes.chunks_exact(record).enumerate().filter_map(|(at, record)| {
            let key: [u8; KEY] = record.get(..KEY)?.try_into().ok()?;
            Some((key, at))
        });
        let places = places.collect();
        Ok(Self { path, file, bytes, places, record })
    }

    /// Whether there is a vector for `key`.
    pub(super) fn has(&self, key: &[u8; KEY]) -> bool {
        self.places.contains_key(key)
    }

    /// The vector for `key`.
    pub(super) fn get(&self, key: &[u8; KEY]) -> Option<Vec<f32>> {
        let start = self.places.get(key)? * self.record;
        neural::decode_i8(&self.bytes[start + KEY..start + self.record])
    }

    /// Adds vectors, written down before it returns.
    pub(super) fn add(&mut self, vectors: &[([u8; KEY], Vec<f32>)]) -> Result<()> {
        let start = self.bytes.len();
        for (key, vector) in vectors {
            if self.places.insert(*key, self.bytes.len() / self.record).is_none() {
                self.bytes.extend_from_slice(key);
                self.bytes.extend_from_slice(&neural::encode_i8(vector));
            }
        }
        self.file.write_all(&self.bytes[start..]).map_err(|error| Error::file(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_whole_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = VectorFile::open(folder.path(), "net@1", 2).unwrap();
        file.add(&[([1; KEY], vec![1.0, 0.0]), ([2; KEY], vec![0.0, 1.0])]).unwrap();
        let path = folder.path().join("net-1.vectors");
        let whole = fs_err::read(&path).unwrap();
        fs_err::write(&path, &whole[..whole.len() - 3]).unwrap();
        let mut file = VectorFile::open(folder.path(), "net@1", 2).unwrap();
        assert!(file.has(&[1; KEY]) && !file.has(&[2; KEY]));
        assert_eq!(file.get(&[1; KEY]).unwrap(), [1.0, 0.0]);
        file.add(&[([2; KEY], vec![0.0, 1.0])]).unwrap();
        assert_eq!(VectorFile::open(folder.path(), "net@1", 2).unwrap().get(&[2; KEY]).unwrap(), [0.0, 1.0]);
    }
}
