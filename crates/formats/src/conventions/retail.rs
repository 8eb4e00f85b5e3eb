use serde_json::{Map, Value};

use super::deed::Deed;
use super::layout::{Layout, LineLayout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};

/// User events of Google's retail search (also called Commerce or Vertex AI Search): one an object.
pub(super) struct Retail;

static LAYOUT: Layout = Layout {
    time: &["eventTime"],
    user: &["userInfo.userId"],
    anonymous: &["visitorId"],
    session: &["sessionId"],
    query: &["searchQuery"],
    query_id: &["attributionToken"],
    list: &["entity", "pageCategories"],
    order: &["purchaseTransaction.id"],
    currency: &["purchaseTransaction.currencyCode"],
    total: &["purchaseTransaction.revenue"],
    lines: &["productDetails"],
    line: LineLayout {
        item: &["product.id", "id"],
        price: &["product.priceInfo.price"],
        quantity: &["quantity"],
        position: &[],
        first_place: 1,
        currency: &["product.priceInfo.currencyCode"],
        query_id: &[],
    },
    alone: "product",
    ..Layout::NONE
};

impl Convention for Retail {
    fn name(&self) -> &'static str {
        "google-retail"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let is_sure = document.contains_key("eventType") && document.contains_key("visitorId");
        if is_sure { Sign::sure(1.0, "`eventType` and `visitorId`") } else { None }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let event = Node::root(document);
        let Some(name) = event.get("eventType") else {
            let expected = "the kind of event, such as detail-page-view";
            return reading.refuse(types::FieldError::new("field_missing", "eventType", expected, "nothing"));
        };
        let site = Site { event, around: None, mapping: reading.mapping };
        Deed::new(site, &LAYOUT, name).tell(reading);
    }
}
