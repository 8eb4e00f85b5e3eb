//! Bytes of a segment file.
//!
//! A segment is a header and then frames, one a batch: a batch is there as a whole or not at all. A frame is a header
//! (magic, bytes of the body, count of records, position of the first, CRC-32 of these) and a body of records; a record
//! is its length, the CRC-32 of length and payload, and the payload: a byte that says what it is, then either an event,
//! or what is left of one. The magic begins with bytes that no UTF-8 text has, so that no text inside a record can be
//! taken for a frame when a scan looks for one behind a damaged place.

use types::{Event, Position};

use crate::codec::{self, DecodeError};
use crate::ids::{self, IdHash};

pub(super) const SEGMENT_MAGIC: [u8; 8] = *b"MERCLOG\n";
pub(super) const SEGMENT_HEADER_BYTES: usize = 8 + 4 + 8 + 4;
pub(super) const FRAME_MAGIC: [u8; 4] = [0xff, 0xfe, b'M', b'F'];
pub(super) const FRAME_HEADER_BYTES: usize = 4 + 4 + 4 + 8 + 4;
pub(super) const RECORD_HEADER_BYTES: usize = 4 + 4;

/// The largest body of a frame.
pub(super) const BODY_BYTES_MAX: u64 = 1 << 30;

/// What a record holds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Record {
    /// An event as it came in.
    Event(Event),
    /// An event whose actor was taken out; its id is known by its hash alone.
    Anonymous(IdHash, Event),
    /// Nothing but the hash of the id, so that the event stays known and positions stay dense.
    Gone(IdHash),
}

const EVENT: u8 = 1;
const ANONYMOUS: u8 = 2;
const GONE: u8 = 3;

impl Record {
    pub(crate) fn id(&self) -> IdHash {
        match self {
            Self::Event(event) => ids::hash(&event.id),
            Self::Anonymous(id, _) | Self::Gone(id) => *id,
        }
    }

    pub(crate) fn event(&self) -> Option<&Event> {
        match self {
            Self::Event(event) | Self::Anonymous(_, event) => Some(event),
            Self::Gone(_) => None,
        }
    }

    pub(crate) fn into_event(self) -> Option<Event> {
        match self {
            Self::Event(event) | Self::Anonymous(_, event) => Some(event),
            Self::Gone(_) => None,
        }
    }

    pub(super) fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let error = |what: &str| DecodeError { offset: 0, what: what.to_owned() };
        let (kind, rest) = payload.split_first().ok_or_else(|| error("an empty record"))?;
        let shift = |by: usize| move |error: DecodeError| DecodeError { offset: error.offset + by, ..error };
        match kind {
            &EVENT => codec::decode_event(rest).map(Self::Event).map_err(shift(1)),
            &ANONYMOUS | &GONE => {
                let (id, rest) = rest.split_first_chunk().ok_or_else(|| error("a record without its id"))?;
                if *kind == GONE {
                    return Ok(Self::Gone(*id));
                }
                codec::decode_event(rest).map(|event| Self::Anonymous(*id, event)).map_err(shift(17))
            }
            _ => Err(error(&format!("a record of unknown kind {kind}"))),
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Event(event) => {
                out.push(EVENT);
                codec::encode_event(event, out);
            }
            Self::Anonymous(id, event) => {
                out.push(ANONYMOUS);
                out.extend_from_slice(id);
                codec::encode_event(event, out);
            }
            Self::Gone(id) => {
                out.push(GONE);
                out.extend_from_slice(id);
            }
        }
    }
}

/// Writes the frame of a batch; records first, [`FrameWriter::finish`] last.
pub(super) struct FrameWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    count: u32,
}

impl<'a> FrameWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.resize(start + FRAME_HEADER_BYTES, 0);
        Self { out, start, count: 0 }
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.write(|out| {
            out.push(EVENT);
            codec::encode_event(event, out);
        });
    }

    pub(super) fn record(&mut self, record: &Record) {
        self.write(|out| record.encode(out));
    }

    fn write(&mut self, payload: impl FnOnce(&mut Vec<u8>)) {
        let header = self.out.len();
        self.out.resize(header + RECORD_HEADER_BYTES, 0);
        payload(self.out);
        let length = (self.out.len() - header - RECORD_HEADER_BYTES) as u32;
        let crc = record_crc(length, &self.out[header + RECORD_HEADER_BYTES..]);
        self.out[header..header + 4].copy_from_slice(&length.to_le_bytes());
        self.out[header + 4..header + 8].copy_from_slice(&crc.to_le_bytes());
        self.count += 1;
    }

    /// Bytes of the body so far.
    pub(super) fn body_bytes(&self) -> u64 {
        (self.out.len() - self.start - FRAME_HEADER_BYTES) as u64
    }

    pub(super) fn finish(self, first: Position) {
        let body_bytes = self.body_bytes() as u32;
        let header = FrameHeader { body_bytes, count: self.count, first };
        self.out[self.start..self.start + FRAME_HEADER_BYTES].copy_from_slice(&header.encode());
    }
}

/// What a frame says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FrameHeader {
    pub(super) body_bytes: u32,
    pub(super) count: u32,
    pub(super) first: Position,
}

impl FrameHeader {
    pub(super) fn end(&self) -> Position {
        Position(self.first.0.saturating_add(u64::from(self.count)))
    }

    pub(super) fn frame_bytes(&self) -> u64 {
        FRAME_HEADER_BYTES as u64 + u64::from(self.body_bytes)
    }

    fn encode(self) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = [0; FRAME_HEADER_BYTES];
        bytes[..4].copy_from_slice(&FRAME_MAGIC);
        bytes[4..8].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.count.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.first.0.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..20]);
        bytes[20..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads a header; `None` where these bytes are none.
    pub(super) fn decode(bytes: &[u8; FRAME_HEADER_BYTES]) -> Option<Self> {
        let good = bytes[..4] == FRAME_MAGIC && crc32fast::hash(&bytes[..20]) == u32_at(bytes, 20);
        good.then(|| Self { body_bytes: u32_at(bytes, 4), count: u32_at(bytes, 8), first: Position(u64_at(bytes, 12)) })
    }
}

/// Walks the records of a frame's body, checking each; offsets are into the body.
pub(super) struct Body<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The payload of the next record, `None` at the end, or what is wrong with it.
    pub(super) fn next(&mut self) -> Result<Option<&'a [u8]>, &'static str> {
        let rest = self.bytes.get(self.offset..).unwrap_or(&[]);
        if rest.is_empty() {
            return Ok(None);
        }
        let header = rest.get(..RECORD_HEADER_BYTES).ok_or("a record is cut off")?;
        let (length, crc) = (u32_at(header, 0), u32_at(header, 4));
        let end = RECORD_HEADER_BYTES.saturating_add(length as usize);
        let payload = rest.get(RECORD_HEADER_BYTES..end).ok_or("a record goes past the end of its frame")?;
        if record_crc(length, payload) != crc {
            return Err("the checksum does not fit the record");
        }
        self.offset += end;
        Ok(Some(payload))
    }
}

/// Checks the records of a frame's body: their checksums and their number; else the offset and the fault.
pub(super) fn check_body(header: &FrameHeader, body: &[u8]) -> Result<(), (usize, &'static str)> {
    let mut records = Body::new(body, 0);
    let mut count = 0;
    while records.next().map_err(|what| (records.offset(), what))?.is_some() {
        count += 1;
    }
    if count == header.count { Ok(()) } else { Err((body.len(), "the frame has another number of records")) }
}

pub(super) fn segment_header(base: Position) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
    bytes[8..12].copy_from_slice(&crate::FORMAT_VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&base.0.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..20]);
    bytes[20..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Reads a segment's header: the format and the first position; `None` where these bytes are none.
pub(super) fn read_segment_header(bytes: &[u8; SEGMENT_HEADER_BYTES]) -> Option<(u32, Position)> {
    let good = bytes[..8] == SEGMENT_MAGIC && crc32fast::hash(&bytes[..20]) == u32_at(bytes, 20);
    good.then(|| (u32_at(bytes, 8), Position(u64_at(bytes, 12))))
}

fn record_crc(length: u32, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&length.to_le_bytes());
    crc.update(payload);
    crc.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
