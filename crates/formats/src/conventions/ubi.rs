use serde_json::{Map, Value};

use super::deed::Deed;
use super::layout::{Layout, LineLayout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};

/// OpenSearch's user behaviour insights: queries with what they found, and events.
pub(super) struct Ubi;

const EVENT: Layout = Layout {
    time: &["timestamp"],
    user: &["user_id"],
    anonymous: &["client_id"],
    session: &["session_id", "event_attributes.session_id"],
    query: &["user_query"],
    query_id: &["query_id"],
    list: &["event_attributes.object.object_list", "message_type"],
    order: &["event_attributes.order_id", "event_attributes.transaction_id"],
    currency: &["event_attributes.currency", "event_attributes.object.currency"],
    line: LineLayout {
        item: &["event_attributes.object.object_id", "event_attributes.object.internal_id"],
        price: &["event_attributes.object.price", "event_attributes.price"],
        quantity: &["event_attributes.quantity", "event_attributes.object.quantity"],
        position: &["event_attributes.position.ordinal"],
        first_place: 1,
        currency: &[],
        query_id: &[],
    },
    ..Layout::NONE
};

/// A query with the ids of what it found.
static QUERY: Layout = Layout {
    query: &["user_query", "query"],
    lines: &["query_response_hit_ids", "query_response_object_ids"],
    line: LineLayout { item: &[], position: &[], ..EVENT.line },
    ..EVENT
};

impl Convention for Ubi {
    fn name(&self) -> &'static str {
        "ubi"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let has = |name: &str| document.contains_key(name);
        if has("action_name") && (has("client_id") || has("query_id") || has("event_attributes")) {
            Sign::sure(1.0, "`action_name` and `client_id`")
        } else if has("user_query") && (has("query_id") || has("query_response_id")) {
            Sign::sure(1.0, "`user_query` and `query_id`")
        } else if has("action_name") {
            Sign::sure(0.7, "`action_name`")
        } else {
            None
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let event = Node::root(document);
        let site = Site { event: event.clone(), around: None, mapping: reading.mapping };
        match (event.get("action_name"), event.get("user_query")) {
            (Some(name), None) => Deed::new(site, &EVENT, name).tell(reading),
            (Some(name), Some(_)) => Deed::new(site, &QUERY, name).tell(reading),
            (None, Some(query)) => Deed::new(site, &QUERY, query).tell_as("search", reading),
            (None, None) => {
                let expected = "what was done (or `user_query` in a query)";
                reading.refuse(types::FieldError::new("field_missing", "action_name", expected, "nothing"));
            }
        }
    }
}
