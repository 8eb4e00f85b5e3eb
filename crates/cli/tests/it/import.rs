//! Import and export.

use crate::harness::{Place, json_lines};

/// Six rows of which three are bad, and twenty good ones, so that the bad ones do not make the guesses fail.
fn items() -> String {
    let odd = "\
sku,name,price,currency,brand,stock
茶-1,龙井绿茶 250克,88.5,CNY,西湖,10
tea-2,Earl Grey loose leaf tea,4.99,GBP,Northwall,3
tea-3,Broken price,cheap,GBP,Northwall,1
,No id,1,GBP,Northwall,1
tea-5,\"Teapot, cast iron\",24.00,GBP,Northwall,many
茶-6,紫砂茶壶,320,CNY,宜兴,2
";
    let plain = (7..27).map(|number| format!("cup-{number},Cup number {number},{number}.5,GBP,Northwall,4\n"));
    std::iter::once(odd.to_owned()).chain(plain).collect()
}

#[test]
fn bad_rows_go_to_the_dead_letters_and_the_rest_goes_in() {
    let place = Place::with_shop();
    let file = place.write("货品.csv", items());
    let ran = place.run(&["import", "items", &file, "--shop", "tea", "--json"]);
    let summary = &ran.json()["files"][0];
    assert_eq!(
        (&summary["rows"], &summary["imported"], &summary["rejected"]),
        (&26.into(), &23.into(), &3.into()),
        "{summary}"
    );
    assert!(ran.err.contains("guessed"), "{}", ran.err);

    let rejected = json_lines(&place.path("货品.csv.rejected.jsonl"));
    let told: Vec<(u64, &str, bool)> = rejected
        .iter()
        .map(|row| {
            let reason = row["reason"].as_str().unwrap();
            (
                row["row"].as_u64().unwrap(),
                row["field"].as_str().unwrap(),
                reason.contains("expected") && reason.contains("got"),
            )
        })
        .collect();
    assert_eq!(told, [(3, "price", true), (4, "id", true), (5, "stock", true)], "{rejected:?}");
    assert_eq!(rejected[0]["data"]["sku"], "tea-3");

    let found = place.run(&["search", "绿茶", "--shop", "tea", "--json"]).json();
    assert_eq!(found["items"][0]["id"], "茶-1", "{found}");
}

#[test]
fn importing_again_changes_nothing_and_changes_are_taken() {
    let place = Place::with_shop();
    let file = place.write("items.csv", "id,title,stock\n1,绿茶,5\n2,black tea,6\n");
    let counts = |place: &Place| {
        let ran = place.run(&["import", "items", &file, "--shop", "tea", "--json"]).json();
        let stats = place.run(&["shop", "stats", "tea", "--json"]).json();
        (ran["files"][0]["imported"].clone(), ran["files"][0]["known"].clone(), stats["events"].clone())
    };
    assert_eq!(counts(&place), (2.into(), 0.into(), 2.into()));
    assert_eq!(counts(&place), (0.into(), 2.into(), 2.into()));
    place.write("items.csv", "id,title,stock\n1,绿茶,5\n2,black tea,7\n");
    assert_eq!(counts(&place), (1.into(), 1.into(), 3.into()));
    place.write("items.csv", "id,title,stock\n1,绿茶,5\n2,black tea,6\n");
    assert_eq!(counts(&place), (1.into(), 1.into(), 4.into()), "changed back is a change");

    let events = place.write("events.csv", "type,user,item\nview,u1,1\nview,u1,1\npurchase,u2,2\n");
    let import = || place.run(&["import", "events", &events, "--shop", "tea", "--json"]).json()["files"][0].clone();
    assert_eq!(import()["imported"], 3, "two equal rows are two events");
    assert_eq!((&import()["imported"], &import()["known"]), (&0.into(), &3.into()));
}

#[test]
fn a_dry_run_reads_everything_and_imports_nothing() {
    let place = Place::with_shop();
    let file = place.write("items.csv", items());
    let summary = place.run(&["import", "items", &file, "--shop", "tea", "--dry-run", "--json"]).json();
    assert_eq!((&summary["files"][0]["imported"], &summary["files"][0]["rejected"]), (&23.into(), &3.into()));
    assert_eq!(summary["files"][0]["rejected_first"][0]["row"], 3);
    assert!(!place.path("items.csv.rejected.jsonl").exists());
    assert_eq!(place.run(&["shop", "stats", "tea", "--json"]).json()["items"], 0);
}

#[test]
fn what_is_exported_is_imported_the_same() {
    let place = Place::with_shop();
    let items = place.write("items.csv", items());
    place.run(&["import", "items", &items, "--shop", "tea", "--json"]).json();
    let mapping = place.write(
        "map.toml",
        "target = \"events\"\n[fields]\nuser = \"who\"\nitem = \"what\"\n[constants]\ntype = \"view\"\n",
    );
    let events = place.write("events.tsv", "who\twhat\n用户一\t茶-1\nu2\ttea-2\n");
    let ran = place.run(&["import", "events", &events, "--shop", "tea", "--mapping", &mapping, "--json"]).json();
    assert_eq!(ran["files"][0]["imported"], 2, "{ran}");

    let (first, second) = (place.path("first.jsonl"), place.path("second.jsonl.gz"));
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    assert_eq!(place.run(&["export", "events", "--shop", "tea", "--out", first, "--json"]).json()["rows"], 25);
    assert_eq!(place.run(&["export", "items", "--shop", "tea", "--out", second, "--json"]).json()["rows"], 23);
    place.run(&["shop", "create", "copy", "--words-only"]);
    let ran = place.run(&["import", "events", first, "--shop", "copy", "--json"]).json();
    assert_eq!(ran["files"][0]["imported"], 25, "{ran}");
    let ran = place.run(&["import", "items", second, "--shop", "copy", "--json"]).json();
    assert_eq!((&ran["files"][0]["imported"], &ran["files"][0]["known"]), (&0.into(), &23.into()), "{ran}");
    let copied = place.run(&["export", "events", "--shop", "copy"]).out;
    assert_eq!(copied, place.read("first.jsonl"));
}

#[test]
fn files_that_break_off_name_the_row_and_keep_what_was_before() {
    let place = Place::with_shop();
    let file =
        place.write("items.json", "[{\"id\":\"1\",\"title\":\"tea\"},{\"id\":\"2\",\"title\":\"茶\"},{\"id\":\"3\"");
    let ran = place.run(&["import", "items", &file, "--shop", "tea"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("row 2"), "{}", ran.err);
    assert_eq!(place.run(&["shop", "stats", "tea", "--json"]).json()["items"], 2);
    let without_currency = place.write("prices.csv", "id,title,price\n1,tea,4\n");
    let ran = place.run(&["import", "items", &without_currency, "--shop", "tea"]);
    assert!(ran.code == 2 && ran.err.contains("currency"), "{}", ran.err);
    let ran = place.run(&["import", "items", &without_currency, "--shop", "tea", "--currency", "EUR", "--json"]);
    assert_eq!(ran.json()["files"][0]["imported"], 1);
}
