//! Events as others write them, at our route and at that of Segment's libraries.

use axum::body::Body;
use base64::Engine as _;
use serde_json::{Value, json};

use super::harness::{Answer, Server, gzip, request};

const TYPE: (&str, &str) = ("content-type", "application/json");

/// A journey of one guest in one batch, with a removal, a search in Chinese and something unknown.
fn batch() -> Value {
    let call = |id: &str, event: &str, properties: Value| {
        json!({"type": "track", "messageId": id, "anonymousId": "guest-1", "event": event,
            "timestamp": "2026-11-21T23:00:00Z", "properties": properties})
    };
    json!({"sentAt": "2026-11-21T23:00:01Z", "batch": [
        {"type": "identify", "messageId": "m0", "userId": "u-7", "anonymousId": "guest-1", "traits": {"plan": "gold"}},
        call("m1", "Products Searched", json!({"query": "红色连衣裙"})),
        call("m2", "Product Viewed", json!({"product_id": "boots-1", "price": 89.9})),
        call("m3", "Product Added", json!({"product_id": "boots-1", "price": 89.9, "quantity": 2, "currency": "EUR"})),
        call("m4", "Product Removed", json!({"product_id": "boots-1", "quantity": 1})),
        call("m5", "Order Completed", json!({"order_id": "o-1", "currency": "EUR",
            "products": [{"product_id": "boots-1", "price": 89.9, "quantity": 1}, {"product_id": "裙-1", "price": 20}]})),
        call("m6", "Quiz Taken", json!({})),
    ]})
}

fn basic(user: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:")))
}

#[tokio::test]
async fn conventions_are_told_by_the_documents_and_repeats_are_harmless() {
    let server = Server::with_shop().await;
    let send = async || server.json("POST", "/v1/gifts/events", batch().to_string()).await.json();
    let first = send().await;
    assert_eq!((&first["format"], &first["accepted"]), (&json!("segment"), &json!(6)), "{first}");
    let skipped: Vec<&str> =
        first["skipped"].as_array().unwrap().iter().filter_map(|one| one["what"].as_str()).collect();
    assert_eq!(skipped, ["Quiz Taken", "identify"]);
    // The view names no currency, so its price says nothing.
    assert_eq!(first["left_out"][0]["what"], "batch[].properties.price", "{first}");
    let second = send().await;
    assert_eq!((&second["accepted"], &second["duplicates"]), (&json!(0), &json!(6)));

    let log = server.get("/v1/gifts/log").await.json();
    let events: Vec<String> = log["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|logged| &logged["event"])
        .map(|event| format!("{} {} {}", event["type"], event["item"], event["value"]["amount"]))
        .collect();
    let expected = [
        "\"search\" null null",
        "\"view\" \"boots-1\" null",
        "\"add-to-cart\" \"boots-1\" 179.8",
        "\"custom:remove-from-cart\" \"boots-1\" null",
        "\"purchase\" \"boots-1\" 89.9",
        "\"purchase\" \"裙-1\" 20",
    ];
    assert_eq!(events, expected, "{log}");
}

#[tokio::test]
async fn a_named_format_is_taken_at_its_word() {
    let server = Server::with_shop().await;
    let post = async |path: &str, body: Value| server.json("POST", path, body.to_string()).await;
    let ga4 = json!({"client_id": "c-1", "timestamp_micros": "1795300000000000", "events": [
        {"name": "add_to_cart", "params": {"value": 5, "items": [{"item_id": "cup", "price": 5}]}}]});
    let answer = post("/v1/gifts/events?format=ga4&currency=GBP", ga4.clone()).await.json();
    assert_eq!((&answer["accepted"], answer.get("left_out")), (&json!(1), None), "{answer}");
    let log = server.get("/v1/gifts/log").await.json();
    assert_eq!(log["events"][0]["event"]["value"], json!({"amount": 5, "currency": "GBP"}), "{log}");

    assert_eq!(post("/v1/gifts/events?format=segmnt", ga4.clone()).await.outcome(), "422 format_unknown format");
    assert_eq!(post("/v1/gifts/events?currency=euro", ga4.clone()).await.outcome(), "422 currency_invalid currency");
    assert_eq!(post("/v1/gifts/events?formt=ga4", ga4.clone()).await.outcome(), "400 query_string_invalid");
    let refused = post("/v1/gifts/events?format=segment", ga4).await;
    assert_eq!(refused.outcome(), "422 rows_refused event");
    // Our own documents go on as before, and get random ids where they bring none.
    let own = json!([{"type": "view", "item": "cup", "user": "u"}, {"type": "view", "item": "cup", "user": "u"}]);
    let answer = post("/v1/gifts/events", own).await.json();
    assert_eq!((&answer["accepted"], answer.get("format")), (&json!(2), None), "{answer}");
}

#[tokio::test]
async fn lines_of_others_are_refused_by_row_and_field() {
    let server = Server::with_shop().await;
    let lines = [
        json!({"FeedbackType": "read", "UserId": "u", "ItemId": "cup", "Timestamp": "2026-11-21T23:00:02Z"}),
        json!({"FeedbackType": "cart", "UserId": "u", "ItemId": "cup", "Timestamp": "never"}),
    ];
    let body = lines.map(|line| line.to_string()).join("\n");
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    let answer = server.send(request("POST", "/v1/gifts/events", &headers, gzip(body.as_bytes()))).await;
    assert_eq!(answer.outcome(), "422 rows_refused Timestamp");
    assert_eq!(answer.json()["error"]["rows"][0]["row"], 2);
    assert_eq!(server.get("/v1/gifts/log").await.json()["events"], json!([]));
}

/// Two shops, and keys for them.
async fn with_keys() -> Server {
    let server = Server::with_keys();
    for shop in ["gifts", "toys"] {
        let body = json!({"id": shop, "settings": {"encoders": []}}).to_string();
        let headers = [TYPE, ("authorization", "Bearer admin")];
        assert_eq!(server.send(request("POST", "/v1/shops", &headers, body)).await.outcome(), "201");
    }
    server
}

async fn call(server: &Server, path: &str, key: Option<&str>, kind: &str, body: impl Into<Body>) -> Answer {
    let authorization = key.map(basic);
    let headers: Vec<(&str, &str)> = std::iter::once(("content-type", kind))
        .chain(authorization.as_deref().map(|value| ("authorization", value)))
        .collect();
    server.send(request("POST", path, &headers, body)).await
}

#[tokio::test]
async fn segments_libraries_can_point_here() {
    let server = with_keys().await;
    let json_type = TYPE.1;
    let sent = call(&server, "/v1/batch", Some("gifts-search"), json_type, batch().to_string()).await.json();
    assert_eq!((&sent["success"], &sent["accepted"]), (&json!(true), &json!(6)), "{sent}");
    // One bad call does not keep the others out, for libraries do not send again what was refused.
    let mixed = json!({"batch": [
        {"type": "track", "messageId": "n1", "event": "Product Viewed", "properties": {"product_id": "cup"}},
        {"type": "track", "messageId": "n2", "event": "Product Viewed", "properties": {}}]});
    let sent = call(&server, "/v1/b", Some("toys-write"), json_type, mixed.to_string()).await.json();
    assert_eq!((&sent["accepted"], &sent["refused"][0]["field"]), (&json!(1), &json!("batch[1].properties.products")));
    // From a browser: plain text, with the key inside.
    let track = json!({"writeKey": "gifts-search", "messageId": "b1", "event": "Product Clicked", "anonymousId": "g",
        "properties": {"product_id": "裙-1", "position": 3}});
    let sent = call(&server, "/v1/t", None, "text/plain", track.to_string()).await.json();
    assert_eq!(sent["accepted"], 1, "{sent}");
    for path in ["/v1/page", "/v1/identify", "/v1/group"] {
        let sent = call(&server, path, Some("gifts-write"), json_type, json!({"userId": "u"}).to_string()).await.json();
        assert_eq!((&sent["accepted"], &sent["skipped"][0]["count"]), (&json!(0), &json!(1)), "{path} {sent}");
    }
    let log = server.get_as("gifts-admin", "/v1/gifts/log").await.json();
    assert_eq!(log["events"].as_array().unwrap().len(), 7, "{log}");
}

#[tokio::test]
async fn trackers_need_a_key_of_a_shop() {
    let server = with_keys().await;
    let body = || batch().to_string();
    for (path, key, expected) in [
        ("/v1/batch", None, "401 key_missing"),
        ("/v1/batch", Some(""), "401 key_missing"),
        ("/v1/batch", Some("stranger"), "401 key_unknown"),
        ("/v1/batch", Some("admin"), "403 key_wrong_shop"),
        ("/v1/other", Some("gifts-search"), "404 unknown_route"),
        ("/v1/other", None, "401 key_missing"),
    ] {
        assert_eq!(call(&server, path, key, TYPE.1, body()).await.outcome(), expected, "{path} {key:?}");
    }
    let bad = call(&server, "/v1/track", Some("gifts-search"), TYPE.1, "{\"event\": \"Product Viewed\"}").await;
    assert_eq!(bad.outcome(), "422 rows_refused properties.products");
    assert_eq!(call(&server, "/v1/batch", Some("gifts-search"), TYPE.1, "[1").await.status, 422);
    // Without keys the write key names the shop, and a foreign page cannot send with a form.
    let open = Server::with_shop().await;
    assert_eq!(call(&open, "/v1/batch", Some("gifts"), TYPE.1, body()).await.json()["accepted"], 6);
    assert_eq!(
        call(&open, "/v1/batch", Some("gifts"), "text/plain", body()).await.outcome(),
        "415 media_type_unsupported Content-Type"
    );
    assert_eq!(call(&open, "/v1/batch", Some("nowhere"), TYPE.1, body()).await.outcome(), "404 unknown_shop");
}
