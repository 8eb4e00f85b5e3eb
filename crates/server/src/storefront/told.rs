//! What is found, as clients read it.

use engine::TypedPlaces;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::error::Answer;
use super::highlight::{Marked, Marker, Marks};
use super::params::Params;

/// Members of a hit that are not its record's.
const OWN: [&str; 3] = ["_highlightResult", "_snippetResult", "_rankingInfo"];

/// The answer to a search.
pub(crate) struct Found {
    /// What it says beside the hits.
    pub(super) members: Map<String, Value>,
    /// `None` where they are not wanted.
    pub(super) hits: Option<Hits>,
}

/// The records that were found. They are marked as they are written: nothing is copied for it.
pub(crate) struct Hits {
    pub(super) hits: Vec<Hit>,
    pub(super) shows: Shows,
    pub(super) marks: Marks,
    pub(super) places: TypedPlaces,
}

/// A record that was found.
pub(crate) struct Hit {
    pub(super) record: Map<String, Value>,
    pub(super) ranking: Option<Value>,
}

/// Which members of records are shown.
pub(super) struct Shows {
    retrieved: Vec<String>,
    hidden: Vec<String>,
    pub(super) ranking: bool,
}

impl Shows {
    /// Reads what a search wants.
    pub(super) fn read(params: &Params) -> Answer<Self> {
        Ok(Self {
            retrieved: params.texts("attributesToRetrieve")?.unwrap_or_else(|| vec!["*".to_owned()]),
            hidden: params.texts("unretrievableAttributes")?.unwrap_or_default(),
            ranking: params.switch("getRankingInfo")?.unwrap_or(false),
        })
    }

    /// A record without what is hidden, which is not marked either.
    pub(super) fn open(&self, mut record: Map<String, Value>) -> Map<String, Value> {
        self.hidden.iter().for_each(|name| drop(record.remove(name)));
        record
    }

    /// Whether a member of what is open is told.
    fn tells(&self, name: &str) -> bool {
        let all = self.retrieved.iter().any(|one| one == "*");
        let named = || self.retrieved.iter().any(|one| one == name || one.split('.').next() == Some(name));
        let without = || self.retrieved.iter().any(|one| one.strip_prefix('-') == Some(name));
        name == "objectID" || if all { !without() } else { named() }
    }
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

impl Serialize for Hits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.hits.len()))?;
        let mut marker = Marker::new(&self.marks, &self.places);
        for hit in &self.hits {
            list.serialize_element(&MarkedHit { hit, marked: marker.record(&hit.record), shows: &self.shows })?;
        }
        list.end()
    }
}

struct MarkedHit<'a> {
    hit: &'a Hit,
    marked: Marked<'a>,
    shows: &'a Shows,
}

impl Serialize for MarkedHit<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let told = |name: &str| self.shows.tells(name) && !OWN.contains(&name);
        for (name, value) in self.hit.record.iter().filter(|(name, _)| told(name)) {
            map.serialize_entry(name, value)?;
        }
        for (name, marks) in OWN.into_iter().zip([&self.marked.highlighted, &self.marked.snippets]) {
            if !marks.is_empty() {
                map.serialize_entry(name, marks)?;
            }
        }
        if let Some(ranking) = &self.hit.ranking {
            map.serialize_entry(OWN[2], ranking)?;
        }
        map.end()
    }
}
