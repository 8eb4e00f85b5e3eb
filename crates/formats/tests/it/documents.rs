//! Every fault of a document is refused with its code, its field and what was expected.

use expect_test::{Expect, expect};
use formats::json::{
    event_from_json, item_from_json, item_to_json, items_from_json, parse, patch_from_json, settings_from_json,
};
use serde_json::{Value, json};
use types::{EventId, FieldError, Millis, Settings, ValueKind};

const NOW: Millis = Millis(1_714_521_600_000);

fn line(error: &FieldError) -> String {
    format!("{} {error}", error.code)
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, FieldError>, expected: &Expect) {
    expected.assert_eq(&line(&outcome.unwrap_err()));
}

fn bad_item(document: &Value, expected: Expect) {
    refused(item_from_json(document, None), &expected);
}

fn bad_event(document: &Value, expected: Expect) {
    refused(event_from_json(document, None, NOW, || EventId::new("e").unwrap()), &expected);
}

#[test]
fn an_item_is_read_and_written_back() {
    let document = json!({
        "id": "B00", "group": "G1", "title": {"zh": "索尼降噪耳机", "en": "Sony headphones"}, "brand": "Sony",
        "category": ["Home", "Kitchen"], "description": "降噪", "image": "https://example.com/a.jpg",
        "price": {"amount": 12.99, "currency": "USD"}, "rating": 4.5, "rating_count": 12, "tags": ["new", "新品"],
        "available": false, "stock": 4,
        "attributes": {
            "bullets": {"text": "Long battery life"}, "color": "red", "released": {"time": "2024-05-01T00:00:00Z"},
            "shelf": {"path": ["A", "B"]}, "shop_price": {"amount": 9, "currency": "EUR"}, "waterproof": true, "weight": 1.5,
            "名称": {"en": "x", "zh": "名"}
        }
    });
    let item = item_from_json(&document, None).unwrap();
    assert_eq!(item_to_json(&item), document);
    assert_eq!(item.title(), "索尼降噪耳机", "the first language stays first");
    let same = json!({"id": "B00", "category": "Home > Kitchen", "attributes": {"color": ["red"], "size": [42, "XL"]}});
    let item = item_from_json(&same, None).unwrap();
    assert_eq!(item.categories("category")[0].len(), 2);
    assert_eq!(item.keywords("size").iter().map(|word| &**word).collect::<Vec<_>>(), ["42", "XL"]);
}

#[test]
fn declared_types_decide() {
    let mut settings = Settings::default();
    let declare = |kind| types::AttributeSettings { kind, weight: 1.0 };
    settings.attributes.insert("care".into(), declare(ValueKind::Text));
    settings.attributes.insert("released".into(), declare(ValueKind::Time));
    let document = json!({"id": "a", "attributes": {"care": "手洗", "released": "2024-05-01"}});
    let item = item_from_json(&document, Some(&settings)).unwrap();
    assert!(item.text("care").is_some() && item.number("released") == Some(NOW.0 as f64));
    let wrong = json!({"id": "a", "attributes": {"care": 5}});
    refused(
        item_from_json(&wrong, Some(&settings)),
        &expect![[r#"type_mismatch `attributes.care`: expected a text, or {"en": …, "zh": …}, got the number 5"#]],
    );
}

#[test]
fn faults_of_items_are_named() {
    bad_item(&json!([]), expect!["type_mismatch ``: expected an object (an item), got a list of 0"]);
    bad_item(
        &json!({"title": "x"}),
        expect!["field_missing `id`: expected an id: 1 to 512 bytes of text, got nothing"],
    );
    bad_item(&json!({"id": 5}), expect!["type_mismatch `id`: expected a text, got the number 5"]);
    bad_item(&json!({"id": "x".repeat(513)}), expect!["id_too_long `id`: expected at most 512 bytes, got 513 bytes"]);
    bad_item(
        &json!({"id": "a", "titel": "x"}),
        expect![
            "unknown_field `titel`: expected one of id, group, title, description, brand, category, price, image, tags, rating, rating_count, available, stock, attributes, picture, provenance; did you mean `title`?, got titel"
        ],
    );
    bad_item(
        &json!({"id": "a", "颜色": "红"}),
        expect![
            "unknown_field `颜色`: expected one of id, group, title, description, brand, category, price, image, tags, rating, rating_count, available, stock, attributes, picture, provenance; the shop's own go under `attributes`, got 颜色"
        ],
    );
    bad_item(
        &json!({"id": "a", "price": 12.99}),
        expect!["currency_missing `price.currency`: expected an ISO 4217 code such as EUR, got the number 12.99"],
    );
    bad_item(
        &json!({"id": "a", "price": {"amount": 1}}),
        expect!["currency_missing `price.currency`: expected an ISO 4217 code such as EUR, got an object with amount"],
    );
    bad_item(
        &json!({"id": "a", "price": {"amount": 1, "currency": "eur"}}),
        expect!["currency_invalid `price.currency`: expected an ISO 4217 code such as EUR, got eur"],
    );
    bad_item(
        &json!({"id": "a", "price": {"amount": 1e300, "currency": "EUR"}}),
        expect![
            "amount_invalid `price.amount`: expected a finite amount within a million million units, got 1000000000000000000000000000000000000000000000000000000000000000000000000000000…"
        ],
    );
    bad_item(
        &json!({"id": "a", "rating": "good"}),
        expect![[r#"type_mismatch `rating`: expected a number, got the text "good""#]],
    );
    bad_item(
        &json!({"id": "a", "stock": -1}),
        expect!["out_of_range `stock`: expected a whole number from 0 to 4294967295, got the number -1"],
    );
    bad_item(
        &json!({"id": "a", "stock": 1.5}),
        expect!["out_of_range `stock`: expected a whole number from 0 to 4294967295, got the number 1.5"],
    );
    bad_item(
        &json!({"id": "a", "available": "yes"}),
        expect![[r#"type_mismatch `available`: expected true or false, got the text "yes""#]],
    );
    bad_item(
        &json!({"id": "a", "image": "javascript:alert(1)"}),
        expect![
            "image_url_invalid `image`: expected an http(s) address, or a path that begins with /, got javascript:alert(1)"
        ],
    );
    bad_item(
        &json!({"id": "a", "attributes": {"a b": 1}}),
        expect![
            "attribute_name_invalid `attributes.a b`: expected a name of 1 to 64 bytes of letters, digits, '_' and '-' that is not reserved, got a b"
        ],
    );
    bad_item(
        &json!({"id": "a", "attributes": {"title": "x"}}),
        expect![
            "attribute_name_invalid `attributes.title`: expected `title` beside `attributes`, not under it, got title"
        ],
    );
    bad_item(
        &json!({"id": "a", "attributes": {"released": {"time": "soon"}}}),
        expect![[
            r#"time_invalid `attributes.released`: expected an ISO 8601 time such as "2024-05-01T12:30:00Z", or milliseconds since 1970, got the text "soon""#
        ]],
    );
    bad_item(
        &json!({"id": "a", "attributes": {"released": {"time": i64::MAX}}}),
        expect![
            "time_out_of_range `attributes.released`: expected a time before the year 10000, got the number 9223372036854775807"
        ],
    );
    bad_item(
        &json!({"id": "a", "attributes": {"x": "字".repeat(400_000)}}),
        expect!["item_too_large ``: expected an item of at most 1 MiB, got 1200034 bytes"],
    );
    bad_item(
        &json!({"id": "a", "description": "x".repeat(300_000)}),
        expect!["text_too_long `description`: expected at most 256 KiB of text, got 300000 bytes"],
    );
}

#[test]
fn text_that_is_not_json_or_not_utf8_is_refused() {
    refused(parse(b"{\"id\": \"\xff\"}"), &expect!["invalid_utf8 ``: expected text in UTF-8, got byte 0xff at byte 8"]);
    refused(parse(b"{\"id\": NaN}"), &expect!["invalid_json ``: expected JSON, got expected value at line 1 column 8"]);
    refused(
        parse(b"{\"id\": 1e999}"),
        &expect!["invalid_json ``: expected JSON, got number out of range at line 1 column 12"],
    );
    assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    assert_eq!(parse("\u{feff}{\"标题\": \"👜\"}".as_bytes()).unwrap(), json!({"标题": "👜"}));
}

#[test]
fn emoji_html_and_right_to_left_text_are_kept_as_they_are() {
    for title in ["👜 bag", "<script>alert(1)</script>", "حقيبة يد", "包\u{200f}\u{0007}"] {
        let item = item_from_json(&json!({"id": "a", "title": title}), None).unwrap();
        assert_eq!(item_to_json(&item)["title"].as_str().or(item_to_json(&item)["title"]["und"].as_str()), Some(title));
    }
}

#[test]
fn an_id_comes_once_in_a_batch_and_every_fault_is_told() {
    let batch = [json!({"id": "a"}), json!({"id": "b", "price": 3}), json!({"id": "a"})];
    let faults = items_from_json(&batch, None).unwrap_err();
    let faults: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.code, fault.field)).collect();
    assert_eq!(faults, ["currency_missing [1].price.currency", "duplicate_id [2].id"]);
}

#[test]
fn null_removes_in_a_patch() {
    let patch =
        patch_from_json(&json!({"id": "a", "stock": null, "title": null, "attributes": {"x": null}}), None).unwrap();
    assert_eq!((patch.stock, patch.group.is_none()), (Some(None), true));
    assert!(patch.attributes.values().all(Option::is_none) && patch.attributes.len() == 2);
    refused(
        patch_from_json(&json!({"id": "a", "available": null}), None),
        &expect!["type_mismatch `available`: expected true or false, got null"],
    );
}

#[test]
fn faults_of_events_are_named() {
    bad_event(
        &json!({"item": "a"}),
        expect![[r#"field_missing `type`: expected the kind of event, such as "purchase", got nothing"#]],
    );
    bad_event(
        &json!({"type": "purchse", "item": "a"}),
        expect![
            "event_type_unknown `type`: expected one of item-upserted, item-patched, item-enriched, item-deleted, impression, user-erased, search, click, view, add-to-cart, purchase, rating, like, dislike, hide, refund, review, or `custom:` and a name of up to 64 bytes; did you mean `purchase`?, got purchse"
        ],
    );
    bad_event(
        &json!({"type": "click"}),
        expect!["field_missing `item`: expected a text, because the event is of type `click`, got nothing"],
    );
    bad_event(
        &json!({"type": "click", "item": "a", "time": "2024-06-01"}),
        expect![
            "time_out_of_range `time`: expected a time between 1970 and a day from now, got 1717200000000 ms since 1970"
        ],
    );
    bad_event(
        &json!({"type": "click", "item": "a", "time": "1969-01-01"}),
        expect![
            "time_out_of_range `time`: expected a time between 1970 and a day from now, got -31536000000 ms since 1970"
        ],
    );
    bad_event(
        &json!({"type": "click", "item": "a", "quantity": 0}),
        expect!["out_of_range `quantity`: expected a whole number from 1 to 4294967295, got the number 0"],
    );
    bad_event(
        &json!({"type": "rating", "item": "a", "rating": 4.5}),
        expect!["out_of_range `rating`: expected a number from 0 to 1, got the number 4.5"],
    );
    bad_event(
        &json!({"type": "click", "item": "a", "user_id": "u"}),
        expect![
            "unknown_field `user_id`: expected one of event_id, type, time, user, anonymous, session, item, query, text, query_id, quantity, value, rating, position, weight, surface; did you mean `user`?, got user_id"
        ],
    );
    bad_event(
        &json!({"type": "click", "item": "a", "surface": "cellar"}),
        expect!["surface_unknown `surface`: expected one of home, product, cart, search, after-purchase, got cellar"],
    );
    bad_event(
        &json!({"type": "item-upserted", "item": {"id": "a", "price": 1}}),
        expect!["currency_missing `item.price.currency`: expected an ISO 4217 code such as EUR, got the number 1"],
    );
    bad_event(
        &json!({"type": "impression", "query_id": "q", "surface": "home", "shown": [{"item": "a", "position": 0}]}),
        expect!["out_of_range `shown.[0].position`: expected a whole number from 1 to 4294967295, got the number 0"],
    );
    let event = event_from_json(&json!({"type": "add_to_cart", "item": "连衣裙", "user": "u"}), None, NOW, || {
        EventId::new("new").unwrap()
    });
    let event = event.unwrap();
    assert_eq!((event.id.as_str(), event.time), ("new", NOW));
}

#[test]
fn faults_of_settings_are_named() {
    let bad = |document: Value, expected: Expect| refused(settings_from_json(&document), &expected);
    bad(
        json!({"objectives": {"margin": 0.7, "novelty": 0.6}}),
        expect!["number_out_of_range `objectives`: expected at most 1 together: relevance has the rest, got 1.3"],
    );
    bad(
        json!({"cutof": 0.1}),
        expect![
            "unknown_field `cutof`: expected one of attributes, encoders, pictures, reviews_model, tagger, encoded, weights, rules, cutoff, typed, lexical, fusion, diversity, reranking, objectives, value_weights, online_learning, takeover_minutes, cross_encoder, understanding_off, log_impressions, audit_groups, retention_days; did you mean `cutoff`?, got cutof"
        ],
    );
    bad(
        json!({"lexical": {"phrase": -1}}),
        expect!["out_of_range `lexical.phrase`: expected a number from 0 to 4, got the number -1"],
    );
    bad(
        json!({"fusion": {"wörds": 1}}),
        expect![
            "unknown_field `fusion.wörds`: expected one of words, words_selective, coverage_power, feedback; did you mean `words`?, got wörds"
        ],
    );
    bad(json!({"cutoff": 1.5}), expect!["out_of_range `cutoff`: expected a number from 0 to 1, got the number 1.5"]);
    bad(
        json!({"retention_days": 0}),
        expect!["out_of_range `retention_days`: expected a whole number from 1 to 36500, got the number 0"],
    );
    bad(
        json!({"attributes": {"color": {"type": "colour"}}}),
        expect![
            "type_unknown `attributes.color.type`: expected one of text, keywords, number, money, time, boolean, categories, image, got colour"
        ],
    );
    bad(
        json!({"attributes": {"price": {"type": "number"}}}),
        expect!["type_mismatch `attributes.price.type`: expected money, the type that `price` always has, got number"],
    );
    bad(
        json!({"rules": [{"boost": {"filter": "brand =", "factor": 2}}]}),
        expect![[
            r#"filter_syntax `rules.[0].boost.filter`: expected a value: a text, a number, true, false or date("2024-05-01") at line 1, column 8 (byte 7), got the end"#
        ]],
    );
    bad(
        json!({"rules": [{"raise": {}}]}),
        expect!["rule_unknown `rules.[0]`: expected an object with one of pin, boost, bury, hide, got raise"],
    );
    bad(
        json!({"weights": {"purchse": 3}}),
        expect![
            "event_type_unknown `weights.purchse`: expected one of search, click, view, add-to-cart, purchase, rating, like, dislike, hide, refund, review, or `custom:` and a name, got purchse"
        ],
    );
    assert_eq!(settings_from_json(&json!({})).unwrap(), Settings::default());
}
