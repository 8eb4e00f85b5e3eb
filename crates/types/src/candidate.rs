use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::Row;

/// Stable name of a source, such as `words` or `bought-together`; outlives renames of types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(&'static str);

impl SourceId {
    /// Names a source.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name of a source read from a log or a document. Names live as long as the process, so only the first
    /// 1,024 different ones of at most 64 bytes are kept; any other becomes `other`.
    pub fn interned(name: &str) -> Self {
        static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = known.get(name) {
            return Self(name);
        }
        if known.len() >= 1024 || name.len() > 64 {
            return Self("other");
        }
        let name: &'static str = Box::leak(name.into());
        known.insert(name);
        Self(name)
    }

    /// The name as text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Debug for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// An item a source found. It stays these three fields: everything learned about it later is a column of
/// [`crate::FeatureRows`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Candidate {
    /// The item.
    pub row: Row,
    /// Who found it.
    pub source: SourceId,
    /// How well it fits, in the source's own units; larger is better.
    pub score: f32,
}
