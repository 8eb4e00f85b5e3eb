//! `mercato tune search`, on a folder and on a shop.

use std::fmt::Write as _;

use crate::harness::Place;

/// Thirty queries in two languages; the right item has the query as its label, where weights find it last. Says the folder.
fn set(place: &Place) -> String {
    let (mut products, mut queries, mut judgements) =
        (String::new(), String::new(), "query_id,item_id,gain\n".to_owned());
    for at in 0..30u32 {
        let letter = |offset: u32| char::from(b'a' + ((at * 7 + offset * 5) % 26) as u8);
        let han = |offset: u32| char::from_u32(0x4E10 + at * 11 + offset).unwrap();
        let word: String = match at % 2 {
            0 => [han(0), han(3)].iter().collect(),
            _ => [letter(0), 'o', letter(1), 'u', letter(2), 'x'].iter().collect(),
        };
        let _ = writeln!(products, r#"{{"id":"{at}-0","title":"plain thing","attributes":{{"label":["{word}"]}}}}"#);
        let _ = writeln!(products, r#"{{"id":"{at}-1","title":"{word} thing","attributes":{{"label":["thing"]}}}}"#);
        let _ = writeln!(queries, r#"{{"id":"{at}","text":"{word}"}}"#);
        let _ = writeln!(judgements, "{at},{at}-0,1");
    }
    place.write("set/products.jsonl", &products);
    place.write("set/queries.jsonl", &queries);
    let file = place.write("set/judgements.csv", &judgements);
    file.trim_end_matches("/judgements.csv").to_owned()
}

#[test]
fn a_folder_is_tuned_and_the_settings_go_into_a_shop() {
    let place = Place::with_shop();
    let dir = set(&place);
    let out = format!("{dir}/tuned.json");
    let tuned =
        place.run(&["tune", "search", &dir, "--method", "lexical", "--only", "fields", "--out", &out, "--json"]).json();
    assert_eq!((&tuned["better_than_noise"], &tuned["measure"]), (&true.into(), &"mrr@10".into()), "{tuned}");
    assert!(tuned["held_out"]["interval"][0].as_f64().unwrap() > 0.0, "{tuned}");
    assert_eq!(tuned["folds"].as_array().unwrap().len(), 5);
    place.run(&["shop", "settings", "set", "tea", &out]).json();
    let table = place.run(&["tune", "search", &dir, "--method", "lexical", "--only", "cutoff"]).out;
    assert!(table.contains("No change is better than noise"), "{table}");
}

#[test]
fn a_shop_is_tuned_on_judgements_and_says_where_clicks_are_too_few() {
    let place = Place::with_shop();
    let dir = set(&place);
    place.run(&["import", "items", &format!("{dir}/products.jsonl"), "--shop", "tea", "--json"]).json();
    let few = place.run(&["tune", "search", "tea", "--method", "lexical"]);
    assert_eq!(few.code, 2, "{}{}", few.out, few.err);
    assert!(few.err.contains("clicks of tea: 0 queries with a relevant item; tuning needs at least 20"), "{}", few.err);
    let args = ["tune", "search", "tea", "--judgements", &dir, "--method", "lexical", "--only", "fields", "--apply"];
    let applied = place.run(&args).out;
    assert!(applied.contains("in force now"), "{applied}");
    let settings = place.run(&["shop", "settings", "get", "tea"]).json();
    assert!(settings["attributes"].as_object().is_some_and(|attributes| !attributes.is_empty()), "{settings}");
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::with_shop();
    for (args, says) in [
        (["--only", "colour"], "--only: expected fields, lexical, fusion, cutoff, got colour"),
        (["--measure", "clicks"], "--measure: expected ndcg@10 or mrr@10, got clicks"),
        (["--method", "magic"], "--method: expected hybrid, lexical or dense, got magic"),
        (["--folds", "1"], "--folds: expected 2 to 20, got 1"),
        (["--keep", "x"], "--settings and --keep go with a folder"),
    ] {
        let ran = place.run(&[&["tune", "search", "tea"][..], &args].concat());
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}
