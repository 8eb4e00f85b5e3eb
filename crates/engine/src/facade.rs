use std::path::PathBuf;
use std::sync::Arc;

use types::{Clock, Event, Item, ItemId, Position, Request, Settings, ShopId, Slate};

use crate::Result;

/// Where an engine keeps its things and how much it may use.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Folder of all shops; made where it is missing.
    pub data_dir: PathBuf,
    /// Folder with one sub-folder an encoder.
    pub models_dir: PathBuf,
    /// Threads for requests and embedding; 0 takes one a core.
    pub threads: usize,
    /// Bytes the query-embedding cache may take.
    pub query_cache_bytes: usize,
    /// Bytes the store's block cache may take, over all shops.
    pub store_cache_bytes: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            models_dir: PathBuf::from("models"),
            threads: 0,
            query_cache_bytes: 32 << 20,
            store_cache_bytes: 128 << 20,
        }
    }
}

/// All shops of a process.
pub struct Engine {}

/// One tenant: its log, its derived state, its pipeline. Shared by reference between threads; all calls block.
pub struct Shop {}

/// What became of a batch of events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appended {
    /// Events that were new.
    pub accepted: usize,
    /// Events whose id the log had already; they changed nothing.
    pub duplicates: usize,
    /// Position after the last event of the log.
    pub end: Position,
}

/// An event with its place in the log.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its place.
    pub position: Position,
    /// The event.
    pub event: Event,
}

/// Figures about a shop.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ShopStats {
    /// Items in the catalogue.
    pub items: usize,
    /// Events in the log.
    pub events: u64,
    /// Actors with state.
    pub actors: usize,
    /// Items whose vectors are not computed yet, over all encoders.
    pub embeddings_pending: usize,
    /// Item changes accepted but not yet searchable by words.
    pub index_lag: usize,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Searches answered since the start, and those of them without a result.
    pub searches: u64,
    /// Searches without a result.
    pub searches_empty: u64,
}

/// How far a long step is: for progress bars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Units done.
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

impl Engine {
    /// Opens all shops under the data folder, replaying what their derived state lacks.
    pub fn open(config: EngineConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        todo!("{config:?} {}", clock.now().0)
    }

    /// Makes a new shop.
    pub fn create_shop(&self, _id: &ShopId, _settings: Settings) -> Result<Arc<Shop>> {
        todo!()
    }

    /// Deletes a shop with everything it has.
    pub fn delete_shop(&self, _id: &ShopId) -> Result<()> {
        todo!()
    }

    /// The shop called `id`.
    pub fn shop(&self, _id: &str) -> Result<Arc<Shop>> {
        todo!()
    }

    /// Names of all shops, sorted.
    pub fn shops(&self) -> Vec<ShopId> {
        todo!()
    }

    /// The clock everything runs by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        todo!()
    }

    /// A small named document kept beside the shops (the server keeps its hashed keys so); `None` where there is none.
    pub fn document(&self, _name: &str) -> Result<Option<Vec<u8>>> {
        todo!()
    }

    /// Writes a small named document, atomically and durably.
    pub fn put_document(&self, _name: &str, _bytes: &[u8]) -> Result<()> {
        todo!()
    }

    /// Writes checkpoints and stops background work. Events appended after this are refused.
    pub fn close(&self) -> Result<()> {
        todo!()
    }
}

impl Shop {
    /// The shop's name.
    pub fn id(&self) -> &ShopId {
        todo!()
    }

    /// Takes events in. Returns when they are durable and folded into what the next request reads; item texts become
    /// searchable within a second, vectors when they are computed. All or nothing where a value is refused.
    pub fn append(&self, _events: Vec<Event>) -> Result<Appended> {
        todo!()
    }

    /// [`Shop::append`] without a thread waiting: returns at once and calls `done` from a thread of the engine when the
    /// events are durable and folded in, or refused. What keeps many single-event requests in flight under one group
    /// commit. `done` is called exactly once and must not block.
    pub fn append_async(&self, _events: Vec<Event>, _done: Box<dyn FnOnce(Result<Appended>) + Send>) {
        todo!()
    }

    /// Answers a request: a search where it has a query, else a recommendation.
    pub fn answer(&self, _request: &Request) -> Result<Slate> {
        todo!()
    }

    /// One item.
    pub fn item(&self, _id: &ItemId) -> Result<Option<Item>> {
        todo!()
    }

    /// Items in order of id, after `after`, at most `limit`.
    pub fn scan(&self, _after: Option<&ItemId>, _limit: usize) -> Result<Vec<Item>> {
        todo!()
    }

    /// Events from a position on, at most `limit`.
    pub fn events(&self, _from: Position, _limit: usize) -> Result<Vec<LoggedEvent>> {
        todo!()
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        todo!()
    }

    /// Puts other settings in force; an index that they change is rebuilt beside the live one and swapped in.
    pub fn set_settings(&self, _settings: Settings) -> Result<()> {
        todo!()
    }

    /// Figures about the shop.
    pub fn stats(&self) -> Result<ShopStats> {
        todo!()
    }

    /// Blocks until every accepted item is searchable by words and by vectors; `progress` is called from time to time
    /// with embeddings done and in all, and stops the wait by returning `false`.
    pub fn wait_until_current(&self, _progress: &mut dyn FnMut(Progress) -> bool) -> Result<()> {
        todo!()
    }

    /// Replays the log from zero beside the live state and tells every difference found, in words; empty where derived
    /// state equals the replay.
    pub fn verify(&self) -> Result<Vec<String>> {
        todo!()
    }
}
