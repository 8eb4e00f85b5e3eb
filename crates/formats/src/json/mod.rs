//! The documents: items, patches, events and settings as JSON values.

use serde_json::Value;
use types::{Event, EventId, FieldError, Filter, Item, ItemPatch, Millis, RequestRule, Settings};

/// Reads JSON text, telling invalid UTF-8 (`invalid_utf8`) from invalid JSON (`invalid_json`, with line and column).
pub fn parse(_bytes: &[u8]) -> Result<Value, FieldError> { todo!() }
/// Reads an item document. `settings` decide the type of attributes the shop has declared.
pub fn item_from_json(_document: &Value, _settings: Option<&Settings>) -> Result<Item, FieldError> { todo!() }
/// Writes an item document that [`item_from_json`] reads back as the same item.
pub fn item_to_json(_item: &Item) -> Value { todo!() }
/// Reads a batch of items; every fault is reported, and an id may come once (`duplicate_id`).
pub fn items_from_json(_documents: &[Value], _settings: Option<&Settings>) -> Result<Vec<Item>, Vec<FieldError>> { todo!() }
/// Reads a partial update; `null` removes.
pub fn patch_from_json(_document: &Value, _settings: Option<&Settings>) -> Result<ItemPatch, FieldError> { todo!() }
/// Writes a partial update.
pub fn patch_to_json(_patch: &ItemPatch) -> Value { todo!() }
/// Reads an event document. `received` is its time where it names none, and the present its time is checked against.
pub fn event_from_json(_document: &Value, _settings: Option<&Settings>, _received: Millis, _new_id: impl FnOnce() -> EventId) -> Result<Event, FieldError> { todo!() }
/// Writes an event document that [`event_from_json`] reads back as the same event.
pub fn event_to_json(_event: &Event) -> Value { todo!() }
/// Reads settings; what is not named keeps its default.
pub fn settings_from_json(_document: &Value) -> Result<Settings, FieldError> { todo!() }
/// Writes settings, whole.
pub fn settings_to_json(_settings: &Settings) -> Value { todo!() }
/// Reads a filter given as text.
pub fn filter_from_json(_value: &Value) -> Result<Filter, FieldError> { todo!() }
/// Reads a pin, boost, bury or hide: `{"pin": {"item": "B00", "position": 1}}`, `{"boost": {"filter": "…", "factor": 2}}`.
pub fn rule_from_json(_value: &Value) -> Result<RequestRule, FieldError> { todo!() }
/// Writes a pin, boost, bury or hide.
pub fn rule_to_json(_rule: &RequestRule) -> Value { todo!() }
/// Writes one attribute's value as it stands in a document.
pub fn attribute_to_json(_name: &str, _value: &types::Value) -> Value { todo!() }
/// Reads one attribute's value.
pub fn attribute_from_json(_name: &str, _value: &Value, _settings: Option<&Settings>) -> Result<Option<types::Value>, FieldError> { todo!() }
