use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use types::{Event, Position};

use super::Segments;
use super::frame::{Body, FRAME_HEADER_BYTES, FrameHeader, Record};
use super::segment::Segment;
use crate::{Error, Result};

/// Events of the log in order, up to where it ended when the reader was made. Every byte is checked; what was dropped or
/// erased is stepped over. After an error it ends.
pub struct LogReader {
    records: Records,
}

impl LogReader {
    pub(crate) fn new(records: Records) -> Self {
        Self { records }
    }
}

impl Iterator for LogReader {
    type Item = Result<(Position, Event)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.records.next()? {
                Ok((position, record)) => {
                    if let Some(event) = record.into_event() {
                        return Some(Ok((position, event)));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// All records of the log in order, the emptied ones too.
pub(crate) struct Records {
    segments: Arc<Segments>,
    next: Position,
    end: Position,
    open: Option<OpenSegment>,
    body: Vec<u8>,
    /// Where in `body` the next record begins.
    within: usize,
    frame: Option<(FrameHeader, u64)>,
}

struct OpenSegment {
    segment: Arc<Segment>,
    file: BufReader<File>,
    offset: u64,
    length: u64,
}

impl Records {
    pub(super) fn new(segments: Arc<Segments>, from: Position, end: Position) -> Self {
        Self { segments, next: from, end, open: None, body: Vec::new(), within: 0, frame: None }
    }

    fn read(&mut self) -> Result<Option<(Position, Record)>> {
        while self.next < self.end {
            let Some((header, offset)) = self.frame else {
                self.next_frame()?;
                continue;
            };
            let Some(segment) = self.open.as_ref().map(|open| Arc::clone(&open.segment)) else { break };
            let mut body = Body::new(&self.body, self.within);
            let at = offset + (FRAME_HEADER_BYTES + self.within) as u64;
            let payload = body.next().map_err(|what| segment.damaged(at, Some(self.next), what))?;
            let position = self.next;
            self.within = body.offset();
            let Some(payload) = payload else {
                return Err(segment.damaged(at, Some(position), "the frame has too few records"));
            };
            let record = Record::decode(payload)
                .map_err(|error| segment.damaged(at + 8 + error.offset as u64, Some(position), error.what))?;
            self.next = position.next();
            if self.next == header.end() {
                self.frame = None;
            }
            return Ok(Some((position, record)));
        }
        Ok(None)
    }

    /// Goes on to the frame that holds the next position.
    fn next_frame(&mut self) -> Result<()> {
        let open = match &mut self.open {
            Some(open) => open,
            None => match open_segment(&self.segments, &mut self.next)? {
                Some(open) => self.open.insert(open),
                None => {
                    self.next = self.end;
                    return Ok(());
                }
            },
        };
        let segment = &open.segment;
        let io = |error| Error::io("read", &segment.path)(error);
        if open.offset == open.length {
            // The last frame was read: what is next is in another file.
            self.open = None;
            return self.check_follows();
        }
        let cut = |at| segment.damaged(at, Some(self.next), "the file ends inside a frame");
        if open.length - open.offset < FRAME_HEADER_BYTES as u64 {
            return Err(cut(open.offset));
        }
        let mut bytes = [0; FRAME_HEADER_BYTES];
        open.file.read_exact(&mut bytes).map_err(io)?;
        let header = FrameHeader::decode(&bytes)
            .ok_or_else(|| segment.damaged(open.offset, Some(self.next), "no frame begins here"))?;
        segment.mark(header.first, open.offset);
        let offset = open.offset;
        open.offset += header.frame_bytes();
        if open.offset > open.length {
            return Err(cut(offset));
        }
        if header.first > self.next {
            let what = format!("a frame of position {} where {} is due", header.first, self.next);
            return Err(segment.damaged(offset, Some(self.next), what));
        }
        if header.end() <= self.next {
            return open.file.seek_relative(i64::from(header.body_bytes)).map_err(io);
        }
        self.body.resize(header.body_bytes as usize, 0);
        open.file.read_exact(&mut self.body).map_err(io)?;
        let mut body = Body::new(&self.body, 0);
        for _ in header.first.0..self.next.0 {
            let at = offset + (FRAME_HEADER_BYTES + body.offset()) as u64;
            body.next().map_err(|what| segment.damaged(at, Some(self.next), what))?;
        }
        self.within = body.offset();
        self.frame = Some((header, offset));
        Ok(())
    }

    /// After the end of a file: the next one must begin where it ended.
    fn check_follows(&self) -> Result<()> {
        if self.next < self.end && self.segments.at(self.next).is_none_or(|segment| segment.base != self.next) {
            return Err(Error::Missing { path: self.segments.folder.clone(), position: self.next });
        }
        Ok(())
    }
}

impl Iterator for Records {
    type Item = Result<(Position, Record)>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read() {
            Ok(found) => found.map(Ok),
            Err(error) => {
                self.next = self.end;
                Some(Err(error))
            }
        }
    }
}

/// Opens the segment that holds `next`, which is moved to the log's first position where it lies before it.
fn open_segment(segments: &Segments, next: &mut Position) -> Result<Option<OpenSegment>> {
    // A rewrite may replace the file between looking it up and opening it; then there is a newer one.
    const TRIES: usize = 10;
    let mut last = None;
    for _ in 0..TRIES {
        *next = (*next).max(segments.first());
        let Some(segment) = segments.at(*next) else { return Ok(None) };
        match File::open(&segment.path) {
            Ok(file) => {
                let length = file.metadata().map_err(Error::io("read", &segment.path))?.len();
                let mut file = BufReader::with_capacity(256 << 10, file);
                segment.check_header(&mut file)?;
                let (_, offset) = segment.waymark(*next);
                file.seek(SeekFrom::Start(offset)).map_err(Error::io("read", &segment.path))?;
                return Ok(Some(OpenSegment { segment, file, offset, length }));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => last = Some((segment, error)),
            Err(error) => return Err(Error::io("open", &segment.path)(error)),
        }
    }
    match last {
        Some((segment, error)) => Err(Error::io("open", &segment.path)(error)),
        None => Ok(None),
    }
}
