//! What parameters of the storefront protocol do to words, groups and places, and rules that look for values of facets.

use serde_json::{Value, json};

use super::harness::Server;
use super::storefront::{Storefront, ids};

#[tokio::test]
async fn signs_and_words_without_a_meaning() {
    let shop = Storefront::new().await;
    for (params, expected) in [
        (json!({"query": "\"running shoes\"", "advancedSyntax": true}), vec!["s1", "s2"]),
        (json!({"query": "“running shoes” -blue", "advancedSyntax": true}), vec!["s1"]),
        (json!({"query": "\"shoes red\"", "advancedSyntax": true}), vec![]),
        (json!({"query": "\"running sho\"", "advancedSyntax": true}), vec![]),
        // Two values of the list of categories.
        (json!({"query": "\"shoes running\"", "advancedSyntax": true}), vec![]),
        (json!({"query": "\"女装连衣裙\"", "advancedSyntax": true}), vec![]),
        (json!({"query": "\"女装\"", "advancedSyntax": true}), vec!["裙1"]),
        (json!({"query": "-stride", "advancedSyntax": true}), vec!["裙1", "b1"]),
        (json!({"query": "running -\"red running\"", "advancedSyntax": true}), vec!["s2", "b1"]),
        (
            json!({"query": "running -red", "advancedSyntax": true, "advancedSyntaxFeatures": ["exactPhrase"]}),
            vec!["s1"],
        ),
        (json!({"query": "\"雪纺连衣裙\"", "advancedSyntax": true}), vec!["裙1"]),
        (json!({"query": "\"红色连衣裙\"", "advancedSyntax": true}), vec![]),
        (json!({"query": "连衣裙 -红色", "advancedSyntax": true}), vec![]),
        (json!({"query": "连衣裙 －蓝色", "advancedSyntax": true}), vec!["裙1"]),
        (json!({"query": "running -red"}), vec!["s1"]),
        (json!({"query": "the running shoes"}), vec![]),
        (json!({"query": "the running shoes", "removeStopWords": true}), vec!["s1", "s2", "b1"]),
        (json!({"query": "the running shoes", "removeStopWords": ["zh"]}), vec![]),
        (json!({"query": "the running shoes", "removeStopWords": true, "queryType": "prefixAll"}), vec![]),
        (json!({"query": "the", "removeStopWords": true, "queryType": "prefixNone"}), vec![]),
        (json!({"query": "红色的连衣裙"}), vec![]),
        (json!({"query": "红色的连衣裙", "removeStopWords": ["zh"]}), vec!["裙1"]),
        (json!({"query": "红色的连衣裙", "removeStopWords": true, "queryLanguages": ["en"]}), vec![]),
        (json!({"query": "紅色的連衣裙", "removeStopWords": true}), vec!["裙1"]),
    ] {
        assert_eq!(shop.found(&params).await, expected, "{params}");
    }
    let answer = shop.query(&json!({"query": "\"running shoes\" -blue", "advancedSyntax": true})).await;
    assert_eq!(
        (&answer["query"], &answer["hits"][0]["_highlightResult"]["name"]["value"]),
        (&json!("\"running shoes\" -blue"), &json!("Red <em>running</em> <em>shoes</em>"))
    );
    let answer = shop.query(&json!({"query": "红色的连衣裙", "removeStopWords": true})).await;
    let marked = &answer["hits"][0]["_highlightResult"]["name"];
    assert_eq!((&marked["value"], &marked["matchLevel"]), (&json!("<em>红色</em>雪纺<em>连衣裙</em>"), &json!("full")));
}

#[tokio::test]
async fn several_of_a_group_and_counts_of_the_best_of_each() {
    let shop = Storefront::new().await;
    for (params, expected, groups) in [
        (json!({"query": "", "distinct": 1}), vec!["s1", "裙1", "b1"], 3),
        (json!({"query": "", "distinct": 2}), vec!["s1", "s2", "裙1", "b1"], 3),
        (json!({"query": "", "distinct": 2, "hitsPerPage": 1}), vec!["s1", "s2"], 3),
        (json!({"query": "", "distinct": 2, "hitsPerPage": 1, "page": 1}), vec!["裙1"], 3),
        (json!({"query": "", "distinct": "true"}), vec!["s1", "裙1", "b1"], 3),
        (json!({"query": "", "distinct": 0}), vec!["s1", "s2", "裙1", "b1"], 4),
    ] {
        let answer = shop.query(&params).await;
        assert_eq!(
            (ids(&answer), &answer["nbHits"]),
            (expected.iter().map(ToString::to_string).collect(), &json!(groups)),
            "{params}"
        );
    }
    let count = |params: Value| {
        let shop = &shop;
        async move { shop.query(&params).await["facets"]["brand"].clone() }
    };
    let (all, best) = (json!({"Stride": 2, "L'Été": 1, "朵朵": 1}), json!({"Stride": 1, "L'Été": 1, "朵朵": 1}));
    assert_eq!(count(json!({"facets": ["brand"], "distinct": true})).await, all);
    assert_eq!(count(json!({"facets": ["brand"], "facetingAfterDistinct": true})).await, all, "nothing is grouped");
    assert_eq!(count(json!({"facets": ["brand"], "distinct": true, "facetingAfterDistinct": true})).await, best);
    let query = json!({"query": "blue", "facets": ["price"], "distinct": true, "facetingAfterDistinct": true});
    assert_eq!(
        shop.query(&query).await["facets"]["price"],
        json!({"84.5": 1}),
        "the best of a group is the best that matches"
    );
    shop.ok(
        "PUT",
        "goods/settings",
        &json!({"attributesForFaceting": ["afterDistinct(searchable(brand))", "categories"]}),
    )
    .await;
    let answer = shop.query(&json!({"facets": ["brand", "categories"], "distinct": true})).await;
    assert_eq!((&answer["facets"]["brand"], &answer["facets"]["categories"]["Shoes"]), (&best, &json!(2)));
}

#[tokio::test]
async fn rules_find_values_of_facets_in_queries() {
    let shop = Storefront::new().await;
    shop.ok("PUT", "goods/settings", &json!({"attributesForFaceting": ["brand", "color", "price", "categories"]}))
        .await;
    let remove = |facet: &str| json!([{"type": "remove", "delete": format!("{{facet:{facet}}}")}]);
    let rules = json!([
        {"objectID": "brand", "conditions": [{"pattern": "{facet:brand}", "anchoring": "contains"}],
            "consequence": {"params": {"query": {"edits": remove("brand")}, "automaticFacetFilters": ["brand"]}}},
        {"objectID": "color", "conditions": [{"pattern": "{facet:color}", "anchoring": "startsWith"}],
            "consequence": {"params": {"query": {"remove": ["{facet:color}"]},
                "automaticOptionalFacetFilters": [{"facet": "color", "score": 3}]}}},
        {"objectID": "not", "conditions": [{"pattern": "no {facet:categories}", "anchoring": "contains"}],
            "consequence": {"params": {"query": {"edits": [{"type": "remove", "delete": "no"}, remove("categories")[0].clone()]},
                "automaticFacetFilters": [{"facet": "categories", "negative": true}]}}},
    ]);
    shop.ok("POST", "goods/rules/batch", &rules).await;
    for (query, expected) in [
        ("stride shoes", vec!["s1", "s2"]),
        ("running STRIDE", vec!["s1", "s2"]),
        ("l'été", vec!["b1"]),
        ("朵朵连衣裙", vec!["裙1"]),
        ("朵朵裙子", vec![]),
        ("blue running", vec!["s2", "s1", "b1"]),
        ("running no bags", vec!["s1", "s2"]),
        ("红 连衣裙", vec!["裙1"]),
    ] {
        assert_eq!(shop.found(&json!({ "query": query })).await, expected, "{query}");
    }
    let answer = shop.query(&json!({"query": "stride shoes"})).await;
    assert_eq!((&answer["query"], &answer["appliedRules"]), (&json!("stride shoes"), &json!([{"objectID": "brand"}])));
}

#[tokio::test]
async fn recommendations_are_joined_by_events_and_answers_tell_what_is() {
    let shop = Storefront::new().await;
    let one = json!({"indexName": "goods", "model": "trending-items", "threshold": 0});
    let mut joined = one.clone();
    joined["queryParameters"] = json!({"clickAnalytics": true, "userToken": "u-1"});
    let told = shop.ok("POST", "*/recommendations", &json!({"requests": [one, joined]})).await;
    assert!(told["results"][0].get("queryID").is_none(), "{told}");
    let query_id = told["results"][1]["queryID"].as_str().unwrap();
    let seen = told["results"][1]["hits"][0]["objectID"].clone();
    let event = json!({"eventType": "click", "eventName": "Related Clicked", "index": "goods", "userToken": "u-1",
        "objectIDs": [seen], "positions": [1], "queryID": query_id, "timestamp": super::harness::NOW.0});
    assert_eq!(shop.call("search", "POST", "/1/events", &json!({"events": [event]})).await.0, 200);
    let log = shop.0.app.engine.shop("goods").unwrap().events(types::Position(0), 1000).unwrap();
    let shown = log.iter().find_map(|one| match &one.event.body {
        types::EventBody::Impression(shown) => Some(shown.query_id.clone()),
        _ => None,
    });
    let clicked = log.iter().find_map(|one| match &one.event.body {
        types::EventBody::Interaction(deed) => deed.query_id.clone(),
        _ => None,
    });
    assert!(shown.is_some() && shown == clicked, "{shown:?} {clicked:?}");

    let indices = shop.call("admin", "GET", "/1/indexes", &Value::Null).await.2;
    let goods = indices["items"].as_array().unwrap().iter().find(|one| one["name"] == "goods").unwrap().clone();
    assert!(goods["fileSize"].as_u64().unwrap() > 0 && goods.get("dataSize").is_none(), "{goods}");
    let browsed = shop.ok("POST", "goods/browse", &json!({"query": "running", "hitsPerPage": 2})).await;
    assert!(browsed["processingTimeMS"].is_u64() && browsed["query"] == "running", "{browsed}");
}

#[tokio::test]
async fn levels_of_categories_in_a_shop_that_was_filled_otherwise() {
    let server = Server::with_shop().await;
    let items = r#"[{"id": "boots", "title": "Hiking boots", "category": [["Shoes", "Hiking", "High"]]},
        {"id": "pumps", "title": "Pumps", "category": [["Shoes", "Formal"]]},
        {"id": "裙", "title": "连衣裙", "category": [["女装", "连衣裙"]]}]"#;
    assert_eq!(server.json("POST", "/v1/gifts/items", items).await.outcome(), "200");
    server.settle();
    let ask = |body: Value| {
        let server = &server;
        async move { server.json("POST", "/1/indexes/gifts/query", body.to_string()).await.json() }
    };
    let levels = ["hierarchicalCategories.lvl0", "categories.lvl1", "category.lvl2", "categories.lvl7"];
    let told = ask(json!({"query": "", "facets": levels})).await;
    assert_eq!(
        told["facets"],
        json!({"hierarchicalCategories.lvl0": {"Shoes": 2, "女装": 1},
            "categories.lvl1": {"Shoes > Formal": 1, "Shoes > Hiking": 1, "女装 > 连衣裙": 1},
            "category.lvl2": {"Shoes > Hiking > High": 1}})
    );
    let told = ask(json!({"query": "", "facetFilters": [["hierarchicalCategories.lvl1:Shoes > Hiking"]]})).await;
    assert_eq!(ids(&told), ["boots"]);
    let told = ask(json!({"query": "", "filters": "categories.lvl0:女装"})).await;
    assert_eq!(ids(&told), ["裙"]);
}
