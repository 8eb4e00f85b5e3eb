use serde_json::{Map, Value};
use types::{FieldError, well_known_kind};

use super::{Items, Terms, values};
use crate::mapping::{as_text, attribute_name};

/// An item's document in the making, with what could not be read of it.
pub(super) struct Draft<'a> {
    document: Map<String, Value>,
    attributes: Map<String, Value>,
    faults: Vec<FieldError>,
    origins: Vec<(String, String, String)>,
    pub(super) terms: &'a Terms,
}

impl<'a> Draft<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        Self { document: Map::new(), attributes: Map::new(), faults: Vec::new(), origins: Vec::new(), terms }
    }

    /// Sets a field of the document, unless there is nothing or it is set already.
    pub(super) fn put(&mut self, field: &str, column: &str, value: Option<Value>) {
        let Some(value) = value.filter(|value| !is_empty(value)) else { return };
        if !self.document.contains_key(field) {
            self.note(field, column, &value);
            self.document.insert(field.to_owned(), value);
        }
    }

    /// Sets a field, or keeps why it cannot be read.
    pub(super) fn try_put(&mut self, field: &str, column: &str, value: Result<Option<Value>, FieldError>) {
        match value {
            Ok(value) => self.put(field, column, value),
            Err(fault) => self.faults.push(fault),
        }
    }

    /// A short text or an id; numbers are texts here.
    pub(super) fn text(&mut self, field: &str, column: &str, value: Option<&Value>) {
        let text = value.and_then(as_text).map(|text| Value::from(text.trim()));
        self.put(field, column, text);
    }

    /// Prose that may be HTML.
    pub(super) fn prose(&mut self, field: &str, column: &str, value: Option<&Value>) {
        let text = value.and_then(as_text).map(|text| Value::from(crate::html::plain_text(&text)));
        self.put(field, column, text);
    }

    /// Money in the feed's or its own currency.
    pub(super) fn money(&mut self, field: &str, column: &str, value: Option<&Value>, currency: Option<&str>) {
        let given = self.terms.mapping.currency;
        let currency = currency.or_else(|| given.as_ref().map(types::Currency::as_str));
        let money = value.map_or(Ok(None), |value| values::money(value, column, currency));
        match field.strip_prefix("attributes.") {
            Some(attribute) => match money {
                Ok(money) => self.attribute(attribute, column, money),
                Err(fault) => self.faults.push(fault),
            },
            None => self.try_put(field, column, money),
        }
    }

    /// Sets an attribute of the shop's own; the name is made fit for one.
    pub(super) fn attribute(&mut self, name: &str, column: &str, value: Option<Value>) {
        let Some(value) = value.filter(|value| !is_empty(value)) else { return };
        let name = attribute_name(name);
        if self.terms.mapping.skip.contains(column) || self.attributes.contains_key(&name) {
            return;
        }
        self.note(&format!("attributes.{name}"), column, &value);
        self.attributes.insert(name, value);
    }

    /// Sets an attribute to what stands in a column, if that is a single value or a list of single ones.
    pub(super) fn plain_attribute(&mut self, name: &str, column: &str, value: &Value) -> bool {
        let plain = match value {
            Value::String(text) => Value::from(crate::html::plain_text(text)),
            Value::Array(parts) if parts.iter().all(|part| as_text(part).is_some()) => {
                Value::Array(parts.iter().filter_map(as_text).map(Value::from).collect())
            }
            Value::Array(_) | Value::Object(_) => return false,
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        };
        self.attribute(name, column, Some(plain));
        true
    }

    pub(super) fn fault(&mut self, fault: FieldError) {
        self.faults.push(fault);
    }

    pub(super) fn has(&self, field: &str) -> bool {
        match field.strip_prefix("attributes.") {
            Some(attribute) => self.attributes.contains_key(attribute),
            None => self.document.contains_key(field),
        }
    }

    /// Hands the document over, or the first thing that is wrong with it.
    pub(super) fn finish(mut self, out: &mut Items) {
        for (field, value) in &self.terms.mapping.constants {
            crate::mapping::put(&mut self.document, field, value.clone());
        }
        if let Some(fault) = self.faults.into_iter().next() {
            return out.found.push(Err(fault));
        }
        // An id comes first in every document.
        let mut document = Map::new();
        if let Some(id) = self.document.shift_remove("id") {
            document.insert("id".to_owned(), id);
        }
        document.append(&mut self.document);
        if let Some(Value::Object(constant)) = document.remove("attributes") {
            self.attributes.extend(constant);
        }
        if !self.attributes.is_empty() {
            document.insert("attributes".to_owned(), Value::Object(self.attributes));
        }
        out.origins.append(&mut self.origins);
        out.found.push(Ok(document));
    }

    fn note(&mut self, field: &str, column: &str, value: &Value) {
        let example = as_text(value).unwrap_or_else(|| value.to_string());
        self.origins.push((field.to_owned(), column.to_owned(), example));
    }
}

/// Whether `name` is a field of items beside their attributes.
pub(super) fn is_item_field(name: &str) -> bool {
    well_known_kind(name).is_some() || ["id", "group", "available", "stock"].contains(&name)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(parts) => parts.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
