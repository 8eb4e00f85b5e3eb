//! Feeds of others become items; what cannot be read is named by its column.

use std::io::Cursor;

use expect_test::{Expect, expect};
use formats::feeds::{AgenticFeed, FEEDS, FeedSource, Terms, agentic_products, feed, recognise};
use formats::json::{item_from_json, item_to_json};
use formats::{Mapping, OpenOptions, RowSource, Sampled, Target, open_reader};
use proptest::prelude::*;
use serde_json::{Value, json};
use types::Millis;

/// 2026-11-22T00:00:00Z
const NOW: Millis = Millis(1_795_305_600_000);

fn terms(mapping: &str) -> Terms {
    Terms { mapping: Mapping::parse(mapping).unwrap(), now: NOW }
}

fn read(name: &str, mapping: &str, bytes: impl Into<Vec<u8>>) -> String {
    let source = open_reader(Box::new(Cursor::new(bytes.into())), &OpenOptions::default()).unwrap();
    let source = Sampled::new(source, 100);
    let found = recognise(&source.columns_seen(), &source.rows());
    assert_eq!(found.map(|(feed, _)| feed.name()), Some(name));
    let mut rows = FeedSource::new(Box::new(source), feed(name).unwrap(), terms(mapping));
    let documents = Mapping { documents: true, ..Mapping::new(Target::Items) };
    let mut out = String::new();
    while let Some(row) = rows.next_row().unwrap() {
        out += &match documents.item(&row, None) {
            Ok(item) => format!("{}\n", item_to_json(&item)),
            Err(refused) => format!("refused {} {} {}: {}\n", refused.row, refused.code, refused.field, refused.reason),
        };
    }
    out
}

fn check(name: &str, mapping: &str, text: &str, expected: Expect) {
    expected.assert_eq(&read(name, mapping, text));
}

#[test]
fn google_between_tabs_and_its_sale_windows() {
    let head =
        "id\ttitle\tlink\timage_link\tprice\tsale_price\tsale_price_effective_date\tavailability\tproduct_detail\n";
    let row = |id: &str, window: &str, rest: &str| {
        format!("{id}\tCup 杯子\t/p\t/i.jpg\t9.90 GBP\t7.90 GBP\t{window}\t{rest}\n")
    };
    let rows = [
        row("on", "2026-11-01T00:00+0100/2026-12-01T00:00+0100", "out of stock\tSize:Height:9 cm"),
        row("over", "2026-10-01T00:00Z/2026-11-01T00:00Z", "preorder\t"),
        row("odd", "soon", "perhaps\t"),
    ];
    check(
        "google-merchant",
        "",
        &format!("{head}{}", rows.concat()),
        expect![[r#"
        {"id":"on","title":"Cup 杯子","image":"/i.jpg","price":{"amount":7.9,"currency":"GBP"},"available":false,"attributes":{"Height":"9 cm","list_price":{"amount":9.9,"currency":"GBP"},"url":"/p"}}
        {"id":"over","title":"Cup 杯子","image":"/i.jpg","price":{"amount":9.9,"currency":"GBP"},"attributes":{"url":"/p"}}
        refused 3 availability_unknown availability: expected in_stock, out_of_stock, preorder, backorder or the like, got the text "perhaps"
    "#]],
    );
    let atom = "<?xml version=\"1.0\"?><feed xmlns:g=\"x\"><entry><id>tag:1</id><g:id>a</g:id><title>Cup &amp; saucer</title>\
        <link rel=\"alternate\" href=\"/p?a=1&amp;b=2\"/><g:image_link>/i.jpg</g:image_link><g:price>5</g:price>\
        <g:additional_image_link>/1.jpg</g:additional_image_link><g:additional_image_link>/2.jpg</g:additional_image_link>\
        </entry></feed>";
    check(
        "google-merchant",
        "currency = 'EUR'",
        atom,
        expect![[r#"
        {"id":"a","title":"Cup & saucer","image":"/i.jpg","price":{"amount":5,"currency":"EUR"},"attributes":{"images":["/1.jpg","/2.jpg"],"url":"/p?a=1&b=2"}}
    "#]],
    );
    check(
        "google-merchant",
        "",
        atom,
        expect![[r#"
        refused 1 currency_missing price: expected a currency beside the amount, or one for the whole feed, such as EUR, got 5
    "#]],
    );
}

#[test]
fn files_in_other_encodings_are_the_same_feed() {
    let text = "id,title,link,image_link,price\n裙-1,红色雪纺连衣裙 &amp; 腰带,/p,/i.jpg,199 CNY\n";
    let expected = read("google-merchant", "", text);
    assert!(expected.contains("红色雪纺连衣裙 & 腰带"), "{expected}");
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read("google-merchant", "", utf16), expected);
    // 红色雪纺连衣裙 in GBK, by its table.
    let gbk = b"id,title,link,image_link,price\n\xC8\xB9-1,\xBA\xEC\xC9\xAB\xD1\xA9\xB7\xC4\xC1\xAC\xD2\xC2\xC8\xB9 &amp; \xD1\xFC\xB4\xF8,/p,/i.jpg,199 CNY\n";
    assert_eq!(read("google-merchant", "", gbk.as_slice()), expected);
}

#[test]
fn schema_org_in_all_its_forms() {
    let graph = json!({"@context": "https://schema.org", "@graph": [
        {"@type": "BreadcrumbList", "itemListElement": []},
        {"@type": ["Product", "Thing"], "@id": "#cup", "name": [{"@value": "Cup", "@language": "en"}, {"@value": "杯子", "@language": "zh"}],
         "isVariantOf": {"@type": "ProductGroup", "productGroupID": "cups"}, "gtin13": "04006381333931", "brand": "Northwall",
         "image": {"@type": "ImageObject", "url": "/cup.jpg"}, "weight": {"@type": "QuantitativeValue", "value": 0.3, "unitCode": "KGM"},
         "additionalProperty": [{"@type": "PropertyValue", "name": "Capacity", "value": 300, "unitText": "ml"}],
         "offers": {"@type": "AggregateOffer", "lowPrice": "4.50", "highPrice": "6", "priceCurrency": "EUR"}},
        {"@type": "Product", "sku": "bad", "name": "Bad", "offers": [{"price": "cheap", "priceCurrency": "EUR"}]}]});
    check(
        "schema-org",
        "",
        &serde_json::to_string_pretty(&graph).unwrap(),
        expect![[r#"
        {"id":"04006381333931","group":"cups","title":{"en":"Cup","zh":"杯子"},"brand":"Northwall","image":"/cup.jpg","price":{"amount":4.5,"currency":"EUR"},"attributes":{"Capacity":"300 ml","gtin":"04006381333931","weight":"0.3 kg"}}
        refused 1 amount_invalid offers.price: expected an amount such as 79.90 EUR, got cheap
    "#]],
    );
}

#[test]
fn products_of_shop_systems() {
    let new_names = "URL handle,Title,Option1 name,Option1 value,Price,SKU,Inventory quantity,Continue selling when out of stock,Status\n\
        tea,龙井绿茶,Title,Default Title,88.5,,-2,FALSE,draft\n";
    check(
        "shopify",
        "currency = 'CNY'",
        new_names,
        expect![[r#"
        {"id":"tea","group":"tea","title":"龙井绿茶","price":{"amount":88.5,"currency":"CNY"},"available":false,"stock":0,"attributes":{"url":"/products/tea"}}
    "#]],
    );
    check(
        "shopify",
        "",
        new_names,
        expect![[r#"
        refused 1 currency_missing Price: expected a currency beside the amount, or one for the whole feed, such as EUR, got 88.5
    "#]],
    );
    let woo = "ID,Type,SKU,Name,Regular price,Parent,Published,In stock?\n\
        1,variable,,Shirt,,,1,1\n2,variation,,Shirt - S,10,id:1,1,1\n3,variable,lonely,Lonely,5,,0,1\n4,grouped,g,Set,,,1,1\n";
    check(
        "woocommerce",
        "currency = 'USD'\n[constants]\nbrand = 'Acme'",
        woo,
        expect![[r#"
        {"id":"2","group":"1","title":"Shirt","brand":"Acme","price":{"amount":10,"currency":"USD"}}
        {"id":"lonely","title":"Lonely","brand":"Acme","price":{"amount":5,"currency":"USD"},"available":false}
    "#]],
    );
}

#[test]
fn what_is_exported_for_agents_is_read_back() {
    let item = |id: &str, size: &str, amount: f64, currency: &str| {
        item_from_json(
            &json!({"id": id, "group": "boots", "title": "Boots 靴子", "brand": "Northwall", "category": ["Shoes", "Hiking"],
                "price": {"amount": amount, "currency": currency}, "image": "/b.jpg", "tags": ["hiking"],
                "attributes": {"size": size, "gtin": "04006381333931", "list_price": {"amount": 100, "currency": currency}}}),
            None,
        )
        .unwrap()
    };
    let items = [item("b-42", "42", 79.9, "EUR"), item("b-43", "43", 89.95, "EUR")];
    let acp = agentic_products(&items, AgenticFeed::Acp).unwrap();
    let ucp = agentic_products(&items, AgenticFeed::Ucp).unwrap();
    assert_eq!(
        ucp["price_range"],
        json!({"min": {"amount": 7990, "currency": "EUR"}, "max": {"amount": 8995, "currency": "EUR"}})
    );
    assert_eq!((&acp["variants"][0]["title"], acp.get("price_range")), (&json!("42"), None));
    for written in [acp, ucp] {
        let back = read("acp", "", written.to_string());
        for item in &items {
            let line = back.lines().find(|line| line.contains(item.id.as_str())).unwrap();
            let read = item_from_json(&serde_json::from_str(line).unwrap(), None).unwrap();
            let same = ["price", "list_price", "size", "gtin", "title", "category", "tags", "image"];
            same.iter().for_each(|name| assert_eq!(read.get(name), item.get(name), "{name}: {line}"));
            assert_eq!((&read.group, read.available), (&item.group, true));
        }
    }
    // Yen have no smaller unit; what has no price is no product.
    let yen = agentic_products(&[item("b", "1", 1200.0, "JPY")], AgenticFeed::Acp).unwrap();
    assert_eq!(yen["variants"][0]["price"], json!({"amount": 1200, "currency": "JPY"}));
    let free = item_from_json(&json!({"id": "x", "title": "x"}), None).unwrap();
    assert!(agentic_products(&[free], AgenticFeed::Acp).is_err());
}

/// A small row, of the columns and values that feeds have.
fn any_row() -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let columns = "id title link image_link price sale_price availability product_type Handle Variant\u{a0}SKU Variant\u{a0}Price \
        Option1\u{a0}Value Option1\u{a0}Name Type SKU Parent Regular\u{a0}price Attribute\u{a0}1\u{a0}name \
        Attribute\u{a0}1\u{a0}value(s) objectID hierarchicalCategories name variants @type @graph hasVariant offers brand image \
        additionalProperty aggregateRating categories rating media product_detail 颜色 stock";
    let columns: Vec<String> = columns.split_whitespace_keeping_nbsp();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        prop::sample::select(vec![
            "9.90 EUR",
            "variable",
            "variation",
            "in_stock",
            "Product",
            "ProductGroup",
            "红 > 绿",
            "a:b:c",
            "<p>x"
        ])
        .prop_map(Value::from),
        "\\PC{0,5}".prop_map(Value::from),
    ];
    let column = prop::sample::select(columns);
    let names = column.clone();
    let value = leaf.prop_recursive(3, 20, 4, move |inner| {
        let fields = prop::collection::vec((names.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::Array),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    });
    prop::collection::vec((column, value), 0..10).prop_map(|fields| fields.into_iter().collect())
}

trait Words {
    fn split_whitespace_keeping_nbsp(&self) -> Vec<String>;
}

impl Words for str {
    fn split_whitespace_keeping_nbsp(&self) -> Vec<String> {
        let words = self.split([' ', '\n']).filter(|word| !word.is_empty());
        words.map(|word| word.replace('\u{a0}', " ")).collect()
    }
}

proptest! {
    #[test]
    fn any_rows_can_be_read_as_any_feed(rows in prop::collection::vec(any_row(), 0..4)) {
        let lines: String = rows.iter().map(|row| format!("{}\n", Value::Object(row.clone()))).collect();
        for feed in FEEDS {
            let options = OpenOptions { format: Some("jsonl".to_owned()), ..OpenOptions::default() };
            let source = open_reader(Box::new(Cursor::new(lines.clone().into_bytes())), &options).unwrap();
            let mut source = FeedSource::new(source, *feed, terms(""));
            let documents = Mapping { documents: true, ..Mapping::new(Target::Items) };
            while let Some(row) = source.next_row().unwrap() {
                prop_assert!(row.number as usize <= rows.len());
                let _ = documents.item(&row, None);
            }
        }
    }

    #[test]
    fn any_text_can_be_read_as_xml_and_html(text in "[<>&;/!?a-c\"'= \n中-]{0,80}") {
        for name in ["xml", "html", "json-document"] {
            let options = OpenOptions { format: Some(name.to_owned()), ..OpenOptions::default() };
            let Ok(mut source) = open_reader(Box::new(Cursor::new(text.clone().into_bytes())), &options) else { continue };
            while let Ok(Some(_)) = source.next_row() {}
        }
    }
}
