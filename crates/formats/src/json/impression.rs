use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{Evidence, FieldError, Followed, Impression, ItemId, Position, QueryId, Shown, SourceId};

use super::attribute::short_number_to_json;
use super::event::{actor, bounded_text, surface, write_actor};
use super::fields::{Fields, list, number_within, text, whole_within};

pub(crate) const IMPRESSION_FIELDS: [&str; 13] = [
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
    "evidence",
];
const EVIDENCE_FIELDS: [&str; 6] = ["folded", "columns", "values", "took_ms", "parts_failed", "followed"];
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
        evidence: fields.read("evidence", evidence)?.unwrap_or_default(),
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
    if impression.evidence != Evidence::default() {
        document.insert("evidence".into(), evidence_to_json(&impression.evidence));
    }
}

fn evidence_to_json(evidence: &Evidence) -> Value {
    let items = evidence.values.chunks(evidence.columns.len().max(1));
    let values: Vec<Value> =
        items.map(|item| item.iter().map(|value| short_number_to_json(*value)).collect()).collect();
    let columns: Vec<&str> = evidence.columns.iter().map(|column| &**column).collect();
    let mut document = json!({ "columns": columns, "values": values });
    if let Some(Position(folded)) = evidence.folded {
        document["folded"] = Value::from(folded);
    }
    if let Some(took) = evidence.took_ms {
        document["took_ms"] = Value::from(took);
    }
    if evidence.parts_failed > 0 {
        document["parts_failed"] = Value::from(evidence.parts_failed);
    }
    if let Some(Followed { strategy, probability, state }) = &evidence.followed {
        let state: Vec<Value> = state.iter().map(|value| short_number_to_json(*value)).collect();
        let probability = short_number_to_json(*probability);
        document["followed"] = json!({ "strategy": &**strategy, "probability": probability, "state": state });
    }
    document
}

/// `{"folded": 12, "columns": ["words"], "values": [[0.5], [0.25]]}`
fn evidence(value: &Value) -> Result<Evidence, FieldError> {
    let fields = Fields::new(value, "the evidence of a slate", &EVIDENCE_FIELDS)?;
    let columns =
        fields.read("columns", |value| list(value)?.iter().map(bounded_text).collect::<Result<Vec<_>, _>>())?;
    let columns = columns.unwrap_or_default();
    let of_item = |value: &Value| -> Result<Vec<f32>, FieldError> {
        let (single, values) = (f64::from(f32::MAX), list(value)?);
        if values.len() != columns.len() {
            let expected = format!("{} numbers, one a column", columns.len());
            return Err(FieldError::new("out_of_range", "", expected, format!("{} numbers", values.len())));
        }
        values.iter().map(|value| Ok(number_within(value, -single, single)? as f32)).collect()
    };
    let values = fields.read("values", |value| {
        let items = list(value)?.iter().enumerate();
        let read = |(place, item)| of_item(item).map_err(|error| error.within(&format!("[{place}]")));
        items.map(read).collect::<Result<Vec<_>, _>>()
    })?;
    let most = (1u64 << 53) as f64;
    let folded = fields.read("folded", |value| number_within(value, 0.0, most))?;
    Ok(Evidence {
        folded: folded.map(|position| Position(position as u64)),
        columns,
        values: values.unwrap_or_default().concat(),
        took_ms: fields.read("took_ms", |value| whole_within(value, 0, u32::MAX))?,
        parts_failed: fields.read("parts_failed", |value| whole_within(value, 0, u32::MAX))?.unwrap_or(0),
        followed: fields.read("followed", followed)?,
    })
}

/// `{"strategy": "varied", "probability": 0.5, "state": [0.1, 0.2]}`
fn followed(value: &Value) -> Result<Followed, FieldError> {
    let fields = Fields::new(value, "a strategy that was followed", &["strategy", "probability", "state"])?;
    fields.required("strategy", "a strategy's name")?;
    fields.required("probability", "a number above 0, at most 1")?;
    let single = f64::from(f32::MAX);
    let number = |value: &Value| number_within(value, -single, single).map(|number| number as f32);
    let state = fields.read("state", |value| list(value)?.iter().map(number).collect::<Result<Vec<_>, _>>())?;
    Ok(Followed {
        strategy: fields.read("strategy", bounded_text)?.unwrap_or_default(),
        probability: fields.read("probability", |value| number_within(value, 0.0, 1.0))?.unwrap_or_default() as f32,
        state: state.unwrap_or_default(),
    })
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
