use serde_json::Value;
use types::{Event, FieldError, Millis, Settings};

use super::node::Node;
use super::{Origin, Skipped, Told};
use crate::Mapping;

/// Takes what a convention finds in one document, and knows what it may need for that.
pub struct Reading<'a> {
    /// The convention's name.
    pub(super) convention: &'static str,
    pub(super) mapping: &'a Mapping,
    pub(super) settings: Option<&'a Settings>,
    /// The time of events that name none.
    pub(super) received: Millis,
    pub(super) traces: bool,
    told: Told,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        convention: &'static str,
        mapping: &'a Mapping,
        settings: Option<&'a Settings>,
        received: Millis,
        traces: bool,
    ) -> Self {
        Self { convention, mapping, settings, received, traces, told: Told::default() }
    }

    pub(super) fn told(self) -> Told {
        self.told
    }

    pub(super) fn take(&mut self, event: Event, left_out: Vec<Skipped>) {
        self.told.events.push(event);
        self.told.left_out.extend(left_out);
    }

    pub(super) fn skip(&mut self, what: impl Into<String>, reason: impl Into<String>) {
        self.told.skipped.push(Skipped { what: what.into(), reason: reason.into() });
    }

    pub(super) fn refuse(&mut self, error: FieldError) {
        self.told.refused.push(error);
    }

    pub(super) fn origins(&mut self, origins: impl Iterator<Item = Origin>) {
        self.told.origins.extend(origins);
    }

    /// The events of a list in a document; a fault where there is none, or where one is no object.
    pub(super) fn each<'d>(
        &mut self,
        document: &'d Value,
        list: &str,
        mut read: impl FnMut(&mut Self, Node<'d>, &Node<'d>),
    ) {
        let around = Node::root(document);
        let Some(events) = document.get(list).and_then(Value::as_array) else {
            let got = document.get(list).map_or_else(|| "nothing".to_owned(), crate::json::describe);
            return self.refuse(FieldError::new("type_mismatch", list, "a list of events", got));
        };
        for (place, value) in events.iter().enumerate() {
            let event = Node { path: format!("{list}[{place}]"), value };
            if value.is_object() {
                read(self, event, &around);
            } else {
                let got = crate::json::describe(value);
                self.refuse(FieldError::new("type_mismatch", event.path, "an event, as an object", got));
            }
        }
    }
}
