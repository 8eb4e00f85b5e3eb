//! What stands in a column, as the value of a document's field.

use serde_json::{Map, Value, json};
use types::{FieldError, Millis, ValueKind, well_known_kind};

use super::{Mapping, TimeFormat};
use crate::json::describe;

impl Mapping {
    /// Rewrites a column's value for a field. What is an object already is taken as it is.
    pub(super) fn convert(&self, field: &str, value: &Value) -> Result<Value, FieldError> {
        if value.is_object() {
            return Ok(value.clone());
        }
        if let Some(meant) = self.meant(field, value) {
            return Ok(Value::from(meant));
        }
        if let Some(attribute) = field.strip_prefix("attributes.") {
            return match self.types.get(attribute) {
                Some(kind) => self.as_kind(*kind, value),
                None => Ok(value.clone()),
            };
        }
        match field {
            "id" | "group" | "item" | "user" | "anonymous" | "session" | "query_id" | "event_id" | "query"
            | "price.currency" | "value.currency" | "surface" | "type" => {
                as_text(value).map(|text| Value::from(text.trim())).ok_or_else(|| mismatch("a text", value))
            }
            "text" => text(value),
            "value" => self.money(value),
            "price.amount" | "value.amount" | "rating_count" | "stock" | "quantity" | "position" | "weight" => {
                number(value)
            }
            "rating" => self.rating(value),
            "available" => boolean(value),
            "time" => self.time(value).map(crate::time::to_json),
            _ => match well_known_kind(field) {
                Some(ValueKind::Text) if !value.is_array() => text(value),
                Some(ValueKind::Image) => Ok(first(value)),
                Some(ValueKind::Categories) => Ok(self.categories(value)),
                Some(kind @ (ValueKind::Keywords | ValueKind::Money)) => self.as_kind(kind, value),
                _ => Ok(value.clone()),
            },
        }
    }

    /// What the mapping says that a text means.
    fn meant(&self, field: &str, value: &Value) -> Option<&str> {
        let meanings = self.values.get(field)?;
        meanings.get(&as_text(value)?).map(String::as_str)
    }

    fn as_kind(&self, kind: ValueKind, value: &Value) -> Result<Value, FieldError> {
        match kind {
            ValueKind::Text => Ok(json!({ "text": if value.is_array() { value.clone() } else { text(value)? } })),
            ValueKind::Keywords => self.keywords(value),
            ValueKind::Number => number(value),
            ValueKind::Money => self.money(value),
            ValueKind::Time => self.time(value).map(|time| json!({ "time": crate::time::to_json(time) })),
            ValueKind::Boolean => boolean(value),
            ValueKind::Categories => Ok(json!({ "path": self.categories(value) })),
            ValueKind::Image => Ok(json!({ "image": first(value) })),
        }
    }

    fn keywords(&self, value: &Value) -> Result<Value, FieldError> {
        let separated = |text: &str| match self.list_separator.as_deref().filter(|separator| !separator.is_empty()) {
            Some(separator) => text.split(separator).map(str::trim).map(Value::from).collect(),
            None => vec![Value::from(text.trim())],
        };
        match value {
            Value::Array(_) => Ok(value.clone()),
            Value::String(text) => Ok(Value::Array(separated(text))),
            other => Ok(Value::Array(vec![text(other)?])),
        }
    }

    /// Text is cut at the separators; a list in the file is one path already, or a list of paths.
    fn categories(&self, value: &Value) -> Value {
        let Value::String(text) = value else { return value.clone() };
        let path = |text: &str| {
            let parts = crate::json::split_path(text, &self.category_separator);
            Value::Array(parts.iter().map(|part| Value::from(&**part)).collect())
        };
        match self.list_separator.as_deref().filter(|separator| !separator.is_empty()) {
            Some(separator) => Value::Array(text.split(separator).map(path).collect()),
            None => Value::Array(vec![path(text)]),
        }
    }

    /// An amount with its currency: the one written beside it, else the mapping's (put in when the document is whole).
    fn money(&self, value: &Value) -> Result<Value, FieldError> {
        let Value::String(written) = value else { return Ok(json!({ "amount": number(value)? })) };
        let (amount, currency) = split_currency(written.trim());
        let amount = parse_number(amount).ok_or_else(|| mismatch("an amount such as 12.99", value))?;
        Ok(match currency {
            Some(code) => json!({ "amount": amount, "currency": code }),
            None => json!({ "amount": amount }),
        })
    }

    /// Ratings of events run from 0 to 1, those of items are kept as they are.
    fn rating(&self, value: &Value) -> Result<Value, FieldError> {
        let rating = number(value)?;
        match (self.rating_range, rating.as_f64()) {
            (Some((worst, best)), Some(rating)) if best > worst => Ok(Value::from((rating - worst) / (best - worst))),
            _ => Ok(rating),
        }
    }

    fn time(&self, value: &Value) -> Result<Millis, FieldError> {
        let count = |per_unit: f64| {
            let units = number(value).ok()?.as_f64()?;
            Some(Millis((units * per_unit) as i64))
        };
        let (time, expected) = match &self.time_format {
            TimeFormat::Iso => return crate::time::from_json(value),
            TimeFormat::Seconds => (count(1000.0), "seconds since 1970".to_owned()),
            TimeFormat::Milliseconds => (count(1.0), "milliseconds since 1970".to_owned()),
            TimeFormat::Pattern(pattern) => {
                let time = value.as_str().and_then(|text| crate::time::parse_pattern(pattern, text));
                (time, format!("a time written as {pattern}"))
            }
        };
        time.ok_or_else(|| FieldError::new("time_invalid", "", expected, describe(value)))
    }
}

/// Puts a value at a field's path; an object joins what stands there.
pub(crate) fn put(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((outer, inner)) => {
            let entry = document.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(fields) = entry {
                put(fields, inner, value);
            }
        }
        None => match (document.get_mut(path), value) {
            (Some(Value::Object(present)), Value::Object(more)) => present.extend(more),
            (_, value) => drop(document.insert(path.to_owned(), value)),
        },
    }
}

/// A single value as text; whole numbers without `.0`.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => match number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15) {
            Some(whole) => Some(format!("{whole:.0}")),
            None => Some(number.to_string()),
        },
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number as people write it: `1,299.00`, `12,99`, ` 5 `; never NaN or infinite.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_numeric = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',' | 'e' | 'E');
    let starts_well = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if !starts_well || !text.chars().all(is_numeric) {
        return None;
    }
    let plain = match text.rsplit_once(',') {
        None => text.to_owned(),
        // One comma with one or two digits after it and no point: a decimal comma.
        Some((whole, end)) if (1..=2).contains(&end.len()) && !text.contains('.') && !whole.contains(',') => {
            format!("{whole}.{end}")
        }
        Some(_) if groups_are_of_three(text) => text.replace(',', ""),
        Some(_) => return None,
    };
    plain.parse::<f64>().ok().filter(|number| number.is_finite())
}

fn groups_are_of_three(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or_default();
    whole.split(',').skip(1).all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))
        && !text[whole.len()..].contains(',')
}

/// Takes a currency's sign or code off an amount. A dollar or yen sign does not tell which dollar or yen is meant, so
/// only codes and unambiguous signs name a currency.
pub(crate) fn split_currency(text: &str) -> (&str, Option<String>) {
    const SIGNS: [(char, Option<&str>); 6] =
        [('$', None), ('¥', None), ('￥', None), ('€', Some("EUR")), ('£', Some("GBP")), ('₹', Some("INR"))];
    for (sign, code) in SIGNS {
        if let Some(amount) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return (amount.trim(), code.map(str::to_owned));
        }
    }
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    match (text.split_once(' '), text.rsplit_once(' ')) {
        (_, Some((amount, code))) if is_code(code) => (amount.trim(), Some(code.to_owned())),
        (Some((code, amount)), _) if is_code(code) => (amount.trim(), Some(code.to_owned())),
        _ => (text, None),
    }
}

fn number(value: &Value) -> Result<Value, FieldError> {
    match value {
        Value::Number(_) => Ok(value.clone()),
        Value::String(text) => match parse_number(text) {
            Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Value::from(number as i64)),
            Some(number) => Ok(Value::from(number)),
            None => Err(mismatch("a number", value)),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(mismatch("a number", value)),
    }
}

fn boolean(value: &Value) -> Result<Value, FieldError> {
    const YES: [&str; 9] = ["true", "yes", "y", "1", "t", "in stock", "in_stock", "是", "有货"];
    const NO: [&str; 9] = ["false", "no", "n", "0", "f", "out of stock", "out_of_stock", "否", "缺货"];
    if value.is_boolean() {
        return Ok(value.clone());
    }
    let word = as_text(value).unwrap_or_default().trim().to_lowercase();
    if YES.contains(&word.as_str()) {
        Ok(Value::Bool(true))
    } else if NO.contains(&word.as_str()) {
        Ok(Value::Bool(false))
    } else {
        Err(mismatch("yes or no (true, false, 1, 0, in stock, out of stock)", value))
    }
}

fn text(value: &Value) -> Result<Value, FieldError> {
    as_text(value).map(Value::from).ok_or_else(|| mismatch("a text", value))
}

/// The first of a list, else the value itself.
fn first(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.first().cloned().unwrap_or(Value::Null),
        single => single.clone(),
    }
}

fn mismatch(expected: &str, got: &Value) -> FieldError {
    FieldError::new("type_mismatch", "", expected, describe(got))
}
