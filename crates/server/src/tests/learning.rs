//! Learning from every event and exploring, over HTTP.

use serde_json::{Value, json};

use super::harness::{NOW, Server};

async fn started() -> Server {
    let server = Server::with_shop().await;
    let item = |number: u32| json!({"id": format!("n{number}"), "title": format!("红色连衣裙 red dress {number}")});
    let items: Vec<Value> = (0..30).map(item).collect();
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
    server
}

#[tokio::test]
async fn clicks_teach_and_programs_do_not() {
    let server = started().await;
    let settings = json!({"encoders": [], "online_learning": 0.3});
    assert_eq!(server.json("PUT", "/v1/gifts/settings", settings.to_string()).await.outcome(), "200");
    let search = json!({"query": "红色连衣裙", "user": "安娜"});
    let found = server.json("POST", "/v1/gifts/search", search.to_string()).await.json();
    let clicked = &found["items"][2]["id"];
    let click = json!({"type": "click", "user": "安娜", "item": clicked, "query_id": found["query_id"]});
    assert_eq!(server.json("POST", "/v1/gifts/events", click.to_string()).await.outcome(), "200");
    let report = server.get("/v1/gifts/learning").await.json();
    // The one clicked, the two above it and the next one.
    assert_eq!((&report["online"]["learnt"], &report["online"]["has_fallen_back"]), (&json!(4), &json!(false)));
    assert_eq!(report["rankers"], json!([{"kind": "search", "version": null}, {"kind": "recommend", "version": null}]));

    let storm =
        |number: i64| json!({"type": "view", "user": "robot", "item": "n1", "time": NOW.0 - 20_000 + 100 * number});
    let storm: Vec<Value> = (0..100).map(storm).collect();
    assert_eq!(server.json("POST", "/v1/gifts/events", Value::Array(storm).to_string()).await.outcome(), "200");
    let kept_out = &server.get("/v1/gifts/learning").await.json()["quarantine"];
    assert_eq!(kept_out, &json!({"actors": 1, "too_fast": 1, "too_steady": 0, "kept_out": 40}));
}

#[tokio::test]
async fn what_is_explored_is_said_and_read_back() {
    let server = started().await;
    assert_eq!(server.get("/v1/gifts/exploration").await.json(), json!({"surfaces": []}));
    let wanted = json!({"surfaces": [{"surface": "search", "policy": "thompson", "places": [2, 6],
        "cold_start": {"places": [3], "exposures": 20, "days": 7}, "budget": {"regret": 0.5, "share": 0.9}}]});
    let put = server.json("PUT", "/v1/gifts/exploration", wanted.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    assert_eq!(put.json()["surfaces"][0]["places"], json!([2, 6]));
    let mut tried = 0;
    for visitor in 0..40 {
        let search = json!({"query": "red dress", "user": format!("visitor {visitor}")});
        assert_eq!(server.json("POST", "/v1/gifts/search", search.to_string()).await.outcome(), "200");
    }
    // Answers are logged behind what answers them; what is appended after them comes after them.
    let view = json!({"type": "view", "user": "visitor 0", "item": "n1"});
    assert_eq!(server.json("POST", "/v1/gifts/events", view.to_string()).await.outcome(), "200");
    for logged in server.get("/v1/gifts/log?limit=1000").await.json()["events"].as_array().unwrap() {
        let shown = logged["shown"].as_array().or_else(|| logged["event"]["shown"].as_array());
        tried +=
            shown.into_iter().flatten().filter(|shown| shown["propensity"].as_f64().is_some_and(|p| p < 1.0)).count();
    }
    assert!(tried > 0, "what was left to chance is logged with its probability");
    let report = server.get("/v1/gifts/learning").await.json();
    assert_eq!(report["exploration"][0]["policy"], "thompson");
    assert_eq!(report["exploration"][0]["waiting"], 40);
    let nothing = server.json("PUT", "/v1/gifts/exploration", json!({"surfaces": []}).to_string()).await;
    assert_eq!(nothing.json(), json!({"surfaces": []}));
}

#[tokio::test]
async fn wrong_exploration_is_refused_by_name() {
    let server = started().await;
    for (surface, expected) in [
        (json!({"surface": "home", "policy": "guess"}), "422 unknown_policy surfaces.[0].policy"),
        (json!({"surface": "cellar", "policy": "ucb"}), "422 out_of_range surfaces.[0].surface"),
        (json!({"surface": "home", "policy": "ucb", "places": [9, 2]}), "422 out_of_range surfaces.[0].places"),
        (
            json!({"surface": "home", "policy": "ucb", "budget": {"regret": 7}}),
            "422 out_of_range surfaces.[0].budget.regret",
        ),
        (json!({"surface": "home", "policy": "ucb", "色": 1}), "422 unknown_field surfaces.[0].色"),
    ] {
        let body = json!({"surfaces": [surface]}).to_string();
        assert_eq!(server.json("PUT", "/v1/gifts/exploration", body).await.outcome(), expected);
    }
}

#[tokio::test]
async fn strategies_are_set_followed_and_learnt_only_from_sessions() {
    let server = started().await;
    let none = server.get("/v1/gifts/strategies").await.json();
    assert_eq!((&none["strategies"], &none["in_force"]), (&json!([]), &json!(null)));
    let two = json!({"strategies": [{"name": "原样"}, {"name": "varied", "changes": {"diversity": 0.5}}], "worth": {"click": 1}});
    let put = server.json("PUT", "/v1/gifts/strategies", two.to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    assert_eq!(put.json()["worth"], json!({"click": 1.0, "cart": 0.3, "purchase": 1.0}));
    let train = server.json("POST", "/v1/gifts/strategies/train", "{}").await;
    assert_eq!(train.outcome(), "422 strategies_unlearnt log");
    for (body, expected) in
        [(r#"{"method": "magic"}"#, "422 value_invalid method"), (r#"{"gain_min": 1e9}"#, "422 out_of_range gain_min")]
    {
        assert_eq!(server.json("POST", "/v1/gifts/strategies/train", body).await.outcome(), expected);
    }
    let arms = json!([{"name": "control"}, {"name": "random", "share": 999, "changes": {"strategy": "random"}}]);
    let experiment = json!({"id": "gather", "arms": arms}).to_string();
    assert_eq!(server.json("POST", "/v1/gifts/experiments", experiment).await.outcome(), "201");
    for visitor in 0..20 {
        let search = json!({"query": "红色连衣裙", "user": format!("visitor {visitor}"), "device": "phone"});
        assert_eq!(server.json("POST", "/v1/gifts/search", search.to_string()).await.outcome(), "200");
    }
    let view = json!({"type": "view", "user": "visitor 0", "item": "n1"});
    assert_eq!(server.json("POST", "/v1/gifts/events", view.to_string()).await.outcome(), "200");
    let log = server.get("/v1/gifts/log?limit=1000").await.text;
    assert!(log.contains("\"followed\"") && log.contains("\"probability\":0.5"), "what is followed is logged");
    let trained = server.json("POST", "/v1/gifts/strategies/train", "{}").await.json();
    assert_eq!((&trained["version"], &trained["report"]["may_act"]), (&json!(1), &json!(false)), "{trained}");
    let promote = |version: &str| format!("/v1/gifts/strategies/{version}/promote");
    assert_eq!(server.json("POST", &promote("1"), "").await.outcome(), "422 strategy_unproven version");
    assert_eq!(server.json("POST", &promote("7"), "").await.outcome(), "422 unknown_strategy version");
    assert_eq!(server.json("POST", &promote("x"), "").await.outcome(), "422 value_invalid version");
    let withdrawn = server.json("POST", "/v1/gifts/strategies/withdraw", "").await;
    assert_eq!(withdrawn.json()["versions"][0]["in_force"], json!(false), "{}", withdrawn.text);
}

#[tokio::test]
async fn a_cross_encoder_that_is_not_there_is_refused() {
    let server = started().await;
    let settings = |read: Value| json!({"encoders": [], "cross_encoder": read}).to_string();
    for (read, expected) in [
        (json!({"top": 5}), "422 field_missing cross_encoder.model"),
        (json!({"model": "x", "top": 1}), "422 out_of_range cross_encoder.top"),
        (json!({"model": "x", "budget_ms": 0}), "422 out_of_range cross_encoder.budget_ms"),
        (json!({"model": "x", "weight": 2}), "422 out_of_range cross_encoder.weight"),
    ] {
        assert_eq!(server.json("PUT", "/v1/gifts/settings", settings(read)).await.outcome(), expected);
    }
    let missing = server.json("PUT", "/v1/gifts/settings", settings(json!({"model": "no-such-model"}))).await;
    assert_eq!(missing.outcome(), "422 value_invalid cross_encoder.model", "{}", missing.text);
}
