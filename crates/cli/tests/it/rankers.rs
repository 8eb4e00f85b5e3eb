//! Rankers: trained on judged queries, listed, shown, put in force, asked what would have to change, taken back.

use serde_json::{Value, json};

use crate::harness::Place;

/// A shop of dresses in which judges want the cheap.
fn shop() -> Place {
    let place = Place::with_shop();
    let (mut items, mut queries, mut judgements) = (String::new(), String::new(), "query_id,item_id,gain\n".to_owned());
    let words =
        ["连衣裙", "红色连衣裙", "夏季连衣裙", "长款连衣裙", "dress", "summer dress", "red dress", "long dress"];
    for at in 0..16 {
        let title = format!("{} {} {}", words[at % 4], words[4 + at % 4], at);
        let price = (at * 7 % 16 + 1) * 10;
        let item = json!({ "id": format!("裙-{at}"), "title": title, "price": price, "currency": "CNY" });
        items += &format!("{item}\n");
    }
    for (query, text) in words.iter().enumerate() {
        queries += &format!("{}\n", json!({ "id": query.to_string(), "text": text }));
        for at in (0..16).filter(|at| at * 7 % 16 < 3) {
            judgements += &format!("{query},裙-{at},1\n");
        }
    }
    let items = place.write("items.jsonl", items);
    place.write("judged/queries.jsonl", queries);
    place.write("judged/judgements.csv", judgements);
    let ran = place.run(&["import", "items", &items, "--shop", "tea"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    place
}

fn ranker(place: &Place, more: &[&str]) -> String {
    let ran = place.run(&[&["train", "ranker", "--shop", "tea"], more].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    ran.out
}

fn explained(place: &Place) -> Value {
    let ask = ["explain", "裙-9", "--shop", "tea", "--query", "连衣裙", "--to-place", "1", "--json"];
    place.run(&ask).json()
}

#[test]
fn a_ranker_is_trained_shown_promoted_explained_and_taken_back() {
    let place = shop();
    assert!(ranker(&place, &["--list"]).contains("No ranker for search has been trained yet"));
    let told = ranker(&place, &["--judgements", "judged", "--promote", "--plot", "importance.svg"]);
    assert!(told.contains("kept as version 1") && told.contains("It is in force now: it was asked for"), "{told}");
    assert!(told.contains("moves apart by") && told.contains("price"), "{told}");
    let drawn = std::fs::read_to_string(place.path("importance.svg")).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.contains("retrieval"), "{drawn}");
    assert!(ranker(&place, &["--list"]).contains("yes"));
    let shown = ranker(&place, &["--show", "1", "--plot", "again.png"]);
    assert!(shown.contains("way of training") && shown.contains("lowers"), "{shown}");
    assert!(std::fs::read(place.path("again.png")).unwrap().starts_with(b"\x89PNG"));

    let answer = explained(&place);
    let what_if = &answer["what_if"];
    assert!(
        what_if["place"].as_u64().unwrap() > 1 && what_if["needed"].as_f64() > what_if["score"].as_f64(),
        "{answer}"
    );
    assert!(what_if["changes"].as_array().unwrap().iter().any(|change| change["about"] == "item"), "{answer}");
    let table = place.run(&["explain", "裙-9", "--shop", "tea", "--query", "连衣裙", "--to-place", "1"]).out;
    assert!(table.contains("To stand at 1 by its score") && table.contains("must reach"), "{table}");

    assert!(ranker(&place, &["--roll-back"]).contains("the untrained ranker is in force for search"));
    assert!(ranker(&place, &["--put-in-force", "1"]).contains("version 1 is in force for search"));
    for (flags, expected) in [
        (&["--show", "9"][..], "no version 9 of the ranker for `search`"),
        (&["--kind", "new", "--list"], "one of search, recommend"),
        (&["--slates", "0"], "1 to 1000000"),
        (&["--show", "1", "--plot", "importance.gif"], ".svg or .png"),
    ] {
        let ran = place.run(&[&["train", "ranker", "--shop", "tea"], flags].concat());
        assert!(ran.code == 2 && ran.err.contains(expected), "{flags:?}: {} {}", ran.code, ran.err);
    }
}
