//! The description of the API agrees with the API.

use std::collections::BTreeSet;

use axum::body::Body;
use expect_test::expect_file;
use serde_json::Value;

use super::harness::{NOW, Server, request};
use crate::wire::{
    DecisionsBody, EnrichBody, EvaluationBody, ExperimentChangeBody, ExperimentStopBody, ExplainBody, IntentsBody,
    JudgementsBody, KeyBody, LearnStrategyBody, PoliciesBody, RecommendBody, SearchBody, SellingPointsBody, ShopBody,
    SynonymsBody, TrainBody, TrainRankerBody, UnderstandBody,
};

fn document() -> Value {
    serde_json::from_str(crate::openapi_json()).unwrap()
}

#[test]
fn the_description_is_as_committed() {
    expect_file!["openapi.json"].assert_eq(crate::openapi_json());
}

#[test]
fn every_route_is_described() {
    let undescribed = ["/", "/openapi.json", "/errors"];
    let source = include_str!("../routes/mod.rs");
    let routes = source.split(".route(").skip(1).filter_map(|route| route.split('"').nth(1));
    let routes: BTreeSet<_> = routes.filter(|route| !undescribed.contains(route)).collect();
    let document = document();
    let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(routes, described);
}

#[tokio::test]
async fn every_described_operation_exists_and_asks_for_a_key() {
    let server = Server::with_keys();
    for (path, operations) in document()["paths"].as_object().unwrap() {
        let address = path.replace("{shop}", "gifts").replace("rankers/{kind}", "rankers/search");
        let address = address.replace("{version}", "1").replace(['{', '}'], "");
        for method in operations.as_object().unwrap().keys() {
            let answer = server.send(request(&method.to_uppercase(), &address, &[], Body::empty())).await;
            if !["/health", "/ready"].contains(&path.as_str()) {
                assert_eq!(answer.outcome(), "401 key_missing", "{method} {path}");
            }
        }
    }
}

#[test]
fn every_example_is_accepted() {
    let document = document();
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let named = content["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
            for example in named.chain(content.get("example")) {
                accept(path, method, example).unwrap_or_else(|why| panic!("{method} {path} {example}: {why}"));
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "only {seen} examples");
}

fn accept(path: &str, method: &str, example: &Value) -> Result<(), String> {
    use formats::json;
    let wire = |why: crate::error::ApiError| why.message().to_owned();
    let text = example.to_string();
    let field = |why: types::FieldError| why.to_string();
    let all = |read: &dyn Fn(&Value) -> Result<(), String>| match example {
        Value::Array(parts) => parts.iter().try_for_each(read),
        one => read(one),
    };
    let with_id = |value: &Value| {
        let mut value = value.clone();
        value.as_object_mut().unwrap().entry("id").or_insert("a".into());
        value
    };
    match (path, method) {
        ("/v1/{shop}/search" | "/v1/{shop}/pictures/search", _) => {
            crate::body::parse::<SearchBody>(&text).map_err(wire)?.into_asked(NOW).map(drop).map_err(field)
        }
        ("/v1/{shop}/recommend", _) => {
            crate::body::parse::<RecommendBody>(&text).map_err(wire)?.into_asked(NOW).map(drop).map_err(field)
        }
        ("/v1/{shop}/understand", _) => {
            let body = crate::body::parse::<UnderstandBody>(&text).map_err(wire)?;
            body.understanding.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/duplicates/judgements", _) => {
            crate::body::parse::<JudgementsBody>(&text).map_err(wire)?.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/enrich", _) => {
            crate::body::parse::<EnrichBody>(&text).map_err(wire)?.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/selling-points", _) => {
            crate::body::parse::<SellingPointsBody>(&text).map(|body| drop(body.read())).map_err(wire)
        }
        ("/v1/{shop}/intents", _) => {
            crate::body::parse::<IntentsBody>(&text).map_err(wire)?.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/synonyms/proposals", _) => {
            crate::body::parse::<DecisionsBody>(&text).map_err(wire)?.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/policies", _) => {
            let policies = crate::body::parse::<PoliciesBody>(&text).map_err(wire)?.read().map_err(field)?;
            engine::checked_policies(policies).map(drop).map_err(field)
        }
        ("/v1/{shop}/synonyms", _) => {
            let body = crate::body::parse::<SynonymsBody>(&text).map_err(wire)?;
            let wrong = |rule: &String| engine::parse_synonyms(rule).err().map(|errors| format!("{rule}: {errors:?}"));
            body.rules.iter().find_map(wrong).map_or(Ok(()), Err)
        }
        ("/v1/{shop}/recommenders/train", _) => {
            let order = crate::body::parse::<TrainBody>(&text).map_err(wire)?.read().map_err(field)?;
            order.methods().map(drop).map_err(field)
        }
        ("/v1/{shop}/rankers/{kind}/train", _) => {
            let body = crate::body::parse::<TrainRankerBody>(&text).map_err(wire)?;
            body.read(engine::RankerKind::Search).map(drop).map_err(field)
        }
        ("/v1/{shop}/experiments", _) => {
            let settings = types::Settings::default();
            engine::experiment_from_json(example, &settings).map(drop).map_err(field)
        }
        ("/v1/{shop}/experiments/{experiment}", _) => {
            crate::body::parse::<ExperimentChangeBody>(&text).map(drop).map_err(wire)
        }
        ("/v1/{shop}/experiments/{experiment}/stop", _) => {
            crate::body::parse::<ExperimentStopBody>(&text).map(drop).map_err(wire)
        }
        ("/v1/{shop}/ofrep/v1/evaluate/flags" | "/v1/{shop}/ofrep/v1/evaluate/flags/{key}", _) => {
            let body = crate::body::parse::<EvaluationBody>(&text).map_err(wire)?;
            body.read().map(drop).map_err(|(_, why)| why)
        }
        ("/v1/{shop}/strategies", _) => {
            engine::strategies_from_json(example, &types::Settings::default()).map(drop).map_err(field)
        }
        ("/v1/{shop}/strategies/train", _) => {
            crate::body::parse::<LearnStrategyBody>(&text).map_err(wire)?.read().map(drop).map_err(field)
        }
        ("/v1/{shop}/curations/{curation}", _) => json::curation_from_json(example).map(drop).map_err(field),
        ("/v1/{shop}/exploration", _) => engine::exploration_from_json(example).map(drop).map_err(field),
        ("/v1/{shop}/explain", _) => crate::body::parse::<ExplainBody>(&text).map(drop).map_err(wire),
        ("/v1/{shop}/keys", _) => crate::body::parse::<KeyBody>(&text).map_err(wire)?.bounds().map(drop).map_err(field),
        ("/v1/shops", _) => {
            let body = crate::body::parse::<ShopBody>(&text).map_err(wire)?;
            body.settings.iter().try_for_each(|settings| json::settings_from_json(settings).map(drop).map_err(field))
        }
        ("/v1/{shop}/settings" | "/v1/{shop}/settings:validate", _) => {
            json::settings_from_json(example).map(drop).map_err(field)
        }
        ("/v1/{shop}/items", _) => all(&|one| json::item_from_json(one, None).map(drop).map_err(field)),
        ("/v1/{shop}/items/{item}", "put") => json::item_from_json(&with_id(example), None).map(drop).map_err(field),
        ("/v1/{shop}/items/{item}", _) => json::patch_from_json(&with_id(example), None).map(drop).map_err(field),
        ("/v1/{shop}/items:batch", _) => all(&|one| {
            let settings = types::Settings::default();
            crate::routes::items::read_operation(one, &settings).map(drop).map_err(field)
        }),
        ("/v1/{call}", _) => {
            let segment = formats::conventions::convention("segment").map_err(field)?;
            let mapping = formats::Mapping::new(formats::Target::Events);
            let told = formats::conventions::Translator::new(segment, mapping).read(example, None, NOW);
            told.refused.into_iter().next().map_or(Ok(()), |error| Err(field(error)))
        }
        ("/v1/{shop}/events", _) => {
            let id = crate::routes::events::new_event_id;
            all(&|one| json::event_from_json(one, None, NOW, id).map(drop).map_err(field))
        }
        other => Err(format!("no reader for {other:?}")),
    }
}

#[tokio::test]
async fn pages_for_people() {
    let server = Server::open();
    let html = server.send(request("GET", "/", &[("accept", "text/html")], Body::empty())).await;
    assert!(html.text.contains("连衣裙") && html.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(server.get("/").await.json()["name"], "mercato");
    let errors = server.get("/errors").await;
    assert!(errors.text.contains("id=\"page_too_deep\""));
    let docs = server.get("/docs/").await;
    assert!(docs.status.is_success() && docs.text.contains("swagger-ui"), "{}", docs.text);
    assert_eq!(server.get("/docs/swagger-ui-bundle.js").await.status, 200);
    assert_eq!(server.get("/openapi.json").await.json()["info"]["title"], "Mercato");
}

#[test]
fn codes_are_listed_once() {
    let codes: BTreeSet<_> = crate::codes::CODES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes.len(), crate::codes::CODES.len());
}
