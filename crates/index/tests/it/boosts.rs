//! What words add beside their terms: phrases, whole values, article numbers; what a long query asks for.

use std::sync::Arc;

use index::{ENOUGH, Index, Searcher};
use types::{FieldWeights, Lexical, Row, Value, WordsBoostKind};

use crate::support::{item, keywords, open};

/// Nothing beside BM25F.
const PLAIN: Lexical = Lexical { phrase: 0.0, exact: 0.0, number: 0.0, minimum_match: 0.0 };

fn search(searcher: &Searcher, text: &str, lexical: Lexical) -> Vec<u32> {
    let query = searcher.expanded_query(text, &[], &FieldWeights::default(), lexical).unwrap();
    let hits = searcher.search_words(&query, searcher.all(), 0.0, 10).unwrap();
    hits.top.iter().map(|hit| hit.row.0).collect()
}

fn shop(items: impl IntoIterator<Item = types::Item>) -> (tempfile::TempDir, Index, Searcher) {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    items.into_iter().enumerate().for_each(|(row, item)| index.upsert(Row(row as u32), &item));
    index.commit().unwrap();
    let searcher = index.refresh();
    (folder, index, searcher)
}

#[test]
fn words_side_by_side_come_before_words_apart() {
    let (_folder, _index, searcher) = shop([
        item("a", "board for ironing with cover and cheese"),
        item("b", "board with cheese knife and cover"),
        item("c", "cover for cheese board and knife"),
        item("d", "红盒的毛巾 色"),
        item("e", "盒色的毛巾 红"),
    ]);
    let with = |phrase| Lexical { phrase, ..PLAIN };
    assert_eq!(search(&searcher, "cheese board", with(0.5))[0], 2);
    let explained = |text: &str, row| {
        let query = searcher.expanded_query(text, &[], &FieldWeights::default(), with(0.5)).unwrap();
        searcher.explain_boosts(&query, Row(row)).unwrap()
    };
    let boost = &explained("cheese board", 2)[0];
    assert_eq!((boost.kind, &*boost.field, &*boost.text), (WordsBoostKind::Phrase, "title", "chees board"));
    assert!(explained("cheese board", 0).iter().all(|far| far.score < boost.score));
    assert_eq!(explained("红盒", 3)[0].text.as_ref(), "红 盒");
    assert_eq!(search(&searcher, "红盒", with(0.5))[0], 3);
    assert!(explained("cheese", 2).is_empty() && explained("", 2).is_empty());
}

#[test]
fn what_is_the_whole_value_comes_first() {
    let (_folder, _index, searcher) = shop([
        item("a", "It it it: it and it"),
        item("b", "The Who live").with("brand", keywords(&["Live Nation"])),
        item("c", "Poster of a band").with("brand", keywords(&["The Who"])),
        item("d", "who is the the who who"),
        item("e", "It"),
        item("f", "没有没有没有 毛巾"),
        item("g", "没有"),
    ]);
    let lexical = Lexical { exact: 0.5, ..PLAIN };
    assert_eq!(search(&searcher, "it", lexical)[0], 4);
    assert_eq!(search(&searcher, "The Who!", lexical)[0], 2);
    assert_eq!(search(&searcher, "没有", lexical)[0], 6);
    let query = searcher.expanded_query("the who", &[], &FieldWeights::default(), lexical).unwrap();
    let boosts = searcher.explain_boosts(&query, Row(2)).unwrap();
    assert_eq!((boosts[0].kind, &*boosts[0].field, &*boosts[0].text), (WordsBoostKind::Exact, "brand", "thewho"));
    let hits = searcher.search_words(&query, searcher.all(), 0.0, 10).unwrap();
    assert_eq!(hits.top[0].coverage, 1.0);
    assert!((searcher.score_words(&query, &[Row(2)]).unwrap()[0] - hits.top[0].score).abs() < 1e-4);
}

#[test]
fn an_article_number_finds_its_item_first_however_it_is_separated() {
    let mut items: Vec<types::Item> =
        (0..30).map(|n| item(&format!("case-{n}"), "wh 1000 xm4 wh 1000 xm4 case 保护套")).collect();
    items.push(item("h", "Sony headphones 头戴式耳机").with("model", keywords(&["WH-1000XM4"])));
    items.push(item("t", "Kettle 水壶").with("gtin", Value::Number(4_006_381_333_931.0)));
    items.push(item("SKU.77/B-12", "Towel"));
    let (_folder, _index, searcher) = shop(items);
    for query in ["WH-1000XM4", "wh1000xm4", "wh 1000 xm4", "WH 1000XM4", "sony wh-1000xm4", "索尼wh1000xm4耳机"] {
        assert_eq!(search(&searcher, query, Lexical::default())[0], 30, "{query}");
    }
    assert_eq!(search(&searcher, "4006381333931", Lexical::default()), [31]);
    for query in ["SKU.77/B-12", "sku 77 b 12", "sku77b12", "SKU-77-B12"] {
        assert_eq!(search(&searcher, query, Lexical::default())[0], 32, "{query}");
    }
    let query = searcher.words_query("towel sku77-b12", &FieldWeights::default()).unwrap();
    let boosts = searcher.explain_boosts(&query, Row(32)).unwrap();
    assert_eq!((boosts[0].kind, &*boosts[0].field), (WordsBoostKind::Number, "id"));
}

#[test]
fn a_long_query_asks_for_more_of_its_words_unless_nothing_has_them() {
    let many = ENOUGH as u32;
    let titles = (0..many).map(|n| format!("red cotton towel {n}")).chain((0..many).map(|n| format!("red kettle {n}")));
    let titles = titles.chain(["蓝色纯棉毛巾".to_owned(), "蓝色水壶".to_owned()]);
    let (_folder, _index, searcher) = shop(titles.enumerate().map(|(row, title)| item(&format!("n{row}"), &title)));
    let found = |text: &str, minimum_match| {
        let lexical = Lexical { minimum_match, ..PLAIN };
        let query = searcher.expanded_query(text, &[], &FieldWeights::default(), lexical).unwrap();
        searcher.search_words(&query, searcher.all(), 0.0, 10).unwrap().total
    };
    assert_eq!(found("red cotton towel", 0.0), 2 * many as usize);
    assert_eq!(found("red cotton towel", 0.9), many as usize, "a red kettle is not asked for");
    assert_eq!(found("red", 1.0), 2 * many as usize, "one word asks for itself");
    assert_eq!(found("蓝色毛巾", 1.0), 2, "what little there is stays");
    assert_eq!(found("blue kettle with a lid", 1.0), many as usize, "nothing else matches");
}

#[test]
fn scores_put_together_from_parts_are_those_of_the_search() {
    let items = (0..90).map(|row| {
        let title =
            format!("{} towel {}", ["red", "blue", "纯棉 毛巾"][row % 3], ["large", "large cotton", "大号"][row % 3]);
        item(&format!("n{row}"), &title).with("brand", keywords(&[["Acme", "Red Towel", "大号"][row / 30]]))
    });
    let (_folder, _index, searcher) = shop(items);
    let weights = |title, brand| FieldWeights(vec![(Arc::from("title"), title), (Arc::from("brand"), brand)]);
    for text in ["red towel", "large cotton towel", "纯棉毛巾大号", "n17"] {
        for (fields, lexical) in [
            (weights(5.0, 5.0), Lexical::default()),
            (weights(1.0, 7.0), Lexical { phrase: 0.7, exact: 0.9, minimum_match: 0.8, ..Lexical::default() }),
            (weights(3.0, 0.5), Lexical { number: 0.3, ..PLAIN }),
        ] {
            let base = searcher.expanded_query(text, &[], &weights(5.0, 5.0), Lexical::default()).unwrap();
            let rows: Vec<Row> = (0..90).map(Row).collect();
            let parts = searcher.words_parts(&base, &rows).unwrap();
            let own: Vec<f32> = parts
                .fields
                .iter()
                .map(|(name, own)| fields.0.iter().find(|(named, _)| named == name).map_or(*own, |(_, weight)| *weight))
                .collect();
            let query = searcher.expanded_query(text, &[], &fields, lexical).unwrap();
            let wanted = searcher.score_words(&query, &rows).unwrap();
            for (at, wanted) in wanted.iter().enumerate() {
                let score = parts.score(at, &own, &lexical);
                assert!((score.terms + score.phrases - wanted).abs() < 1e-3, "{text} {at}: {score:?} {wanted}");
            }
        }
    }
}
