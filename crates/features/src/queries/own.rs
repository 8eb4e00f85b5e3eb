use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::Millis;

use super::privacy::personal;
use crate::bytes::{Reader, Writer};
use crate::{Error, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 1;
/// Parts that are copied separately after a clone.
const SHARDS: usize = 256;

/// Bounds. A state made under one configuration must not be read under another.
#[derive(Clone, PartialEq, Debug)]
pub struct OwnConfig {
    /// Queries remembered of an actor.
    pub queries: usize,
    /// Actors remembered; those who searched longest ago go first.
    pub actors: usize,
    /// Characters of the longest query that is remembered.
    pub characters: usize,
}

impl Default for OwnConfig {
    fn default() -> Self {
        Self { queries: 10, actors: 200_000, characters: 64 }
    }
}

/// The last queries of each actor, for that actor alone: private to them, and erased with them. What finds nothing, and
/// what holds data of a person, is not remembered. A clone is an immutable view and costs a few hundred pointers.
#[derive(Clone, Debug)]
pub struct OwnQueries {
    config: OwnConfig,
    shards: Vec<Arc<FxHashMap<u64, Own>>>,
    len: usize,
}

/// Queries with their times, the latest first.
type Own = Arc<[(Arc<str>, Millis)]>;

impl OwnQueries {
    /// Nothing is remembered yet.
    pub fn new(config: OwnConfig) -> Self {
        Self { config, shards: (0..SHARDS).map(|_| Arc::default()).collect(), len: 0 }
    }

    /// Takes a search in: by `actor` (a hash), for `query` (normalised), with so many `results`, where that is known.
    pub fn observe(&mut self, actor: u64, query: &str, results: Option<u32>, time: Millis) {
        let query = query.trim();
        let fits = !query.is_empty() && query.chars().count() <= self.config.characters && results != Some(0);
        if !fits || personal(query).is_some() {
            return;
        }
        let most = self.config.queries.max(1);
        let shard = Arc::make_mut(&mut self.shards[shard_of(actor)]);
        let known = shard.get(&actor);
        self.len += usize::from(known.is_none());
        let others = known.into_iter().flat_map(|own| own.iter()).filter(|(text, _)| **text != *query).cloned();
        let mut own: Vec<(Arc<str>, Millis)> = std::iter::once((Arc::from(query), time)).chain(others).collect();
        own.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        own.truncate(most);
        shard.insert(actor, own.into());
        if self.len > self.config.actors {
            self.drop_oldest();
        }
    }

    /// The actor's own queries, the latest first.
    pub fn of(&self, actor: u64) -> &[(Arc<str>, Millis)] {
        self.shards[shard_of(actor)].get(&actor).map_or(&[], |own| own)
    }

    /// Erases an actor.
    pub fn forget(&mut self, actor: u64) {
        let shard = &mut self.shards[shard_of(actor)];
        if shard.contains_key(&actor) {
            Arc::make_mut(shard).remove(&actor);
            self.len -= 1;
        }
    }

    /// Bytes for a checkpoint; the configuration belongs to the program.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        let mut actors: Vec<(&u64, &Own)> = self.shards.iter().flat_map(|shard| shard.iter()).collect();
        actors.sort_unstable_by_key(|(actor, _)| **actor);
        out.number(actors.len() as u64);
        for (actor, own) in actors {
            out.number(*actor);
            out.number(own.len() as u64);
            for (text, time) in own.iter() {
                out.text(text);
                out.number(time.0 as u64);
            }
        }
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: OwnConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut shards: Vec<FxHashMap<u64, Own>> = (0..SHARDS).map(|_| FxHashMap::default()).collect();
        let len = input.count(2)?;
        for _ in 0..len {
            let actor = input.number()?;
            let read = |input: &mut Reader<'_>| Ok((input.text()?, Millis(input.number()? as i64)));
            let own: Vec<(Arc<str>, Millis)> = (0..input.count(2)?).map(|_| read(&mut input)).collect::<Result<_>>()?;
            if shards[shard_of(actor)].insert(actor, own.into()).is_some() {
                return Err(input.fault("an actor only once"));
            }
        }
        input.end()?;
        Ok(Self { config, shards: shards.into_iter().map(Arc::new).collect(), len })
    }

    /// Drops the half of the actors whose last query is longest ago.
    fn drop_oldest(&mut self) {
        let last = |own: &Own| own.first().map_or(Millis(0), |(_, time)| *time);
        let actors = self.shards.iter().flat_map(|shard| shard.iter());
        let mut times: Vec<(Millis, u64)> = actors.map(|(actor, own)| (last(own), *actor)).collect();
        times.sort_unstable();
        times.iter().take(times.len() / 2).for_each(|(_, actor)| self.forget(*actor));
    }
}

fn shard_of(actor: u64) -> usize {
    // The low bits of a multiplicative hash are its worst.
    (actor >> 48) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(own: &OwnQueries, actor: u64) -> Vec<&str> {
        own.of(actor).iter().map(|(text, _)| &**text).collect()
    }

    #[test]
    fn the_last_queries_of_each_actor_are_kept_apart() {
        let mut own = OwnQueries::new(OwnConfig { queries: 2, ..OwnConfig::default() });
        for (time, (actor, query)) in
            [(1, "连衣裙"), (2, "tent"), (1, "red shoes"), (1, "连衣裙"), (1, "毛巾")].into_iter().enumerate()
        {
            own.observe(actor, query, Some(3), Millis(time as i64));
        }
        own.observe(1, "nothing found", Some(0), Millis(9));
        own.observe(1, "call 13800138000", None, Millis(9));
        assert_eq!((texts(&own, 1), texts(&own, 2), texts(&own, 3)), (vec!["毛巾", "连衣裙"], vec!["tent"], vec![]));
        own.forget(1);
        assert_eq!((texts(&own, 1).len(), texts(&own, 2).len(), own.len), (0, 1, 1));
    }

    proptest! {
        #[test]
        fn bytes_bring_it_back_within_bounds(searches in prop::collection::vec((any::<u64>(), 0u8..9, any::<u16>()), 0..60)) {
            let config = OwnConfig { queries: 3, actors: 8, characters: 64 };
            let mut own = OwnQueries::new(config.clone());
            for (actor, query, time) in &searches {
                own.observe(actor % 20, &format!("查询 {query}"), None, Millis(i64::from(*time)));
            }
            prop_assert!(own.len <= 8);
            let bytes = own.encode();
            let back = OwnQueries::decode(config.clone(), &bytes).unwrap();
            prop_assert_eq!((back.encode(), back.len), (bytes.clone(), own.len));
            for end in 0..bytes.len() {
                prop_assert!(OwnQueries::decode(config.clone(), &bytes[..end]).is_err());
            }
        }
    }
}
