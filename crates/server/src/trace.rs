use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::error::ApiError;
use crate::keys::random_hex;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
/// Routes called so often that their lines are kept for `debug`.
const QUIET: [&str; 5] = ["/v1/{shop}/events", "/v1/{call}", "/health", "/ready", "/metrics"];

/// Where the time of an answer went; handlers leave it in the response for the header `Server-Timing`.
#[derive(Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) waited: Duration,
    pub(crate) worked: Duration,
}

/// The outermost layer of a request: gives it a trace id and a time limit, writes errors, and tells log and metrics
/// how it went. Neither log nor metrics see paths or bodies, which may name people.
pub(crate) async fn trace(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let came = Instant::now();
    let trace_id = trace_id(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let shop = shop_in(route, request.uri().path());
    let answer = tokio::time::timeout(app.config.limits.request_time, next.run(request)).await;
    let mut response = answer.unwrap_or_else(|_| timed_out().into_response());
    if let Some(error) = response.extensions_mut().remove::<Arc<ApiError>>() {
        error.log(&trace_id);
        let headers = std::mem::take(response.headers_mut());
        response = error.respond(&trace_id);
        // The router's own headers (such as `Allow`) stay.
        headers.into_iter().for_each(|(name, value)| {
            if let Some(name) = name.filter(|name| *name != header::CONTENT_LENGTH) {
                response.headers_mut().entry(name).or_insert(value);
            }
        });
    }
    let took = came.elapsed();
    let shop = shop.filter(|shop| app.seen.read().contains(shop));
    let status = response.status().as_u16();
    if let Some(shop) = &shop {
        app.faults.count(shop, app.clock.now(), status);
    }
    let shop = shop.as_deref().unwrap_or("-");
    app.metrics.answered(route, shop, status, took);
    let micros = took.as_micros() as u64;
    if QUIET.contains(&route) {
        tracing::debug!(trace_id, %method, route, shop, status, micros, "answered");
    } else {
        tracing::info!(trace_id, %method, route, shop, status, micros, "answered");
    }
    finish(&mut response, &trace_id, took);
    response
}

fn finish(response: &mut Response, trace_id: &str, took: Duration) {
    let millis = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1e3);
    let mut timing = format!("total;dur={}", millis(took));
    if let Some(parts) = response.extensions().get::<Timing>() {
        timing = format!("queue;dur={}, engine;dur={}, {timing}", millis(parts.waited), millis(parts.worked));
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&timing) {
        headers.insert(SERVER_TIMING, value);
    }
    if let Ok(value) = HeaderValue::from_str(trace_id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The caller's own id where it is sane, else a new one.
fn trace_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_sane = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    given.filter(is_sane).map_or_else(|| random_hex(16), str::to_owned)
}

/// The shop a path names, an index being one as a rule; becomes a label only where it turns out to exist.
fn shop_in(route: &str, path: &str) -> Option<String> {
    let named = [("/v1/{shop}/", 2), ("/1/indexes/{index}", 3)].into_iter().find(|(start, _)| route.starts_with(start));
    let shop = path.split('/').nth(named?.1)?;
    (shop.len() <= 64).then(|| shop.to_owned())
}

fn timed_out() -> ApiError {
    let message = "the request took too long; an append may still happen: repeat it with the same event ids";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message).retry_after(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sane_request_ids_are_taken_over() {
        let with = |id: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_static(id));
            trace_id(&headers)
        };
        assert_eq!(with("order-42.retry_1"), "order-42.retry_1");
        for bad in ["", "a b", "\"}{", "<script>"] {
            assert_eq!(with(bad).len(), 32, "{bad}");
        }
    }
}
