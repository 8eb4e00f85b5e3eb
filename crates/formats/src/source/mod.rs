//! Rows of a file, one at a time, whatever its format.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::Rejected;

/// One row of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceRow {
    /// Its number, from 1; a header is not a row.
    pub number: u64,
    /// Where it begins in the uncompressed data, where the format can tell.
    pub offset: Option<u64>,
    /// Column → value, or why the row cannot be read. The rows after it are not touched by that.
    pub fields: Result<Map<String, Value>, Rejected>,
}

/// Reads the rows of one file in order.
pub trait RowSource: Send {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// A [`SourceError`] that ends the file: broken compression, a disk that fails, a file that is not what it seems.
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError>;
    /// The columns, where the format names them ahead of the rows.
    fn columns(&self) -> Option<&[String]>;
}

/// A file format that rows can be imported from.
pub trait ImportFormat: Sync {
    /// Stable name, such as `csv`.
    fn name(&self) -> &'static str;
    /// Whether data that begins like `head` (uncompressed) is of this format.
    fn detects(&self, head: &[u8]) -> bool;
    /// Opens the rows.
    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError>;
}

/// Where the bytes come from, uncompressed.
pub struct Input;

/// How to open a file; the default lets the bytes decide.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Name of the format; `None` tells it by the first bytes.
    pub format: Option<String>,
    /// Delimiter of a table in text; `None` tells it by the first lines.
    pub delimiter: Option<u8>,
    /// Rows to pass over: the number of the last row already imported.
    pub after_row: u64,
}

/// Why a file cannot be read (any further).
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// To be completed.
    #[error("{0}")]
    Read(String),
}

/// Every format, in the order in which they are asked whether a file is theirs.
pub const FORMATS: &[&dyn ImportFormat] = &[];

/// Opens a file, compressed or not.
pub fn open_file(_path: &Path, _options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> { todo!("{:?}", PathBuf::new()) }
/// Opens a stream, compressed or not: standard input, the body of a request.
pub fn open_reader(_reader: Box<dyn Read + Send>, _options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> { todo!() }

/// A source whose first rows were looked at ahead, to guess a mapping from; gives them out again.
pub struct Sampled { source: Box<dyn RowSource> }
impl Sampled {
    /// Reads up to `count` rows ahead.
    pub fn new(source: Box<dyn RowSource>, _count: usize) -> Result<Self, SourceError> { Ok(Self { source }) }
    /// The readable rows among them.
    pub fn rows(&self) -> Vec<&Map<String, Value>> { todo!() }
    /// The source's columns, else every column of the rows looked at, in order of appearance.
    pub fn columns_seen(&self) -> Vec<String> { todo!() }
}
impl RowSource for Sampled {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> { self.source.next_row() }
    fn columns(&self) -> Option<&[String]> { self.source.columns() }
}
