use serde_json::{Map, Value};
use types::FieldError;

use super::deed::{Deed, Line};
use super::layout::{Layout, Site};
use super::meaning::Meaning;
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};
use crate::mapping::comparable;

/// Events as InstantSearch and its event library send them: views, clicks and conversions of `objectIDs`.
pub(super) struct Insights;

static LAYOUT: Layout = Layout {
    id: &["eventID"],
    time: &["timestamp"],
    user: &["authenticatedUserToken"],
    anonymous: &["userToken"],
    query_id: &["queryID"],
    list: &["eventName"],
    currency: &["currency"],
    total: &["value"],
    ..Layout::NONE
};

impl Convention for Insights {
    fn name(&self) -> &'static str {
        "insights"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let is_event = |event: &Map<String, Value>| event.contains_key("eventType") && event.contains_key("userToken");
        let events = document.get("events").and_then(Value::as_array);
        if events.is_some_and(|events| events.iter().filter_map(Value::as_object).any(is_event)) {
            Sign::sure(1.0, "`events` with `eventType` and `userToken`")
        } else if is_event(document) && ["objectIDs", "filters"].iter().any(|name| document.contains_key(*name)) {
            Sign::sure(1.0, "`eventType`, `userToken` and `objectIDs`")
        } else {
            None
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        if document.get("events").is_some() {
            reading.each(document, "events", |reading, event, _| one(reading, &event));
        } else {
            one(reading, &Node::root(document));
        }
    }
}

fn one(reading: &mut Reading<'_>, event: &Node<'_>) {
    let text = |name: &str| event.get(name).and_then(|node| node.text()).unwrap_or_default();
    let (kind, name, part) = (text("eventType"), text("eventName"), text("eventSubtype"));
    let site = Site { event: event.clone(), around: None, mapping: reading.mapping };
    let ids = event.list("objectIDs");
    let named = event.get("eventName").or_else(|| event.get("eventType")).unwrap_or_else(|| event.clone());
    let deed = Deed { lines: lines(event, &ids), site, layout: &LAYOUT, name: named };
    let said = reading.mapping.events.get(&name).cloned();
    let known = match (kind.as_str(), comparable(&part).as_str()) {
        // Front ends tell this way that they have started.
        ("instantsearch", _) => Some(Meaning::Skip("it tells of the page, not of a shopper".to_owned())),
        _ if ids.is_empty() && event.get("filters").is_some() => {
            Some(Meaning::Skip("filters are not learnt from".to_owned()))
        }
        ("click", _) => Some(Meaning::Kind("click".to_owned())),
        ("view", _) if is_list(&name, ids.len(), event) => Some(Meaning::Impression),
        ("view", _) => Some(Meaning::Kind("view".to_owned())),
        ("conversion", "addtocart") => Some(Meaning::Kind("add-to-cart".to_owned())),
        ("conversion", "purchase") => Some(Meaning::Kind("purchase".to_owned())),
        ("conversion", _) => Some(converted(&name, reading)),
        _ => None,
    };
    match said.or(known) {
        Some(meaning) => deed.become_what(meaning, if name.is_empty() { &kind } else { &name }, reading),
        None => {
            let field = event.get("eventType").map_or_else(|| "eventType".to_owned(), |node| node.path);
            let got = if kind.is_empty() { "nothing".to_owned() } else { kind };
            reading.refuse(FieldError::new("event_type_unknown", field, "click, conversion or view", got));
        }
    }
}

/// A conversion that does not say of what kind: what its name means, else a like, for it is more than a look.
fn converted(name: &str, reading: &Reading<'_>) -> Meaning {
    match super::meaning::meaning(name, reading.mapping) {
        Meaning::Kind(kind) => Meaning::Kind(kind),
        Meaning::Impression | Meaning::Skip(_) => Meaning::Kind("like".to_owned()),
    }
}

/// Several items seen at once are a list, and so is what a list's own event says.
fn is_list(name: &str, items: usize, event: &Node<'_>) -> bool {
    let name = comparable(name);
    let of_product = ["productviewed", "pdpviewed", "detailviewed"].contains(&name.as_str());
    let of_list = ["hitsviewed", "itemsviewed", "impression", "曝光"].iter().any(|word| name.contains(word));
    of_list || (items > 1 && !of_product) || (event.get("queryID").is_some() && !of_product)
}

/// `objectIDs` with what stands at the same place in `positions` and `objectData`.
fn lines<'a>(event: &Node<'a>, ids: &[Node<'a>]) -> Vec<Line<'a>> {
    let (positions, data) = (event.list("positions"), event.list("objectData"));
    let one = |(place, item): (usize, &Node<'a>)| {
        let of = |name: &str| data.get(place).and_then(|data| data.get(name));
        Line {
            at: item.path.clone(),
            item: Some(item.clone()),
            price: of("price"),
            quantity: of("quantity"),
            position: positions.get(place).cloned(),
            currency: None,
            query_id: of("queryID"),
        }
    };
    ids.iter().enumerate().map(one).collect()
}
