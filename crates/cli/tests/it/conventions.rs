//! Events and feeds of others; a catalogue made equal to a feed; products for agents.

use serde_json::{Value, json};

use crate::harness::{Place, json_lines};

/// A saved request of a tracker, over several lines.
const SEGMENT: &str = r#"{"batch": [
  {"type": "track", "messageId": "m1", "anonymousId": "g", "event": "Product Viewed", "timestamp": "2024-05-01T00:00:00Z",
   "properties": {"product_id": "茶-1", "price": 88}},
  {"type": "track", "messageId": "m2", "anonymousId": "g", "event": "Add To Bag", "timestamp": "2024-05-01T00:00:01Z",
   "properties": {"product_id": "茶-1"}},
  {"type": "track", "messageId": "m3", "event": "Product Clicked", "properties": {"product_id": "a", "position": "top"}}
]}"#;

#[test]
fn events_of_others_are_told_shown_and_imported_once() {
    let place = Place::with_shop();
    let file = place.write("events.json", SEGMENT);
    let import = |more: &[&str]| {
        let ran = place.run(&[&["import", "events", &file, "--shop", "tea", "--json"], more].concat());
        (ran.json()["files"][0].clone(), ran.err)
    };
    let (summary, told) = import(&["--dry-run"]);
    let counts =
        |summary: &Value| ["rows", "imported", "known", "skipped", "rejected"].map(|name| summary[name].clone());
    assert_eq!(counts(&summary), [1, 1, 0, 1, 1].map(Value::from), "{summary}");
    for line in [
        "looks like segment (100 % sure)",
        "`Product Viewed` means view (1)",
        "item ← `batch[].properties.product_id`, such as 茶-1",
        "`Add To Bag` is skipped (1): no event of this name is known",
        "`batch[].properties.price` is left out (1): the amount names no currency",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert_eq!(summary["rejected_first"][0]["field"], "batch[2].properties.position", "{summary}");
    assert_eq!(place.run(&["shop", "stats", "tea", "--json"]).json()["events"], 0);

    let mapping = place.write("map.toml", "target = 'events'\ncurrency = 'CNY'\n[events]\n'Add To Bag' = 'cart'\n");
    let (summary, _) = import(&["--mapping", &mapping]);
    assert_eq!(counts(&summary), [1, 2, 0, 0, 1].map(Value::from), "{summary}");
    let (summary, _) = import(&["--mapping", &mapping]);
    assert_eq!(counts(&summary), [1, 0, 2, 0, 1].map(Value::from), "{summary}");
    let log = place.run(&["export", "events", "--shop", "tea"]).out;
    let kinds: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone()).collect();
    assert_eq!(kinds, ["view", "add-to-cart"], "{log}");

    let wrong = place.run(&["import", "events", &file, "--shop", "tea", "--format", "segmnt"]);
    assert!(wrong.code == 2 && wrong.err.contains("segment"), "{}", wrong.err);
}

/// A feed with these items, each with its price.
fn feed(items: &[(&str, &str)]) -> String {
    let rows = items.iter().map(|(id, price)| format!("{id}\tTea {id} 茶\t/{id}\t/{id}.jpg\t{price}\tin_stock\n"));
    std::iter::once("id\ttitle\tlink\timage_link\tprice\tavailability\n".to_owned()).chain(rows).collect()
}

#[test]
fn a_catalogue_becomes_equal_to_a_feed_or_stays_as_it_is() {
    let place = Place::with_shop();
    let sync = |content: String, more: &[&str]| {
        let file = place.write("feed.tsv", content);
        place.run(&[&["import", "items", &file, "--shop", "tea", "--sync", "--json"], more].concat())
    };
    let counts = |answer: &Value| ["new", "changed", "unchanged", "gone"].map(|name| answer[name]["count"].clone());
    let stats = || place.run(&["shop", "stats", "tea", "--json"]).json();
    let five = [("a", "1 EUR"), ("b", "2 EUR"), ("c", "3 EUR"), ("d", "4 EUR"), ("茶", "5 EUR")];
    assert_eq!(counts(&sync(feed(&five), &[]).json()), [5, 0, 0, 0].map(Value::from));
    assert_eq!(
        (counts(&sync(feed(&five), &[]).json()), stats()["events"].clone()),
        ([0, 0, 5, 0].map(Value::from), json!(5))
    );

    let changed = [("a", "1 EUR"), ("b", "2.50 EUR"), ("c", "3 EUR"), ("d", "4 EUR"), ("f", "6 EUR")];
    let tried = sync(feed(&changed), &["--dry-run"]).json();
    assert_eq!(counts(&tried), [1, 1, 3, 1].map(Value::from), "{tried}");
    assert_eq!((&tried["gone"]["examples"], &tried["refused"]), (&json!(["茶"]), &Value::Null));
    assert_eq!(stats()["events"], 5);
    assert_eq!(counts(&sync(feed(&changed), &[]).json()), [1, 1, 3, 1].map(Value::from));
    assert_eq!((stats()["items"].clone(), stats()["events"].clone()), (json!(5), json!(8)));

    // Too much would go: nothing happens, unless that is wanted.
    let short = sync(feed(&five[..2]), &[]);
    assert!(short.code == 2 && short.err.contains("lack 3 of 5 items (60.0 %)"), "{}", short.err);
    let tried = sync(feed(&five[..2]), &["--dry-run"]).json();
    assert!(tried["refused"].as_str().is_some_and(|why| why.contains("--max-deletions")), "{tried}");
    let bad = sync(feed(&[("a", "1 EUR"), ("b", "cheap")]), &["--max-deletions", "1"]);
    assert!(bad.code == 2 && bad.err.contains("row 2") && bad.err.contains("cheap"), "{}", bad.err);
    assert_eq!(json_lines(&place.path("feed.tsv.rejected.jsonl"))[0]["field"], "price");
    assert_eq!((stats()["items"].clone(), stats()["events"].clone()), (json!(5), json!(8)));
    assert_eq!(counts(&sync(feed(&five[..2]), &["--max-deletions", "0.6"]).json()), [0, 1, 1, 3].map(Value::from));
    assert_eq!(stats()["items"], 2);

    let events = place.run(&["import", "events", "x.json", "--shop", "tea", "--sync"]);
    assert!(events.code == 2 && events.err.contains("--sync is for items"), "{}", events.err);
}

#[test]
fn a_feed_goes_in_and_products_for_agents_come_out() {
    let place = Place::with_shop();
    let rows = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty\n\
        tea,龙井绿茶,Size,100g,t-100,40,3\ntea,,,250g,t-250,88.5,0\n";
    let file = place.write("products.csv", rows);
    let ran = place.run(&["import", "items", &file, "--shop", "tea", "--currency", "CNY", "--json"]);
    assert_eq!(ran.json()["files"][0]["imported"], 2, "{}", ran.out);
    assert!(ran.err.contains("looks like shopify") && ran.err.contains("group ← `Handle`"), "{}", ran.err);
    let written = place.run(&["export", "items", "--shop", "tea", "--format", "acp"]).out;
    let product: Value = serde_json::from_str(&written).unwrap();
    assert_eq!((&product["id"], &product["title"]), (&json!("tea"), &json!("龙井绿茶")));
    let variant = |at: usize| {
        (product["variants"][at]["id"].clone(), product["variants"][at]["availability"]["available"].clone())
    };
    assert_eq!([variant(0), variant(1)], [(json!("t-100"), json!(true)), (json!("t-250"), json!(false))], "{product}");
    assert_eq!(product["variants"][1]["price"], json!({"amount": 8850, "currency": "CNY"}));

    place.run(&["shop", "create", "copy", "--words-only"]);
    let file = place.write("acp.jsonl", written);
    let ran = place.run(&["import", "items", &file, "--shop", "copy", "--json"]).json();
    assert_eq!(ran["files"][0]["imported"], 2, "{ran}");
}
