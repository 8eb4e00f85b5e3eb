use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use types::Position;

use super::frame::{SEGMENT_HEADER_BYTES, read_segment_header, segment_header};
use crate::files::{self, Disk};
use crate::{Error, Result};

/// One file of the log. Never changed but by appending; a rewrite makes a file of the next generation, so that a reader
/// of the old one is not disturbed.
pub(crate) struct Segment {
    pub(crate) base: Position,
    pub(crate) generation: u32,
    pub(crate) path: PathBuf,
    /// Position and offset of some frames, ascending; filled by whoever passes by.
    waymarks: Mutex<Vec<(Position, u64)>>,
}

impl Segment {
    pub(super) fn new(folder: &Path, base: Position, generation: u32) -> Self {
        let path = folder.join(format!("{:020}.{generation:04}.log", base.0));
        Self { base, generation, path, waymarks: Mutex::new(Vec::new()) }
    }

    /// Reads a file's name; `None` where it is none of a segment.
    pub(super) fn from_name(folder: &Path, name: &str) -> Option<Self> {
        let (base, generation) = name.strip_suffix(".log")?.split_once('.')?;
        Some(Self::new(folder, Position(base.parse().ok()?), generation.parse().ok()?))
    }

    /// Makes the file, empty, and its name durable.
    pub(super) fn create(&self, disk: &dyn Disk) -> Result<File> {
        let create = || -> io::Result<File> {
            let mut file = File::options().create(true).write(true).truncate(true).open(&self.path)?;
            disk.append(&mut file, &segment_header(self.base))?;
            disk.sync(&file)?;
            Ok(file)
        };
        let file = create().map_err(Error::io("create", &self.path))?;
        files::sync_folder_of(&self.path)?;
        Ok(file)
    }

    /// Checks the header of an opened file.
    pub(super) fn check_header(&self, file: &mut impl Read) -> Result<()> {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        match file.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged(0, None, "the file ends inside its header"));
            }
            Err(error) => return Err(Error::io("read", &self.path)(error)),
        }
        let Some((version, base)) = read_segment_header(&bytes) else {
            return Err(self.damaged(0, None, "the header of the segment is not whole"));
        };
        files::check_version(&self.path, version)?;
        if base != self.base {
            return Err(self.damaged(12, None, format!("the segment says it begins at position {base}")));
        }
        Ok(())
    }

    pub(super) fn damaged(&self, offset: u64, position: Option<Position>, what: impl Into<String>) -> Error {
        Error::Damaged { path: self.path.clone(), offset, position, what: what.into() }
    }

    /// Remembers where a frame lies, now and then.
    pub(super) fn mark(&self, first: Position, offset: u64) {
        const APART: u64 = 64 << 10;
        let mut waymarks = self.waymarks.lock();
        if waymarks.last().is_none_or(|(last, at)| *last < first && at + APART <= offset) {
            waymarks.push((first, offset));
        }
    }

    /// A frame at or before `position` from which to go on.
    pub(super) fn waymark(&self, position: Position) -> (Position, u64) {
        let waymarks = self.waymarks.lock();
        let after = waymarks.partition_point(|(first, _)| *first <= position);
        match after.checked_sub(1).and_then(|last| waymarks.get(last)) {
            Some(waymark) => *waymark,
            None => (self.base, SEGMENT_HEADER_BYTES as u64),
        }
    }
}
