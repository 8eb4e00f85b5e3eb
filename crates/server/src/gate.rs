use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::error::{ApiError, ApiResult};

/// Where blocking work waits for its turn: so many at once, so many waiting, and the next one is refused at once.
/// Under too much load the server so keeps answering what it can within its time, and says no to the rest early.
pub(crate) struct Gate {
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    waiting_max: usize,
}

/// What became of some work, and how long it took.
pub(crate) struct Done<T> {
    pub(crate) value: T,
    pub(crate) waited: Duration,
    pub(crate) worked: Duration,
}

impl Gate {
    /// A gate for `at_once` pieces of work and `waiting_max` behind them.
    pub(crate) fn new(at_once: usize, waiting_max: usize) -> Self {
        Self { turns: Arc::new(Semaphore::new(at_once)), waiting: Arc::default(), waiting_max }
    }

    /// Work that waits for its turn now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Runs `work` on a thread of its own when its turn comes. Work that began is finished even where the caller went
    /// away, and keeps its turn until then.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> ApiResult<T> + Send + 'static,
    ) -> ApiResult<Done<T>> {
        let came = Instant::now();
        let turn = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => {
                let _place = Place::take(&self.waiting, self.waiting_max).ok_or_else(ApiError::overloaded)?;
                let turn = Arc::clone(&self.turns).acquire_owned().await;
                turn.map_err(|_| ApiError::internal("the gate is closed"))?
            }
        };
        let waited = came.elapsed();
        let began = Instant::now();
        let joined = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        let value = joined.await.map_err(|error| ApiError::internal(panic_text(error)))??;
        Ok(Done { value, waited, worked: began.elapsed() })
    }
}

/// One of a limited number of places, given back on drop.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Place {
    /// Takes a place, unless `most` are taken already.
    pub(crate) fn take(taken: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let place = Self(Arc::clone(taken));
        (taken.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => format!("panic: {}", payload_text(panic.as_ref())),
        Err(error) => error.to_string(),
    }
}

/// The words of a panic.
pub(crate) fn payload_text(payload: &(dyn std::any::Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("of unknown kind")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_is_refused_at_once() {
        let gate = Arc::new(Gate::new(1, 1));
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let first = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                let work = move || {
                    let _ = started.send(());
                    wait.recv().map_err(|error| ApiError::internal(error.to_string()))
                };
                gate.run(work).await
            })
        };
        has_started.await.unwrap();
        let second = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.run(|| Ok(2)).await.map(|done| done.value) })
        };
        while gate.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let third = gate.run(|| Ok(3)).await.map(|done| done.value);
        assert_eq!(third.unwrap_err().code, "overloaded");
        release.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert_eq!(second.await.unwrap().unwrap(), 2);
        assert_eq!(gate.waiting(), 0);
    }

    #[tokio::test]
    async fn a_panic_stays_inside() {
        let gate = Gate::new(1, 0);
        let failed = gate.run::<()>(|| panic!("boom")).await.map(|done| done.value);
        assert_eq!(failed.unwrap_err().code, "internal");
        assert_eq!(gate.run(|| Ok(1)).await.map(|done| done.value).unwrap(), 1);
    }
}
