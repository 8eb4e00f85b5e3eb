//! Quality, duplicates and variants of a catalogue over HTTP, in both languages.

use serde_json::{Value, json};

use super::harness::Server;

async fn put(server: &Server, items: Vec<Value>) {
    let put = server.json("POST", "/v1/gifts/items", Value::Array(items).to_string()).await;
    assert_eq!(put.outcome(), "200", "{}", put.text);
    server.settle();
}

/// The report of the catalogue as it is now.
async fn report(server: &Server, path: &str) -> Value {
    loop {
        let answer = server.get(path).await;
        assert_eq!(answer.outcome(), "200", "{}", answer.text);
        let answer = answer.json();
        if answer["checking"].is_null() {
            return answer["report"].clone();
        }
        tokio::task::yield_now().await;
    }
}

/// Dresses and mugs, some of them with faults.
fn faulty() -> Vec<Value> {
    let yuan = |amount: f64| json!({"amount": amount, "currency": "CNY"});
    let styles = ["雪纺", "碎花", "针织", "蕾丝", "真丝", "棉麻", "牛仔", "丝绒", "格纹", "波点", "条纹", "印花"];
    let mut items: Vec<Value> = Vec::new();
    for (at, style) in styles.iter().enumerate() {
        items.push(json!({"id": format!("dress-{at:02}"), "title": format!("{style}长袖连衣裙女秋装"), "price": yuan(150.0 + at as f64),
            "category": [["女装", "连衣裙"]], "attributes": {"颜色": ["红色"]}}));
        items.push(
            json!({"id": format!("mug-{at:02}"), "title": format!("Stoneware coffee mug {at} handmade pottery kitchen"),
            "price": yuan(30.0 + at as f64), "category": [["Kitchen", "Mugs"]], "attributes": {"colour": ["white"]}}),
        );
    }
    items.push(json!({"id": "x-price", "title": "羊毛长袖连衣裙女秋装", "price": yuan(15_900.0), "category": [["女装", "连衣裙"]],
        "attributes": {"颜色": ["红色"]}}));
    items.push(
        json!({"id": "x-colour", "title": "Blue stoneware coffee mug handmade pottery kitchen", "price": yuan(31.0),
        "category": [["Kitchen", "Mugs"]], "attributes": {"colour": ["red"]}}),
    );
    items.push(
        json!({"id": "x-place", "title": "Rustic stoneware coffee mug handmade pottery kitchen", "price": yuan(160.0),
        "category": [["女装", "连衣裙"]], "attributes": {"颜色": ["红色"]}}),
    );
    items.push(json!({"id": "x-lacks", "title": "灯芯绒长袖连衣裙女秋装", "price": yuan(158.0), "category": [["女装", "连衣裙"]]}));
    items.push(
        json!({"id": "x-homeless", "title": "Glazed stoneware coffee mug handmade pottery kitchen", "price": yuan(33.0),
        "attributes": {"colour": ["white"]}}),
    );
    items.push(json!({"id": "x-postage", "title": "补运费专用", "price": yuan(1.0), "category": [["女装", "连衣裙"]],
        "attributes": {"颜色": ["红色"]}}));
    items
}

#[tokio::test]
async fn faults_are_found_with_evidence_and_mended_by_patches() {
    let server = Server::with_shop().await;
    put(&server, faulty()).await;
    let all = report(&server, "/v1/gifts/quality?limit=1000").await;
    let findings = all["findings"].as_array().unwrap();
    let found = |item: &str, rule: &str| {
        let mut of_item = findings.iter().filter(|finding| finding["item"] == item && finding["rule"] == rule);
        of_item.next().unwrap_or_else(|| panic!("no {rule} of {item} in {all}"))
    };
    assert_eq!(found("x-price", "outlier")["fix"]["patch"]["price"]["amount"], json!(159));
    assert_eq!(found("x-colour", "contradiction")["fix"]["patch"]["attributes"]["colour"], json!("Blue"));
    assert_eq!(found("x-postage", "not_a_product")["fix"]["patch"]["available"], json!(false));
    assert_eq!(found("x-lacks", "missing")["attribute"], json!("颜色"));
    assert_eq!(found("x-homeless", "missing")["fix"]["patch"]["category"], json!(["Kitchen", "Mugs"]));
    let wrong = found("x-place", "wrong_category");
    assert_eq!(wrong["fix"]["patch"]["category"], json!(["Kitchen", "Mugs"]));
    assert_eq!(wrong["fix"]["undo"]["category"], json!(["女装", "连衣裙"]));
    assert!(findings.iter().all(|finding| finding["evidence"] != json!("")));
    let items: Vec<&str> = findings.iter().map(|finding| finding["item"].as_str().unwrap()).collect();
    assert!(items.iter().all(|item| item.starts_with("x-")), "{items:?}");
    assert_eq!(all["prices"].as_array().unwrap().iter().map(|bin| bin["items"].as_u64().unwrap()).sum::<u64>(), 30);

    // Filters and pages.
    let outliers = report(&server, "/v1/gifts/quality?rule=outlier&fixable=true&category=%E5%A5%B3%E8%A3%85").await;
    assert_eq!((&outliers["total"], &outliers["findings"][0]["item"]), (&json!(1), &json!("x-price")));
    let first = report(&server, "/v1/gifts/quality?limit=2").await;
    let second = report(&server, "/v1/gifts/quality?limit=2&after=2").await;
    assert_eq!((&first["next"], first["findings"] == second["findings"]), (&json!(2), false));

    // A patch mends it; what takes it back brings it back.
    let there_and_back = [&wrong["fix"]["patch"], &wrong["fix"]["undo"]];
    for (patch, is_wrong) in there_and_back.into_iter().zip([false, true]) {
        let batch = json!([{ "patch": patch }]).to_string();
        assert_eq!(server.json("POST", "/v1/gifts/items:batch", batch).await.outcome(), "200");
        server.settle();
        let now = report(&server, "/v1/gifts/quality?rule=wrong-category").await;
        assert_eq!(now["total"], json!(u64::from(is_wrong)), "{now}");
    }
}

#[tokio::test]
async fn duplicates_and_variants_are_told_apart() {
    let server = Server::with_shop().await;
    let yuan = |amount: f64| json!({"amount": amount, "currency": "CNY"});
    let mut items = faulty();
    items.extend([
        json!({"id": "d-1", "title": "Sony WH-1000XM4 wireless noise cancelling headphones", "brand": "Sony", "price": yuan(1999.0)}),
        json!({"id": "d-2", "title": "SONY WH1000XM4 Wireless Noise-Cancelling Headphones", "price": yuan(1999.0)}),
        json!({"id": "v-1", "title": "小米不锈钢真空保温杯 500ml 白色", "brand": "小米", "price": yuan(79.0)}),
        json!({"id": "v-2", "title": "小米不锈钢真空保温杯 500ml 黑色", "brand": "小米", "price": yuan(79.0)}),
        json!({"id": "v-3", "title": "小米不锈钢真空保温杯 350ml 白色", "brand": "小米", "price": yuan(69.0)}),
        json!({"id": "s-1", "title": "Garmin Forerunner 245 running watch", "brand": "Garmin", "price": yuan(1500.0)}),
        json!({"id": "s-2", "title": "Garmin Fenix 7 hiking watch sapphire", "brand": "Garmin", "price": yuan(5200.0)}),
    ]);
    put(&server, items).await;
    let all = report(&server, "/v1/gifts/duplicates").await;
    let groups: Vec<(String, Vec<String>)> = all["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            let ids = group["items"].as_array().unwrap().iter().map(|item| item["item"].as_str().unwrap().to_owned());
            (group["relation"].as_str().unwrap().to_owned(), ids.collect())
        })
        .collect();
    let has = |relation: &str, ids: &[&str]| groups.iter().any(|(known, items)| known == relation && items == ids);
    assert!(has("duplicate", &["d-1", "d-2"]), "{all}");
    assert!(has("variant", &["v-1", "v-2", "v-3"]), "{all}");
    assert!(!groups.iter().any(|(_, ids)| ids.iter().any(|id| id == "s-1")), "{all}");
    let variants = report(&server, "/v1/gifts/duplicates?relation=variant&probability=0.1").await;
    let group = &variants["groups"].as_array().unwrap().iter().find(|group| group["group"] == "v-1").unwrap();
    assert_eq!(group["items"][0]["patch"], json!({"id": "v-1", "group": "v-1"}));
    assert_eq!(group["items"][0]["undo"], json!({"id": "v-1", "group": null}));
    assert!(group["items"][1]["varies"].as_array().unwrap().contains(&json!(["colour", "black"])), "{group}");
    assert!(group["evidence"].as_array().is_some_and(|evidence| !evidence.is_empty()));

    // What people say is kept to, and outlives a new report.
    let said = json!({"judgements": [{"left": "d-2", "right": "d-1", "same": false}]}).to_string();
    let judged = server.json("POST", "/v1/gifts/duplicates/judgements", said).await;
    assert_eq!((judged.outcome().as_str(), judged.json()), ("200", json!({"judgements": 1})));
    let now = report(&server, "/v1/gifts/duplicates?relation=duplicate").await;
    assert!(!now.to_string().contains("\"d-1\",\"price\""), "{now}");
    assert!(now["groups"].as_array().unwrap().iter().all(|group| !group.to_string().contains("\"d-1\"")), "{now}");
    assert_eq!(now["matcher"]["judged_different"], json!(1));
    let kept = server.get("/v1/gifts/duplicates/judgements").await.json();
    assert_eq!(kept["judgements"], json!([{"left": "d-1", "right": "d-2", "same": false}]));
    let forget = json!({"judgements": [{"left": "d-1", "right": "d-2", "same": null}]}).to_string();
    assert_eq!(server.json("POST", "/v1/gifts/duplicates/judgements", forget).await.json(), json!({"judgements": 0}));
}

#[tokio::test]
async fn enough_judgements_are_learnt_from() {
    let server = Server::with_shop().await;
    // Here the number of the edition alone tells products apart, and "deluxe" does not.
    let (mut items, mut judgements) = (Vec::new(), Vec::new());
    for at in 0..30 {
        let name = format!("Board game {} {}", ["castle", "harbour", "forest", "desert", "island"][at % 5], 100 + at);
        for (kind, title) in [("a", name.clone()), ("b", format!("{name} deluxe")), ("c", format!("{name} expansion"))]
        {
            items.push(json!({"id": format!("{kind}-{at}"), "title": title}));
        }
        judgements.push(json!({"left": format!("a-{at}"), "right": format!("b-{at}"), "same": true}));
        judgements.push(json!({"left": format!("a-{at}"), "right": format!("c-{at}"), "same": false}));
    }
    put(&server, items).await;
    let body = json!({ "judgements": judgements }).to_string();
    assert_eq!(server.json("POST", "/v1/gifts/duplicates/judgements", body).await.outcome(), "200");
    let learnt = report(&server, "/v1/gifts/duplicates").await;
    let matcher = &learnt["matcher"];
    assert_eq!((&matcher["judged_same"], &matcher["judged_different"]), (&json!(30), &json!(30)));
    assert!(matcher["f1"].as_f64() >= matcher["other_f1"].as_f64(), "{matcher}");
    assert!(matcher["other_f1"].is_f64(), "both were tried: {matcher}");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_by_name() {
    let server = Server::with_shop().await;
    put(&server, vec![json!({"id": "a", "title": "one"})]).await;
    for (path, expected) in [
        ("/v1/gifts/quality?rule=outliers", "422 value_invalid rule"),
        ("/v1/gifts/quality?severity=7", "422 number_out_of_range severity"),
        ("/v1/gifts/quality?limit=0", "422 limit_out_of_range limit"),
        ("/v1/gifts/duplicates?relation=twin", "422 value_invalid relation"),
        ("/v1/gifts/duplicates?probability=-1", "422 number_out_of_range probability"),
        ("/v1/nowhere/quality", "404 unknown_shop"),
    ] {
        assert_eq!(server.get(path).await.outcome(), expected, "{path}");
    }
    for (body, expected) in [
        (r#"{"judgements": [{"left": "a", "right": "b", "same": true}]}"#, "422 unknown_item judgements[0].right"),
        (r#"{"judgements": [{"left": "a", "right": "a", "same": true}]}"#, "422 value_invalid judgements[0].right"),
        (r#"{"judgements": [{"left": "", "right": "a"}]}"#, "422 id_empty judgements[0].left"),
        (r#"{"judgements": [{"left": "a", "right": "b", "same": 1}]}"#, "422 type_mismatch judgements[0].same"),
    ] {
        let outcome = server.json("POST", "/v1/gifts/duplicates/judgements", body).await.outcome();
        assert_eq!(outcome.split(' ').next(), Some("422"), "{outcome}");
        assert!(outcome.ends_with(expected.split(' ').next_back().unwrap()), "{outcome} {expected}");
    }
    assert_eq!(report(&server, "/v1/gifts/quality").await["items"], json!(1));
    assert_eq!(report(&server, "/v1/gifts/duplicates").await["total"], json!(0));
}
