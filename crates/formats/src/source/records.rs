use std::io::{self, BufRead, BufReader, Read};

use csv_core::ReadRecordResult;

use super::{Input, ROW_BYTES_MAX, SourceError};

const BUFFER_BYTES: usize = 256 * 1024;

/// Cuts a text into records and tells where each begins.
///
/// It drives the parser inside the `csv` crate itself: the reader on top of it takes a record to begin before the line
/// feed of a CRLF and before empty lines, and cannot stop a record that never ends.
pub(super) struct Records {
    input: BufReader<Box<dyn Read + Send>>,
    parser: csv_core::Reader,
    /// Where the next byte of the input stands.
    offset: u64,
    /// The bytes of the record's values, one after the other, and where each ends; longer than what is in use.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    width: usize,
    ended: bool,
}

impl Records {
    pub(super) fn new(input: Input, delimiter: u8, quoting: bool) -> Self {
        let offset = input.text_start();
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, Box::new(input.reader())),
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).quoting(quoting).build(),
            offset,
            bytes: vec![0; 4096],
            ends: vec![0; 64],
            width: 0,
            ended: false,
        }
    }

    /// Reads the next record and tells where it begins; `rows` have been read so far. Nothing comes after an error.
    pub(super) fn advance(&mut self, rows: u64) -> Result<Option<u64>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        let found = self.skip_line_ends().and_then(|()| {
            let start = self.offset;
            Ok((start, self.read_record(start)?))
        });
        self.ended = !matches!(found, Ok((_, Outcome::Record)));
        match found {
            Ok((start, Outcome::Record)) => Ok(Some(start)),
            Ok((_, Outcome::End)) => Ok(None),
            Ok((offset, Outcome::Endless)) => Err(SourceError::EndlessRow { row: rows + 1, offset }),
            Err(source) => Err(SourceError::Broken { rows, source }),
        }
    }

    /// How many values the record has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The record's values.
    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        let ends = &self.ends[..self.width];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(|(start, end)| &self.bytes[start..*end])
    }

    /// Passes over what ends the record before and over empty lines; the parser would pass over them too.
    fn skip_line_ends(&mut self) -> io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            let line_ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let is_past_them = line_ends < input.len() || input.is_empty();
            self.input.consume(line_ends);
            self.offset += line_ends as u64;
            if is_past_them {
                return Ok(());
            }
        }
    }

    fn read_record(&mut self, start: u64) -> io::Result<Outcome> {
        let mut length = 0;
        self.width = 0;
        loop {
            let input = self.input.fill_buf()?;
            let (result, read, written, ended) =
                self.parser.read_record(input, &mut self.bytes[length..], &mut self.ends[self.width..]);
            self.input.consume(read);
            self.offset += read as u64;
            length += written;
            self.width += ended;
            match result {
                ReadRecordResult::Record => return Ok(Outcome::Record),
                ReadRecordResult::End => return Ok(Outcome::End),
                _ if self.offset - start > ROW_BYTES_MAX => return Ok(Outcome::Endless),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }
}

/// What came of reading a record.
enum Outcome {
    Record,
    End,
    /// Longer than a row may be.
    Endless,
}
