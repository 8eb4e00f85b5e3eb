use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use rten::ThreadPool;

/// Threads to run a network on, each a pool of its own that one run has to itself. A run on one thread and several
/// side by side give more texts a second than one run spread over several threads, and a run never has to help with
/// another's work while it waits for its own.
pub(crate) struct Lanes {
    idle: Mutex<Vec<Arc<ThreadPool>>>,
    freed: Condvar,
    count: usize,
}

impl Lanes {
    /// Starts `count` threads, at least one.
    pub(crate) fn new(count: usize) -> Self {
        let count = count.max(1);
        let idle = (0..count).map(|_| Arc::new(ThreadPool::with_num_threads(1))).collect();
        Self { idle: Mutex::new(idle), freed: Condvar::new(), count }
    }

    /// How many runs fit side by side.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A lane for one run, waiting until there is one.
    pub(crate) fn take(&self) -> Lane<'_> {
        let mut idle = self.idle.lock();
        loop {
            if let Some(pool) = idle.pop() {
                return Lane { lanes: self, pool };
            }
            self.freed.wait(&mut idle);
        }
    }
}

/// A thread taken from [`Lanes`]; goes back when dropped.
pub(crate) struct Lane<'a> {
    lanes: &'a Lanes,
    pool: Arc<ThreadPool>,
}

impl Lane<'_> {
    /// The pool to run on.
    pub(crate) fn pool(&self) -> Arc<ThreadPool> {
        Arc::clone(&self.pool)
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        self.lanes.idle.lock().push(Arc::clone(&self.pool));
        self.lanes.freed.notify_one();
    }
}
