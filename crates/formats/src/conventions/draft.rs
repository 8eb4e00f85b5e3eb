use serde_json::{Map, Number, Value, json};
use types::{Event, EventId, FieldError};

use super::node::Node;
use super::reading::Reading;
use super::{Origin, Skipped};
use crate::json::event_from_json;

/// A native event in the making: its document, and where each field comes from, so that a fault can be named by the place
/// in the document it was read from.
pub(super) struct Draft {
    document: Map<String, Value>,
    origins: Vec<(String, Place)>,
    left_out: Vec<Skipped>,
}

/// Path and text of a place, without a hold on the document.
struct Place {
    path: String,
    example: String,
}

impl Draft {
    /// An event of a native type, called `name` (at `path`) by others.
    pub(super) fn new(kind: &str, name: &Node<'_>) -> Self {
        let mut draft = Self { document: Map::new(), origins: Vec::new(), left_out: Vec::new() };
        draft.put("type", name, Value::from(kind));
        draft
    }

    /// Sets a field to `value`, which comes from `node`.
    pub(super) fn put(&mut self, field: &str, node: &Node<'_>, value: Value) {
        let example = node.text().unwrap_or_else(|| node.value.to_string());
        self.origins.push((field.to_owned(), Place { path: node.path.clone(), example }));
        self.document.insert(field.to_owned(), value);
    }

    /// Sets a field that comes from no place of its own.
    pub(super) fn set(&mut self, field: &str, value: Value) {
        self.document.insert(field.to_owned(), value);
    }

    /// Whether a field is set.
    pub(super) fn has(&self, field: &str) -> bool {
        self.document.contains_key(field)
    }

    /// A text or an id; what is neither text nor number stays as it is and is refused later, with its path.
    pub(super) fn text(&mut self, field: &str, node: Option<&Node<'_>>) {
        if let Some(node) = node {
            let value = node.text().map_or_else(|| node.value.clone(), Value::from);
            self.put(field, node, value);
        }
    }

    /// A number, or a text that is one.
    pub(super) fn number(&mut self, field: &str, node: Option<&Node<'_>>) {
        if let Some(node) = node {
            let number = node.number().and_then(whole_or_not);
            self.put(field, node, number.unwrap_or_else(|| node.value.clone()));
        }
    }

    /// Pieces. Goods sold by weight have fractions; at least one piece is counted.
    pub(super) fn quantity(&mut self, node: Option<&Node<'_>>) {
        let Some(node) = node else { return };
        match node.number().filter(|number| *number > 0.0 && number.fract() != 0.0) {
            Some(fraction) => {
                let pieces = fraction.round().max(1.0);
                self.left_out("a part of a piece", format!("quantity {fraction} counts as {pieces}"));
                self.put("quantity", node, whole_or_not(pieces).unwrap_or(Value::Null));
            }
            None => self.number("quantity", Some(node)),
        }
    }

    /// A moment; what cannot be read stays as it is and is refused later.
    pub(super) fn time(&mut self, node: Option<&Node<'_>>) {
        if let Some(node) = node {
            let value = node.moment().map_or_else(|| node.value.clone(), |time| Value::from(time.0));
            // Numbers beyond any unit would be read as milliseconds.
            let value =
                if value.is_number() && node.moment().is_none() { Value::from(value.to_string()) } else { value };
            self.put("time", node, value);
        }
    }

    /// Money: `amount` units, from `node`, in a currency. Without one the amount says nothing and is left out.
    pub(super) fn money(&mut self, node: &Node<'_>, amount: Option<f64>, currency: Option<String>) {
        match (amount.and_then(whole_or_not), currency) {
            (Some(amount), Some(currency)) => {
                self.put("value", node, json!({ "amount": amount, "currency": currency.to_uppercase() }))
            }
            (Some(_), None) => {
                self.left_out(
                    &node.path_without_indices(),
                    "the amount names no currency; one can be given".to_owned(),
                );
            }
            (None, _) => self.put("value", node, json!({ "amount": node.value, "currency": "XXX" })),
        }
    }

    pub(super) fn left_out(&mut self, what: &str, reason: String) {
        self.left_out.push(Skipped { what: what.to_owned(), reason });
    }

    /// The event, checked like any native one; told to `reading`.
    pub(super) fn finish(mut self, id: String, at: &str, reading: &mut Reading<'_>) {
        for (field, value) in &reading.mapping.constants {
            let top = field.split('.').next().unwrap_or_default();
            if !self.has(top) {
                crate::mapping::put(&mut self.document, field, value.clone());
            }
        }
        self.document.insert("event_id".to_owned(), Value::from(id));
        let document = Value::Object(std::mem::take(&mut self.document));
        // The id was set above, so none is ever made up.
        let unnamed = || EventId::new("unnamed").expect("a word is an id");
        match event_from_json(&document, reading.settings, reading.received, unnamed) {
            Ok(event) => self.accepted(event, reading),
            Err(error) => reading.refuse(self.at_home(error, at)),
        }
    }

    fn accepted(self, event: Event, reading: &mut Reading<'_>) {
        if reading.traces {
            let kind = event_kind(&event);
            reading.origins(self.origins.into_iter().map(|(field, from)| {
                let became = (field == "type").then(|| kind.clone());
                Origin { field, path: without_indices(&from.path), example: from.example, became }
            }));
        }
        reading.take(event, self.left_out);
    }

    /// The error with the path in the foreign document in place of the native field.
    fn at_home(&self, error: FieldError, at: &str) -> FieldError {
        let of = |field: &str| error.field == field || error.field.starts_with(&format!("{field}."));
        let from = self.origins.iter().find(|(field, _)| of(field)).map(|(_, from)| from.path.clone());
        match from {
            Some(path) => FieldError { field: path, ..error },
            None => FieldError { field: join(at, &error.field), ..error },
        }
    }
}

impl Node<'_> {
    pub(super) fn path_without_indices(&self) -> String {
        without_indices(&self.path)
    }
}

/// `batch[3].properties.price` → `batch[].properties.price`.
fn without_indices(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        if letter == ']' {
            inside = false;
        }
        if !inside {
            out.push(letter);
        }
        if letter == '[' {
            inside = true;
        }
    }
    out
}

fn join(at: &str, field: &str) -> String {
    match (at.is_empty(), field.is_empty()) {
        (true, _) => field.to_owned(),
        (_, true) => at.to_owned(),
        _ => format!("{at}.{field}"),
    }
}

fn whole_or_not(number: f64) -> Option<Value> {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Some(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number)
}

fn event_kind(event: &Event) -> String {
    let document = crate::json::event_to_json(event);
    document["type"].as_str().unwrap_or_default().to_owned()
}
