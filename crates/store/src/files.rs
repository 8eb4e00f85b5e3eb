//! How bytes reach the disk: whole small files atomically, log segments through [`Disk`].

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// How the store writes; a test puts failures here. Reads are not part of it: what can be read is checked by its CRC.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Appends `bytes` to `file`.
    ///
    /// # Errors
    /// What the system says, such as a full disk; part of the bytes may then have been written.
    fn append(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    /// Returns when the bytes of `file` are on the disk.
    ///
    /// # Errors
    /// What the system says; what is on the disk is then not certain.
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}

/// The disk as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {}

const MAGIC: [u8; 4] = *b"MERC";
const HEADER_BYTES: usize = 4 + 4 + 8 + 8 + 4;

/// Writes a file of this crate's own: header, `bytes`, checksum; under a temporary name first, so that under `path` there
/// is always either the old file or the new one, whole. `mark` is a number of the caller's own (a position, a version).
pub(crate) fn write_atomically(disk: &dyn Disk, path: &Path, mark: u64, bytes: &[&[u8]]) -> Result<()> {
    let length: usize = bytes.iter().map(|part| part.len()).sum();
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&crate::FORMAT_VERSION.to_le_bytes());
    header.extend_from_slice(&mark.to_le_bytes());
    header.extend_from_slice(&(length as u64).to_le_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header);
    bytes.iter().for_each(|part| crc.update(part));
    header.extend_from_slice(&crc.finalize().to_le_bytes());

    let temporary = with_suffix(path, ".tmp");
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        disk.append(&mut file, &header)?;
        for part in bytes {
            disk.append(&mut file, part)?;
        }
        disk.sync(&file)?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(Error::io("write", path))?;
    sync_folder_of(path)
}

/// Reads a file of [`write_atomically`]: the caller's mark and the bytes; `None` where there is no such file.
pub(crate) fn read_checked(path: &Path) -> Result<Option<(u64, Vec<u8>)>> {
    let mut bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let damaged = |offset: usize, what: &str| Error::Damaged {
        path: path.to_owned(),
        offset: offset as u64,
        position: None,
        what: what.to_owned(),
    };
    if bytes.len() < HEADER_BYTES {
        return Err(damaged(bytes.len(), "the file ends inside its header"));
    }
    if bytes[..4] != MAGIC {
        return Err(damaged(0, "not a file of Mercato"));
    }
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
    let (version, mark, length, expected) = (word(4), long(8), long(16), word(24));
    if length != (bytes.len() - HEADER_BYTES) as u64 {
        return Err(damaged(bytes.len(), &format!("{length} bytes were written")));
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[..HEADER_BYTES - 4]);
    crc.update(&bytes[HEADER_BYTES..]);
    if crc.finalize() != expected {
        return Err(damaged(HEADER_BYTES, "the checksum does not fit the content"));
    }
    check_version(path, version)?;
    bytes.drain(..HEADER_BYTES);
    Ok(Some((mark, bytes)))
}

pub(crate) fn check_version(path: &Path, found: u32) -> Result<()> {
    let (oldest, newest) = (crate::FORMAT_OLDEST, crate::FORMAT_VERSION);
    if (oldest..=newest).contains(&found) {
        return Ok(());
    }
    Err(Error::Format { path: path.to_owned(), found, oldest, newest })
}

/// Removes a file for good; it is no error where there is none.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => sync_folder_of(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("remove", path)(error)),
    }
}

pub(crate) fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(Error::io("make the folder", path))?;
    sync_folder_of(path)
}

/// Makes a new, renamed or removed entry of a folder durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    // Windows cannot open a folder as a file, and makes entries durable with the file.
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("sync the folder", folder))
}

/// Names of the files and folders directly in `path`, sorted; none where there is no such folder.
pub(crate) fn names_in(path: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", path)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", path))?;
        // A name that is not UTF-8 is none of ours.
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// Bytes of all files below `path`; what disappears meanwhile counts nothing.
pub(crate) fn bytes_below(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let bytes = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => bytes_below(&entry.path()),
        Ok(_) => entry.metadata().map_or(0, |metadata| metadata.len()),
        Err(_) => 0,
    };
    entries.flatten().map(bytes).sum()
}

/// Checks a name that becomes a file name: nothing in it can leave the folder or clash on a file system that takes `A`
/// for `a`.
pub(crate) fn check_name(name: &str) -> Result<&str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && name.len() <= 64 && name.chars().all(allowed) && !name.ends_with(".tmp") {
        return Ok(name);
    }
    Err(Error::Name { name: name.chars().take(80).collect() })
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_byte_and_any_cut_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        write_atomically(&RealDisk, &path, 7, &[b"some", b" bytes"]).unwrap();
        assert_eq!(read_checked(&path).unwrap(), Some((7, b"some bytes".to_vec())));
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            std::fs::write(&path, &flipped).unwrap();
            assert!(read_checked(&path).is_err(), "byte {at} flipped");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(matches!(read_checked(&path), Err(Error::Damaged { .. })), "cut at {at}");
        }
    }

    #[test]
    fn names_stay_inside_their_folder() {
        for bad in ["", ".", "..", "a/b", "A", "-a", "a\\b", "x.tmp", "名"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert!(check_name("features.v2").is_ok());
    }
}
