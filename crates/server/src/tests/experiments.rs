//! Experiments and flags over HTTP.

use axum::body::Body;
use serde_json::{Value, json};

use super::harness::{Server, request};

async fn started() -> Server {
    let server = Server::with_shop().await;
    let items = json!([
        {"id": "red", "title": "red boots", "brand": "Northwall", "category": [["Shoes"]]},
        {"id": "blue", "title": "blue boots", "brand": "Papier", "category": [["Shoes"]]},
    ]);
    let put = server.json("POST", "/v1/gifts/items", items.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    let experiment = json!({"id": "brands", "arms": [{"name": "control", "value": false},
        {"name": "one-brand", "value": true, "changes": {"rules": [{"hide": {"filter": "brand = \"Papier\""}}]}}],
        "guardrails": [{"metric": "conversion"}], "target": {"segments": ["vip"]}, "visitors_planned": 1000});
    let made = server.json("POST", "/v1/gifts/experiments", experiment.to_string()).await;
    assert_eq!(made.outcome(), "201", "{}", made.text);
    assert_eq!(made.json()["slice"], json!([0.0, 1.0]));
    server
}

async fn flag(server: &Server, key: &str, context: Value) -> Value {
    let path = format!("/v1/gifts/ofrep/v1/evaluate/flags/{key}");
    server.json("POST", &path, json!({ "context": context }).to_string()).await.json()
}

#[tokio::test]
async fn flags_and_searches_agree() {
    let server = started().await;
    let mut seen = [0, 0];
    for visitor in 0..20 {
        let user = format!("visitor {visitor}");
        let evaluated = flag(&server, "brands", json!({"targetingKey": user, "segment": "vip", "colour": [1]})).await;
        assert_eq!((&evaluated["key"], &evaluated["reason"]), (&json!("brands"), &json!("SPLIT")));
        let is_treated = evaluated["value"] == json!(true);
        assert_eq!(evaluated["variant"], if is_treated { "one-brand" } else { "control" });
        let search = json!({"query": "boots", "user": user, "segment": "vip"});
        let found = server.json("POST", "/v1/gifts/search", search.to_string()).await.json();
        assert_eq!(found["total"], if is_treated { 1 } else { 2 });
        seen[usize::from(is_treated)] += 1;
        // Outside the target everybody gets the control.
        let other = flag(&server, "brands", json!({"targetingKey": user})).await;
        assert_eq!((&other["variant"], &other["reason"]), (&json!("control"), &json!("DEFAULT")));
    }
    assert!(seen[0] > 3 && seen[1] > 3, "{seen:?}");
}

#[tokio::test]
async fn flags_fail_in_the_words_of_the_protocol() {
    let server = started().await;
    for (key, context, code) in [
        ("colours", json!({"targetingKey": "a"}), "FLAG_NOT_FOUND"),
        ("brands", json!({}), "TARGETING_KEY_MISSING"),
        ("brands", json!({"targetingKey": ""}), "TARGETING_KEY_MISSING"),
        ("brands", json!({"targetingKey": 7}), "INVALID_CONTEXT"),
        ("brands", json!({"targetingKey": "a", "surface": "moon"}), "INVALID_CONTEXT"),
        ("brands", json!({"targetingKey": "a", "actor": "robot"}), "INVALID_CONTEXT"),
        ("brands", json!("alice"), "INVALID_CONTEXT"),
    ] {
        let failed = flag(&server, key, context.clone()).await;
        assert_eq!((&failed["key"], &failed["errorCode"]), (&json!(key), &json!(code)), "{context}");
    }
    let broken = server.json("POST", "/v1/gifts/ofrep/v1/evaluate/flags/brands", "{".to_owned()).await;
    assert_eq!((broken.status.as_u16(), &broken.json()["errorCode"]), (400, &json!("PARSE_ERROR")));
    let missing = server.json("POST", "/v1/gifts/ofrep/v1/evaluate/flags", "{}".to_owned()).await;
    assert_eq!((missing.status.as_u16(), &missing.json()["errorCode"]), (400, &json!("TARGETING_KEY_MISSING")));
}

#[tokio::test]
async fn all_flags_are_told_again_only_where_they_changed() {
    let server = started().await;
    let ask = |tag: String| {
        let headers = [("content-type", "application/json"), ("if-none-match", tag.as_str())];
        let body = Body::from(json!({"context": {"targetingKey": "a", "segment": "vip"}}).to_string());
        request("POST", "/v1/gifts/ofrep/v1/evaluate/flags", &headers, body)
    };
    let first = server.send(ask(String::new())).await;
    assert_eq!(first.json()["flags"].as_array().map(Vec::len), Some(1));
    let tag = first.header("etag").to_owned();
    assert_eq!(server.send(ask(tag.clone())).await.status, 304);
    let stopped = server.json("POST", "/v1/gifts/experiments/brands/stop", "{}".to_owned()).await;
    assert_eq!(stopped.outcome(), "200", "{}", stopped.text);
    let after = server.send(ask(tag)).await;
    assert_eq!((after.status.as_u16(), &after.json()["flags"][0]["reason"]), (200, &json!("DISABLED")));
}

#[tokio::test]
async fn an_experiment_from_its_beginning_to_its_end() {
    let server = started().await;
    let path = "/v1/gifts/experiments/brands";
    let listed = server.get("/v1/gifts/experiments").await.json();
    assert_eq!(listed["experiments"][0], server.get(path).await.json());
    let report = server.get(&format!("{path}/report")).await.json();
    assert_eq!((&report["verdict"], &report["arms"][0]["visitors"]), (&json!("too-early"), &json!(0)));
    assert!(report["metrics"][0]["comparisons"][0]["fault"].is_string(), "{report}");
    let outcome =
        async |method: &str, path: &str, body: &str| server.json(method, path, body.to_owned()).await.outcome();
    let again = json!({"id": "brands", "arms": [{"name": "a"}, {"name": "b"}]}).to_string();
    assert_eq!(outcome("POST", "/v1/gifts/experiments", &again).await, "422 experiment_exists id");
    assert_eq!(outcome("POST", "/v1/gifts/experiments", r#"{"id": "x"}"#).await, "422 field_missing arms");
    assert_eq!(outcome("PATCH", path, "{}").await, "422 field_missing ramp");
    assert_eq!(outcome("PATCH", path, r#"{"ramp": 0.5}"#).await, "422 out_of_range ramp");
    assert_eq!(outcome("PATCH", path, r#"{"remove_arm": "one-brand"}"#).await, "422 arm_fixed arm");
    assert_eq!(server.send(request("DELETE", path, &[], Body::empty())).await.outcome(), "422 experiment_running id");
    assert_eq!(outcome("POST", "/v1/gifts/experiments/none/stop", "{}").await, "404 unknown_experiment");
    let stopped = server.json("POST", &format!("{path}/stop"), r#"{"reason": "enough"}"#.to_owned()).await.json();
    assert_eq!((stopped["ended"].is_string(), &stopped["reasons"]), (true, &json!(["stopped: enough"])));
    assert_eq!(outcome("POST", &format!("{path}/stop"), "{}").await, "422 experiment_ended id");
    assert_eq!(server.send(request("DELETE", path, &[], Body::empty())).await.status, 204);
    assert_eq!(server.get(path).await.outcome(), "404 unknown_experiment");
}

#[tokio::test]
async fn the_server_takes_a_harmful_arm_out_by_itself() {
    let server = started().await;
    let mut events = Vec::new();
    for visitor in 0..500 {
        let user = format!("visitor {visitor}");
        let arm = flag(&server, "brands", json!({"targetingKey": user, "segment": "vip"})).await["variant"].clone();
        events.push(json!({"type": "impression", "query_id": format!("slate {visitor}"), "user": user, "query": "boots",
            "surface": "search", "shown": [{"item": "red"}], "arms": [["brands", arm]], "time": "2026-11-22T00:00:00Z"}));
        if visitor % (if arm == "control" { 2 } else { 40 }) == 0 {
            events.push(json!({"type": "purchase", "user": user, "item": "red", "time": "2026-11-22T00:01:00Z"}));
        }
    }
    let sent = server.json("POST", "/v1/gifts/events", Value::Array(events).to_string()).await;
    assert_eq!(sent.outcome(), "200", "{}", sent.text);
    crate::watching::look(&server.app.engine, &mut crate::watching::Watches::default());
    let ended = server.get("/v1/gifts/experiments/brands").await.json();
    assert!(ended["ended"].is_string(), "{ended}");
    assert!(
        ended["reasons"][0].as_str().is_some_and(|why| why.contains("conversion of one-brand is worse")),
        "{ended}"
    );
    let report = server.get("/v1/gifts/experiments/brands/report").await.json();
    assert_eq!((&report["verdict"], &report["verdict_arm"]), (&json!("worse"), &json!("one-brand")));
    assert_eq!(report["guardrails"][0]["harmful"], json!(true));
}
