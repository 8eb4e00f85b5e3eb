use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use types::{Dictionary, Row, ValueKind};

/// The shop's dictionaries: which row an item or actor has, which code a brand or category has, which type an
/// attribute has. Grows in log order and never forgets a row, so it may be read while it grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Items by id.
    pub(crate) items: Dictionary,
    /// Actors and sessions by key.
    pub(crate) actors: Dictionary,
    /// Brands and category prefixes, for features that compare them.
    pub(crate) labels: Dictionary,
    /// Types of the attributes seen or declared.
    pub(crate) kinds: BTreeMap<Arc<str>, ValueKind>,
}

/// How much of [`Names`] there was at one moment.
pub(crate) struct NamesMark {
    lens: [usize; 3],
    kinds: BTreeMap<Arc<str>, ValueKind>,
}

/// First byte of the encoding; a reader refuses what it does not know.
const VERSION: u8 = 1;

impl Names {
    /// Marks what is known now, for [`Names::encode`] to write while names go on growing.
    pub(crate) fn mark(&self) -> NamesMark {
        let lens = [self.items.len(), self.actors.len(), self.labels.len()];
        NamesMark { lens, kinds: self.kinds.clone() }
    }

    /// Bytes from which [`Names::decode`] makes what was known at `mark`: a version, then each table as a count and its
    /// texts. The lock is taken for a few thousand names at a time, so that the writer is not held up.
    pub(crate) fn encode(names: &RwLock<Self>, mark: &NamesMark) -> Vec<u8> {
        const NAMES_A_LOCK: usize = 4096;
        let mut out = vec![VERSION];
        for (table, len) in mark.lens.into_iter().enumerate() {
            put_count(&mut out, len);
            for start in (0..len).step_by(NAMES_A_LOCK) {
                let names = names.read();
                let dictionary = [&names.items, &names.actors, &names.labels][table];
                let rows = start..len.min(start + NAMES_A_LOCK);
                rows.for_each(|row| put_text(&mut out, dictionary.id(Row(row as u32)).map_or("", |id| id)));
            }
        }
        put_count(&mut out, mark.kinds.len());
        for (name, kind) in &mark.kinds {
            put_text(&mut out, name);
            put_text(&mut out, kind.name());
        }
        out
    }

    /// Reads what [`Names::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&version, mut rest) = bytes.split_first()?;
        if version != VERSION {
            return None;
        }
        let mut names = Self::default();
        for dictionary in [&mut names.items, &mut names.actors, &mut names.labels] {
            for _ in 0..take_count(&mut rest)? {
                dictionary.intern(Arc::from(take_text(&mut rest)?));
            }
        }
        for _ in 0..take_count(&mut rest)? {
            let name = Arc::from(take_text(&mut rest)?);
            names.kinds.insert(name, ValueKind::from_name(take_text(&mut rest)?)?);
        }
        rest.is_empty().then_some(names)
    }
}

pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

pub(crate) fn take_count(rest: &mut &[u8]) -> Option<usize> {
    let (count, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    usize::try_from(u32::from_le_bytes(*count)).ok()
}

pub(crate) fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = take_count(rest)?;
    let (bytes, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(bytes)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_bytes(rest)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_encoding_and_damage_is_refused() {
        let mut names = Names::default();
        for id in ["a", "乙"] {
            names.items.intern(Arc::from(id));
        }
        names.actors.intern(Arc::from("u:1"));
        names.kinds.insert(Arc::from("颜色"), ValueKind::Keywords);
        let (mark, names) = (names.mark(), RwLock::new(names));
        names.write().items.intern(Arc::from("later"));
        let bytes = Names::encode(&names, &mark);
        let read = Names::decode(&bytes).unwrap();
        assert_eq!((read.items.row("乙"), read.items.row("later")), (Some(Row(1)), None));
        assert_eq!(Names::encode(&RwLock::new(read), &mark), bytes);
        (0..bytes.len()).for_each(|end| assert!(Names::decode(&bytes[..end]).is_none()));
    }
}
