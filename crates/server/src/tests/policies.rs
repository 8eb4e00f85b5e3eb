//! What shops say of themselves, and how assistants find it.

use serde_json::{Value, json};

use super::harness::{Server, request};
use super::mcp::{call, tool};

async fn answers(server: &Server, question: &str) -> Value {
    let asked = tool("search_shop_policies_and_faqs", &json!({ "query": question }));
    call(server, "/v1/gifts/mcp", None, &asked).await.json()["result"]["structuredContent"].clone()
}

#[tokio::test]
async fn policies_are_kept_and_found_in_both_languages() {
    let server = Server::with_shop().await;
    let nothing = answers(&server, "Can I return shoes?").await;
    assert_eq!((&nothing["answers"], nothing["message"].as_str().unwrap().contains("no policies")), (&json!([]), true));
    let kept = json!({"policies": [
        {"id": "returns", "title": "Returns", "text": "Unworn shoes go back within 30 days.\n\nSale items cannot be returned.",
            "url": "https://shop.example/returns"},
        {"id": "运费", "title": "运费说明", "text": "满 99 元包邮。\n\n偏远地区另收 10 元。", "language": "zh"},
    ]});
    let put = server.json("PUT", "/v1/gifts/policies", kept.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    let read = server.get("/v1/gifts/policies").await.json();
    assert_eq!((&read["policies"][0]["language"], &read["policies"][1]["title"]), (&json!("en"), &json!("运费说明")));
    let found = answers(&server, "Can I return shoes?").await;
    assert_eq!(
        found["answers"][0],
        json!({"id": "returns", "title": "Returns", "passage": "Unworn shoes go back within 30 days.", "language": "en",
            "url": "https://shop.example/returns"})
    );
    assert_eq!(answers(&server, "偏远地区运费多少").await["answers"][0]["passage"], "偏远地区另收 10 元。");
    let other = answers(&server, "spaceships").await;
    assert!(other["answers"] == json!([]) && other["message"].as_str().unwrap().contains("2 texts"), "{other}");
    assert_eq!(server.json("PUT", "/v1/gifts/policies", r#"{"policies": []}"#).await.json(), json!({"policies": []}));
}

#[tokio::test]
async fn refused_policies_are_named_and_leave_the_others() {
    let server = Server::with_shop().await;
    let put = |body: Value| {
        let server = &server;
        async move { server.json("PUT", "/v1/gifts/policies", body.to_string()).await.outcome() }
    };
    assert_eq!(put(json!({"policies": [{"id": "a", "title": "t", "text": "x"}]})).await, "200");
    for (body, outcome) in [
        (json!({"policies": [{"id": "a b", "title": "t", "text": "x"}]}), "422 value_invalid policies[0].id"),
        (json!({"policies": [{"id": "a", "title": "t"}]}), "422 field_missing policies[0].text"),
        (
            json!({"policies": [{"id": "a", "title": "t", "text": "x", "language": "klingon"}]}),
            "422 value_invalid policies[0].language",
        ),
        (
            json!({"policies": [{"id": "a", "title": "t", "text": "x", "page": 1}]}),
            "422 unknown_field policies[0].page",
        ),
        (json!({}), "422 field_missing policies"),
    ] {
        assert_eq!(put(body).await, outcome);
    }
    assert_eq!(server.get("/v1/gifts/policies").await.json()["policies"][0]["id"], "a");
    let asked = tool("search_shop_policies_and_faqs", &json!({"query": 3}));
    let wrong = call(&server, "/v1/gifts/mcp", None, &asked).await.json();
    assert!(
        wrong["result"]["content"][0]["text"].as_str().unwrap().starts_with("query: expected a question"),
        "{wrong}"
    );
}

#[tokio::test]
async fn a_search_key_reads_policies_and_an_admin_key_writes_them() {
    let server = Server::with_keys();
    for (method, key, outcome) in [
        ("GET", "gifts-search", "404 unknown_shop shop"),
        ("PUT", "gifts-write", "403 key_scope"),
        ("PUT", "toys-write", "403 key_wrong_shop"),
    ] {
        let bearer = format!("Bearer {key}");
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        let answer =
            server.send(request(method, "/v1/gifts/policies", &headers, r#"{"policies": []}"#)).await.outcome();
        assert!(outcome.starts_with(&answer), "{method} {key} {answer}");
    }
}
