//! What words add beside their terms, as an explanation shows it over HTTP.

use serde_json::{Value, json};

use super::harness::Server;

#[tokio::test]
async fn boosts_of_words_are_explained_and_their_strengths_are_settings() {
    let server = Server::with_shop().await;
    let items = json!([
        {"id": "1", "title": "Sony headphones 头戴式耳机", "attributes": {"model": ["WH-1000XM4"]}},
        {"id": "2", "title": "case for wh 1000 xm4 保护套"},
        {"id": "3", "title": "没有"},
        {"id": "4", "title": "没有把手的杯子"},
    ]);
    let put = server.json("POST", "/v1/gifts/items", items.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    let first = |query: &'static str| {
        let server = &server;
        async move {
            let body = json!({"query": query, "explain": true});
            let answer = server.json("POST", "/v1/gifts/search", body.to_string()).await;
            assert_eq!(answer.outcome(), "200", "{}", answer.text);
            answer.json()["items"][0].clone()
        }
    };
    let boost = |item: &Value| item["explanation"]["boosts"][0].clone();
    let number = first("wh 1000 xm4").await;
    assert_eq!((&number["id"], &boost(&number)["kind"]), (&json!("1"), &json!("number")), "{number}");
    assert_eq!((&boost(&number)["field"], &boost(&number)["text"]), (&json!("model"), &json!("wh1000xm4")));
    let exact = first("没有").await;
    assert_eq!((&exact["id"], &boost(&exact)["kind"]), (&json!("3"), &json!("exact")), "{exact}");
    assert!(boost(&exact)["score"].as_f64() > Some(0.0));

    let put =
        server.json("PUT", "/v1/gifts/settings", json!({"encoders": [], "lexical": {"phrase": 9}}).to_string()).await;
    assert!(put.text.contains("lexical.phrase") && put.text.contains("0 to 4"), "{}", put.text);
}
