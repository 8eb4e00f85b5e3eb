//! Quality and duplicates of a catalogue, mended and taken back, in both languages.

use serde_json::{Value, json};

use crate::harness::Place;

fn stocked() -> Place {
    let place = Place::with_shop();
    let mut lines = String::new();
    let mut add = |item: Value| lines.push_str(&format!("{item}\n"));
    for (at, kind) in
        ["红茶", "绿茶", "白茶", "黄茶", "乌龙茶", "普洱茶", "花茶", "抹茶", "砖茶", "岩茶", "麦茶", "菊花茶"]
            .iter()
            .enumerate()
    {
        add(
            json!({"id": format!("t{at:02}"), "title": format!("{kind}礼盒"), "price": {"amount": 50 + at, "currency": "CNY"}}),
        );
    }
    add(json!({"id": "slip", "title": "Jasmine tea gift box", "price": {"amount": 5500, "currency": "CNY"}}));
    add(json!({"id": "post", "title": "补运费专用", "price": {"amount": 50, "currency": "CNY"}}));
    for colour in ["白色", "黑色"] {
        let title = format!("手工陶瓷盖碗茶具 {colour}");
        add(json!({"id": format!("bowl-{colour}"), "title": title, "price": {"amount": 66, "currency": "CNY"}}));
    }
    for id in ["kettle-1", "kettle-2"] {
        add(json!({"id": id, "title": "Enamel stove kettle WK-4410", "price": {"amount": 80, "currency": "CNY"}}));
    }
    let items = place.write("items.jsonl", &lines);
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    place
}

fn item(place: &Place, id: &str) -> Value {
    let out = place.run(&["export", "items", "--shop", "tea"]).out;
    let items = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    items.into_iter().find(|item| item["id"] == id).unwrap()
}

#[test]
fn faults_are_shown_mended_and_taken_back() {
    let place = stocked();
    let shown = place.run(&["quality", "tea"]);
    for part in ["not_a_product", "outlier", "prices in CNY", "█", "out of line in their category", "补运费专用"]
    {
        assert!(shown.out.contains(part), "{part}: {}{}", shown.out, shown.err);
    }
    let report = place.run(&["quality", "tea", "--rule", "outlier", "--json"]).json();
    assert_eq!((&report["total"], &report["findings"][0]["item"]), (&json!(1), &json!("slip")), "{report}");
    let would = place.run(&["quality", "tea", "--fix", "outlier,not_a_product"]).out;
    assert!(would.contains("set `price` to 55") && would.contains("2 items would change"), "{would}");
    assert_eq!(item(&place, "slip")["price"]["amount"], json!(5500), "nothing is changed by showing");

    let apply = ["quality", "tea", "--fix", "outlier,not_a_product", "--apply", "--undo-file", "back.jsonl"];
    assert_eq!(place.run(&[&apply[..], &["--json"]].concat()).json()["applied"], json!(2));
    assert_eq!(item(&place, "slip")["price"]["amount"], json!(55));
    assert_eq!(item(&place, "post")["available"], json!(false));
    // A file that takes changes back is never written over.
    place.write("back2.jsonl", "kept");
    place.write(
        "more.jsonl",
        "{\"id\":\"slip\",\"title\":\"Jasmine tea gift box\",\"price\":{\"amount\":60,\"currency\":\"CNY\"}}\n",
    );
    place.run(&["import", "items", "more.jsonl", "--shop", "tea", "--json"]).json();
    let back = place.run(&["quality", "tea", "--undo", "back.jsonl", "--json"]).json();
    assert_eq!(back, json!({"taken_back": 1, "changed_since": 1, "gone": 0}));
    assert_eq!(item(&place, "slip")["price"]["amount"], json!(60), "the shop's own value stays");
    assert!(item(&place, "post")["available"].is_null());

    assert_eq!(place.run(&["quality", "tea", "--apply"]).code, 2);
    assert_eq!(place.run(&["quality", "tea", "--rule", "nonsense"]).code, 2);
    assert_eq!(place.run(&["quality", "nowhere"]).code, 2);
    assert_eq!(place.run(&["quality", "tea", "--undo", "items.jsonl"]).code, 2, "no file of changes");
}

#[test]
fn duplicates_are_hidden_variants_grouped_and_judgements_kept_to() {
    let place = stocked();
    let shown = place.run(&["duplicates", "tea"]).out;
    assert!(shown.contains("kettle-1") && shown.contains("kettle-2") && !shown.contains("bowl-白色"), "{shown}");
    let variants = place.run(&["duplicates", "tea", "--variants", "--json"]).json();
    assert_eq!(variants["groups"][0]["items"][0]["patch"]["group"], json!("bowl-白色"), "{variants}");
    let apply = ["duplicates", "tea", "--variants", "--apply", "--undo-file", "back.jsonl", "--json"];
    assert_eq!(place.run(&apply).json()["applied"], json!(2));
    assert_eq!(item(&place, "bowl-黑色")["group"], json!("bowl-白色"));
    assert_eq!(place.run(&["duplicates", "tea", "--undo", "back.jsonl", "--json"]).json()["taken_back"], json!(2));
    assert!(item(&place, "bowl-黑色")["group"].is_null());

    place.write("said.tsv", "# judged\nkettle-1\tkettle-2\tdifferent\n");
    assert_eq!(place.run(&["duplicates", "tea", "--judge", "said.tsv", "--json"]).json()["judgements"], json!(1));
    let now = place.run(&["duplicates", "tea", "--json"]).json();
    assert_eq!((&now["total"], &now["matcher"]["judged_different"]), (&json!(0), &json!(1)), "{now}");
    assert!(place.run(&["duplicates", "tea", "--unsure"]).out.starts_with("# replace ?"));
    place.write("wrong.tsv", "kettle-1 kettle-2 different\n");
    let wrong = place.run(&["duplicates", "tea", "--judge", "wrong.tsv"]);
    assert!(wrong.code == 2 && wrong.err.contains("wrong.tsv:1:"), "{}", wrong.err);
    assert_eq!(place.run(&["eval", "categories", "--shop", "tea"]).code, 2, "no item has a category");
}
