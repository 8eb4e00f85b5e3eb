use serde_json::{Map, Value};

use super::deed::Deed;
use super::layout::{Layout, LineLayout, Site};
use super::reading::Reading;
use super::{Convention, Sign};

/// Google Analytics 4, measurement protocol: one client with the `events` that its tracker sends.
pub(super) struct MeasurementProtocol;

/// Where an item of GA4 has what; the places in its lists are counted from 0.
pub(super) const LINE: LineLayout = LineLayout {
    item: &["item_id"],
    price: &["price"],
    quantity: &["quantity"],
    position: &["index", "item_list_index"],
    first_place: 0,
    currency: &["currency"],
    query_id: &["query_id"],
};

static LAYOUT: Layout = Layout {
    identity: &["^.client_id", "^.app_instance_id", "^.user_id", "^.timestamp_micros"],
    time: &["timestamp_micros", "^.timestamp_micros"],
    user: &["user_id", "^.user_id"],
    anonymous: &["^.client_id", "^.app_instance_id"],
    session: &["params.session_id"],
    query: &["params.search_term"],
    query_id: &["params.query_id"],
    list: &["params.item_list_id", "params.item_list_name", "params.items.item_list_id", "params.items.item_list_name"],
    order: &["params.transaction_id"],
    currency: &["params.currency"],
    total: &["params.value"],
    lines: &["params.items"],
    line: LINE,
    alone: "params",
    ..Layout::NONE
};

impl Convention for MeasurementProtocol {
    fn name(&self) -> &'static str {
        "ga4"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let names = document.get("events")?.as_array()?.iter().any(|event| event["name"].is_string());
        let has_client = ["client_id", "app_instance_id"].iter().any(|name| document.contains_key(*name));
        match (names, has_client) {
            (true, true) => Sign::sure(1.0, "a `client_id` with `events` that have a `name`"),
            (true, false) => Sign::sure(0.6, "`events` that have a `name`"),
            (false, _) => None,
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let mapping = reading.mapping;
        reading.each(document, "events", |reading, event, around| {
            let name = event.get("name").unwrap_or_else(|| event.clone());
            let site = Site { event, around: Some(around.clone()), mapping };
            Deed::new(site, &LAYOUT, name).tell(reading);
        });
    }
}
