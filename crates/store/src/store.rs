use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use types::{Event, EventBody, Position, UserId};

use crate::files::{self, Disk};
use crate::ids::{self, Ids};
use crate::log::{Log, LogReader, Record};
use crate::retention::{self, Retention, Trimmed};
use crate::{
    Catalogue, Checkpoints, Documents, Error, FORMAT_VERSION, Registry, Result, StoreConfig, VectorCache, database,
};

/// A shop's folder, open. Shared by reference between threads; all calls block.
pub struct Store {
    folder: PathBuf,
    log: Log,
    ids: Ids,
    catalogue: Catalogue,
    vectors: VectorCache,
    checkpoints: Checkpoints,
    documents: Documents,
    carts: Documents,
    trainings: Documents,
    registry: Registry,
    /// Held while old segments are rewritten.
    rewriting: Mutex<()>,
    /// Locked as long as the store is open; last, so that everything else is closed before.
    _lock: File,
}

/// What became of a batch of events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appended {
    /// The events that were new, in order: where each is now, and its index in the batch.
    pub accepted: Vec<(Position, usize)>,
    /// Events whose id the log (or the batch, further in front) has already; they changed nothing.
    pub duplicates: usize,
    /// Position after the last event of the log.
    pub end: Position,
}

impl Store {
    /// Opens a shop's folder, made where it is missing. What an interrupted write left is cut off, and the known event
    /// ids are brought up to the log's end.
    ///
    /// # Errors
    /// [`Error::Locked`] where it is open already, [`Error::Format`] where another version wrote it, [`Error::Damaged`]
    /// where bytes of the log's end are not what was written.
    pub fn open(folder: &Path, config: StoreConfig) -> Result<Self> {
        let StoreConfig { cache, segment_bytes, vector_cache_bytes, disk } = config;
        files::make_folder(folder)?;
        let lock = lock(folder)?;
        check_format(folder, &*disk)?;
        let database_path = folder.join("database");
        let database = database::open(&database_path, &cache)?;
        let ids = Ids::open(&database, database_path.clone())?;
        let clone = || Arc::clone(&disk);
        let log = Log::open(folder.join("log"), clone(), segment_bytes, ids.end()?)?;
        let store = Self {
            catalogue: Catalogue::open(&database, database_path.clone())?,
            vectors: VectorCache::open(&database, database_path, vector_cache_bytes)?,
            checkpoints: Checkpoints::open(folder.join("checkpoints"), clone())?,
            documents: Documents::with_disk(folder.join("documents"), clone())?,
            carts: Documents::with_disk(folder.join("carts"), clone())?,
            trainings: Documents::with_disk(folder.join("trainings"), clone())?,
            registry: Registry::open(folder.join("artefacts"), clone())?,
            folder: folder.to_owned(),
            rewriting: Mutex::new(()),
            log,
            ids,
            _lock: lock,
        };
        store.catch_up_ids()?;
        Ok(store)
    }

    /// Appends the events whose ids are new, all or nothing, and returns when they are on the disk.
    ///
    /// # Errors
    /// When a write or an fsync fails the batch is not accepted, and no later one either ([`Error::Poisoned`]) until
    /// the store is opened again.
    pub fn append(&self, events: &[Event]) -> Result<Appended> {
        let mut writer = self.log.writer()?;
        let mut fresh = HashSet::with_capacity(events.len());
        let mut hashes = Vec::with_capacity(events.len());
        let mut accepted = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let hash = ids::hash(&event.id);
            if fresh.insert(hash) && !self.ids.contains(&hash)? {
                accepted.push((Position(writer.end().0 + accepted.len() as u64), index));
                hashes.push(hash);
            }
        }
        if !accepted.is_empty() {
            self.log.write(&mut writer, accepted.iter().map(|(_, index)| &events[*index]))?;
            // Without this an id could be taken twice, so it counts as a failed write.
            self.ids.add(&hashes, writer.end()).inspect_err(|error| writer.poison(error))?;
            self.log.publish(&writer);
        }
        Ok(Appended { duplicates: events.len() - accepted.len(), accepted, end: writer.end() })
    }

    /// Events from a position on, up to where the log ends now. What was dropped is stepped over; where `from` lies
    /// before the first position left, reading begins there.
    pub fn read(&self, from: Position) -> LogReader {
        LogReader::new(self.log.records(from))
    }

    /// The first position left in the log.
    pub fn first(&self) -> Position {
        self.log.first()
    }

    /// The position after the last event.
    pub fn end(&self) -> Position {
        self.log.end()
    }

    /// Reads and checks every byte of the log; says how many records it has.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the first fault.
    pub fn verify_log(&self) -> Result<u64> {
        self.log.records(Position(0)).try_fold(0, |count, record| record.map(|_| count + 1))
    }

    /// Drops what need not be kept any more. Positions never change, and reading steps over the gaps.
    pub fn retain(&self, retention: &Retention) -> Result<Trimmed> {
        let _rewriting = self.rewriting.lock();
        retention::retain(&self.log, &self.ids, retention)
    }

    /// Takes a user out of all interactions and impressions in the log: who it was, what was searched for, and the
    /// event's own id (which stays known by its hash). What happened to which item stays, so counts do not change. Says
    /// how many events were changed; a second call finds none.
    pub fn erase_user(&self, user: &UserId) -> Result<u64> {
        let _rewriting = self.rewriting.lock();
        let mut erased = 0;
        for segment in self.log.seal()? {
            let mut concerned = false;
            for record in self.log.records_of(&segment) {
                concerned |= without_user(&record?.1, user).is_some();
            }
            if concerned {
                erased += self.log.rewrite(&segment, &mut |_, record| without_user(record, user))?;
            }
        }
        Ok(erased)
    }

    /// The items as they are now.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Vectors of texts that were encoded before.
    pub fn vectors(&self) -> &VectorCache {
        &self.vectors
    }

    /// Derived state as it was at a position.
    pub fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// Small named documents.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Shoppers' carts, a document each, so that a change writes no more than its own cart.
    pub fn carts(&self) -> &Documents {
        &self.carts
    }

    /// Checkpoints of trainings under way, which nothing but time is lost with.
    pub fn trainings(&self) -> &Documents {
        &self.trainings
    }

    /// Trained models.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A folder for files that another library keeps (an index); made where it is missing, everything in it derived.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join("derived").join(files::check_name(name)?);
        files::make_folder(&folder)?;
        Ok(folder)
    }

    /// Bytes that all files of the shop take.
    pub fn disk_bytes(&self) -> u64 {
        files::bytes_below(&self.folder)
    }

    /// Removes everything that the log can rebuild from a shop's folder that is not open: for an operator whose derived
    /// state is damaged, or who accepts that the end of the log is lost.
    pub fn discard_derived(folder: &Path) -> Result<()> {
        let _lock = lock(folder)?;
        for name in ["database", "checkpoints", "derived", "trainings"] {
            let path = folder.join(name);
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::io("remove", &path)(error)),
                _ => files::sync_folder_of(&path)?,
            }
        }
        Ok(())
    }

    /// Adds the ids of events that were written but whose ids were lost with the process, or the database.
    fn catch_up_ids(&self) -> Result<()> {
        const BATCH: usize = 10_000;
        let mut hashes = Vec::new();
        for record in self.log.records(self.ids.end()?) {
            let (position, record) = record?;
            hashes.push(record.id());
            if hashes.len() == BATCH {
                self.ids.add(&hashes, position.next())?;
                hashes.clear();
            }
        }
        if hashes.is_empty() { Ok(()) } else { self.ids.add(&hashes, self.log.end()) }
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let open = File::options().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", &path)(error)),
    }
}

/// Refuses a folder of another version; marks a new one as of this version.
fn check_format(folder: &Path, disk: &dyn Disk) -> Result<()> {
    const PREFIX: &str = "mercato store, format ";
    let path = folder.join("format");
    let damaged = |what: &str| Error::Damaged { path: path.clone(), offset: 0, position: None, what: what.to_owned() };
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let version = text.strip_prefix(PREFIX).and_then(|rest| rest.trim().parse().ok());
            files::check_version(&path, version.ok_or_else(|| damaged("this does not say which format it is"))?)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if folder.join("log").exists() {
                return Err(damaged("the file is missing"));
            }
            let write = || -> io::Result<()> {
                let temporary = files::with_suffix(&path, ".tmp");
                let mut file = File::create(&temporary)?;
                disk.append(&mut file, format!("{PREFIX}{FORMAT_VERSION}\n").as_bytes())?;
                disk.sync(&file)?;
                std::fs::rename(&temporary, &path)
            };
            write().map_err(Error::io("write", &path))?;
            files::sync_folder_of(&path)
        }
        Err(error) => Err(Error::io("read", &path)(error)),
    }
}

/// The record without the user; `None` where it is not of that user.
fn without_user(record: &Record, user: &UserId) -> Option<Record> {
    let event = record.event()?;
    let mut body = event.body.clone();
    match &mut body {
        EventBody::Interaction(interaction) if interaction.actor.user.as_ref() == Some(user) => {
            interaction.actor = types::Actor::default();
            interaction.query = None;
            interaction.text = None;
        }
        EventBody::Impression(impression) if impression.actor.user.as_ref() == Some(user) => {
            impression.actor = types::Actor::default();
            impression.query = None;
        }
        _ => return None,
    }
    let hash = record.id();
    let id = format!("erased-{:032x}", u128::from_be_bytes(hash));
    let id = types::EventId::new(id).expect("hexadecimal digits make an id");
    Some(Record::Anonymous(hash, Event { id, time: event.time, body }))
}
