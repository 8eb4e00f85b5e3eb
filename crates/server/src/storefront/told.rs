//! What is found, as clients read it.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::highlight::Marked;

/// Members of a hit that are not its record's.
const OWN: [&str; 3] = ["_highlightResult", "_snippetResult", "_rankingInfo"];

/// The answer to a search.
pub(crate) struct Found {
    /// What it says beside the hits.
    pub(super) members: Map<String, Value>,
    /// `None` where they are not wanted.
    pub(super) hits: Option<Vec<Hit>>,
}

/// A record that was found.
pub(crate) struct Hit {
    pub(super) record: Map<String, Value>,
    pub(super) marked: Marked,
    pub(super) ranking: Option<Value>,
}

impl Found {
    /// A number among what it says; 0 where it does not say it.
    pub(super) fn count(&self, name: &str) -> u64 {
        self.members.get(name).and_then(Value::as_u64).unwrap_or(0)
    }
}

impl Serialize for Found {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(hits) = &self.hits {
            map.serialize_entry("hits", hits)?;
        }
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Hit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.record.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        for (name, marks) in OWN.into_iter().zip([&self.marked.highlighted, &self.marked.snippets]) {
            if !marks.is_empty() {
                map.serialize_entry(name, marks)?;
            }
        }
        if let Some(ranking) = &self.ranking {
            map.serialize_entry(OWN[2], ranking)?;
        }
        map.end()
    }
}
