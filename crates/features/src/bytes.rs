use std::sync::Arc;

use crate::{Error, Result};

/// Writes little-endian numbers and variable-length integers (LEB128) one after another.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// A text with its length.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn double(&mut self, double: f64) {
        self.0.extend_from_slice(&double.to_le_bytes());
    }

    pub(crate) fn float(&mut self, float: f32) {
        self.0.extend_from_slice(&float.to_le_bytes());
    }
}

/// Reads what [`Writer`] wrote; every fault names the place.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn fault(&self, expected: &'static str) -> Error {
        Error::Corrupt { at: self.at, expected }
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.fault("another byte"))?;
        self.at += 1;
        Ok(byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.fault("a number of at most 64 bits"))
    }

    pub(crate) fn small(&mut self) -> Result<u32> {
        let number = self.number()?;
        u32::try_from(number).map_err(|_| self.fault("a number of at most 32 bits"))
    }

    /// A count of things of at least `size_min` bytes each, so that a wrong count cannot ask for more memory than
    /// the bytes could fill.
    pub(crate) fn count(&mut self, size_min: usize) -> Result<usize> {
        let count = self.number()?;
        let room = (self.bytes.len() - self.at) / size_min;
        usize::try_from(count).ok().filter(|count| *count <= room).ok_or_else(|| self.fault("a count that fits"))
    }

    pub(crate) fn text(&mut self) -> Result<Arc<str>> {
        let length = self.count(1)?;
        let bytes = &self.bytes[self.at..self.at + length];
        let text = std::str::from_utf8(bytes).map_err(|_| self.fault("text in UTF-8"))?;
        self.at += length;
        Ok(Arc::from(text))
    }

    pub(crate) fn float(&mut self) -> Result<f32> {
        let float = f32::from_le_bytes(self.take()?);
        if float.is_finite() { Ok(float) } else { Err(self.fault("a finite number")) }
    }

    pub(crate) fn double(&mut self) -> Result<f64> {
        let double = f64::from_le_bytes(self.take()?);
        if double.is_finite() { Ok(double) } else { Err(self.fault("a finite number")) }
    }

    /// A key of a count: a finite number, or minus infinity for nothing.
    pub(crate) fn key(&mut self) -> Result<f64> {
        let key = f64::from_le_bytes(self.take()?);
        if key.is_finite() || key == f64::NEG_INFINITY { Ok(key) } else { Err(self.fault("a key")) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<N>);
        let bytes = *bytes.ok_or_else(|| self.fault("the bytes of a number"))?;
        self.at += N;
        Ok(bytes)
    }

    pub(crate) fn end(&self) -> Result<()> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.fault("the end")) }
    }
}
