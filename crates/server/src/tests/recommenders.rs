//! Trained recommenders over HTTP.

use std::sync::Arc;
use std::time::Duration;

use engine::{ModelOrder, ModelTrainer, RecommenderTraining, Shop, TrainWatch, Trained, TrainingFault};
use serde_json::{Value, json};
use types::RecommendKind;

use super::harness::{NOW, Server, request};
use crate::config::{Access, ServerConfig};
use crate::training::{Refresh, keep_fresh};

/// Trains the first method of an order without comparing; goes on for ever where 3,650 days are held out.
struct Plain;

impl ModelTrainer for Plain {
    fn train(&self, shop: &Shop, order: &ModelOrder, watch: &mut TrainWatch<'_>) -> Result<Trained, TrainingFault> {
        let ModelOrder::Recommender(order) = order else { return Err("no recommender".into()) };
        if order.holdout_days == 3650 {
            while watch("waiting", 0.5) {
                std::thread::sleep(Duration::from_millis(1));
            }
            return Err("told to stop".into());
        }
        let (method, parameters) = order.methods()?.swap_remove(0);
        let training = RecommenderTraining { method, parameters, memory: order.memory, seed: 1, until: None };
        let version = shop.train_recommender(order.kind, &training, json!({ "measure": "none" }), &mut ())?;
        Ok(Trained { version, promoted: false, report: json!({ "version": version, "model": method.name }) })
    }
}

async fn server() -> Server {
    let config = ServerConfig { access: Access::Open, trainer: Some(Arc::new(Plain)), ..ServerConfig::default() };
    let server = Server::with(config);
    server.json("POST", "/v1/shops", r#"{"id": "gifts", "settings": {"encoders": []}}"#).await;
    let items =
        json!([{ "id": "茶", "title": "龙井" }, { "id": "cup", "title": "Cup" }, { "id": "pot", "title": "Pot" }]);
    assert_eq!(server.json("POST", "/v1/gifts/items", items.to_string()).await.outcome(), "200");
    let bought = |user: &str, item: &str| json!({ "type": "purchase", "user": user, "session": user, "item": item });
    let events = json!([bought("ann", "茶"), bought("ann", "cup"), bought("bob", "茶"), bought("cid", "pot")]);
    assert_eq!(server.json("POST", "/v1/gifts/events", events.to_string()).await.outcome(), "200");
    server.settle();
    server
}

/// The state of the training once it is none of `states`.
async fn after(server: &Server, states: &[&str]) -> Value {
    loop {
        let state = server.get("/v1/gifts/recommenders/train").await.json();
        if !states.contains(&state["state"].as_str().unwrap()) {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_training_is_begun_followed_promoted_and_taken_back() {
    let server = server().await;
    assert_eq!(server.get("/v1/gifts/recommenders/train").await.json()["state"], "idle");
    let begun = server.json("POST", "/v1/gifts/recommenders/train", r#"{"models": ["popular"]}"#).await;
    assert_eq!((begun.outcome().as_str(), &begun.json()["kind"]), ("202", &json!("for-you")), "{}", begun.text);
    let state = after(&server, &["running"]).await;
    assert_eq!((&state["state"], &state["by"]), (&json!("finished"), &json!("request")), "{state}");
    assert_eq!(state["report"], json!({ "version": 1, "model": "popular" }));
    let list = server.get("/v1/gifts/recommenders").await.json();
    let version = &list["kinds"][0]["versions"][0];
    assert_eq!((&version["model"], &version["in_force"]), (&json!("popular"), &json!(false)), "{list}");
    assert_eq!(version["report"]["interactions"], 4);

    let ask = "/v1/gifts/recommend?kind=for-you&user=cid";
    assert_eq!(server.get(ask).await.json()["items"][0]["source"], "for-you");
    let promoted = server.json("POST", "/v1/gifts/recommenders/promote", r#"{"kind": "for-you", "version": 1}"#).await;
    assert_eq!(promoted.json(), json!({ "kind": "for-you", "in_force": 1 }));
    let answer = server.get(ask).await.json();
    assert_eq!((&answer["items"][0]["id"], &answer["items"][0]["source"]), (&json!("茶"), &json!("model")), "{answer}");
    let metrics = server.get("/metrics").await.text;
    assert!(metrics.contains("mercato_recommender_version{shop=\"gifts\",kind=\"for-you\"} 1"), "{metrics}");
    let back = server.json("POST", "/v1/gifts/recommenders/roll-back", r#"{"kind": "for-you"}"#).await;
    assert_eq!(back.json(), json!({ "kind": "for-you" }));
    assert_ne!(server.get(ask).await.json()["items"][0]["source"], "model");
}

#[tokio::test]
async fn a_training_is_cancelled_and_there_is_one_at_a_time() {
    let server = server().await;
    let path = "/v1/gifts/recommenders/train";
    let nothing = server.send(request("DELETE", path, &[], "")).await;
    assert_eq!(nothing.outcome(), "404 training_unknown");
    let begun = server.json("POST", path, r#"{"holdout_days": 3650}"#).await;
    assert_eq!(begun.outcome(), "202", "{}", begun.text);
    let second = server.json("POST", path, "{}").await;
    assert_eq!((second.outcome().as_str(), second.header("retry-after")), ("409 training_running", "10"));
    assert!(server.get("/metrics").await.text.contains("mercato_training_running{shop=\"gifts\"} 1"));
    assert_eq!(server.send(request("DELETE", path, &[], "")).await.json()["state"], "cancelling");
    assert_eq!(after(&server, &["running", "cancelling"]).await["state"], "cancelled");
    assert_eq!(server.get("/v1/gifts/recommenders").await.json()["kinds"][0]["versions"], json!([]));
}

#[tokio::test]
async fn what_is_refused_is_named() {
    let server = server().await;
    for (body, expected) in [
        (r#"{"kind": "new"}"#, "422 value_invalid kind"),
        (r#"{"models": ["magic"]}"#, "422 unknown_model model"),
        (r#"{"models": []}"#, "422 field_missing models"),
        (
            r#"{"models": ["popular"], "parameters": {"popular": {"half-life-days": -1}}}"#,
            "422 parameter_out_of_range half-life-days",
        ),
        (r#"{"models": ["popular"], "parameters": {"popular": {"depth": 1}}}"#, "422 unknown_parameter parameter"),
        (r#"{"holdout_days": 0}"#, "422 number_out_of_range holdout_days"),
        (r#"{"memory_mib": 0}"#, "422 number_out_of_range memory_mib"),
        (r#"{"threads": 999}"#, "422 number_out_of_range threads"),
        (r#"{"promote": "maybe"}"#, "422 value_invalid promote"),
        (r#"{"promot": "yes"}"#, "422 unknown_field promot"),
    ] {
        assert_eq!(server.json("POST", "/v1/gifts/recommenders/train", body).await.outcome(), expected, "{body}");
    }
    let promote = |body: &'static str| server.json("POST", "/v1/gifts/recommenders/promote", body);
    assert_eq!(promote(r#"{"kind": "for-you", "version": 9}"#).await.outcome(), "404 unknown_recommender version");
    assert_eq!(promote(r#"{"kind": "trending", "version": 1}"#).await.outcome(), "422 value_invalid kind");
    assert_eq!(server.json("POST", "/v1/toys/recommenders/train", "{}").await.outcome(), "404 unknown_shop");
    let untrained = Server::with_shop().await;
    let off = untrained.json("POST", "/v1/gifts/recommenders/train", "{}").await;
    assert_eq!(off.outcome(), "404 training_off");
}

#[tokio::test]
async fn reading_needs_less_than_training() {
    let server = Server::with_keys();
    let header = |key: &str| format!("Bearer {key}");
    for (key, method, path, expected) in [
        ("gifts-write", "GET", "/v1/gifts/recommenders", "404 unknown_shop"),
        ("gifts-search", "GET", "/v1/gifts/recommenders", "403 key_scope"),
        ("gifts-write", "POST", "/v1/gifts/recommenders/train", "403 key_scope"),
        ("gifts-write", "POST", "/v1/gifts/recommenders/promote", "403 key_scope"),
        ("gifts-write", "POST", "/v1/gifts/recommenders/roll-back", "403 key_scope"),
        ("gifts-write", "DELETE", "/v1/gifts/recommenders/train", "403 key_scope"),
    ] {
        let answer = server.send(request(method, path, &[("authorization", &header(key))], "{}")).await;
        assert_eq!(answer.outcome(), expected, "{key} {method} {path}");
    }
}

#[tokio::test]
async fn the_schedule_trains_what_is_due_and_only_that() {
    let server = server().await;
    let refresh = Refresh {
        every: Duration::from_secs(3_600),
        shops: vec!["gifts".to_owned()],
        kinds: vec![RecommendKind::ForYou, RecommendKind::Similar],
        rankers: Vec::new(),
        models: vec!["popular".to_owned()],
        holdout_days: 30,
        memory: None,
        threads: 1,
        promote: engine::Promote::No,
    };
    let app = Arc::clone(&server.app);
    let keeper = std::thread::spawn(move || {
        keep_fresh(&app.engine, &app.trainings, &refresh, &types::FixedClock(NOW), &app.closing);
    });
    let versions = |kind: usize| {
        let shop = server.app.engine.shop("gifts").unwrap();
        shop.recommender_versions(engine::TRAINED_KINDS[kind]).unwrap().len()
    };
    while versions(0) + versions(1) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let state = after(&server, &["running"]).await;
    assert_eq!((&state["by"], &state["state"]), (&json!("schedule"), &json!("finished")));
    server.app.closing.store(true, std::sync::atomic::Ordering::Relaxed);
    keeper.join().unwrap();
    assert_eq!((versions(0), versions(1), versions(2)), (1, 1, 0));
}
