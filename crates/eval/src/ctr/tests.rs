use std::fmt::Write;
use std::path::Path;

use learn::ctr::Outcome;

use super::*;
use crate::Error;

fn options(method: CtrMethod) -> CtrOptions {
    CtrOptions {
        method,
        settings: Vec::new(),
        split: "ua".to_owned(),
        validation: false,
        calibrate: None,
        bootstrap: Bootstrap { resamples: 50, seed: 1 },
    }
}

fn write(dir: &Path, name: &str, text: &str) {
    fs_err::write(dir.join(name), text).unwrap();
}

/// Colours 0 and 1 and sizes 2 to 4, of which a pair is clicked or not as both say together.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "featindex.fm.txt", "colour:red\t0\ncolour:blue\t1\nsize:s\t2\nsize:m\t3\nsize:other\t4\n");
    let mut rng = Rng::new(3);
    for (name, rows) in [("train.fm.txt", 3_000), ("test.fm.txt", 1_000)] {
        let mut text = String::new();
        for _ in 0..rows {
            let (colour, size) = (rng.below(2), rng.below(3));
            let click = rng.unit() < if (colour == 0) == (size == 0) { 0.6 } else { 0.1 };
            writeln!(text, "{} {colour}:1 {}:1", u8::from(click), size + 2).unwrap();
        }
        write(dir.path(), name, &text);
    }
    dir
}

#[test]
fn every_model_learns_what_two_fields_say_together() {
    let dir = folder();
    for method in CtrMethod::ALL {
        // Ids that are met a thousand times need no small vectors.
        let free = vec![("l2_factors".to_owned(), 1e-3)];
        let settings = if method == CtrMethod::Trees { Vec::new() } else { free };
        let options = CtrOptions { settings, ..options(method) };
        let found = evaluate_ctr(dir.path(), &options).unwrap();
        let auc = found.report.metric("auc").unwrap();
        // The best there can be is about .78.
        assert!(auc.value > 0.76 && auc.interval.unwrap().0 < auc.value, "{method:?} {auc:?}");
        assert!(found.report.metric("ece").unwrap().value < 0.06, "{method:?}");
        let json = found.to_json();
        assert_eq!((json["queries"].as_u64(), json["method"].as_str()), (Some(1_000), Some(method.name())));
        let rows: u64 = json["reliability"].as_array().unwrap().iter().filter_map(|bin| bin["rows"].as_u64()).sum();
        assert_eq!(rows, 1_000);
        assert_eq!(evaluate_ctr(dir.path(), &options).unwrap(), found);
    }
    let validation = CtrOptions { validation: true, ..options(CtrMethod::Fm) };
    let found = evaluate_ctr(dir.path(), &validation).unwrap();
    assert!((500..700).contains(&found.report.queries) && found.report.protocol == "ctr, validation");
    let bent = CtrOptions { calibrate: Some(bend("platt").unwrap()), ..options(CtrMethod::Trees) };
    assert!(evaluate_ctr(dir.path(), &bent).unwrap().report.metric("ece").unwrap().value < 0.08);
}

#[test]
fn faults_name_the_file_the_line_and_the_setting() {
    let dir = folder();
    let said = |options: &CtrOptions| {
        let error = evaluate_ctr(dir.path(), options).unwrap_err();
        assert!(error.is_user(), "{error}");
        error.to_string().replace(&dir.path().display().to_string(), "DIR")
    };
    let set = CtrOptions { settings: vec![("depth".to_owned(), 1.0)], ..options(CtrMethod::Fm) };
    assert!(said(&set).contains("`set`: expected factors, rate"), "{}", said(&set));
    let wild = CtrOptions { settings: vec![("rate".to_owned(), f64::NAN)], ..options(CtrMethod::Fm) };
    assert_eq!(said(&wild), "`rate`: expected above 0, at most 1, got NaN");
    assert!(CtrMethod::from_name("lr").unwrap_err().to_string().contains("fm, deepfm, dcn, trees"));
    assert!(bend("temperature").is_err());
    for (line, expected) in [
        ("2 0:1", "DIR/test.fm.txt, line 2: `label`: expected 0 or 1, got 2"),
        ("1 0", "DIR/test.fm.txt, line 2: `feature`: expected ID:VALUE, got 0"),
        ("1 9:1", "DIR/test.fm.txt, line 2: `id`: expected an id of featindex.fm.txt, got 9"),
        ("1 0:inf", "DIR/test.fm.txt, line 2: `line`: expected a row of the schema"),
    ] {
        write(dir.path(), "test.fm.txt", &format!("1 0:1\n{line}\n"));
        assert!(said(&options(CtrMethod::Fm)).starts_with(expected), "{}", said(&options(CtrMethod::Fm)));
    }
    write(dir.path(), "test.fm.txt", "");
    assert!(said(&options(CtrMethod::Fm)).contains("a part of it has no rows"));
    write(dir.path(), "test.fm.txt", "1 0:1\n");
    write(dir.path(), "train.fm.txt", "0 0:1\n");
    assert!(evaluate_ctr(dir.path(), &options(CtrMethod::Trees)).is_err());
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(evaluate_ctr(empty.path(), &options(CtrMethod::Fm)), Err(Error::Missing { .. })));
}

#[test]
fn folders_without_an_index_have_one_field() {
    let dir = folder();
    fs_err::remove_file(dir.path().join("featindex.fm.txt")).unwrap();
    let data = CtrData::read(dir.path(), "").unwrap();
    let fields = data.train.schema().fields();
    assert_eq!((fields.len(), fields[0].buckets, data.is_split), (1, 5, false));
}

#[test]
fn films_are_read_with_their_people() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "u.user", "1|24|M|technician|85711\n2|53|F|other|94043\n");
    let film = b"1|Caf\xe9 (1995)|01-Jan-1995||http://x|0|1|1\n2|unknown||||1|0|0\n";
    fs_err::write(dir.path().join("u.item"), film).unwrap();
    write(dir.path(), "u1.base", "1\t1\t5\t874965758\n2\t2\t3\t876893171\n");
    write(dir.path(), "u1.test", "2\t1\t4\t874965758\n");
    let data = CtrData::read(dir.path(), "u1").unwrap();
    let told: Vec<(&str, u32, f32)> = data
        .train
        .entries(0)
        .map(|entry| (data.train.schema().name(usize::from(entry.field)), entry.id, entry.value))
        .collect();
    let expected = [
        ("user", 1, 1.0),
        ("item", 1, 1.0),
        ("year", 95, 1.0),
        ("age", 4, 1.0),
        ("gender", 1, 1.0),
        ("occupation", 0, 1.0),
        ("genre", 1, 0.5),
        ("genre", 2, 0.5),
    ];
    assert_eq!(told, expected);
    assert_eq!((data.train.outcome(0), data.train.outcome(1)), (Outcome::of(true), Outcome::of(false)));
    assert!(data.test.outcome(0).click && data.is_split);
    let missing = CtrData::read(dir.path(), "u2").unwrap_err().to_string();
    assert!(missing.contains("a file u2.base"), "{missing}");
    write(dir.path(), "u1.test", "2\t7\t4\t0\n");
    let said = CtrData::read(dir.path(), "u1").unwrap_err().to_string();
    assert!(said.ends_with("line 1: `line`: expected user, item, rating and time by tabs, got 2\t7\t4\t0"), "{said}");
}
