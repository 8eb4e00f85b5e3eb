//! What may leave the log, and when.

use std::collections::HashMap;

use types::{EventBody, ItemId, Millis, Position};

use crate::Result;
use crate::ids::{IdHash, Ids, hash_bytes};
use crate::log::{Log, Record};

/// What to keep. Item events are kept as long as the catalogue needs them: until a later full upsert or deletion of the
/// item. Of what is dropped the event's id stays known, in 16 bytes, until [`Retention::ids_kept`] later events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Interactions and impressions from before this may go; `None` keeps them at any age.
    pub before: Option<Millis>,
    /// Bytes of log above which the oldest interactions and impressions go at any age; `None` is no bound.
    pub bytes_max: Option<u64>,
    /// Nothing from this position on is touched: where the derived state was last saved.
    pub until: Position,
    /// How many of the latest events' ids stay known in any case.
    pub ids_kept: u64,
}

/// What a retention run did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trimmed {
    /// Events dropped.
    pub dropped: u64,
    /// Ids forgotten.
    pub ids_forgotten: u64,
    /// Bytes the log got smaller by.
    pub bytes: u64,
}

pub(crate) fn retain(log: &Log, ids: &Ids, retention: &Retention) -> Result<Trimmed> {
    let sealed = log.seal()?;
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let bytes_before: u64 = sealed.iter().map(|segment| size(&segment.path)).sum();
    let latest = latest_whole(log)?;
    let mut trimmed = Trimmed::default();
    let mut bytes = bytes_before;
    for segment in &sealed {
        let too_large = retention.bytes_max.is_some_and(|max| bytes > max);
        let before = if too_large { Some(Millis(i64::MAX)) } else { retention.before };
        let Some(before) = before else { continue };
        let may_go = |position: Position, record: &Record| {
            record.event().filter(|_| position < retention.until).is_some_and(|event| {
                match event.body.catalogue_item() {
                    Some(item) => event.time < before && latest.get(&item_hash(item)).is_some_and(|at| position < *at),
                    None => event.time < before,
                }
            })
        };
        let mut concerned = false;
        for record in log.records_of(segment) {
            let (position, record) = record?;
            concerned |= may_go(position, &record);
        }
        if !concerned {
            continue;
        }
        let old = size(&segment.path);
        trimmed.dropped +=
            log.rewrite(segment, &mut |position, record| may_go(position, record).then(|| Record::Gone(record.id())))?;
        bytes = bytes.saturating_sub(old) + log.bytes_at(segment.base);
    }
    trimmed.ids_forgotten = forget_oldest(log, ids, retention.ids_kept)?;
    let bytes_after: u64 = log.seal()?.iter().map(|segment| size(&segment.path)).sum();
    trimmed.bytes = bytes_before.saturating_sub(bytes_after);
    Ok(trimmed)
}

/// For each item the position of its last whole statement: upserted or deleted.
fn latest_whole(log: &Log) -> Result<HashMap<IdHash, Position>> {
    let mut latest = HashMap::new();
    for record in log.records(Position(0)) {
        let (position, record) = record?;
        match record.event().map(|event| &event.body) {
            Some(EventBody::ItemUpserted(item)) => latest.insert(item_hash(&item.id), position),
            Some(EventBody::ItemDeleted(id)) => latest.insert(item_hash(id), position),
            _ => None,
        };
    }
    Ok(latest)
}

fn item_hash(id: &ItemId) -> IdHash {
    hash_bytes(id.as_str().as_bytes())
}

/// Removes the oldest segments where nothing is left but ids, once those are old enough.
fn forget_oldest(log: &Log, ids: &Ids, ids_kept: u64) -> Result<u64> {
    let mut forgotten = 0;
    for segment in log.seal()? {
        let (mut hashes, mut end) = (Vec::new(), segment.base);
        for record in log.records_of(&segment) {
            match record? {
                (position, Record::Gone(id)) => {
                    hashes.push(id);
                    end = position.next();
                }
                _ => return Ok(forgotten),
            }
        }
        if end.0.saturating_add(ids_kept) > log.end().0 {
            break;
        }
        // The files first: an id too many is known for longer, an id too few would be found again in the file.
        log.drop_until(end)?;
        ids.forget(&hashes)?;
        forgotten += hashes.len() as u64;
    }
    ids.persist()?;
    Ok(forgotten)
}
