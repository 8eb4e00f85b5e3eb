use std::path::PathBuf;

use fjall::{Database, Keyspace};
use parking_lot::Mutex;
use types::{Item, ItemId, Position};

use crate::{Error, Result, codec, database};

/// The items as they are now, by id. Derived from the log and current to [`Catalogue::position`]: after a crash the
/// events from there on are to be applied again.
pub struct Catalogue {
    database: Database,
    keyspace: Keyspace,
    path: PathBuf,
    /// Held while writing, so that the count and what is counted change together.
    count: Mutex<u64>,
}

/// Ids are at least one byte and have no control characters, so these keys sort before all of them.
const POSITION: &[u8] = b"\0position";
const COUNT: &[u8] = b"\0count";
const IDS: &[u8] = b"\x01";
/// Items read at a time for a sample.
const SAMPLE_BATCH: usize = 10_000;

impl Catalogue {
    pub(crate) fn open(database: &Database, path: PathBuf) -> Result<Self> {
        let keyspace = database::keyspace(database, &path, "catalogue", 32 << 20)?;
        let count = database::read_u64(&keyspace, &path, COUNT)?;
        Ok(Self { database: database.clone(), keyspace, path, count: Mutex::new(count) })
    }

    /// The position from which events are not applied yet.
    pub fn position(&self) -> Result<Position> {
        database::read_u64(&self.keyspace, &self.path, POSITION).map(Position)
    }

    /// Applies changes in order (`None` deletes) together with the position they bring the catalogue to, all or nothing.
    /// Not fsynced: the log is the truth, and the position says where to take up from.
    pub fn apply(&self, changes: &[(ItemId, Option<&Item>)], position: Position) -> Result<()> {
        let mut count = self.count.lock();
        let mut fresh = *count as i64;
        let mut seen = std::collections::HashMap::new();
        let mut batch = self.database.batch();
        for (id, item) in changes {
            let was_there = match seen.insert(id.as_str(), item.is_some()) {
                Some(was_there) => was_there,
                None => self.keyspace.contains_key(id.as_str()).map_err(Error::database(&self.path))?,
            };
            fresh += i64::from(item.is_some()) - i64::from(was_there);
            match item {
                Some(item) => {
                    let mut bytes = Vec::with_capacity(512);
                    codec::encode_item(item, &mut bytes);
                    batch.insert(&self.keyspace, id.as_str(), bytes);
                }
                None => batch.remove(&self.keyspace, id.as_str()),
            }
        }
        let fresh = u64::try_from(fresh).unwrap_or(0);
        batch.insert(&self.keyspace, COUNT, fresh.to_le_bytes());
        batch.insert(&self.keyspace, POSITION, position.0.to_le_bytes());
        batch.commit().map_err(Error::database(&self.path))?;
        *count = fresh;
        Ok(())
    }

    /// Forgets all items, to be filled again by a replay from position 0.
    pub fn clear(&self) -> Result<()> {
        let mut count = self.count.lock();
        self.keyspace.clear().map_err(Error::database(&self.path))?;
        *count = 0;
        Ok(())
    }

    /// One item.
    pub fn item(&self, id: &ItemId) -> Result<Option<Item>> {
        let bytes = self.keyspace.get(id.as_str()).map_err(Error::database(&self.path))?;
        bytes.map(|bytes| decode(id.as_str().as_bytes(), &bytes)).transpose()
    }

    /// Several items, in the order asked for.
    pub fn items(&self, ids: &[ItemId]) -> Result<Vec<Option<Item>>> {
        ids.iter().map(|id| self.item(id)).collect()
    }

    /// Items in order of id, after `after`, at most `limit`.
    pub fn scan(&self, after: Option<&ItemId>, limit: usize) -> Result<Vec<Item>> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let start = after.map_or(Included(IDS), |id| Excluded(id.as_str().as_bytes()));
        let mut items = Vec::new();
        for entry in self.keyspace.range::<&[u8], _>((start, Unbounded)).take(limit) {
            let (key, bytes) = entry.into_inner().map_err(Error::database(&self.path))?;
            items.push(decode(&key, &bytes)?);
        }
        Ok(items)
    }

    /// All items in order of id, `size` at a time. Not of one moment: what changes meanwhile may be seen or not. Ends after
    /// an error.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = Result<Vec<Item>>> {
        let mut after = Some(None);
        std::iter::from_fn(move || {
            let batch = self.scan(after.take()?.as_ref(), size);
            let last = batch.as_ref().ok().and_then(|items| items.last()).map(|item| item.id.clone());
            after = last.map(Some);
            batch.map(|items| (!items.is_empty()).then_some(items)).transpose()
        })
    }

    /// About `count` items, spread evenly over all ids, in order of id.
    pub fn sample(&self, count: usize) -> impl Iterator<Item = Result<Item>> {
        let step = self.count().div_ceil(count.max(1)).max(1);
        let one_by_one = |batch: Result<Vec<Item>>| match batch {
            Ok(items) => items.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        let numbered = self.batches(SAMPLE_BATCH).flat_map(one_by_one).enumerate();
        numbered.filter(move |(at, item)| at % step == 0 || item.is_err()).map(|(_, item)| item)
    }

    /// Items there are.
    pub fn count(&self) -> usize {
        *self.count.lock() as usize
    }
}

fn decode(key: &[u8], bytes: &[u8]) -> Result<Item> {
    codec::decode_item(bytes).map_err(|source| Error::Record {
        keyspace: "catalogue",
        key: String::from_utf8_lossy(key).into_owned(),
        source,
    })
}
