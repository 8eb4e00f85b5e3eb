//! Segment's tracking API, so that its libraries can point here: the write key is a key of the shop, and names it.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use formats::conventions::{self, Translator};
use serde_json::Value;
use types::FieldError;

use super::Shared;
use super::events::{append_events, mapping, translated};
use crate::app::App;
use crate::auth::basic_user;
use crate::body::{Document, Payload};
use crate::config::Access;
use crate::error::{ApiError, ApiResult};
use crate::extract::Params;
use crate::wire::{ErrorAnswer, TrackedAnswer};

/// Calls by the last part of their path, in full and as libraries for browsers shorten it.
const CALLS: [(&str, &str); 14] = [
    ("batch", "batch"),
    ("b", "batch"),
    ("track", "track"),
    ("t", "track"),
    ("page", "page"),
    ("p", "page"),
    ("screen", "screen"),
    ("s", "screen"),
    ("identify", "identify"),
    ("i", "identify"),
    ("group", "group"),
    ("g", "group"),
    ("alias", "alias"),
    ("a", "alias"),
];

/// Take calls of Segment's libraries: `batch`, `track`, `page`, `screen`, `identify`, `group`, `alias`.
///
/// The write key (user name of `Authorization: Basic`, else `writeKey` in the body) is a key of a shop, of any scope: what
/// comes in this way is what shoppers did, never a change of the catalogue. Without keys it is the shop's name. What can be
/// read is taken, and what cannot be is listed; an answer is 4xx where nothing can.
#[utoipa::path(post, path = "/v1/{call}", tag = "events",
    params(("call" = String, Path, description = "The kind of call", example = "batch")),
    request_body(content = Object, example = json!({"batch": [{"type": "track", "messageId": "m-1", "anonymousId": "a-1",
        "event": "Product Viewed", "timestamp": "2026-11-21T23:00:00Z", "properties": {"product_id": "boots-1"}}]})),
    responses((status = 200, description = "Durable.", body = TrackedAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn call(
    State(app): Shared,
    headers: HeaderMap,
    Params(call): Params<String>,
    body: Body,
) -> ApiResult<Json<TrackedAnswer>> {
    let user = basic_user(&headers);
    // Without the header the key is inside the body, which is then read on trust, and so only as far as one event goes.
    let named = user.as_deref().map(|user| app.admit_tracker(&headers, Some(user))).transpose()?;
    let limits = &app.config.limits;
    let limit = if named.is_some() { limits.batch_bytes } else { limits.item_bytes };
    let document = read(&app, &headers, body, limit).await;
    let (shop, _pass) = match (named, &document) {
        (Some(named), _) => named,
        (None, Ok(document)) => app.admit_tracker(&headers, document["writeKey"].as_str())?,
        (None, Err(_)) => app.admit_tracker(&headers, None)?,
    };
    let kind = CALLS.iter().find(|(path, _)| *path == call).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| ApiError::unknown("unknown_route", "there is no such route; /docs lists all"))?;
    let shop = app.shop(&shop)?;
    let document = Document { row: 1, value: whole(document?, kind)? };
    let translator = Translator::new(conventions::convention("segment")?, mapping(None)?);
    let mut told = translated(&translator, vec![document], &shop.settings(), app.clock.now());
    let (events, refused) = (told.take_events(), std::mem::take(&mut told.refused));
    if events.is_empty() && !refused.is_empty() {
        return Err(ApiError::rows(refused));
    }
    let batch = append_events(&app, &shop, events).await?.into();
    Ok(Json(TrackedAnswer { success: true, events: told.answer(batch), refused }))
}

/// Browsers send calls as plain text, to save themselves a question. Where no key is asked for, anybody's page could.
async fn read(app: &App, headers: &HeaderMap, body: Body, limit: usize) -> ApiResult<Value> {
    let limits = &app.config.limits;
    let payload = match app.config.access {
        Access::Open => Payload::read(headers, body, limits, limit).await?,
        Access::Keys { .. } => Payload::untyped(headers, body, limits, limit).await?,
    };
    if payload.is_heavy() {
        return Ok(app.tasks.run(move || payload.json::<Value>()).await?.value);
    }
    payload.json::<Value>()
}

/// The call with its kind, which the path names where the call does not.
fn whole(mut call: Value, kind: &str) -> ApiResult<Value> {
    let is_batch = call.get("batch").is_some();
    let Some(fields) = call.as_object_mut() else {
        return Err(FieldError::new("type_mismatch", "", "an object", "something else").into());
    };
    match kind {
        "batch" if !is_batch => Err(FieldError::new("field_missing", "batch", "a list of calls", "nothing").into()),
        "batch" => Ok(call),
        kind => {
            fields.insert("type".to_owned(), Value::from(kind));
            Ok(call)
        }
    }
}
