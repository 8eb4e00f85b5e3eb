use serde_json::{Value, json};

use super::harness::{Answer, Server, request};

/// Calls over the protocol, with a key where one is given.
pub(super) async fn call(server: &Server, path: &str, key: Option<&str>, body: &Value) -> Answer {
    let bearer = key.map(|key| format!("Bearer {key}")).unwrap_or_default();
    let mut headers = vec![
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("host", "127.0.0.1:7700"),
    ];
    let version = body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str();
    if let (Some(version), Some(method)) = (version, body["method"].as_str()) {
        headers.extend([("mcp-protocol-version", version), ("mcp-method", method)]);
    }
    if key.is_some() {
        headers.push(("authorization", &bearer));
    }
    server.send(request("POST", path, &headers, body.to_string())).await
}

pub(super) fn tool(name: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}})
}

pub(super) async fn with_goods() -> Server {
    let server = Server::with_shop().await;
    let items = json!([
        {"id": "boots", "title": "Hiking boots", "category": [["Shoes", "Hiking"]], "price": {"amount": 89.9, "currency": "EUR"}},
        {"id": "shoes", "title": "Hiking shoes", "category": [["Shoes", "Hiking"]], "price": {"amount": 49, "currency": "EUR"}},
        {"id": "裙", "title": "红色连衣裙", "category": [["女装"]], "price": {"amount": 199, "currency": "CNY"}},
    ]);
    assert_eq!(server.json("POST", "/v1/gifts/items", items.to_string()).await.outcome(), "200");
    server.settle();
    server
}

fn ids(answer: &Answer) -> Vec<String> {
    let products = &answer.json()["result"]["structuredContent"]["products"];
    let products = products.as_array().unwrap_or_else(|| panic!("{}", answer.text));
    products.iter().map(|product| product["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn assistants_find_look_up_and_are_recommended_products() {
    let server = with_goods().await;
    let path = "/v1/gifts/mcp";
    for (name, arguments, expected) in [
        ("search_catalog", json!({"catalog": {"query": "hiking", "filters": {"price": {"max": 5000}}}}), vec!["shoes"]),
        (
            "search_catalog",
            json!({"catalog": {"query": "", "filters": {"categories": ["Shoes > Hiking"], "price": {"min": 5000}}}}),
            vec!["boots"],
        ),
        ("search_catalog", json!({"catalog": {"query": "连衣裙"}}), vec!["裙"]),
        ("search_catalog", json!({"catalog": {"query": "trousers"}}), vec![]),
        ("lookup_catalog", json!({"catalog": {"ids": ["裙", "nobody", "boots"]}}), vec!["裙", "boots"]),
        ("get_recommendations", json!({"kind": "new", "limit": 1}), vec!["boots"]),
    ] {
        assert_eq!(ids(&call(&server, path, None, &tool(name, &arguments)).await), expected, "{name} {arguments}");
    }
    let one = call(&server, path, None, &tool("get_product", &json!({"catalog": {"id": "boots"}}))).await.json();
    let product = &one["result"]["structuredContent"]["product"];
    assert_eq!(product["price_range"]["min"], json!({"amount": 8990, "currency": "EUR"}));
    for (name, arguments, message) in [
        ("get_product", json!({"catalog": {"id": "nobody"}}), "no product `nobody`"),
        ("search_catalog", json!({"catalog": {"query": 3}}), "catalog.query: expected a string"),
        (
            "search_catalog",
            json!({"catalog": {"pagination": {"limit": 500}}}),
            "catalog.pagination.limit: expected 1 to 50",
        ),
        ("get_recommendations", json!({"kind": "similar"}), "ids: expected the ids of products to start from"),
    ] {
        let answer = call(&server, path, None, &tool(name, &arguments)).await.json();
        let told = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(answer["result"]["isError"] == true && told.contains(message), "{told}");
    }
    let unknown = call(&server, path, None, &tool("fly", &json!({}))).await.json();
    assert!(unknown["error"]["message"].as_str().unwrap().contains("search_catalog"), "{unknown}");
}

#[tokio::test]
async fn both_revisions_are_spoken_and_foreign_pages_kept_out() {
    let server = with_goods().await;
    let version = "2026-07-28";
    let modern = |method: &str| {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": {"io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"}, "io.modelcontextprotocol/clientCapabilities": {}}}})
    };
    let found = call(&server, "/mcp", None, &modern("server/discover")).await.json();
    let versions = found["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!(version)) && versions.contains(&json!("2025-11-25")), "{found}");
    let tools = call(&server, "/mcp", None, &modern("tools/list")).await.json();
    assert_eq!(
        (tools["result"]["tools"].as_array().map(Vec::len), &tools["result"]["cacheScope"]),
        (Some(9), &json!("public"))
    );
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25",
        "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}});
    assert_eq!(call(&server, "/mcp", None, &hello).await.json()["result"]["protocolVersion"], "2025-11-25");
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("host", "evil.example"),
    ];
    assert_eq!(server.send(request("POST", "/mcp", &headers, hello.to_string())).await.status, 403);
    let headers = [headers[0], headers[1], ("host", "127.0.0.1"), ("origin", "http://evil.example")];
    assert_eq!(server.send(request("POST", "/mcp", &headers, hello.to_string())).await.status, 403);
}

#[tokio::test]
async fn a_key_names_its_shop() {
    let server = Server::with_keys();
    for shop in ["gifts", "toys"] {
        let made = format!(r#"{{"id": "{shop}", "settings": {{"encoders": []}}}}"#);
        let headers = [("content-type", "application/json"), ("authorization", "Bearer admin")];
        assert!(server.send(request("POST", "/v1/shops", &headers, made)).await.status.is_success());
    }
    let search = tool("search_catalog", &json!({"catalog": {"query": ""}}));
    assert!(ids(&call(&server, "/mcp", Some("gifts-search"), &search).await).is_empty());
    for (path, key, outcome) in [
        ("/mcp", None, "401 key_missing"),
        ("/mcp", Some("nobody's"), "401 key_unknown"),
        ("/mcp", Some("admin"), "400 shop_missing"),
        ("/v1/toys/mcp", Some("gifts-search"), "403 key_wrong_shop"),
    ] {
        assert_eq!(call(&server, path, key, &search).await.outcome(), outcome, "{path} {key:?}");
    }
}
