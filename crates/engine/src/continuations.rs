use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use types::{QueryId, Row};

/// Orders of answers that have a next page, so that paging by cursor neither repeats nor skips while writes go on.
/// Bounded: the oldest are forgotten first, and their cursors are then stale.
pub(crate) struct Continuations {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    orders: HashMap<Arc<str>, Arc<[Row]>>,
    age: VecDeque<Arc<str>>,
    rows: usize,
}

/// Rows kept over all orders: 16 MiB of them.
const ROWS_MAX: usize = 4 << 20;

impl Continuations {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default() }
    }

    /// Keeps an order and gives the cursor that takes it up at `offset`.
    pub(crate) fn keep(&self, query_id: &QueryId, order: Arc<[Row]>, offset: usize) -> Arc<str> {
        let mut inner = self.inner.lock();
        let key = query_id.shared();
        inner.rows += order.len();
        if let Some(replaced) = inner.orders.insert(Arc::clone(&key), order) {
            inner.rows -= replaced.len();
        } else {
            inner.age.push_back(Arc::clone(&key));
        }
        while inner.rows > ROWS_MAX {
            let Some(oldest) = inner.age.pop_front() else { break };
            let freed = inner.orders.remove(&oldest).map_or(0, |order| order.len());
            inner.rows -= freed;
        }
        Arc::from(format!("{key}.{offset}"))
    }

    /// What a cursor stands for: the order so far and the offset; `None` where it is stale or was never given out.
    pub(crate) fn get(&self, cursor: &str) -> Option<(Arc<[Row]>, usize)> {
        let (key, offset) = cursor.rsplit_once('.')?;
        let order = self.inner.lock().orders.get(key).cloned()?;
        Some((order, offset.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_orders_make_room() {
        let continuations = Continuations::new();
        let order: Arc<[Row]> = (0..ROWS_MAX as u32 / 2).map(Row).collect();
        let cursors: Vec<_> = (0..3)
            .map(|n| continuations.keep(&QueryId::new(format!("q{n}")).unwrap(), Arc::clone(&order), n))
            .collect();
        assert!(continuations.get(&cursors[0]).is_none());
        assert_eq!(continuations.get(&cursors[2]).map(|(order, offset)| (order.len(), offset)), Some((order.len(), 2)));
        assert!(continuations.get("nonsense").is_none() && continuations.get("q2.x").is_none());
    }
}
