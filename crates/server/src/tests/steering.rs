//! What is learnt from searches and clicks, and decided by people, over HTTP.

use serde_json::{Value, json};

use super::harness::Server;

/// Items of which nobody says 登山服 or trekking.
async fn stocked() -> Server {
    let server = Server::with_shop().await;
    let mut items = Vec::new();
    for number in 0..8 {
        items.push(
            json!({"id": format!("jacket-{number}"), "title": format!("户外冲锋衣 防水 {number}"), "brand": "北境",
            "category": [["户外", "冲锋衣"]]}),
        );
        items.push(json!({"id": format!("boots-{number}"), "title": format!("Waterproof hiking boots {number}"),
            "brand": "Northwall", "category": [["Shoes", "Hiking"]]}));
        items.push(json!({"id": format!("kitty-{number}"), "title": format!("Hello thank you card {number}"),
            "brand": "Papier", "category": [["Cards"]]}));
    }
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

/// Sessions of several people, each a search without a click and another with clicks.
async fn sessions(server: &Server, from: &str, to: &str, items: &str, people: std::ops::Range<usize>) {
    let mut events = Vec::new();
    for person in people {
        let at = |minute: usize| format!("2026-11-21T10:{minute:02}:00Z");
        let who = format!("{from} {person}");
        let deed = |kind: &str, query: &str, minute: usize| json!({"type": kind, "query": query, "user": who, "session": who, "time": at(minute)});
        events.push(deed("search", from, 1));
        events.push(deed("search", to, 2));
        for number in 0..3 {
            let mut click = deed("click", to, 3);
            click["item"] = json!(format!("{items}-{number}"));
            events.push(click);
        }
    }
    let sent = server.json("POST", "/v1/gifts/events", Value::Array(events).to_string()).await;
    assert_eq!(sent.outcome(), "200", "{}", sent.text);
    server.settle();
}

async fn proposals(server: &Server) -> Value {
    let answer = server.get("/v1/gifts/synonyms/proposals").await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn synonyms_are_proposed_with_evidence_and_decided_by_people() {
    let server = stocked().await;
    assert_eq!(proposals(&server).await["proposals"], json!([]));
    sessions(&server, "登山服", "冲锋衣", "jacket", 0..5).await;
    sessions(&server, "trekking boots", "hiking boots", "boots", 0..4).await;
    let found = proposals(&server).await;
    let rules: Vec<&str> =
        found["proposals"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["登山服 => 冲锋衣", "trekking => hiking"], "{found}");
    let first = &found["proposals"][0];
    assert_eq!(first["evidence"][0]["kind"], "reformulated");
    assert!(first["evidence"][0]["says"].as_str().unwrap().contains("5 sessions"), "{first}");
    // Nothing is in force before somebody says so.
    let search = |query: &'static str| server.json("POST", "/v1/gifts/search", json!({"query": query}).to_string());
    assert_eq!(search("登山服").await.json()["total"], 0);
    let decide = |body: Value| server.json("POST", "/v1/gifts/synonyms/proposals", body.to_string());
    let (jacket, boots) = (first["id"].clone(), found["proposals"][1]["id"].clone());
    for (body, expected) in [
        (json!({"accept": ["nothing"]}), "422 value_unknown accept[0]"),
        (json!({"accept": [jacket], "reject": [jacket]}), "422 value_unknown reject[0]"),
        (json!({"restore": [jacket]}), "422 value_unknown restore[0]"),
        (json!({}), "422 field_missing accept"),
        (json!({"accept": "x"}), "422 type_mismatch accept"),
    ] {
        let outcome = decide(body.clone()).await.outcome();
        assert!(outcome == expected || (outcome.starts_with("422") && body["accept"].is_string()), "{body}: {outcome}");
    }
    let done = decide(json!({"accept": [jacket], "reject": [boots]})).await.json();
    assert_eq!((&done["rules"], &done["rejected"]), (&json!(["登山服 => 冲锋衣"]), &json!(1)));
    assert_eq!(search("登山服").await.json()["total"], 8);
    let after = proposals(&server).await;
    assert_eq!((&after["proposals"], &after["rejected"][0]["id"]), (&json!([]), &boots), "{after}");
    assert_eq!(server.get("/v1/gifts/synonyms").await.json()["rules"], json!(["登山服 => 冲锋衣"]));
    decide(json!({"restore": [boots]})).await;
    assert_eq!(proposals(&server).await["proposals"][0]["id"], boots);
}

#[tokio::test]
async fn queries_that_find_nothing_come_with_what_may_mend_them() {
    let server = stocked().await;
    sessions(&server, "登山服", "冲锋衣", "jacket", 0..5).await;
    for (user, query) in [("a", "watreproof tent zzqq"), ("b", "watreproof tent zzqq"), ("a", "登山服")] {
        server.json("POST", "/v1/gifts/search", json!({"query": query, "user": user}).to_string()).await;
    }
    server.json("PUT", "/v1/gifts/items/last", r#"{"title": "last"}"#).await;
    server.settle();
    let queries = server.get("/v1/gifts/queries").await.json();
    let of = |text: &str| {
        let queries = queries["queries"].as_array().unwrap();
        queries.iter().find(|query| query["text"] == text).unwrap_or_else(|| panic!("{text}: {queries:?}")).clone()
    };
    let chinese = of("登山服");
    assert_eq!((&chinese["problem"], &chinese["fixes"][0]["kind"]), (&json!("found-nothing"), &json!("synonym")));
    assert_eq!(chinese["fixes"][0]["text"], "登山服 => 冲锋衣");
    let kinds = |query: &Value| -> Vec<String> {
        query["fixes"].as_array().unwrap().iter().map(|fix| fix["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&chinese).contains(&"missing-product".to_owned()), "{chinese}");
}

#[tokio::test]
async fn own_searches_are_suggested_to_their_own_people_alone_and_erased_with_them() {
    let server = stocked().await;
    for query in ["冲锋衣 大码", "hiking boots", "<b>hiking</b> boots", "hiking 13800138000"] {
        server.json("POST", "/v1/gifts/search", json!({"query": query, "user": "ann"}).to_string()).await;
    }
    server.json("PUT", "/v1/gifts/items/last", r#"{"title": "last"}"#).await;
    server.settle();
    let suggest = async |query: &str, user: &str| -> Vec<String> {
        let found = server.get(&format!("/v1/gifts/suggest?q={query}&kinds=query:5&user={user}")).await.json();
        let found = found["suggestions"].as_array().unwrap().iter();
        found.filter(|one| one["own"] == true).map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(suggest("hik", "ann").await, ["hiking boots"]);
    assert_eq!(suggest("chong", "ann").await, ["冲锋衣 大码"]);
    assert!(suggest("hik", "ben").await.is_empty());
    assert_eq!(server.get("/v1/gifts/suggest?q=a&who=ann").await.status.as_u16(), 400);
    assert!(
        server
            .send(axum::http::Request::delete("/v1/gifts/users/ann").body(axum::body::Body::empty()).unwrap())
            .await
            .status
            .is_success()
    );
    assert!(suggest("hik", "ann").await.is_empty());
}

#[tokio::test]
async fn words_that_keep_everything_away_are_let_go_and_said_so() {
    let server = stocked().await;
    let search = async |query: &str, cutoff: f64| {
        let body = json!({"query": query, "cutoff": cutoff, "understanding": {"off": ["spelling"]}});
        server.json("POST", "/v1/gifts/search", body.to_string()).await.json()
    };
    let said = |answer: &Value| -> Vec<String> {
        let findings = answer["understanding"]["findings"].as_array().unwrap().iter();
        findings.filter(|one| one["step"] == "relax").map(|one| one["says"].as_str().unwrap().to_owned()).collect()
    };
    // Every item must have all words that any item has; none has both.
    let english = search("hiking boots thank", 1.0).await;
    assert_eq!(
        (&english["total"], said(&english)),
        (&json!(8), vec!["`thank` is not required".to_owned()]),
        "{english}"
    );
    let chinese = search("推荐 防水 thank 冲锋衣", 1.0).await;
    assert_eq!(chinese["total"], 8, "{chinese}");
    assert!(said(&chinese).contains(&"`thank` is not required".to_owned()), "{chinese}");
    // Where enough is found the order stays, and what is not required is said all the same.
    let loose = search("hiking boots thank", 0.0).await;
    assert_eq!((&loose["total"], said(&loose)), (&json!(16), vec!["`thank` is not required".to_owned()]), "{loose}");
    assert_eq!(said(&search("hiking boots", 0.0).await), Vec::<String>::new());
    let off = json!({"query": "hiking boots thank", "cutoff": 1.0, "understanding": {"off": ["relax"]}});
    let off = server.json("POST", "/v1/gifts/search", off.to_string()).await.json();
    assert_eq!(off["total"], 0, "{off}");
}

#[tokio::test]
async fn intents_of_a_shop_need_an_encoder_and_sound_examples() {
    let server = stocked().await;
    let put = |body: Value| server.json("PUT", "/v1/gifts/intents", body.to_string());
    let five = json!(["保修多久", "how long is the warranty", "c", "d", "e"]);
    for (body, expected) in [
        (json!({"intents": [{"name": "warranty", "examples": five}]}), "422 value_invalid intents"),
        (json!({"intents": [{"name": "warranty", "examples": ["a"]}]}), "422 value_invalid intents[0].examples"),
        (json!({"intents": [{"name": "a b", "examples": five}]}), "422 value_invalid intents[0].name"),
        (
            json!({"intents": [{"name": "x", "answers": "me", "examples": five}]}),
            "422 value_unknown intents[0].answers",
        ),
        (json!({}), "422 field_missing intents"),
    ] {
        let outcome = put(body.clone()).await.outcome();
        assert!(outcome == expected || outcome.starts_with(&expected[..4]), "{body}: {outcome}");
    }
    assert_eq!(server.get("/v1/gifts/intents").await.json()["intents"], json!([]));
    assert_eq!(put(json!({"intents": []})).await.outcome(), "200");
}
