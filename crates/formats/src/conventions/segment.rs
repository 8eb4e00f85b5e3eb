use serde_json::{Map, Value};

use super::deed::Deed;
use super::layout::{Layout, LineLayout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};

/// Segment's tracking API and e-commerce events, which RudderStack and PostHog name alike: one call, or a `batch` of calls.
pub(super) struct Segment;

const CALLS: [&str; 6] = ["track", "page", "screen", "identify", "alias", "group"];

static LAYOUT: Layout = Layout {
    id: &["messageId"],
    time: &["timestamp", "originalTimestamp", "receivedAt"],
    user: &["userId"],
    anonymous: &["anonymousId"],
    session: &["context.sessionId", "properties.session_id"],
    query: &["properties.query"],
    query_id: &["properties.query_id", "properties.queryID"],
    list: &["properties.list_id", "properties.list", "properties.category"],
    order: &["properties.order_id"],
    currency: &["properties.currency"],
    total: &["properties.revenue", "properties.value", "properties.total"],
    text: &["properties.review_body"],
    rating: &["properties.rating"],
    lines: &["properties.products"],
    alone: "properties",
    line: LineLayout {
        item: &["product_id", "sku", "id"],
        price: &["price"],
        quantity: &["quantity"],
        position: &["position"],
        first_place: 1,
        currency: &["currency"],
        query_id: &["query_id", "queryID"],
    },
    ..Layout::NONE
};

impl Convention for Segment {
    fn name(&self) -> &'static str {
        "segment"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let is_call = |call: &Value| call["type"].as_str().is_some_and(|kind| CALLS.contains(&kind));
        let names_somebody = ["anonymousId", "userId", "messageId"].iter().any(|name| document.contains_key(*name));
        if document.get("batch").and_then(Value::as_array).is_some_and(|batch| batch.iter().any(is_call)) {
            Sign::sure(1.0, "a `batch` of calls such as track")
        } else if document.get("type").is_some_and(|kind| kind.as_str().is_some_and(|kind| CALLS.contains(&kind))) {
            Sign::sure(if names_somebody { 1.0 } else { 0.7 }, "a `type` such as track")
        } else {
            None
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        if document.get("batch").is_some() {
            reading.each(document, "batch", |reading, event, around| call(reading, event, Some(around.clone())));
        } else {
            call(reading, Node::root(document), None);
        }
    }
}

fn call<'d>(reading: &mut Reading<'_>, event: Node<'d>, around: Option<Node<'d>>) {
    // What goes to the path of one kind of call need not name it.
    let kind = event.get("type").and_then(|node| node.text()).unwrap_or_else(|| "track".to_owned());
    let named = if kind == "track" { event.get("event") } else { None };
    let name = named.clone().or_else(|| event.get("type")).unwrap_or_else(|| event.clone());
    let site = Site { event, around, mapping: reading.mapping };
    let deed = Deed::new(site, &LAYOUT, name);
    match (kind.as_str(), named) {
        ("track", None) => {
            let path = deed.site.event.path.clone();
            let field = if path.is_empty() { "event".to_owned() } else { format!("{path}.event") };
            reading.refuse(types::FieldError::new("field_missing", field, "what the track call is about", "nothing"));
        }
        ("track", Some(_)) => deed.tell(reading),
        (kind, _) => deed.tell_as(kind, reading),
    }
}
