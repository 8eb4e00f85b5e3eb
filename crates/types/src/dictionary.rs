use std::collections::HashMap;
use std::sync::Arc;

use crate::{Row, Rows};

/// Two-way table between ids and dense [`Row`]s, allotted in order of first sight and never reused.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    rows: HashMap<Arc<str>, Row>,
    ids: Rows<Option<Arc<str>>>,
}

impl Dictionary {
    /// The row of `id`, allotted now where it is new.
    pub fn intern(&mut self, id: Arc<str>) -> Row {
        if let Some(row) = self.rows.get(&id) {
            return *row;
        }
        let row = Row(u32::try_from(self.ids.len()).expect("a shop has fewer than 2^32 ids"));
        self.ids.set(row, Some(Arc::clone(&id)));
        self.rows.insert(id, row);
        row
    }

    /// The row of `id`, if it was seen before.
    pub fn row(&self, id: &str) -> Option<Row> {
        self.rows.get(id).copied()
    }

    /// The id behind `row`.
    pub fn id(&self, row: Row) -> Option<&Arc<str>> {
        self.ids.get(row).and_then(Option::as_ref)
    }

    /// Rows allotted so far.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether nothing was seen yet.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// All ids in order of their rows.
    pub fn iter(&self) -> impl Iterator<Item = (Row, &Arc<str>)> {
        (0..self.len() as u32).filter_map(|row| self.id(Row(row)).map(|id| (Row(row), id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_dense_and_stable() {
        let mut dictionary = Dictionary::default();
        let rows: Vec<u32> = ["a", "b", "a", "丙"].iter().map(|id| dictionary.intern(Arc::from(*id)).0).collect();
        assert_eq!(rows, [0, 1, 0, 2]);
        assert_eq!(dictionary.id(Row(2)).map(|id| &**id), Some("丙"));
        assert_eq!((dictionary.row("z"), dictionary.len()), (None, 3));
    }
}
