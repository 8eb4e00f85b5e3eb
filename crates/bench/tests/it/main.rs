//! Every bench runs through on a small catalogue; figures are looked at for being there, never for being small.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use bench::{Bench, Error, Options, Report, Watch, run};

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)
}

fn options(items: usize) -> Options {
    Options {
        items,
        fixtures: root("fixtures"),
        models: root("models"),
        rate: 50.0,
        seconds: 0.2,
        requests: 20,
        users: 200,
        deeds: 3,
        events: 3_000,
        singles: 200,
        clients: 8,
        updates: 3,
        encoders: Some(Vec::new()),
        ..Options::default()
    }
}

fn bench(which: Bench, options: &Options) -> Result<Report, Error> {
    run(which, options, &Watch { stopped: &AtomicBool::new(false), progress: &|_, _, _| () })
}

#[test]
fn searches_are_measured_beside_plain_tantivy() {
    let report = bench(Bench::Search, &options(2_000)).unwrap();
    let ours = report.timing("lexical, 3 facets, one client").unwrap();
    assert_eq!((ours.count, ours.unanswered), (20, 0));
    assert!(ours.p50_ms > 0.0 && ours.p50_ms <= ours.p99_ms && ours.p99_ms <= ours.max_ms);
    assert_eq!(report.timing("lexical, 3 facets, 50 a second").unwrap().count, 10);
    assert!(report.figure("lexical, 3 facets, one client / plain tantivy, 3 facets, one client p50").unwrap() > 0.0);
    // The yardstick does the same work: it finds what we find, what cannot be bought, and what has too few of a long query's words.
    let found = |name: &str| report.figure(&format!("{name}, one client: items found")).unwrap();
    let (ours, theirs) = (found("lexical, 3 facets"), found("plain tantivy, 3 facets"));
    assert!(ours <= theirs && ours > 0.7 * theirs, "{ours} {theirs}");
    assert!(report.figure("disk").unwrap() > 0.1);
    assert!(report.to_json()["metrics"]["restart to first search answered"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_whole_loop_is_measured() {
    let report = bench(Bench::Loop, &Options { seconds: 1.0, ..options(500) }).unwrap();
    assert_eq!(report.timing("searches, 50 a second").unwrap().count, 50);
    assert!(report.timing("acknowledged click to moved score").unwrap().count > 0);
    assert_eq!(report.figure("clicks that moved no score"), Some(0.0));
    assert!(report.figure("examples learnt from").unwrap() > 0.0);
    assert!(report.figure("own memory at the end").unwrap() > 1.0);
}

#[test]
fn events_are_measured_and_all_have_their_effect() {
    let report = bench(Bench::Ingest, &options(500)).unwrap();
    assert!(report.figure("events in batches").unwrap() > 0.0);
    assert_eq!(report.timing("single events, 8 clients").unwrap().count, 200);
    assert_eq!(report.timing("single events over HTTP, 8 connections").unwrap().count, 200);
    assert_eq!(report.timing("item update to searchable by its new words").unwrap().count, 3);
    assert_eq!(report.figure("prices that the next search did not reflect"), Some(0.0));
    assert_eq!(report.figure("deeds that the next recommendation did not reflect"), Some(0.0));
}

#[test]
fn recommendations_are_measured_and_a_kept_folder_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { folder: Some(folder.path().to_owned()), ..options(500) };
    let first = bench(Bench::Recommend, &options).unwrap();
    assert_eq!(first.timing("for-you, 1 client").unwrap().count, 20);
    assert!(first.figure("shoppers and visits with state").unwrap() >= 200.0);
    let second = bench(Bench::Recommend, &options).unwrap();
    assert_eq!((first.figure("histories written").is_some(), second.figure("histories written")), (true, None));
    let other = bench(Bench::Recommend, &Options { items: 400, ..options });
    assert!(matches!(other, Err(Error::OtherCatalogue { .. })), "{other:?}");
}

#[test]
fn an_index_is_built_with_vectors_beside_the_yardsticks() {
    let report = bench(Bench::Index, &Options { encoders: None, ..options(60) }).unwrap();
    for figure in ["columns and words", "vectors set, e5-small-zh-en", "plain tantivy", "usearch alone", "disk"] {
        assert!(report.figure(figure).unwrap() > 0.0, "{figure}");
    }
}

#[test]
fn hybrid_searches_are_measured_with_and_without_the_cache() {
    let options = Options { encoders: None, requests: 5, ..options(60) };
    let report = bench(Bench::Search, &options).unwrap();
    for name in
        ["hybrid, computed, one client", "hybrid, filter, 3 facets, cached, 50 a second", "dense, cached, one client"]
    {
        assert!(report.timing(name).is_some(), "{name}: {report:?}");
    }
}

#[test]
fn nonsense_is_refused_and_a_stop_is_heeded() {
    for wrong in [Options { items: 0, ..options(1) }, Options { rate: f64::NAN, ..options(1) }] {
        assert!(matches!(bench(Bench::Search, &wrong), Err(Error::Option { .. })));
    }
    let stopped =
        run(Bench::Search, &options(500), &Watch { stopped: &AtomicBool::new(true), progress: &|_, _, _| () });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
}
