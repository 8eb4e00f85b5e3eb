use std::path::Path;
use std::sync::Arc;

use formats::RowSource;
use rustc_hash::FxHashMap;
use serde_json::Value;
use types::{Currency, FieldError, Item, ItemId, Settings};

use crate::{Error, Result, dataset_name, lines};

/// Lines of `products.jsonl` looked at to tell what its fields are.
const SAMPLE: usize = 200;

/// Queries with judgements: what a search is measured by.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged {
    /// Name of the data.
    pub dataset: String,
    /// The queries, in order of the file.
    pub queries: Vec<JudgedQuery>,
}

/// One query.
#[derive(Clone, PartialEq, Debug)]
pub struct JudgedQuery {
    /// Its id.
    pub id: Arc<str>,
    /// What is typed.
    pub text: Arc<str>,
    /// Item → gain, 0 or more, of every item that was judged.
    pub gains: FxHashMap<ItemId, f64>,
}

impl JudgedQuery {
    /// Judged items with a gain above 0.
    pub fn relevant(&self) -> usize {
        self.gains.values().filter(|gain| **gain > 0.0).count()
    }
}

impl Judged {
    /// Reads `queries.jsonl` (`id`, `text`) and `judgements.csv` (`query_id`, `item_id`, `gain`) of a folder.
    ///
    /// # Errors
    /// Where a file is missing or a line is not what it should be: an id that comes twice, a judgement of an unknown query, a
    /// gain that is not a finite number of at least 0.
    pub fn load(dir: &Path) -> Result<Self> {
        let mut queries: Vec<JudgedQuery> = Vec::new();
        let mut places: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        lines::each(&lines::require(dir, "queries.jsonl")?, |_, line| {
            let document = formats::json::parse(line.as_bytes())?;
            let (id, text) = (text_or_number(&document, "id")?, text_or_number(&document, "text")?);
            if places.insert(Arc::clone(&id), queries.len()).is_some() {
                return Err(FieldError::new("duplicate_id", "id", "every query once", &*id));
            }
            queries.push(JudgedQuery { id, text, gains: FxHashMap::default() });
            Ok(())
        })?;
        let columns = ["query_id", "item_id", "gain"];
        lines::each_row(&lines::require(dir, "judgements.csv")?, b',', columns, |[query, item, gain]| {
            let place = places.get(query.trim());
            let place =
                place.ok_or_else(|| FieldError::new("unknown_query", "query_id", "an id of queries.jsonl", query))?;
            let expected = || FieldError::new("gain_invalid", "gain", "a finite number of at least 0", gain);
            let gain: f64 = gain.trim().parse().map_err(|_| expected())?;
            if !gain.is_finite() || gain < 0.0 {
                return Err(expected());
            }
            let item = ItemId::new(item.trim()).map_err(|error| FieldError { field: "item_id".to_owned(), ..error })?;
            match queries[*place].gains.insert(item.clone(), gain) {
                None => Ok(()),
                Some(_) => Err(FieldError::new("duplicate_id", "item_id", "an item once a query", item.as_str())),
            }
        })?;
        Ok(Self { dataset: dataset_name(dir), queries })
    }
}

/// The items of a folder's `products.jsonl`. Lines that are item documents are read as such; where they are not, their
/// fields are guessed as an import would, and a price without a currency gets none in particular (XXX).
///
/// # Errors
/// Where the file is missing or a product is refused; an evaluation on part of a catalogue would mislead.
pub fn products(dir: &Path, settings: &Settings) -> Result<Vec<Item>> {
    let path = lines::require(dir, "products.jsonl")?;
    if are_documents(&path, settings)? {
        let mut items = Vec::new();
        lines::each(&path, |_, line| {
            items.push(formats::json::item_from_json(&formats::json::parse(line.as_bytes())?, Some(settings))?);
            Ok(())
        })?;
        return Ok(items);
    }
    mapped(&path, settings)
}

/// Whether the first lines are all item documents.
fn are_documents(path: &Path, settings: &Settings) -> Result<bool> {
    let (mut seen, mut refused) = (0, false);
    lines::each(path, |_, line| {
        if seen < SAMPLE && !refused {
            seen += 1;
            let document = formats::json::parse(line.as_bytes())?;
            refused = formats::json::item_from_json(&document, Some(settings)).is_err();
        }
        Ok(())
    })?;
    Ok(!refused)
}

fn mapped(path: &Path, settings: &Settings) -> Result<Vec<Item>> {
    let broken = |error: formats::SourceError| Error::file(path, std::io::Error::other(error));
    let rows = formats::open_file(path, &formats::OpenOptions::default()).map_err(broken)?;
    let mut rows = formats::Sampled::new(rows, SAMPLE);
    let mapping = formats::Mapping::new(formats::Target::Items).with_currency(Currency::new("XXX")?);
    let mapping = mapping.guess(&rows.columns_seen(), &rows.rows()).mapping;
    let mut items = Vec::new();
    while let Some(row) = rows.next_row().map_err(broken)? {
        items.push(
            mapping
                .item(&row, Some(settings))
                .map_err(|rejected| Error::Refused { path: path.to_path_buf(), rejected: Box::new(rejected) })?,
        );
    }
    Ok(items)
}

/// A field that should be text, where people also write numbers.
fn text_or_number(document: &Value, name: &str) -> std::result::Result<Arc<str>, FieldError> {
    match &document[name] {
        Value::String(text) => Ok(Arc::from(text.as_str())),
        Value::Number(number) => Ok(Arc::from(number.to_string())),
        other => Err(FieldError::new("text_missing", name, "a text", other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(queries: &str, judgements: &str) -> std::result::Result<Judged, String> {
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("queries.jsonl"), queries).unwrap();
        fs_err::write(dir.path().join("judgements.csv"), judgements).unwrap();
        Judged::load(dir.path()).map_err(|error| error.to_string().replace(&dir.path().display().to_string(), "DIR"))
    }

    #[test]
    fn queries_and_judgements_are_joined() {
        let judged = load(
            "{\"id\":1,\"text\":\"红色连衣裙\"}\n{\"id\":\"b\",\"text\":\"tea\"}\n",
            "query_id,item_id,gain\n1,\"x,1\",0.1\n1,y,0\nb,z,1\n",
        )
        .unwrap();
        assert_eq!(judged.queries[0].gains[&ItemId::new("x,1").unwrap()], 0.1);
        assert_eq!((judged.queries[0].gains.len(), judged.queries[0].relevant()), (2, 1));
    }

    #[test]
    fn faults_name_file_line_and_field() {
        let query = "{\"id\":\"1\",\"text\":\"tea\"}\n";
        let head = "query_id,item_id,gain\n";
        for (queries, judgements, expected) in [
            (
                query,
                format!("{head}2,x,1\n"),
                "DIR/judgements.csv, line 2: `query_id`: expected an id of queries.jsonl, got 2",
            ),
            (
                query,
                format!("{head}1,x,NaN\n"),
                "DIR/judgements.csv, line 2: `gain`: expected a finite number of at least 0, got NaN",
            ),
            (
                query,
                format!("{head}1,x,1\n1,x,1\n"),
                "DIR/judgements.csv, line 3: `item_id`: expected an item once a query, got x",
            ),
            ("{\"id\":\"1\"}\n", String::new(), "DIR/queries.jsonl, line 1: `text`: expected a text, got null"),
            (
                &format!("{query}{query}"),
                String::new(),
                "DIR/queries.jsonl, line 2: `id`: expected every query once, got 1",
            ),
        ] {
            assert_eq!(load(queries, &judgements).unwrap_err(), expected);
        }
    }
}
