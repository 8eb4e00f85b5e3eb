use std::sync::Arc;

use parking_lot::Mutex;

use crate::RowSet;

/// Answers that a column keeps: filters repeat from search to search, and each costs a look at every row.
const KEPT: usize = 64;
/// Bytes that they may take together.
const BYTES_MAX: usize = 8 << 20;

/// What filters found in a column as it is now, the last used first. Goes with any change of the column.
#[derive(Debug, Default)]
pub(super) struct Found(Mutex<Vec<(Arc<str>, Arc<RowSet>)>>);

impl Clone for Found {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.0.lock().clone()))
    }
}

impl Found {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.0.get_mut().clear();
    }

    /// What `question` found before, else what `find` finds.
    pub(super) fn rows(&self, question: String, find: impl FnOnce() -> RowSet) -> RowSet {
        if let Some(kept) = self.kept(&question) {
            return RowSet::clone(&kept);
        }
        let rows = find();
        let found = Arc::new(rows.clone());
        let bytes = size_of_val(found.words()).max(1);
        let mut kept = self.0.lock();
        kept.insert(0, (Arc::from(question), found));
        kept.truncate(KEPT.min(BYTES_MAX / bytes));
        rows
    }

    fn kept(&self, question: &str) -> Option<Arc<RowSet>> {
        let mut kept = self.0.lock();
        let at = kept.iter().position(|(known, _)| **known == *question)?;
        kept[..=at].rotate_right(1);
        Some(Arc::clone(&kept[0].1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Row;

    #[test]
    fn what_was_found_is_found_once_until_it_is_forgotten() {
        let mut found = Found::default();
        let one = |row| [Row(row)].into_iter().collect::<RowSet>();
        assert_eq!(found.rows("a".to_owned(), || one(1)), one(1));
        assert_eq!(found.rows("a".to_owned(), || panic!("it is known")), one(1));
        assert_eq!(found.clone().rows("a".to_owned(), || panic!("a copy knows it, too")), one(1));
        for number in 0..2 * KEPT {
            found.rows(format!("other {number}"), || one(2));
            found.rows("a".to_owned(), || panic!("what is used stays"));
        }
        assert_eq!(found.0.lock().len(), KEPT);
        found.clear();
        assert_eq!(found.rows("a".to_owned(), || one(3)), one(3));
    }
}
