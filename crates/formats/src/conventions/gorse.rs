use serde_json::{Map, Value};

use super::deed::Deed;
use super::layout::{Layout, LineLayout, Site};
use super::node::Node;
use super::reading::Reading;
use super::{Convention, Sign};

/// Gorse's feedback: a kind, a user, an item and a moment.
pub(super) struct Gorse;

static LAYOUT: Layout = Layout {
    time: &["Timestamp", "timestamp", "time_stamp"],
    user: &["UserId", "user_id"],
    line: LineLayout { item: &["ItemId", "item_id"], ..Layout::NONE.line },
    ..Layout::NONE
};

impl Convention for Gorse {
    fn name(&self) -> &'static str {
        "gorse"
    }

    fn recognise(&self, document: &Map<String, Value>) -> Option<Sign> {
        let has = |name: &str| document.contains_key(name);
        if has("FeedbackType") && has("ItemId") {
            Sign::sure(1.0, "`FeedbackType` and `ItemId`")
        } else if has("feedback_type") && has("item_id") {
            Sign::sure(0.9, "`feedback_type` and `item_id`")
        } else {
            None
        }
    }

    fn read(&self, document: &Value, reading: &mut Reading<'_>) {
        let event = Node::root(document);
        let Some(name) = event.any(&["FeedbackType", "feedback_type"]) else {
            let expected = "the kind of feedback, such as read";
            return reading.refuse(types::FieldError::new("field_missing", "FeedbackType", expected, "nothing"));
        };
        let site = Site { event, around: None, mapping: reading.mapping };
        Deed::new(site, &LAYOUT, name).tell(reading);
    }
}
