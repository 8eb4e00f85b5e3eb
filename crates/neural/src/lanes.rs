use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rten::ThreadPool;

/// What runs need for themselves, as many as may run side by side: by default a thread pool of one thread. A run on one
/// thread and several side by side give more texts a second than one run spread over several threads, and a run never
/// has to help with another's work while it waits for its own.
pub(crate) struct Lanes<T = Arc<ThreadPool>> {
    idle: Mutex<Vec<T>>,
    freed: Condvar,
    count: usize,
}

impl Lanes {
    /// Starts `count` threads, at least one.
    pub(crate) fn new(count: usize) -> Self {
        Self::of(count, || Arc::new(ThreadPool::with_num_threads(1)))
    }
}

impl<T> Lanes<T> {
    /// As many of what runs need as `count` says, at least one.
    pub(crate) fn of(count: usize, make: impl FnMut() -> T) -> Self {
        let count = count.max(1);
        let idle = std::iter::repeat_with(make).take(count).collect();
        Self { idle: Mutex::new(idle), freed: Condvar::new(), count }
    }

    /// How many runs fit side by side.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A lane for one run, waiting until there is one.
    pub(crate) fn take(&self) -> Lane<'_, T> {
        let mut idle = self.idle.lock();
        loop {
            if let Some(own) = idle.pop() {
                return Lane { lanes: self, own: Some(own) };
            }
            self.freed.wait(&mut idle);
        }
    }

    /// A lane for one run, if one is free within `patience`.
    pub(crate) fn take_within(&self, patience: Duration) -> Option<Lane<'_, T>> {
        let deadline = Instant::now().checked_add(patience)?;
        let mut idle = self.idle.lock();
        loop {
            if let Some(own) = idle.pop() {
                return Some(Lane { lanes: self, own: Some(own) });
            }
            if self.freed.wait_until(&mut idle, deadline).timed_out() {
                return None;
            }
        }
    }
}

/// Runs `run`, which enters another thread pool, so that the caller does nothing else meanwhile. A worker of a rayon pool
/// would go on with other tasks of its own pool while it waits; such a task may want a lane that this one holds, and both
/// would wait for ever. There it runs on a thread of its own, which costs some 20 microseconds.
pub(crate) fn aside<R: Send>(run: impl FnOnce() -> R + Send) -> R {
    if rayon::current_thread_index().is_none() {
        return run();
    }
    let ended = std::thread::scope(|scope| scope.spawn(run).join());
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What one run has to itself, taken from [`Lanes`]; goes back when dropped.
pub(crate) struct Lane<'a, T = Arc<ThreadPool>> {
    lanes: &'a Lanes<T>,
    own: Option<T>,
}

impl Lane<'_> {
    /// The pool to run on.
    pub(crate) fn pool(&self) -> Arc<ThreadPool> {
        Arc::clone(self)
    }
}

impl<T> Deref for Lane<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.own.as_ref().expect("taken back only when dropped")
    }
}

impl<T> DerefMut for Lane<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.own.as_mut().expect("taken back only when dropped")
    }
}

impl<T> Drop for Lane<'_, T> {
    fn drop(&mut self) {
        self.lanes.idle.lock().extend(self.own.take());
        self.lanes.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    #[test]
    fn workers_of_a_pool_never_wait_for_a_lane_that_they_hold_themselves() {
        let lanes = Lanes::new(1);
        let callers = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let run = |number: usize| {
            let lane = lanes.take();
            let pool = lane.pool();
            aside(|| pool.run(|| number * 2))
        };
        let doubled: Vec<usize> = callers.install(|| (0..2_000).into_par_iter().map(run).collect());
        assert_eq!(doubled, (0..2_000).map(|number| number * 2).collect::<Vec<_>>());
    }
}
