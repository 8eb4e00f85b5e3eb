//! Rows of a file, one at a time, whatever its format.
//!
//! A format is one file here and one line in [`FORMATS`].

mod delimited;
mod encoding;
mod error;
mod html;
mod input;
mod json_array;
mod json_document;
mod json_lines;
mod parquet;
mod parquet_value;
mod records;
mod sampled;
mod xml;

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::Rejected;

pub use error::SourceError;
pub use input::Input;
pub use sampled::Sampled;

/// Longest row accepted, in bytes: what bounds the memory of an import.
pub(crate) const ROW_BYTES_MAX: u64 = 16 << 20;

/// Every format, in the order in which they are asked whether a file is theirs; the last takes what is left.
pub const FORMATS: &[&dyn ImportFormat] = &[
    &parquet::Parquet,
    &json_array::JsonArray,
    &json_document::JsonDocument,
    &json_lines::JsonLines,
    &xml::Xml,
    &html::Html,
    &delimited::Tsv,
    &delimited::Csv,
];

/// A file format that rows can be imported from.
pub trait ImportFormat: Sync {
    /// Stable name, such as `csv`.
    fn name(&self) -> &'static str;

    /// Whether data that begins like `head` (uncompressed, some 64 KiB where there is so much) is of this format.
    fn detects(&self, head: &[u8]) -> bool;

    /// Opens the rows after row `options.after_row`.
    ///
    /// # Errors
    /// A [`SourceError`] where the file is not what it seems.
    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError>;
}

/// Reads the rows of one file in order.
pub trait RowSource: Send {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A [`SourceError`] that ends the file: broken compression, a disk that fails. A row that cannot be read is not
    /// one: it comes as a row with the reason.
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError>;

    /// The columns, where the format names them ahead of the rows.
    fn columns(&self) -> Option<&[String]>;
}

/// One row of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceRow {
    /// Its number, from 1: the line in JSON lines, the record in other formats; a header is not a row.
    pub number: u64,
    /// Where it begins in the uncompressed data, where the format can tell.
    pub offset: Option<u64>,
    /// Column → value, or why the row cannot be read.
    pub fields: Result<Map<String, Value>, Rejected>,
}

/// How to open a file; the default lets its bytes decide.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Name of the format; `None` tells it by the first bytes.
    pub format: Option<String>,
    /// Delimiter of a table in text; `None` tells it by the first lines.
    pub delimiter: Option<u8>,
    /// Rows to pass over: the number of the last row already imported.
    pub after_row: u64,
}

/// Opens a file, plain or compressed with gzip or zstd; its bytes tell what it is, not its name.
///
/// # Errors
/// A [`SourceError`] where it cannot be opened.
pub fn open_file(path: &Path, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
    open(Input::file(path)?, options)
}

/// Opens a stream, plain or compressed: standard input, the body of a request.
///
/// # Errors
/// A [`SourceError`] where it cannot be read.
pub fn open_reader(reader: Box<dyn Read + Send>, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
    open(Input::stream(reader)?, options)
}

fn open(input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
    let format = match &options.format {
        Some(name) => FORMATS.iter().find(|format| format.name() == name).ok_or_else(|| {
            let known: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
            SourceError::UnknownFormat { name: name.clone(), known: known.join(", ") }
        })?,
        None => FORMATS.iter().find(|format| format.detects(input.head())).ok_or(SourceError::Unrecognised)?,
    };
    format.open(input, options)
}

/// The row in `text`, which should be a JSON object.
fn json_row(number: u64, offset: u64, text: &[u8]) -> SourceRow {
    let fields = match crate::json::parse(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Rejected::new(number, not_an_object(&other), other)),
        Err(error) => Err(Rejected::of_text(number, error, text)),
    };
    SourceRow { number, offset: Some(offset), fields }
}

fn not_an_object(value: &Value) -> types::FieldError {
    types::FieldError::new("type_mismatch", "", "a JSON object", crate::json::describe(value))
}

fn too_long(number: u64, offset: u64, beginning: &[u8]) -> SourceRow {
    let error = types::FieldError::new("row_too_large", "", "a row of at most 16 MiB", "a longer one");
    let rejected = Rejected::of_text(number, error, beginning);
    SourceRow { number, offset: Some(offset), fields: Err(rejected) }
}
