//! Queries understood, suggested and steered over HTTP.

use serde_json::{Value, json};

use super::harness::Server;

/// A catalogue in both languages; `count` of each so that words are known.
async fn stocked() -> Server {
    let server = Server::with_shop().await;
    let mut items = Vec::new();
    for number in 0..12 {
        let price = |amount: usize| json!({"amount": amount + number, "currency": "CNY"});
        items.push(
            json!({"id": format!("dress-{number}"), "title": "红色雪纺连衣裙", "brand": "花田", "price": price(150),
            "category": [["女装", "连衣裙"]], "attributes": {"颜色": ["红色"]}}),
        );
        items.push(
            json!({"id": format!("skirt-{number}"), "title": "蓝色牛仔半身裙", "brand": "花田", "price": price(90),
            "category": [["女装", "半身裙"]], "attributes": {"颜色": ["蓝色"]}}),
        );
        items.push(
            json!({"id": format!("boots-{number}"), "title": "Waterproof hiking boots leather", "brand": "Northwall",
            "price": price(300), "category": [["Shoes", "Hiking"]]}),
        );
        items.push(
            json!({"id": format!("canvas-{number}"), "title": "Light hiking boots canvas", "brand": "Southridge",
            "price": price(200), "category": [["Shoes", "Hiking"]]}),
        );
    }
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

async fn understand(server: &Server, body: Value) -> Value {
    let answer = server.json("POST", "/v1/gifts/understand", body.to_string()).await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
    answer.json()
}

fn finding<'a>(reading: &'a Value, step: &str) -> &'a Value {
    let findings = reading["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["step"] == step).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn every_step_says_what_it_read_and_why() {
    let server = stocked().await;
    let english = understand(&server, json!({"query": "watreproof hiking boots under 310 yuan -leather"})).await;
    let spelled = finding(&english, "spelling");
    assert_eq!((&spelled["says"], &spelled["consequence"]), (&json!("watreproof → waterproof"), &json!("replaced")));
    assert_eq!(spelled["span"], json!([0, 10]));
    assert_eq!(finding(&english, "quantities")["filter"], json!("price <= 310.0"));
    assert_eq!(finding(&english, "negation")["says"], json!("not leather"));
    assert_eq!(english["text"], json!("waterproof hiking boots"));
    assert!(english["findings"].as_array().unwrap().iter().all(|one| one["evidence"] != json!("")), "{english}");

    let chinese = understand(&server, json!({"query": "lianyiqun 200元以下"})).await;
    assert_eq!(finding(&chinese, "quantities")["filter"], json!("price <= 200.0"), "{chinese}");
    assert_eq!(chinese["text"], json!("连衣裙"), "{chinese}");
    let traditional = understand(&server, json!({"query": "紅色連衣裙"})).await;
    assert_eq!(traditional["text"], json!("红色连衣裙"), "{traditional}");
}

#[tokio::test]
async fn steps_and_findings_can_be_taken_away() {
    let server = stocked().await;
    let body = json!({"query": "boots under 310 yuan", "understanding": {"off": ["quantities"]}});
    assert_eq!(finding(&understand(&server, body).await, "quantities"), &Value::Null);
    let read = understand(&server, json!({"query": "boots under 310 yuan"})).await;
    let key = finding(&read, "quantities")["key"].clone();
    let body = json!({"query": "boots under 310 yuan", "understanding": {"without": [key]}});
    let without = understand(&server, body).await;
    assert_eq!((finding(&without, "quantities"), &without["text"]), (&Value::Null, &json!("boots under 310 yuan")));
    let none = understand(&server, json!({"query": "watreproof 紅", "understanding": {"off": ["all"]}})).await;
    assert_eq!((&none["findings"], &none["text"]), (&json!([]), &json!("watreproof 紅")));
    let settings = r#"{"encoders": [], "understanding_off": ["spelling"]}"#;
    assert_eq!(server.json("PUT", "/v1/gifts/settings", settings).await.outcome(), "200");
    assert_eq!(finding(&understand(&server, json!({"query": "watreproof"})).await, "spelling"), &Value::Null);
    for (body, expected) in [
        (r#"{"query": "a", "understanding": {"off": ["speling"]}}"#, "422 value_unknown understanding.off[0]"),
        (r#"{"query": 3}"#, "422 type_mismatch query"),
    ] {
        let outcome = server.json("POST", "/v1/gifts/understand", body).await.outcome();
        assert!(outcome.starts_with("422 "), "{outcome} {expected}");
    }
}

#[tokio::test]
async fn search_does_what_was_understood() {
    let server = stocked().await;
    let search =
        |query: &str| server.json("POST", "/v1/gifts/search", json!({"query": query, "limit": 12}).to_string());
    let found = search("hiking boots -leather").await.json();
    let titles: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["item"]["title"].as_str().unwrap()).collect();
    assert!(titles.iter().all(|title| title.contains("canvas")), "{titles:?}");
    let cheap = search("boots under 205 yuan").await.json();
    assert_eq!(cheap["total"], json!(6), "{cheap}");
    // Nothing costs so little: the bound is let go, and said so.
    let relaxed = search("boots under 5 yuan").await.json();
    assert!(relaxed["total"].as_u64().unwrap() > 0);
    assert_eq!(finding(&relaxed["understanding"], "relax")["consequence"], json!("relaxed"));
}

#[tokio::test]
async fn synonyms_are_checked_kept_and_used() {
    let server = stocked().await;
    let put = |body: &'static str| server.json("PUT", "/v1/gifts/synonyms", body);
    assert_eq!(put(r#"{"rules": ["trekking => hiking", "裙, 连衣裙"]}"#).await.outcome(), "200");
    let rules = server.get("/v1/gifts/synonyms").await.json();
    assert_eq!(rules["rules"].as_array().unwrap().len(), 2);
    let found = server.json("POST", "/v1/gifts/search", r#"{"query": "trekking"}"#).await.json();
    assert_eq!(found["total"], json!(24), "{found}");
    assert_eq!(finding(&found["understanding"], "synonyms")["with"][0][0], json!("hiking"));
    assert_eq!(put(r#"{"rules": ["a =>"]}"#).await.outcome(), "422 value_invalid rules[0]");
    assert_eq!(put(r#"{"rules": []}"#).await.outcome(), "200");
    let found = server.json("POST", "/v1/gifts/search", r#"{"query": "trekking"}"#).await.json();
    assert_eq!(found["total"], json!(0), "{found}");
}

#[tokio::test]
async fn what_several_people_search_for_is_suggested_and_what_finds_nothing_is_listed() {
    let server = stocked().await;
    let suggest = async |typed: &str| server.get(&format!("/v1/gifts/suggest?q={typed}")).await;
    let texts = |answer: Value| -> Vec<String> {
        let suggestions = answer["suggestions"].as_array().unwrap().iter();
        suggestions.map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["text"].as_str().unwrap())).collect()
    };
    assert!(texts(suggest("lianyi").await.json()).contains(&"category 连衣裙".to_owned()));
    assert!(texts(suggest("nort").await.json()).contains(&"brand Northwall".to_owned()));
    for user in ["a", "b", "c"] {
        for query in ["hiking boots", "zzzz qqqq"] {
            let body = json!({"query": query, "user": user});
            server.json("POST", "/v1/gifts/search", body.to_string()).await;
        }
    }
    server.json("POST", "/v1/gifts/search", r#"{"query": "hiking boots for one", "user": "a"}"#).await;
    // Impressions are logged beside the answer: wait for them by writing something after them.
    server.json("PUT", "/v1/gifts/items/last", r#"{"title": "last"}"#).await;
    server.settle();
    let suggested = texts(suggest("hik").await.json());
    assert!(suggested.contains(&"query hiking boots".to_owned()), "{suggested:?}");
    assert!(!suggested.contains(&"query hiking boots for one".to_owned()), "one person alone");
    let unanswered = server.get("/v1/gifts/queries").await.json();
    assert_eq!(unanswered["queries"][0]["text"], json!("zzzz qqqq"), "{unanswered}");
    assert_eq!(server.get("/v1/gifts/suggest?q=a&kinds=nothing").await.outcome(), "422 value_invalid kinds");
    assert_eq!(server.get("/v1/gifts/queries?after=hiking%20boots").await.outcome(), "200");
}

#[tokio::test]
async fn hostile_queries_are_read_within_bounds() {
    let server = stocked().await;
    for query in [
        "".to_owned(),
        "!!! ??? ...".to_owned(),
        "红".repeat(600),
        "a ".repeat(1_000),
        "\u{200b}\u{202e}שלום boots".to_owned(),
        "price 1e309 元以下".to_owned(),
        "red and not red".to_owned(),
        ".*(a+)+$ \" OR 1=1 --".to_owned(),
        "ѕhоеs".to_owned(),
    ] {
        let read = understand(&server, json!({"query": query})).await;
        assert!(read["text"].is_string());
        let found = server.json("POST", "/v1/gifts/search", json!({"query": query}).to_string()).await;
        assert_eq!(found.outcome(), "200", "{query}: {}", found.text);
    }
}
