use std::cmp::Ordering;
use std::sync::Arc;

use parking_lot::RwLockReadGuard;
use types::{Row, SortKey, SortOrder};

use super::Columns;
use super::chunks::Chunks;
use super::column::Data;
use super::dictionary::{Cell, Entries};
use crate::{Error, Result, RowSet};

/// How to sort.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The keys; the first decides.
    pub keys: &'a [SortKey],
    /// Whether only the first item of each group is kept.
    pub grouped: bool,
    /// Rows to return at most.
    pub limit: usize,
}

impl Columns {
    /// The first of `rows` in this order; ties by the larger `score`, then by row.
    pub(crate) fn sort(&self, rows: &RowSet, order: &Order<'_>, score: &dyn Fn(Row) -> f32) -> Result<Vec<Row>> {
        let keys = order.keys.iter().map(|key| self.key(key)).collect::<Result<Vec<_>>>()?;
        let compare = |left: &Row, right: &Row| {
            let by_keys = keys.iter().map(|key| key.compare(*left, *right)).find(|ordering| ordering.is_ne());
            by_keys.unwrap_or_else(|| score(*right).total_cmp(&score(*left)).then(left.cmp(right)))
        };
        let mut first = First::new(order.limit, &compare);
        if order.grouped {
            self.best_of_groups(rows, &compare, &mut |row| first.push(row));
        } else {
            rows.iter().for_each(|row| first.push(row));
        }
        Ok(first.finish())
    }

    /// See [`Searcher::numbers`](crate::Searcher::numbers).
    pub(crate) fn numbers(&self, attribute: &str, rows: &[Row]) -> Vec<f64> {
        match self.column(&Arc::from(attribute)).map(|column| &column.data) {
            Ok(Data::Numbers(numbers)) => rows.iter().map(|row| numbers.get(*row)).collect(),
            Ok(Data::Words(..) | Data::Presence(_)) | Err(_) => vec![f64::NAN; rows.len()],
        }
    }

    fn key(&self, key: &SortKey) -> Result<Key<'_>> {
        let column = self.column(&key.attribute)?;
        let values = match &column.data {
            Data::Numbers(numbers) => Values::Numbers(numbers),
            Data::Words(cells, dictionary) => Values::Words(cells, dictionary.read()),
            Data::Presence(_) => {
                let attribute = Arc::clone(&key.attribute);
                return Err(Error::UnsuitedAttribute { attribute, kind: column.kind.name(), wanted: "sorted by" });
            }
        };
        Ok(Key { values, order: key.order })
    }

    fn best_of_groups(&self, rows: &RowSet, compare: &dyn Fn(&Row, &Row) -> Ordering, visit: &mut dyn FnMut(Row)) {
        let (cells, dictionary) = self.group_cells();
        let mut best: Vec<Option<Row>> = vec![None; dictionary.read().len() + 1];
        for row in rows.iter() {
            match cells.get(row) {
                Cell::NONE => visit(row),
                cell => {
                    let best = &mut best[cell.0 as usize];
                    if best.is_none_or(|best| compare(&row, &best).is_lt()) {
                        *best = Some(row);
                    }
                }
            }
        }
        best.into_iter().flatten().for_each(visit);
    }
}

/// A sort key bound to its column. Holding the dictionary's read lock for one sort costs a writer that wants to add a
/// word a few milliseconds at worst.
struct Key<'a> {
    values: Values<'a>,
    order: SortOrder,
}

enum Values<'a> {
    Numbers(&'a Chunks<f64>),
    Words(&'a Chunks<Cell>, RwLockReadGuard<'a, Entries>),
}

impl Key<'_> {
    fn compare(&self, left: Row, right: Row) -> Ordering {
        match &self.values {
            Values::Numbers(numbers) => {
                let (left, right) = (numbers.get(left), numbers.get(right));
                self.directed((!left.is_nan()).then_some(left), (!right.is_nan()).then_some(right), f64::total_cmp)
            }
            Values::Words(cells, entries) => {
                let (left, right) = (cells.get(left), cells.get(right));
                if left == right {
                    return Ordering::Equal;
                }
                let word = |cell| entries.first(cell).map(|code| entries.word(code));
                self.directed(word(left), word(right), |left, right| left.cmp(right))
            }
        }
    }

    /// Compares in the key's direction; what is missing comes last in either.
    fn directed<V>(&self, left: Option<V>, right: Option<V>, compare: impl Fn(&V, &V) -> Ordering) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) => match self.order {
                SortOrder::Ascending => compare(&left, &right),
                SortOrder::Descending => compare(&right, &left),
            },
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }
}

/// Keeps the first `limit` rows of a stream, one comparison a row for nearly all of them.
struct First<'a> {
    kept: Vec<Row>,
    limit: usize,
    last: Option<Row>,
    compare: &'a dyn Fn(&Row, &Row) -> Ordering,
}

impl<'a> First<'a> {
    fn new(limit: usize, compare: &'a dyn Fn(&Row, &Row) -> Ordering) -> Self {
        Self { kept: Vec::new(), limit, last: None, compare }
    }

    fn push(&mut self, row: Row) {
        if self.last.is_some_and(|last| (self.compare)(&row, &last).is_gt()) {
            return;
        }
        self.kept.push(row);
        if self.kept.len() >= self.limit.saturating_mul(2).max(64) {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.limit < self.kept.len() {
            self.kept.select_nth_unstable_by(self.limit, self.compare);
            self.kept.truncate(self.limit);
            self.last = self.kept.iter().copied().max_by(self.compare);
        }
    }

    fn finish(mut self) -> Vec<Row> {
        self.shrink();
        self.kept.sort_unstable_by(self.compare);
        self.kept
    }
}
