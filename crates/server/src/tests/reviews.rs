//! Reviews over HTTP.

use serde_json::{Value, json};

use super::harness::{NOW, Server};

const WEEK: i64 = 7 * 24 * 3_600_000;

async fn append(server: &Server, events: Vec<Value>) {
    let answer = server.json("POST", "/v1/gifts/events", Value::Array(events).to_string()).await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
}

fn review(id: &str, item: &str, weeks_ago: i64, text: &str) -> Value {
    json!({"event_id": id, "type": "review", "item": item, "user": format!("user-{id}"), "text": text,
        "time": NOW.0 - weeks_ago * WEEK})
}

async fn reviewed() -> Server {
    let server = Server::with_shop().await;
    let items = json!([
        {"id": "boots", "title": "Hiking boots", "brand": "Northwall", "category": [["Shoes", "Hiking"]]},
        {"id": "裙-1", "title": "红色连衣裙", "brand": "花田", "category": [["女装", "连衣裙"]]},
    ]);
    assert_eq!(server.json("POST", "/v1/gifts/items", items.to_string()).await.outcome(), "200");
    append(
        &server,
        vec![
            review("1", "boots", 2, "The quality is great, but they run small"),
            review("2", "boots", 1, "Great quality. Shipping was slow"),
            review("3", "裙-1", 1, "质量很好，物流很快"),
            review("4", "裙-1", 0, "尺码偏小，客服态度差"),
        ],
    )
    .await;
    server
}

#[tokio::test]
async fn what_reviews_say_is_told_of_an_item_a_brand_a_category_and_the_shop() {
    let server = reviewed().await;
    let boots = server.get("/v1/gifts/items/boots/reviews?weeks=4&quotes=1").await.json();
    assert_eq!((&boots["reviews"]["all"], &boots["read_by"]), (&json!(2), &json!("lexicon")));
    assert_eq!((&boots["pros"][0]["aspect"], &boots["pros"][0]["reviews"]), (&json!("quality"), &json!(2)));
    assert_eq!(boots["pros"][0]["quotes"].as_array().unwrap().len(), 1);
    assert_eq!(boots["weeks"].as_array().unwrap().len(), 4);
    assert_eq!(boots["weeks"][3]["begins"], json!("2026-11-16T00:00:00Z"));
    let dress = server.get("/v1/gifts/items/%E8%A3%99-1/reviews").await.json();
    let quoted = dress.to_string();
    assert!(quoted.contains("物流很快") && quoted.contains("客服态度差"), "{dress}");
    let brand = server.get("/v1/gifts/reviews?brand=northwall").await.json();
    assert_eq!((&brand["items"], &brand["reviews"]["all"]), (&json!(1), &json!(2)));
    let category = server.get("/v1/gifts/reviews?category=%E5%A5%B3%E8%A3%85").await.json();
    assert_eq!(category["reviews"]["all"], json!(2));
    let shop = server.get("/v1/gifts/reviews").await.json();
    assert_eq!((&shop["items"], &shop["reviews"]["all"]), (&json!(2), &json!(4)));
}

#[tokio::test]
async fn reviews_of_erased_users_and_deleted_items_are_gone() {
    let server = reviewed().await;
    assert_eq!(server.json("DELETE", "/v1/gifts/users/user-4", "").await.status.as_u16() / 100, 2);
    let dress = server.get("/v1/gifts/items/%E8%A3%99-1/reviews").await.text;
    assert!(!dress.contains("客服态度差") && dress.contains("物流很快"), "{dress}");
    assert_eq!(server.json("DELETE", "/v1/gifts/items/boots", "").await.status.as_u16() / 100, 2);
    assert_eq!(server.get("/v1/gifts/items/boots/reviews").await.outcome(), "404 unknown_item");
    assert_eq!(server.get("/v1/gifts/reviews").await.json()["reviews"]["all"], json!(2));
}

#[tokio::test]
async fn wrong_reviews_and_questions_are_refused_by_name() {
    let server = reviewed().await;
    let event = |event: Value| server.json("POST", "/v1/gifts/events", event.to_string());
    for (wrong, expected) in [
        (json!({"type": "review", "item": "boots"}), "field_missing text"),
        (json!({"type": "review", "item": "boots", "text": " \n"}), "text_empty text"),
        (json!({"type": "review", "item": "boots", "text": 5}), "type_mismatch text"),
        (json!({"type": "review", "text": "good"}), "field_missing item"),
        (json!({"type": "review", "item": "boots", "text": "good", "rating": 5}), "out_of_range rating"),
        (json!({"type": "review", "item": "boots", "text": "好".repeat(30_000)}), "text_too_long text"),
        (json!({"type": "view", "item": "boots", "text": "good"}), "unknown_field text"),
    ] {
        let outcome = event(json!([wrong])).await;
        assert!(outcome.text.contains(expected.split(' ').next().unwrap()), "{expected}: {}", outcome.text);
        assert_eq!(outcome.status.as_u16(), 422, "{expected}: {}", outcome.text);
    }
    for (path, expected) in [
        ("/v1/gifts/items/nothing/reviews", "404 unknown_item"),
        ("/v1/gifts/reviews?weeks=0", "422 out_of_range weeks"),
        ("/v1/gifts/reviews?quotes=21", "422 out_of_range quotes"),
        ("/v1/gifts/alerts?days=0", "422 out_of_range days"),
        ("/v1/gifts/alerts?false_share=1", "422 out_of_range false_share"),
        ("/v1/gifts/alerts?false_share=NaN", "422 out_of_range false_share"),
        ("/v1/nothing/reviews", "404 unknown_shop"),
    ] {
        assert_eq!(server.get(path).await.outcome(), expected, "{path}");
    }
    assert!(server.get("/v1/gifts/reviews?brnd=x").await.outcome().starts_with("400 query_string_invalid"));
    let settings = r#"{"encoders": [], "reviews_model": "no-such-model"}"#;
    assert_eq!(server.json("PUT", "/v1/gifts/settings", settings).await.outcome(), "422 value_invalid reviews_model");
}

#[tokio::test]
async fn rises_are_told_with_counts_since_when_and_quotes() {
    let server = reviewed().await;
    let mut events = Vec::new();
    for week in 0..20i64 {
        for n in 0..6i64 {
            let bad = week < 4 && n < 5 || (week * 6 + n) % 10 == 0;
            let id = format!("w{week}-{n}");
            events.push(review(&id, "boots", week, if bad { "They broke, poor quality" } else { "Great quality" }));
            let steady = if (week * 6 + n) % 10 == 0 { "质量太差" } else { "质量很好" };
            events.push(review(&format!("d{id}"), "裙-1", week, steady));
        }
    }
    append(&server, events).await;
    let found = server.get("/v1/gifts/alerts").await.json();
    let alerts = found["alerts"].as_array().unwrap();
    let of = |name: &str| alerts.iter().find(|alert| alert["name"] == name);
    let boots = of("boots").unwrap_or_else(|| panic!("{found}"));
    assert_eq!((&boots["kind"], &boots["blamed"][0]["aspect"]), (&json!("item"), &json!("quality")));
    assert!(
        boots["after"]["share"].as_f64().unwrap() > 0.6 && boots["before"]["share"].as_f64().unwrap() < 0.2,
        "{boots}"
    );
    assert!(boots["quotes"].to_string().contains("poor quality"), "{boots}");
    assert!(of("Northwall").is_some_and(|alert| alert["kind"] == "brand") && of("裙-1").is_none(), "{found}");
}
