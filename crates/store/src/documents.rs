use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::Result;
use crate::files::{self, Disk, RealDisk};

/// Small named documents (settings, keys), each replaced as a whole and checked when read.
pub struct Documents {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
}

impl Documents {
    /// Opens the documents of a folder, made where it is missing.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::with_disk(folder.to_owned(), Arc::new(RealDisk))
    }

    pub(crate) fn with_disk(folder: PathBuf, disk: Arc<dyn Disk>) -> Result<Self> {
        files::make_folder(&folder)?;
        Ok(Self { folder, disk })
    }

    /// The document called `name`; `None` where there is none.
    ///
    /// # Errors
    /// A damaged document is an error: nothing could rebuild it.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(files::read_checked(&self.path(name)?)?.map(|(_, bytes)| bytes))
    }

    /// Replaces a document, durably: after a crash there is the old one or this one.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        files::write_atomically(&*self.disk, &self.path(name)?, 0, &[bytes])
    }

    /// Removes a document; it is no error where there is none.
    pub fn delete(&self, name: &str) -> Result<()> {
        files::remove(&self.path(name)?)
    }

    /// Names of all documents, sorted.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = files::names_in(&self.folder)?;
        names.retain(|name| files::check_name(name).is_ok());
        Ok(names)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder.join(files::check_name(name)?))
    }
}
