//! Whole shops over HTTP.

use axum::body::Body;
use serde_json::{Value, json};

use super::harness::{Answer, Server, request};
use crate::keys::Keys;
use crate::{Access, ServerConfig};

const ITEMS: &str = r#"[
    {"id": "dress", "title": "红色雪纺连衣裙", "brand": "花田", "price": {"amount": 199, "currency": "CNY"}, "category": [["女装", "连衣裙"]]},
    {"id": "boots", "title": "Waterproof hiking boots", "brand": "Northwall", "price": {"amount": 89.9, "currency": "CNY"},
     "category": [["Shoes", "Hiking"]]},
    {"id": "sandals", "title": "Light hiking sandals <script>alert(1)</script>", "brand": "Northwall",
     "price": {"amount": 39, "currency": "CNY"}, "category": [["Shoes", "Sandals"]]},
    {"id": "gone", "title": "Old hiking boots", "brand": "Northwall", "stock": 0}
]"#;

async fn stocked() -> Server {
    let server = Server::with_shop().await;
    let put = server.json("POST", "/v1/gifts/items", ITEMS).await;
    assert_eq!(put.json(), json!({"accepted": 4, "duplicates": 0, "end": 4}));
    server.settle();
    server
}

fn ids(answer: &Answer) -> Vec<String> {
    let items = answer.json()["items"].as_array().cloned().unwrap_or_else(|| panic!("{}", answer.text));
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn items_go_in_change_and_go() {
    let server = Server::with_shop().await;
    let path = "/v1/gifts/items/%E8%A3%99%2F1";
    let put = server.json("PUT", path, r#"{"title": {"zh": "连衣裙", "en": "Dress"}, "stock": 3}"#).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    assert_eq!(server.get(path).await.json()["title"], json!({"zh": "连衣裙", "en": "Dress"}));
    let patch = server.json("PATCH", path, r#"{"stock": 2, "price": {"amount": 9.5, "currency": "EUR"}}"#).await;
    assert_eq!(patch.outcome(), "200", "{}", patch.text);
    let item = server.get(path).await.json();
    assert_eq!((&item["id"], &item["stock"], &item["price"]["amount"]), (&json!("裙/1"), &json!(2), &json!(9.5)));
    for (method, body, expected) in [
        ("PUT", r#"{"id": "other"}"#, "422 id_mismatch id"),
        ("PUT", r#"{"price": {"amount": 3}}"#, "422 currency_missing price.currency"),
        ("PUT", r#"{"price": 3}"#, "422 currency_missing price.currency"),
        ("PUT", r#"{"colour": "red"}"#, "422 unknown_field colour"),
        ("PUT", r#"{"title": 3}"#, "422 type_mismatch title"),
        ("PUT", r#"{"rating": NaN}"#, "400 invalid_json"),
        ("PUT", "[]", "422 type_mismatch"),
        ("PATCH", r#"{"available": null}"#, "422 type_mismatch available"),
    ] {
        assert_eq!(server.json(method, path, body).await.outcome(), expected, "{body}");
    }
    let huge = format!(r#"{{"attributes": {{"a": "{}"}}}}"#, "红".repeat(400_000));
    assert_eq!(server.json("PUT", path, huge).await.outcome(), "413 body_too_large");
    let delete = || server.send(request("DELETE", path, &[], Body::empty()));
    assert_eq!(delete().await.outcome(), "200");
    assert_eq!(delete().await.outcome(), "404 unknown_item");
    assert_eq!(server.get(path).await.outcome(), "404 unknown_item");
    assert_eq!(server.json("PATCH", path, "{}").await.outcome(), "404 unknown_item");
    assert_eq!(server.get("/v1/nosuch/items/a").await.outcome(), "404 unknown_shop");
}

#[tokio::test]
async fn batches_are_all_or_nothing() {
    let server = Server::with_shop().await;
    let batch = r#"[{"id": "a"}, {"id": "b", "price": {"amount": 1}}, {"id": "a"}, {"title": "no id"}]"#;
    let refused = server.json("POST", "/v1/gifts/items", batch).await;
    assert_eq!(refused.outcome(), "422 rows_refused price.currency");
    let error = &refused.json()["error"];
    let rows: Vec<_> = error["rows"].as_array().unwrap().iter().map(|row| (&row["row"], &row["code"])).collect();
    let wanted = [(2, "currency_missing"), (3, "duplicate_id"), (4, "field_missing")];
    assert_eq!(
        format!("{rows:?}"),
        format!("{:?}", wanted.map(|(row, code)| (json!(row), json!(code))).each_ref().map(|(a, b)| (a, b)))
    );
    assert_eq!(error["rows"][1]["expected"], "an id of its own; row 1 has the same");
    assert_eq!(server.get("/v1/gifts/items").await.json(), json!({"items": []}));
    let lines = "{\"id\": \"a\"}\n\n{\"id\": \n{\"id\": \"红\"}\n";
    let ndjson = [("content-type", "application/x-ndjson")];
    let refused = server.send(request("POST", "/v1/gifts/items", &ndjson, lines)).await;
    let row = refused.json()["error"]["rows"][0].clone();
    assert_eq!((&row["row"], &row["line"], &row["code"]), (&json!(2), &json!(3), &json!("invalid_json")));
    let lines = "{\"put\": {\"id\": \"a\"}}\n{\"put\": {\"id\": \"红\"}}\n{\"delete\": \"none\"}\n";
    let taken = server.send(request("POST", "/v1/gifts/items:batch", &ndjson, lines)).await;
    assert_eq!(taken.json()["accepted"], 3, "{}", taken.text);
    let many: Vec<Value> = (0..150).map(|_| json!({"delete": 1})).collect();
    let refused = server.json("POST", "/v1/gifts/items:batch", json!(many).to_string()).await.json();
    assert_eq!(
        (refused["error"]["rows"].as_array().unwrap().len(), &refused["error"]["rows_refused"]),
        (100, &json!(150))
    );
    let page = server.get("/v1/gifts/items?limit=1").await.json();
    assert_eq!((&page["items"][0]["id"], &page["next"]), (&json!("a"), &json!("a")));
    assert_eq!(ids(&server.get("/v1/gifts/items?after=a").await), ["红"]);
}

#[tokio::test]
async fn events_are_taken_once() {
    let server = stocked().await;
    let one = r#"{"event_id": "e1", "type": "view", "item": "dress", "user": "王"}"#;
    assert_eq!(
        server.json("POST", "/v1/gifts/events", one).await.json(),
        json!({"accepted": 1, "duplicates": 0, "end": 5})
    );
    assert_eq!(
        server.json("POST", "/v1/gifts/events", one).await.json(),
        json!({"accepted": 0, "duplicates": 1, "end": 5})
    );
    for (body, expected) in [
        (r#"{"type": "view", "item": "dress", "time": "2030-01-01T00:00:00Z"}"#, "422 time_out_of_range time"),
        (r#"{"type": "vew", "item": "dress"}"#, "422 event_type_unknown type"),
        (r#"{"type": "view", "item": "dress", "quantity": -1}"#, "422 out_of_range quantity"),
        (r#"[{"type": "view", "item": "dress"}, {"type": "view"}]"#, "422 rows_refused item"),
    ] {
        assert_eq!(server.json("POST", "/v1/gifts/events", body).await.outcome(), expected, "{body}");
    }
    let log = server.get("/v1/gifts/log?from=4").await.json();
    assert_eq!((&log["events"][0]["event"]["event_id"], &log["next"]), (&json!("e1"), &json!(5)));
    let erased = server.send(request("DELETE", "/v1/gifts/users/%E7%8E%8B", &[], Body::empty())).await;
    assert_eq!(erased.json()["accepted"], 1);
}

#[tokio::test]
async fn searches_in_both_languages() {
    let server = stocked().await;
    let body = r#"{"query": "hiking boots", "facets": ["brand"], "explain": true}"#;
    let answer = server.json("POST", "/v1/gifts/search", body).await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
    let json = answer.json();
    assert_eq!(
        (&json["items"][0]["id"], &json["items"][0]["position"], &json["total"]),
        (&json!("boots"), &json!(1), &json!(2))
    );
    assert_eq!(json["facets"][0]["values"], json!([{"value": "Northwall", "count": 2}]));
    assert!(
        json["items"][0]["explanation"]["terms"].as_array().is_some_and(|terms| !terms.is_empty()),
        "{}",
        answer.text
    );
    assert!(answer.header("server-timing").starts_with("queue;dur="));
    assert_eq!(ids(&server.get("/v1/gifts/search?q=%E8%BF%9E%E8%A1%A3%E8%A3%99&limit=1").await), ["dress"]);
    let sandals = server.get("/v1/gifts/search?q=sandals").await.json();
    let highlight = sandals["items"][0]["highlights"]["title"].as_str().unwrap();
    assert!(highlight.contains("<em>sandals</em>") && !highlight.contains("<script>"), "{highlight}");
    let sorted = server.json("POST", "/v1/gifts/search", r#"{"sort": ["price:desc"], "filter": "price > 0"}"#).await;
    assert_eq!(ids(&sorted), ["dress", "boots", "sandals"]);
}

#[tokio::test]
async fn odd_queries_get_sensible_answers() {
    let server = stocked().await;
    let gone = r#"{"query": "old hiking boots", "include_unavailable": true, "limit": 1}"#;
    assert_eq!(ids(&server.json("POST", "/v1/gifts/search", gone).await), ["gone"]);
    for (body, total) in [
        (r#"{}"#, 3),
        (r#"{"query": "   "}"#, 3),
        (r#"{"query": "", "offset": 9980}"#, 3),
        (r#"{"query": "🥾👢"}"#, 0),
        (r#"{"query": "حذاء للمشي \u202eboots"}"#, 2),
        (r#"{"query": "\u0000\u0007"}"#, 0),
        (r#"{"query": "hiking\u0007 boots"}"#, 2),
        (r#"{"query": "\"; drop table items; -- \\ ( [ {"}"#, 0),
    ] {
        let answer = server.json("POST", "/v1/gifts/search", body).await;
        assert_eq!(answer.outcome(), "200", "{body}: {}", answer.text);
        if total > 0 {
            assert!(answer.json()["total"].as_u64() >= Some(1), "{body}: {}", answer.text);
        }
    }
    for (body, expected) in [
        (r#"{"filter": "colour = \"red\""}"#, "422 unknown_attribute"),
        (r#"{"facets": ["colour"]}"#, "422 unknown_attribute"),
        (r#"{"sort": ["颜色"]}"#, "422 unknown_attribute"),
        (r#"{"cursor": "made-up"}"#, "410 stale_cursor cursor"),
    ] {
        assert_eq!(server.json("POST", "/v1/gifts/search", body).await.outcome(), expected, "{body}");
    }
}

#[tokio::test]
async fn the_next_recommendation_reflects_an_event() {
    let server = stocked().await;
    let buy = r#"[{"type": "purchase", "item": "sandals", "user": "u1"}, {"type": "purchase", "item": "sandals", "user": "u2"},
                  {"type": "view", "item": "dress", "user": "u1"}]"#;
    assert_eq!(server.json("POST", "/v1/gifts/events", buy).await.json()["accepted"], 3);
    assert_eq!(ids(&server.get("/v1/gifts/recommend?kind=popular").await)[0], "sandals");
    assert_eq!(ids(&server.get("/v1/gifts/recommend?kind=recently-viewed&user=u1").await)[0], "dress");
    for kind in ["for-you", "trending", "new", "similar", "bought-together"] {
        let body = json!({"kind": kind, "user": "u1", "items": ["boots"], "explain": true}).to_string();
        let answer = server.json("POST", "/v1/gifts/recommend", body).await;
        assert_eq!(answer.outcome(), "200", "{kind}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_item_can_be_asked_why() {
    let server = stocked().await;
    let ask = async |body: Value| {
        let answer = server.json("POST", "/v1/gifts/explain", body.to_string()).await;
        assert_eq!(answer.outcome(), "200", "{}", answer.text);
        answer.json()
    };
    let shown = ask(json!({"item": "sandals", "search": {"query": "hiking boots"}})).await;
    assert_eq!((&shown["position"], &shown["reasons"]), (&json!(2), &json!([])));
    assert!(shown["explanation"]["found"].as_array().is_some_and(|found| !found.is_empty()), "{shown}");
    for (body, code) in [
        (json!({"item": "gone", "search": {"query": "hiking boots"}}), "unavailable"),
        (json!({"item": "boots", "search": {"query": "hiking boots", "filter": "price < 50"}}), "filtered"),
        (
            json!({"item": "boots", "search": {"query": "hiking", "rules": [{"hide": {"filter": "id = boots"}}]}}),
            "hidden",
        ),
        (json!({"item": "boots", "recommend": {"kind": "similar", "items": ["boots"]}}), "excluded"),
        (json!({"item": "dress", "search": {"query": "hiking"}}), "not_found"),
    ] {
        let answer = ask(body).await;
        assert_eq!((&answer["position"], &answer["reasons"][0]["code"]), (&Value::Null, &json!(code)), "{answer}");
    }
    let unknown = r#"{"item": "nosuch", "search": {}}"#;
    assert_eq!(server.json("POST", "/v1/gifts/explain", unknown).await.outcome(), "404 unknown_item");
    let log = server.get("/v1/gifts/log").await.json();
    assert!(log["events"].as_array().unwrap().iter().all(|one| one["event"]["type"] != "impression"), "{log}");
}

#[tokio::test]
async fn settings_are_checked_and_kept() {
    let server = stocked().await;
    let body =
        r#"{"encoders": [], "rules": [{"boost": {"filter": "brand = \"花田\"", "factor": 2}}], "diversity": 0.2}"#;
    assert_eq!(server.json("PUT", "/v1/gifts/settings", body).await.outcome(), "200");
    let settings = server.get("/v1/gifts/settings").await.json();
    assert_eq!((&settings["diversity"], &settings["rules"][0]["boost"]["factor"]), (&json!(0.2), &json!(2)));
    for (body, expected) in [
        (r#"{"encoders": ["nosuch"]}"#, "422 encoder_unknown encoders"),
        (r#"{"diversity": 2}"#, "422 out_of_range diversity"),
        (r#"{"rulez": []}"#, "422 unknown_field rulez"),
    ] {
        assert_eq!(server.json("PUT", "/v1/gifts/settings", body).await.outcome(), expected, "{body}");
    }
    let again = server.json("POST", "/v1/shops", r#"{"id": "gifts"}"#).await.outcome();
    assert!(again == "409 shop_exists" || again == "422 encoder_unknown encoders", "{again}");
}

#[tokio::test]
async fn keys_are_made_used_and_deleted() {
    let server = Server::with(ServerConfig::default());
    server.app.keys.add_configured("admin");
    let key = |token: &str| [("content-type", "application/json".to_owned()), ("x-api-key", token.to_owned())];
    let send = async |token: &str, method: &str, path: &str, body: &str| {
        let headers = key(token);
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        server.send(request(method, path, &headers, body.to_owned())).await
    };
    for shop in ["gifts", "toys"] {
        let body = json!({"id": shop, "settings": {"encoders": []}}).to_string();
        assert_eq!(send("admin", "POST", "/v1/shops", &body).await.outcome(), "201");
    }
    let made = send("admin", "POST", "/v1/gifts/keys", r#"{"name": "店面", "scope": "search"}"#).await.json();
    let token = made["key"].as_str().unwrap().to_owned();
    assert!(token.starts_with("mk_") && token.len() == 67);
    assert_eq!(send(&token, "GET", "/v1/gifts/search?q=x", "").await.outcome(), "200");
    assert_eq!(send(&token, "GET", "/v1/toys/search?q=x", "").await.outcome(), "403 key_wrong_shop");
    let listed = send("admin", "GET", "/v1/gifts/keys", "").await;
    assert!(!listed.text.contains(&token) && listed.json()["keys"][0]["name"] == "店面");
    let kept = server.app.engine.document("keys").unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&kept).contains(&token));
    let reloaded = Keys::load(&server.app.engine, None).unwrap();
    assert!(reloaded.find(&token).is_some() && reloaded.find("admin").is_none());
    let path = format!("/v1/gifts/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(send("admin", "DELETE", &path, "").await.outcome(), "204");
    assert_eq!(send("admin", "DELETE", &path, "").await.outcome(), "404 unknown_key");
    assert_eq!(send(&token, "GET", "/v1/gifts/search?q=x", "").await.outcome(), "401 key_unknown");
    let made = send("admin", "POST", "/v1/toys/keys", r#"{"name": "x", "scope": "write"}"#).await.json();
    assert_eq!(send("admin", "DELETE", "/v1/shops/toys", "").await.outcome(), "204");
    assert_eq!(send(made["key"].as_str().unwrap(), "GET", "/v1/toys/stats", "").await.outcome(), "401 key_unknown");
    let first = crate::ensure_admin_key(&server.app.engine).unwrap();
    assert!(first.is_some_and(|token| token.starts_with("mk_")));
    assert_eq!(crate::ensure_admin_key(&server.app.engine).unwrap(), None);
}

#[tokio::test]
async fn figures_tell_what_happened() {
    let server = stocked().await;
    assert_eq!(server.get("/v1/gifts/search?q=boots").await.outcome(), "200");
    assert_eq!(server.get("/v1/nosuch/search?q=boots").await.outcome(), "404 unknown_shop");
    assert_eq!(server.get("/v1/gifts/stats").await.json()["items"], 4);
    assert_eq!(server.get("/ready").await.outcome(), "200");
    let metrics = server.get("/metrics").await.text;
    for line in [
        r#"mercato_requests_total{route="/v1/{shop}/search",shop="gifts",status="200"} 1"#,
        r#"mercato_requests_total{route="/v1/{shop}/search",shop="-",status="404"} 1"#,
        r#"mercato_events_accepted_total{shop="gifts"} 4"#,
        r#"mercato_items{shop="gifts"} 4"#,
        r#"mercato_queue_depth{queue="answers"} 0"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("nosuch"));
}

#[tokio::test]
async fn a_served_shop_drains_and_closes() {
    use std::io::{Read as _, Write as _};
    let server = Server::with_shop().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let config = ServerConfig { access: Access::Open, ..ServerConfig::default() };
    let engine = std::sync::Arc::clone(&server.app.engine);
    let shutdown = async { drop(stopped.await) };
    let serving = tokio::spawn(crate::serve_on(listener, engine, config, shutdown));
    let body = r#"{"type": "search", "query": "靴子", "session": "s"}"#;
    let head = "POST /v1/gifts/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let sent = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    let client = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = client.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"accepted\":1"), "{answer}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
    assert!(server.app.engine.shops().is_empty());
}
