//! Numbers and texts to bytes and back: the format of the index's own files. Little-endian; every file ends with the
//! CRC-32 of what comes before, so that a flipped bit is found at opening.

use std::path::Path;
use std::sync::Arc;

use crate::{Error, Result};

/// Collects bytes.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.u64(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn u32s(&mut self, values: impl Iterator<Item = u32>, len: usize) {
        self.u64(len as u64);
        self.bytes.reserve(4 * len);
        values.for_each(|value| self.bytes.extend_from_slice(&value.to_le_bytes()));
    }

    pub(crate) fn u64s(&mut self, values: impl Iterator<Item = u64>, len: usize) {
        self.u64(len as u64);
        self.bytes.reserve(8 * len);
        values.for_each(|value| self.bytes.extend_from_slice(&value.to_le_bytes()));
    }

    /// The bytes with their checksum behind.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let checksum = crc32fast::hash(&self.bytes);
        self.bytes.extend_from_slice(&checksum.to_le_bytes());
        self.bytes
    }
}

/// Takes bytes apart again; every fault names the file and the offset.
pub(crate) struct Reader<'a> {
    file: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Checks the checksum and stands at the first byte.
    pub(crate) fn new(file: &'a Path, bytes: &'a [u8]) -> Result<Self> {
        let whole = Self { file, bytes, at: bytes.len() };
        let Some((content, checksum)) = bytes.split_last_chunk::<4>() else {
            return Err(whole.damaged("it is too short"));
        };
        if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
            return Err(whole.damaged("the checksum does not fit"));
        }
        Ok(Self { file, bytes: content, at: 0 })
    }

    /// The error for what was read last.
    pub(crate) fn damaged(&self, reason: &'static str) -> Error {
        Error::Damaged { file: self.file.to_owned(), offset: self.at as u64, reason }
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        let bytes = self.take(8)?;
        Ok(u64::from_le_bytes(bytes.try_into().expect("8 bytes were asked for")))
    }

    pub(crate) fn text(&mut self) -> Result<Arc<str>> {
        let len = self.len(1)?;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map(Arc::from).map_err(|_| self.damaged("a text is not UTF-8"))
    }

    pub(crate) fn u32s(&mut self) -> Result<Vec<u32>> {
        let len = self.len(4)?;
        let bytes = self.take(4 * len)?;
        Ok(bytes.chunks_exact(4).map(|chunk| u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])).collect())
    }

    pub(crate) fn u64s(&mut self) -> Result<Vec<u64>> {
        let len = self.len(8)?;
        let bytes = self.take(8 * len)?;
        Ok(bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().expect("chunks of 8"))).collect())
    }

    /// A count of things of `width` bytes that must fit into what is left, so that damage cannot ask for the moon.
    fn len(&mut self, width: usize) -> Result<usize> {
        let len = self.u64()? as usize;
        if len > (self.bytes.len() - self.at) / width {
            return Err(self.damaged("a count is too large"));
        }
        Ok(len)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let Some(bytes) = self.bytes.get(self.at..self.at + len) else {
            return Err(self.damaged("it ends too early"));
        };
        self.at += len;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_found() {
        let mut writer = Writer::default();
        writer.text("毛巾");
        writer.u64(7);
        writer.u32s([1, 2].into_iter(), 2);
        let mut bytes = writer.finish();
        let path = Path::new("x");
        let mut reader = Reader::new(path, &bytes).unwrap();
        assert_eq!((&*reader.text().unwrap(), reader.u64().unwrap()), ("毛巾", 7));
        assert_eq!(reader.u32s().unwrap(), [1, 2]);
        assert!(reader.u64().is_err());
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert!(Reader::new(path, &bytes).is_err(), "byte {at}");
            bytes[at] ^= 1;
        }
    }
}
