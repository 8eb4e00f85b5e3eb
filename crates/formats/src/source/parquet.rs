use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{Array, RecordBatch};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;
use serde_json::{Map, Value};
use types::FieldError;

use super::parquet_value::{cell, is_supported};
use super::{ImportFormat, Input, OpenOptions, RowSource, SourceError, SourceRow};
use crate::Rejected;

/// Apache Parquet. Its index stands at the end, so a stream is read into memory first.
pub(super) struct Parquet;

const BATCH_ROWS: usize = 2048;
const STREAM_BYTES_MAX: u64 = 1 << 30;

impl ImportFormat for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn detects(&self, head: &[u8]) -> bool {
        head.starts_with(b"PAR1")
    }

    fn open(&self, input: Input, options: &OpenOptions) -> Result<Box<dyn RowSource>, SourceError> {
        let rows = match input.path().map(ToOwned::to_owned) {
            Some(path) => {
                let file = fs_err::File::open(&path).map_err(|source| SourceError::Open { path, source })?;
                Rows::open(file.into_file(), options.after_row)
            }
            None => Rows::open(in_memory(input)?, options.after_row),
        };
        Ok(Box::new(rows?))
    }
}

fn in_memory(input: Input) -> Result<Bytes, SourceError> {
    let mut bytes = Vec::new();
    let read = input.reader().take(STREAM_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|source| SourceError::Broken { rows: 0, source })?;
    if bytes.len() as u64 > STREAM_BYTES_MAX {
        return Err(SourceError::ParquetTooLarge);
    }
    Ok(Bytes::from(bytes))
}

struct Rows {
    reader: ParquetRecordBatchReader,
    columns: Vec<String>,
    batch: Option<RecordBatch>,
    /// Next row of the batch.
    next: usize,
    number: u64,
}

impl Rows {
    fn open(file: impl ChunkReader + 'static, after_row: u64) -> Result<Self, SourceError> {
        let skip = usize::try_from(after_row).unwrap_or(usize::MAX);
        guarded(0, || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| error.to_string())?;
            let rows = builder.metadata().file_metadata().num_rows();
            let skip = skip.min(usize::try_from(rows).unwrap_or(0));
            let schema = builder.schema().clone();
            let reader = builder.with_batch_size(BATCH_ROWS).with_offset(skip).build();
            Ok((schema, reader.map_err(|error| error.to_string())?))
        })
        .and_then(|(schema, reader)| {
            let unsupported = schema.fields().iter().filter(|field| !is_supported(field.data_type()));
            let unsupported: Vec<String> =
                unsupported.map(|field| format!("`{}` ({})", field.name(), field.data_type())).collect();
            if !unsupported.is_empty() {
                return Err(SourceError::Schema { columns: unsupported.join(", ") });
            }
            let columns = schema.fields().iter().map(|field| field.name().clone()).collect();
            Ok(Self { reader, columns, batch: None, next: 0, number: after_row })
        })
    }
}

impl RowSource for Rows {
    fn next_row(&mut self) -> Result<Option<SourceRow>, SourceError> {
        loop {
            if let Some(batch) = self.batch.as_ref().filter(|batch| self.next < batch.num_rows()) {
                self.number += 1;
                let fields = row_fields(&self.columns, batch, self.next, self.number);
                self.next += 1;
                return Ok(Some(SourceRow { number: self.number, offset: None, fields }));
            }
            let reader = &mut self.reader;
            let batch = guarded(self.number, || reader.next().transpose().map_err(|error| error.to_string()))?;
            if batch.is_none() {
                return Ok(None);
            }
            (self.batch, self.next) = (batch, 0);
        }
    }

    fn columns(&self) -> Option<&[String]> {
        Some(&self.columns)
    }
}

fn row_fields(
    columns: &[String],
    batch: &RecordBatch,
    row: usize,
    number: u64,
) -> Result<Map<String, Value>, Rejected> {
    let mut fields = Map::with_capacity(columns.len());
    let mut fault: Option<FieldError> = None;
    for (name, column) in columns.iter().zip(batch.columns()) {
        let value = cell(column.as_ref() as &dyn Array, row).unwrap_or_else(|error| {
            fault.get_or_insert(error.within(name));
            Value::Null
        });
        fields.insert(name.clone(), value);
    }
    match fault {
        Some(error) => Err(Rejected::of_fields(number, error, &fields)),
        None => Ok(fields),
    }
}

/// The decoder panics on some damaged files; such a file is refused like any other damaged one.
fn guarded<T>(rows: u64, read: impl FnOnce() -> Result<T, String>) -> Result<T, SourceError> {
    let outcome = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("its pages are damaged".to_owned()));
    outcome.map_err(|reason| SourceError::Parquet { rows, reason })
}
