use std::sync::Arc;

use types::FieldError;

/// Bytes that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset}")]
pub struct DecodeError {
    /// Offset of the first byte that made no sense, from the start of the value.
    pub offset: usize,
    /// What was wrong with it.
    pub what: String,
}

/// Writes fields to the end of a buffer.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    pub(super) fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.out.push(tag);
        write_length(self.out, bytes.len());
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, tag: u8, text: &str) {
        self.bytes(tag, text.as_bytes());
    }

    pub(super) fn text_if(&mut self, tag: u8, text: Option<&str>) {
        if let Some(text) = text {
            self.text(tag, text);
        }
    }

    pub(super) fn u8(&mut self, tag: u8, value: u8) {
        self.bytes(tag, &[value]);
    }

    pub(super) fn u32(&mut self, tag: u8, value: u32) {
        self.bytes(tag, &value.to_le_bytes());
    }

    pub(super) fn i64(&mut self, tag: u8, value: i64) {
        self.bytes(tag, &value.to_le_bytes());
    }

    pub(super) fn f32(&mut self, tag: u8, value: f32) {
        self.bytes(tag, &value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, tag: u8, value: f64) {
        self.bytes(tag, &value.to_le_bytes());
    }

    /// A field of fields. Most are under 128 bytes, so one byte is left for the length and more are put in where needed.
    pub(super) fn nested(&mut self, tag: u8, fields: impl FnOnce(&mut Writer<'_>)) {
        self.out.push(tag);
        let start = self.out.len();
        self.out.push(0);
        fields(&mut Writer { out: self.out });
        let length = self.out.len() - start - 1;
        if length < 0x80 {
            self.out[start] = length as u8;
            return;
        }
        let mut encoded = Vec::with_capacity(5);
        write_length(&mut encoded, length);
        self.out.splice(start..=start, encoded);
    }
}

fn write_length(out: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// Reads fields; knows how far it is from the start of the value.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

/// One field: its tag and a reader over its bytes.
pub(super) struct Field<'a> {
    pub(super) tag: u8,
    body: Reader<'a>,
}

impl<'a> Reader<'a> {
    /// A reader behind the version byte, which must not be newer than `newest`.
    pub(super) fn versioned(bytes: &'a [u8], newest: u8) -> Result<Self, DecodeError> {
        let reader = Self { bytes, offset: 0 };
        match bytes.split_first() {
            Some((version, rest)) if (1..=newest).contains(version) => Ok(Self { bytes: rest, offset: 1 }),
            Some((version, _)) => Err(reader.error(format!("version {version}, newest known is {newest}"))),
            None => Err(reader.error("no bytes")),
        }
    }

    pub(super) fn error(&self, what: impl Into<String>) -> DecodeError {
        DecodeError { offset: self.offset, what: what.into() }
    }

    /// The next field; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Field<'a>>, DecodeError> {
        let Some((&tag, rest)) = self.bytes.split_first() else { return Ok(None) };
        let mut length = 0usize;
        let mut used = 0;
        loop {
            let Some(&byte) = rest.get(used) else { return Err(self.error("a field's length is cut off")) };
            length |= usize::from(byte & 0x7f) << (7 * used);
            used += 1;
            if byte & 0x80 == 0 {
                break;
            }
            if used == 5 {
                return Err(self.error("a field's length is too long"));
            }
        }
        let Some(body) = rest.get(used..used.saturating_add(length)) else {
            return Err(self.error(format!("a field of {length} bytes goes past the end")));
        };
        let offset = self.offset + 1 + used;
        self.bytes = &rest[used + length..];
        self.offset = offset + length;
        Ok(Some(Field { tag, body: Reader { bytes: body, offset } }))
    }

    /// The value of a required field.
    pub(super) fn need<T>(&self, value: Option<T>, name: &str) -> Result<T, DecodeError> {
        value.ok_or_else(|| self.error(format!("no {name}")))
    }
}

impl<'a> Field<'a> {
    pub(super) fn fields(self) -> Reader<'a> {
        self.body
    }

    pub(super) fn error(&self, what: impl Into<String>) -> DecodeError {
        self.body.error(what)
    }

    pub(super) fn raw(&self) -> &'a [u8] {
        self.body.bytes
    }

    pub(super) fn text(&self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.body.bytes).map_err(|_| self.error("text that is not UTF-8"))
    }

    pub(super) fn shared(&self) -> Result<Arc<str>, DecodeError> {
        self.text().map(Arc::from)
    }

    /// A text through the constructor that checks it.
    pub(super) fn checked<T>(&self, make: impl FnOnce(&'a str) -> Result<T, FieldError>) -> Result<T, DecodeError> {
        make(self.text()?).map_err(|refused| self.error(refused.to_string()))
    }

    fn fixed<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        let wrong = |_| self.error(format!("{} bytes where {N} belong", self.body.bytes.len()));
        self.body.bytes.try_into().map_err(wrong)
    }

    pub(super) fn u8(&self) -> Result<u8, DecodeError> {
        self.fixed::<1>().map(|[byte]| byte)
    }

    pub(super) fn flag(&self) -> Result<bool, DecodeError> {
        self.u8().map(|byte| byte != 0)
    }

    pub(super) fn u32(&self) -> Result<u32, DecodeError> {
        self.fixed().map(u32::from_le_bytes)
    }

    pub(super) fn i64(&self) -> Result<i64, DecodeError> {
        self.fixed().map(i64::from_le_bytes)
    }

    /// Any number at all: what was once accepted must stay readable, so the checks are made before writing.
    pub(super) fn f32(&self) -> Result<f32, DecodeError> {
        self.fixed().map(f32::from_le_bytes)
    }

    pub(super) fn f64(&self) -> Result<f64, DecodeError> {
        self.fixed().map(f64::from_le_bytes)
    }
}
