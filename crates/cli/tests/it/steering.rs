//! Synonyms that are proposed, queries that are mended, and intents, in the terminal.

use std::fmt::Write as _;

use crate::harness::Place;

/// A shop where people search for 毛尖 in vain, and then click 绿茶.
fn taught() -> Place {
    let place = Place::with_shop();
    let mut items = String::new();
    for number in 0..6 {
        writeln!(items, "{{\"id\":\"g{number}\",\"title\":\"绿茶 {number}\"}}").unwrap();
    }
    let items = place.write("items.jsonl", items);
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    let mut events = String::new();
    for person in 0..4 {
        let deed = |kind: &str, query: &str, minute: usize, more: &str| {
            format!(
                "{{\"event_id\":\"{kind}{person}{minute}\",\"type\":\"{kind}\",\"query\":\"{query}\",\"session\":\"s{person}\",\"user\":\"u{person}\",\"time\":\"2026-11-21T10:{minute:02}:00Z\"{more}}}\n"
            )
        };
        events += &deed("search", "毛尖", 1, "");
        events += &deed("search", "绿茶", 2, "");
        events += &deed("click", "绿茶", 3, ",\"item\":\"g1\"");
        events += &deed("click", "绿茶", 4, ",\"item\":\"g2\"");
    }
    let events = place.write("events.jsonl", events);
    place.run(&["import", "events", &events, "--shop", "tea", "--json"]).json();
    place
}

#[test]
fn proposed_synonyms_are_listed_and_decided() {
    let place = taught();
    let proposals = || place.run(&["synonyms", "proposals", "--shop", "tea", "--json"]).json();
    let found = proposals();
    assert_eq!(found["proposals"][0]["rule"], "毛尖 => 绿茶", "{found}");
    let table = place.run(&["synonyms", "proposals", "--shop", "tea"]).out;
    assert!(table.contains("毛尖 => 绿茶") && table.contains("4 sessions"), "{table}");
    let id = found["proposals"][0]["id"].as_str().unwrap().to_owned();
    assert_ne!(place.run(&["synonyms", "accept", "nothing", "--shop", "tea"]).code, 0);
    place.run(&["synonyms", "reject", &id, "--shop", "tea", "--json"]).json();
    assert_eq!(proposals()["proposals"], serde_json::json!([]));
    place.run(&["synonyms", "restore", &id, "--shop", "tea", "--json"]).json();
    let done = place.run(&["synonyms", "accept", &id, "--shop", "tea"]);
    assert!(done.out.contains("in force: 毛尖 => 绿茶"), "{}{}", done.out, done.err);
    assert_eq!(place.run(&["synonyms", "export", "--shop", "tea"]).out.trim(), "毛尖 => 绿茶");
}

#[test]
fn queries_come_with_what_may_mend_them_and_intents_need_an_encoder() {
    let place = taught();
    let queries = place.run(&["queries", "--shop", "tea", "--json"]).json();
    assert_eq!(
        (&queries["queries"][0]["text"], &queries["queries"][0]["problem"]),
        (&"毛尖".into(), &"no-clicks".into())
    );
    let table = place.run(&["queries", "--shop", "tea"]).out;
    assert!(table.contains("no clicks") && table.contains("a synonym"), "{table}");
    let file =
        place.write("intents.tsv", "warranty\t保修多久\nwarranty\thow long\nwarranty\ta\nwarranty\tb\nwarranty\tc\n");
    let refused = place.run(&["intents", "import", &file, "--shop", "tea"]);
    assert!(refused.code != 0 && refused.err.contains("encoder"), "{}{}", refused.out, refused.err);
    assert!(place.run(&["intents", "list", "--shop", "tea"]).out.contains("no intents of its own"));
    let wrong = place.run(&["intents", "import", &place.write("wrong.tsv", "one column\n"), "--shop", "tea"]);
    assert!(wrong.code == 2 && wrong.err.contains("wrong.tsv:1"), "{} {}", wrong.code, wrong.err);
}

#[test]
fn what_a_shop_says_of_itself_is_imported_listed_and_taken_away() {
    let place = Place::with_shop();
    assert!(place.run(&["policies", "list", "--shop", "tea"]).out.contains("nothing of itself"));
    let file = place.write("p.json", r#"[{"id": "退货", "title": "退货政策", "text": "七天无理由退货。"}]"#);
    let kept = place.run(&["policies", "import", &file, "--shop", "tea"]);
    assert!(kept.out.contains("退货政策") && kept.out.contains("zh"), "{}{}", kept.out, kept.err);
    let all = place.run(&["policies", "export", "--shop", "tea"]).json();
    assert_eq!(all["policies"][0]["text"], "七天无理由退货。");
    let wrong = place.write("w.json", r#"[{"id": "a b", "title": "t", "text": "x"}]"#);
    let refused = place.run(&["policies", "import", &wrong, "--shop", "tea"]);
    assert!(refused.code == 2 && refused.err.contains("policies[0].id"), "{} {}", refused.code, refused.err);
    assert!(place.run(&["policies", "remove", "--shop", "tea"]).out.contains("nothing of itself"));
}
