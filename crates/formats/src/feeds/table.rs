use serde_json::{Map, Value};

use crate::mapping::comparable;

/// A row whose columns are found however they are written: `Variant SKU`, `variant sku`, `variant_sku`.
pub(super) struct Table<'a>(Vec<(String, &'a str, &'a Value)>);

/// A column of a row: what it is called there, and what stands in it.
pub(super) type Cell<'a> = (&'a str, &'a Value);

impl<'a> Table<'a> {
    pub(super) fn new(row: &'a Map<String, Value>) -> Self {
        Self(row.iter().map(|(name, value)| (comparable(name), name.as_str(), value)).collect())
    }

    /// The first of these columns in which something stands.
    pub(super) fn cell(&self, names: &[&str]) -> Option<Cell<'a>> {
        names.iter().find_map(|name| {
            let found = self.0.iter().find(|(column, _, value)| column == name && !is_nothing(value));
            found.map(|(_, column, value)| (*column, *value))
        })
    }

    /// The text of the first of these columns in which something stands.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.cell(names).and_then(|(_, value)| crate::mapping::as_text(value)).map(|text| text.trim().to_owned())
    }

    /// All columns in which something stands, by comparable names.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&str, Cell<'a>)> {
        let some = self.0.iter().filter(|(_, _, value)| !is_nothing(value));
        some.map(|(name, column, value)| (name.as_str(), (*column, *value)))
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Whether a file has all these columns, however they are written.
pub(super) fn has_all(columns: &[String], names: &[&str]) -> bool {
    let columns: Vec<String> = columns.iter().map(|column| comparable(column)).collect();
    names.iter().all(|name| columns.iter().any(|column| column == name))
}
