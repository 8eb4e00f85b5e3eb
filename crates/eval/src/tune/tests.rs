//! Sets in which a better weight is known, and sets in which there is none.

use std::fmt::Write as _;
use std::path::Path;

use types::{RetrievalMethod, Understanding};

use super::*;

fn options() -> TuneOptions {
    let mut search = SearchOptions::new(RetrievalMethod::Lexical);
    search.understanding = Understanding::none();
    TuneOptions { search, folds: 4, groups: NumberGroup::ALL.to_vec(), measure: None, seed: 1 }
}

/// A word that no other has anything of, every other one Chinese.
fn word(at: usize) -> String {
    const HAN: [char; 7] = ['春', '山', '鹿', '琴', '桥', '舟', '麦'];
    const LATIN: [&str; 7] = ["ba", "ke", "lo", "mi", "tu", "zor", "fen"];
    let (one, other) = (at / 2 % 7, at / 14);
    match at % 2 {
        0 => [HAN[one], HAN[other], HAN[(one + other + 1) % 7]].iter().collect(),
        _ => format!("{}{}{}x", LATIN[one], LATIN[other], LATIN[(one + other + 1) % 7]),
    }
}

/// Queries of one word: an item that has it as a label, and three that have it in their titles. `right` says which of the
/// four is relevant.
fn set(dir: &Path, right: impl Fn(usize) -> usize) {
    let (mut products, mut queries, mut judgements) =
        (String::new(), String::new(), "query_id,item_id,gain\n".to_owned());
    for at in 0..40 {
        let word = word(at);
        let _ = writeln!(
            products,
            r#"{{"id":"{at}-0","title":"plain thing 物品 and more of it","attributes":{{"label":["{word}"]}}}}"#
        );
        for other in 1..4 {
            let _ = writeln!(
                products,
                r#"{{"id":"{at}-{other}","title":"{word} plain thing 物品","attributes":{{"label":["others"]}}}}"#
            );
        }
        let _ = writeln!(queries, r#"{{"id":"{at}","text":"{word}"}}"#);
        let _ = writeln!(judgements, "{at},{at}-{},1", right(at));
    }
    fs_err::write(dir.join("products.jsonl"), products).unwrap();
    fs_err::write(dir.join("queries.jsonl"), queries).unwrap();
    fs_err::write(dir.join("judgements.csv"), judgements).unwrap();
}

#[test]
fn a_better_weight_is_found_and_held_out_queries_confirm_it() {
    let dir = tempfile::tempdir().unwrap();
    set(dir.path(), |_| 0);
    let (report, settings) = tune_set(dir.path(), &options(), &mut |_, _, _| true).unwrap();
    assert_eq!((report.measure, report.queries, report.folds.len()), ("mrr@10", 40, 4));
    assert!(report.held_out.difference > 0.5 && report.held_out.interval.0 > 0.0, "{:?}", report.held_out);
    assert!(report.remarks.is_empty(), "{:?}", report.remarks);
    let tuned = report.tuned.unwrap();
    assert!(tuned.field("label").unwrap() > tuned.field("title").unwrap(), "{tuned:?}");
    assert!(
        report.changes.iter().any(|change| change.gain > 0.3 && change.in_folds.len() == 4),
        "{:?}",
        report.changes
    );
    let settings = settings.unwrap();
    assert!(settings.attributes.values().any(|attribute| attribute.weight != 5.0), "{:?}", settings.attributes);
}

#[test]
fn what_is_noise_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // Which of the four is right has nothing to do with where the word stands.
    set(dir.path(), |at| [0, 1, 3, 2, 1, 0, 2, 3][at * 5 % 8]);
    let (report, settings) = tune_set(dir.path(), &options(), &mut |_, _, _| true).unwrap();
    assert!(report.tuned.is_none() && settings.is_none() && report.changes.is_empty(), "{report:?}");
    assert!(report.held_out.interval.0 <= 0.0);
}

#[test]
fn it_can_be_stopped_and_wants_enough_queries() {
    let dir = tempfile::tempdir().unwrap();
    set(dir.path(), |_| 0);
    let stopped = tune_set(dir.path(), &options(), &mut |step, _, _| step != "folds");
    assert!(matches!(stopped, Err(TuneError::Stopped(_))));
    fs_err::write(dir.path().join("judgements.csv"), "query_id,item_id,gain\n0,0-0,1\n").unwrap();
    let few = tune_set(dir.path(), &options(), &mut |_, _, _| true).unwrap_err();
    assert!(few.to_string().contains("1 queries with a relevant item; tuning needs at least 20"), "{few}");
}

#[test]
fn folds_are_alike_in_size_and_the_same_for_a_seed() {
    let folds = folds_of(23, 5, 7);
    assert_eq!(folds, folds_of(23, 5, 7));
    assert_ne!(folds, folds_of(23, 5, 8));
    let size = |fold| folds.iter().filter(|of| **of == fold).count();
    assert_eq!((0..5).map(size).collect::<Vec<_>>(), [5, 5, 5, 4, 4]);
}
