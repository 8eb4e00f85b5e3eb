use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::{Appended, Shop};
use types::{Event, EventBody, EventId, Millis, Settings, UserId};

use super::Shared;
use crate::app::App;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith};
use crate::gate::Place;
use crate::keys::{Scope, random_hex};
use crate::wire::documents::EventDocument;
use crate::wire::{BatchAnswer, ErrorAnswer, RowError};

/// Append events: one object, an array, or a line each (`application/x-ndjson`).
///
/// The answer comes when they are durable, and the next search or recommendation reflects them. An event without an `event_id`
/// gets a random one; send your own to make repeats harmless. All or nothing: one refused row refuses the batch.
#[utoipa::path(post, path = "/v1/{shop}/events", tag = "events",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = EventDocument, examples(
        ("view" = (summary = "A look at an item", value = json!({"type": "view", "item": "B07XQXZXVZ", "user": "u-4711"}))),
        ("search 搜索" = (summary = "A search", value = json!({"type": "search", "query": "红色连衣裙", "session": "s-9"}))),
        ("purchase" = (summary = "A purchase", value = json!({
            "event_id": "order-77-line-1", "type": "purchase", "item": "85123A", "user": "u-4711", "quantity": 2,
            "value": {"amount": 5.9, "currency": "GBP"}, "time": "2026-11-21T09:30:00Z"}))))),
    responses((status = 200, description = "Durable.", body = BatchAnswer, example = json!({"accepted": 1, "duplicates": 0, "end": 1025})),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer),
        (status = 503, description = "Too much work; `Retry-After` says when to try again.", body = ErrorAnswer)))]
pub(crate) async fn append(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limits = &app.config.limits;
    let payload = Payload::read(&headers, body, limits, limits.batch_bytes).await?;
    let shop = app.shop(&shop)?;
    let received = app.clock.now();
    let events = if payload.is_heavy() {
        let settings = shop.settings();
        app.tasks.run(move || read_events(&payload, &settings, received)).await?.value
    } else {
        read_events(&payload, &shop.settings(), received)?
    };
    Ok(Json(append_events(&app, &shop, events).await?.into()))
}

/// Erase a user: everything known of them is forgotten, and their events are no longer shown.
#[utoipa::path(delete, path = "/v1/{shop}/users/{user}", tag = "events",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("user" = String, Path, description = "The user", example = "u-4711")),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn erase_user(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, user): InShopWith<UserId>,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    let event = Event { id: new_event_id(), time: app.clock.now(), body: EventBody::UserErased(user) };
    Ok(Json(append_events(&app, &shop, vec![event]).await?.into()))
}

/// Hands events to the log and waits for them to be durable. No thread waits with it, so that thousands of appends can
/// share one sync of the disk.
pub(super) async fn append_events(app: &App, shop: &Arc<Shop>, events: Vec<Event>) -> ApiResult<Appended> {
    let _place = Place::take(&app.appends, app.config.limits.appends).ok_or_else(ApiError::overloaded)?;
    let (done, is_done) = tokio::sync::oneshot::channel();
    let on_done = Box::new(move |result| {
        // The receiver is gone where the caller went away; the events are durable all the same.
        let _ = done.send(result);
    });
    shop.append_async(events, on_done);
    let appended = is_done.await.map_err(|_| ApiError::internal("the engine dropped an append"))??;
    let label = || vec![crate::metrics::label("shop", shop.id().as_str())];
    app.metrics.count("mercato_events_accepted_total", label(), appended.accepted as u64);
    if appended.duplicates > 0 {
        app.metrics.count("mercato_events_duplicate_total", label(), appended.duplicates as u64);
    }
    Ok(appended)
}

/// A random id for an event that came without one.
pub(crate) fn new_event_id() -> EventId {
    EventId::new(random_hex(16)).expect("32 hexadecimal digits are an id")
}

fn read_events(payload: &Payload, settings: &Settings, received: Millis) -> ApiResult<Vec<Event>> {
    let (documents, mut refused) = payload.documents()?;
    let is_single = documents.len() + refused.len() == 1;
    let mut events = Vec::with_capacity(documents.len());
    for document in documents {
        match formats::json::event_from_json(&document.value, Some(settings), received, new_event_id) {
            Ok(event) => events.push(event),
            Err(error) if is_single => return Err(error.into()),
            Err(error) => refused.push(RowError::new(document.row, error)),
        }
    }
    if refused.is_empty() {
        return Ok(events);
    }
    refused.sort_by_key(|row| row.row);
    Err(ApiError::rows(refused))
}
