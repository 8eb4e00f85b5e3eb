//! The documents: items, patches, events and settings as JSON values.
//!
//! Each is read by a function that checks every field and names the one at fault, and written by a function whose
//! output reads back as the same thing.

mod attribute;
mod curation;
mod enrichment;
mod event;
pub(crate) mod fields;
mod impression;
mod item;
mod picture;
mod reranking;
mod settings;

use serde_json::Value;
use types::FieldError;

pub use attribute::{attribute_from_json, attribute_to_json};
pub use curation::{curation_from_json, curation_to_json};
pub use event::{event_from_json, event_to_json};
pub use item::{item_from_json, item_to_json, items_from_json, patch_from_json, patch_to_json};
pub use reranking::{reranking_from_json, reranking_to_json};
pub use settings::{
    filter_from_json, objectives_from_json, rule_from_json, rule_to_json, settings_from_json, settings_to_json,
    steps_from_json,
};

pub use crate::time::{from_json as time_from_json, to_json as time_to_json};
pub(crate) use attribute::{KEYWORD_CHARS_MAX, number_to_json, split_path};
pub(crate) use event::{INTERACTION_FIELDS, kind_from_text, kind_to_text};
pub(crate) use fields::{describe, unknown_field};
pub(crate) use impression::IMPRESSION_FIELDS;
pub(crate) use item::ITEM_FIELDS;

/// Reads JSON text. A byte-order mark is passed over.
///
/// # Errors
/// A [`FieldError`] with code `invalid_utf8` or `invalid_json`, naming the place, and an empty field.
pub fn parse(bytes: &[u8]) -> Result<Value, FieldError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| invalid_utf8(bytes, error.valid_up_to()))?;
    serde_json::from_str(text).map_err(|error| FieldError::new("invalid_json", "", "JSON", error.to_string()))
}

pub(crate) fn invalid_utf8(bytes: &[u8], at: usize) -> FieldError {
    let byte = bytes.get(at).copied().unwrap_or_default();
    FieldError::new("invalid_utf8", "", "text in UTF-8", format!("byte 0x{byte:02x} at byte {at}"))
}
