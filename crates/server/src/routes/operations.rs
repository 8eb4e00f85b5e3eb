use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Json, Router};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Shared;
use crate::app::App;
use crate::error::{ApiError, ApiResult};
use crate::metrics::label;
use crate::wire::{ErrorAnswer, StatusAnswer};

const INDEX: &str = include_str!("index.html");
/// Our own pages run nothing and load nothing.
const NO_SCRIPTS: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
);

/// What there is to try.
pub(crate) async fn index(headers: HeaderMap) -> Response {
    let wants_html = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if wants_html.is_some_and(|accept| accept.contains("text/html")) {
        return ([NO_SCRIPTS], Html(INDEX)).into_response();
    }
    let try_this = [
        "GET /docs",
        "GET /openapi.json",
        "GET /errors",
        "GET /v1/shops",
        "GET /v1/{shop}/search?q=...",
        "GET /v1/{shop}/recommend?kind=popular",
        "GET /health",
        "GET /metrics",
    ];
    Json(serde_json::json!({ "name": "mercato", "version": env!("CARGO_PKG_VERSION"), "try": try_this }))
        .into_response()
}

/// Is the process alive?
#[utoipa::path(get, path = "/health", tag = "operations", security(()),
    responses((status = 200, description = "It is.", body = StatusAnswer)))]
pub(crate) async fn health() -> Json<StatusAnswer> {
    Json(StatusAnswer::new("ok"))
}

/// Are all shops open?
#[utoipa::path(get, path = "/ready", tag = "operations", security(()),
    responses((status = 200, description = "All are.", body = StatusAnswer),
        (status = 503, description = "Not yet, or not any more.", body = ErrorAnswer)))]
pub(crate) async fn ready(State(app): Shared) -> ApiResult<Json<StatusAnswer>> {
    let not = |code, message: &str| Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(2));
    if app.closing.load(Ordering::Relaxed) {
        return not("closing", "the server is shutting down");
    }
    match app.engine.shops().iter().all(|id| app.engine.shop(id.as_str()).is_ok()) {
        true => Ok(Json(StatusAnswer::new("ready"))),
        false => not("not_ready", "not all shops are open yet"),
    }
}

/// Metrics in the text format of Prometheus. Needs the administrator's key unless the server is told otherwise.
#[utoipa::path(get, path = "/metrics", tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain"),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn metrics(State(app): Shared, headers: HeaderMap) -> ApiResult<Response> {
    if !app.config.metrics_open {
        app.admit_administrator(&headers)?;
    }
    let worker = Arc::clone(&app);
    let text = app.tasks.run(move || {
        measure(&worker)?;
        Ok(worker.metrics.render())
    });
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    Ok(([content_type], text.await?.value).into_response())
}

/// Sets the gauges, which are read off the shops instead of counted.
fn measure(app: &App) -> ApiResult<()> {
    let queue = |name| vec![label("queue", name)];
    app.metrics.set("mercato_queue_depth", queue("answers"), app.answers.waiting() as f64);
    app.metrics.set("mercato_queue_depth", queue("tasks"), app.tasks.waiting() as f64);
    app.metrics.set("mercato_appends_in_flight", Vec::new(), app.appends.load(Ordering::Relaxed) as f64);
    for id in app.engine.shops() {
        let shop = app.engine.shop(id.as_str())?;
        measure_recommenders(app, &shop)?;
        measure_rankers(app, &shop)?;
        let stats = shop.stats()?;
        for (name, value) in [
            ("mercato_items", stats.items as f64),
            ("mercato_events", stats.events as f64),
            ("mercato_actors", stats.actors as f64),
            ("mercato_embeddings_pending", stats.embeddings_pending as f64),
            ("mercato_index_lag", stats.index_lag as f64),
            ("mercato_lexicon_lag", stats.lexicon_lag as f64),
            ("mercato_disk_bytes", stats.disk_bytes as f64),
            ("mercato_searches", stats.searches as f64),
            ("mercato_searches_empty", stats.searches_empty as f64),
        ] {
            app.metrics.set(name, vec![label("shop", id.as_str())], value);
        }
    }
    Ok(())
}

fn measure_recommenders(app: &App, shop: &engine::Shop) -> ApiResult<()> {
    let (id, now) = (shop.id().as_str(), app.clock.now());
    let running = app.trainings.is_running(id);
    app.metrics.set("mercato_training_running", vec![label("shop", id)], f64::from(u8::from(running)));
    for kind in engine::TRAINED_KINDS {
        let labels = || vec![label("shop", id), label("kind", kind.name())];
        let versions = shop.recommender_versions(kind)?;
        let Some(newest) = versions.last() else { continue };
        let in_force = shop.recommender(kind).map_or(0.0, f64::from);
        app.metrics.set("mercato_recommender_version", labels(), in_force);
        let age = (now.0 - newest.made.0) as f64 / types::Millis::SECOND as f64;
        app.metrics.set("mercato_recommender_age_seconds", labels(), age);
    }
    Ok(())
}

fn measure_rankers(app: &App, shop: &engine::Shop) -> ApiResult<()> {
    let (id, now) = (shop.id().as_str(), app.clock.now());
    for kind in engine::RankerKind::ALL {
        let labels = || vec![label("shop", id), label("kind", kind.name())];
        let Some(newest) = shop.ranker_versions(kind)?.pop() else { continue };
        app.metrics.set("mercato_ranker_version", labels(), shop.ranker(kind).map_or(0.0, f64::from));
        let age = (now.0 - newest.made.0) as f64 / types::Millis::SECOND as f64;
        app.metrics.set("mercato_ranker_age_seconds", labels(), age);
    }
    Ok(())
}

/// The description of this API.
pub(crate) async fn openapi() -> Response {
    let content_type = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([content_type], crate::openapi::openapi_json()).into_response()
}

/// The error codes.
pub(crate) async fn errors() -> Response {
    ([NO_SCRIPTS], Html(crate::codes::page())).into_response()
}

/// The browsable description, from files inside the program.
pub(crate) fn docs() -> Router<Arc<App>> {
    let config = Config::new(["/openapi.json"]).try_it_out_enabled(true).persist_authorization(true);
    SwaggerUi::new("/docs").config(config).into()
}
