//! Recommenders: trained, listed, put in force, taken back, tuned, and what they recommend exported.

use serde_json::{Value, json};

use crate::harness::{Place, Server, json_lines};

/// A shop in which 40 people buy tea and a cup, and a month and a half later tea again.
fn shop() -> Place {
    let place = Place::with_shop();
    let mut events = String::new();
    for user in 0..40 {
        for (day, items) in [("2026-01-02", ["茶", "杯"]), ("2026-02-20", ["茶", "壶"])] {
            for item in items {
                events += &json!({
                    "event_id": format!("{user} {day} {item}"), "type": "purchase", "user": format!("u{user:02}"),
                    "session": format!("{user} {day}"), "item": item, "time": format!("{day}T10:00:{user:02}Z"),
                })
                .to_string();
                events.push('\n');
            }
        }
    }
    let items: String = ["茶", "杯", "壶"].map(|id| format!("{}\n", json!({ "id": id, "title": id }))).concat();
    let (items, events) = (place.write("items.jsonl", items), place.write("events.jsonl", events));
    for (what, file) in [("items", &items), ("events", &events)] {
        let ran = place.run(&["import", what, file, "--shop", "tea"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    }
    place
}

const TRAIN: [&str; 6] = ["train", "recommend", "--shop", "tea", "--model", "popular"];

fn train(place: &Place, more: &[&str]) -> Value {
    place.run(&[&TRAIN, more, &["--json"]].concat()).json()
}

fn asked(place: &Place) -> Value {
    place.run(&["recommend", "--shop", "tea", "--user", "u07", "--json"]).json()
}

#[test]
fn a_recommender_is_trained_promoted_listed_and_taken_back() {
    let place = shop();
    let list = ["train", "recommend", "--shop", "tea", "--list"];
    assert!(place.run(&list).out.contains("No recommender was trained yet"));
    let report = train(&place, &["--set", "popular.half-life-days=30"]);
    assert_eq!(
        (&report["version"], &report["promoted"], &report["kind"]),
        (&json!(1), &json!(false), &json!("for-you"))
    );
    let roles: Vec<&str> =
        report["compared"].as_array().unwrap().iter().map(|row| row["role"].as_str().unwrap()).collect();
    assert!(roles.contains(&"candidate") && roles.contains(&"live"), "{report}");
    assert_ne!(asked(&place)["items"][0]["source"], "model");

    assert_eq!(train(&place, &["--promote"])["promoted"], true);
    let answer = asked(&place);
    assert_eq!(answer["items"][0]["source"], "model", "{answer}");
    let table = place.run(&list).out;
    assert!(table.contains("popular") && table.contains("yes"), "{table}");
    let doctor = place.run(&["doctor"]).out;
    assert!(doctor.contains("recommender of tea for for-you") && doctor.contains("version 2"), "{doctor}");
    let change = |flags: &[&str]| place.run(&[&["train", "recommend", "--shop", "tea"], flags].concat()).out;
    assert!(change(&["--roll-back"]).contains("learns live"));
    assert!(change(&["--put-in-force", "1"]).contains("Version 1 of the recommender for for-you is in force now"));
    let shown = change(&["--show", "2", "--report", "report"]);
    assert!(shown.contains("candidate") && shown.contains("half-life-days"), "{shown}");
    let drawn = std::fs::read_to_string(place.path("report/compared.svg")).unwrap();
    assert!(drawn.contains("popular (") && place.path("report/report.json").is_file(), "{drawn}");
    let unknown = place.run(&["train", "recommend", "--shop", "tea", "--show", "9"]);
    assert!(unknown.code == 2 && unknown.err.contains("no version 9"), "{}", unknown.err);
    let told = place.run(&TRAIN);
    assert!(told.out.contains("version 3") && told.out.contains("--put-in-force 3"), "{}{}", told.out, told.err);
}

#[test]
fn what_is_typed_wrong_is_named() {
    let place = shop();
    for (flags, expected) in [
        (&["--model", "magic"][..], "expected one of"),
        (&["--kind", "new"][..], "`kind`: expected one of for-you, similar, bought-together"),
        (&["--set", "popular.depth=3"][..], "`parameter`: expected one of half-life-days"),
        (&["--holdout-days", "0"][..], "`holdout_days`: expected 1 to 3650"),
        (&["--memory", "0"][..], "--memory"),
        (&["--put-in-force", "9"][..], "no version 9"),
    ] {
        let ran = place.run(&[&["train", "recommend", "--shop", "tea"], flags].concat());
        assert!(ran.code == 2 && ran.err.contains(expected), "{flags:?}: {} {}", ran.code, ran.err);
    }
    let ran = place.run(&["train", "recommend", "--shop", "nothing", "--model", "popular"]);
    assert!(ran.code == 2 && ran.err.contains("there is no shop"), "{}", ran.err);
}

#[test]
fn a_running_server_trains_and_uses_the_model_without_a_restart() {
    let place = shop();
    let server = Server::start(&place, &["--open"]);
    let url = format!("http://{}", server.address);
    let report = train(&place, &["--promote", "--url", &url]);
    assert_eq!((&report["promoted"], &report["model"]), (&json!(true), &json!("popular")), "{report}");
    let path = "/v1/tea/recommend?kind=for-you&user=u07";
    let (_, answer) = server.connect().ask("GET", path, "").unwrap();
    assert_eq!(answer["items"][0]["source"], "model", "{answer}");
    // Bought again in this shop, unless the shopper says no: the next answer knows.
    let hide = json!({ "type": "hide", "user": "u07", "item": answer["items"][0]["id"] }).to_string();
    assert_eq!(server.connect().ask("POST", "/v1/tea/events", &hide).unwrap().0, 200);
    let (_, after) = server.connect().ask("GET", path, "").unwrap();
    assert_ne!(after["items"][0]["id"], answer["items"][0]["id"]);
    let back = place.run(&["train", "recommend", "--shop", "tea", "--roll-back", "--url", &url, "--json"]).json();
    assert_eq!(back, json!({ "kind": "for-you" }));
}

#[test]
fn a_schedule_in_the_configuration_trains_in_the_background() {
    let place = shop();
    let config = place
        .write("mercato.toml", "[train]\nevery = \"24h\"\nmodels = [\"popular\"]\nthreads = 1\npromote = \"yes\"\n");
    let shown = place.run(&["config", "--config", &config, "--json"]).json();
    assert_eq!((&shown["train"]["every"], &shown["train"]["promote"]), (&json!("86400s"), &json!("yes")), "{shown}");
    let server = Server::start(&place, &["--open", "--config", &config]);
    let mut connection = server.connect();
    let state = loop {
        let (_, state) = connection.ask("GET", "/v1/tea/recommenders/train", "").unwrap();
        if state["state"] == "finished" || state["state"] == "failed" {
            break state;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!((&state["state"], &state["by"]), (&json!("finished"), &json!("schedule")), "{state}");
    let (_, answer) = connection.ask("GET", "/v1/tea/recommend?kind=for-you&user=u07", "").unwrap();
    assert_eq!(answer["items"][0]["source"], "model", "{answer}");
    let bad = place.write("bad.toml", "[train]\nevery = \"soon\"\n");
    let ran = place.run(&["config", "--config", &bad]);
    assert!(ran.code == 2 && ran.err.contains("train.every"), "{}", ran.err);
}

#[test]
fn hyper_parameters_are_tuned_on_a_shop_and_on_a_folder_and_gone_on_with() {
    let place = shop();
    let tune = |flags: &[&str]| place.run(&[&["tune", "recommend", "--model", "popular"], flags].concat());
    let on_shop = tune(&["--shop", "tea", "--trials", "2", "--json"]).json();
    assert_eq!((on_shop["trials"].as_array().map(Vec::len), &on_shop["measure"]), (Some(3), &json!("ndcg@10")));
    place.write("data/sequences.txt", "1 a b c d\n2 a b c d\n3 x y z w\n4 a b c q r\n");
    let folder = ["data", "--protocol", "leave-one-out", "--out", "trials.jsonl"];
    let table = tune(&[&folder[..], &["--trials", "2"]].concat());
    assert!(table.code == 0 && table.out.contains("defaults") && table.out.contains("half-life-days"), "{}", table.out);
    assert_eq!(json_lines(&place.path("trials.jsonl")).len(), 4);
    assert_eq!(tune(&[&folder[..], &["--trials", "3"]].concat()).code, 0);
    assert_eq!(json_lines(&place.path("trials.jsonl")).len(), 5);
    let other = tune(&[&folder[..], &["--seed", "2"]].concat());
    assert!(other.code == 2 && other.err.contains("another tuning"), "{}", other.err);
    assert!(tune(&["--shop", "tea", "--trials", "0"]).err.contains("`trials`"));
    assert_eq!(tune(&[]).code, 2);
}

#[test]
fn recommendations_are_exported_for_every_user() {
    let place = shop();
    train(&place, &["--promote"]);
    let export = |out: &str, more: &[&str]| {
        place.run(&[&["export", "recommendations", "--shop", "tea", "--out", out, "--json"], more].concat())
    };
    let told = export("lists.jsonl", &["--limit", "2"]).json();
    assert_eq!((&told["users"], &told["items"]), (&json!(40), &json!(80)));
    let lists = json_lines(&place.path("lists.jsonl"));
    assert_eq!((lists.len(), &lists[7]["user"], &lists[7]["items"][0]["source"]), (40, &json!("u07"), &json!("model")));
    assert_eq!(lists[7]["items"][0]["item"], asked(&place)["items"][0]["id"]);
    assert_eq!(export("lists.parquet", &[]).json()["users"], 40);
    assert!(std::fs::read(place.path("lists.parquet")).unwrap().starts_with(b"PAR1"));
    let csv = export("lists.csv", &[]);
    assert!(csv.code == 2 && csv.err.contains(".jsonl or .parquet"), "{}", csv.err);
    let filter = export("f.jsonl", &["--filter", "price <"]);
    assert!(filter.code == 2 && filter.err.contains("--filter") && !place.path("f.jsonl").exists(), "{}", filter.err);
}
