//! Who is let in, what every answer carries, and what happens under too much work.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use http_body_util::{BodyExt as _, Empty};

use super::harness::{Server, request};
use crate::config::{Access, Limits, ServerConfig};
use crate::gate::Place;

#[tokio::test]
async fn keys_open_their_own_shop_and_scope() {
    let server = Server::with_keys();
    for (key, path, expected) in [
        ("gifts-search", "/v1/gifts/items", "403 key_scope"),
        ("gifts-search", "/v1/gifts/keys", "403 key_scope"),
        ("gifts-write", "/v1/gifts/log", "403 key_scope"),
        ("gifts-write", "/v1/toys/items", "403 key_wrong_shop"),
        ("toys-write", "/v1/gifts/search?q=x", "403 key_wrong_shop"),
        ("gifts-admin", "/v1/nosuch/search?q=x", "403 key_wrong_shop"),
        ("gifts-admin", "/v1/shops", "403 key_scope"),
        ("gifts-admin", "/metrics", "403 key_scope"),
        ("mk_guess", "/v1/gifts/search?q=x", "401 key_unknown"),
        // Let through: the request itself is what is wrong.
        ("gifts-search", "/v1/gifts/search?limit=0", "422 limit_out_of_range limit"),
        ("admin", "/v1/gifts/log?limit=0", "422 limit_out_of_range limit"),
    ] {
        assert_eq!(server.get_as(key, path).await.outcome(), expected, "{key} {path}");
    }
}

#[tokio::test]
async fn keys_travel_in_two_headers() {
    let server = Server::with_keys();
    let path = "/v1/gifts/search?limit=0";
    let nobody = server.get(path).await;
    assert_eq!((nobody.outcome().as_str(), nobody.header("www-authenticate")), ("401 key_missing", "Bearer"));
    for (name, value, expected) in [
        ("x-api-key", "gifts-search", "422 limit_out_of_range limit"),
        ("authorization", "bearer gifts-search", "422 limit_out_of_range limit"),
        ("authorization", "Basic Z2lmdHM6", "401 key_missing"),
        ("authorization", "gifts-search", "401 key_missing"),
    ] {
        let answer = server.send(request("GET", path, &[(name, value)], Body::empty())).await;
        assert_eq!(answer.outcome(), expected, "{name}: {value}");
    }
}

#[tokio::test]
async fn answers_carry_trace_id_and_timing() {
    let server = Server::open();
    let headers = [("x-request-id", "order-42")];
    let answer = server.send(request("GET", "/v1/gifts/search?limit=0", &headers, Body::empty())).await;
    assert_eq!((answer.header("x-request-id"), answer.json()["trace_id"].as_str()), ("order-42", Some("order-42")));
    assert!(answer.header("server-timing").starts_with("total;dur="));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let health = server.get("/health").await;
    assert_eq!((health.status.as_u16(), health.header("x-request-id").len()), (200, 32));
}

#[tokio::test]
async fn one_key_cannot_take_everything() {
    let limits = Limits { per_key: 1, ..Limits::default() };
    let server = Server::with(ServerConfig { limits, ..ServerConfig::default() });
    server.app.keys.add_configured("admin");
    let path = "/v1/gifts/log?limit=0";
    assert_eq!(server.get_as("admin", path).await.outcome(), "422 limit_out_of_range limit");
    let key = server.app.keys.find("admin").unwrap();
    let busy = Place::take(&key.in_flight, 1).unwrap();
    let answer = server.get_as("admin", path).await;
    assert_eq!((answer.outcome().as_str(), answer.header("retry-after")), ("429 too_many_requests", "1"));
    drop(busy);
    assert_eq!(server.get_as("admin", path).await.outcome(), "422 limit_out_of_range limit");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let server = Server::open();
    let answer = server.json("POST", "/v1/gifts/search", body_that_hangs()).await;
    assert_eq!(answer.outcome(), "408 body_timeout");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered_503() {
    let limits = Limits { request_time: Duration::from_secs(5), ..Limits::default() };
    let server = Server::with(ServerConfig { access: Access::Open, limits, ..ServerConfig::default() });
    let answer = server.json("POST", "/v1/gifts/search", body_that_hangs()).await;
    assert_eq!((answer.outcome().as_str(), answer.header("retry-after")), ("503 timeout", "2"));
}

/// A body that never comes to its end.
fn body_that_hangs() -> Body {
    let trailers = std::future::pending::<Option<Result<HeaderMap, std::convert::Infallible>>>();
    Body::new(Empty::<Bytes>::new().with_trailers(trailers))
}

#[tokio::test]
async fn foreign_origins_are_let_in_only_where_configured() {
    let preflight = || {
        let headers = [("origin", "https://shop.example"), ("access-control-request-method", "POST")];
        request("OPTIONS", "/v1/gifts/search", &headers, Body::empty())
    };
    let closed = Server::open().send(preflight()).await;
    assert_eq!(closed.header("access-control-allow-origin"), "");
    let config = ServerConfig { access: Access::Open, cors: true, ..ServerConfig::default() };
    let open = Server::with(config).send(preflight()).await;
    assert_eq!((open.status.as_u16(), open.header("access-control-allow-origin")), (200, "*"));
}

#[tokio::test]
async fn a_server_that_closes_is_not_ready() {
    let server = Server::open();
    server.app.closing.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(server.get("/ready").await.outcome(), "503 closing");
    assert_eq!(server.get("/health").await.outcome(), "200");
}
