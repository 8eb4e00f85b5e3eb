//! Values found for what items lack, over HTTP, in both languages.

use serde_json::{Value, json};

use super::harness::Server;

/// Cups and coffees whose titles say what every seventh item lacks.
async fn filled() -> Server {
    let server = Server::with_shop().await;
    let (brands, roasts) = (["小米", "象印", "膳魔师"], ["dark roast", "light roast", "medium roast"]);
    let mut items: Vec<Value> = Vec::new();
    for at in 0..240 {
        let (brand, roast) = (brands[at % 3], roasts[at / 3 % 3]);
        let mut cup = json!({"id": format!("杯-{at:03}"), "title": format!("{brand}不锈钢保温杯{}ml", 300 + at)});
        let mut coffee =
            json!({"id": format!("coffee-{at:03}"), "title": format!("Peets {roast} whole bean, {at} oz")});
        if at % 7 != 0 {
            cup["attributes"] = json!({"品牌": [brand]});
            coffee["attributes"] = json!({"roast": [roast]});
        }
        items.extend([cup, coffee]);
    }
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

/// The answer of the catalogue as it is now.
async fn enrich(server: &Server, body: Value) -> Value {
    loop {
        let answer = server.json("POST", "/v1/gifts/enrich", body.to_string()).await;
        assert_eq!(answer.outcome(), "200", "{}", answer.text);
        let answer = answer.json();
        if answer["checking"].is_null() {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn values_are_shown_written_searched_and_taken_back() {
    let server = filled().await;
    let shown = enrich(&server, json!({"dry_run": true, "limit": 2})).await;
    let report = &shown["report"];
    assert_eq!((&report["items"], &report["total"]), (&json!(480), &json!(70)), "{report}");
    assert_eq!(report["proposals"].as_array().map(Vec::len), Some(2));
    let precision = |name: &str| {
        let attributes = report["attributes"].as_array().unwrap();
        attributes.iter().find(|one| one["attribute"] == name).unwrap()["precision"].as_f64().unwrap()
    };
    assert!(precision("品牌") >= 0.95 && precision("roast") >= 0.95, "{report}");
    assert!(shown["written"].is_null());
    assert_eq!(server.get("/v1/gifts/enrich").await.json()["items"], json!([]), "a dry run writes nothing");

    let written = enrich(&server, json!({"attributes": ["品牌"]})).await;
    assert_eq!((&written["written"]["added"], &written["written"]["items"]), (&json!(35), &json!(35)), "{written}");
    server.settle();
    let found = server.json("POST", "/v1/gifts/search", r#"{"query": "", "filter": "品牌 = \"小米\""}"#).await.json();
    assert_eq!(found["total"], 80, "what was found is filtered by like what the shop says");
    let item = server.get("/v1/gifts/items/%E6%9D%AF-000").await.json();
    assert_eq!(item["attributes"]["品牌"], "小米");
    assert_eq!(item["provenance"]["品牌"]["passage"], json!({"attribute": "title", "start": 0, "end": 6}));
    let listed = server.get("/v1/gifts/enrich?limit=3").await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(listed["items"][0]["values"], json!({"品牌": "小米"}));
    assert_eq!(listed["next"], "杯-014");

    let again = enrich(&server, json!({"attributes": ["品牌"]})).await;
    assert_eq!((&again["written"]["unchanged"], &again["written"]["items"]), (&json!(35), &json!(0)));
    let gone = server.json("DELETE", "/v1/gifts/enrich?attributes=roast", "").await.json();
    assert_eq!(gone["taken_back"], 0);
    let gone = server.json("DELETE", "/v1/gifts/enrich", "").await.json();
    assert_eq!((&gone["taken_back"], &gone["items"]), (&json!(35), &json!(35)));
    assert_eq!(server.get("/v1/gifts/items/%E6%9D%AF-000").await.json()["attributes"]["品牌"], Value::Null);
}

#[tokio::test]
async fn selling_points_are_kept_and_refused_by_place() {
    let server = Server::with_shop().await;
    let path = "/v1/gifts/selling-points";
    assert_eq!(server.get(path).await.json(), json!({"points": []}));
    let points = json!({"points": [
        {"name": "适合送礼", "phrases": ["送礼佳品", "生日礼物", "礼盒装"]},
        {"name": "good value", "phrases": ["great value", "budget friendly", "save money"]}]});
    assert_eq!(server.json("PUT", path, points.to_string()).await.json(), points);
    assert_eq!(server.get(path).await.json(), points);
    let few = r#"{"points": [{"name": "好", "phrases": ["质量好"]}]}"#;
    assert_eq!(server.json("PUT", path, few).await.outcome(), "422 value_invalid points[0].phrases");
    assert_eq!(server.json("PUT", path, r#"{"points": [{"name": "好"}]}"#).await.outcome().get(..3), Some("422"));
    assert_eq!(server.get(path).await.json(), points, "what is refused changes nothing");
}

#[tokio::test]
async fn bad_wishes_are_refused_by_name() {
    let server = Server::with_shop().await;
    for (body, expected) in [
        (r#"{"min_confidence": 1.5}"#, "422 number_out_of_range min_confidence"),
        (r#"{"attributes": ["brand", "no such name"]}"#, "422 attribute_name_invalid attributes[1]"),
        (r#"{"attributes": ["品牌"]}"#, "422 unknown_attribute"),
        (r#"{"limit": 0}"#, "422 limit_out_of_range limit"),
        (r#"{"dry": true}"#, "422 unknown_field dry"),
    ] {
        let answer = loop {
            let answer = server.json("POST", "/v1/gifts/enrich", body).await;
            if !answer.text.contains("\"checking\"") {
                break answer;
            }
        };
        assert_eq!(answer.outcome().trim_end(), expected, "{body}");
    }
    let answer = server.json("DELETE", "/v1/gifts/enrich?attributes=a,b%20c", "").await;
    assert_eq!(answer.outcome(), "422 attribute_name_invalid attributes[1]");
    assert_eq!(server.get("/v1/gifts/enrich?after=a%00b").await.outcome(), "422 id_control_character after");
    assert_eq!(server.get("/v1/toys/enrich").await.outcome(), "404 unknown_shop");
}
