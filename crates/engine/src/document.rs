//! Reading documents that people write: what is wrong is named.

use serde_json::{Map, Value};
use types::FieldError;

/// A value of another type than expected; the caller adds its path.
pub(crate) fn wrong(expected: &str, got: &Value) -> FieldError {
    FieldError::new("wrong_type", "", expected, got.to_string())
}

/// An object that has no other fields than those that are known.
pub(crate) fn object<'a>(value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, FieldError> {
    let map = value.as_object().ok_or_else(|| wrong("an object", value))?;
    match map.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(FieldError::new("unknown_field", name, format!("one of {}", known.join(", ")), name)),
        None => Ok(map),
    }
}
