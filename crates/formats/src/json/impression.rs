use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{FieldError, Impression, ItemId, QueryId, Shown, SourceId};

use super::attribute::short_number_to_json;
use super::event::{actor, bounded_text, surface, write_actor};
use super::fields::{Fields, list, number_within, text, whole_within};

pub(crate) const IMPRESSION_FIELDS: [&str; 12] = [
    "event_id",
    "type",
    "time",
    "user",
    "anonymous",
    "session",
    "query",
    "query_id",
    "surface",
    "shown",
    "ranker",
    "arms",
];
/// Most items one slate may have shown.
const SHOWN_MAX: usize = 10_000;

/// Reads the part of an event that is an impression's own. A storefront that logs its own slates may leave out scores
/// (0), propensities (1) and sources (`unknown`).
pub(crate) fn impression(fields: Fields<'_>) -> Result<Impression, FieldError> {
    let required = |name: &str, expected: &str| fields.required(name, expected).map(|_| ());
    required("surface", "where in the shop, such as \"home\"")?;
    required("shown", "the items shown, in order")?;
    let missing = |name: &str| FieldError::new("field_missing", name, "a value", "nothing");
    Ok(Impression {
        query_id: fields.required_id("query_id", QueryId::new)?,
        actor: actor(fields)?,
        surface: fields.read("surface", surface)?.ok_or_else(|| missing("surface"))?,
        query: fields.read("query", bounded_text)?,
        shown: fields.read("shown", shown)?.unwrap_or_default(),
        ranker: fields.read("ranker", bounded_text)?.unwrap_or_else(|| Arc::from("unknown")),
        arms: fields.read("arms", arms)?.unwrap_or_default(),
    })
}

pub(crate) fn write_impression(impression: &Impression, document: &mut Map<String, Value>) {
    write_actor(&impression.actor, document);
    document.insert("query_id".into(), Value::from(impression.query_id.as_str()));
    document.insert("surface".into(), Value::from(impression.surface.name()));
    if let Some(query) = &impression.query {
        document.insert("query".into(), Value::from(&**query));
    }
    let shown = impression.shown.iter().map(|shown| {
        json!({
            "item": shown.item.as_str(),
            "position": shown.position,
            "score": short_number_to_json(shown.score),
            "propensity": short_number_to_json(shown.propensity),
            "source": shown.source.as_str(),
        })
    });
    document.insert("shown".into(), Value::Array(shown.collect()));
    document.insert("ranker".into(), Value::from(&*impression.ranker));
    if !impression.arms.is_empty() {
        let arms = impression.arms.iter().map(|(experiment, arm)| json!([&**experiment, &**arm]));
        document.insert("arms".into(), Value::Array(arms.collect()));
    }
}

fn shown(value: &Value) -> Result<Vec<Shown>, FieldError> {
    let slots = list(value)?;
    if slots.len() > SHOWN_MAX {
        return Err(FieldError::new("out_of_range", "", "at most 10000 items", format!("{} items", slots.len())));
    }
    let read = |(place, slot)| slot_shown(place, slot).map_err(|error| error.within(&format!("[{place}]")));
    slots.iter().enumerate().map(read).collect()
}

fn slot_shown(place: usize, slot: &Value) -> Result<Shown, FieldError> {
    let fields = Fields::new(slot, "an item shown", &["item", "position", "score", "propensity", "source"])?;
    let single = f64::from(f32::MAX);
    Ok(Shown {
        item: fields.required_id("item", ItemId::new)?,
        position: fields.read("position", |value| whole_within(value, 1, u32::MAX))?.unwrap_or(place as u32 + 1),
        score: fields.read("score", |value| number_within(value, -single, single))?.unwrap_or(0.0) as f32,
        propensity: fields.read("propensity", |value| number_within(value, 0.0, 1.0))?.unwrap_or(1.0) as f32,
        source: SourceId::interned(fields.read("source", text)?.unwrap_or("unknown")),
    })
}

/// An experiment and the arm in force.
type Arm = (Arc<str>, Arc<str>);

/// `[["experiment", "arm"], …]`
fn arms(value: &Value) -> Result<Vec<Arm>, FieldError> {
    let pair = |(place, pair): (usize, &Value)| {
        let read = match pair.as_array().map(Vec::as_slice) {
            Some([experiment, arm]) => bounded_text(experiment).and_then(|name| Ok((name, bounded_text(arm)?))),
            _ => Err(super::fields::wrong_type("a pair [experiment, arm]", pair)),
        };
        read.map_err(|error| error.within(&format!("[{place}]")))
    };
    list(value)?.iter().enumerate().map(pair).collect()
}
