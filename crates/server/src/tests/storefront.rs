//! The storefront protocol, as its clients speak it; the clients themselves are driven by `web/storefront/check.sh`.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::harness::{NOW, Server, request};
use crate::address::Peer;
use crate::config::{Access, ServerConfig};

/// A server that a storefront talks to, with a small shop in English and Chinese.
pub(super) struct Storefront(pub(super) Server);

impl Storefront {
    pub(super) async fn new() -> Self {
        let keys = Access::Keys { admin: Some("admin".to_owned()), search: Some("search".to_owned()) };
        let storefront = Self(Server::with(ServerConfig { access: keys, ..ServerConfig::default() }));
        let settings = json!({
            "searchableAttributes": ["name", "brand,categories", "unordered(description)"],
            "attributesForFaceting": ["searchable(brand)", "filterOnly(color)", "price", "categories"],
            "customRanking": ["desc(popularity)"], "attributeForDistinct": "model", "somethingOfLater": [1],
            "replicas": ["goods_cheap", "virtual(goods_dear)"],
        });
        storefront.ok("PUT", "goods/settings", &settings).await;
        storefront.ok("PUT", "goods_cheap/settings", &json!({"ranking": ["asc(price)"]})).await;
        storefront.ok("PUT", "goods_dear/settings", &json!({"customRanking": ["desc(price)"]})).await;
        let goods = [
            json!({"objectID": "s1", "name": "Red running shoes", "brand": "Stride", "color": "red", "price": 79.9, "popularity": 9,
                "categories": ["Shoes", "Running"], "model": "run", "description": "Light", "_geoloc": {"lat": 48.85, "lng": 2.35}}),
            json!({"objectID": "s2", "name": "Blue running shoes", "brand": "Stride", "color": "blue", "price": 84.5, "popularity": 8,
                "categories": ["Shoes", "Running"], "model": "run", "_geoloc": {"lat": 48.80, "lng": 2.13}}),
            json!({"objectID": "b1", "name": "Canvas bag", "brand": "L'Été", "color": "red", "price": 20, "popularity": 5,
                "categories": ["Bags"], "description": "For running errands in shoes or without", "_geoloc": {"lat": 52.52, "lng": 13.4}}),
            json!({"objectID": "裙1", "name": "红色雪纺连衣裙", "brand": "朵朵", "color": "红", "price": 199, "popularity": 7,
                "categories": ["女装", "连衣裙"], "description": "夏季新款 <b>透气</b>"}),
        ];
        let add = |body: &Value| json!({"action": "addObject", "body": body});
        let requests: Vec<Value> = goods.iter().map(add).collect();
        storefront.ok("POST", "goods/batch", &json!({ "requests": requests })).await;
        storefront
    }

    pub(super) async fn call(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (StatusCode, HeaderMap, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let headers =
            [("x-algolia-api-key", key), ("x-algolia-application-id", "A"), ("origin", "http://shop.example")];
        let answer = self.0.send(request(method, path, &headers, body)).await;
        let value = if answer.text.is_empty() { Value::Null } else { answer.json() };
        (answer.status, answer.headers, value)
    }

    pub(super) async fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, headers, value) = self.call("admin", method, &format!("/1/indexes/{path}"), body).await;
        assert_eq!(status, 200, "{path}: {value}");
        assert_eq!(headers["access-control-allow-origin"], "*");
        value
    }

    pub(super) async fn refused(&self, path: &str, body: &Value) -> String {
        let (status, headers, value) = self.call("admin", "POST", &format!("/1/indexes/{path}"), body).await;
        assert!(status.is_client_error() && value["status"] == status.as_u16(), "{path} {body}: {status} {value}");
        assert_eq!(headers["access-control-allow-origin"], "*", "errors are read by pages too");
        value["message"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) async fn query(&self, params: &Value) -> Value {
        self.ok("POST", "goods/query", params).await
    }

    /// The ids that a search finds, in order.
    pub(super) async fn found(&self, params: &Value) -> Vec<String> {
        ids(&self.query(params).await)
    }
}

pub(super) fn ids(answer: &Value) -> Vec<String> {
    let hits = answer["hits"].as_array().unwrap_or_else(|| panic!("{answer}"));
    hits.iter().map(|hit| hit["objectID"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_word_is_found_as_typed_begun_or_with_a_slip_and_ordered_by_criteria() {
    let shop = Storefront::new().await;
    for (params, expected) in [
        (json!({"query": "running shoes"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "running sho"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "runnin"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "runn sho"}), vec![]),
        (json!({"query": "runn sho", "queryType": "prefixAll"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "sho", "queryType": "prefixNone"}), vec![]),
        (json!({"query": "runing shoes"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "rnning"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "rnning", "typoTolerance": false}), vec![]),
        (json!({"query": "rnning", "minWordSizefor1Typo": 9}), vec![]),
        (json!({"query": "rnning", "disableTypoToleranceOnWords": ["rnning"]}), vec![]),
        (json!({"query": "rnning", "disableTypoToleranceOnAttributes": ["description"]}), vec!["s1", "s2"]),
        (json!({"query": "running shoes", "restrictSearchableAttributes": ["name"]}), vec!["s1", "s2"]),
        (json!({"query": "green shoes"}), vec![]),
        (json!({"query": "green shoes", "optionalWords": ["green"]}), vec!["s1", "s2", "b1"]),
        (json!({"query": "green shoes", "removeWordsIfNoResults": "firstWords"}), vec!["s1", "s2", "b1"]),
        (json!({"query": "green shoes", "removeWordsIfNoResults": "lastWords"}), vec![]),
        (json!({"query": "été"}), vec!["b1"]),
        (json!({"query": "连衣裙"}), vec!["裙1"]),
        (json!({"query": "红色连衣裙"}), vec!["裙1"]),
        (json!({"query": "連衣裙"}), vec!["裙1"]),
        (json!({"query": "蓝色连衣裙"}), vec![]),
        (json!({"query": ""}), vec!["s1", "s2", "裙1", "b1"]),
        (json!({"query": "!!"}), vec![]),
        (json!({"query": "", "distinct": true}), vec!["s1", "裙1", "b1"]),
        (json!({"query": "", "optionalFilters": ["color:blue", "brand:朵朵<score=3>"]}), vec!["裙1", "s2", "s1", "b1"]),
        (json!({"query": "", "page": 1, "hitsPerPage": 3}), vec!["b1"]),
        (json!({"query": "", "offset": 1, "length": 2}), vec!["s2", "裙1"]),
    ] {
        assert_eq!(shop.found(&params).await, expected, "{params}");
    }
    assert_eq!(ids(&shop.ok("POST", "goods_cheap/query", &json!({"query": "running"})).await), ["b1", "s1", "s2"]);
    assert_eq!(ids(&shop.ok("POST", "goods_dear/query", &json!({"query": ""})).await), ["裙1", "s2", "s1", "b1"]);
}

#[tokio::test]
async fn filters_counts_and_places_on_earth() {
    let shop = Storefront::new().await;
    for (params, expected) in [
        (json!({"filters": "brand:Stride AND price < 80"}), vec!["s1"]),
        (json!({"filters": "(color:red OR color:红) AND NOT brand:Stride"}), vec!["裙1", "b1"]),
        (json!({"filters": "price:50 TO 100"}), vec!["s1", "s2"]),
        (json!({"filters": "categories:'连衣裙'"}), vec!["裙1"]),
        (json!({"filters": "nobody:has"}), vec![]),
        (json!({"filters": "objectID:s2"}), vec!["s2"]),
        (json!({"facetFilters": [["color:red", "color:blue"], "brand:-Stride"]}), vec!["b1"]),
        (json!({"numericFilters": ["price>=50", ["price=79.9", "price=199"]]}), vec!["s1", "裙1"]),
        (json!({"aroundLatLng": "48.86,2.34", "aroundRadius": 30_000}), vec!["s1", "s2"]),
        (json!({"aroundLatLng": "52.5,13.4"}), vec!["b1", "s1", "s2", "裙1"]),
        (json!({"insideBoundingBox": [[53.0, 14.0, 50.0, 10.0]]}), vec!["b1"]),
        (json!({"insidePolygon": [[53.0, 14.0, 50.0, 14.0, 52.5, 10.0]]}), vec!["b1"]),
        (
            json!({"insidePolygon": [[49.0, 2.0, 49.0, 3.0, 48.83, 2.36], [53.0, 14.0, 50.0, 14.0, 52.5, 10.0]]}),
            vec!["s1", "b1"],
        ),
        (json!({"insidePolygon": "0,0,0,1,1,1"}), vec![]),
        (
            json!({"insidePolygon": [[53.0, 14.0, 50.0, 14.0, 52.5, 10.0]], "insideBoundingBox": "49,3,48.82,2"}),
            vec!["s1"],
        ),
        (
            json!({"insideBoundingBox": [[53.0, 14.0, 50.0, 10.0]], "aroundLatLng": "48.86,2.34", "aroundRadius": 30_000}),
            vec!["b1"],
        ),
    ] {
        assert_eq!(shop.found(&params).await, expected, "{params}");
    }
    let counted = shop.query(&json!({"query": "running", "facets": ["*"], "hitsPerPage": 0})).await;
    assert_eq!(
        counted["facets"],
        json!({"brand": {"Stride": 2, "L'Été": 1}, "categories": {"Running": 2, "Shoes": 2, "Bags": 1},
        "price": {"20": 1, "79.9": 1, "84.5": 1}})
    );
    assert_eq!(
        (&counted["facets_stats"]["price"]["min"], &counted["nbHits"], &counted["nbPages"]),
        (&json!(20.0), &json!(3), &json!(0))
    );
    let values = shop.ok("POST", "goods/facets/brand/query", &json!({"facetQuery": "st"})).await;
    assert_eq!(values["facetHits"], json!([{"value": "Stride", "highlighted": "<em>St</em>ride", "count": 2}]));
    let values = shop.ok("POST", "goods/facets/brand/query", &json!({"params": "facetQuery=%E6%9C%B5"})).await;
    assert_eq!(values["facetHits"][0]["highlighted"], "<em>朵</em>朵");
}

#[tokio::test]
async fn what_matches_is_marked_in_the_record_as_it_came() {
    let shop = Storefront::new().await;
    let answer = shop.query(&json!({"query": "runn", "attributesToSnippet": ["description:2"], "attributesToRetrieve": ["name"], "clickAnalytics": true})).await;
    let first = &answer["hits"][0];
    assert_eq!(
        first["_highlightResult"]["name"],
        json!({"value": "Red <em>runn</em>ing shoes", "matchLevel": "full",
        "matchedWords": ["runn"], "fullyHighlighted": false})
    );
    assert!(first.get("brand").is_none() && first["_highlightResult"]["brand"]["matchLevel"] == "none");
    assert_eq!(answer["hits"][2]["_snippetResult"]["description"]["value"], "For <em>runn</em>ing…");
    assert_eq!(answer["queryID"].as_str().unwrap().len(), 32);
    let answer = shop.query(&json!({"query": "透气", "highlightPreTag": "[", "highlightPostTag": "]"})).await;
    assert_eq!(answer["hits"][0]["_highlightResult"]["description"]["value"], "夏季新款 <b>[透气]</b>");
    assert_eq!(answer["hits"][0]["_highlightResult"]["categories"][0]["matchLevel"], "none");
}

#[tokio::test]
async fn rules_and_synonyms_act_and_records_change_by_parts() {
    let shop = Storefront::new().await;
    let rules = json!([
        {"objectID": "r1", "conditions": [{"pattern": "promo", "anchoring": "contains"}], "consequence": {"promote": [{"objectID": "b1", "position": 0}], "userData": {"banner": 1}}},
        {"objectID": "r2", "conditions": [{"context": "summer"}], "consequence": {"hide": [{"objectID": "s1"}], "params": {"filters": "price < 90"}}},
        {"objectID": "r3", "conditions": [{"pattern": "便宜", "anchoring": "startsWith"}], "consequence": {"params": {"query": {"remove": ["便宜"]}, "renderingContent": {"redirect": {"url": "/sale"}}}}},
        {"objectID": "r4", "enabled": false, "conditions": [], "consequence": {"hide": [{"objectID": "s2"}]}},
    ]);
    shop.ok("POST", "goods/rules/batch", &rules).await;
    let promo = shop.query(&json!({"query": "promo"})).await;
    assert_eq!(
        (ids(&promo), &promo["userData"], &promo["appliedRules"]),
        (vec!["b1".to_owned()], &json!([{"banner": 1}]), &json!([{"objectID": "r1"}]))
    );
    assert_eq!(shop.found(&json!({"query": "", "ruleContexts": ["summer"]})).await, ["s2", "b1"]);
    let cheap = shop.query(&json!({"query": "便宜连衣裙"})).await;
    assert_eq!((ids(&cheap), &cheap["renderingContent"]["redirect"]["url"]), (vec!["裙1".to_owned()], &json!("/sale")));
    assert_eq!(shop.found(&json!({"query": "promo", "enableRules": false})).await, Vec::<String>::new());

    let synonyms = json!([{"objectID": "t", "type": "synonym", "synonyms": ["trainers", "running shoes"]},
        {"objectID": "q", "type": "oneWaySynonym", "input": "裙子", "synonyms": ["连衣裙"]}]);
    shop.ok("POST", "goods/synonyms/batch", &synonyms).await;
    assert_eq!(shop.found(&json!({"query": "trainers"})).await, ["s1", "s2", "b1"]);
    assert_eq!(shop.found(&json!({"query": "裙子"})).await, ["裙1"]);
    assert_eq!(shop.ok("POST", "goods/synonyms/search", &json!({"query": "train"})).await["nbHits"], 1);
    shop.ok("DELETE", "goods/synonyms/t", &Value::Null).await;
    assert!(shop.found(&json!({"query": "trainers"})).await.is_empty());

    let update = json!({"popularity": {"_operation": "Increment", "value": 5}, "categories": {"_operation": "AddUnique", "value": "Sale"}});
    shop.ok("POST", "goods/b1/partial", &update).await;
    let bag = shop.ok("GET", "goods/b1", &Value::Null).await;
    assert_eq!(
        (&bag["popularity"], &bag["categories"], &bag["name"]),
        (&json!(10), &json!(["Bags", "Sale"]), &json!("Canvas bag"))
    );
    assert_eq!(shop.found(&json!({"query": ""})).await[0], "b1");
    shop.ok("DELETE", "goods/b1", &Value::Null).await;
    shop.ok("POST", "goods/deleteByQuery", &json!({"filters": "brand:朵朵"})).await;
    assert_eq!(shop.found(&json!({"query": ""})).await, ["s1", "s2"]);
    shop.ok("POST", "goods/operation", &json!({"operation": "copy", "destination": "Copy of it"})).await;
    assert_eq!(
        ids(&shop.ok("POST", "Copy%20of%20it/query", &json!({"query": "running", "hitsPerPage": 1})).await),
        ["s1"]
    );
    assert_eq!(
        shop.ok("POST", "goods/browse", &json!({"hitsPerPage": 1})).await["cursor"].as_str().map(str::is_empty),
        Some(false)
    );
    let settings = shop.ok("GET", "goods/settings", &Value::Null).await;
    assert_eq!((&settings["somethingOfLater"], &settings["replicas"][0]), (&json!([1]), &json!("goods_cheap")));
}

#[tokio::test]
async fn settings_that_come_later_hold_for_records_that_came_before() {
    let shop = Storefront::new().await;
    assert!(shop.query(&json!({"facets": ["model"]})).await["facets"].get("model").is_none());
    shop.ok("PUT", "goods/settings", &json!({"attributesForFaceting": ["model"], "searchableAttributes": ["color"]}))
        .await;
    let answer = shop.query(&json!({"query": "blue", "facets": ["model"]})).await;
    assert_eq!((ids(&answer), &answer["facets"]["model"]), (vec!["s2".to_owned()], &json!({"run": 1})));
    assert!(shop.found(&json!({"query": "running"})).await.is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_told_and_never_breaks() {
    let shop = Storefront::new().await;
    for (path, body, message) in [
        ("nowhere/query", json!({}), "Index nowhere does not exist"),
        ("goods/query", json!({"filters": "brand:"}), "Unexpected token(EOF)"),
        ("goods/query", json!({"filters": "brand:A AND"}), "Unexpected token(EOF)"),
        ("goods/query", json!({"filters": "(brand:A"}), "expected `)`"),
        ("goods/query", json!({"filters": "brand:\"A"}), "is not closed"),
        ("goods/query", json!({"filters": "price <> 3"}), "comparison with a number"),
        ("goods/query", json!({"numericFilters": ["price"]}), "is not a comparison"),
        ("goods/query", json!({"facetFilters": {"a": 1}}), "an array of strings"),
        ("goods/query", json!({"hitsPerPage": -1}), "an integer from 0 to 1000"),
        ("goods/query", json!({"query": 3}), "a string"),
        ("goods/query", json!({"aroundLatLng": "north"}), "two numbers"),
        ("goods/query", json!({"distinct": 5}), "an integer from 0 to 4"),
        ("goods/query", json!({"insidePolygon": [[1.0, 2.0, 3.0, 4.0]]}), "three to 10,000 points"),
        ("goods/query", json!({"advancedSyntax": true, "advancedSyntaxFeatures": ["magic"]}), "got `magic`"),
        ("goods/query", json!({"filters": ["brand:A) OR (brand:B"]}), "expected the end, AND or OR"),
        ("goods/query", json!({"queryType": "prefix"}), "prefixLast"),
        ("*/queries", json!({}), "requests: expected an array"),
        ("*/queries", json!({"requests": [{"query": "x"}]}), "indexName is missing"),
        ("goods/batch", json!({"requests": [{"action": "fly", "body": {"objectID": "x"}}]}), "`fly` is not known"),
        ("goods/batch", json!({"requests": [{"action": "updateObject", "body": {}}]}), "objectID is missing"),
        ("goods/browse", json!({"cursor": "%%"}), "cursor"),
        ("goods/rules/batch", json!([{"objectID": "r"}]), "consequence"),
        (
            "goods/rules/batch",
            json!([{"objectID": "r", "consequence": {}, "conditions": [{"pattern": "x", "anchoring": "near"}]}]),
            "anchoring: expected is, startsWith, endsWith or contains, got `near`",
        ),
        (
            "goods/rules/batch",
            json!([{"objectID": "r", "consequence": {}, "conditions": [{"pattern": "{facet:brand", "anchoring": "is"}]}]),
            "not closed",
        ),
        (
            "goods/rules/batch",
            json!([{"objectID": "r", "conditions": [{"pattern": "{facet:brand}", "anchoring": "is"}],
                "consequence": {"params": {"automaticFacetFilters": ["color"]}}}]),
            "no condition has a pattern with {facet:color}",
        ),
        (
            "goods/rules/batch",
            json!([{"objectID": "r", "conditions": [{"filters": "brand:Stride"}], "consequence": {}}]),
            "filters are not supported there",
        ),
        ("goods/synonyms/batch", json!([{"objectID": "s", "type": "synonym"}]), "expected one of"),
        (
            "goods_cheap/batch",
            json!({"requests": [{"action": "addObject", "body": {"objectID": "x"}}]}),
            "is a replica",
        ),
    ] {
        let got = shop.refused(path, &body).await;
        assert!(got.contains(message), "{path} {body}: {got}");
    }
    let deep = format!("{}brand:A{}", "(".repeat(5000), ")".repeat(5000));
    assert!(shop.refused("goods/query", &json!({ "filters": deep })).await.contains("deeper"));
}

#[tokio::test]
async fn keys_open_what_they_should() {
    let shop = Storefront::new().await;
    let query = |key: String| {
        let shop = &shop;
        async move { shop.call(&key, "POST", "/1/indexes/goods/query", &json!({"query": ""})).await }
    };
    assert_eq!(query("search".to_owned()).await.0, 200);
    assert_eq!(query("wrong".to_owned()).await.0, 403);
    let written = shop.call("search", "PUT", "/1/indexes/goods/x", &json!({"name": "x"})).await;
    assert_eq!(
        (written.0.as_u16(), written.2["message"].as_str()),
        (403, Some("Method not allowed with this API key"))
    );
    let secured = |restrictions: &str| secured("search", restrictions);
    let only_bags = query(secured("filters=categories%3ABags")).await;
    assert_eq!((only_bags.0.as_u16(), ids(&only_bags.2)), (200, vec!["b1".to_owned()]));
    let later = NOW.0 / 1000 + 60;
    assert_eq!(query(secured(&format!("validUntil={later}"))).await.0, 200);
    assert_eq!(query(secured(&format!("validUntil={}", later - 120))).await.0, 403);
    assert_eq!(query(secured("restrictIndices=other*")).await.0, 403);
    let bags = secured("filters=categories%3ABags");
    for (method, path, body) in [
        ("GET", "/1/indexes/goods/s1", Value::Null),
        ("POST", "/1/indexes/*/objects", json!({"requests": [{"indexName": "goods", "objectID": "s1"}]})),
    ] {
        assert_eq!(
            shop.call(&bags, method, path, &body).await.0,
            403,
            "{path}: what a key must not find it must not read"
        );
    }
    let asked = json!({"requests": [{"indexName": "goods", "model": "trending-items", "threshold": 0,
        "fallbackParameters": {"filters": "brand:Stride OR brand:\"L'Été\""}}]});
    let told = shop.call(&bags, "POST", "/1/indexes/*/recommendations", &asked).await.2;
    assert_eq!(ids(&told["results"][0]), ["b1"]);
    let said = json!({"messages": [{"role": "user", "parts": [{"type": "text", "text": "running shoes"}]}]});
    let headers = [("x-algolia-api-key", bags.as_str()), ("x-algolia-application-id", "A")];
    let told =
        shop.0.send(request("POST", "/agent-studio/1/agents/goods/completions", &headers, said.to_string())).await;
    assert!(told.text.contains("Canvas") && !told.text.contains("Blue"), "{}", told.text);
    let escaping = |filters: &str| {
        let (shop, bags) = (&shop, bags.clone());
        let body = json!({"query": "", "filters": filters});
        async move { shop.call(&bags, "POST", "/1/indexes/goods/query", &body).await }
    };
    for filters in
        ["brand:Stride) OR (brand:Stride", "brand:Stride OR brand:Stride", "NOT brand:x", "a:b)) OR ((brand:Stride"]
    {
        let (status, _, told) = escaping(filters).await;
        let found =
            told["hits"].as_array().map(|hits| hits.iter().map(|hit| hit["objectID"].clone()).collect::<Vec<_>>());
        let is_held = status == 400 || found.iter().flatten().all(|id| *id == "b1");
        assert!(is_held, "{filters}: {told}");
    }
    assert_eq!(escaping("brand:Stride) OR (brand:Stride").await.0, 400, "each text is read by itself");
    let asked = json!({"hits": 9});
    let browsed = shop.call(&bags, "POST", "/1/indexes/goods/browse", &asked).await.2;
    assert_eq!(ids(&browsed), ["b1"]);
    for (restrictions, body) in [
        ("insidePolygon=%5B%5B53%2C14%2C50%2C14%2C52.5%2C10%5D%5D", json!({"insideBoundingBox": "90,180,-90,-180"})),
        ("insideBoundingBox=53%2C14%2C50%2C10", json!({"insidePolygon": [[90, 0, -90, 0, 0, 90]]})),
        ("aroundLatLng=52.5%2C13.4&aroundRadius=9000", json!({"insideBoundingBox": "90,180,-90,-180"})),
        ("facetFilters=categories%3ABags", json!({"facetFilters": "brand:Stride"})),
    ] {
        let key = secured(restrictions);
        for path in ["query", "browse"] {
            let told = shop.call(&key, "POST", &format!("/1/indexes/goods/{path}"), &body).await.2;
            assert_eq!(ids(&told), ["b1"], "{restrictions} {path}");
        }
        assert_eq!(shop.call(&key, "GET", "/1/indexes/goods/s1", &Value::Null).await.0, 403, "{restrictions}");
    }
    let rule = json!([{"objectID": "r", "conditions": [], "consequence": {"params": {"filters": "price < 1000", "facetFilters": ["price:-1"]}}}]);
    shop.ok("POST", "goods/rules/batch", &rule).await;
    for restrictions in ["filters=categories%3ABags", "facetFilters=categories%3ABags"] {
        assert_eq!(
            ids(&query(secured(restrictions)).await.2),
            ["b1"],
            "a rule adds to what a key says: {restrictions}"
        );
    }
    let forged = secured("filters=color%3Ared").replace('A', "B");
    assert_eq!(query(forged).await.0, 403);
    // As browsers send it: the key in the address, JSON as plain text, no preflight; and the older generation's parameters.
    let path = "/1/indexes/*/queries?x-algolia-api-key=search&x-algolia-application-id=A";
    let body =
        r#"{"requests":[{"indexName":"goods","params":"query=running&hitsPerPage=1&facets=%5B%22brand%22%5D"}]}"#;
    let answer = shop.0.send(request("POST", path, &[("content-type", "text/plain")], body)).await.json();
    assert_eq!(
        (ids(&answer["results"][0]), &answer["results"][0]["facets"]["brand"]["Stride"]),
        (vec!["s1".to_owned()], &json!(2))
    );
}

#[tokio::test]
async fn events_join_what_was_shown() {
    let shop = Storefront::new().await;
    let answer = shop.query(&json!({"query": "running", "clickAnalytics": true, "userToken": "u-1"})).await;
    let event = json!({"eventType": "click", "eventName": "Hit Clicked", "index": "goods", "userToken": "u-1", "objectIDs": ["s2"],
        "positions": [2], "queryID": answer["queryID"], "timestamp": NOW.0});
    let usage = json!({"eventType": "instantsearch", "eventName": "__start__"});
    let (status, _, told) = shop.call("search", "POST", "/1/events", &json!({"events": [event, usage]})).await;
    assert_eq!((status.as_u16(), &told["message"]), (200, &json!("OK")));
    let log = shop.0.app.engine.shop("goods").unwrap().events(types::Position(0), 100).unwrap();
    let shown = log.iter().find_map(|one| match &one.event.body {
        types::EventBody::Impression(shown) => Some(shown.query_id.clone()),
        _ => None,
    });
    let clicked = log.iter().find_map(|one| match &one.event.body {
        types::EventBody::Interaction(deed) => deed.query_id.clone(),
        _ => None,
    });
    assert!(shown.is_some() && shown == clicked, "{shown:?} {clicked:?}");
    for bad in [
        json!({"eventType": "nonsense"}),
        json!({"eventType": "click", "eventName": "x", "index": "goods", "userToken": "u"}),
    ] {
        assert_eq!(shop.call("search", "POST", "/1/events", &json!({"events": [bad]})).await.0, 400);
    }
}

#[tokio::test]
async fn a_shop_that_was_filled_otherwise_is_searched_as_it_is() {
    let server = Server::with_shop().await;
    let items = r#"[{"id": "boots", "title": "Hiking boots", "brand": "Northwall", "category": [["Shoes", "Hiking"]], "price": {"amount": 89.9, "currency": "EUR"}}]"#;
    assert_eq!(server.json("POST", "/v1/gifts/items", items).await.outcome(), "200");
    server.settle();
    let body = r#"{"query": "hiking", "filters": "brand:Northwall AND price < 90", "facets": ["brand"]}"#;
    let answer = server.json("POST", "/1/indexes/gifts/query", body).await.json();
    assert_eq!(ids(&answer), ["boots"]);
    let hit = &answer["hits"][0];
    assert_eq!(
        (&hit["name"], &hit["price"], &hit["hierarchicalCategories"]["lvl1"][0]),
        (&json!("Hiking boots"), &json!(89.9), &json!("Shoes > Hiking"))
    );
    assert_eq!(answer["facets"], json!({"brand": {"Northwall": 1}}));
    assert_eq!(hit["_highlightResult"]["name"]["value"], "<em>Hiking</em> boots");
    let dear = r#"[{"id": "tent", "title": "Hiking tent", "brand": "Northwall", "price": {"amount": 200, "currency": "EUR"}}]"#;
    server.json("POST", "/v1/gifts/items", dear).await;
    server.settle();
    let settings = r#"{"replicas": ["gifts_dear"], "attributesForFaceting": ["brand"]}"#;
    assert!(server.json("PUT", "/1/indexes/gifts/settings", settings).await.status.is_success());
    server.json("PUT", "/1/indexes/gifts_dear/settings", r#"{"ranking": ["desc(price)"]}"#).await;
    let answer =
        server.json("POST", "/1/indexes/gifts_dear/query", r#"{"query": "hiking", "facets": ["*"]}"#).await.json();
    assert_eq!(
        (ids(&answer), &answer["facets"]["brand"]["Northwall"]),
        (vec!["tent".to_owned(), "boots".to_owned()], &json!(2))
    );
    let refused = server.json("PUT", "/1/indexes/gifts/boots", r#"{"name": "x"}"#).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(server.json("DELETE", "/1/indexes/gifts", "").await.status.is_success());
    assert_eq!(
        server.json("POST", "/1/indexes/gifts/query", "{}").await.json()["nbHits"],
        2,
        "the shop is not the protocol's to delete"
    );
}

#[tokio::test]
async fn keys_are_made_for_what_they_name() {
    let shop = Storefront::new().await;
    let call = |key: &str, method: &'static str, path: &str, body: Value| {
        let (shop, key, path) = (&shop, key.to_owned(), path.to_owned());
        async move {
            let (status, _, answer) = shop.call(&key, method, &path, &body).await;
            (status.as_u16(), answer)
        }
    };
    assert_eq!(call("search", "GET", "/1/keys", Value::Null).await.0, 403);
    let wanted =
        json!({"acl": ["search", "addObject"], "indexes": ["goods*"], "description": "店面", "validity": 3600});
    let key = made(&shop, wanted).await;
    let told = call("admin", "GET", &format!("/1/keys/{key}"), Value::Null).await.1;
    assert_eq!((&told["acl"], &told["indexes"]), (&json!(["search", "addObject"]), &json!(["goods*"])));
    assert_eq!((told["validity"].as_i64(), told["description"].as_str()), (Some(3600), Some("店面")));
    let listed = call("admin", "GET", "/1/keys", Value::Null).await.1;
    assert!(!listed.to_string().contains(&key) && listed.to_string().contains("店面"), "{listed}");
    let record = json!({"name": "x"});
    for (method, path, body, status) in [
        ("POST", "/1/indexes/goods/query", json!({"query": ""}), 200),
        ("POST", "/1/indexes/other/query", json!({"query": ""}), 403),
        ("PUT", "/1/indexes/goods/x", record.clone(), 200),
        ("DELETE", "/1/indexes/goods/x", Value::Null, 403),
        (
            "POST",
            "/1/indexes/goods/batch",
            json!({"requests": [{"action": "deleteObject", "body": {"objectID": "x"}}]}),
            403,
        ),
        ("POST", "/1/indexes/goods/browse", json!({}), 403),
        ("PUT", "/1/indexes/goods/settings", json!({"hitsPerPage": 3}), 403),
        ("GET", "/1/keys", Value::Null, 403),
    ] {
        assert_eq!(call(&key, method, path, body).await.0, status, "{method} {path}");
    }
    let native = [("authorization", format!("Bearer {key}"))];
    let native = [(native[0].0, native[0].1.as_str())];
    let told = shop.0.send(request("GET", "/v1/goods/search?q=", &native, String::new())).await;
    assert_eq!(told.outcome(), "403 key_scope");
    for (body, message) in [
        (json!({"acl": []}), "at least one"),
        (json!({"acl": ["fly"]}), "`fly` is none of"),
        (json!({"acl": ["search"], "maxHitsPerQuery": -5}), "maxHitsPerQuery"),
        (json!({"acl": ["search"], "maxQueriesPerIPPerHour": 2_000_000}), "maxQueriesPerIPPerHour"),
        (json!({"acl": ["search"], "queryParameters": "validUntil=5"}), "validUntil"),
        (json!({"acl": ["search"], "queryParameters": {"filters": "a"}}), "queryParameters"),
        (json!({"acl": ["search"], "colour": 5}), "colour"),
    ] {
        let (status, answer) = call("admin", "POST", "/1/keys", body.clone()).await;
        assert!(
            (400..500).contains(&status) && answer["message"].as_str().unwrap().contains(message),
            "{body}: {answer}"
        );
    }
    // Keys made here are parents of secured keys too, and take them along when they go.
    let parent = made(&shop, json!({"acl": ["search"], "referers": ["https://shop.example/*"]})).await;
    let secured = secured(&parent, "filters=categories%3ABags");
    let from = |page: &'static str| {
        let headers = [("x-algolia-api-key", secured.as_str()), ("x-algolia-application-id", "A"), ("referer", page)];
        shop.0.send(request("POST", "/1/indexes/goods/query", &headers, "{\"query\": \"\"}"))
    };
    let told = from("https://shop.example/a").await;
    assert_eq!((told.status.as_u16(), ids(&told.json())), (200, vec!["b1".to_owned()]));
    assert_eq!(from("https://other.example/a").await.status.as_u16(), 403);
    let changed = call("admin", "PUT", &format!("/1/keys/{parent}"), json!({"acl": ["browse"]})).await;
    assert_eq!(changed.0, 200, "{}", changed.1);
    assert_eq!(from("https://shop.example/a").await.status.as_u16(), 403, "not a search key any more");
    assert_eq!(call("admin", "DELETE", &format!("/1/keys/{parent}"), Value::Null).await.0, 200);
    assert_eq!(from("https://shop.example/a").await.status.as_u16(), 403);
    assert_eq!(call("admin", "GET", &format!("/1/keys/{parent}"), Value::Null).await.0, 404);
}

/// A key that the administrator makes.
async fn made(shop: &Storefront, wanted: Value) -> String {
    let (status, _, made) = shop.call("admin", "POST", "/1/keys", &wanted).await;
    assert_eq!(status, 200, "{made}");
    made["key"].as_str().unwrap().to_owned()
}

/// A key made of another and restrictions.
fn secured(parent: &str, restrictions: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(parent.as_bytes()).unwrap().chain_update(restrictions);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    base64::engine::general_purpose::STANDARD.encode(format!("{hex}{restrictions}"))
}

#[tokio::test]
async fn keys_bound_what_is_asked_with_them() {
    let shop = Storefront::new().await;
    let key = made(
        &shop,
        json!({"acl": ["search", "browse"], "maxHitsPerQuery": 1, "queryParameters": "filters=color%3Ared"}),
    )
    .await;
    let told = shop.call("admin", "GET", &format!("/1/keys/{key}"), &Value::Null).await.2;
    assert_eq!((&told["maxHitsPerQuery"], &told["queryParameters"]), (&json!(1), &json!("filters=color%3Ared")));
    let asks = [
        ("query", json!({"query": ""})),
        ("query", json!({"query": "", "hitsPerPage": 50, "filters": "color:blue OR color:red"})),
        ("query", json!({"query": "", "offset": 0})),
        ("query", json!({"query": "", "length": 9})),
        ("browse", json!({})),
    ];
    for key in [&key, &secured(&key, "hitsPerPage=9")] {
        for (path, body) in &asks {
            let (status, _, answer) = shop.call(key, "POST", &format!("/1/indexes/goods/{path}"), body).await;
            assert_eq!((status.as_u16(), &answer["nbHits"]), (200, &json!(2)), "{path} {body}: {answer}");
            assert_eq!(answer["hits"].as_array().map(Vec::len), Some(1), "{path} {body}: {answer}");
        }
        assert_eq!(shop.call(key, "GET", "/1/indexes/goods/裙1", &Value::Null).await.0, 403, "no filter holds there");
    }
}

#[tokio::test]
async fn keys_are_bound_to_addresses() {
    let shop = Storefront::new().await;
    let parent = made(&shop, json!({"acl": ["search"]})).await;
    let ask = async |key: &str, from: Option<&str>| {
        let headers = [("x-algolia-api-key", key), ("x-algolia-application-id", "A")];
        let mut asked = request("POST", "/1/indexes/goods/query", &headers, "{}");
        if let Some(from) = from {
            asked.extensions_mut().insert(Peer(from.parse().unwrap()));
        }
        shop.0.send(asked).await.status.as_u16()
    };
    for sources in
        ["restrictSources=192.0.2.0%2F24,2001%3Adb8%3A%3A%2F32", "restrictSources=%5B%22192.0.2.0%2F24%22%5D"]
    {
        let key = secured(&parent, sources);
        assert_eq!((ask(&key, Some("192.0.2.7")).await, ask(&key, Some("192.0.3.7")).await), (200, 403), "{sources}");
        assert_eq!(ask(&key, None).await, 403);
    }
    assert_eq!(ask(&secured(&parent, "restrictSources=2001%3Adb8%3A%3A%2F32"), Some("2001:db8::1")).await, 200);
    assert_eq!(ask(&secured(&parent, "restrictSources=home"), Some("192.0.2.7")).await, 403);
    let few = made(&shop, json!({"acl": ["search"], "maxQueriesPerIPPerHour": 2})).await;
    let mut told = Vec::new();
    for from in ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"] {
        told.push(ask(&few, Some(from)).await);
    }
    assert_eq!(told, [200, 200, 429, 200]);
    let changed = json!({"acl": ["search"], "maxQueriesPerIPPerHour": 1});
    assert_eq!(shop.call("admin", "PUT", &format!("/1/keys/{few}"), &changed).await.0, 200);
    assert_eq!(
        (ask(&few, Some("192.0.2.1")).await, ask(&secured(&few, "userToken=u"), Some("192.0.2.1")).await),
        (200, 429)
    );
}

#[tokio::test]
async fn curations_have_their_say_in_storefronts_too() {
    let shop = Storefront::new().await;
    let curation = json!({"name": "包", "when": {"queries": [{"match": "contains", "text": "shoes"}]},
        "rules": [{"pin": {"item": "裙1", "position": 1}}], "redirect": "/bags",
        "banners": [{"title": "Bags", "image": "/bags.png", "link": "https://shop.example/bags"}]});
    let headers = [("authorization", "Bearer admin"), ("content-type", "application/json")];
    let saved = shop.0.send(request("PUT", "/v1/goods/curations/bags", &headers, curation.to_string())).await;
    assert_eq!(saved.outcome(), "200");
    assert!(!shop.found(&json!({"query": "running shoes"})).await.contains(&"裙1".to_owned()));
    let published = shop.0.send(request("POST", "/v1/goods/curations/bags/publish", &headers, "")).await;
    assert_eq!(published.outcome(), "200");
    let told = shop.query(&json!({"query": "running shoes"})).await;
    assert_eq!(ids(&told)[0], "裙1", "{told}");
    assert_eq!(told["renderingContent"]["redirect"]["url"], "/bags");
    let banner = &told["renderingContent"]["widgets"]["banners"][0];
    assert_eq!(
        (&banner["image"]["urls"][0]["url"], &banner["link"]["url"]),
        (&json!("/bags.png"), &json!("https://shop.example/bags"))
    );
}

#[tokio::test]
async fn what_shoppers_must_not_see_is_shown_nowhere() {
    let shop = Storefront::new().await;
    shop.ok("PUT", "goods/settings", &json!({"unretrievableAttributes": ["popularity"]})).await;
    let asks = [
        ("POST", "/1/indexes/goods/query", json!({"query": "bag"})),
        ("POST", "/1/indexes/goods/query", json!({"query": "bag", "unretrievableAttributes": []})),
        ("POST", "/1/indexes/goods/browse", json!({})),
        ("POST", "/1/indexes/goods/browse", json!({"filters": "color:red"})),
        ("POST", "/1/indexes/*/objects", json!({"requests": [{"indexName": "goods", "objectID": "b1"}]})),
        ("GET", "/1/indexes/goods/b1", Value::Null),
    ];
    for (method, path, body) in asks {
        let told = shop.call("search", method, path, &body).await.2.to_string();
        assert!(told.contains("Canvas") && !told.contains("popularity"), "{path} {body}: {told}");
    }
    let own = shop.call("admin", "GET", "/1/indexes/goods/b1", &Value::Null).await.2;
    assert_eq!(own["popularity"], 5);
}
