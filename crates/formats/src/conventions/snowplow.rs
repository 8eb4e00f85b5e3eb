use serde_json::{Map, Value};

use super::deed::{Deed, gathered};
use super::layout::{Layout, LineLayout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};

/// Snowplow's enriched events as JSON, and what is written like them: e-commerce actions with products beside them,
/// transaction items, and structured events.
pub(super) struct Snowplow;

/// What the parts of an event are called, whatever the version of their schema at the end of their names.
const ACTION: &str = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action";
const PRODUCTS: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_product";
const TRANSACTION: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_transaction";
const REFUND: &str = "contexts_com_snowplowanalytics_snowplow_ecommerce_refund";

static LAYOUT: Layout = Layout {
    id: &["event_id"],
    time: &["derived_tstamp", "true_tstamp", "dvce_created_tstamp", "collector_tstamp"],
    user: &["user_id"],
    anonymous: &["domain_userid", "network_userid"],
    session: &["domain_sessionid"],
    query: &["action.search_term", "se_label_query"],
    list: &["action.name", "page_urlpath"],
    order: &["transaction.transaction_id", "refund.transaction_id", "ti_orderid"],
    currency: &["transaction.currency", "refund.currency", "ti_currency"],
    total: &["transaction.revenue", "refund.refund_amount"],
    lines: &["products"],
    line: LineLayout {
        item: &["id", "ti_sku", "se_property"],
        price: &["price", "ti_price"],
        quantity: &["quantity", "ti_quantity"],
        position: &["position"],
        first_place: 1,
        currency: &["currency"],
        query_id: &[],
    },
    ..Layout::NONE
};

impl Convention for Snowplow {
    fn name(&self) -> &'static str {
        "snowplow"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let has = |name: &str| document.contains_key(name);
        let is_named = has("event_name") || has("event");
        let is_seen = has("collector_tstamp") || has("derived_tstamp") || has("dvce_created_tstamp");
        match is_named && is_seen {
            true if has("domain_userid") || has("event_id") => Sign::sure(1.0, "`event` and `collector_tstamp`"),
            true => Sign::sure(0.8, "`event` and `collector_tstamp`"),
            false => None,
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let parts = gathered([
            ("action", part(document, ACTION)),
            ("products", part(document, PRODUCTS)),
            ("transaction", part(document, TRANSACTION)),
            ("refund", part(document, REFUND)),
        ]);
        let mut flat = document.clone();
        if let (Some(all), Value::Object(parts)) = (flat.as_object_mut(), parts) {
            all.retain(|name, _| ![ACTION, PRODUCTS, TRANSACTION, REFUND].iter().any(|part| name.starts_with(part)));
            all.extend(parts);
        }
        let structured = flat["event"] == "struct" || flat["event_name"] == "event" || flat.get("se_action").is_some();
        if structured {
            // What a structured event was about stands in its label where it has no property.
            let label = flat["se_property"].is_null().then(|| flat["se_label"].clone());
            if let (Some(label), Some(all)) = (label, flat.as_object_mut()) {
                all.insert("se_property".to_owned(), label);
            }
        }
        let event = Node::root(&flat);
        let names: &[&str] =
            if structured { &["se_action", "event_name", "event"] } else { &["action.type", "event_name", "event"] };
        let Some(name) = event.any(names) else {
            let expected = "what the event is called";
            return reading.refuse(types::FieldError::new("field_missing", "event_name", expected, "nothing"));
        };
        let site = Site { event: event.clone(), around: None, mapping: reading.mapping };
        Deed::new(site, &LAYOUT, name).tell(reading);
    }
}

/// The part of a name whose end is its version: an object, or a list of them.
fn part(document: &Value, name: &str) -> Option<Value> {
    let fields = document.as_object()?;
    let (_, value) = fields.iter().find(|(field, value)| field.starts_with(name) && !value.is_null())?;
    match (name, value) {
        (PRODUCTS, list) => Some(list.clone()),
        (_, Value::Array(parts)) => parts.first().cloned(),
        (_, one) => Some(one.clone()),
    }
}
