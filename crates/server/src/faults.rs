//! Requests that were refused or failed, shop by shop and hour by hour since the server started.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use types::Millis;

/// Hours that are remembered of a shop: 400 days, as of its traffic.
const HOURS_MAX: usize = 400 * 24;

/// How many requests went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    /// For the caller's reasons: status 4xx.
    pub(crate) refused: u32,
    /// For the server's: status 5xx.
    pub(crate) failed: u32,
}

/// What went wrong since the start.
#[derive(Default)]
pub(crate) struct Faults {
    by_shop: Mutex<HashMap<String, BTreeMap<i64, Counts>>>,
}

impl Faults {
    /// Counts an answer of this status, where it tells of something wrong.
    pub(crate) fn count(&self, shop: &str, now: Millis, status: u16) {
        if status < 400 {
            return;
        }
        let mut shops = self.by_shop.lock();
        if !shops.contains_key(shop) {
            shops.insert(shop.to_owned(), BTreeMap::new());
        }
        let Some(hours) = shops.get_mut(shop) else { return };
        let counts = hours.entry(now.0.div_euclid(Millis::HOUR)).or_default();
        let count = if status < 500 { &mut counts.refused } else { &mut counts.failed };
        *count = count.saturating_add(1);
        if hours.len() > HOURS_MAX {
            hours.pop_first();
        }
    }

    /// What went wrong in the hours that begin in a span, `until` itself outside.
    pub(crate) fn between(&self, shop: &str, from: i64, until: i64) -> Counts {
        let shops = self.by_shop.lock();
        let hours = shops.get(shop).into_iter().flat_map(|hours| {
            hours.range(from.div_euclid(Millis::HOUR)..until.div_euclid(Millis::HOUR)).map(|(_, counts)| *counts)
        });
        hours.fold(Counts::default(), |all, one| Counts {
            refused: all.refused.saturating_add(one.refused),
            failed: all.failed.saturating_add(one.failed),
        })
    }

    /// Forgets a shop that is no more.
    pub(crate) fn forget(&self, shop: &str) {
        self.by_shop.lock().remove(shop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_counted_by_whose_fault_it_was() {
        let faults = Faults::default();
        let at = |hours: i64| Millis(hours * Millis::HOUR + 5);
        for (shop, hour, status) in
            [("鞋店", 3, 404), ("鞋店", 3, 200), ("鞋店", 3, 503), ("鞋店", 4, 429), ("帽店", 3, 500)]
        {
            faults.count(shop, at(hour), status);
        }
        let of = |shop: &str, from: i64, until: i64| {
            let counts = faults.between(shop, from * Millis::HOUR, until * Millis::HOUR);
            (counts.refused, counts.failed)
        };
        assert_eq!((of("鞋店", 3, 4), of("鞋店", 0, 9), of("帽店", 0, 9)), ((1, 1), (2, 1), (0, 1)));
        assert_eq!((of("鞋店", 5, 9), of("没有", 0, 9)), ((0, 0), (0, 0)));
        (0..HOURS_MAX as i64 + 5).for_each(|hour| faults.count("鞋店", at(hour), 400));
        assert_eq!((of("鞋店", 0, 5), of("鞋店", 5, 6)), ((0, 0), (1, 0)), "memory is bounded");
        faults.forget("鞋店");
        assert_eq!(of("鞋店", 5, 6), (0, 0));
    }
}
