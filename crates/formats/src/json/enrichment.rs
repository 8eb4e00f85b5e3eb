use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{Enrichment, FieldError, ItemId, Passage, Provenance, Settings, check_name};

use super::attribute::{attribute_from_json, attribute_to_json};
use super::fields::{Fields, number_within, object, text, whole_within};

const PROVENANCE_FIELDS: [&str; 4] = ["maker", "confidence", "evidence", "passage"];
const FOUND_FIELDS: [&str; 5] = ["value", "maker", "confidence", "evidence", "passage"];

/// Reads where values come from, by attribute: `{"colour": {"maker": "extractor-1", "confidence": 0.94, "evidence": "…",
/// "passage": {"attribute": "title", "start": 4, "end": 7}}}`.
pub(super) fn provenance_from_json(value: &Value) -> Result<BTreeMap<Arc<str>, Provenance>, FieldError> {
    let mut all = BTreeMap::new();
    for (name, value) in object(value, "where values come from, by attribute")? {
        let read = check_name(name)
            .and_then(|()| Fields::new(value, "where a value comes from", &PROVENANCE_FIELDS))
            .and_then(provenance);
        all.insert(Arc::from(name.as_str()), read.map_err(|error| error.within(name))?);
    }
    Ok(all)
}

/// Writes where values come from.
pub(super) fn provenance_to_json(all: &BTreeMap<Arc<str>, Provenance>) -> Value {
    all.iter().map(|(name, one)| (name.to_string(), Value::Object(write_provenance(one)))).collect::<Map<_, _>>().into()
}

/// Reads what was found for an item: an object by attribute as [`provenance_from_json`] reads, each with its `value`;
/// `null` takes a value back.
pub(super) fn enrichment_from_json(
    id: ItemId,
    found: &Value,
    settings: Option<&Settings>,
) -> Result<Enrichment, FieldError> {
    let mut enrichment = Enrichment::new(id);
    for (name, value) in object(found, "found values by attribute")? {
        let one = if value.is_null() { Ok(None) } else { found_value(name, value, settings).map(Some) };
        one.and_then(|one| enrichment.set(name, one)).map_err(|error| error.within(name))?;
    }
    Ok(enrichment)
}

/// Writes what was found for an item.
pub(super) fn enrichment_to_json(enrichment: &Enrichment) -> Value {
    let write = |name: &str, found: &(types::Value, Provenance)| {
        let mut document = Map::from_iter([("value".to_owned(), attribute_to_json(name, &found.0))]);
        document.extend(write_provenance(&found.1));
        Value::Object(document)
    };
    let all = enrichment.values.iter();
    all.map(|(name, found)| (name.to_string(), found.as_ref().map_or(Value::Null, |found| write(name, found))))
        .collect::<Map<_, _>>()
        .into()
}

fn found_value(
    name: &str,
    document: &Value,
    settings: Option<&Settings>,
) -> Result<(types::Value, Provenance), FieldError> {
    const EXPECTED: &str = "the value that was found";
    let fields = Fields::new(document, "a found value", &FOUND_FIELDS)?;
    let value = attribute_from_json(name, fields.required("value", EXPECTED)?, settings)
        .and_then(|value| value.ok_or_else(|| FieldError::new("field_missing", "", EXPECTED, "nothing")))
        .map_err(|error| FieldError { field: "value".to_owned(), ..error })?;
    Ok((value, provenance(fields)?))
}

fn provenance(fields: Fields<'_>) -> Result<Provenance, FieldError> {
    let maker = text(fields.required("maker", "what found the value")?).map_err(|error| error.within("maker"))?;
    fields.required("confidence", "how sure that is, a number from 0 to 1")?;
    let confidence = fields.read("confidence", |value| number_within(value, 0.0, 1.0))?.unwrap_or_default();
    let evidence = fields.read("evidence", text)?.unwrap_or_default();
    Provenance::new(maker, confidence as f32, evidence, fields.read("passage", passage)?)
}

fn write_provenance(one: &Provenance) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("maker".into(), Value::from(&*one.maker));
    document.insert("confidence".into(), super::attribute::short_number_to_json(one.confidence));
    document.insert("evidence".into(), Value::from(&*one.evidence));
    if let Some(Passage { attribute, start, end }) = &one.passage {
        document.insert("passage".into(), json!({ "attribute": &**attribute, "start": start, "end": end }));
    }
    document
}

fn passage(value: &Value) -> Result<Passage, FieldError> {
    let fields = Fields::new(value, "a piece of a text", &["attribute", "start", "end"])?;
    let attribute = text(fields.required("attribute", "the attribute it stands in")?);
    let place = |name| -> Result<u32, FieldError> {
        fields.required(name, "a place in bytes")?;
        Ok(fields.read(name, |value| whole_within(value, 0, u32::MAX))?.unwrap_or_default())
    };
    let attribute = Arc::from(attribute.map_err(|error| error.within("attribute"))?);
    Ok(Passage { attribute, start: place("start")?, end: place("end")? })
}
