//! What is good in the last segment: a crash may have cut the last batch, nothing else may be wrong.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use types::Position;

use super::frame::{FRAME_HEADER_BYTES, FRAME_MAGIC, FrameHeader, SEGMENT_HEADER_BYTES, check_body};
use super::segment::Segment;
use crate::{Error, Result};

/// The good part of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Good {
    pub(super) end: Position,
    pub(super) bytes: u64,
    /// Offset of the last frame, where there is one.
    pub(super) last_frame: Option<u64>,
}

/// A place where the bytes stop making sense.
struct Fault {
    offset: u64,
    what: String,
    /// Where the next frame would begin, if the header of this one can be trusted.
    frame_end: Option<u64>,
}

/// Reads the segment from its start. The last frame may be cut off or scrambled, as an interrupted write leaves it, and
/// is then left out. Damage before it is refused: with whole frames behind it, or at a position below `known_end`, it
/// was once acknowledged.
pub(super) fn recover(segment: &Segment, known_end: Position) -> Result<Good> {
    let file = File::open(&segment.path).map_err(Error::io("open", &segment.path))?;
    let length = file.metadata().map_err(Error::io("read", &segment.path))?.len();
    let mut good = Good { end: segment.base, bytes: SEGMENT_HEADER_BYTES as u64, last_frame: None };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    segment.check_header(&mut reader)?;
    let mut body = Vec::new();
    let fault = loop {
        match next_frame(&mut reader, &good, length, &mut body).map_err(Error::io("read", &segment.path))? {
            Ok(Some(header)) => {
                segment.mark(header.first, good.bytes);
                good.last_frame = Some(good.bytes);
                good.end = header.end();
                good.bytes += header.frame_bytes();
            }
            Ok(None) => break None,
            Err(fault) => break Some(fault),
        }
    };
    let Some(fault) = fault else {
        if good.end < known_end {
            let what = format!(
                "the log ends at position {}, but was acknowledged up to {known_end}; to go on without what is lost, \
                 discard the derived state",
                good.end
            );
            return Err(segment.damaged(good.bytes, Some(good.end), what));
        }
        return Ok(good);
    };
    let goes_on = fault.frame_end.is_some_and(|end| end < length);
    if goes_on || good.end < known_end || frame_after(&mut reader, &good, segment)? {
        return Err(segment.damaged(fault.offset, Some(good.end), fault.what));
    }
    tracing::warn!(
        file = %segment.path.display(), offset = good.bytes, bytes = length - good.bytes, what = fault.what,
        "an interrupted write at the end of the log is cut off"
    );
    Ok(good)
}

fn next_frame(
    reader: &mut impl Read,
    good: &Good,
    length: u64,
    body: &mut Vec<u8>,
) -> io::Result<std::result::Result<Option<FrameHeader>, Fault>> {
    let left = length - good.bytes;
    if left == 0 {
        return Ok(Ok(None));
    }
    let fault = |offset, what: &str, frame_end| Ok(Err(Fault { offset, what: what.to_owned(), frame_end }));
    if left < FRAME_HEADER_BYTES as u64 {
        return fault(good.bytes, "the file ends inside the header of a frame", None);
    }
    let mut header = [0; FRAME_HEADER_BYTES];
    reader.read_exact(&mut header)?;
    let Some(header) = FrameHeader::decode(&header) else {
        return fault(good.bytes, "no frame begins here", None);
    };
    let frame_end = good.bytes + header.frame_bytes();
    if header.first != good.end {
        let what = format!("a frame of position {} where {} is due", header.first, good.end);
        return fault(good.bytes, &what, Some(frame_end));
    }
    if frame_end > length {
        return fault(good.bytes, "the file ends inside a frame", Some(frame_end));
    }
    body.resize(header.body_bytes as usize, 0);
    reader.read_exact(body)?;
    match check_body(&header, body) {
        Ok(()) => Ok(Ok(Some(header))),
        Err((offset, what)) => {
            let offset = good.bytes + (FRAME_HEADER_BYTES + offset) as u64;
            fault(offset, what, Some(frame_end))
        }
    }
}

/// Whether the header of a frame of a later position stands anywhere behind the good part.
fn frame_after(reader: &mut BufReader<File>, good: &Good, segment: &Segment) -> Result<bool> {
    let mut bytes = Vec::new();
    let mut read = || -> io::Result<()> {
        reader.seek(SeekFrom::Start(good.bytes))?;
        reader.read_to_end(&mut bytes)?;
        Ok(())
    };
    read().map_err(Error::io("read", &segment.path))?;
    let mut starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == FRAME_MAGIC[0]);
    let is_later = |header: FrameHeader| header.first > good.end;
    Ok(starts.any(|(at, _)| bytes[at..].first_chunk().and_then(FrameHeader::decode).is_some_and(is_later)))
}
