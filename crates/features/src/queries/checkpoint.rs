use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::Millis;

use super::actors::{Actors, Seen};
use super::log::{Query, QueryConfig, QueryLog, SHARDS, Shard, shard_of};
use super::related::{FOLLOWERS_MAX, Follower, Followers};
use crate::bytes::{Reader, Writer};
use crate::decayed::Decayed;
use crate::{Error, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 2;

impl QueryLog {
    /// Bytes for a checkpoint. The configuration is not among them: it belongs to the program, and the version of the
    /// derived state must change with it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        out.double(self.followed.key());
        let mut queries: Vec<(&Arc<str>, &Arc<Query>)> = self.shards.iter().flat_map(|shard| shard.iter()).collect();
        queries.sort_unstable_by_key(|(text, _)| *text);
        out.number(queries.len() as u64);
        for (text, query) in queries {
            out.text(text);
            write_query(&mut out, query);
        }
        let mut sessions: Vec<(&u64, &(Arc<str>, Millis))> = self.sessions.iter().collect();
        sessions.sort_unstable_by_key(|(session, _)| **session);
        out.number(sessions.len() as u64);
        for (session, (text, time)) in sessions {
            out.number(*session);
            out.text(text);
            out.number(time.0 as u64);
        }
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: QueryConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let followed = read_decayed(&mut input)?;
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
        let len = input.count(8)?;
        for _ in 0..len {
            let text = input.text()?;
            let query = read_query(&mut input)?;
            if shards[shard_of(&text)].insert(text, Arc::new(query)).is_some() {
                return Err(input.fault("a query only once"));
            }
        }
        // Texts that are named in more than one place share their memory, as they did when they were folded.
        let shared = |text: Arc<str>| {
            shards[shard_of(&text)].get_key_value(&text).map_or(text.clone(), |(text, _)| text.clone())
        };
        let mut sessions = FxHashMap::default();
        for _ in 0..input.count(3)? {
            let session = input.number()?;
            let text = shared(input.text()?);
            sessions.insert(session, (text, Millis(input.number()? as i64)));
        }
        input.end()?;
        let shards = shards.into_iter().map(Arc::new).collect();
        Ok(Self { config, shards, sessions: Arc::new(sessions), followed, len })
    }
}

fn write_query(out: &mut Writer, query: &Query) {
    out.byte(match query.found {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    });
    for count in [query.count, query.lately, query.left, query.came] {
        out.double(count.key());
    }
    write_actors(out, &query.actors);
    out.number(query.followers.0.len() as u64);
    for follower in &query.followers.0 {
        out.text(&follower.text);
        out.double(follower.count.key());
        write_actors(out, &follower.actors);
    }
}

fn read_query(input: &mut Reader<'_>) -> Result<Query> {
    let found = match input.byte()? {
        0 => None,
        1 => Some(false),
        2 => Some(true),
        _ => return Err(input.fault("whether anything was found")),
    };
    let [count, lately] = [read_decayed(input)?, read_decayed(input)?];
    let [left, came] = [read_decayed(input)?, read_decayed(input)?];
    let actors = read_actors(input)?;
    let read = |input: &mut Reader<'_>| -> Result<Follower> {
        Ok(Follower { text: input.text()?, count: read_decayed(input)?, actors: read_actors(input)? })
    };
    let followers: Vec<Follower> = (0..input.count(10)?).map(|_| read(input)).collect::<Result<_>>()?;
    if followers.len() > FOLLOWERS_MAX {
        return Err(input.fault("fewer followers"));
    }
    Ok(Query { count, lately, found, actors, left, came, followers: Followers(followers) })
}

pub(crate) fn write_actors(out: &mut Writer, actors: &Actors) {
    out.number(actors.as_slice().len() as u64);
    for seen in actors.as_slice() {
        out.number(u64::from(seen.actor));
        out.number(u64::from(seen.day));
    }
}

pub(crate) fn read_actors(input: &mut Reader<'_>) -> Result<Actors> {
    let read = |input: &mut Reader<'_>| -> Result<Seen> {
        let (actor, day) = (input.small()?, input.number()?);
        Ok(Seen { actor, day: u16::try_from(day).map_err(|_| input.fault("a number of at most 16 bits"))? })
    };
    let seen = (0..input.count(2)?).map(|_| read(input)).collect::<Result<_>>()?;
    Actors::from_seen(seen).ok_or_else(|| input.fault("fewer actors"))
}

pub(crate) fn read_decayed(input: &mut Reader<'_>) -> Result<Decayed> {
    let key = input.key()?;
    Decayed::from_key(key).ok_or_else(|| input.fault("a count"))
}
