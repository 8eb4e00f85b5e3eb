use std::io::{self, BufRead, BufReader, Read};

use super::{ImportFormat, Input, OpenOptions, ROW_BYTES_MAX, RowSource, SourceError, SourceRow, json_row};

/// JSON objects one after another, each over as many lines as it likes: a saved request, a document for people.
pub(super) struct JsonDocument;

impl ImportFormat for JsonDocument {
    fn name(&self) -> &'static str {
        "json-document"
    }

    /// The first line leaves something open. A line that is only cut off does not end so: it stays a bad row of JSON lines.
    fn detects(&self, head: &[u8]) -> bool {
        if super::json_array::first_byte(head) != Some(b'{') {
            return false;
        }
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
        let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return false };
        let line = head[..end].trim_ascii_end();
        let is_open = serde_json::from_slice::<serde_json::Value>(line).is_err_and(|error| error.is_eof());
        is_open && line.last().is_some_and(|byte| b"{[,:".contains(byte))
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let offset = input.text_start();
        let reader = BufReader::with_capacity(256 * 1024, Box::new(input.reader()) as Box<dyn Read + Send>);
        Ok(Box::new(Documents { reader, document: Vec::new(), number: 0, offset, after_row: options.after_row }))
    }
}

struct Documents {
    reader: BufReader<Box<dyn Read + Send>>,
    document: Vec<u8>,
    number: u64,
    offset: u64,
    after_row: u64,
}

impl RowSource for Documents {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            let rows = self.number;
            let is_there = self.read_document().map_err(|source| SourceError::Broken { rows, source })?;
            if !is_there {
                return Ok(None);
            }
            let start = self.offset - self.document.len() as u64;
            self.number += 1;
            if self.document.len() as u64 > ROW_BYTES_MAX {
                return Err(SourceError::EndlessRow { row: self.number, offset: start });
            }
            if self.number > self.after_row {
                return Ok(Some(json_row(self.number, start, &self.document)));
            }
        }
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}

impl Documents {
    /// Collects one document, up to the bracket that closes what its first byte opened; `false` at the end.
    fn read_document(&mut self) -> io::Result<bool> {
        self.document.clear();
        let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                return match self.document.is_empty() {
                    true => Ok(false),
                    false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a JSON document is not closed")),
                };
            }
            let skipped = if self.document.is_empty() {
                chunk.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b',').count()
            } else {
                0
            };
            let chunk = &chunk[skipped..];
            let end = chunk.iter().position(|byte| {
                match (in_string, byte) {
                    (true, _) if escaped => escaped = false,
                    (true, b'\\') => escaped = true,
                    (_, b'"') => in_string = !in_string,
                    (false, b'{' | b'[') => depth = depth.saturating_add(1),
                    (false, b'}' | b']') => depth = depth.saturating_sub(1),
                    // What opens nothing ends with its line, and is refused as a row.
                    (false, b'\n') if depth == 0 => return true,
                    _ => return false,
                }
                !in_string && depth == 0
            });
            let taken = end.map_or(chunk.len(), |end| end + 1);
            if self.document.len() as u64 <= ROW_BYTES_MAX {
                self.document.extend_from_slice(&chunk[..taken]);
            }
            self.offset += (skipped + taken) as u64;
            self.reader.consume(skipped + taken);
            if end.is_some() || self.document.len() as u64 > ROW_BYTES_MAX {
                return Ok(true);
            }
        }
    }
}
