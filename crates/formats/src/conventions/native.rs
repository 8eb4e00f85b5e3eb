use serde_json::{Map, Value};
use types::EventId;

use super::reading::Reading;
use super::{Convention, Sign, ids};
use crate::json::event_from_json;

/// Our own documents.
pub(super) struct Native;

impl Convention for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let is_typed = document.get("type").is_some_and(Value::is_string);
        let about = ["item", "query", "shown", "found", "user", "anonymous", "session"];
        let is_about = about.iter().any(|name| document.contains_key(*name));
        if is_typed && is_about { Sign::sure(0.9, "a `type`, and what it is about") } else { None }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let received = Value::from(reading.received.0);
        let timed = document.get("time").is_some_and(|time| !time.is_null());
        let said: &[&Value] = if timed { &[document] } else { &[document, &received] };
        let id = || EventId::new(ids::hashed("event", said)).expect("hexadecimal digits are an id");
        match event_from_json(document, reading.settings, reading.received, id) {
            Ok(event) => reading.take(event, Vec::new()),
            Err(error) => reading.refuse(error),
        }
    }
}
