//! Documents of others become events, are skipped with a reason, or are refused by field; never lost.

use expect_test::{Expect, expect};
use formats::Mapping;
use formats::Target;
use formats::conventions::{CONVENTIONS, Told, Translator, convention, join_impressions, recognise, survey};
use formats::feeds::recognise as recognise_feed;
use formats::json::{event_from_json, event_to_json};
use proptest::prelude::*;
use serde_json::{Value, json};
use types::{Event, EventBody, EventId, Millis, Settings};

/// 2026-11-22T00:00:00Z
const NOW: Millis = Millis(1_795_305_600_000);

fn translator(name: &str, mapping: &str) -> Translator {
    let mapping = if mapping.is_empty() { Mapping::new(Target::Events) } else { Mapping::parse(mapping).unwrap() };
    Translator::new(convention(name).unwrap(), mapping)
}

fn told(name: &str, mapping: &str, document: &Value) -> Told {
    translator(name, mapping).read(document, None, NOW)
}

/// What a document becomes, without ids and times.
fn words(told: &Told) -> String {
    let mut out = String::new();
    for event in &told.events {
        let mut document = event_to_json(event);
        ["event_id", "time"].iter().for_each(|name| drop(document.as_object_mut().unwrap().shift_remove(*name)));
        out += &format!("{document}\n");
    }
    told.skipped.iter().for_each(|part| out += &format!("skipped {}: {}\n", part.what, part.reason));
    told.left_out.iter().for_each(|part| out += &format!("left out {}: {}\n", part.what, part.reason));
    told.refused.iter().for_each(|error| out += &format!("refused {} {error}\n", error.code));
    out
}

fn check(name: &str, mapping: &str, document: Value, expected: Expect) {
    expected.assert_eq(&words(&told(name, mapping, &document)));
}

fn track(event: &str, properties: Value) -> Value {
    json!({"type": "track", "messageId": "m", "anonymousId": "g", "event": event, "properties": properties,
        "timestamp": "2026-11-21T23:00:00Z"})
}

#[test]
fn faults_name_the_field_of_the_foreign_document() {
    check(
        "segment",
        "",
        track("Product Added", json!({"product_id": "a", "quantity": "many"})),
        expect![[r#"
        refused type_mismatch `properties.quantity`: expected a number, got the text "many"
    "#]],
    );
    check(
        "segment",
        "",
        track("Product Viewed", json!({"name": "no id"})),
        expect![[r#"
        refused field_missing `properties.products`: expected an item at one of properties.products, product_id, sku, id, because the event means `view`, got nothing
    "#]],
    );
    check(
        "segment",
        "",
        json!({"type": "track", "messageId": "m"}),
        expect![[r#"
        refused field_missing `event`: expected what the track call is about, got nothing
    "#]],
    );
    check(
        "segment",
        "",
        json!({"batch": [1, {"type": "track", "event": "Product Viewed", "timestamp": "昨天",
        "properties": {"product_id": "a", "price": "cheap", "currency": "EUR"}}]}),
        expect![[r#"
            refused type_mismatch `batch[0]`: expected an event, as an object, got the number 1
            refused time_invalid `batch[1].timestamp`: expected an ISO 8601 time such as "2024-05-01T12:30:00Z", or milliseconds since 1970, got the text "昨天"
        "#]],
    );
    check(
        "segment",
        "",
        json!({"batch": {}}),
        expect![[r#"
        refused type_mismatch `batch`: expected a list of events, got an object with no fields
    "#]],
    );
    check(
        "ga4",
        "",
        json!({"client_id": "c"}),
        expect![[r#"
        refused type_mismatch `events`: expected a list of events, got nothing
    "#]],
    );
    check(
        "insights",
        "",
        json!({"eventType": "nonsense", "eventName": "x", "userToken": "u", "objectIDs": ["a"]}),
        expect![[r#"
            refused event_type_unknown `eventType`: expected click, conversion or view, got nonsense
        "#]],
    );
    check(
        "gorse",
        "",
        json!({"FeedbackType": "read", "UserId": {"id": 1}, "ItemId": "a"}),
        expect![[r#"
        refused type_mismatch `UserId`: expected a text, got an object with id
    "#]],
    );
    check(
        "ubi",
        "",
        json!({"application": "shop"}),
        expect![[r#"
        refused field_missing `action_name`: expected what was done (or `user_query` in a query), got nothing
    "#]],
    );
}

#[test]
fn values_are_read_as_trackers_send_them() {
    // Fractions of a piece, amounts without a currency, a currency given beside, a known and an unknown user.
    check(
        "segment",
        "",
        track("Product Added", json!({"sku": 7, "price": 10, "quantity": 0.5})),
        expect![[r#"
        {"type":"add-to-cart","anonymous":"g","item":"7","quantity":1}
        left out a part of a piece: quantity 0.5 counts as 1
        left out properties.price: the amount names no currency; one can be given
    "#]],
    );
    check(
        "segment",
        "target = 'events'\ncurrency = 'CNY'",
        track("Product Removed", json!({"product_id": "茶-1", "price": "1,299.00", "quantity": 1})),
        expect![[r#"
            {"type":"custom:remove-from-cart","anonymous":"g","item":"茶-1","quantity":1,"value":{"amount":1299,"currency":"CNY"},"weight":-1}
        "#]],
    );
    check(
        "segment",
        "",
        track("Product Reviewed", json!({"product_id": "a", "review_body": "很好", "rating": "5"})),
        expect![[r#"
            {"type":"review","anonymous":"g","item":"a","text":"很好","rating":1}
        "#]],
    );
    check(
        "segment",
        "",
        track("Order Refunded", json!({"order_id": "o1"})),
        expect![[r#"
        skipped Order Refunded: a refund of a whole order does not say which items came back
    "#]],
    );
    check(
        "segment",
        "",
        track("Order Refunded", json!({"order_id": "o1", "products": [{"product_id": "a", "quantity": 1}]})),
        expect![[r#"
            {"type":"refund","anonymous":"g","session":"o1","item":"a","quantity":1}
        "#]],
    );
    check(
        "google-retail",
        "",
        json!({"eventType": "search", "visitorId": "g", "pageCategories": ["Shoes"]}),
        expect![[r#"
            skipped search: a search without words
        "#]],
    );
    check(
        "snowplow",
        "",
        json!({"event_id": "e", "event": "transaction_item", "collector_tstamp": "2026-11-21 23:00:00",
        "ti_orderid": "o9", "ti_sku": "a", "ti_price": 4.5, "ti_quantity": 3, "ti_currency": "USD", "user_id": "u"}),
        expect![[r#"
            {"type":"purchase","user":"u","session":"o9","item":"a","quantity":3,"value":{"amount":13.5,"currency":"USD"}}
        "#]],
    );
}

#[test]
fn a_mapping_overrides_names_and_places() {
    let mapping = r#"
        target = "events"
        [events]
        "Add To Bag" = "cart"
        "Quiz Taken" = "skip"
        "Product Viewed" = "custom:look"
        "加入收藏夹" = "like"
        [fields]
        item = "variant_id"
        user = "context.crm.id"
        [constants]
        surface = "home"
    "#;
    let bag = json!({"product_id": "a", "variant_id": "a-42"});
    let mut call = track("add-to-bag", bag.clone());
    call["context"] = json!({"crm": {"id": 4711}});
    check(
        "segment",
        mapping,
        call,
        expect![[r#"
        {"type":"add-to-cart","user":"4711","anonymous":"g","item":"a-42","surface":"home"}
    "#]],
    );
    check(
        "segment",
        mapping,
        track("Quiz Taken", bag.clone()),
        expect![[r#"
        skipped Quiz Taken: the mapping says so
    "#]],
    );
    check(
        "segment",
        mapping,
        track("Product Viewed", bag.clone()),
        expect![[r#"
        {"type":"custom:look","anonymous":"g","item":"a-42","surface":"home"}
    "#]],
    );
    check(
        "segment",
        mapping,
        track("加入收藏夹", bag.clone()),
        expect![[r#"
        {"type":"like","anonymous":"g","item":"a-42","surface":"home"}
    "#]],
    );
    check(
        "segment",
        "",
        track("Add To Bag", bag),
        expect![[r#"
        skipped Add To Bag: no event of this name is known; a mapping can say under `events` what it means
    "#]],
    );
    let read = Mapping::parse(mapping).unwrap();
    assert_eq!(Mapping::from_json(&read.to_json()).unwrap(), read);
    let error = Mapping::parse("[events]\nx = 'buyed'").unwrap_err();
    assert_eq!((error.code, error.field.as_str()), ("event_type_unknown", "events.x"));
    assert_eq!(Mapping::parse("convention = 'sgment'").unwrap_err().field, "convention");
}

#[test]
fn ids_follow_from_the_documents() {
    let ids = |name: &str, document: &Value, received: Millis| -> Vec<String> {
        let told = translator(name, "").read(document, None, received);
        assert!(told.refused.is_empty(), "{told:?}");
        told.events.iter().map(|event| event.id.to_string()).collect()
    };
    let later = Millis(NOW.0 + 60_000);
    assert_eq!(ids("segment", &track("Product Viewed", json!({"product_id": "a"})), NOW), ["segment-m"]);
    // An order is one purchase, by whatever tracker and however often it is told; each of its items is one event.
    let products = json!([{"product_id": "a"}, {"product_id": "b"}, {"product_id": "a"}]);
    let order = track("Order Completed", json!({"order_id": "o1", "products": products}));
    assert_eq!(ids("segment", &order, NOW), ["order-o1-a", "order-o1-b", "order-o1-a-2"]);
    let same = json!({"client_id": "c", "events": [
        {"name": "purchase", "params": {"transaction_id": "o1", "items": [{"item_id": "a"}]}}]});
    assert_eq!(ids("ga4", &same, later), ["order-o1-a"]);
    // A slate that was answered here is in the log under this id.
    let seen = json!({"eventType": "view", "eventName": "Hits Viewed", "userToken": "g", "queryID": "q9", "objectIDs": ["a"],
        "timestamp": 1_795_300_000_000_i64});
    assert_eq!(ids("insights", &seen, NOW), ["impression-q9"]);
    // Without an id of its own: by what it says, in whatever order; where it names no moment, by when it came.
    let click = |at: i64| json!({"eventType": "click", "eventName": "c", "userToken": "g", "objectIDs": ["a"], "timestamp": at});
    let first = click(1_795_300_000_000);
    let turned: serde_json::Map<String, Value> = first.as_object().unwrap().clone().into_iter().rev().collect();
    assert_eq!(ids("insights", &first, NOW), ids("insights", &Value::Object(turned), later));
    assert_ne!(ids("insights", &first, NOW), ids("insights", &click(1_795_300_000_001), NOW));
    let timeless =
        json!({"client_id": "c", "events": [{"name": "view_item", "params": {"items": [{"item_id": "a"}]}}]});
    assert_eq!(ids("ga4", &timeless, NOW), ids("ga4", &timeless, NOW));
    assert_ne!(ids("ga4", &timeless, NOW), ids("ga4", &timeless, later));
}

#[test]
fn a_shop_may_weigh_what_is_taken_out_of_the_cart() {
    let removed = track("Product Removed", json!({"product_id": "a"}));
    let weight = |settings: Option<&Settings>| {
        let told = translator("segment", "").read(&removed, settings, NOW);
        let EventBody::Interaction(deed) = &told.events[0].body else { panic!("{told:?}") };
        deed.weight
    };
    let settings = formats::json::settings_from_json(&json!({"weights": {"custom:remove-from-cart": -3}})).unwrap();
    assert_eq!((weight(None), weight(Some(&settings))), (Some(-1.0), None));
}

#[test]
fn pieces_of_a_slate_are_joined() {
    let piece = |item: &str, place: u32, query_id: &str| {
        json!({"action_name": "impression", "query_id": query_id, "client_id": "g", "timestamp": "2026-11-21T23:00:00Z",
            "event_attributes": {"object": {"object_id": item}, "position": {"ordinal": place}}})
    };
    let query = json!({"user_query": "跑鞋", "query_id": "q", "client_id": "g", "timestamp": "2026-11-21T23:00:00Z"});
    let documents =
        [query, piece("a", 1, "q"), piece("b", 2, "q"), piece("b", 2, "q"), piece("c", 2, "q"), piece("d", 1, "p")];
    let mut events: Vec<(usize, Event)> = Vec::new();
    for (row, document) in documents.iter().enumerate() {
        events.extend(told("ubi", "", document).events.into_iter().map(|event| (row, event)));
    }
    join_impressions(&mut events);
    let out: Vec<String> = events
        .iter()
        .map(|(row, event)| match &event.body {
            EventBody::Impression(slate) => {
                let shown = slate.shown.iter().map(|slot| format!("{}@{}", slot.item, slot.position));
                format!("{row} {:?} {}", slate.query, shown.collect::<Vec<_>>().join(" "))
            }
            _ => format!("{row} a search"),
        })
        .collect();
    assert_eq!(out, ["0 a search", "1 Some(\"跑鞋\") a@1 b@2 c@4", "5 None d@1"]);
}

#[test]
fn documents_tell_their_convention() {
    let of = |document: Value| {
        let found = recognise(&[document.as_object().unwrap()]);
        found.map_or("none".to_owned(), |found| format!("{} {}", found.convention.name(), found.confidence))
    };
    assert_eq!(of(track("x", json!({}))), "segment 1");
    assert_eq!(of(json!({"type": "track"})), "segment 0.7");
    assert_eq!(of(json!({"type": "view", "item": "a", "user": "u"})), "native 0.9");
    assert_eq!(of(json!({"events": [{"name": "view_item"}]})), "ga4 0.6");
    assert_eq!(of(json!({"user": "u", "item": "i", "behavior_type": "pv"})), "none");
    let strange = json!({"a": 1});
    let gorse = json!({"FeedbackType": "read", "UserId": "u", "ItemId": "i"});
    let mixed = [gorse.as_object().unwrap(), strange.as_object().unwrap(), gorse.as_object().unwrap()];
    assert!(recognise(&mixed).is_some_and(|found| found.convention.name() == "gorse" && found.confidence < 0.7));
}

#[test]
fn a_survey_tells_what_becomes_of_what() {
    let documents = [
        track("Product Viewed", json!({"product_id": "茶-1", "price": 88})),
        track("Product Viewed", json!({"product_id": "b"})),
        track("Cart Viewed", json!({})),
        track("Product Clicked", json!({"product_id": "b", "position": "first"})),
    ];
    let documents: Vec<_> = documents.iter().map(|document| document.as_object().unwrap()).collect();
    let expected = expect![[r#"
        `Product Viewed` means view (2)
        anonymous ← `anonymousId`, such as g
        item ← `properties.product_id`, such as 茶-1
        time ← `timestamp`, such as 2026-11-21T23:00:00Z
        `Cart Viewed` is skipped (1): what lies in the cart was told when it was put in
        `properties.price` is left out (1): the amount names no currency; one can be given
        refused (1): `properties.position`: expected a number, got the text "first"
    "#]];
    expected.assert_eq(&(survey(&translator("segment", ""), &documents, NOW).join("\n") + "\n"));
}

/// One journey in every convention, and one product in every feed, where they are at hand.
#[test]
fn samples_of_a_conformance_kit() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/fixtures");
    if !samples.exists() {
        return;
    }
    let read = |name: &str| {
        let source = formats::open_file(&samples.join(name), &formats::OpenOptions::default()).unwrap();
        formats::Sampled::new(source, 100)
    };
    let files = |folder: &str| {
        let entries = std::fs::read_dir(samples.join(folder)).unwrap();
        entries.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy())).collect::<Vec<_>>()
    };
    for file in files("events") {
        let source = read(&file);
        let found = recognise(&source.rows()).unwrap_or_else(|| panic!("{file}")).convention;
        let told = source.rows().into_iter().map(|row| told(found.name(), "", &Value::Object(row.clone())));
        let told: Vec<Told> = told.collect();
        assert!(told.iter().map(|told| told.events.len()).sum::<usize>() >= 3, "{file}: {told:?}");
        assert!(told.iter().all(|told| told.refused.is_empty() && told.skipped.is_empty()), "{file}: {told:?}");
    }
    for file in files("feeds") {
        let source = read(&file);
        assert!(recognise_feed(&source.columns_seen(), &source.rows()).is_some(), "{file}");
    }
}

/// Any JSON, with words that conventions know.
fn any_json() -> impl Strategy<Value = Value> {
    let words = "type track page event events batch name params items item_id client_id eventType click view conversion purchase \
        objectIDs positions objectData price quantity currency EUR userToken queryID timestamp properties products product_id \
        Order\u{a0}Completed order_id refund_id FeedbackType ItemId UserId action_name impression query_id user_query \
        query_response_hit_ids event_attributes object object_id position ordinal visitorId productDetails product id \
        event_name event_timestamp event_params key value int_value collector_tstamp se_action add_to_cart messageId 红裙 \
        eventSubtype addToCart Product\u{a0}Reviewed rating review_body searchQuery search";
    let words: Vec<String> =
        words.split(' ').map(|word| word.replace('\u{a0}', " ")).filter(|word| !word.is_empty()).collect();
    let word = prop::sample::select(words);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        (-3i64..2_000_000_000_000).prop_map(Value::from),
        Just(json!("2026-11-21T23:00:00Z")),
        word.clone().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        let fields = prop::collection::vec((word.clone(), inner.clone()), 0..7);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_read_refused_or_skipped_and_twice_the_same(document in any_json(), turned in any_json()) {
        for convention in CONVENTIONS {
            let translator = Translator::new(*convention, Mapping::new(Target::Events));
            for document in [&document, &turned] {
                let (once, twice) = (translator.read(document, None, NOW), translator.traced(document, None, NOW));
                prop_assert_eq!(&once.events, &twice.events);
                prop_assert_eq!(&once.refused, &twice.refused);
                for event in &once.events {
                    let again = event_from_json(&event_to_json(event), None, NOW, || EventId::new("x").unwrap());
                    prop_assert_eq!(again.as_ref(), Ok(event));
                }
                if document.is_object() {
                    let told = once.events.len() + once.refused.len() + once.skipped.len();
                    let has_none = ["events", "batch"].iter().any(|list| document[*list].as_array().is_some_and(Vec::is_empty));
                    prop_assert!(told > 0 || has_none, "{} says nothing of {document}", convention.name());
                }
            }
        }
        if let Some(fields) = document.as_object() {
            let _ = recognise(&[fields]);
        }
    }
}
