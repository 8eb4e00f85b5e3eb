use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bench {
    /// Searches by words and by meaning, with filter and facets.
    Search,
    /// Events in, and how soon they have an effect.
    Ingest,
    /// Recommendations for shoppers with a history.
    Recommend,
    /// Building the index.
    Index,
    /// Training recommenders, and answering users that they were not trained with.
    Train,
    /// Searches and events at once, learning from clicks.
    Loop,
}

impl Bench {
    /// Every bench.
    pub const ALL: [Self; 6] = [Self::Search, Self::Ingest, Self::Recommend, Self::Index, Self::Train, Self::Loop];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Ingest => "ingest",
            Self::Recommend => "recommend",
            Self::Index => "index",
            Self::Train => "train",
            Self::Loop => "loop",
        }
    }
}

/// How it is measured.
#[derive(Clone, Debug)]
pub struct Options {
    /// Items of the catalogue that is made up; ignored where `fixture` is set.
    pub items: usize,
    /// Whether the shop `fixtures/amazon` itself is used, with vectors really computed.
    pub fixture: bool,
    /// Folder with the fixtures.
    pub fixtures: PathBuf,
    /// Folder with the models.
    pub models: PathBuf,
    /// Folder to make the shop in, kept and used again by the next run with the same catalogue, which then measures
    /// memory in a process that did not build it; `None` takes a temporary one.
    pub folder: Option<PathBuf>,
    /// Encoders whose vectors items have; an empty list makes a shop of words alone, `None` takes the first usual one for
    /// a made-up catalogue and all usual ones for the fixture.
    pub encoders: Option<Vec<Arc<str>>>,
    /// Requests a second of the open loop.
    pub rate: f64,
    /// Events a second beside it (`loop`).
    pub event_rate: f64,
    /// Seconds each open loop lasts.
    pub seconds: f64,
    /// Requests of each closed loop.
    pub requests: usize,
    /// Threads that answer; 0 takes one a core, as the server does.
    pub threads: usize,
    /// Shoppers with a history (`recommend`, `train`).
    pub users: usize,
    /// Deeds of each (`recommend`); of one with another (`train`).
    pub deeds: usize,
    /// Events sent in batches (`ingest`).
    pub events: usize,
    /// Events sent one at a time, in each way of sending (`ingest`).
    pub singles: usize,
    /// Clients that send them at once.
    pub clients: usize,
    /// Item changes waited for (`ingest`).
    pub updates: usize,
    /// A folder with `train.txt` and `test.txt`, instead of interactions that are made up (`train`).
    pub data: Option<PathBuf>,
    /// A Python that has the programs to compare with (`train`).
    pub python: Option<PathBuf>,
    /// Whether plain tantivy and usearch are measured too.
    pub yardsticks: bool,
    /// Seed of everything made up.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            items: 20_000,
            fixture: false,
            fixtures: PathBuf::from("fixtures"),
            models: PathBuf::from("models"),
            folder: None,
            encoders: None,
            rate: 100.0,
            event_rate: 1_000.0,
            seconds: 10.0,
            requests: 2_000,
            threads: 0,
            users: 20_000,
            deeds: 5,
            events: 500_000,
            singles: 20_000,
            clients: 64,
            updates: 200,
            data: None,
            python: None,
            yardsticks: true,
            seed: 1,
        }
    }
}

impl Options {
    /// Threads that answer.
    pub(crate) fn answering_threads(&self) -> usize {
        if self.threads > 0 { self.threads } else { std::thread::available_parallelism().map_or(2, usize::from) }
    }

    /// Refuses options that make no sense.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |option, expected| Err(Error::Option { option, expected });
        if self.items == 0 || self.items > 50_000_000 {
            return refuse("items", "1 to 50,000,000");
        }
        if !(self.rate > 0.0 && self.rate <= 1e6) {
            return refuse("rate", "a number of requests a second, above 0");
        }
        if !(self.event_rate >= 0.0 && self.event_rate <= 1e6) {
            return refuse("event-rate", "a number of events a second, at least 0");
        }
        if !(self.seconds > 0.0 && self.seconds <= 86_400.0) {
            return refuse("seconds", "above 0, at most a day");
        }
        if self.requests == 0 || self.users == 0 || self.deeds == 0 || self.clients == 0 {
            return refuse("requests, users, deeds, clients", "at least 1 each");
        }
        Ok(())
    }
}

/// How the caller follows a bench and stops it.
pub struct Watch<'a> {
    /// Set to stop soon.
    pub stopped: &'a AtomicBool,
    /// Told from time to time what is being done, and how much of it is done, of how much.
    pub progress: &'a (dyn Fn(&str, u64, u64) + Sync),
}

impl Watch<'_> {
    /// Tells what is being done.
    pub(crate) fn tell(&self, what: &str, done: usize, total: usize) -> Result<()> {
        (self.progress)(what, done as u64, total as u64);
        self.go_on()
    }

    /// Fails where the caller wants to stop.
    pub(crate) fn go_on(&self) -> Result<()> {
        if self.stopped.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }
}
