//! The event log: segment files of frames, appended by one writer and read by many.

mod frame;
mod reader;
mod recover;
mod segment;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard, RwLock};
use types::{Event, Position};

pub(crate) use frame::Record;
pub use reader::LogReader;
pub(crate) use reader::Records;

use crate::files::{self, Disk};
use crate::{Error, Result};
use frame::{BODY_BYTES_MAX, FrameWriter, SEGMENT_HEADER_BYTES};
use segment::Segment;

pub(crate) struct Log {
    segments: Arc<Segments>,
    /// Position after the last event that readers may see.
    end: AtomicU64,
    writer: Mutex<Writer>,
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
}

/// The files of the log, in order of their first positions; never empty.
pub(crate) struct Segments {
    folder: PathBuf,
    list: RwLock<Vec<Arc<Segment>>>,
}

/// Who may write: whoever holds the lock on this.
pub(crate) struct Writer {
    file: File,
    /// Bytes of the file that are known to be good.
    bytes: u64,
    end: Position,
    poison: Option<String>,
    frame: Vec<u8>,
}

impl Log {
    /// Opens the log, cutting off what an interrupted write left. `known_end` is where the log is known to have reached:
    /// less than that is a loss and refused.
    pub(crate) fn open(folder: PathBuf, disk: Arc<dyn Disk>, segment_bytes: u64, known_end: Position) -> Result<Self> {
        files::make_folder(&folder)?;
        let mut list = find_segments(&folder)?;
        let mut fresh = None;
        if list.is_empty() {
            if known_end > Position(0) {
                return Err(Error::Missing { path: folder, position: Position(0) });
            }
            let segment = Segment::new(&folder, Position(0), 0);
            fresh = Some(segment.create(&*disk)?);
            list.push(Arc::new(segment));
        }
        let last =
            list.last().cloned().ok_or_else(|| Error::Missing { path: folder.clone(), position: Position(0) })?;
        let writer = open_last(&last, fresh, &*disk, known_end)?;
        let end = AtomicU64::new(writer.end.0);
        let segments = Arc::new(Segments { folder, list: RwLock::new(list) });
        Ok(Self { segments, end, writer: Mutex::new(writer), disk, segment_bytes })
    }

    pub(crate) fn first(&self) -> Position {
        self.segments.first()
    }

    pub(crate) fn end(&self) -> Position {
        Position(self.end.load(Ordering::Acquire))
    }

    pub(crate) fn records(&self, from: Position) -> Records {
        Records::new(Arc::clone(&self.segments), from, self.end())
    }

    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        let writer = self.writer.lock();
        match &writer.poison {
            Some(cause) => Err(Error::Poisoned { cause: cause.clone() }),
            None => Ok(writer),
        }
    }

    /// Writes a batch behind the end and returns when it is on the disk. Readers see it after [`Log::publish`].
    pub(crate) fn write<'a>(&self, writer: &mut Writer, events: impl Iterator<Item = &'a Event>) -> Result<()> {
        let mut bytes = std::mem::take(&mut writer.frame);
        bytes.clear();
        let mut frame = FrameWriter::new(&mut bytes);
        let mut count = 0;
        for event in events {
            frame.event(event);
            count += 1;
            if frame.body_bytes() > BODY_BYTES_MAX {
                return Err(Error::BatchTooLarge { bytes: frame.body_bytes(), limit: BODY_BYTES_MAX });
            }
        }
        frame.finish(writer.end);
        if writer.bytes >= self.segment_bytes {
            self.begin_segment(writer).inspect_err(|error| writer.poison(error))?;
        }
        let segment = self.segments.last();
        let written = self.disk.append(&mut writer.file, &bytes).and_then(|()| self.disk.sync(&writer.file));
        if let Err(error) = written {
            let error = Error::io("write", &segment.path)(error);
            writer.poison(&error);
            // So that a batch that was never acknowledged is not found after a restart; should this fail too, the scan
            // at the next opening decides.
            writer.file.set_len(writer.bytes).ok();
            return Err(error);
        }
        segment.mark(writer.end, writer.bytes);
        writer.bytes += bytes.len() as u64;
        writer.end = Position(writer.end.0 + count);
        if bytes.capacity() <= 16 << 20 {
            writer.frame = bytes;
        }
        Ok(())
    }

    /// Lets readers see what was written.
    pub(crate) fn publish(&self, writer: &Writer) {
        self.end.store(writer.end.0, Ordering::Release);
    }

    /// Begins a new segment, so that all older ones may be rewritten; they are returned in order.
    pub(crate) fn seal(&self) -> Result<Vec<Arc<Segment>>> {
        let mut writer = self.writer()?;
        if writer.bytes > SEGMENT_HEADER_BYTES as u64 {
            self.begin_segment(&mut writer).inspect_err(|error| writer.poison(error))?;
        }
        let mut sealed = self.segments.list.read().clone();
        sealed.pop();
        Ok(sealed)
    }

    fn begin_segment(&self, writer: &mut Writer) -> Result<()> {
        let segment = Segment::new(&self.segments.folder, writer.end, 0);
        writer.file = segment.create(&*self.disk)?;
        writer.bytes = SEGMENT_HEADER_BYTES as u64;
        self.segments.list.write().push(Arc::new(segment));
        Ok(())
    }

    /// Replaces records of a sealed segment, where `change` gives another one; positions stay. Says how many.
    pub(crate) fn rewrite(
        &self,
        segment: &Segment,
        change: &mut dyn FnMut(Position, &Record) -> Option<Record>,
    ) -> Result<u64> {
        const FRAME_BYTES: u64 = 1 << 20;
        let next = Segment::new(&self.segments.folder, segment.base, segment.generation + 1);
        let temporary = files::with_suffix(&next.path, ".tmp");
        let io = |error| Error::io("write", &temporary)(error);
        let mut file = File::create(&temporary).map_err(io)?;
        self.disk.append(&mut file, &frame::segment_header(segment.base)).map_err(io)?;
        let mut records = self.records_of(segment).peekable();
        let (mut changed, mut bytes) = (0, Vec::new());
        while let Some(Ok((first, _))) = records.peek() {
            let first = *first;
            bytes.clear();
            let mut frame = FrameWriter::new(&mut bytes);
            while frame.body_bytes() < FRAME_BYTES {
                let Some(record) = records.next() else { break };
                let (position, record) = record?;
                let other = change(position, &record);
                changed += u64::from(other.is_some());
                frame.record(other.as_ref().unwrap_or(&record));
            }
            frame.finish(first);
            self.disk.append(&mut file, &bytes).map_err(io)?;
        }
        if let Some(Err(error)) = records.next() {
            return Err(error);
        }
        self.disk.sync(&file).map_err(io)?;
        std::fs::rename(&temporary, &next.path).map_err(io)?;
        files::sync_folder_of(&next.path)?;
        self.segments.replace(Arc::new(next));
        files::remove(&segment.path)?;
        Ok(changed)
    }

    /// The records of a sealed segment.
    pub(crate) fn records_of(&self, segment: &Segment) -> Records {
        Records::new(Arc::clone(&self.segments), segment.base, self.segments.end_of(segment).unwrap_or(segment.base))
    }

    /// Bytes of the file that now begins at `base`.
    pub(crate) fn bytes_at(&self, base: Position) -> u64 {
        let segment = self.segments.at(base);
        segment.and_then(|segment| std::fs::metadata(&segment.path).ok()).map_or(0, |metadata| metadata.len())
    }

    /// Removes the oldest segments, those that end at or before `position`.
    pub(crate) fn drop_until(&self, position: Position) -> Result<()> {
        loop {
            let dropped = {
                let mut list = self.segments.list.write();
                match list.get(1) {
                    Some(second) if second.base <= position => list.remove(0),
                    _ => return Ok(()),
                }
            };
            files::remove(&dropped.path)?;
        }
    }
}

impl Writer {
    pub(crate) fn end(&self) -> Position {
        self.end
    }

    pub(crate) fn poison(&mut self, error: &Error) {
        tracing::error!(%error, "nothing more is written until the store is opened again");
        self.poison = Some(error.to_string());
    }
}

impl Segments {
    pub(crate) fn first(&self) -> Position {
        self.list.read().first().map_or(Position(0), |segment| segment.base)
    }

    /// The segment that holds `position`.
    fn at(&self, position: Position) -> Option<Arc<Segment>> {
        let list = self.list.read();
        let after = list.partition_point(|segment| segment.base <= position);
        list.get(after.checked_sub(1)?).cloned()
    }

    fn last(&self) -> Arc<Segment> {
        Arc::clone(self.list.read().last().expect("the list of segments is never empty"))
    }

    fn end_of(&self, segment: &Segment) -> Option<Position> {
        let list = self.list.read();
        let at = list.iter().position(|other| other.base == segment.base)?;
        list.get(at + 1).map(|next| next.base)
    }

    fn replace(&self, segment: Arc<Segment>) {
        let mut list = self.list.write();
        if let Some(place) = list.iter_mut().find(|other| other.base == segment.base) {
            *place = segment;
        }
    }
}

/// Finds the files of the log and clears away what an interrupted rewrite left: unfinished files, and of two
/// generations of a segment the older one.
fn find_segments(folder: &std::path::Path) -> Result<Vec<Arc<Segment>>> {
    let mut list: Vec<Arc<Segment>> = Vec::new();
    for name in files::names_in(folder)? {
        if name.ends_with(".tmp") {
            files::remove(&folder.join(&name))?;
        }
        let Some(segment) = Segment::from_name(folder, &name) else { continue };
        // Names sort by position, then by generation.
        if let Some(older) = list.pop_if(|last| last.base == segment.base) {
            files::remove(&older.path)?;
        }
        list.push(Arc::new(segment));
    }
    Ok(list)
}

fn open_last(segment: &Segment, fresh: Option<File>, disk: &dyn Disk, known_end: Position) -> Result<Writer> {
    let writer = |file, bytes, end| Writer { file, bytes, end, poison: None, frame: Vec::new() };
    let io = |error| Error::io("open", &segment.path)(error);
    if let Some(file) = fresh {
        return Ok(writer(file, SEGMENT_HEADER_BYTES as u64, segment.base));
    }
    let length = std::fs::metadata(&segment.path).map_err(io)?.len();
    if length < SEGMENT_HEADER_BYTES as u64 && known_end <= segment.base {
        // Interrupted while it was made; nothing was ever in it.
        return Ok(writer(segment.create(disk)?, SEGMENT_HEADER_BYTES as u64, segment.base));
    }
    let good = recover::recover(segment, known_end)?;
    let mut file = File::options().read(true).write(true).open(&segment.path).map_err(io)?;
    let mut mend = || -> io::Result<()> {
        if length > good.bytes {
            file.set_len(good.bytes)?;
        }
        // After a failed fsync the system may take pages for clean that never reached the disk. Only the last frame can
        // be concerned: written again it is either on the disk or the failure shows here.
        if let Some(offset) = good.last_frame {
            let mut last = vec![0; (good.bytes - offset) as usize];
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut last)?;
            file.seek(SeekFrom::Start(offset))?;
            disk.append(&mut file, &last)?;
        }
        file.seek(SeekFrom::Start(good.bytes))?;
        disk.sync(&file)
    };
    mend().map_err(Error::io("write", &segment.path))?;
    Ok(writer(file, good.bytes, good.end))
}
