//! Long readings of a whole catalogue, made beside requests. The report is kept until the catalogue changes.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use types::Item;

use crate::core::Core;
use crate::{Error, Progress, Result, Shop};

/// Items read from the catalogue at a time.
const ITEMS_A_READ: usize = 1_000;
/// How often a waiting caller looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is known of an inspection.
#[derive(Clone, Debug)]
pub struct Inspection<T> {
    /// The last report, where there is one.
    pub report: Option<Arc<T>>,
    /// How far the next one is, where the catalogue has changed since (or there is none yet); then it is under way.
    pub running: Option<Progress>,
}

/// The place of one kind of inspection in a shop.
pub(crate) struct Inspector<T>(Mutex<State<T>>);

struct State<T> {
    /// With what the catalogue was like.
    kept: Option<(Mark, Arc<T>)>,
    /// Gone when its thread is, however that ended.
    running: Weak<Running>,
    failed: Option<Error>,
}

/// What a catalogue was like: item changes so far, and whether all vectors were there.
type Mark = (u64, bool);

impl<T> Default for Inspector<T> {
    fn default() -> Self {
        Self(Mutex::new(State { kept: None, running: Weak::new(), failed: None }))
    }
}

impl<T> Inspector<T> {
    /// Lets the next look make a new report though the catalogue is the same.
    pub(crate) fn expire(&self) {
        if let Some((mark, _)) = &mut self.0.lock().kept {
            mark.0 = u64::MAX;
        }
    }
}

/// An inspection under way: told how far it is, and tells when to stop.
pub(crate) struct Running {
    done: AtomicU64,
    total: AtomicU64,
    closing: Mutex<Option<Arc<AtomicBool>>>,
    stopped: AtomicBool,
}

impl Running {
    /// Notes how far it is.
    ///
    /// # Errors
    /// [`Error::Closing`] where it is to stop.
    pub(crate) fn at(&self, done: usize, total: usize) -> Result<()> {
        self.done.store(done as u64, Ordering::Relaxed);
        self.total.store(total as u64, Ordering::Relaxed);
        let is_closing = self.closing.lock().as_ref().is_some_and(|closing| closing.load(Ordering::Relaxed));
        if is_closing || self.stopped.load(Ordering::Relaxed) { Err(Error::Closing) } else { Ok(()) }
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done.load(Ordering::Relaxed), total: self.total.load(Ordering::Relaxed) }
    }
}

/// How an inspection is made.
pub(crate) struct Inspected<T> {
    /// Its name, also that of its thread.
    pub(crate) role: &'static str,
    /// Where it is kept.
    pub(crate) place: fn(&Core) -> &Inspector<T>,
    /// Makes the report.
    pub(crate) make: fn(&Core, &Running) -> Result<T>,
}

impl Shop {
    /// The last report, and how far the next one is; begins one where the catalogue has changed since.
    pub(crate) fn inspect<T: Send + Sync + 'static>(&self, inspected: &Inspected<T>) -> Result<Inspection<T>> {
        let core = &self.core;
        let mut state = (inspected.place)(core).0.lock();
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        let mark = mark(core);
        let report = state.kept.as_ref().map(|(_, report)| Arc::clone(report));
        if state.kept.as_ref().is_some_and(|(kept, _)| *kept == mark) {
            return Ok(Inspection { report, running: None });
        }
        if let Some(running) = state.running.upgrade() {
            return Ok(Inspection { report, running: Some(running.progress()) });
        }
        let running = Arc::new(Running {
            done: AtomicU64::new(0),
            total: AtomicU64::new(core.store.catalogue().count() as u64),
            closing: Mutex::new(None),
            stopped: AtomicBool::new(false),
        });
        state.running = Arc::downgrade(&running);
        drop(state);
        let progress = running.progress();
        let (place, make) = (inspected.place, inspected.make);
        self.spawn(inspected.role, move |core, closing| {
            *running.closing.lock() = Some(closing);
            let made = make(&core, &running);
            let mut state = place(&core).0.lock();
            state.running = Weak::new();
            match made {
                Ok(report) => state.kept = Some((mark, Arc::new(report))),
                Err(Error::Closing) => {}
                Err(error) => state.failed = Some(error),
            }
        });
        Ok(Inspection { report, running: Some(progress) })
    }

    /// Waits for a report of the catalogue as it is now; `progress` stops it by returning `false`.
    pub(crate) fn inspected<T: Send + Sync + 'static>(
        &self,
        inspected: &Inspected<T>,
        progress: &mut dyn FnMut(Progress) -> bool,
    ) -> Result<Option<Arc<T>>> {
        loop {
            let Inspection { report, running } = self.inspect(inspected)?;
            let Some(running) = running else { return Ok(report) };
            if !progress(running) {
                if let Some(running) = (inspected.place)(&self.core).0.lock().running.upgrade() {
                    running.stopped.store(true, Ordering::Relaxed);
                }
                return Ok(None);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

fn mark(core: &Core) -> Mark {
    (core.keeper.heard(), core.embed.pending() == 0)
}

/// All items, some at a time, in order of id.
pub(crate) fn batches(core: &Core) -> impl Iterator<Item = Result<Vec<Item>>> {
    core.store.catalogue().batches(ITEMS_A_READ).map(|batch| Ok(batch?))
}

/// Threads of an inspection: half of all, so that requests have the others.
pub(crate) fn pool() -> Result<rayon::ThreadPool> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|_| "inspection".to_owned()).build();
    built.map_err(|error| Error::Store(Box::new(error)))
}
