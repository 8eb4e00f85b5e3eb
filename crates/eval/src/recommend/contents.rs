//! What data sets know of their items.

use std::collections::BTreeMap;
use std::path::Path;

use engine::ExportedVectors;
use learn::recommend::{ItemContents, Sparse};
use rustc_hash::FxHashMap;
use serde_json::Value;
use types::{Dictionary, FieldError, Row};

use crate::{Error, Result, lines};

/// What a folder's files say of these items: `items.jsonl` (one item document a line: the words of its title, its brand and
/// categories, its price), vectors exported for them in `vectors.bin`, and `*_item2attributes.json` (an item's attributes by
/// number). Nothing where there are no such files.
pub(super) fn of_folder(dir: &Path, items: &Dictionary) -> Result<ItemContents> {
    let mut contents = ItemContents::default();
    let mut attributes = Attributes { of: vec![Vec::new(); items.len()], numbers: FxHashMap::default() };
    if let Some(path) = lines::find(dir, "items.jsonl") {
        let mut titles = vec![String::new(); items.len()];
        contents.prices = vec![0.0; items.len()];
        contents.margins = vec![0.0; items.len()];
        contents.categories = vec![ItemContents::NO_CATEGORY; items.len()];
        lines::each(&path, |_, line| {
            let wrong = || FieldError::new("item_invalid", "line", "an item document", line);
            let item: Value = serde_json::from_str(line).map_err(|_| wrong())?;
            let id = item.get("id").and_then(Value::as_str).ok_or_else(wrong)?;
            let Some(row) = items.row(id) else { return Ok(()) };
            titles[row.index()] = item.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
            let amount = |name: &str| {
                let value = item.get(name).or_else(|| item.get("attributes")?.get(name))?;
                value.get("amount").unwrap_or(value).as_f64()
            };
            contents.prices[row.index()] = amount("price").unwrap_or_default() as f32;
            contents.margins[row.index()] = amount("margin").unwrap_or_default() as f32;
            attributes.take_item(row, &item, &mut contents.categories);
            Ok(())
        })?;
        if let Some(path) = lines::find(dir, "vectors.bin") {
            take_vectors(&path, &titles, &mut contents)?;
        }
    }
    for entry in fs_err::read_dir(dir).map_err(|error| Error::file(dir, error))?.flatten() {
        if entry.file_name().to_string_lossy().contains("item2attributes.json") {
            attributes.take_numbers(&entry.path(), items)?;
        }
    }
    if !attributes.numbers.is_empty() {
        contents.attributes = Sparse::from_rows(attributes.numbers.len(), attributes.of);
    }
    Ok(contents)
}

struct Attributes {
    of: Vec<Vec<(u32, f32)>>,
    numbers: FxHashMap<String, u32>,
}

impl Attributes {
    fn add(&mut self, row: Row, attribute: String) -> u32 {
        let next = self.numbers.len() as u32;
        let number = *self.numbers.entry(attribute).or_insert(next);
        if !self.of[row.index()].iter().any(|(known, _)| *known == number) {
            self.of[row.index()].push((number, 1.0));
        }
        number
    }

    fn take_item(&mut self, row: Row, item: &Value, categories: &mut [u32]) {
        let text = |name: &str| item.get(name).or_else(|| item.get("attributes")?.get(name));
        let title = text("title").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        for word in title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
            self.add(row, format!("title {word}"));
        }
        if let Some(brand) = text("brand").and_then(Value::as_str) {
            self.add(row, format!("brand {}", brand.to_lowercase()));
        }
        for category in text("category").or_else(|| text("categories")).and_then(Value::as_array).into_iter().flatten()
        {
            // A path counts with each of its steps; the last one met is the most special.
            let steps = category.as_array().map_or(std::slice::from_ref(category), Vec::as_slice);
            for step in steps.iter().filter_map(Value::as_str) {
                categories[row.index()] = self.add(row, format!("category {step}"));
            }
        }
    }

    /// A JSON object: an item's id, then the numbers of its attributes.
    fn take_numbers(&mut self, path: &Path, items: &Dictionary) -> Result<()> {
        let expected = "an object from items to lists of attributes' numbers";
        let wrong = || FieldError::new("attributes_invalid", "file", expected, path.display().to_string());
        let parsed: BTreeMap<String, Vec<u64>> = serde_json::from_reader(lines::open(path)?).map_err(|_| wrong())?;
        for (item, numbers) in parsed {
            if let Some(row) = items.row(&item) {
                numbers.iter().for_each(|number| _ = self.add(row, number.to_string()));
            }
        }
        Ok(())
    }
}

/// Vectors of titles under the first encoder of an export; items whose title has none keep a vector of zeros.
fn take_vectors(path: &Path, titles: &[String], contents: &mut ItemContents) -> Result<()> {
    let bytes = fs_err::read(path).map_err(|error| Error::file(path, error))?;
    let wrong = || FieldError::new("vectors_invalid", "vectors", "an export of vectors", path.display().to_string());
    let first = ExportedVectors::read(&bytes).ok_or_else(wrong)?.into_iter().next();
    let ExportedVectors { version, records } = first.ok_or_else(wrong)?;
    let by_hash: FxHashMap<[u8; 16], &[u8]> = records.into_iter().collect();
    for (item, title) in titles.iter().enumerate() {
        let packed = by_hash.get(&neural::text_hash(version, title).0);
        let Some(vector) = packed.and_then(|packed| neural::decode_i8(packed)) else { continue };
        if contents.dims == 0 {
            contents.dims = vector.len();
            contents.vectors = vec![0.0; titles.len() * vector.len()];
        }
        if vector.len() == contents.dims {
            contents.vectors[item * contents.dims..(item + 1) * contents.dims].copy_from_slice(&vector);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn files_tell_what_items_are() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs_err::write(dir.path().join(name), bytes).unwrap();
        write(
            "items.jsonl",
            br#"{"id":"b","title":"Red cup","price":{"amount":2.5},"attributes":{"category":[["Kitchen","Cups"]]}}"#,
        );
        write("x_item2attributes.json", br#"{"a":[3,4],"c":[1]}"#);
        let packed = neural::encode_i8(&[0.6, 0.8]);
        let mut vectors = b"mercato vectors 1\n\x02\0\0\0e1\x01\0\0\0".to_vec();
        vectors.extend(neural::text_hash("e1", "Red cup").0);
        vectors.extend((packed.len() as u32).to_le_bytes());
        vectors.extend(&packed);
        write("vectors.bin", &vectors);
        let mut items = Dictionary::default();
        ["a", "b"].iter().for_each(|id| _ = items.intern(Arc::from(*id)));
        let contents = of_folder(dir.path(), &items).unwrap();
        assert_eq!((contents.attributes.rows(), contents.attributes.columns()), (2, 6));
        assert_eq!((contents.attributes.row(0).0.len(), contents.attributes.row(1).0.len()), (2, 4));
        assert_eq!((contents.dims, contents.vector(0), contents.prices[1]), (2, &[0.0, 0.0][..], 2.5));
        assert!((contents.vector(1)[1] - 0.8).abs() < 0.01 && contents.categories[1] != ItemContents::NO_CATEGORY);

        write("vectors.bin", &vectors[..vectors.len() - 1]);
        assert!(of_folder(dir.path(), &items).unwrap_err().to_string().contains("an export of vectors"));
    }
}
