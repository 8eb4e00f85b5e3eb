use std::fmt;

use crate::Row;

/// Stable name of a source, such as `words` or `bought-together`; outlives renames of types.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(&'static str);

impl SourceId {
    /// Names a source.
    pub const fn new(name: &'static str) -> Self {
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
