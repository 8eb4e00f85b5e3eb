use std::sync::Arc;

use types::Row;

/// The items of the largest keys, kept sorted while keys change.
///
/// Exactness: the chart holds at most `size` items. `floor` is the largest key that ever stayed outside (pushed out,
/// or too small to come in). Every place whose key is at or above the floor is exact; below it, where removals and
/// refunds have thinned the chart, an item that was outside may be missing until it is touched again.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Chart {
    entries: Vec<Entry>,
    floor: f64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Entry {
    pub(crate) key: f64,
    pub(crate) item: Row,
}

/// A chart shared with the views that were cloned before.
pub(crate) type SharedChart = Arc<Chart>;

impl Default for Chart {
    fn default() -> Self {
        Self { entries: Vec::new(), floor: f64::NEG_INFINITY }
    }
}

impl Chart {
    /// Best first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The item's key went from `old` to `new`; minus infinity stands for "not wanted at all".
    pub(crate) fn update(&mut self, item: Row, old: f64, new: f64, size: usize) {
        let from = self.place(old, item).ok();
        if from.is_none() && (new < self.floor || new == f64::NEG_INFINITY) {
            return;
        }
        let to = self.place(new, item).unwrap_or_else(|to| to);
        let entry = Entry { key: new, item };
        if let Some(from) = from {
            self.shift(from, to, entry);
            return;
        }
        if to >= size {
            self.floor = self.floor.max(new);
            return;
        }
        self.entries.insert(to, entry);
        if self.entries.len() > size {
            let pushed_out = self.entries.pop().map_or(f64::NEG_INFINITY, |entry| entry.key);
            self.floor = self.floor.max(pushed_out);
        }
    }

    /// Moves the entry at `from` before the one at `to`, or takes it out where it is not wanted at all. Only what lies
    /// between the two is shifted: mostly a few places, where taking out and putting in again would shift half a chart.
    fn shift(&mut self, from: usize, to: usize, entry: Entry) {
        if entry.key == f64::NEG_INFINITY {
            self.entries.remove(from);
        } else if to <= from {
            self.entries.copy_within(to..from, to + 1);
            self.entries[to] = entry;
        } else {
            self.entries.copy_within(from + 1..to, from);
            self.entries[to - 1] = entry;
        }
    }

    /// Whether `update` would change nothing: asked before a shared chart is copied to be changed.
    pub(crate) fn ignores(&self, item: Row, old: f64, new: f64) -> bool {
        (new < self.floor || new == f64::NEG_INFINITY) && self.place(old, item).is_err()
    }

    pub(crate) fn floor(&self) -> f64 {
        self.floor
    }

    /// A chart of what was read; `None` where it is not sorted.
    pub(crate) fn from_parts(entries: Vec<Entry>, floor: f64) -> Option<Self> {
        let sorted = entries.windows(2).all(|pair| order(&pair[0], &pair[1]).is_lt());
        let finite = entries.iter().all(|entry| entry.key.is_finite()) && !floor.is_nan();
        (sorted && finite).then_some(Self { entries, floor })
    }

    fn place(&self, key: f64, item: Row) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| order(entry, &Entry { key, item }))
    }
}

/// Larger keys first, ties by row.
fn order(a: &Entry, b: &Entry) -> std::cmp::Ordering {
    b.key.total_cmp(&a.key).then(a.item.cmp(&b.item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: usize = 8;

    proptest! {
        #[test]
        fn is_exact_down_to_the_floor(
            updates in prop::collection::vec((0u32..30, prop::option::weighted(0.9, 0.0f64..100.0)), 1..300),
        ) {
            let mut chart = Chart::default();
            let mut keys = [f64::NEG_INFINITY; 30];
            for (item, key) in updates {
                let (old, new) = (keys[item as usize], key.unwrap_or(f64::NEG_INFINITY));
                let ignored = chart.ignores(Row(item), old, new);
                let before = chart.clone();
                chart.update(Row(item), old, new, SIZE);
                prop_assert!(!ignored || before == chart);
                keys[item as usize] = new;
            }
            let mut model: Vec<Entry> = (0..30u32)
                .map(|item| Entry { key: keys[item as usize], item: Row(item) })
                .filter(|entry| entry.key > f64::NEG_INFINITY)
                .collect();
            model.sort_by(order);
            prop_assert!(chart.entries().len() <= SIZE);
            let exact = chart.entries().iter().take_while(|entry| entry.key > chart.floor()).count();
            prop_assert_eq!(&chart.entries()[..exact], &model[..exact]);
            prop_assert!(model[exact..].iter().all(|entry| entry.key <= chart.floor() || model.len() == exact));
            prop_assert!(chart.entries().windows(2).all(|pair| order(&pair[0], &pair[1]).is_lt()));
        }

        #[test]
        fn is_exact_where_keys_only_grow(updates in prop::collection::vec((0u32..30, 0.01f64..9.0), 1..300)) {
            let mut chart = Chart::default();
            let mut keys = [f64::NEG_INFINITY; 30];
            for (item, more) in updates {
                let old = keys[item as usize];
                let new = old.max(0.0) + more;
                chart.update(Row(item), old, new, SIZE);
                keys[item as usize] = new;
            }
            let mut model: Vec<Entry> = (0..30u32)
                .map(|item| Entry { key: keys[item as usize], item: Row(item) })
                .filter(|entry| entry.key > f64::NEG_INFINITY)
                .collect();
            model.sort_by(order);
            model.truncate(SIZE);
            prop_assert_eq!(chart.entries(), &model[..]);
        }
    }
}
