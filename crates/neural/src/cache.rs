use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::encoder::encode_query_with_all;
use crate::vector::{TextHash, text_hash};
use crate::{Encoder, Result};

const SHARDS: usize = 16;

/// Vectors of recent queries, bounded in bytes, for any number of encoders. What was not asked for in a while goes
/// first (the clock algorithm: a hand passes over entries, sparing those used since it last came by).
pub struct QueryCache {
    shards: Vec<Mutex<Shard>>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What a [`QueryCache`] did so far and holds now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CacheStats {
    /// Queries whose vector was there.
    pub hits: u64,
    /// Queries whose vector had to be computed.
    pub misses: u64,
    /// Vectors held.
    pub entries: usize,
    /// Bytes they take.
    pub bytes: usize,
}

#[derive(Default)]
struct Shard {
    places: FxHashMap<TextHash, usize>,
    entries: Vec<Entry>,
    hand: usize,
    bytes: usize,
    bytes_max: usize,
}

struct Entry {
    key: TextHash,
    vector: Arc<[f32]>,
    used: bool,
}

impl QueryCache {
    /// An empty cache that will take up to about `bytes_max`; 0 keeps nothing.
    pub fn new(bytes_max: usize) -> Self {
        let shard = || Mutex::new(Shard { bytes_max: bytes_max / SHARDS, ..Shard::default() });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The vector of `query` if it is held.
    pub fn get(&self, encoder: &Encoder, query: &str) -> Option<Arc<[f32]>> {
        self.look_up(&key(encoder, query))
    }

    /// The vector of `query`, computed and kept where it is not held. Two threads that miss the same query at once
    /// both compute it.
    ///
    /// # Errors
    /// Where the encoder fails.
    pub fn get_or_encode(&self, encoder: &Encoder, query: &str) -> Result<Arc<[f32]>> {
        let key = key(encoder, query);
        if let Some(vector) = self.look_up(&key) {
            return Ok(vector);
        }
        let vector: Arc<[f32]> = encoder.encode_query(query)?.into();
        self.insert(key, Arc::clone(&vector));
        Ok(vector)
    }

    /// The vectors of `query` under several encoders, in their order; those not held are computed side by side and kept.
    ///
    /// # Errors
    /// Where an encoder fails.
    pub fn get_or_encode_with_all(&self, encoders: &[Arc<Encoder>], query: &str) -> Result<Vec<Arc<[f32]>>> {
        let held: Vec<Option<Arc<[f32]>>> = encoders.iter().map(|encoder| self.get(encoder, query)).collect();
        let missing = || encoders.iter().zip(&held).filter(|(_, held)| held.is_none()).map(|(encoder, _)| encoder);
        let mut computed =
            encode_query_with_all(&missing().map(Arc::as_ref).collect::<Vec<&Encoder>>(), query).into_iter();
        let mut vectors = Vec::with_capacity(encoders.len());
        for (encoder, held) in encoders.iter().zip(&held) {
            let vector = match held {
                Some(vector) => Arc::clone(vector),
                None => {
                    let vector: Arc<[f32]> = computed.next().expect("one vector of each that was missing")?.into();
                    self.insert(key(encoder, query), Arc::clone(&vector));
                    vector
                }
            };
            vectors.push(vector);
        }
        Ok(vectors)
    }

    /// What it did so far and holds now.
    pub fn stats(&self) -> CacheStats {
        let (hits, misses) = (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed));
        self.shards.iter().fold(CacheStats { hits, misses, entries: 0, bytes: 0 }, |stats, shard| {
            let shard = shard.lock();
            CacheStats { entries: stats.entries + shard.entries.len(), bytes: stats.bytes + shard.bytes, ..stats }
        })
    }

    fn look_up(&self, key: &TextHash) -> Option<Arc<[f32]>> {
        let found = self.shard(key).lock().get(key);
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    fn insert(&self, key: TextHash, vector: Arc<[f32]>) {
        self.shard(&key).lock().insert(key, vector);
    }

    fn shard(&self, key: &TextHash) -> &Mutex<Shard> {
        &self.shards[key.0[15] as usize % SHARDS]
    }
}

fn key(encoder: &Encoder, query: &str) -> TextHash {
    text_hash(encoder.version(), query.trim())
}

impl Shard {
    fn get(&mut self, key: &TextHash) -> Option<Arc<[f32]>> {
        let entry = &mut self.entries[*self.places.get(key)?];
        entry.used = true;
        Some(Arc::clone(&entry.vector))
    }

    fn insert(&mut self, key: TextHash, vector: Arc<[f32]>) {
        let cost = cost(&vector);
        if cost > self.bytes_max || self.places.contains_key(&key) {
            return;
        }
        while self.bytes + cost > self.bytes_max {
            self.evict();
        }
        self.bytes += cost;
        self.places.insert(key, self.entries.len());
        self.entries.push(Entry { key, vector, used: false });
    }

    /// Drops the first entry under the hand that was not used since the hand last passed.
    fn evict(&mut self) {
        loop {
            self.hand %= self.entries.len();
            let entry = &mut self.entries[self.hand];
            if !std::mem::take(&mut entry.used) {
                break;
            }
            self.hand += 1;
        }
        let gone = self.entries.swap_remove(self.hand);
        self.places.remove(&gone.key);
        if let Some(moved) = self.entries.get(self.hand) {
            self.places.insert(moved.key, self.hand);
        }
        self.bytes -= cost(&gone.vector);
    }
}

/// Bytes an entry takes: the numbers, the entry itself, and its place in the table (which is at most 7/8 full and
/// doubles, so two slots on average).
fn cost(vector: &[f32]) -> usize {
    const COUNTERS: usize = 16;
    size_of_val(vector) + COUNTERS + size_of::<Entry>() + 2 * (size_of::<(TextHash, usize)>() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: usize) -> TextHash {
        text_hash("test", &n.to_string())
    }

    fn vector() -> Arc<[f32]> {
        Arc::from([0.5f32; 384])
    }

    #[test]
    fn stays_within_its_bytes_and_keeps_what_is_used() {
        let entry = cost(&vector());
        let cache = QueryCache::new(entry * SHARDS * 8);
        cache.insert(hash(0), vector());
        for n in 1..5_000 {
            assert!(cache.look_up(&hash(0)).is_some(), "a query in constant use was dropped at {n}");
            cache.insert(hash(n), vector());
        }
        let stats = cache.stats();
        assert!(stats.bytes <= entry * SHARDS * 8 && stats.entries > SHARDS * 6, "{stats:?}");
        assert_eq!((stats.hits, stats.misses), (4_999, 0));
        let held = (0..5_000).filter(|n| cache.look_up(&hash(*n)).is_some()).count();
        assert_eq!(held, stats.entries);
        assert_eq!(cache.stats().misses, 5_000 - held as u64);
    }

    #[test]
    fn no_bytes_keep_nothing() {
        let cache = QueryCache::new(0);
        cache.insert(hash(1), vector());
        assert_eq!(cache.stats(), CacheStats::default());
    }
}
