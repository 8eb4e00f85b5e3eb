//! The mapping file: TOML or JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use types::{Currency, FieldError, ValueKind, check_name};

use super::{Mapping, Target, TimeFormat, Unknown, aliases};
use crate::conventions::{Meaning, parse_meaning};
use crate::json::fields::{Fields, describe, list, number, object, text};
use crate::json::{IMPRESSION_FIELDS, INTERACTION_FIELDS, ITEM_FIELDS, unknown_field};

const FILE_FIELDS: [&str; 14] = [
    "target",
    "convention",
    "events",
    "fields",
    "constants",
    "values",
    "types",
    "skip",
    "unknown",
    "currency",
    "category_separator",
    "list_separator",
    "time_format",
    "rating_range",
];

impl Mapping {
    /// Reads a mapping file: JSON where it begins with `{`, else TOML.
    ///
    /// ```toml
    /// target = "items"              # or "events"
    /// currency = "EUR"              # of amounts that name none
    /// category_separator = ">"
    /// list_separator = "|"
    /// time_format = "%d/%m/%Y"      # or "iso", "seconds", "milliseconds"
    /// unknown = "attributes"        # other columns: or "skip", "refuse"
    /// skip = ["internal_notes"]
    /// convention = "segment"        # of events, where their fields do not tell
    /// [fields]                      # field of the document = column, or template
    /// id = "{shop}-{sku}"
    /// title = "product_name"
    /// "attributes.material" = "mat"
    /// [constants]
    /// brand = "Acme"
    /// [types]                       # attribute = type
    /// material = "keywords"
    /// [values.available]            # what is written = what is meant
    /// J = "true"
    /// [events]                      # of a convention: what an event is called = what it means
    /// "Add To Bag" = "add-to-cart"
    /// "Quiz Taken" = "skip"
    /// ```
    ///
    /// # Errors
    /// A [`FieldError`] naming the key.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.trim_start().starts_with('{') {
            return Self::from_json(&crate::json::parse(text.as_bytes())?);
        }
        let document = toml::from_str::<Value>(text).map_err(|error| {
            let place = error.span().map_or(String::new(), |span| format!(" at byte {}", span.start));
            FieldError::new(
                "invalid_toml",
                "",
                "TOML, or JSON that begins with {",
                format!("{}{place}", error.message()),
            )
        })?;
        Self::from_json(&document)
    }

    /// Reads a mapping from a JSON value.
    ///
    /// # Errors
    /// A [`FieldError`] naming the key.
    pub fn from_json(document: &Value) -> Result<Self, FieldError> {
        let fields = Fields::new(document, "a mapping", &FILE_FIELDS)?;
        let target = fields.read("target", |value| match text(value)? {
            "items" => Ok(Target::Items),
            "events" => Ok(Target::Events),
            other => Err(FieldError::new("target_unknown", "", "items or events", other)),
        })?;
        let target = target.unwrap_or_default();
        let default = Self::new(target);
        let own_text = |value| text(value).map(str::to_owned);
        let mapping = Self {
            fields: fields.read("fields", |value| texts(value, target))?.unwrap_or_default(),
            constants: fields.read("constants", |value| constants(value, target))?.unwrap_or_default(),
            values: fields.read("values", |value| values(value, target))?.unwrap_or_default(),
            types: fields.read("types", attribute_types)?.unwrap_or_default(),
            skip: fields.read("skip", skip)?.unwrap_or_default(),
            unknown: fields.read("unknown", unknown)?.unwrap_or(default.unknown),
            currency: fields.read("currency", |value| Currency::new(text(value)?).map_err(unnamed))?,
            category_separator: fields.read("category_separator", own_text)?.unwrap_or(default.category_separator),
            list_separator: fields.read("list_separator", own_text)?,
            time_format: fields.read("time_format", time_format)?.unwrap_or_default(),
            rating_range: fields.read("rating_range", rating_range)?,
            convention: fields.read("convention", convention)?,
            events: fields.read("events", events)?.unwrap_or_default(),
            ..Self::new(target)
        };
        if mapping.category_separator.is_empty() {
            return Err(FieldError::new(
                "name_invalid",
                "category_separator",
                "a text that is not empty",
                "an empty text",
            ));
        }
        Ok(mapping)
    }

    /// Writes the mapping as a document that [`Mapping::from_json`] reads back, to be saved and edited.
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        let target = if self.target == Target::Items { "items" } else { "events" };
        document.insert("target".into(), Value::from(target));
        if let Some(currency) = self.currency {
            document.insert("currency".into(), Value::from(currency.as_str()));
        }
        document.insert("category_separator".into(), Value::from(self.category_separator.as_str()));
        if let Some(separator) = &self.list_separator {
            document.insert("list_separator".into(), Value::from(separator.as_str()));
        }
        let time_format = match &self.time_format {
            TimeFormat::Iso => "iso",
            TimeFormat::Seconds => "seconds",
            TimeFormat::Milliseconds => "milliseconds",
            TimeFormat::Pattern(pattern) => pattern,
        };
        document.insert("time_format".into(), Value::from(time_format));
        if let Some((worst, best)) = self.rating_range {
            document.insert("rating_range".into(), json!([worst, best]));
        }
        let unknown = match self.unknown {
            Unknown::Attributes => "attributes",
            Unknown::Skip => "skip",
            Unknown::Refuse => "refuse",
        };
        document.insert("unknown".into(), Value::from(unknown));
        document.insert("skip".into(), json!(self.skip));
        document.insert("fields".into(), json!(self.fields));
        document.insert("constants".into(), json!(self.constants));
        let types: BTreeMap<&str, &str> = self.types.iter().map(|(name, kind)| (name.as_str(), kind.name())).collect();
        document.insert("types".into(), json!(types));
        document.insert("values".into(), json!(self.values));
        if let Some(convention) = &self.convention {
            document.insert("convention".into(), Value::from(convention.as_str()));
        }
        let events = self.events.iter().map(|(name, meaning)| (name.clone(), Value::from(meaning.name())));
        document.insert("events".into(), Value::Object(events.collect()));
        Value::Object(document)
    }
}

/// Checks that a document of the target has this field.
fn check_field(field: &str, target: Target) -> Result<(), FieldError> {
    let known: Vec<&str> = match target {
        Target::Items => {
            let more = aliases::ITEM.iter().map(|(field, _)| *field).chain(["price.amount", "attributes"]);
            ITEM_FIELDS.into_iter().chain(more).collect()
        }
        Target::Events => {
            let more = IMPRESSION_FIELDS.into_iter().chain(["value.amount", "value.currency"]);
            INTERACTION_FIELDS.into_iter().chain(more).collect()
        }
    };
    match field.strip_prefix("attributes.").filter(|_| target == Target::Items) {
        Some(attribute) => check_name(attribute).map_err(unnamed),
        None if known.contains(&field) => Ok(()),
        None => {
            let mut once: Vec<&str> = Vec::new();
            known.into_iter().for_each(|name| {
                if !once.contains(&name) {
                    once.push(name)
                }
            });
            Err(unnamed(unknown_field(field, &once)))
        }
    }
}

/// Reads an object field by field, naming the one at fault.
fn each<'a, T>(
    value: &'a Value,
    what: &str,
    mut read: impl FnMut(&str, &'a Value) -> Result<T, FieldError>,
) -> Result<BTreeMap<String, T>, FieldError> {
    let entries = object(value, what)?.iter();
    entries.map(|(name, value)| Ok((name.clone(), read(name, value).map_err(|error| error.within(name))?))).collect()
}

fn texts(value: &Value, target: Target) -> Result<BTreeMap<String, String>, FieldError> {
    each(value, "columns by field", |field, column| {
        check_field(field, target)?;
        text(column).map(str::to_owned)
    })
}

fn constants(value: &Value, target: Target) -> Result<BTreeMap<String, Value>, FieldError> {
    each(value, "values by field", |field, constant| check_field(field, target).map(|()| constant.clone()))
}

fn values(value: &Value, target: Target) -> Result<BTreeMap<String, BTreeMap<String, String>>, FieldError> {
    each(value, "meanings by field", |field, meanings| {
        check_field(field, target)?;
        each(meanings, "what is meant by what is written", |_, meant| text(meant).map(str::to_owned))
    })
}

fn attribute_types(value: &Value) -> Result<BTreeMap<String, ValueKind>, FieldError> {
    each(value, "types by attribute", |attribute, kind| {
        check_name(attribute).map_err(unnamed)?;
        let kind = text(kind)?;
        let known = ValueKind::ALL.map(ValueKind::name).join(", ");
        ValueKind::from_name(kind).ok_or_else(|| FieldError::new("type_unknown", "", format!("one of {known}"), kind))
    })
}

fn skip(value: &Value) -> Result<BTreeSet<String>, FieldError> {
    list(value)?.iter().map(|column| text(column).map(str::to_owned)).collect()
}

fn unknown(value: &Value) -> Result<Unknown, FieldError> {
    match text(value)? {
        "attributes" => Ok(Unknown::Attributes),
        "skip" => Ok(Unknown::Skip),
        "refuse" => Ok(Unknown::Refuse),
        other => Err(FieldError::new("unknown_invalid", "", "attributes, skip or refuse", other)),
    }
}

fn time_format(value: &Value) -> Result<TimeFormat, FieldError> {
    match text(value)? {
        "iso" => Ok(TimeFormat::Iso),
        "seconds" => Ok(TimeFormat::Seconds),
        "milliseconds" => Ok(TimeFormat::Milliseconds),
        pattern if pattern.contains('%') => Ok(TimeFormat::Pattern(pattern.to_owned())),
        other => {
            let expected = "iso, seconds, milliseconds or a pattern such as %d/%m/%Y %H:%M";
            Err(FieldError::new("time_format_invalid", "", expected, other))
        }
    }
}

fn convention(value: &Value) -> Result<String, FieldError> {
    let found = crate::conventions::convention(text(value)?).map_err(unnamed)?;
    Ok(found.name().to_owned())
}

fn events(value: &Value) -> Result<BTreeMap<String, Meaning>, FieldError> {
    each(value, "meanings by name of event", |_, meaning| parse_meaning(text(meaning)?))
}

fn rating_range(value: &Value) -> Result<(f64, f64), FieldError> {
    match list(value)? {
        [worst, best] => match (number(worst)?, number(best)?) {
            (worst, best) if worst < best => Ok((worst, best)),
            _ => Err(FieldError::new("out_of_range", "", "[worst, best] with worst below best", describe(value))),
        },
        _ => Err(FieldError::new("type_mismatch", "", "[worst, best]", describe(value))),
    }
}

fn unnamed(error: FieldError) -> FieldError {
    FieldError { field: String::new(), ..error }
}
