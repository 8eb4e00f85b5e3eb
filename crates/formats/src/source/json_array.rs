use std::io::{self, BufRead, BufReader, Read};

use super::{ImportFormat, Input, OpenOptions, ROW_BYTES_MAX, RowSource, SourceError, SourceRow, json_row, too_long};

/// One JSON array of objects, read one object at a time.
pub(super) struct JsonArray;

impl ImportFormat for JsonArray {
    fn name(&self) -> &'static str {
        "json"
    }

    fn detects(&self, head: &[u8]) -> bool {
        first_byte(head) == Some(b'[')
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let offset = input.text_start();
        let reader = BufReader::with_capacity(256 * 1024, Box::new(input.reader()) as Box<dyn Read + Send>);
        let after_row = options.after_row;
        Ok(Box::new(Elements { reader, element: Vec::new(), number: 0, offset, after_row, state: State::Before }))
    }
}

/// The first byte that is not white space, after a byte-order mark.
pub(super) fn first_byte(head: &[u8]) -> Option<u8> {
    head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start().first().copied()
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Before,
    Inside,
    After,
}

struct Elements {
    reader: BufReader<Box<dyn Read + Send>>,
    element: Vec<u8>,
    number: u64,
    offset: u64,
    after_row: u64,
    state: State,
}

impl RowSource for Elements {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            let broken = |rows| move |source| SourceError::Broken { rows, source };
            if self.state == State::Before {
                self.read_opening().map_err(broken(self.number))?;
            }
            if self.state == State::After {
                return Ok(None);
            }
            let start = self.offset;
            let bytes = self.read_element().map_err(broken(self.number))?;
            let text = self.element.trim_ascii();
            if text.is_empty() && self.state == State::After {
                return Ok(None);
            }
            self.number += 1;
            if self.number <= self.after_row {
                continue;
            }
            let offset = start + (self.element.len() - self.element.trim_ascii_start().len()) as u64;
            let is_cut = bytes > ROW_BYTES_MAX;
            return Ok(Some(if is_cut {
                too_long(self.number, offset, text)
            } else {
                json_row(self.number, offset, text)
            }));
        }
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}

impl Elements {
    fn read_opening(&mut self) -> io::Result<()> {
        loop {
            let mut byte = [0];
            if self.reader.read(&mut byte)? == 0 {
                self.state = State::After;
                return Ok(());
            }
            self.offset += 1;
            match byte[0] {
                b'[' => {
                    self.state = State::Inside;
                    return Ok(());
                }
                byte if byte.is_ascii_whitespace() => {}
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a JSON array begins with [")),
            }
        }
    }

    /// Collects the bytes up to the comma or bracket that ends the element; only strings and brackets are understood,
    /// so that an element that is not JSON does not end the file. What is beyond the longest row is not kept.
    fn read_element(&mut self) -> io::Result<u64> {
        self.element.clear();
        let (mut depth, mut in_string, mut escaped, mut bytes) = (0u32, false, false, 0u64);
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the JSON array is not closed"));
            }
            let end = chunk.iter().position(|byte| {
                match (in_string, byte) {
                    (true, _) if escaped => escaped = false,
                    (true, b'\\') => escaped = true,
                    (_, b'"') => in_string = !in_string,
                    (false, b'{' | b'[') => depth = depth.saturating_add(1),
                    (false, b'}' | b']') if depth > 0 => depth -= 1,
                    (false, b',' | b']') if depth == 0 => return true,
                    _ => {}
                }
                false
            });
            let taken = end.unwrap_or(chunk.len());
            if bytes <= ROW_BYTES_MAX {
                self.element.extend_from_slice(&chunk[..taken]);
            }
            bytes += taken as u64;
            if end.is_some_and(|end| chunk[end] == b']') {
                self.state = State::After;
            }
            let consumed = taken + usize::from(end.is_some());
            self.reader.consume(consumed);
            self.offset += consumed as u64;
            if end.is_some() {
                return Ok(bytes);
            }
        }
    }
}
