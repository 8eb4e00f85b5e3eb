//! What happens in a shop, over time and at this moment.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use engine::{LoggedEvent, Shop};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::json;
use types::{Millis, Position};

use super::Shared;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, Options};
use crate::gate::Place;
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, SeriesAnswer, SeriesOptions};

/// How often a live view looks for new events, and how many it is told at once.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const TOLD_AT_ONCE: usize = 200;
/// Live views that are open at once in the whole server.
const LIVE_MAX: usize = 32;

/// Read what happened in the shop over time: searches, what followed from them, what they earned and how long they took.
#[utoipa::path(get, path = "/v1/{shop}/series", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"), SeriesOptions),
    responses((status = 200, description = "Step by step; the last 400 days are remembered.", body = SeriesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn series(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<SeriesOptions>,
) -> ApiResult<Json<SeriesAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let span = options.span(app.clock.now())?;
    let shop = app.shop(&shop)?;
    let known = Arc::clone(&app);
    let read = move || {
        let faults = |from, until| known.faults.between(shop.id().as_str(), from, until);
        Ok(SeriesAnswer::of(&span, shop.activity(Millis(span.from), Millis(span.until)), faults))
    };
    Ok(Json(app.tasks.run(read).await?.value))
}

/// Follow the shop's events as they come, as server-sent events: each is `{"position", "event"}` as in the log. Where they come
/// faster than they can be told, some are passed over, and `{"passed_over"}` says how many.
#[utoipa::path(get, path = "/v1/{shop}/events/live", tag = "events",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "Events, until one of both sides ends it.", body = String, content_type = "text/event-stream"),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn live(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let place = Place::take(&app.live, LIVE_MAX).ok_or_else(ApiError::overloaded)?;
    let shop = app.shop(&shop)?;
    let began = Live { next: shop.log_end(), shop, app, _held: (pass, place) };
    let told = stream::unfold(began, |mut live| async {
        loop {
            if live.app.closing.load(Ordering::Relaxed) {
                return None;
            }
            tokio::time::sleep(LOOK_EVERY).await;
            match live.look().await {
                Ok(events) if events.is_empty() => {}
                Ok(events) => return Some((stream::iter(events.into_iter().map(Ok)), live)),
                Err(error) => {
                    tracing::warn!(error = error.told(), "a live view ends");
                    return None;
                }
            }
        }
    });
    Ok(Sse::new(told.flatten()).keep_alive(KeepAlive::default()))
}

/// A live view of a shop's log.
struct Live {
    next: Position,
    shop: Arc<Shop>,
    app: Arc<App>,
    /// What counts it.
    _held: (crate::auth::Pass, Place),
}

impl Live {
    /// What came since the last look.
    async fn look(&mut self) -> ApiResult<Vec<Event>> {
        let end = self.shop.log_end();
        let new = end.0.saturating_sub(self.next.0);
        if new == 0 {
            return Ok(Vec::new());
        }
        let passed_over = new.saturating_sub(TOLD_AT_ONCE as u64);
        let from = Position(self.next.0 + passed_over);
        let shop = Arc::clone(&self.shop);
        let events = self.app.tasks.run(move || Ok(shop.events(from, TOLD_AT_ONCE)?)).await?.value;
        self.next = events.last().map_or(end, |last| last.position.next());
        let over = (passed_over > 0).then(|| json!({ "passed_over": passed_over }).to_string());
        Ok(over.into_iter().chain(events.iter().map(told)).map(|data| Event::default().data(data)).collect())
    }
}

fn told(logged: &LoggedEvent) -> String {
    json!({ "position": logged.position.0, "event": formats::json::event_to_json(&logged.event) }).to_string()
}
