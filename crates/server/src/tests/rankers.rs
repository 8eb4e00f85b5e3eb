//! Trained rankers over HTTP.

use std::sync::Arc;
use std::time::Duration;

use engine::{ModelOrder, ModelTrainer, Promote, RankerKind, Shop, TrainWatch, Trained, TrainingFault};
use learn::{LearnedRanker, LinearRanker};
use serde_json::{Value, json};

use super::harness::{NOW, Server, request};
use crate::config::{Access, ServerConfig};
use crate::training::{Refresh, keep_fresh};

/// Makes a ranker that puts the cheap first, without learning; goes on for ever where 7 answers are to be learnt from.
struct Cheap;

impl ModelTrainer for Cheap {
    fn train(&self, shop: &Shop, order: &ModelOrder, watch: &mut TrainWatch<'_>) -> Result<Trained, TrainingFault> {
        let ModelOrder::Ranker(order) = order else { return Err("no ranker".into()) };
        if order.slates == 7 {
            while watch("waiting", 0.5) {
                std::thread::sleep(Duration::from_millis(1));
            }
            return Err("told to stop".into());
        }
        let linear = LinearRanker::new("x", shop.feature_schema(), 0.5, &[("retrieval", 0.5), ("price", -1.0)]);
        let importance = |at: usize| json!({ "feature": format!("f{at}"), "spread": 0.5 });
        let importance: Vec<Value> = (0..9).map(importance).collect();
        let report = json!({ "chosen": "by hand", "importance": importance, "curve": [0.5, 0.6] });
        let version = shop.keep_ranker(order.kind, &LearnedRanker::linear(&linear), &report)?;
        let promoted = order.promote == Promote::Yes;
        if promoted {
            shop.promote_ranker(order.kind, version)?;
        }
        Ok(Trained { version, promoted, report: json!({ "version": version, "promoted": promoted }) })
    }
}

async fn server() -> Server {
    let config = ServerConfig { access: Access::Open, trainer: Some(Arc::new(Cheap)), ..ServerConfig::default() };
    let server = Server::with(config);
    server.json("POST", "/v1/shops", r#"{"id": "gifts", "settings": {"encoders": [], "takeover_minutes": 0}}"#).await;
    let item = |id: &str, title: &str, price: f64| json!({ "id": id, "title": title, "price": { "amount": price, "currency": "CNY" } });
    let items =
        json!([item("裙-1", "红色连衣裙", 10.0), item("裙-2", "连衣裙 连衣裙", 900.0), item("裙-3", "连衣裙", 50.0)]);
    let put = server.json("POST", "/v1/gifts/items", items.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

/// The state of the training once it is none of `states`.
async fn after(server: &Server, kind: &str, states: &[&str]) -> Value {
    loop {
        let state = server.get(&format!("/v1/gifts/rankers/{kind}/train")).await.json();
        if !states.contains(&state["state"].as_str().unwrap()) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn first(server: &Server) -> Value {
    server.get("/v1/gifts/search?q=%E8%BF%9E%E8%A1%A3%E8%A3%99").await.json()["items"][0]["id"].clone()
}

#[tokio::test]
async fn a_ranker_is_trained_shown_promoted_and_taken_back() {
    let server = server().await;
    let train = "/v1/gifts/rankers/search/train";
    assert_eq!(server.get(train).await.json()["state"], "idle");
    let begun = server.json("POST", train, r#"{"slates": 100, "impersonal": true}"#).await;
    assert_eq!((begun.outcome().as_str(), &begun.json()["kind"]), ("202", &json!("search")), "{}", begun.text);
    let state = after(&server, "search", &["running"]).await;
    assert_eq!((&state["state"], &state["report"]["version"]), (&json!("finished"), &json!(1)), "{state}");
    assert_eq!(server.get("/v1/gifts/rankers/recommend/train").await.json()["state"], "idle");
    assert_eq!(server.get("/v1/gifts/recommenders/train").await.json()["state"], "idle");

    let list = server.get("/v1/gifts/rankers").await.json();
    let kind = &list["kinds"][0];
    assert_eq!((&kind["kind"], &kind["in_force"]), (&json!("search"), &Value::Null), "{list}");
    let report = &kind["versions"][0]["report"];
    assert_eq!((report["importance"].as_array().unwrap().len(), &report["curve"]), (5, &Value::Null));
    let whole = server.get("/v1/gifts/rankers/search/1").await.json();
    assert_eq!(
        (whole["report"]["importance"].as_array().unwrap().len(), whole["report"]["curve"].is_array()),
        (9, true)
    );

    let before = first(&server).await;
    assert_ne!(before, "裙-1");
    let promoted = server.json("POST", "/v1/gifts/rankers/search/1/promote", "").await;
    assert_eq!(promoted.json(), json!({ "kind": "search", "in_force": 1 }));
    assert_eq!(first(&server).await, "裙-1", "the cheapest");
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("mercato_ranker_version{shop=\"gifts\",kind=\"search\"} 1"), "{metrics}");
    let back = server.json("POST", "/v1/gifts/rankers/search/roll-back", "").await;
    assert_eq!(back.json(), json!({ "kind": "search" }));
    assert_eq!(first(&server).await, before);
}

/// Explains 裙-2, the dearest, in a search for dresses.
async fn explained(server: &Server, to_place: usize) -> Value {
    let ask = json!({ "item": "裙-2", "search": { "query": "连衣裙" }, "to_place": to_place });
    let answer = server.json("POST", "/v1/gifts/explain", ask.to_string()).await;
    assert_eq!(answer.outcome(), "200", "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn what_would_have_to_change_is_told_by_the_ranker_in_force() {
    let server = server().await;
    let body = r#"{"promote": "yes"}"#;
    assert_eq!(server.json("POST", "/v1/gifts/rankers/search/train", body).await.outcome(), "202");
    assert_eq!(after(&server, "search", &["running"]).await["report"]["promoted"], true);
    let told = explained(&server, 1).await;
    let explanation = &told["explanation"];
    let added = explanation["features"].as_array().unwrap().iter().map(|part| part["contribution"].as_f64().unwrap());
    let sum = explanation["base"].as_f64().unwrap() + added.sum::<f64>();
    assert!((sum - explanation["score"].as_f64().unwrap()).abs() < 1e-4, "{told}");
    let what_if = &told["what_if"];
    assert_eq!((&what_if["place"], &what_if["to_place"]), (&json!(3), &json!(1)), "{told}");
    let changes = what_if["changes"].as_array().unwrap();
    let price = changes.iter().find(|change| change["feature"] == "price").unwrap();
    assert_eq!(price["about"], "item");
    let [from, to] = ["from", "to"].map(|name| price[name].as_f64().unwrap());
    let gap = what_if["needed"].as_f64().unwrap() - what_if["score"].as_f64().unwrap();
    assert!(gap > 0.0 && ((from - to) - gap).abs() < 1e-4, "{told}");
    assert!(what_if["message"].as_str().unwrap().contains("would be enough alone"), "{told}");
    let third = explained(&server, 3).await;
    assert_eq!(third["what_if"]["message"], "by its score it stands at 3 already");

    // The untrained ranker is asked in the same way; its retrieval is taken apart by retriever.
    server.json("POST", "/v1/gifts/rankers/search/roll-back", "").await;
    let ask = json!({ "item": "裙-1", "search": { "query": "连衣裙" }, "to_place": 2 });
    let untrained = server.json("POST", "/v1/gifts/explain", ask.to_string()).await.json();
    let changes = untrained["what_if"]["changes"].as_array().unwrap();
    let about = |name: &str| changes.iter().any(|change| change["about"] == name);
    assert!(about("query and item") && about("retriever"), "{untrained}");
    let refused = json!({ "item": "裙-1", "search": { "query": "连衣裙", "sort": ["price"] }, "to_place": 1 });
    let refused = server.json("POST", "/v1/gifts/explain", refused.to_string()).await;
    assert_eq!(refused.outcome(), "422 value_invalid to_place");
}

#[tokio::test]
async fn a_training_of_a_ranker_is_cancelled_and_there_is_one_at_a_time() {
    let server = server().await;
    let path = "/v1/gifts/rankers/search/train";
    assert_eq!(server.json("POST", path, r#"{"slates": 7}"#).await.outcome(), "202");
    for other in [path, "/v1/gifts/rankers/recommend/train", "/v1/gifts/recommenders/train"] {
        let second = server.json("POST", other, "{}").await;
        assert_eq!(second.outcome(), "409 training_running", "{other}");
        assert!(second.text.contains(path), "{}", second.text);
    }
    let other = request("DELETE", "/v1/gifts/rankers/recommend/train", &[], "");
    assert_eq!(server.send(other).await.outcome(), "404 training_unknown");
    assert_eq!(server.send(request("DELETE", path, &[], "")).await.json()["state"], "cancelling");
    assert_eq!(after(&server, "search", &["running", "cancelling"]).await["state"], "cancelled");
    assert_eq!(server.get("/v1/gifts/rankers").await.json()["kinds"][0]["versions"], json!([]));
}

#[tokio::test]
async fn what_is_refused_is_named() {
    let server = server().await;
    for (path, body, expected) in [
        ("search/train", r#"{"slates": 0}"#, "422 number_out_of_range slates"),
        ("search/train", r#"{"threads": 999}"#, "422 number_out_of_range threads"),
        ("search/train", r#"{"promote": "maybe"}"#, "422 value_invalid promote"),
        ("search/train", r#"{"models": []}"#, "422 unknown_field models"),
        ("for-you/train", "{}", "422 value_invalid kind"),
        ("search/9/promote", "", "404 unknown_ranker version"),
        ("search/first/promote", "", "422 value_invalid version"),
        ("for-you/roll-back", "", "422 value_invalid kind"),
    ] {
        let answer = server.json("POST", &format!("/v1/gifts/rankers/{path}"), body).await;
        assert_eq!(answer.outcome(), expected, "{path} {body}");
    }
    assert_eq!(server.get("/v1/gifts/rankers/search/9").await.outcome(), "404 unknown_ranker version");
    assert_eq!(server.get("/v1/toys/rankers").await.outcome(), "404 unknown_shop");
    let unfit = engine::Error::UnfitRanker { kind: "search", version: 1, why: "its file is damaged".to_owned() };
    let unfit = crate::error::ApiError::from(unfit);
    assert!(unfit.message().contains("its file is damaged"));
    assert_eq!(axum::response::IntoResponse::into_response(unfit).status(), 409);
}

#[tokio::test]
async fn reading_needs_less_than_training() {
    let server = Server::with_keys();
    let header = |key: &str| format!("Bearer {key}");
    for (key, method, path, expected) in [
        ("gifts-write", "GET", "", "404 unknown_shop"),
        ("gifts-search", "GET", "", "403 key_scope"),
        ("gifts-search", "GET", "/search/1", "403 key_scope"),
        ("gifts-write", "POST", "/search/train", "403 key_scope"),
        ("gifts-write", "POST", "/search/1/promote", "403 key_scope"),
        ("gifts-write", "POST", "/search/roll-back", "403 key_scope"),
        ("gifts-write", "DELETE", "/search/train", "403 key_scope"),
    ] {
        let path = format!("/v1/gifts/rankers{path}");
        let answer = server.send(request(method, &path, &[("authorization", &header(key))], "{}")).await;
        assert_eq!(answer.outcome(), expected, "{key} {method} {path}");
    }
}

#[tokio::test]
async fn the_schedule_trains_the_rankers_that_are_due() {
    let server = server().await;
    let refresh = Refresh {
        every: Duration::from_secs(3_600),
        shops: vec!["gifts".to_owned()],
        kinds: Vec::new(),
        rankers: vec![RankerKind::Search],
        models: vec!["popular".to_owned()],
        holdout_days: 30,
        memory: None,
        threads: 1,
        promote: Promote::Yes,
    };
    let app = Arc::clone(&server.app);
    let keeper = std::thread::spawn(move || {
        keep_fresh(&app.engine, &app.trainings, &refresh, &types::FixedClock(NOW), &app.closing);
    });
    let shop = server.app.engine.shop("gifts").unwrap();
    while shop.ranker(RankerKind::Search).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let state = after(&server, "search", &["running"]).await;
    assert_eq!((&state["by"], &state["state"]), (&json!("schedule"), &json!("finished")));
    server.app.closing.store(true, std::sync::atomic::Ordering::Relaxed);
    keeper.join().unwrap();
    let versions = |kind| shop.ranker_versions(kind).unwrap().len();
    assert_eq!((versions(RankerKind::Search), versions(RankerKind::Recommend)), (1, 0));
}
