use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use types::{FieldError, GroupId, Item, ItemId, ItemPatch, Settings, check_name, well_known, well_known_kind};

use super::attribute::{attribute_from_json, attribute_to_json};
use super::enrichment::{provenance_from_json, provenance_to_json};
use super::fields::{Fields, boolean, object, whole_within};
use super::picture::{picture_from_json, picture_to_json};

/// Largest document of an item, in bytes.
const ITEM_BYTES_MAX: usize = 1 << 20;

/// Every field of an item's document that a person writes.
pub(crate) const ITEM_FIELDS: [&str; 14] = [
    "id",
    "group",
    "title",
    "description",
    "brand",
    "category",
    "price",
    "image",
    "tags",
    "rating",
    "rating_count",
    "available",
    "stock",
    "attributes",
];

/// The field that only programs write: what an image encoder saw in the item's picture.
const PICTURE: &str = "picture";
/// The field that only programs write: which attributes are not the shop's own, and where they come from.
const PROVENANCE: &str = "provenance";

/// Reads an item's document. `settings` decide the types of the attributes that the shop has declared.
///
/// # Errors
/// A [`FieldError`] with the path of the field: `unknown_field`, `field_missing`, `type_mismatch`, `currency_missing`,
/// `item_too_large`, `out_of_range`, or a code of the value's own type.
pub fn item_from_json(document: &Value, settings: Option<&Settings>) -> Result<Item, FieldError> {
    let fields = open(document)?;
    let mut item = Item::new(fields.required_id("id", ItemId::new)?);
    item.group = fields.id("group", GroupId::new)?;
    item.available = fields.read("available", boolean)?.unwrap_or(true);
    item.stock = fields.read("stock", stock)?;
    item.picture = fields.read(PICTURE, picture_from_json)?;
    read_attributes(fields, settings, &mut |name, value| match value {
        Some(value) => item.set(name, value),
        None => Ok(()),
    })?;
    item.provenance = fields.read(PROVENANCE, provenance_from_json)?.unwrap_or_default();
    match item.provenance.keys().find(|name| !item.attributes.contains_key(*name)) {
        Some(name) => {
            let expected = "an attribute that the item has a value of";
            Err(FieldError::new("field_missing", &**name, expected, "nothing").within(PROVENANCE))
        }
        None => Ok(item),
    }
}

/// Reads a batch of items. Every fault is reported, with the item's place in front of its field (`[3].price`), and an
/// id may come only once (`duplicate_id`).
///
/// # Errors
/// All faults found, in order.
pub fn items_from_json(documents: &[Value], settings: Option<&Settings>) -> Result<Vec<Item>, Vec<FieldError>> {
    let (mut items, mut faults, mut seen) = (Vec::with_capacity(documents.len()), Vec::new(), BTreeSet::new());
    for (place, document) in documents.iter().enumerate() {
        match item_from_json(document, settings) {
            Ok(item) if !seen.insert(item.id.clone()) => {
                let expected = "each id once in a batch";
                faults.push(FieldError::new("duplicate_id", format!("[{place}].id"), expected, item.id.as_str()));
            }
            Ok(item) => items.push(item),
            Err(fault) => faults.push(fault.within(&format!("[{place}]"))),
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(faults) }
}

/// Writes an item's document; [`item_from_json`] reads the same item back.
pub fn item_to_json(item: &Item) -> Value {
    let mut document = Map::new();
    document.insert("id".into(), Value::from(item.id.as_str()));
    if let Some(group) = &item.group {
        document.insert("group".into(), Value::from(group.as_str()));
    }
    let attributes = item.attributes.iter().map(|(name, value)| (name, Some(value)));
    write_attributes(&mut document, attributes);
    if !item.available {
        document.insert("available".into(), Value::Bool(false));
    }
    if let Some(stock) = item.stock {
        document.insert("stock".into(), Value::from(stock));
    }
    if let Some(picture) = &item.picture {
        document.insert(PICTURE.into(), picture_to_json(picture));
    }
    move_attributes_last(&mut document);
    if !item.provenance.is_empty() {
        document.insert(PROVENANCE.into(), provenance_to_json(&item.provenance));
    }
    Value::Object(document)
}

/// Reads a partial update: what is absent stays as it is, `null` removes.
///
/// # Errors
/// As [`item_from_json`].
pub fn patch_from_json(document: &Value, settings: Option<&Settings>) -> Result<ItemPatch, FieldError> {
    let fields = open(document)?;
    let mut patch = ItemPatch::new(fields.required_id("id", ItemId::new)?);
    if fields.get(PROVENANCE).is_some() {
        let expected = "no such field in a patch, whose values are the shop's own";
        return Err(FieldError::new("unknown_field", PROVENANCE, expected, PROVENANCE));
    }
    patch.available = fields.read("available", boolean)?;
    if fields.given("available").is_some_and(Value::is_null) {
        return Err(FieldError::new("type_mismatch", "available", "true or false", "null"));
    }
    if fields.given("stock").is_some() {
        patch.stock = Some(fields.read("stock", stock)?);
    }
    if fields.given("group").is_some() {
        patch.group = Some(fields.id("group", GroupId::new)?);
    }
    if fields.given(PICTURE).is_some() {
        patch.picture = Some(fields.read(PICTURE, picture_from_json)?);
    }
    read_attributes(fields, settings, &mut |name, value| patch.set(name, value))?;
    Ok(patch)
}

/// Writes a partial update; [`patch_from_json`] reads the same back.
pub fn patch_to_json(patch: &ItemPatch) -> Value {
    let mut document = Map::new();
    document.insert("id".into(), Value::from(patch.id.as_str()));
    if let Some(group) = &patch.group {
        document.insert("group".into(), group.as_ref().map_or(Value::Null, |group| Value::from(group.as_str())));
    }
    write_attributes(&mut document, patch.attributes.iter().map(|(name, value)| (name, value.as_ref())));
    if let Some(available) = patch.available {
        document.insert("available".into(), Value::Bool(available));
    }
    if let Some(stock) = patch.stock {
        document.insert("stock".into(), stock.map_or(Value::Null, Value::from));
    }
    if let Some(picture) = &patch.picture {
        document.insert(PICTURE.into(), picture.as_ref().map_or(Value::Null, picture_to_json));
    }
    move_attributes_last(&mut document);
    Value::Object(document)
}

fn open(document: &Value) -> Result<Fields<'_>, FieldError> {
    let fields = Fields::new(document, "an item", &[&ITEM_FIELDS[..], &[PICTURE, PROVENANCE]].concat())?;
    let bytes = document_bytes(document);
    if bytes > ITEM_BYTES_MAX {
        return Err(FieldError::new("item_too_large", "", "an item of at most 1 MiB", format!("{bytes} bytes")));
    }
    Ok(fields)
}

fn stock(value: &Value) -> Result<u32, FieldError> {
    whole_within(value, 0, u32::MAX)
}

/// Takes an attribute into an item or a patch.
type SetAttribute<'a> = dyn FnMut(&str, Option<types::Value>) -> Result<(), FieldError> + 'a;

/// Reads the attributes, those beside `id` and those under `attributes`; `set` gets `None` for what is empty or `null`.
fn read_attributes(
    fields: Fields<'_>,
    settings: Option<&Settings>,
    set: &mut SetAttribute<'_>,
) -> Result<(), FieldError> {
    for name in ITEM_FIELDS.into_iter().filter(|name| well_known_kind(name).is_some()) {
        if let Some(value) = fields.given(name) {
            set(name, attribute_from_json(name, value, settings)?)?;
        }
    }
    let Some(attributes) = fields.get("attributes") else { return Ok(()) };
    for (name, value) in object(attributes, "attributes by name").map_err(|error| error.within("attributes"))? {
        let read = check_name(name)
            .and_then(|()| own_name(name))
            .and_then(|()| attribute_from_json(name, value, settings))
            .and_then(|value| set(name, value));
        read.map_err(|error| error.within("attributes"))?;
    }
    Ok(())
}

/// One place for each thing: what has a field of its own does not stand under `attributes`.
fn own_name(name: &str) -> Result<(), FieldError> {
    match well_known_kind(name) {
        Some(_) => {
            let expected = format!("`{name}` beside `attributes`, not under it");
            Err(FieldError::new("attribute_name_invalid", name, expected, name))
        }
        None => Ok(()),
    }
}

fn write_attributes<'a>(
    document: &mut Map<String, Value>,
    attributes: impl Iterator<Item = (&'a Arc<str>, Option<&'a types::Value>)>,
) {
    let mut own = Map::new();
    let (mut title_first, mut known) = (None, Vec::new());
    for (name, value) in attributes {
        let written = value.map_or(Value::Null, |value| attribute_to_json(name, value));
        if &**name == well_known::TITLE {
            title_first = Some(written);
        } else if well_known_kind(name).is_some() {
            known.push((name.to_string(), written));
        } else {
            own.insert(name.to_string(), written);
        }
    }
    if let Some(title) = title_first {
        document.insert(well_known::TITLE.into(), title);
    }
    document.extend(known);
    if !own.is_empty() {
        document.insert("attributes".into(), Value::Object(own));
    }
}

fn move_attributes_last(document: &mut Map<String, Value>) {
    if let Some(attributes) = document.shift_remove("attributes") {
        document.insert("attributes".into(), attributes);
    }
}

/// Bytes of the document as compact JSON, escapes not counted.
fn document_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 4,
        Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(parts) => 2 + parts.iter().map(|part| document_bytes(part) + 1).sum::<usize>(),
        Value::Object(fields) => {
            2 + fields.iter().map(|(name, part)| name.len() + document_bytes(part) + 4).sum::<usize>()
        }
    }
}
