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
    let missing = place.run(&["eval", "recommend", "data", "--protocol", "sessions", "--json"]);
    assert!(missing.code == 2 && missing.out.is_empty() && missing.err.contains("train_sessions"), "{}", missing.err);
}
