use std::sync::Arc;

use index::{Error, Expansion, Index, IndexConfig, RowSet, Searcher};
use types::{Analyzer, FieldWeights, Language, Lexical, Position, Row, Token, Value};

use crate::support::{TestAnalyzer, config, item, keywords, open};

fn search(searcher: &Searcher, text: &str, cutoff: f32) -> Vec<u32> {
    let query = searcher.words_query(text, &FieldWeights::default()).unwrap();
    let hits = searcher.search_words(&query, searcher.all(), cutoff, 10).unwrap();
    assert_eq!(hits.total, hits.matched.len());
    hits.top.iter().map(|hit| hit.row.0).collect()
}

fn shop(index: &Index) {
    let items = [
        item("SKU-1", "Kitchen towels, red").with("brand", keywords(&["Acme"])),
        item("SKU-2", "Bath towel").with("colour", keywords(&["red"])),
        item("SKU-3", "纯棉毛巾 红色").with("brand", keywords(&["洁丽雅"])),
        item("SKU-4", "浴巾"),
        item("SKU-5", "Acme kettle <b>\"new\"</b>"),
    ];
    items.iter().enumerate().for_each(|(row, item)| index.upsert(Row(row as u32), item));
}

#[test]
fn words_are_found_in_english_and_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    shop(&index);
    assert!(search(&index.refresh(), "towel", 0.0).is_empty(), "not yet committed");
    index.commit().unwrap();
    let searcher = index.refresh();
    assert_eq!(search(&searcher, "towels", 0.0), [1, 0], "the shorter title first");
    assert_eq!(search(&searcher, "毛巾", 0.0), [2, 3], "巾 alone is less");
    assert_eq!(search(&searcher, "毛巾", 1.0), [2]);
    assert_eq!(search(&searcher, "Acme kettle", 1.0), [4]);
    assert_eq!(search(&searcher, "unheard-of kettle", 1.0), [4], "unknown words do not count against");
    assert_eq!(search(&searcher, "sku-4", 1.0), [3], "the id is searched");
    let query = searcher.words_query("red towel", &FieldWeights(vec![(Arc::from("colour"), 0.0)])).unwrap();
    let hits = searcher.search_words(&query, &[Row(1)].into_iter().collect(), 0.0, 10).unwrap();
    assert_eq!((hits.total, hits.complete), (1, 0), "colour is left out, other rows are not allowed");
}

#[test]
fn other_words_of_a_part_count_less_than_the_part_itself() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    shop(&index);
    index.commit().unwrap();
    let searcher = index.refresh();
    let found = |text: &str, span, other: &str| {
        let expansion = Expansion { span, text: Arc::from(other), weight: 0.8 };
        let query = searcher.expanded_query(text, &[expansion], &FieldWeights::default(), Lexical::default()).unwrap();
        let hits = searcher.search_words(&query, searcher.all(), 1.0, 10).unwrap();
        hits.top.iter().map(|hit| hit.row.0).collect::<Vec<_>>()
    };
    assert_eq!(found("bath cloth", (5, 10), "towel"), [1], "a word that no item has is stood for");
    assert_eq!(found("浴巾", (0, 6), "bath towel"), [3, 1], "what was typed comes first");
    assert_eq!(found("towel", (9, 20), "kettle"), [1, 0], "a span that is no part of the text adds nothing");
    assert_eq!(searcher.frequency("towels").unwrap(), 2);
    assert_eq!(searcher.frequency("kitchen towel").unwrap(), 1);
    assert_eq!(searcher.frequency("毛巾").unwrap(), 1);
    assert_eq!((searcher.frequency("unheard").unwrap(), searcher.frequency("").unwrap()), (0, 0));
}

#[test]
fn explanations_and_scores_of_rows_agree_with_the_search() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    shop(&index);
    index.commit().unwrap();
    // A second segment, with an update and a deletion in it.
    index.upsert(Row(1), &item("SKU-2", "Bath towel, large, red"));
    index.delete(Row(3));
    (5..300).for_each(|row| {
        index.upsert(Row(row), &item(&format!("n{row}"), if row % 3 == 0 { "red 毛巾" } else { "towel 红" }))
    });
    index.commit().unwrap();
    let searcher = index.refresh();
    for text in ["red towels", "毛巾 红色", "acme"] {
        let query = searcher.words_query(text, &FieldWeights::default()).unwrap();
        let hits = searcher.search_words(&query, searcher.all(), 0.0, 500).unwrap();
        assert_eq!(hits.top.len(), hits.total);
        let rows: Vec<Row> = hits.top.iter().map(|hit| hit.row).collect();
        let scores = searcher.score_words(&query, &rows).unwrap();
        // Phrases count for the first alone.
        for (hit, score) in hits.top.iter().zip(scores).take(index::PHRASED) {
            let terms: f32 = searcher.explain_words(&query, hit.row).unwrap().iter().map(|part| part.score).sum();
            let boosts: f32 = searcher.explain_boosts(&query, hit.row).unwrap().iter().map(|part| part.score).sum();
            let sum = terms + boosts;
            assert!(
                (hit.score - score).abs() < 1e-4 && (hit.score - sum).abs() < 1e-4,
                "{text}: {hit:?} {score} {sum}"
            );
            assert!(terms < query.score_max());
        }
    }
    let query = searcher.words_query("towel", &FieldWeights::default()).unwrap();
    let part = &searcher.explain_words(&query, Row(1)).unwrap()[0];
    assert_eq!((&*part.field, &*part.term), ("title", "towel"));
}

#[test]
fn matches_are_marked_and_the_rest_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    shop(&index);
    index.commit().unwrap();
    let searcher = index.refresh();
    let query = searcher.words_query("kettles 毛巾", &FieldWeights::default()).unwrap();
    let mark = |text: &str| searcher.highlight(&query, text, Language::Other);
    assert_eq!(mark("Acme kettle <b>").as_deref(), Some("Acme <em>kettle</em> &lt;b&gt;"));
    assert_eq!(mark("纯棉毛巾 红色").as_deref(), Some("纯棉<em>毛巾</em> 红色"));
    assert_eq!(mark("nothing"), None);
    let long = format!("{} a kettle & more {}", "word ".repeat(40), "tail ".repeat(40));
    let part = searcher.snippet(&query, &long, Language::English, 40).unwrap();
    assert!(part.contains("a <em>kettle</em> &amp; more") && part.starts_with('…') && part.ends_with('…'), "{part}");
    assert!(part.chars().count() < 70, "{part}");
    let long = format!("{}这条毛巾很软{}", "字".repeat(100), "尾".repeat(100));
    let part = searcher.snippet(&query, &long, Language::Chinese, 20).unwrap();
    assert!(part.contains("<em>毛巾</em>") && part.chars().count() < 40, "{part}");
}

#[test]
fn more_attributes_than_fields_are_still_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    let mut many = item("a", "Towel");
    for number in 0..40 {
        many = many.with(&format!("attribute{number}"), keywords(&[&format!("value{number}")]));
    }
    index.upsert(Row(0), &many);
    index.commit().unwrap();
    let searcher = index.refresh();
    let query = searcher.words_query("value39", &FieldWeights::default()).unwrap();
    let part = &searcher.explain_words(&query, Row(0)).unwrap()[0];
    assert_eq!(&*part.field, "attribute39");
}

#[test]
fn a_checkpoint_is_what_opens_and_replay_brings_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    {
        let index = open(folder.path());
        shop(&index);
        index.begin_checkpoint(Position(5)).write().unwrap();
        // Ahead of the checkpoint: words committed, then lost with the process.
        index.upsert(Row(0), &item("SKU-1", "Teapot"));
        index.delete(Row(4));
        index.commit().unwrap();
        assert_eq!(search(&index.refresh(), "teapot", 0.0), [0]);
    }
    let index = open(folder.path());
    assert_eq!(index.position(), Position(5));
    assert_eq!(index.stats().items, 5);
    index.upsert(Row(0), &item("SKU-1", "Teapot"));
    index.delete(Row(4));
    index.commit().unwrap();
    let searcher = index.refresh();
    assert_eq!(search(&searcher, "teapot", 0.0), [0]);
    assert_eq!(search(&searcher, "kettle towel", 0.0), [1]);
    assert_eq!(search(&searcher, "毛巾", 1.0), [2]);
}

#[test]
fn without_a_checkpoint_replay_starts_at_zero() {
    let folder = tempfile::tempdir().unwrap();
    {
        let index = open(folder.path());
        shop(&index);
        index.commit().unwrap();
    }
    let index = open(folder.path());
    assert_eq!((index.position(), index.stats().items), (Position(0), 0));
    assert!(search(&index.refresh(), "towel", 0.0).is_empty());
}

struct Other;

impl Analyzer for Other {
    fn version(&self) -> &str {
        "other"
    }

    fn analyze(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        TestAnalyzer.analyze(text, language, sink);
    }

    fn analyze_query(&self, text: &str, language: Language, sink: &mut dyn FnMut(Token<'_>)) {
        TestAnalyzer.analyze_query(text, language, sink);
    }

    fn squash(&self, text: &str) -> String {
        TestAnalyzer.squash(text)
    }
}

#[test]
fn files_made_otherwise_or_damaged_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    {
        let index = open(folder.path());
        index.upsert(Row(0), &item("a", "Towel").with("size", Value::Number(1.0)));
        index.begin_checkpoint(Position(1)).write().unwrap();
    }
    let other = IndexConfig { analyzer: Arc::new(Other), ..config() };
    assert!(matches!(Index::open(folder.path(), other), Err(Error::NeedsRebuild { .. })));
    let mut retrained = config();
    retrained.encoders[0].version = Arc::from("2");
    assert!(matches!(Index::open(folder.path(), retrained), Err(Error::NeedsRebuild { .. })));
    let path = folder.path().join("checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(Index::open(folder.path(), config()), Err(Error::Damaged { .. })));
}

#[test]
fn an_empty_query_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let searcher = open(folder.path()).refresh();
    for text in ["", "  ", "!?"] {
        let query = searcher.words_query(text, &FieldWeights::default()).unwrap();
        assert_eq!(searcher.search_words(&query, &RowSet::all(10), 1.0, 10).unwrap().total, 0);
    }
}
