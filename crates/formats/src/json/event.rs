use std::sync::Arc;

use serde_json::{Map, Value};
use types::{
    Actor, Enrichment, Event, EventBody, EventId, FieldError, Interaction, InteractionKind, ItemId, Millis, QueryId,
    SessionId, Settings, Surface, UserId,
};

use super::attribute::{money, money_to_json, short_number_to_json};
use super::enrichment::{enrichment_from_json, enrichment_to_json};
use super::fields::{Fields, describe, nearest, number_within, object, text, whole_within};
use super::impression::{IMPRESSION_FIELDS, impression, write_impression};
use super::item::{item_from_json, item_to_json, patch_from_json, patch_to_json};

/// Fields of an interaction's document.
pub(crate) const INTERACTION_FIELDS: [&str; 16] = [
    "event_id",
    "type",
    "time",
    "user",
    "anonymous",
    "session",
    "item",
    "query",
    "text",
    "query_id",
    "quantity",
    "value",
    "rating",
    "position",
    "weight",
    "surface",
];
const ITEM_EVENT_FIELDS: [&str; 4] = ["event_id", "type", "time", "item"];
const ENRICHMENT_FIELDS: [&str; 5] = ["event_id", "type", "time", "item", "found"];
const ERASURE_FIELDS: [&str; 4] = ["event_id", "type", "time", "user"];

/// Types of events that are not interactions.
const UPSERTED: &str = "item-upserted";
const PATCHED: &str = "item-patched";
const ENRICHED: &str = "item-enriched";
const DELETED: &str = "item-deleted";
const IMPRESSION: &str = "impression";
const ERASED: &str = "user-erased";
/// Put before the name of a shop's own kind of interaction, so that a misspelt kind is not taken for a new one.
const CUSTOM_PREFIX: &str = "custom:";
/// Longest query or name kept in an event, in bytes.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Longest review, in bytes: more than ten times the longest that shops accept.
const REVIEW_BYTES_MAX: usize = 64 * 1024;

/// Reads an event's document. `received` is its time where it names none, and the present that its time is checked
/// against; `new_id` names it where it brings no `event_id`.
///
/// # Errors
/// A [`FieldError`] with the path of the field.
pub fn event_from_json(
    document: &Value,
    settings: Option<&Settings>,
    received: Millis,
    new_id: impl FnOnce() -> EventId,
) -> Result<Event, FieldError> {
    let kind = event_type(document)?;
    let fields = Fields::new(document, "an event", fields_of(&kind))?;
    let id = fields.id("event_id", EventId::new)?;
    let time = match fields.read("time", crate::time::from_json)? {
        Some(time) => time.checked("time", received)?,
        None => received,
    };
    let body = match &kind {
        EventType::Upserted => EventBody::ItemUpserted(item_field(fields, |item| item_from_json(item, settings))?),
        EventType::Patched => EventBody::ItemPatched(item_field(fields, |item| patch_from_json(item, settings))?),
        EventType::Enriched => EventBody::ItemEnriched(enrichment(fields, settings)?),
        EventType::Deleted => EventBody::ItemDeleted(fields.required_id("item", ItemId::new)?),
        EventType::Impression => EventBody::Impression(impression(fields)?),
        EventType::Erased => EventBody::UserErased(fields.required_id("user", UserId::new)?),
        EventType::Interaction(kind) => EventBody::Interaction(interaction(kind.clone(), fields)?),
    };
    Ok(Event { id: id.unwrap_or_else(new_id), time, body })
}

/// Writes an event's document; [`event_from_json`] reads the same event back.
pub fn event_to_json(event: &Event) -> Value {
    let mut document = Map::new();
    document.insert("event_id".into(), Value::from(event.id.as_str()));
    let kind: String = match &event.body {
        EventBody::ItemUpserted(_) => UPSERTED.into(),
        EventBody::ItemPatched(_) => PATCHED.into(),
        EventBody::ItemEnriched(_) => ENRICHED.into(),
        EventBody::ItemDeleted(_) => DELETED.into(),
        EventBody::Impression(_) => IMPRESSION.into(),
        EventBody::UserErased(_) => ERASED.into(),
        EventBody::Interaction(interaction) => kind_to_text(&interaction.kind),
    };
    document.insert("type".into(), Value::from(kind));
    document.insert("time".into(), crate::time::to_json(event.time));
    match &event.body {
        EventBody::ItemUpserted(item) => drop(document.insert("item".into(), item_to_json(item))),
        EventBody::ItemPatched(patch) => drop(document.insert("item".into(), patch_to_json(patch))),
        EventBody::ItemEnriched(enrichment) => {
            document.insert("item".into(), Value::from(enrichment.id.as_str()));
            document.insert("found".into(), enrichment_to_json(enrichment));
        }
        EventBody::ItemDeleted(item) => drop(document.insert("item".into(), Value::from(item.as_str()))),
        EventBody::UserErased(user) => drop(document.insert("user".into(), Value::from(user.as_str()))),
        EventBody::Impression(impression) => write_impression(impression, &mut document),
        EventBody::Interaction(interaction) => write_interaction(interaction, &mut document),
    }
    Value::Object(document)
}

/// Reads a kind of interaction: a built-in name, or `custom:` and the shop's own.
pub(crate) fn kind_from_text(name: &str) -> Option<InteractionKind> {
    match name.strip_prefix(CUSTOM_PREFIX) {
        Some(own) if own.is_empty() || own.len() > 64 || own.chars().any(char::is_control) => None,
        Some(own) => Some(InteractionKind::Custom(Arc::from(own))),
        None => InteractionKind::from_name(name),
    }
}

pub(crate) fn kind_to_text(kind: &InteractionKind) -> String {
    match kind {
        InteractionKind::Custom(own) => format!("{CUSTOM_PREFIX}{own}"),
        built_in => built_in.name().to_owned(),
    }
}

enum EventType {
    Upserted,
    Patched,
    Enriched,
    Deleted,
    Impression,
    Erased,
    Interaction(InteractionKind),
}

fn event_type(document: &Value) -> Result<EventType, FieldError> {
    let fields = object(document, "an event")?;
    let expected = "the kind of event, such as \"purchase\"";
    let name = fields.get("type").ok_or_else(|| FieldError::new("field_missing", "type", expected, "nothing"))?;
    let name = text(name).map_err(|error| error.within("type"))?;
    match name.replace('_', "-").as_str() {
        UPSERTED => Ok(EventType::Upserted),
        PATCHED => Ok(EventType::Patched),
        ENRICHED => Ok(EventType::Enriched),
        DELETED => Ok(EventType::Deleted),
        IMPRESSION => Ok(EventType::Impression),
        ERASED => Ok(EventType::Erased),
        _ => kind_from_text(name).map(EventType::Interaction).ok_or_else(|| unknown_type(name)),
    }
}

fn unknown_type(name: &str) -> FieldError {
    let mut known: Vec<&str> = vec![UPSERTED, PATCHED, ENRICHED, DELETED, IMPRESSION, ERASED];
    let built_in = InteractionKind::BUILT_IN;
    known.extend(built_in.iter().map(InteractionKind::name));
    let hint = nearest(name, &known).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    let expected = format!("one of {}, or `custom:` and a name of up to 64 bytes{hint}", known.join(", "));
    FieldError::new("event_type_unknown", "type", expected, name)
}

fn fields_of(kind: &EventType) -> &'static [&'static str] {
    match kind {
        EventType::Upserted | EventType::Patched | EventType::Deleted => &ITEM_EVENT_FIELDS,
        EventType::Enriched => &ENRICHMENT_FIELDS,
        EventType::Impression => &IMPRESSION_FIELDS,
        EventType::Erased => &ERASURE_FIELDS,
        EventType::Interaction(_) => &INTERACTION_FIELDS,
    }
}

fn item_field<T>(fields: Fields<'_>, read: impl FnOnce(&Value) -> Result<T, FieldError>) -> Result<T, FieldError> {
    read(fields.required("item", "an item's document")?).map_err(|error| error.within("item"))
}

fn enrichment(fields: Fields<'_>, settings: Option<&Settings>) -> Result<Enrichment, FieldError> {
    let id = fields.required_id("item", ItemId::new)?;
    let found = fields.required("found", "found values by attribute")?;
    enrichment_from_json(id, found, settings).map_err(|error| error.within("found"))
}

fn interaction(kind: InteractionKind, fields: Fields<'_>) -> Result<Interaction, FieldError> {
    let needed = match &kind {
        InteractionKind::Search => Some("query"),
        InteractionKind::Custom(_) => None,
        InteractionKind::Rating => {
            fields.required("rating", "a rating from 0 (worst) to 1 (best)")?;
            Some("item")
        }
        InteractionKind::Review => {
            // Many give stars and say nothing; that is a review all the same.
            if fields.get("rating").is_none() {
                fields
                    .required("text", "what the review says, or a `rating`, because the event is of type `review`")?;
            }
            Some("item")
        }
        _ => Some("item"),
    };
    if let Some(name) = needed {
        fields.required(name, &format!("a text, because the event is of type `{}`", kind.name()))?;
    }
    Ok(Interaction {
        actor: actor(fields)?,
        item: fields.id("item", ItemId::new)?,
        query: fields.read("query", bounded_text)?,
        text: fields.read("text", |value| review_text(&kind, value))?,
        query_id: fields.id("query_id", QueryId::new)?,
        quantity: fields.read("quantity", |value| whole_within(value, 1, u32::MAX))?,
        value: fields.read("value", money)?,
        rating: fields.read("rating", |value| number_within(value, 0.0, 1.0))?.map(|rating| rating as f32),
        position: fields.read("position", |value| whole_within(value, 1, u32::MAX))?,
        weight: fields.read("weight", |value| number_within(value, -1e6, 1e6))?.map(|weight| weight as f32),
        surface: fields.read("surface", surface)?,
        kind,
    })
}

pub(crate) fn actor(fields: Fields<'_>) -> Result<Actor, FieldError> {
    Ok(Actor {
        user: fields.id("user", UserId::new)?,
        anonymous: fields.id("anonymous", UserId::new)?,
        session: fields.id("session", SessionId::new)?,
    })
}

pub(crate) fn bounded_text(value: &Value) -> Result<Arc<str>, FieldError> {
    let text = text(value)?;
    if text.len() > TEXT_BYTES_MAX {
        let found = format!("{} bytes", text.len());
        return Err(FieldError::new("text_too_long", "", "a text of at most 256 KiB", found));
    }
    Ok(Arc::from(text))
}

/// What a review says: only reviews have a text, and it says something.
fn review_text(kind: &InteractionKind, value: &Value) -> Result<Arc<str>, FieldError> {
    let text = text(value)?;
    if *kind != InteractionKind::Review {
        let expected = format!("no text in an event of type `{}`: only a `review` has one", kind.name());
        return Err(FieldError::new("unknown_field", "", expected, describe(value)));
    }
    if text.trim().is_empty() {
        return Err(FieldError::new("text_empty", "", "what the review says", "an empty text"));
    }
    if text.len() > REVIEW_BYTES_MAX {
        let (expected, found) =
            (format!("a text of at most {REVIEW_BYTES_MAX} bytes"), format!("{} bytes", text.len()));
        return Err(FieldError::new("text_too_long", "", expected, found));
    }
    Ok(Arc::from(text))
}

pub(crate) fn surface(value: &Value) -> Result<Surface, FieldError> {
    let name = text(value)?;
    Surface::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Surface::ALL.iter().map(|surface| surface.name()).collect();
        FieldError::new("surface_unknown", "", format!("one of {}", known.join(", ")), name)
    })
}

fn write_interaction(interaction: &Interaction, document: &mut Map<String, Value>) {
    write_actor(&interaction.actor, document);
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            document.insert(name.into(), value);
        }
    };
    put("item", interaction.item.as_ref().map(|item| Value::from(item.as_str())));
    put("query", interaction.query.as_deref().map(Value::from));
    put("text", interaction.text.as_deref().map(Value::from));
    put("query_id", interaction.query_id.as_ref().map(|id| Value::from(id.as_str())));
    put("quantity", interaction.quantity.map(Value::from));
    put("value", interaction.value.map(money_to_json));
    put("rating", interaction.rating.map(short_number_to_json));
    put("position", interaction.position.map(Value::from));
    put("weight", interaction.weight.map(short_number_to_json));
    put("surface", interaction.surface.map(|surface| Value::from(surface.name())));
}

pub(crate) fn write_actor(actor: &Actor, document: &mut Map<String, Value>) {
    let ids = [
        ("user", actor.user.as_ref().map(UserId::as_str)),
        ("anonymous", actor.anonymous.as_ref().map(UserId::as_str)),
        ("session", actor.session.as_ref().map(SessionId::as_str)),
    ];
    for (name, id) in ids {
        if let Some(id) = id {
            document.insert(name.into(), Value::from(id));
        }
    }
}
