use serde_json::{Map, Value};

use super::deed::{Deed, gathered};
use super::layout::{Layout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign, ga4};

/// Google Analytics 4 as its export to BigQuery has it: a row an event.
pub(super) struct BigQueryExport;

static LAYOUT: Layout = Layout {
    time: &["event_timestamp"],
    user: &["user_id"],
    anonymous: &["user_pseudo_id"],
    session: &["event_params.ga_session_id"],
    query: &["event_params.search_term"],
    query_id: &["event_params.query_id"],
    list: &["event_params.item_list_id", "event_params.item_list_name", "items.item_list_id", "items.item_list_name"],
    order: &["ecommerce.transaction_id", "event_params.transaction_id"],
    currency: &["event_params.currency"],
    total: &["ecommerce.purchase_revenue", "event_params.value"],
    lines: &["items"],
    line: ga4::LINE,
    alone: "event_params",
    ..Layout::NONE
};

impl Convention for BigQueryExport {
    fn name(&self) -> &'static str {
        "ga4-bigquery"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let has = |name: &str| document.contains_key(name);
        match has("event_name") && has("event_timestamp") {
            true if has("user_pseudo_id") || has("event_params") => {
                Sign::sure(1.0, "`event_name`, `event_timestamp` and `user_pseudo_id`")
            }
            _ => None,
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let mut flat = document.clone();
        flat["event_params"] = flattened(&document["event_params"]);
        // A session's number is only unique beside the guest's.
        let session = flat["event_params"].get("ga_session_id").and_then(crate::mapping::as_text);
        if let (Some(session), Some(guest)) = (session, document["user_pseudo_id"].as_str()) {
            flat["event_params"]["ga_session_id"] = Value::from(format!("{guest}.{session}"));
        }
        without_placeholders(&mut flat);
        let event = Node::root(&flat);
        let Some(name) = event.get("event_name") else {
            let expected = "what the event is called";
            return reading.refuse(types::FieldError::new("field_missing", "event_name", expected, "nothing"));
        };
        let site = Site { event: event.clone(), around: None, mapping: reading.mapping };
        Deed::new(site, &LAYOUT, name).tell(reading);
    }
}

/// `[{"key": "value", "value": {"double_value": 79.9}}]` as `{"value": 79.9}`; an object stays as it is.
fn flattened(params: &Value) -> Value {
    let Some(pairs) = params.as_array() else {
        return if params.is_object() { params.clone() } else { gathered([]) };
    };
    let typed = ["string_value", "int_value", "double_value", "float_value"];
    let value = |value: &Value| typed.iter().map(|name| &value[*name]).find(|value| !value.is_null()).cloned();
    let pair = |pair: &Value| Some((pair["key"].as_str()?.to_owned(), value(&pair["value"])?));
    Value::Object(pairs.iter().filter_map(pair).collect())
}

/// The export writes `(not set)` where nothing was sent.
fn without_placeholders(value: &mut Value) {
    match value {
        Value::String(text) if text == "(not set)" => *value = Value::Null,
        Value::Array(parts) => parts.iter_mut().for_each(without_placeholders),
        Value::Object(fields) => fields.values_mut().for_each(without_placeholders),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
