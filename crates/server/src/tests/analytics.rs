//! What happens in a shop, as those who run it are told.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::harness::{NOW, Server, request};

/// Searches, clicks and purchases of two days, two of them in answers that were given here.
async fn lived_in() -> Server {
    let server = Server::with_shop().await;
    let items: Vec<Value> =
        (0..4).map(|n| json!({"id": format!("i{n}"), "title": format!("红色 跑步鞋 shoes {n}")})).collect();
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    for query in ["shoes", "跑步鞋", "nothing of the kind"] {
        let slate =
            server.json("POST", "/v1/gifts/search", json!({"query": query, "session": query}).to_string()).await.json();
        let Some(first) = slate["items"].get(0).filter(|_| query == "shoes") else { continue };
        let deed = |kind: &str| {
            json!({"type": kind, "item": first["id"], "session": query, "query_id": slate["query_id"],
            "value": {"amount": 99.5, "currency": "CNY"}})
        };
        let deeds = json!([deed("click"), deed("click"), deed("purchase")]);
        let sent = server.json("POST", "/v1/gifts/events", deeds.to_string()).await;
        assert_eq!(sent.outcome(), "200", "{}", sent.text);
    }
    until_logged(&server, 3).await;
    server.settle();
    server
}

/// Waits until so many answers are in the log: they are written down after they were given.
async fn until_logged(server: &Server, answers: usize) {
    for _ in 0..1000 {
        let log = told(server, "/v1/gifts/log?limit=1000").await;
        let events = log["events"].as_array().unwrap();
        if events.iter().filter(|logged| logged["event"]["type"] == "impression").count() == answers {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{answers} answers are not in the log after 20 seconds");
}

async fn told(server: &Server, path: &str) -> Value {
    let answer = server.get(path).await;
    assert_eq!(answer.outcome(), "200", "{path}: {}", answer.text);
    answer.json()
}

#[tokio::test]
async fn series_tell_what_happened_when() {
    let server = lived_in().await;
    let series = told(&server, "/v1/gifts/series").await;
    let points = series["points"].as_array().unwrap();
    assert!((168..=169).contains(&points.len()), "a week of hours: {}", points.len());
    let now = points.last().unwrap();
    assert_eq!((&series["step"], &series["currency"]), (&json!("hour"), &json!("CNY")));
    let counts = ["searches", "searches_empty", "clicks", "purchases"].map(|name| now[name].as_u64().unwrap());
    assert_eq!(counts, [3, 1, 2, 1], "{now}");
    assert_eq!((now["revenue"].as_f64(), now["degraded"].as_u64()), (Some(99.5), Some(0)));
    let third = 1.0 / 3.0;
    assert_eq!((now["click_through"].as_f64(), now["conversion"].as_f64()), (Some(third), Some(third)), "{now}");
    assert!(now["took_p50_ms"].as_u64() <= now["took_p99_ms"].as_u64() && now["took_p99_ms"].is_u64(), "{now}");
    assert_eq!((points[0]["searches"].as_u64(), points[0].get("click_through")), (Some(0), None));
    let days = told(&server, &format!("/v1/gifts/series?step=day&until={}", NOW.0 + 1)).await;
    let sum: u64 = days["points"].as_array().unwrap().iter().map(|point| point["searches"].as_u64().unwrap()).sum();
    assert_eq!(sum, 3);
    for (path, outcome) in [
        ("step=week", "422 value_invalid step"),
        ("from=5&until=5", "422 out_of_range until"),
        ("from=0", "422 out_of_range until"),
        ("from=-9223372036854775808&until=9223372036854775807", "422 out_of_range until"),
    ] {
        assert_eq!(server.get(&format!("/v1/gifts/series?{path}")).await.outcome(), outcome, "{path}");
    }
    // Those four were refused, in whichever interface somebody asks.
    assert_eq!(server.json("POST", "/1/indexes/gifts/query", r#"{"page": "x"}"#).await.status, 400);
    let series = told(&server, "/v1/gifts/series").await;
    let now = series["points"].as_array().unwrap().last().unwrap();
    assert_eq!((now["refused"].as_u64(), now["failed"].as_u64()), (Some(5), Some(0)), "{now}");
}

#[tokio::test]
async fn queries_are_listed_by_what_became_of_them() {
    let server = lived_in().await;
    let mut events = Vec::new();
    let day = 86_400_000;
    for person in 0..12 {
        let search = |query: &str, days_ago: i64| {
            json!({"type": "search", "query": query, "user": format!("u{person}"),
            "session": format!("{query} {person}"), "time": NOW.0 - days_ago * day - 1000})
        };
        // Asked evenly for a month, and asked today alone.
        (0..30).for_each(|days_ago| events.push(search("even 平常", days_ago)));
        events.push(search("雨伞", 0));
    }
    let sent = server.json("POST", "/v1/gifts/events", Value::Array(events).to_string()).await;
    assert_eq!(sent.outcome(), "200", "{}", sent.text);
    server.settle();
    let texts = |answer: &Value| -> Vec<String> {
        answer["queries"].as_array().unwrap().iter().map(|query| query["text"].as_str().unwrap().to_owned()).collect()
    };
    let top = told(&server, "/v1/gifts/queries?by=top&limit=2").await;
    assert_eq!(texts(&top), ["even 平常", "雨伞"]);
    let rising = told(&server, "/v1/gifts/queries?by=rising").await;
    assert_eq!(texts(&rising), ["雨伞"], "{rising}");
    assert!(rising["queries"][0]["change"].as_f64().unwrap() > 5.0, "{rising}");
    let nothing = told(&server, "/v1/gifts/queries?by=found-nothing").await;
    assert_eq!(texts(&nothing), ["nothing of the kind"]);
    assert_eq!(nothing["queries"][0]["problem"], "found-nothing");
    assert!(!nothing["queries"][0]["fixes"].as_array().unwrap().is_empty(), "{nothing}");
    let abandoned = texts(&told(&server, "/v1/gifts/queries?by=abandoned").await);
    assert!(abandoned.contains(&"雨伞".to_owned()) && !abandoned.contains(&"shoes".to_owned()), "{abandoned:?}");
    let unclicked = texts(&told(&server, "/v1/gifts/queries?by=no-clicks").await);
    assert!(unclicked.contains(&"雨伞".to_owned()) && !unclicked.contains(&"nothing of the kind".to_owned()));
    assert_eq!(server.get("/v1/gifts/queries?by=best").await.outcome(), "422 value_invalid by");
    assert_eq!(server.get("/v1/gifts/queries?by=top&after=x").await.outcome(), "422 value_invalid by");
}

#[tokio::test]
async fn events_are_followed_as_they_come() {
    let server = lived_in().await;
    let asked = request("GET", "/v1/gifts/events/live", &[("accept-encoding", "gzip")], "");
    let response = server.router.clone().oneshot(asked).await.unwrap();
    assert!(response.status().is_success() && response.headers().get("content-encoding").is_none());
    let mut told = response.into_body().into_data_stream();
    let sent = json!({"type": "click", "item": "i1", "user": "小明"}).to_string();
    assert_eq!(server.json("POST", "/v1/gifts/events", sent).await.outcome(), "200");
    let mut seen = String::new();
    while !seen.contains("小明") {
        let next = tokio::time::timeout(Duration::from_secs(20), told.next()).await.unwrap().unwrap().unwrap();
        seen.push_str(std::str::from_utf8(&next).unwrap());
    }
    let last = seen.trim().lines().rfind(|line| line.contains("小明")).unwrap();
    let event: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((&event["event"]["type"], &event["event"]["item"]), (&json!("click"), &json!("i1")), "{last}");
    server.app.closing.store(true, std::sync::atomic::Ordering::Relaxed);
    while tokio::time::timeout(Duration::from_secs(20), told.next()).await.unwrap().is_some() {}
    let keyed = Server::with_keys();
    assert_eq!(keyed.get_as("gifts-write", "/v1/gifts/events/live").await.outcome(), "403 key_scope");
}

#[tokio::test]
async fn settings_are_checked_before_they_are_in_force() {
    let server = Server::with_shop().await;
    let check = |body: Value| {
        let server = &server;
        async move {
            let answer = server.json("POST", "/v1/gifts/settings:validate", body.to_string()).await;
            assert_eq!(answer.outcome(), "200", "{}", answer.text);
            answer.json()
        }
    };
    let fit = check(json!({"encoders": [], "diversity": 0.4})).await;
    assert_eq!((&fit["problems"], &fit["needs_rebuild"]), (&json!([]), &json!(false)));
    assert_eq!(fit["settings"]["diversity"], json!(0.4));
    let other = check(json!({"encoders": [], "attributes": {"颜色": {"type": "text"}}})).await;
    assert_eq!(other["needs_rebuild"], json!(false), "an attribute with its usual weight changes no index");
    let unsearched = check(json!({"encoders": [], "attributes": {"title": {"type": "text", "weight": 0}}})).await;
    assert_eq!(unsearched["needs_rebuild"], json!(true));
    let wrong = check(json!({"encoders": [], "diversity": 7})).await;
    assert_eq!(wrong["problems"][0]["field"], "diversity");
    let unknown = check(json!({"encoders": ["no-such"]})).await;
    assert_eq!((&unknown["problems"][0]["field"], &unknown["settings"]), (&json!("encoders"), &Value::Null));
    assert_eq!(told(&server, "/v1/gifts/settings").await["diversity"], json!(0), "nothing was put in force");
}
