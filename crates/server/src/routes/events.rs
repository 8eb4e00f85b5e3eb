use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::{Appended, Shop};
use formats::conventions::{self, Convention, Skipped, Translator};
use formats::{Mapping, Target};
use types::{Currency, Event, EventBody, EventId, Millis, Settings, UserId};

use super::Shared;
use crate::app::App;
use crate::body::{Document, Payload};
use crate::config::Access;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith, Options};
use crate::gate::Place;
use crate::keys::{Scope, random_hex};
use crate::wire::documents::EventDocument;
use crate::wire::{BatchAnswer, ErrorAnswer, EventsAnswer, EventsOptions, RowError, SkippedAnswer};

/// Append events: one object, an array, or a line each (`application/x-ndjson`).
///
/// The answer comes when they are durable, and the next search or recommendation reflects them. An event without an `event_id`
/// gets a random one; send your own to make repeats harmless. All or nothing: one refused row refuses the batch.
///
/// Events may also come as others write them (`format`, else told by the first documents): Segment, GA4, insights, Google
/// Retail, UBI, Gorse, Snowplow. Their ids are made from the documents, so that repeats are harmless; what has no
/// counterpart is listed in `skipped`. `docs/conventions.md` tells what becomes of what.
///
/// Pages of a shop send theirs with `/m.js`, with a key behind the `?`.
#[utoipa::path(post, path = "/v1/{shop}/events", tag = "events",
    params(("shop" = String, Path, description = "The shop", example = "gifts"), EventsOptions),
    request_body(content = EventDocument, examples(
        ("view" = (summary = "A look at an item", value = json!({"type": "view", "item": "B07XQXZXVZ", "user": "u-4711"}))),
        ("search 搜索" = (summary = "A search", value = json!({"type": "search", "query": "红色连衣裙", "session": "s-9"}))),
        ("purchase" = (summary = "A purchase", value = json!({
            "event_id": "order-77-line-1", "type": "purchase", "item": "85123A", "user": "u-4711", "quantity": 2,
            "value": {"amount": 5.9, "currency": "GBP"}, "time": "2026-11-21T09:30:00Z"}))))),
    responses((status = 200, description = "Durable.", body = EventsAnswer, example = json!({"accepted": 1, "duplicates": 0, "end": 1025})),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer),
        (status = 503, description = "Too much work; `Retry-After` says when to try again.", body = ErrorAnswer)))]
pub(crate) async fn append(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<EventsOptions>,
    body: Body,
) -> ApiResult<Json<EventsAnswer>> {
    let is_page = options.key.is_some();
    let _pass = match options.key.as_deref() {
        Some(key) => app.admit_page(&headers, key, &shop)?,
        None => app.admit(&headers, &shop, Scope::Write)?,
    };
    let mapping = mapping(options.currency.as_deref())?;
    let named = options.format.as_deref().map(conventions::convention).transpose()?;
    let limits = &app.config.limits;
    // A beacon is plain text. Where no key is asked for, anybody's page could send one.
    let is_beacon = is_page && matches!(app.config.access, Access::Keys { .. });
    let payload = match is_beacon {
        true => Payload::untyped(&headers, body, limits, limits.batch_bytes).await?,
        false => Payload::read(&headers, body, limits, limits.batch_bytes).await?,
    };
    let is_heavy = payload.is_heavy();
    let shop = app.shop(&shop)?;
    let (received, settings) = (app.clock.now(), shop.settings());
    let read = move || {
        let (documents, refused) = payload.documents()?;
        match named.or_else(|| recognised(&documents)).filter(|convention| convention.name() != NATIVE) {
            None => Ok((read_events(documents, refused, &settings, received)?, Translated::default())),
            Some(convention) => {
                let translator = Translator::new(convention, mapping);
                let mut told = translated(&translator, documents, &settings, received);
                told.refused.extend(refused);
                told.all_or_nothing()
            }
        }
    };
    let (events, told) = if is_heavy { app.tasks.run(read).await?.value } else { read()? };
    if is_page && !events.iter().all(is_deed) {
        let message = "a key behind the `?` lets in what shoppers did and were shown, nothing else";
        return Err(ApiError::forbidden("key_scope", message));
    }
    let batch = append_events(&app, &shop, events).await?.into();
    Ok(Json(told.answer(batch)))
}

/// Whether an event tells what a shopper did or was shown.
fn is_deed(event: &Event) -> bool {
    matches!(event.body, EventBody::Interaction(_) | EventBody::Impression(_))
}

/// Name of the convention that our own documents follow.
const NATIVE: &str = "native";
/// Documents looked at to tell their convention.
const DOCUMENTS_SAMPLED: usize = 20;

/// What is said beside documents of others.
pub(super) fn mapping(currency: Option<&str>) -> ApiResult<Mapping> {
    let mapping = Mapping::new(Target::Events);
    Ok(match currency {
        Some(code) => mapping.with_currency(Currency::new(code)?),
        None => mapping,
    })
}

fn recognised(documents: &[Document]) -> Option<&'static dyn Convention> {
    let sample: Vec<_> = documents.iter().take(DOCUMENTS_SAMPLED).filter_map(|one| one.value.as_object()).collect();
    conventions::recognise(&sample).map(|found| found.convention)
}

/// What documents of others were read as.
#[derive(Default)]
pub(super) struct Translated {
    pub(super) convention: Option<&'static str>,
    /// Events, each with its row.
    pub(super) events: Vec<(usize, Event)>,
    pub(super) refused: Vec<RowError>,
    skipped: Vec<Skipped>,
    left_out: Vec<Skipped>,
}

/// Reads documents of others.
pub(super) fn translated(
    translator: &Translator,
    documents: Vec<Document>,
    settings: &Settings,
    received: Millis,
) -> Translated {
    let mut all = Translated { convention: Some(translator.convention().name()), ..Translated::default() };
    for Document { row, value } in documents {
        let told = translator.read(&value, Some(settings), received);
        all.events.extend(told.events.into_iter().map(|event| (row, event)));
        all.refused.extend(told.refused.into_iter().map(|error| RowError::new(row, error)));
        all.skipped.extend(told.skipped);
        all.left_out.extend(told.left_out);
    }
    conventions::join_impressions(&mut all.events);
    all
}

impl Translated {
    /// The events, where nothing was refused.
    fn all_or_nothing(mut self) -> ApiResult<(Vec<Event>, Self)> {
        if !self.refused.is_empty() {
            self.refused.sort_by_key(|row| row.row);
            return Err(ApiError::rows(self.refused));
        }
        Ok((self.take_events(), self))
    }

    /// Hands the events over.
    pub(super) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events).into_iter().map(|(_, event)| event).collect()
    }

    /// What became of the batch.
    pub(super) fn answer(self, batch: BatchAnswer) -> EventsAnswer {
        let (skipped, left_out) = (SkippedAnswer::counted(self.skipped), SkippedAnswer::counted(self.left_out));
        EventsAnswer { batch, format: self.convention, skipped, left_out }
    }
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
pub(crate) async fn append_events(app: &App, shop: &Arc<Shop>, events: Vec<Event>) -> ApiResult<Appended> {
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

fn read_events(
    documents: Vec<Document>,
    mut refused: Vec<RowError>,
    settings: &Settings,
    received: Millis,
) -> ApiResult<Vec<Event>> {
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
