use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Millis, Row};

use super::bounded::ItemCounts;
use super::log::{CLICKED_MAX, ClickConfig, ClickLog, Open, Query, Turned};
use crate::bytes::{Reader, Writer};
use crate::queries::{read_actors, read_decayed, write_actors};
use crate::{Error, Result};

/// Version of the bytes; the oldest one that is read is the same.
const VERSION: u8 = 1;

impl ClickLog {
    /// Bytes for a checkpoint. The configuration is not among them: it belongs to the program, and the version of the
    /// derived state must change with it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(VERSION);
        for (text, query) in sorted(self.queries.iter(), &mut out) {
            out.text(text);
            write_query(&mut out, query);
        }
        for ((from, to), turned) in sorted(self.turns.iter(), &mut out) {
            out.text(from);
            out.text(to);
            out.double(turned.sessions.key());
            write_actors(&mut out, &turned.actors);
        }
        for (answer, (text, time)) in sorted(self.answers.iter(), &mut out) {
            out.number(*answer);
            out.text(text);
            out.number(time.0 as u64);
        }
        for (session, open) in sorted(self.sessions.iter(), &mut out) {
            out.number(*session);
            write_open(&mut out, open);
        }
        out.0
    }

    /// Reads a checkpoint that was written under the same configuration.
    ///
    /// # Errors
    /// [`Error::Version`] for bytes of another version, [`Error::Corrupt`] for anything else that `encode` did not write.
    pub fn decode(config: ClickConfig, bytes: &[u8]) -> Result<Self> {
        let mut input = Reader::new(bytes);
        let version = input.byte()?;
        if version != VERSION {
            return Err(Error::Version { expected: VERSION, got: version });
        }
        let mut queries = FxHashMap::default();
        for _ in 0..input.count(8)? {
            let text: Arc<str> = input.text()?;
            queries.insert(text, Arc::new(read_query(&mut input)?));
        }
        // Texts that are named in more than one place share their memory, as they did when they were folded.
        let shared = |text: Arc<str>| queries.get_key_value(&text).map_or(text.clone(), |(text, _)| text.clone());
        let (mut turns, mut answers, mut sessions) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
        for _ in 0..input.count(11)? {
            let pair = (shared(input.text()?), shared(input.text()?));
            let (sessions, actors) = (read_decayed(&mut input)?, read_actors(&mut input)?);
            turns.insert(pair, Turned { sessions, actors });
        }
        for _ in 0..input.count(3)? {
            let answer = input.number()?;
            let text = shared(input.text()?);
            answers.insert(answer, (text, Millis(input.number()? as i64)));
        }
        for _ in 0..input.count(5)? {
            let session = input.number()?;
            sessions.insert(session, read_open(&mut input, &shared)?);
        }
        input.end()?;
        Ok(Self {
            config,
            queries: Arc::new(queries),
            turns: Arc::new(turns),
            answers: Arc::new(answers),
            sessions: Arc::new(sessions),
        })
    }
}

/// Entries in order of their keys, after their number.
fn sorted<'a, K: Ord, V>(entries: impl Iterator<Item = (&'a K, &'a V)>, out: &mut Writer) -> Vec<(&'a K, &'a V)> {
    let mut entries: Vec<(&K, &V)> = entries.collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    out.number(entries.len() as u64);
    entries
}

fn write_query(out: &mut Writer, query: &Query) {
    out.double(query.sessions.key());
    out.double(query.fruitful.key());
    out.number(query.items.0.len() as u64);
    for (item, count) in &query.items.0 {
        out.number(u64::from(item.0));
        out.double(count.key());
    }
    write_actors(out, &query.actors);
}

fn read_query(input: &mut Reader<'_>) -> Result<Query> {
    let (sessions, fruitful) = (read_decayed(input)?, read_decayed(input)?);
    let mut items = Vec::new();
    for _ in 0..input.count(9)? {
        items.push((Row(input.small()?), read_decayed(input)?));
    }
    Ok(Query { sessions, fruitful, items: ItemCounts(items), actors: read_actors(input)? })
}

fn write_open(out: &mut Writer, open: &Open) {
    out.text(&open.text);
    out.number(open.time.0 as u64);
    out.byte(u8::from(open.from.is_some()));
    open.from.iter().for_each(|from| out.text(from));
    out.number(open.clicked.len() as u64);
    open.clicked.iter().for_each(|item| out.number(u64::from(item.0)));
}

fn read_open(input: &mut Reader<'_>, shared: &dyn Fn(Arc<str>) -> Arc<str>) -> Result<Open> {
    let (text, time) = (shared(input.text()?), Millis(input.number()? as i64));
    let from = match input.byte()? {
        0 => None,
        1 => Some(shared(input.text()?)),
        _ => return Err(input.fault("whether it is another try")),
    };
    let clicked: Vec<Row> = (0..input.count(1)?).map(|_| Ok(Row(input.small()?))).collect::<Result<_>>()?;
    if clicked.len() > CLICKED_MAX {
        return Err(input.fault("fewer clicked items"));
    }
    Ok(Open { text, time, from, clicked })
}
