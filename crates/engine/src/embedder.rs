use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Condvar, Mutex};
use types::{Item, Row};

use crate::core::Core;
use crate::encoders::passage;
use crate::names::{put_bytes, put_count, take_bytes, take_count};
use crate::{Error, Result, pictures};

/// Items whose vectors may have to be computed. Rows only: texts are read from the catalogue when their turn comes.
#[derive(Default)]
pub(crate) struct EmbedQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
    closing: AtomicBool,
}

#[derive(Default)]
struct QueueState {
    rows: BTreeSet<Row>,
    in_work: usize,
    /// Whether the catalogue has still to be looked through for items that a crash left without vectors.
    scanning: bool,
}

impl EmbedQueue {
    /// Queues items.
    pub(crate) fn add(&self, rows: impl Iterator<Item = Row>) {
        let mut state = self.state.lock();
        state.rows.extend(rows);
        self.changed.notify_all();
    }

    /// Items not done yet; at least 1 while the catalogue is being looked through.
    pub(crate) fn pending(&self) -> usize {
        let state = self.state.lock();
        state.rows.len() + state.in_work + usize::from(state.scanning)
    }

    /// Says whether the catalogue is being looked through.
    pub(crate) fn set_scanning(&self, scanning: bool) {
        self.state.lock().scanning = scanning;
    }

    /// Makes [`run`] return soon.
    pub(crate) fn close(&self) {
        // Under the lock, or the call could fall between the embedder's look at the flag and its waiting.
        let _state = self.state.lock();
        self.closing.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Waits for work; `None` when closing.
    fn take(&self, rows_max: usize) -> Option<Vec<Row>> {
        let mut state = self.state.lock();
        while state.rows.is_empty() {
            if self.is_closing() {
                return None;
            }
            self.changed.wait(&mut state);
        }
        if self.is_closing() {
            return None;
        }
        let mut rows = Vec::new();
        while rows.len() < rows_max {
            let Some(row) = state.rows.pop_first() else { break };
            rows.push(row);
        }
        state.in_work = rows.len();
        Some(rows)
    }

    fn done(&self) {
        self.state.lock().in_work = 0;
    }
}

/// Items encoded between two looks at the queue: small, so that a fresh item is never behind many seconds of work.
const BATCH: usize = 64;

/// The shop's embedder: first looks through the catalogue for vectors that are missing or of another text, then follows
/// the queue. Vectors of known texts come from the store's cache.
pub(crate) fn run(core: &Core) {
    queue_stale(core);
    while let Some(rows) = core.embed.take(BATCH) {
        if let Err(error) = embed(core, &rows) {
            tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "items could not be encoded");
        }
        core.embed.done();
    }
}

/// Looks through the catalogue for items whose vectors are missing or of another text.
pub(crate) fn queue_stale(core: &Core) {
    const ITEMS_A_READ: usize = 1000;
    for batch in core.store.catalogue().batches(ITEMS_A_READ) {
        if core.embed.is_closing() {
            break;
        }
        let items = match batch {
            Ok(items) => items,
            Err(error) => {
                tracing::error!(shop = %core.id, error = &error as &dyn std::error::Error, "the catalogue cannot be read");
                break;
            }
        };
        let names = core.names.read();
        let stale: Vec<Row> = items
            .iter()
            .filter_map(|item| names.items.row(item.id.as_str()).map(|row| (row, item)))
            .filter(|(row, item)| is_stale(core, *row, item))
            .map(|(row, _)| row)
            .collect();
        drop(names);
        core.embed.add(stale.into_iter());
    }
    core.embed.set_scanning(false);
}

fn is_stale(core: &Core, row: Row, item: &Item) -> bool {
    let view = core.view.load();
    let text = passage(item, &view.settings);
    let index = core.live_index();
    let pictures = &view.retrievers.pictures;
    pictures.as_ref().is_some_and(|model| pictures::is_stale(model, &index, row, item))
        || view
            .retrievers
            .encoders
            .iter()
            .any(|(_, encoder)| index.vector_stamp(row, encoder.id()) != Some(stamp(encoder.passage_hash(&text).0)))
}

/// Computes (or reads from the cache) and sets the vectors of some items.
pub(crate) fn embed(core: &Core, rows: &[Row]) -> Result<()> {
    let ids: Vec<_> = {
        let names = core.names.read();
        rows.iter().filter_map(|row| names.items.id(*row).cloned().map(|id| (*row, id))).collect()
    };
    let mut items = Vec::new();
    for (row, id) in ids {
        let Ok(id) = types::ItemId::new(&*id) else { continue };
        let item = core.store.catalogue().item(&id)?;
        items.extend(item.map(|item| (row, item)));
    }
    let view = core.view.load_full();
    let texts: Vec<(Row, String)> = items.iter().map(|(row, item)| (*row, passage(item, &view.settings))).collect();
    let mut settings = vec![(view.retrievers.clone(), core.live_index())];
    if let Some((retrievers, index)) = crate::maintainer::next_index(core) {
        settings.push((retrievers, index));
    }
    for (retrievers, index) in settings {
        for (_, encoder) in &retrievers.encoders {
            embed_with(core, encoder, &index, &texts)?;
        }
        if let Some(model) = &retrievers.pictures {
            pictures::embed(core, model, &index, &items)?;
        }
    }
    core.publish_index();
    Ok(())
}

fn embed_with(core: &Core, encoder: &neural::Encoder, index: &index::Index, texts: &[(Row, String)]) -> Result<()> {
    let wanted: Vec<(Row, &str, neural::TextHash)> = texts
        .iter()
        .map(|(row, text)| (*row, text.as_str(), encoder.passage_hash(text)))
        .filter(|(row, _, hash)| index.vector_stamp(*row, encoder.id()) != Some(stamp(hash.0)))
        .collect();
    let hashes: Vec<store::TextHash> = wanted.iter().map(|(_, _, hash)| hash.0).collect();
    let cached = core.store.vectors().get(encoder.version(), &hashes)?;
    let mut vectors: Vec<Option<Vec<f32>>> =
        cached.iter().map(|bytes| bytes.as_deref().and_then(neural::decode_i8)).collect();
    let missing: Vec<usize> = (0..wanted.len()).filter(|at| vectors[*at].is_none()).collect();
    if !missing.is_empty() {
        let missing_texts: Vec<&str> = missing.iter().map(|at| wanted[*at].1).collect();
        let failed =
            |source: neural::Error| Error::Encoder { encoder: encoder.id().to_owned(), source: Box::new(source) };
        let fresh = encoder.encode_passages(&missing_texts).map_err(failed)?;
        let bytes: Vec<Vec<u8>> = fresh.iter().map(|vector| neural::encode_i8(vector)).collect();
        let records: Vec<(store::TextHash, &[u8])> =
            missing.iter().zip(&bytes).map(|(at, bytes)| (hashes[*at], bytes.as_slice())).collect();
        core.store.vectors().put(encoder.version(), &records)?;
        // The vector is taken back from its cached form, so that a restart gives the same one.
        missing.iter().zip(&bytes).for_each(|(at, bytes)| vectors[*at] = neural::decode_i8(bytes));
    }
    for ((row, _, hash), vector) in wanted.iter().zip(vectors) {
        let Some(vector) = vector else { continue };
        index.set_vector(*row, encoder.id(), stamp(hash.0), &vector)?;
    }
    Ok(())
}

/// First bytes of exported vectors: what they are, and the version of the layout.
const EXPORT: &[u8] = b"mercato vectors 1\n";

/// The cached vectors of all current items, under every encoder in use: after a header, for each encoder its version, the
/// number of vectors, and hash and bytes of each.
pub(crate) fn export(core: &Core) -> Result<Vec<u8>> {
    let view = core.view.load_full();
    let mut out = EXPORT.to_vec();
    for (_, encoder) in &view.retrievers.encoders {
        let mut records: Vec<(store::TextHash, Vec<u8>)> = Vec::new();
        for batch in core.store.catalogue().batches(1000) {
            let items = batch?;
            let hashes: Vec<_> =
                items.iter().map(|item| encoder.passage_hash(&passage(item, &view.settings)).0).collect();
            let vectors = core.store.vectors().get(encoder.version(), &hashes)?;
            records
                .extend(hashes.into_iter().zip(vectors).filter_map(|(hash, bytes)| bytes.map(|bytes| (hash, bytes))));
        }
        records.sort();
        records.dedup_by(|a, b| a.0 == b.0);
        put_bytes(&mut out, encoder.version().as_bytes());
        put_count(&mut out, records.len());
        for (hash, bytes) in records {
            out.extend_from_slice(&hash);
            put_bytes(&mut out, &bytes);
        }
    }
    Ok(out)
}

/// The vectors of one encoder in an export.
#[derive(Clone, Debug)]
pub struct ExportedVectors<'a> {
    /// The encoder's version.
    pub version: &'a str,
    /// The hash of each text and its packed vector.
    pub records: Vec<([u8; 16], &'a [u8])>,
}

impl<'a> ExportedVectors<'a> {
    /// Reads an export of vectors; `None` for other bytes.
    pub fn read(bytes: &'a [u8]) -> Option<Vec<Self>> {
        let mut rest = bytes.strip_prefix(EXPORT)?;
        let mut all = Vec::new();
        while !rest.is_empty() {
            let version = std::str::from_utf8(take_bytes(&mut rest)?).ok()?;
            let mut records = Vec::new();
            for _ in 0..take_count(&mut rest)? {
                let (hash, tail) = rest.split_first_chunk::<16>()?;
                rest = tail;
                records.push((*hash, take_bytes(&mut rest)?));
            }
            all.push(Self { version, records });
        }
        Some(all)
    }
}

/// Puts exported vectors into the cache.
pub(crate) fn import(core: &Core, bytes: &[u8]) -> Result<usize> {
    let exported = ExportedVectors::read(bytes).ok_or_else(|| {
        let expected = "an export of vectors, as written by `mercato export`";
        Error::Field(types::FieldError::new("vectors_invalid", "vectors", expected, "other bytes"))
    })?;
    for ExportedVectors { version, records } in &exported {
        core.store.vectors().put(version, records)?;
    }
    Ok(exported.iter().map(|encoder| encoder.records.len()).sum())
}

/// The part of a text's hash that the index keeps beside a vector.
pub(crate) fn stamp(hash: [u8; 16]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hash;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}
