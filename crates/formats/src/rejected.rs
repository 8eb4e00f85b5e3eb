use serde_json::{Map, Value, json};
use types::FieldError;

/// Longest piece of a refused row kept beside the reason, in bytes.
const DATA_BYTES_MAX: usize = 4096;

/// A row that was refused, as it is written to a dead-letter file: enough to find it, mend it and import it again.
#[derive(Clone, PartialEq, Debug)]
pub struct Rejected {
    /// The row, from 1.
    pub row: u64,
    /// Path of the field; empty where the row as a whole could not be read.
    pub field: String,
    /// Stable code, such as `currency_missing`.
    pub code: &'static str,
    /// What was expected and what was found, in words.
    pub reason: String,
    /// The row as it was read: its fields where it had any, else its text; shortened where it is long.
    pub data: Box<Value>,
}

impl Rejected {
    /// A row refused for what `error` says.
    pub fn new(row: u64, error: FieldError, data: Value) -> Self {
        let reason = format!("expected {}, got {}", error.expected, error.got);
        Self { row, field: error.field, code: error.code, reason, data: Box::new(shortened(data)) }
    }

    /// The line of a dead-letter file.
    pub fn to_json(&self) -> Value {
        json!({ "row": self.row, "field": self.field, "code": self.code, "reason": self.reason, "data": self.data })
    }

    pub(crate) fn of_text(row: u64, error: FieldError, text: &[u8]) -> Self {
        let piece = &text[..text.len().min(DATA_BYTES_MAX)];
        Self::new(row, error, Value::from(String::from_utf8_lossy(piece).into_owned()))
    }

    pub(crate) fn of_fields(row: u64, error: FieldError, fields: &Map<String, Value>) -> Self {
        Self::new(row, error, Value::Object(fields.clone()))
    }
}

/// Long texts inside `data` are cut, so that one huge row cannot become a huge dead-letter line.
fn shortened(data: Value) -> Value {
    match data {
        Value::String(text) if text.len() > DATA_BYTES_MAX => {
            let end = (0..=DATA_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            Value::String(format!("{}…", &text[..end]))
        }
        Value::Array(parts) => Value::Array(parts.into_iter().take(256).map(shortened).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, part)| (name, shortened(part))).collect())
        }
        other => other,
    }
}
