//! The script for pages, and what they send with it.

use super::harness::{Answer, Server, request};
use crate::routes::tracker::SCRIPT;

#[tokio::test]
async fn the_tracker_is_served_to_anybody_and_is_small() {
    let answer = Server::with_keys().get("/m.js").await;
    assert_eq!((answer.outcome().as_str(), answer.text.as_str()), ("200", SCRIPT));
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert!(SCRIPT.len() <= 3000, "{} bytes", SCRIPT.len());
}

const VIEW: &str = r#"[{"type": "view", "item": "boots-1", "anonymous": "a-1"}]"#;
const SHOWN: &str = r#"{"type": "impression", "query_id": "q-1", "surface": "home", "shown": [{"item": "裙-1"}]}"#;

async fn beacon(server: &Server, key: &str, body: &'static str) -> Answer {
    let path = format!("/v1/gifts/events?key={key}");
    server.send(request("POST", &path, &[("content-type", "text/plain;charset=UTF-8")], body)).await
}

#[tokio::test]
async fn a_page_says_its_key_behind_the_question_mark_and_tells_what_shoppers_did_only() {
    let server = Server::with_keys();
    let headers = [("authorization", "Bearer admin"), ("content-type", "application/json")];
    let body = r#"{"id": "gifts", "settings": {"encoders": []}}"#;
    assert_eq!(server.send(request("POST", "/v1/shops", &headers, body)).await.outcome(), "201");
    for (key, body, expected) in [
        ("gifts-search", VIEW, "200"),
        ("gifts-write", SHOWN, "200"),
        ("toys-write", VIEW, "403 key_wrong_shop"),
        ("admin", VIEW, "403 key_wrong_shop"),
        ("nobody", VIEW, "401 key_unknown"),
        ("", VIEW, "401 key_unknown"),
        ("gifts-admin", r#"{"type": "item-deleted", "item": "boots-1"}"#, "403 key_scope"),
        ("gifts-admin", r#"{"type": "user-erased", "user": "u-1"}"#, "403 key_scope"),
        ("gifts-search", "no json", "400 invalid_json"),
    ] {
        assert_eq!(beacon(&server, key, body).await.outcome(), expected, "{key} {body}");
    }
}

#[tokio::test]
async fn a_server_without_keys_takes_no_plain_text_from_pages_of_others() {
    let server = Server::with_shop().await;
    assert_eq!(beacon(&server, "any", VIEW).await.outcome(), "415 media_type_unsupported Content-Type");
    let answer = server.json("POST", "/v1/gifts/events?key=any", VIEW).await;
    assert_eq!(answer.outcome(), "200");
}
