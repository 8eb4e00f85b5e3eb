use serde_json::{Map, Value};
use types::FieldError;

use super::records::Records;
use super::{ImportFormat, Input, OpenOptions, RowSource, SourceError, SourceRow};
use crate::Rejected;

/// Values between commas, semicolons or bars, with a header.
pub(super) struct Csv;
/// Values between tabs, with a header.
pub(super) struct Tsv;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

impl ImportFormat for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    /// Any text is a table, if only of one column.
    fn detects(&self, head: &[u8]) -> bool {
        !head.contains(&0)
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let delimiter = options.delimiter.unwrap_or_else(|| sniff(input.head()));
        Ok(Box::new(Table::open(input, delimiter, true, options.after_row)?))
    }
}

impl ImportFormat for Tsv {
    fn name(&self) -> &'static str {
        "tsv"
    }

    fn detects(&self, head: &[u8]) -> bool {
        !head.contains(&0) && sniff(head) == b'\t'
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let delimiter = options.delimiter.unwrap_or(b'\t');
        let quoting = quotes_are_closed(input.head(), delimiter);
        Ok(Box::new(Table::open(input, delimiter, quoting, options.after_row)?))
    }
}

/// The delimiter that cuts the first lines into the same number of values, the largest such number winning.
fn sniff(head: &[u8]) -> u8 {
    let score = |delimiter: u8| {
        let counts: Vec<usize> = counts_by_line(head, delimiter);
        let first = counts.first().copied().unwrap_or(0);
        let agreeing = counts.iter().filter(|count| **count == first).count();
        let is_regular = agreeing * 10 >= counts.len() * 8;
        (is_regular && first > 0, first)
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter));
    best.filter(|delimiter| score(*delimiter).1 > 0).unwrap_or(b',')
}

/// How often `delimiter` stands outside quotes, in each of the first lines.
fn counts_by_line(head: &[u8], delimiter: u8) -> Vec<usize> {
    let (mut counts, mut count, mut quoted) = (Vec::new(), 0, false);
    for byte in head {
        match *byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => counts.push(std::mem::take(&mut count)),
            other if other == delimiter && !quoted => count += 1,
            _ => {}
        }
        if counts.len() == 20 {
            return counts;
        }
    }
    if counts.is_empty() {
        counts.push(count);
    }
    counts
}

/// Whether each value that begins with a quote ends with one: in tables between tabs a quote is often only an inch
/// sign, and would swallow the rows that follow.
fn quotes_are_closed(head: &[u8], delimiter: u8) -> bool {
    let lines = head.split(|byte| *byte == b'\n').take(1000);
    lines
        .flat_map(|line| line.trim_ascii_end().split(move |byte| *byte == delimiter))
        .all(|value| !value.starts_with(b"\"") || (value.len() > 1 && value.ends_with(b"\"")))
}

/// Records under a header.
struct Table {
    records: Records,
    columns: Vec<String>,
    number: u64,
    after_row: u64,
}

impl Table {
    fn open(input: Input, delimiter: u8, quoting: bool, after_row: u64) -> Result<Self, SourceError> {
        let mut records = Records::new(input, delimiter, quoting);
        let columns = if records.advance(0)?.is_some() { header(&records)? } else { Vec::new() };
        Ok(Self { records, columns, number: 0, after_row })
    }

    fn fields(&self) -> Result<Map<String, Value>, FieldError> {
        if self.records.width() != self.columns.len() {
            let expected = format!("{} values, as in the header", self.columns.len());
            return Err(FieldError::new("row_width", "", expected, format!("{} values", self.records.width())));
        }
        let pairs = self.columns.iter().zip(self.records.values());
        pairs.map(|(column, value)| Ok((column.clone(), cell(column, value)?))).collect()
    }

    fn as_text(&self) -> Vec<u8> {
        self.records.values().collect::<Vec<_>>().join(&b"\t"[..])
    }
}

impl RowSource for Table {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        while let Some(offset) = self.records.advance(self.number)? {
            self.number += 1;
            if self.number > self.after_row {
                let number = self.number;
                let fields = self.fields().map_err(|error| Rejected::of_text(number, error, &self.as_text()));
                return Ok(Some(SourceRow { number, offset: Some(offset), fields }));
            }
        }
        Ok(None)
    }

    fn columns(&self) -> Option<&[String]> {
        Some(&self.columns)
    }
}

/// A value of a table is text; an empty one is nothing.
fn cell(column: &str, value: &[u8]) -> Result<Value, FieldError> {
    match std::str::from_utf8(value) {
        Ok("") => Ok(Value::Null),
        Ok(text) => Ok(Value::from(text)),
        Err(error) => Err(crate::json::invalid_utf8(value, error.valid_up_to()).within(column)),
    }
}

fn header(record: &Records) -> Result<Vec<String>, SourceError> {
    let mut columns: Vec<String> = Vec::with_capacity(record.width());
    for (place, name) in record.values().enumerate() {
        let Ok(name) = std::str::from_utf8(name) else {
            return Err(SourceError::Header { reason: format!("the name of column {} is not in UTF-8", place + 1) });
        };
        let name = if name.trim().is_empty() { format!("column_{}", place + 1) } else { name.trim().to_owned() };
        if columns.contains(&name) {
            return Err(SourceError::Header { reason: format!("two columns are called `{name}`") });
        }
        columns.push(name);
    }
    Ok(columns)
}
