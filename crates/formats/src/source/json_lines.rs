use std::io::{BufRead, BufReader, Read};

use super::{ImportFormat, Input, OpenOptions, ROW_BYTES_MAX, RowSource, SourceError, SourceRow, json_row, too_long};

/// One JSON object a line; empty lines are passed over.
pub(super) struct JsonLines;

impl ImportFormat for JsonLines {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn detects(&self, head: &[u8]) -> bool {
        super::json_array::first_byte(head) == Some(b'{')
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let offset = input.text_start();
        let reader = BufReader::with_capacity(256 * 1024, Box::new(input.reader()) as Box<dyn Read + Send>);
        Ok(Box::new(Lines { reader, line: Vec::new(), number: 0, offset, after_row: options.after_row }))
    }
}

struct Lines {
    reader: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
    number: u64,
    offset: u64,
    after_row: u64,
}

impl RowSource for Lines {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            let start = self.offset;
            let bytes = self.read_line(ROW_BYTES_MAX + 1)?;
            if bytes == 0 {
                return Ok(None);
            }
            self.number += 1;
            let is_cut = bytes > ROW_BYTES_MAX && !self.line.ends_with(b"\n");
            let row = if is_cut { Some(too_long(self.number, start, &self.line)) } else { None };
            if is_cut {
                while !self.line.ends_with(b"\n") && self.read_line(1 << 20)? > 0 {}
            }
            if self.number <= self.after_row {
                continue;
            }
            if let Some(row) = row {
                return Ok(Some(row));
            }
            let text = self.line.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(json_row(self.number, start, text)));
            }
        }
    }

    fn columns(&self) -> Option<&[String]> {
        None
    }
}

impl Lines {
    fn read_line(&mut self, bytes_max: u64) -> Result<u64, SourceError> {
        self.line.clear();
        let read = self.reader.by_ref().take(bytes_max).read_until(b'\n', &mut self.line);
        let bytes = read.map_err(|source| SourceError::Broken { rows: self.number, source })? as u64;
        self.offset += bytes;
        Ok(bytes)
    }
}
