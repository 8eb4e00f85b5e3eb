//! What shoppers do, as others write it down: trackers, analytics exports, search events of other engines.
//!
//! A convention is one file here and one line in [`CONVENTIONS`]. It turns one foreign document into native events, into
//! words about what it leaves out, or into errors that name the field; nothing gets lost without being told. Where a
//! convention keeps what is mostly a table, a `layout::Layout`; names of events are told by `meaning`.
//!
//! The id of an event comes from the document, so that a repeated delivery is the same event: the document's own id, the
//! number of an order, else a hash of what it says.

mod bigquery;
mod deed;
mod draft;
mod ga4;
mod gorse;
mod ids;
mod insights;
mod join;
mod layout;
mod meaning;
mod native;
mod node;
mod reading;
mod retail;
mod segment;
mod snowplow;
mod survey;
mod ubi;

use serde_json::{Map, Value};
use types::{Event, FieldError, Millis, Settings};

use crate::Mapping;
pub use join::join_impressions;
pub use meaning::Meaning;
pub(crate) use meaning::parse as parse_meaning;
pub use reading::Reading;
pub use survey::survey;

/// Every convention, in the order in which they are asked whether a document is theirs.
pub const CONVENTIONS: &[&dyn Convention] = &[
    &segment::Segment,
    &ga4::MeasurementProtocol,
    &bigquery::BigQueryExport,
    &insights::Insights,
    &retail::Retail,
    &ubi::Ubi,
    &gorse::Gorse,
    &snowplow::Snowplow,
    &native::Native,
];

/// How somebody writes down what shoppers do.
pub trait Convention: Sync {
    /// Stable name, such as `segment`.
    fn name(&self) -> &'static str;

    /// Whether a document looks like one of this convention, how sure that is, and by what.
    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign>;

    /// Reads a document into events and into what is said of those that are none.
    fn read(&self, document: &Value, reading: &mut Reading<'_>);
}

/// By what a document is taken for one of a convention.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sign {
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// By what.
    pub reason: &'static str,
}

impl Sign {
    fn sure(confidence: f32, reason: &'static str) -> Option<Self> {
        Some(Self { confidence, reason })
    }
}

/// A convention that documents were recognised to follow.
#[derive(Clone, Copy)]
pub struct Recognised {
    /// The convention.
    pub convention: &'static dyn Convention,
    /// How sure that is, 0 to 1: how sure a document's signs are, times the share of documents with them.
    pub confidence: f32,
    /// By what.
    pub reason: &'static str,
}

/// The convention of this name.
///
/// # Errors
/// A [`FieldError`] that lists the names.
pub fn convention(name: &str) -> Result<&'static dyn Convention, FieldError> {
    CONVENTIONS.iter().find(|convention| convention.name() == name).copied().ok_or_else(|| {
        let known: Vec<&str> = CONVENTIONS.iter().map(|convention| convention.name()).collect();
        FieldError::new("format_unknown", "format", format!("one of {}", known.join(", ")), name)
    })
}

/// The convention that most of the documents follow; `None` where that is not more likely than not.
pub fn recognise(documents: &[&Map<String, Value>]) -> Option<Recognised> {
    let of = |convention: &'static dyn Convention| {
        let signs: Vec<Sign> = documents.iter().filter_map(|document| convention.recognise(document)).collect();
        let confidence = signs.iter().map(|sign| sign.confidence).sum::<f32>() / documents.len().max(1) as f32;
        signs.first().map(|sign| Recognised { convention, confidence, reason: sign.reason })
    };
    let found = CONVENTIONS.iter().filter_map(|convention| of(*convention));
    // `max_by` would take the last of equals; conventions are listed the surest first.
    let best = found.reduce(|best, other| if other.confidence > best.confidence { other } else { best });
    best.filter(|best| best.confidence > 0.5)
}

/// What became of one document.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Told {
    /// Its events.
    pub events: Vec<Event>,
    /// Events of it that have no native counterpart.
    pub skipped: Vec<Skipped>,
    /// Parts of its events that were left out, the events being taken.
    pub left_out: Vec<Skipped>,
    /// Events of it that cannot be read, each with the path in the document.
    pub refused: Vec<FieldError>,
    /// Where the events' fields come from; only where it was asked for.
    pub origins: Vec<Origin>,
}

/// Something of a document that has no place in ours.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skipped {
    /// What, in the document's own words.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// Where something in an event comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The field of the native event; `type` for the event's name.
    pub field: String,
    /// The path in the document, indices left out.
    pub path: String,
    /// What stood there.
    pub example: String,
    /// What it became, where it was translated.
    pub became: Option<String>,
}

/// Reads documents of one convention, with what a mapping says beside it.
#[derive(Clone)]
pub struct Translator {
    convention: &'static dyn Convention,
    mapping: Mapping,
}

impl Translator {
    /// A reader. Of the mapping these count: `events`, `fields` (a field of the event = a path in the document),
    /// `constants`, `currency` and `rating_range`.
    pub fn new(convention: &'static dyn Convention, mapping: Mapping) -> Self {
        Self { convention, mapping }
    }

    /// The convention.
    pub fn convention(&self) -> &'static dyn Convention {
        self.convention
    }

    /// What a document says. `received` is the time of events that name none, and the present that times are checked
    /// against.
    pub fn read(&self, document: &Value, settings: Option<&Settings>, received: Millis) -> Told {
        self.told(document, settings, received, false)
    }

    /// [`Translator::read`], telling of each field where it comes from.
    pub fn traced(&self, document: &Value, settings: Option<&Settings>, received: Millis) -> Told {
        self.told(document, settings, received, true)
    }

    fn told(&self, document: &Value, settings: Option<&Settings>, received: Millis, traces: bool) -> Told {
        let name = self.convention.name();
        let mut reading = Reading::new(name, &self.mapping, settings, received, traces);
        if document.is_object() {
            self.convention.read(document, &mut reading);
        } else {
            let got = crate::json::describe(document);
            reading.refuse(FieldError::new("type_mismatch", "", "an object", got));
        }
        reading.told()
    }
}
