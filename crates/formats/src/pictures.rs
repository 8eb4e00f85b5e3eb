use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes of a picture's file that are read; longer files are no product pictures.
const BYTES_MAX: u64 = 20 << 20;
/// Endings of files that are taken for pictures.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// Pictures of items: a folder (with what lies in its folders), or a tar archive, of files that are called by the item's
/// id, such as `B0001.jpg`. Nothing is held in memory but the names; other files are passed over.
pub struct Pictures {
    path: PathBuf,
    entries: BTreeMap<String, Place>,
}

/// Where a picture lies.
enum Place {
    File(PathBuf),
    Archive { offset: u64, bytes: u64 },
}

impl Pictures {
    /// Looks through the folder or archive. Of two pictures of one item the first by name counts in a folder, the last in
    /// an archive.
    ///
    /// # Errors
    /// Where it cannot be read or is neither.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut pictures = Self { path: path.to_owned(), entries: BTreeMap::new() };
        if fs_err::metadata(path)?.is_dir() {
            pictures.look_through(path)?;
        } else {
            pictures.read_archive()?;
        }
        Ok(pictures)
    }

    /// Ids of the items that have one, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The bytes of an item's picture; `None` where it has none.
    ///
    /// # Errors
    /// A file that cannot be read, or that is longer than 20 MiB.
    pub fn read(&self, id: &str) -> io::Result<Option<Vec<u8>>> {
        let (mut file, length) = match self.entries.get(id) {
            None => return Ok(None),
            Some(Place::File(path)) => (fs_err::File::open(path)?, fs_err::metadata(path)?.len()),
            Some(Place::Archive { offset, bytes }) => {
                let mut archive = fs_err::File::open(&self.path)?;
                archive.seek(SeekFrom::Start(*offset))?;
                (archive, *bytes)
            }
        };
        if length > BYTES_MAX {
            return Err(io::Error::other(format!(
                "the picture of {id} has {length} bytes, at most {BYTES_MAX} are read"
            )));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn look_through(&mut self, folder: &Path) -> io::Result<()> {
        let mut entries = fs_err::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs_err::DirEntry::file_name);
        for entry in entries {
            let (kind, path) = (entry.file_type()?, entry.path());
            // Links are not followed: one that leads upwards would have no end.
            if kind.is_dir() {
                self.look_through(&path)?;
            } else if kind.is_file()
                && let Some(id) = id_of(&path)
            {
                self.entries.entry(id).or_insert(Place::File(path));
            }
        }
        Ok(())
    }

    fn read_archive(&mut self) -> io::Result<()> {
        let mut archive = tar::Archive::new(io::BufReader::new(fs_err::File::open(&self.path)?));
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            if entry.header().entry_type().is_file()
                && let Some(id) = id_of(&entry.path()?)
            {
                let place = Place::Archive { offset: entry.raw_file_position(), bytes: entry.size() };
                self.entries.insert(id, place);
            }
        }
        Ok(())
    }
}

/// The item that a file's name tells, where it is a picture's.
fn id_of(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    let id = path.file_stem()?.to_str()?;
    (ENDINGS.contains(&ending.as_str()) && !id.starts_with('.')).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_archives_are_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("more");
        fs_err::create_dir(&inner).unwrap();
        let files: [(&str, &[u8]); 4] =
            [("a.jpg", b"one"), ("more/裙子.PNG", b"two"), ("notes.txt", b"no"), (".b.jpg", b"no")];
        files.iter().for_each(|(name, bytes)| fs_err::write(folder.path().join(name), bytes).unwrap());
        let tar_path = folder.path().join("all.tar");
        let mut tar = tar::Builder::new(fs_err::File::create(&tar_path).unwrap());
        files.iter().for_each(|(name, _)| tar.append_path_with_name(folder.path().join(name), name).unwrap());
        tar.finish().unwrap();
        for path in [folder.path(), &tar_path] {
            let pictures = Pictures::open(path).unwrap();
            assert_eq!(pictures.ids().collect::<Vec<_>>(), ["a", "裙子"]);
            assert_eq!(pictures.read("a").unwrap().unwrap(), b"one");
            assert_eq!(pictures.read("裙子").unwrap().unwrap(), b"two");
            assert_eq!(pictures.read("b").unwrap(), None);
        }
        assert!(Pictures::open(&folder.path().join("none")).is_err());
        assert!(Pictures::open(&folder.path().join("a.jpg")).is_err());
    }
}
