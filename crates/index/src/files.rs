//! The index's own files: mapped for reading, replaced atomically, swept when nothing refers to them.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::{MmapDirectory, OwnedBytes};

use crate::Result;

/// Beginnings of the names of files that [`sweep`] may remove.
const SWEPT: [&str; 2] = ["vectors-", "graph-"];

/// A file's bytes, read from disk when they are looked at. Tantivy's directory does the mapping, so that no code of ours
/// has to vouch for it.
pub(crate) fn map(folder: &Path, file: &str) -> Result<OwnedBytes> {
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    let slice = directory.open_read(Path::new(file)).map_err(tantivy::TantivyError::from)?;
    Ok(slice.read_bytes()?)
}

/// Puts `bytes` into `folder/name`, durably, and all or nothing.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let mut file = fs_err::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs_err::rename(&temporary, folder.join(name))?;
    // The rename itself has to reach the disk too.
    fs_err::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Removes vector and graph files that are not in `used`.
pub(crate) fn sweep(folder: &Path, used: &BTreeSet<Arc<str>>) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if SWEPT.iter().any(|prefix| name.starts_with(prefix)) && !used.contains(name) {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}
