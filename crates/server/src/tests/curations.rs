//! What merchandisers decide, from a draft to what shoppers see, and who did it.

use serde_json::{Value, json};

use super::harness::{Answer, Server, request};

async fn stocked() -> Server {
    let server = Server::with_shop().await;
    let mut items = json!([
        {"id": "w1", "title": "羽绒服 长款 黑色", "brand": "北境", "price": {"amount": 900, "currency": "CNY"}},
        {"id": "w2", "title": "轻薄羽绒服 红色", "brand": "南风", "price": {"amount": 300, "currency": "CNY"}},
        {"id": "w3", "title": "羽绒服 短款 白色", "brand": "北境", "price": {"amount": 500, "currency": "CNY"}},
        {"id": "h1", "title": "Wireless headphones black", "brand": "Sona"},
        {"id": "h2", "title": "Wireless headphones red", "brand": "Auro"},
        {"id": "h3", "title": "Wireless headphones kids", "brand": "Sona"},
    ]);
    // Enough of them for the word to be known.
    let more =
        (4..12).map(|n| json!({"id": format!("h{n}"), "title": format!("Studio headphones {n}"), "brand": "Auro"}));
    items.as_array_mut().unwrap().extend(more);
    let put = server.json("POST", "/v1/gifts/items", items.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

async fn search(server: &Server, body: Value) -> Value {
    let answer = server.json("POST", "/v1/gifts/search", body.to_string()).await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
    answer.json()
}

fn ids(slate: &Value) -> Vec<&str> {
    slate["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn save(server: &Server, id: &str, curation: Value) -> Answer {
    server.json("PUT", &format!("/v1/gifts/curations/{id}"), curation.to_string()).await
}

async fn post(server: &Server, path: &str) -> Answer {
    server.json("POST", &format!("/v1/gifts/{path}"), "").await
}

#[tokio::test]
async fn a_curation_is_drafted_previewed_published_and_taken_back() {
    let server = stocked().await;
    let plain = search(&server, json!({"query": "羽绒服"})).await;
    assert_ne!(ids(&plain)[0], "w3");
    let last = "w3";
    let winter = json!({"name": "冬季", "when": {"queries": [{"match": "contains", "text": "羽绒"}]},
        "rules": [{"pin": {"item": last, "position": 1}}, {"hide": {"filter": "brand = \"南风\""}}],
        "banners": [{"title": "满300减50", "link": "/sale"}], "redirect": "/winter"});
    let saved = save(&server, "winter", winter.clone()).await;
    assert_eq!((saved.outcome().as_str(), saved.json()["state"].as_str()), ("200", Some("draft")));
    assert_eq!(ids(&search(&server, json!({"query": "羽绒服"})).await), ids(&plain), "a draft moves nothing");
    let preview = search(&server, json!({"query": "羽绒服", "preview": ["winter"], "explain": true})).await;
    assert_eq!((ids(&preview)[0], preview["total"].as_u64()), (last, Some(2)), "{preview}");
    let rules = preview["items"][0]["explanation"]["rules"].to_string();
    assert!(rules.contains("curation winter") && rules.contains("pinned to 1"), "{rules}");
    assert_eq!(post(&server, "curations/winter/publish").await.json()["state"], "live");
    let live = search(&server, json!({"query": "轻薄羽绒服 女"})).await;
    assert_eq!((&live["curations"], &live["redirect"]), (&json!(["winter"]), &json!("/winter")));
    assert_eq!(live["banners"], json!([{"title": "满300减50", "link": "/sale"}]));
    assert_eq!(search(&server, json!({"query": "headphones"})).await.get("curations"), None);
    assert_eq!(ids(&search(&server, json!({"query": "羽绒服", "curated": false})).await), ids(&plain));
    // Another draft leaves what is published as it is.
    assert_eq!(save(&server, "winter", json!({"name": "空"})).await.outcome(), "200");
    assert_eq!(ids(&search(&server, json!({"query": "羽绒服"})).await)[0], last);
    let listed = server.get("/v1/gifts/curations").await.json();
    assert_eq!(listed["curations"][0]["published"]["rules"], winter["rules"]);
    assert_eq!(listed["curations"][0]["draft"]["name"], "空");
    let withdrawn = post(&server, "curations/winter/withdraw").await.json();
    assert_eq!((&withdrawn["state"], &withdrawn["draft"]["name"]), (&json!("draft"), &json!("空")));
    assert_eq!(ids(&search(&server, json!({"query": "羽绒服"})).await), ids(&plain));
    // The change before is the one to take back.
    let audit = server.get("/v1/gifts/audit").await.json();
    let actions: Vec<&str> =
        audit["changes"].as_array().unwrap().iter().map(|change| change["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["withdrawn", "saved", "published", "saved"]);
    let (last_change, earlier) = (&audit["changes"][0], &audit["changes"][1]);
    assert_eq!(post(&server, &format!("audit/{}/undo", earlier["id"])).await.outcome(), "409 changed_since");
    assert_eq!(post(&server, &format!("audit/{}/undo", last_change["id"])).await.outcome(), "200");
    assert_eq!(ids(&search(&server, json!({"query": "羽绒服"})).await)[0], last);
    let gone = server.json("DELETE", "/v1/gifts/curations/winter", "").await;
    assert_eq!(gone.outcome(), "204");
    assert_eq!(server.get("/v1/gifts/curations/winter").await.outcome(), "404 unknown_curation");
    let deleted = &server.get("/v1/gifts/audit?limit=1").await.json()["changes"][0];
    assert_eq!(post(&server, &format!("audit/{}/undo", deleted["id"])).await.outcome(), "200");
    assert_eq!(server.get("/v1/gifts/curations/winter").await.json()["state"], "live");
}

#[tokio::test]
async fn curations_have_their_time_their_place_and_their_shoppers() {
    let server = stocked().await;
    let boost = json!([{"pin": {"item": "h3", "position": 1}}]);
    for (id, extra) in [
        ("past", json!({"until": "2001-01-01T00:00:00Z"})),
        ("future", json!({"from": "2099-01-01T00:00:00Z"})),
        ("vip", json!({"when": {"queries": [{"text": "headphones"}], "segments": ["vip"]}})),
        ("home", json!({"when": {"surfaces": ["home"]}})),
        ("browsing", json!({"when": {"queries": [{"text": ""}]}})),
    ] {
        let mut curation = json!({"name": id, "rules": boost});
        curation.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        assert_eq!(save(&server, id, curation).await.outcome(), "200");
        let published = post(&server, &format!("curations/{id}/publish")).await.json();
        let state = match id {
            "past" => "ended",
            "future" => "scheduled",
            _ => "live",
        };
        assert_eq!(published["state"], state, "{id}");
    }
    let by = |slate: &Value| slate["curations"].to_string();
    // A slip is looked past: `hedphones` means headphones.
    for (body, curations) in [
        (json!({"query": "headphones"}), "null"),
        (json!({"query": "headphones", "segment": "vip"}), "[\"vip\"]"),
        (json!({"query": "ＨＥＡＤＰＨＯＮＥＳ", "segment": "vip"}), "[\"vip\"]"),
        (json!({"query": "headphnes", "segment": "vip"}), "[\"vip\"]"),
        (json!({"query": "wireless headphones", "segment": "vip"}), "null"),
        (json!({"query": "headphones", "surface": "home"}), "[\"home\"]"),
        (json!({"query": ""}), "[\"browsing\"]"),
        (json!({"query": "headphones", "preview": ["future", "none"]}), "[\"future\"]"),
    ] {
        assert_eq!(by(&search(&server, body.clone()).await), curations, "{body}");
    }
    // A draft is previewed before its time.
    let saved = save(&server, "future", json!({"name": "later", "rules": boost, "from": "2099-01-01T00:00:00Z"})).await;
    assert_eq!(saved.outcome(), "200");
    let early = search(&server, json!({"query": "headphones", "preview": ["future"]})).await;
    assert_eq!((by(&early).as_str(), ids(&early)[0]), ("[\"future\"]", "h3"));
}

#[tokio::test]
async fn what_cannot_be_a_curation_is_named() {
    let server = stocked().await;
    for (curation, outcome) in [
        (json!({}), "422 field_missing name"),
        (json!({"name": " "}), "422 value_invalid name"),
        (json!({"name": "x", "wehn": {}}), "422 unknown_field wehn"),
        (
            json!({"name": "x", "rules": [{"pin": {"item": "h1", "position": 0}}]}),
            "422 out_of_range rules.[0].pin.position",
        ),
        (
            json!({"name": "x", "rules": [{"pin": {"item": "h1", "position": 1}}, {"pin": {"item": "h2", "position": 1}}]}),
            "422 value_invalid rules[1].pin",
        ),
        (json!({"name": "x", "filter": "brand = "}), "422 filter_syntax filter"),
        (json!({"name": "x", "filter": "nothing = 1"}), "422 unknown_attribute"),
        (json!({"name": "x", "redirect": "javascript:alert(1)"}), "422 value_invalid redirect"),
        (json!({"name": "x", "redirect": "//evil.example"}), "422 value_invalid redirect"),
        (json!({"name": "x", "banners": [{"text": "无标题"}]}), "422 field_missing banners.[0].title"),
        (
            json!({"name": "x", "when": {"queries": [{"match": "like", "text": "a"}]}}),
            "422 value_invalid when.queries.[0].match",
        ),
        (
            json!({"name": "x", "when": {"queries": [{"match": "contains", "text": ""}]}}),
            "422 value_invalid when.queries.[0].text",
        ),
        (json!({"name": "x", "when": {"surfaces": ["sky"]}}), "422 value_invalid when.surfaces.[0]"),
        (json!({"name": "x", "from": "2026-02-01", "until": "2026-01-01"}), "422 value_invalid until"),
    ] {
        assert_eq!(save(&server, "x", curation.clone()).await.outcome(), outcome, "{curation}");
    }
    assert_eq!(save(&server, "a%20b", json!({"name": "x"})).await.outcome(), "422 value_invalid curation");
    assert_eq!(post(&server, "curations/none/publish").await.outcome(), "404 unknown_curation");
    assert_eq!(post(&server, "audit/7/undo").await.outcome(), "404 unknown_change");
    assert_eq!(server.get("/v1/gifts/audit").await.json()["changes"], json!([]), "what was refused changed nothing");
    let both = json!({"query": "x", "curated": false, "preview": ["x"]});
    let refused = server.json("POST", "/v1/gifts/search", both.to_string()).await;
    assert_eq!(refused.outcome(), "422 value_invalid curated");
}

#[tokio::test]
async fn every_change_tells_the_key_that_made_it() {
    let server = Server::with_keys();
    let as_key = |key: &'static str, method: &'static str, path: &'static str, body: Value| {
        let authorization = format!("Bearer {key}");
        let request = request(
            method,
            path,
            &[("authorization", &authorization), ("content-type", "application/json")],
            body.to_string(),
        );
        server.send(request)
    };
    let made = as_key("admin", "POST", "/v1/shops", json!({"id": "gifts", "settings": {"encoders": []}})).await;
    assert_eq!(made.outcome(), "201");
    for (path, body) in [
        ("/v1/gifts/synonyms", json!({"rules": ["球鞋, 运动鞋"]})),
        ("/v1/gifts/settings", json!({"encoders": [], "diversity": 0.5})),
        ("/v1/gifts/exploration", json!({})),
        ("/v1/gifts/curations/c", json!({"name": "c"})),
    ] {
        assert_eq!(as_key("gifts-write", "PUT", path, body.clone()).await.outcome(), "403 key_scope", "{path}");
        assert_eq!(as_key("gifts-admin", "PUT", path, body).await.outcome(), "200", "{path}");
    }
    // What is not published yet is not for every visitor of the shop to see.
    let preview = json!({"query": "x", "preview": ["c"]});
    for (path, body) in [
        ("/v1/gifts/search", preview.clone()),
        ("/v1/gifts/pictures/search", preview.clone()),
        ("/v1/gifts/explain", json!({"item": "i", "search": preview})),
    ] {
        assert_eq!(as_key("gifts-search", "POST", path, body.clone()).await.outcome(), "403 key_scope", "{path}");
        assert_ne!(as_key("gifts-write", "POST", path, body).await.outcome(), "403 key_scope", "{path}");
    }
    let key = json!({"name": "页面", "scope": "search", "per_minute": 2, "expires": "2099-01-01"});
    let key = as_key("gifts-admin", "POST", "/v1/gifts/keys", key).await.json();
    let audit = server.get_as("gifts-admin", "/v1/gifts/audit").await.json();
    let told: Vec<String> = audit["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!(
                "{} {} by {}",
                change["kind"].as_str().unwrap(),
                change["action"].as_str().unwrap(),
                change["by"]["key"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "key created by \"gifts-admin\"",
            "curation saved by \"gifts-admin\"",
            "exploration saved by \"gifts-admin\"",
            "settings saved by \"gifts-admin\"",
            "synonyms saved by \"gifts-admin\""
        ]
    );
    assert!(!audit.to_string().contains(key["key"].as_str().unwrap()), "a key is never written down");
    assert_eq!(server.get_as("gifts-write", "/v1/gifts/audit").await.outcome(), "403 key_scope");
    let undo = |number: u64| {
        let request =
            request("POST", &format!("/v1/gifts/audit/{number}/undo"), &[("authorization", "Bearer gifts-admin")], "");
        server.send(request)
    };
    assert_eq!(undo(2).await.outcome(), "200");
    let settings = server.get_as("gifts-write", "/v1/gifts/settings").await.json();
    assert_eq!(settings["diversity"], json!(0), "as it was: {settings}");
    assert_eq!(undo(1).await.outcome(), "200");
    assert_eq!(server.get_as("gifts-write", "/v1/gifts/synonyms").await.json()["rules"], json!([]));
    assert_eq!(undo(3).await.outcome(), "409 change_final");
    let token = key["key"].as_str().unwrap();
    for outcome in ["200", "200", "429 too_many_requests"] {
        assert_eq!(server.get_as(token, "/v1/gifts/search?q=x").await.outcome(), outcome);
    }
}
