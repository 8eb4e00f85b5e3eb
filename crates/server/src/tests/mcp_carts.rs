//! Carts of assistants.

use serde_json::{Value, json};

use super::harness::Server;
use super::mcp::{call, tool, with_goods};

const PATH: &str = "/v1/gifts/mcp";

/// What a tool answers, wrong or right.
async fn asked(server: &Server, name: &str, arguments: &Value) -> Value {
    let answer = call(server, PATH, None, &tool(name, arguments)).await.json();
    let result = answer["result"].clone();
    assert!(result["structuredContent"].is_object(), "{answer}");
    result
}

async fn done(server: &Server, name: &str, arguments: &Value) -> Value {
    let result = asked(server, name, arguments).await;
    assert!(result["isError"] != true, "{result}");
    result["structuredContent"].clone()
}

fn lines(of: &[(&str, u32)]) -> Value {
    let lines: Vec<_> = of.iter().map(|(id, quantity)| json!({"item": {"id": id}, "quantity": quantity})).collect();
    json!({ "line_items": lines })
}

#[tokio::test]
async fn a_cart_is_made_read_changed_and_thrown_away() {
    let server = with_goods().await;
    let made = done(&server, "create_cart", &json!({"cart": lines(&[("boots", 2)])})).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert_eq!((&made["currency"], &made["ucp"]["version"]), (&json!("EUR"), &json!("2026-04-08")));
    assert_eq!(made["expires_at"], "2026-12-22T00:00:00Z");
    let changed = json!({"id": id, "cart": lines(&[("shoes", 3), ("boots", 1)])});
    done(&server, "update_cart", &changed).await;
    let read = done(&server, "get_cart", &json!({ "id": id })).await;
    assert_eq!(
        read["line_items"][0],
        json!({"id": "shoes", "item": {"id": "shoes", "title": "Hiking shoes", "price": 4900}, "quantity": 3,
            "totals": [{"type": "subtotal", "amount": 14700}, {"type": "total", "amount": 14700}]})
    );
    assert_eq!((&read["totals"][1], &read["messages"]), (&json!({"type": "total", "amount": 23690}), &json!([])));
    let gone = done(&server, "cancel_cart", &json!({ "id": id })).await;
    assert_eq!((&gone["id"], gone.get("expires_at")), (&json!(id), None));
    let missing = asked(&server, "get_cart", &json!({ "id": id })).await;
    assert_eq!(missing["isError"], true);
    assert_eq!(missing["structuredContent"]["messages"][0]["code"], "not_found");
    assert_eq!(missing["structuredContent"]["ucp"]["status"], "error");
}

#[tokio::test]
async fn what_cannot_be_bought_is_told_and_not_counted() {
    let server = with_goods().await;
    let made = done(&server, "create_cart", &json!({"cart": lines(&[("boots", 1), ("shoes", 2), ("裙", 1)])})).await;
    let told = |cart: &Value| -> Vec<(String, String)> {
        let word = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        let messages = cart["messages"].as_array().unwrap().iter();
        messages.map(|message| (word(message, "path"), word(message, "code"))).collect()
    };
    let pair = |path: &str, code: &str| (path.to_owned(), code.to_owned());
    assert_eq!(told(&made), [pair("$.line_items[2]", "currency_mismatch")]);
    let change = r#"{"stock": 1, "price": {"amount": 40, "currency": "EUR"}}"#;
    assert_eq!(server.json("PATCH", "/v1/gifts/items/shoes", change).await.outcome(), "200");
    assert!(server.json("DELETE", "/v1/gifts/items/boots", "").await.status.is_success());
    let read = done(&server, "get_cart", &json!({"id": made["id"]})).await;
    assert_eq!(
        told(&read),
        [
            pair("$.line_items[0]", "item_unavailable"),
            pair("$.line_items[1]", "insufficient_stock"),
            pair("$.line_items[2]", "currency_mismatch")
        ]
    );
    assert_eq!(
        (&read["totals"][0]["amount"], &read["line_items"][0]["totals"][0]["amount"]),
        (&json!(8000), &json!(0))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_cart_is_named() {
    let server = with_goods().await;
    let line = |line: Value| json!({"cart": {"line_items": [line]}});
    for (name, arguments, message) in [
        ("create_cart", json!({}), "cart.line_items: expected an array of lines"),
        ("create_cart", line(json!({"item": "boots", "quantity": 1})), "cart.line_items[0].item.id: expected the id"),
        ("create_cart", line(json!({"item": {"id": "boots"}})), "cart.line_items[0].quantity: expected 1 to 999"),
        (
            "create_cart",
            json!({"cart": lines(&[("boots", 1), ("裤", 1)])}),
            "cart.line_items[1].item.id: expected the id of a variant of this shop, got 裤",
        ),
        ("create_cart", json!({"cart": lines(&[("裙", 1000)])}), "cart.line_items[0].quantity: expected 1 to 999"),
        ("create_cart", json!({"cart": lines(&vec![("boots", 1); 101])}), "cart.line_items: expected at most 100"),
        ("update_cart", json!({"cart": lines(&[])}), "id: expected the id of a cart"),
        ("get_cart", json!({"id": "../keys"}), "there is no such cart"),
    ] {
        let result = asked(&server, name, &arguments).await;
        let told = result["content"][0]["text"].as_str().unwrap();
        assert!(result["isError"] == true && told.contains(message), "{told}");
        assert_eq!(result["structuredContent"]["messages"][0]["content"], told);
    }
}
