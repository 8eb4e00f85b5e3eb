//! Lists of recommended items, one a user, as files for other programs: JSON lines or Parquet.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde_json::json;

/// What is recommended to a user, best first.
#[derive(Clone, PartialEq, Debug)]
pub struct RecommendedList {
    /// The user.
    pub user: String,
    /// The items.
    pub items: Vec<RecommendedItem>,
}

/// An item of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct RecommendedItem {
    /// Its id.
    pub item: String,
    /// Its score.
    pub score: f32,
    /// Who brought it, such as `model` or `popular`.
    pub source: String,
}

/// Takes lists and writes them as they come.
pub enum ListWriter<W: Write + Send> {
    /// A document a user: `{"user": "u1", "items": [{"item": "a", "score": 0.9, "source": "model"}]}`.
    JsonLines(W),
    /// A row an item: `user`, `rank` from 1, `item`, `score`, `source`.
    Parquet(Box<ArrowWriter<W>>),
}

/// Why lists cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file cannot be written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Parquet cannot be written.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

impl<W: Write + Send> ListWriter<W> {
    /// Writes Parquet, compressed with Snappy, which every reader knows.
    ///
    /// # Errors
    /// Where the head of the file cannot be written.
    pub fn parquet(out: W) -> Result<Self, ListError> {
        let schema = columns(&[])?.schema();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Ok(Self::Parquet(Box::new(ArrowWriter::try_new(out, schema, Some(properties))?)))
    }

    /// Writes lists.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn write(&mut self, lists: &[RecommendedList]) -> Result<(), ListError> {
        match self {
            Self::JsonLines(out) => {
                for list in lists {
                    let item =
                        |one: &RecommendedItem| json!({ "item": one.item, "score": one.score, "source": one.source });
                    let items: Vec<_> = list.items.iter().map(item).collect();
                    writeln!(out, "{}", json!({ "user": list.user, "items": items }))?;
                }
            }
            Self::Parquet(writer) => writer.write(&columns(lists)?)?,
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(self) -> Result<(), ListError> {
        match self {
            Self::JsonLines(mut out) => out.flush()?,
            Self::Parquet(writer) => writer.into_inner()?.flush()?,
        }
        Ok(())
    }
}

fn columns(lists: &[RecommendedList]) -> Result<RecordBatch, ListError> {
    let rows = || lists.iter().flat_map(|list| (1u32..).zip(&list.items).map(move |(rank, item)| (list, rank, item)));
    let columns: [(&str, ArrayRef); 5] = [
        ("user", Arc::new(StringArray::from_iter_values(rows().map(|(list, ..)| &list.user)))),
        ("rank", Arc::new(UInt32Array::from_iter_values(rows().map(|(_, rank, _)| rank)))),
        ("item", Arc::new(StringArray::from_iter_values(rows().map(|(.., item)| &item.item)))),
        ("score", Arc::new(Float32Array::from_iter_values(rows().map(|(.., item)| item.score)))),
        ("source", Arc::new(StringArray::from_iter_values(rows().map(|(.., item)| &item.source)))),
    ];
    Ok(RecordBatch::try_from_iter(columns).map_err(ParquetError::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray as _;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn lists() -> Vec<RecommendedList> {
        let item = |id: &str, score| RecommendedItem { item: id.to_owned(), score, source: "model".to_owned() };
        let list = |user: &str, items| RecommendedList { user: user.to_owned(), items };
        vec![list("顾客", vec![item("茶", 1.0), item("cup", 0.5)]), list("new", Vec::new())]
    }

    #[test]
    fn lists_are_read_back() {
        let mut bytes = Vec::new();
        let mut writer = ListWriter::JsonLines(&mut bytes);
        writer.write(&lists()).unwrap();
        writer.finish().unwrap();
        let written = String::from_utf8(bytes).unwrap();
        let read: Vec<serde_json::Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let item = |id: &str, score: f64| json!({ "item": id, "score": score, "source": "model" });
        let first = json!({ "user": "顾客", "items": [item("茶", 1.0), item("cup", 0.5)] });
        assert_eq!(read, [first, json!({ "user": "new", "items": [] })]);

        let mut bytes = Vec::new();
        let mut writer = ListWriter::parquet(&mut bytes).unwrap();
        writer.write(&lists()).unwrap();
        writer.write(&lists()).unwrap();
        writer.finish().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap().build().unwrap();
        let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 4);
        assert_eq!(batches[0].column_by_name("item").unwrap().as_string::<i32>().value(1), "cup");
    }
}
