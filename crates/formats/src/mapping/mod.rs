//! From the columns of a file to the fields of a document.

use serde_json::{Map, Value};
use types::{Currency, Event, EventId, FieldError, Item, Millis, Settings};

use crate::{Rejected, SourceRow};

/// What rows become.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Target {
    /// Items.
    #[default]
    Items,
    /// Events.
    Events,
}

/// How times are written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum TimeFormat {
    /// ISO 8601.
    #[default]
    Iso,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// A `strftime` pattern; without a zone the time is UTC.
    Pattern(String),
}

/// What becomes of columns that neither the mapping nor a guess names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Unknown {
    /// Attributes of the item (events: nothing).
    #[default]
    Attributes,
    /// Nothing.
    Skip,
    /// The row is refused.
    Refuse,
}

/// Which column goes where.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mapping { target: Target }

/// A mapping that was guessed, and each guess in words, to be shown before it is used.
#[derive(Clone, Debug)]
pub struct Guessed {
    /// The mapping.
    pub mapping: Mapping,
    /// The guesses, one a line.
    pub notes: Vec<String>,
}

impl Mapping {
    /// A mapping that says nothing yet.
    pub fn new(target: Target) -> Self { Self { target } }
    /// Reads a mapping file: JSON where it begins with `{`, else TOML.
    pub fn parse(_text: &str) -> Result<Self, FieldError> { todo!() }
    /// The currency of prices that name none.
    pub fn with_currency(self, _currency: Currency) -> Self { todo!() }
    /// Fills in what the mapping does not say, from the columns and the first rows.
    pub fn guess(&self, _columns: &[String], _sample: &[&Map<String, Value>]) -> Guessed { todo!() }
    /// Checks the mapping against the file before any row is imported.
    pub fn check(&self, _columns: Option<&[String]>) -> Result<(), FieldError> { todo!() }
    /// What rows become.
    pub fn target(&self) -> Target { self.target }
    /// The item in a row.
    pub fn item(&self, _row: &SourceRow, _settings: Option<&Settings>) -> Result<Item, Rejected> { todo!() }
    /// The event in a row.
    pub fn event(&self, _row: &SourceRow, _settings: Option<&Settings>, _received: Millis, _new_id: impl FnOnce() -> EventId) -> Result<Event, Rejected> { todo!() }
}
