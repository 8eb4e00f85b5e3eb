use rustc_hash::FxHashMap;
use types::{Millis, Row};

use crate::decayed::{Decayed, HalfLife};

/// Counts of items, at most so many: one more takes the place of the least, and starts from nothing, so that counts are
/// never too large and what is clicked often stays.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct ItemCounts(pub(super) Vec<(Row, Decayed)>);

impl ItemCounts {
    pub(super) fn add(&mut self, item: Row, time: Millis, half_life: HalfLife, most: usize) {
        let known = self.0.iter().position(|(known, _)| *known == item);
        let at = known.unwrap_or_else(|| self.place(item, most));
        self.0[at].1.add(1.0, time, half_life);
    }

    fn place(&mut self, item: Row, most: usize) -> usize {
        if self.0.len() < most.max(1) {
            self.0.reserve_exact(1);
            self.0.push((item, Decayed::NOTHING));
            return self.0.len() - 1;
        }
        let keys = self.0.iter().enumerate().map(|(index, (_, count))| (count.key(), index));
        let (_, least) = keys.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).unwrap_or_default();
        self.0[least] = (item, Decayed::NOTHING);
        least
    }
}

/// Drops the half of the entries that are oldest, by `time`, ties by key.
pub(super) fn drop_oldest<T>(entries: &mut FxHashMap<u64, T>, time: impl Fn(&T) -> Millis) {
    let mut times: Vec<(Millis, u64)> = entries.iter().map(|(key, entry)| (time(entry), *key)).collect();
    times.sort_unstable();
    times.iter().take(times.len() / 2).for_each(|(_, key)| drop(entries.remove(key)));
}
