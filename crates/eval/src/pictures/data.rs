use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formats::{OpenOptions, Pictures};
use serde_json::Value;
use types::FieldError;

use crate::{Error, Result};

/// Names under which tables hold what a product is called.
const TITLES: [&str; 4] = ["title", "name", "productdisplayname", "product_name"];
/// Longest value that is taken for an attribute; longer ones are prose.
const ATTRIBUTE_BYTES_MAX: usize = 64;

/// Products with pictures: what texts and pictures are joined on.
pub struct PictureData {
    /// Where they come from.
    pub dir: PathBuf,
    /// The products that have both a text and a picture, in the order of the table.
    pub products: Vec<PictureProduct>,
    /// Their pictures.
    pub pictures: Pictures,
    /// Rows without an id, without a text or without a picture.
    pub left_out: usize,
}

/// A product with a picture.
#[derive(Clone, PartialEq, Debug)]
pub struct PictureProduct {
    /// Its id, which the picture's file is called by.
    pub id: String,
    /// What it is called; empty where the table does not say.
    pub title: String,
    /// Short values, by column.
    pub attributes: BTreeMap<String, String>,
}

impl PictureData {
    /// Reads a folder: one or more tables (CSV, TSV, JSON lines or Parquet, plain or compressed) and one tar archive or
    /// folder of pictures. The table with a column `id` leads; one without goes along with it row by row.
    ///
    /// # Errors
    /// A folder without products or without pictures, or a file that cannot be read.
    pub fn load(dir: &Path) -> Result<Self> {
        let failed = |error| Error::file(dir, error);
        let entries = fs_err::read_dir(dir).map_err(failed)?.collect::<std::io::Result<Vec<_>>>().map_err(failed)?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs_err::DirEntry::path).collect();
        paths.sort();
        let missing = |expected: &str| Error::Missing { dir: dir.to_path_buf(), expected: expected.to_owned() };
        let is_tar = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "tar");
        let pictures = paths.iter().find(is_tar).or_else(|| paths.iter().find(|path| path.is_dir()));
        let pictures = pictures.ok_or_else(|| missing("a tar archive or a folder of pictures"))?;
        let pictures = Pictures::open(pictures).map_err(|error| Error::file(pictures, error))?;
        let tables: Vec<Vec<BTreeMap<String, String>>> =
            paths.iter().filter(|path| is_table(path)).map(|path| read_table(path)).collect::<Result<_>>()?;
        let leads = |table: &Vec<BTreeMap<String, String>>| table.first().is_some_and(|row| row.contains_key("id"));
        let mut rows =
            tables.iter().find(|table| leads(table)).cloned().ok_or_else(|| missing("a table with a column `id`"))?;
        for table in tables.iter().filter(|table| !leads(table)) {
            if table.len() != rows.len() {
                return Err(missing("tables without `id` that have as many rows as the one with it"));
            }
            rows.iter_mut().zip(table).for_each(|(row, more)| row.extend(more.clone()));
        }
        let all = rows.len();
        let has_picture: std::collections::HashSet<&str> = pictures.ids().collect();
        let products: Vec<PictureProduct> =
            rows.into_iter().filter_map(product).filter(|product| has_picture.contains(&*product.id)).collect();
        if products.is_empty() {
            return Err(Error::Nothing(dir.display().to_string(), "no product has both a text and a picture"));
        }
        let left_out = all - products.len();
        Ok(Self { dir: dir.to_path_buf(), products, pictures, left_out })
    }
}

fn is_table(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
    [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"].iter().any(|ending| plain.ends_with(ending))
}

fn read_table(path: &Path) -> Result<Vec<BTreeMap<String, String>>> {
    let wrong = |line, got: String| Error::Line {
        path: path.to_path_buf(),
        line,
        wrong: FieldError::new("table_invalid", "row", "a row of a table", got),
    };
    let mut source = formats::open_file(path, &OpenOptions::default()).map_err(|error| wrong(0, error.to_string()))?;
    let mut rows = Vec::new();
    while let Some(row) = source.next_row().map_err(|error| wrong(error.rows_read(), error.to_string()))? {
        // A row that cannot be read must not shift the rows of the table that goes along.
        let fields = row.fields.unwrap_or_default();
        rows.push(fields.into_iter().filter_map(|(name, value)| Some((name, plain(value)?))).collect());
    }
    Ok(rows)
}

/// A value as text; nothing of what is empty or nested.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn product(mut row: BTreeMap<String, String>) -> Option<PictureProduct> {
    let id = row.remove("id")?;
    let name = row.keys().find(|name| TITLES.contains(&name.to_lowercase().as_str())).cloned();
    let title = name.and_then(|name| row.remove(&name)).unwrap_or_default();
    row.retain(|_, value| value.len() <= ATTRIBUTE_BYTES_MAX);
    (!title.is_empty() || !row.is_empty()).then_some(PictureProduct { id, title, attributes: row })
}
