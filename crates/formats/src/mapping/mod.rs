//! From the columns of a file to the fields of a document.
//!
//! A mapping is written by a person ([`Mapping::parse`]), guessed from the file ([`Mapping::guess`]), or both: a guess
//! fills only what is not said. Then every row becomes a document, and the document is read like any other.

mod aliases;
mod convert;
mod file;
mod guess;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use types::{Currency, Event, EventId, FieldError, Item, Millis, Settings, ValueKind};

use crate::conventions::Meaning;
use crate::json::{event_from_json, item_from_json};
use crate::{Rejected, SourceRow};

pub(crate) use aliases::{attribute_name, comparable, kind_of_word};
pub(crate) use convert::{as_text, parse_number, put, split_currency};
pub use guess::Guessed;

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
    /// ISO 8601; whole numbers are milliseconds since 1970.
    #[default]
    Iso,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// A `strftime` pattern; without a zone the time is UTC.
    Pattern(String),
}

/// What becomes of columns that the mapping does not name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// Attributes of the item. Events have none, there it means [`Unknown::Skip`].
    Attributes,
    /// Nothing.
    Skip,
    /// The row is refused.
    Refuse,
}

/// Which column goes where, and how what stands in it is written.
#[derive(Clone, PartialEq, Debug)]
pub struct Mapping {
    /// What rows become.
    pub target: Target,
    /// Field of the document (`title`, `price`, `price.currency`, `attributes.material`) → column, or a template such as
    /// `{Invoice}-{StockCode}` (`{row}` is the row's number).
    pub fields: BTreeMap<String, String>,
    /// Field of the document → value that every row has.
    pub constants: BTreeMap<String, Value>,
    /// Field of the document → what is written in the column → what is meant.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Attribute → its type.
    pub types: BTreeMap<String, ValueKind>,
    /// Columns to leave out.
    pub skip: BTreeSet<String>,
    /// What becomes of all other columns.
    pub unknown: Unknown,
    /// The currency of amounts that name none.
    pub currency: Option<Currency>,
    /// What stands between the parts of a category's path.
    pub category_separator: String,
    /// What stands between the values of a list in one column; `None` where a column has one value.
    pub list_separator: Option<String>,
    /// How times are written.
    pub time_format: TimeFormat,
    /// Name of the convention that documents follow, such as `segment`; `None` where their fields tell.
    pub convention: Option<String>,
    /// What events of a convention mean, by their names in it, where that is not known or other than known.
    pub events: BTreeMap<String, Meaning>,
    /// The worst and the best rating of events, where they are not 0 and 1.
    pub rating_range: Option<(f64, f64)>,
    /// Whether rows are documents already, to be taken as they are.
    pub documents: bool,
    /// Whether amounts were seen to bring their currency along.
    pub amounts_name_currency: bool,
}

impl Mapping {
    /// A mapping that says nothing yet.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            fields: BTreeMap::new(),
            constants: BTreeMap::new(),
            values: BTreeMap::new(),
            types: BTreeMap::new(),
            skip: BTreeSet::new(),
            unknown: if target == Target::Items { Unknown::Attributes } else { Unknown::Skip },
            currency: None,
            category_separator: ">".into(),
            list_separator: None,
            time_format: TimeFormat::Iso,
            convention: None,
            events: BTreeMap::new(),
            rating_range: None,
            documents: false,
            amounts_name_currency: false,
        }
    }

    /// The same mapping with the currency of amounts that name none.
    #[must_use]
    pub fn with_currency(mut self, currency: Currency) -> Self {
        self.currency = Some(currency);
        self
    }

    /// Checks the mapping, against the file's columns where they are known, before any row is imported.
    ///
    /// # Errors
    /// A [`FieldError`] with code `field_missing`, `column_missing` or `currency_missing`.
    pub fn check(&self, columns: Option<&[String]>) -> Result<(), FieldError> {
        if self.documents {
            return Ok(());
        }
        let needed = if self.target == Target::Items { "id" } else { "type" };
        if !self.fields.contains_key(needed) && !self.constants.contains_key(needed) {
            let expected = format!("a column (or, under `constants`, a value) for `{needed}`");
            return Err(FieldError::new("field_missing", format!("fields.{needed}"), expected, "nothing"));
        }
        if let Some(columns) = columns {
            self.check_columns(columns)?;
        }
        let money = if self.target == Target::Items { "price" } else { "value" };
        let own_currency = format!("{money}.currency");
        let has_currency = self.currency.is_some()
            || self.amounts_name_currency
            || self.fields.contains_key(&own_currency)
            || self.constants.contains_key(&own_currency);
        let has_amount = self.fields.contains_key(money) || self.fields.contains_key(&format!("{money}.amount"));
        if has_amount && !has_currency {
            let expected = format!("an ISO 4217 code such as EUR, or a column for `{own_currency}`");
            return Err(FieldError::new("currency_missing", "currency", expected, "nothing"));
        }
        Ok(())
    }

    /// The item in a row.
    ///
    /// # Errors
    /// The row, refused.
    pub fn item(&self, row: &SourceRow, settings: Option<&Settings>) -> Result<Item, Rejected> {
        let fields = row.fields.as_ref().map_err(Clone::clone)?;
        let read = self.document(row.number, fields).and_then(|document| item_from_json(&document, settings));
        read.map_err(|error| self.rejected(row.number, &error, fields))
    }

    /// The event in a row; `received` and `new_id` as in [`event_from_json`].
    ///
    /// # Errors
    /// The row, refused.
    pub fn event(
        &self,
        row: &SourceRow,
        settings: Option<&Settings>,
        received: Millis,
        new_id: impl FnOnce() -> EventId,
    ) -> Result<Event, Rejected> {
        let fields = row.fields.as_ref().map_err(Clone::clone)?;
        let document = self.document(row.number, fields);
        let read = document.and_then(|document| event_from_json(&document, settings, received, new_id));
        read.map_err(|error| self.rejected(row.number, &error, fields))
    }

    fn check_columns(&self, columns: &[String]) -> Result<(), FieldError> {
        let exists = |name: &str| name == "row" || columns.iter().any(|column| column == name);
        for (field, source) in &self.fields {
            let missing = if exists(source) || !source.contains('{') {
                Some(source.as_str()).filter(|source| !exists(source))
            } else {
                template_columns(source).find(|column| !exists(column))
            };
            if let Some(missing) = missing {
                let expected = format!("one of the columns {}", columns.join(", "));
                return Err(FieldError::new("column_missing", format!("fields.{field}"), expected, missing));
            }
        }
        Ok(())
    }

    /// The document a row becomes.
    fn document(&self, number: u64, row: &Map<String, Value>) -> Result<Value, FieldError> {
        if self.documents {
            return Ok(Value::Object(row.clone()));
        }
        let mut document = Map::new();
        for (field, value) in &self.constants {
            convert::put(&mut document, field, value.clone());
        }
        for (field, source) in &self.fields {
            if let Some(value) = source_value(source, number, row) {
                let value = self.convert(field, &value).map_err(|error| error.within(field))?;
                convert::put(&mut document, field, value);
            }
        }
        for (column, value) in row.iter().filter(|(column, value)| !is_nothing(value) && !self.names(column)) {
            match (self.unknown, self.target) {
                (Unknown::Refuse, _) => {
                    let known: Vec<&str> = self.fields.values().map(String::as_str).collect();
                    return Err(crate::json::unknown_field(column, &known));
                }
                (Unknown::Attributes, Target::Items) => {
                    let field = format!("attributes.{}", aliases::attribute_name(column));
                    let value = self.convert(&field, value).map_err(|error| error.within(&field))?;
                    convert::put(&mut document, &field, value);
                }
                (Unknown::Attributes | Unknown::Skip, _) => {}
            }
        }
        self.complete_money(&mut document);
        Ok(Value::Object(document))
    }

    fn names(&self, column: &str) -> bool {
        let is_source = |source: &String| {
            source == column || (source.contains('{') && template_columns(source).any(|named| named == column))
        };
        self.skip.contains(column) || self.fields.values().any(is_source)
    }

    /// Puts the mapping's currency where an amount names none, and drops a currency without an amount.
    fn complete_money(&self, document: &mut Map<String, Value>) {
        for name in ["price", "value"] {
            let Some(Value::Object(money)) = document.get_mut(name) else { continue };
            if !money.contains_key("amount") {
                document.remove(name);
            } else if let Some(currency) = self.currency.filter(|_| !money.contains_key("currency")) {
                money.insert("currency".into(), Value::from(currency.as_str()));
            }
        }
    }

    /// The refusal, naming the column as well where it is called otherwise than the field.
    fn rejected(&self, number: u64, error: &FieldError, row: &Map<String, Value>) -> Rejected {
        let of_field = |field: &String| error.field == *field || error.field.starts_with(&format!("{field}."));
        let column = self.fields.iter().find(|(field, _)| of_field(field)).map(|(_, column)| column);
        let mut rejected = Rejected::of_fields(number, error.clone(), row);
        if let Some(column) = column.filter(|column| **column != error.field) {
            rejected.reason = format!("{} (column `{column}`)", rejected.reason);
        }
        rejected
    }
}

/// The value a field takes from a row: a column's, or a template's; `None` where there is nothing.
fn source_value<'a>(source: &str, number: u64, row: &'a Map<String, Value>) -> Option<Cow<'a, Value>> {
    if let Some(value) = row.get(source) {
        return (!is_nothing(value)).then_some(Cow::Borrowed(value));
    }
    if !source.contains('{') {
        return None;
    }
    let mut text = source.to_owned();
    for column in template_columns(source) {
        let value = match row.get(column) {
            None if column == "row" => number.to_string(),
            Some(value) if !is_nothing(value) => convert::as_text(value)?,
            _ => return None,
        };
        text = text.replace(&format!("{{{column}}}"), &value);
    }
    Some(Cow::Owned(Value::from(text)))
}

/// Files write what is not there as `null` or as an empty text.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// The columns named in braces.
fn template_columns(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(column, _)| column))
}
