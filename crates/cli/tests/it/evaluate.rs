//! Evaluation commands on tiny folders.

use crate::harness::Place;

fn folder() -> Place {
    let place = Place::new();
    place.write(
        "data/products.jsonl",
        "{\"id\":\"1\",\"title\":\"西湖龙井绿茶\"}\n{\"id\":\"2\",\"title\":\"Jasmine green tea\"}\n{\"id\":\"3\",\"title\":\"Teapot\"}\n",
    );
    place.write("data/queries.jsonl", "{\"id\":\"a\",\"text\":\"绿茶\"}\n{\"id\":\"b\",\"text\":\"jasmine tea\"}\n");
    place.write("data/judgements.csv", "query_id,item_id,gain\na,1,1\nb,2,1\nb,3,0.1\n");
    place
}

#[test]
fn search_is_measured_and_runs_are_compared() {
    let place = folder();
    let ran = place.run(&[
        "eval",
        "search",
        "data",
        "--method",
        "lexical",
        "--run",
        "run.tsv",
        "--per-query",
        "worst.tsv",
        "--json",
    ]);
    let report = ran.json();
    assert_eq!(report["metrics"]["success@1"], 1.0, "{report}");
    assert!(report["intervals"]["ndcg@10"].is_array() && report["metrics"]["recall@100"].as_f64() > Some(0.5));
    assert!(place.read("worst.tsv").contains("绿茶"));
    place.write("other.tsv", "query_id\titem_id\trank\na\t3\t1\nb\t2\t1\n");
    let compared = place.run(&["eval", "compare", "data", "run.tsv", "other.tsv", "--json"]).json();
    assert_eq!((&compared["comparisons"]["success@1"]["second"], &compared["queries"]), (&0.5.into(), &2.into()));
    let table = place.run(&["eval", "search", "data", "--method", "lexical"]).out;
    assert!(table.contains("ndcg@10") && table.contains("1.0000"), "{table}");
}

#[test]
fn recommendation_is_measured_by_name_and_side_by_side() {
    let place = Place::new();
    place.write("data/train.txt", "1 茶 杯 壶\n2 茶 杯\n3 x y z\n4 x y\n5 茶 杯 壶\n6 x y z\n");
    place.write("data/test.txt", "2 壶\n4 z\n");
    let one =
        place.run(&["eval", "recommend", "data", "--protocol", "split", "--model", "neighbours", "--json"]).json();
    assert_eq!((&one["metrics"]["hr@10"], &one["method"]), (&1.0.into(), &"neighbours".into()), "{one}");
    let args = ["eval", "recommend", "data", "--protocol", "split", "--model", "popular", "--model", "for-you"];
    let table = place.run(&args).out;
    assert!(table.contains("popular") && table.contains("for-you"), "{table}");
    let curve = place.run(&[&args[..], &["--trade-off", "novelty", "--plot", "curve.svg"]].concat()).out;
    assert!(curve.contains("weight of novelty") && curve.lines().count() > 22, "{curve}");
    assert!(std::fs::read_to_string(place.path("curve.svg")).unwrap().contains("for-you"));
    let missing = place.run(&["eval", "recommend", "data", "--protocol", "sessions", "--json"]);
    assert!(missing.code == 2 && missing.out.is_empty() && missing.err.contains("train_sessions"), "{}", missing.err);
}

#[test]
fn a_policy_is_judged_by_the_log_of_another_or_refused() {
    let place = Place::new();
    let mut log = String::from("item_id,position,click,propensity_score\n");
    // Two items shown alike; the second is clicked in 3 of 4, the first in 1 of 4. One row has no propensity.
    (0..400).for_each(|row| log += &format!("{},1,{},0.5\n", row % 2, u8::from((row / 2 % 4 == 0) != (row % 2 == 1))));
    log += "0,1,1,\n";
    place.write("log.csv", &log);
    place.write("target.jsonl", "{\"item\":\"1\",\"position\":1,\"probability\":1}\n");
    place.write("elsewhere.jsonl", "{\"item\":\"7\",\"position\":1,\"probability\":1}\n");
    let judged = place.run(&["eval", "policy", "log.csv", "--target", "target.jsonl", "--json"]).json();
    let snips = judged["estimates"].as_array().unwrap().iter().find(|estimate| estimate["estimator"] == "snips");
    assert_eq!(snips.unwrap()["value"], 0.75, "{judged}");
    assert_eq!(judged["excluded"]["propensity_missing"], 1);
    let refused = place.run(&["eval", "policy", "log.csv", "--target", "elsewhere.jsonl", "--json"]).json();
    assert!(
        refused["estimates"].is_null() && refused["refused"][0]["code"] == "effective_sample_too_small",
        "{refused}"
    );
    let table = place.run(&["eval", "policy", "log.csv"]).out;
    assert!(table.contains("sndr") && table.contains("effective sample size"), "{table}");
}
