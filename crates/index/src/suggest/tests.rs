use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use types::Row;

use super::*;

/// Adds an entry whose further words begin at these characters, and whose reading is given syllable by syllable.
fn add(builder: &mut SuggestionsBuilder, kind: Kind, weight: f32, text: &str, words: &[usize], reading: &str) {
    let folded = text.to_lowercase();
    let full: String = reading.split_whitespace().collect();
    let initials: String = reading.split_whitespace().filter_map(|syllable| syllable.chars().next()).collect();
    let words: Vec<usize> = words.iter().filter_map(|at| folded.char_indices().nth(*at)).map(|(at, _)| at).collect();
    let pinyin: &[Pinyin<'_>] = &[Pinyin { full: &full, initials: &initials }];
    builder.add(&Entry { words: &words, pinyin, ..Entry::new(kind, text, &folded, weight) });
}

fn shop() -> Suggestions {
    let mut builder = SuggestionsBuilder::new();
    let mut query = |weight, text: &str, words: &[usize], reading: &str| {
        add(&mut builder, Kind::Query, weight, text, words, reading)
    };
    query(90.0, "连衣裙", &[], "lian yi qun");
    query(60.0, "连衣裙 夏季", &[4], "lian yi qun xia ji");
    query(40.0, "脸盆", &[], "lian pen");
    query(80.0, "苹果手机壳", &[2, 4], "ping guo shou ji ke");
    query(30.0, "手机", &[], "shou ji");
    query(70.0, "running shoe", &[8], "");
    query(50.0, "iPhone 15 case", &[7, 10], "");
    query(45.0, "iphone手机壳", &[6, 8], "i p h o n e shou ji ke");
    query(20.0, "shoe rack", &[5], "");
    let codes = ["WH-1000XM4"];
    let headphones = "Sony WH-1000XM4 耳机";
    let entry = Entry::new(Kind::Product, headphones, "sony wh-1000xm4 耳机", 3.0);
    builder.add(&Entry { codes: &codes, payload: Some(Payload::Row(Row(7))), ..entry });
    let path: Arc<[Arc<str>]> = Arc::from([Arc::from("女装"), Arc::from("连衣裙")]);
    let category = Entry::new(Kind::Category, "连衣裙", "连衣裙", 1.0);
    builder.add(&Entry { payload: Some(Payload::Category(path)), ..category });
    builder.build()
}

fn lookup(suggestions: &Suggestions, text: &str, typos: Typos, kinds: &[(Kind, usize)]) -> Vec<Suggestion> {
    let pinyin: &[&str] = if text.is_ascii() { &[text] } else { &[] };
    suggestions.lookup(&Typed { texts: &[text], pinyin }, &Options { kinds, typos, compose: false, personal: None })
}

/// Suggested queries with the part to highlight in brackets.
fn queries(text: &str, typos: Typos) -> Vec<(String, FoundBy, u8)> {
    let found = lookup(&shop(), text, typos, &[(Kind::Query, 5)]);
    let marked = |suggestion: &Suggestion| {
        let (text, span) = (&suggestion.text, suggestion.span.clone());
        format!("{}[{}]{}", &text[..span.start], &text[span.clone()], &text[span.end..])
    };
    found.iter().map(|suggestion| (marked(suggestion), suggestion.found_by, suggestion.edits)).collect()
}

fn texts(found: &[(String, FoundBy, u8)]) -> Vec<&str> {
    found.iter().map(|(text, ..)| text.as_str()).collect()
}

#[test]
fn nothing_typed_answers_what_is_wanted_most() {
    let found = queries("", Typos::WhenFew);
    assert_eq!(texts(&found), ["[]连衣裙", "[]苹果手机壳", "[]running shoe", "[]连衣裙 夏季", "[]iPhone 15 case"]);
}

#[test]
fn prefixes_come_before_words_and_words_are_found() {
    assert_eq!(texts(&queries("手机", Typos::Off)), ["[手机]", "苹果[手机]壳", "iphone[手机]壳"]);
    assert_eq!(texts(&queries("SHOE", Typos::Off)), ["[shoe] rack", "running [shoe]"]);
    assert_eq!(texts(&queries("IPHONE", Typos::Off)), ["[iPhone] 15 case", "[iphone]手机壳"]);
}

#[test]
fn words_in_another_order_are_found() {
    let found = queries("shoe runn", Typos::Off);
    assert_eq!(found.iter().map(|found| found.1).collect::<Vec<_>>(), [FoundBy::Words]);
    assert_eq!(found[0].0, "[runn]ing shoe");
    assert_eq!(queries("夏季 连衣", Typos::Off)[0].1, FoundBy::Words);
}

#[test]
fn pinyin_and_its_initials_find_characters() {
    let found = queries("liany", Typos::Off);
    assert_eq!(texts(&found), ["[连衣]裙", "[连衣]裙 夏季"]);
    assert_eq!(found[0].1, FoundBy::Pinyin);
    assert_eq!(texts(&queries("lian", Typos::Off)), ["[连]衣裙", "[连]衣裙 夏季", "[脸]盆"]);
    let initials = queries("lyq", Typos::Off);
    assert_eq!(initials[0], ("[连衣裙]".to_owned(), FoundBy::Initials, 0));
    assert_eq!(texts(&queries("lyqx", Typos::Off)), ["[连衣裙 夏]季"]);
    assert_eq!(texts(&queries("shou", Typos::Off)), ["[手]机", "苹果[手]机壳", "iphone[手]机壳"]);
    assert_eq!(texts(&queries("iphonesh", Typos::Off)), ["[iphone手]机壳"]);
}

#[test]
fn characters_of_the_same_sound_are_found_behind_all_else() {
    let shop = shop();
    let options = Options { kinds: &[(Kind::Query, 3)], typos: Typos::Off, compose: false, personal: None };
    let found = shop.lookup(&Typed { texts: &["联衣"], pinyin: &["lianyi"] }, &options);
    assert_eq!(found[0].text, "连衣裙");
    assert_eq!(&found[0].text[found[0].span.clone()], "连衣");
}

#[test]
fn slips_are_looked_past() {
    for (typed, expected, edits) in [
        ("iphnoe", "[iPhone] 15 case", 1),
        ("ihpone 15", "[iPhone 15] case", 1),
        ("runing", "[running] shoe", 1),
        ("runnning sheo", "[running shoe]", 2),
        ("lainyi", "[连衣]裙", 1),
        ("苹安手机", "[苹果手机]壳", 1),
    ] {
        let found = queries(typed, Typos::WhenFew);
        assert_eq!(found.first().map(|found| (found.0.as_str(), found.2)), Some((expected, edits)), "{typed}");
        assert!(queries(typed, Typos::Off).iter().all(|found| found.2 == 0));
    }
    assert!(queries("iphone 16 c", Typos::WhenFew).is_empty(), "digits are never taken for a slip");
    assert!(queries("xphone", Typos::WhenFew).is_empty(), "nor is the first letter");
}

#[test]
fn parts_of_article_numbers_find_products() {
    for (typed, span) in [("1000xm", "1000XM"), ("wh1000", "WH-1000"), ("H-1000", "H-1000"), ("XM4", "XM4")] {
        let found = lookup(&shop(), typed, Typos::Off, &[(Kind::Product, 3)]);
        assert_eq!(found.len(), 1, "{typed}");
        assert_eq!((&found[0].text[found[0].span.clone()], found[0].found_by), (span, FoundBy::Infix));
        assert_eq!(found[0].payload, Some(Payload::Row(Row(7))));
    }
}

#[test]
fn kinds_come_in_the_order_wanted_and_each_in_its_number() {
    let found = lookup(&shop(), "连", Typos::Off, &[(Kind::Category, 1), (Kind::Brand, 3), (Kind::Query, 1)]);
    let kinds: Vec<Kind> = found.iter().map(|suggestion| suggestion.kind).collect();
    assert_eq!(kinds, [Kind::Category, Kind::Query]);
    assert!(matches!(&found[0].payload, Some(Payload::Category(path)) if path.len() == 2));
}

#[test]
fn a_fresh_layer_changes_adds_and_takes_out() {
    let shop = shop();
    let mut builder = SuggestionsBuilder::new();
    add(&mut builder, Kind::Query, 200.0, "脸盆", &[], "lian pen");
    add(&mut builder, Kind::Query, 300.0, "莲蓬头", &[], "lian peng tou");
    add(&mut builder, Kind::Query, 0.0, "连衣裙", &[], "");
    let updated = shop.with_fresh(builder);
    let found = lookup(&updated, "lian", Typos::Off, &[(Kind::Query, 5)]);
    let texts: Vec<&str> = found.iter().map(|suggestion| suggestion.text.as_str()).collect();
    assert_eq!(texts, ["莲蓬头", "脸盆", "连衣裙 夏季"]);
    assert_eq!((shop.len(), updated.len()), (11, 11));
    assert!(updated.memory_bytes() > shop.memory_bytes());
}

#[test]
fn the_shoppers_own_come_first() {
    let mut builder = SuggestionsBuilder::new();
    add(&mut builder, Kind::Query, 1.0, "手机支架", &[2], "shou ji zhi jia");
    add(&mut builder, Kind::Query, 0.4, "手机", &[], "shou ji");
    let personal = builder.build();
    let options = Options { kinds: &[(Kind::Query, 3)], typos: Typos::Off, compose: false, personal: Some(&personal) };
    let found = shop().lookup(&Typed { texts: &["手机"], pinyin: &[] }, &options);
    let texts: Vec<(&str, bool)> = found.iter().map(|found| (found.text.as_str(), found.personal)).collect();
    assert_eq!(texts, [("手机支架", true), ("手机", true), ("苹果手机壳", false)]);
}

#[test]
fn queries_nobody_asked_end_as_others_do() {
    let options = Options { kinds: &[(Kind::Query, 5)], typos: Typos::Off, compose: true, personal: None };
    for (typed, expected) in [("华为手", "华为手机壳"), ("red SH", "red shoe"), ("儿童连", "儿童连衣裙")]
    {
        let found = shop().lookup(&Typed { texts: &[typed], pinyin: &[] }, &options);
        let texts: Vec<&str> = found.iter().map(|found| found.text.as_str()).collect();
        assert!(texts.contains(&expected), "{typed}: {texts:?}");
        assert!(found.iter().all(|found| found.found_by == FoundBy::Composed));
        assert_eq!(found[0].text[found[0].span.clone()], typed.to_ascii_lowercase());
    }
    let known = shop().lookup(&Typed { texts: &["手机"], pinyin: &[] }, &options);
    assert_eq!(known[0].found_by, FoundBy::Prefix);
}

#[test]
fn what_differs_in_blanks_and_capitals_is_suggested_once() {
    let mut builder = SuggestionsBuilder::new();
    for (weight, text) in [(2.0, "iPhone 壳"), (1.0, "iphone壳"), (3.0, "IPHONE 壳"), (3.0, "iphone 绳")] {
        add(&mut builder, Kind::Query, weight, text, &[], "");
    }
    let found = lookup(&builder.build(), "iph", Typos::Off, &[(Kind::Query, 9)]);
    assert_eq!(found.iter().map(|found| found.text.as_str()).collect::<Vec<_>>(), ["IPHONE 壳", "iphone 绳"]);
}

#[test]
fn the_same_text_twice_is_one_entry_with_both_weights() {
    let mut builder = SuggestionsBuilder::new();
    builder.add(&Entry::new(Kind::Brand, "华为", "华为", 1.0));
    builder.add(&Entry { payload: Some(Payload::Row(Row(1))), ..Entry::new(Kind::Brand, "华为", "华为", 2.0) });
    builder.add(&Entry::new(Kind::Brand, "小米", "小米", f32::NAN));
    builder.add(&Entry::new(Kind::Brand, "   ", "   ", 1.0));
    let suggestions = builder.build();
    let found = lookup(&suggestions, "", Typos::Off, &[(Kind::Brand, 9)]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].score, found[0].payload.clone()), (3.0, Some(Payload::Row(Row(1)))));
}

/// The least number of slips that make `typed` a beginning of `text`, the first letter and digits being right.
fn slips(typed: &[char], text: &[char]) -> usize {
    let far = 100;
    let digit = |letter: &char| letter.is_ascii_digit();
    let mut rows = vec![vec![far; text.len() + 1]; typed.len() + 1];
    if typed.first() != text.first() {
        return far;
    }
    rows[1][1] = 0;
    for (i, j) in (1..=typed.len()).flat_map(|i| (1..=text.len()).map(move |j| (i, j))) {
        let mut best = rows[i][j];
        if i > 1 && j > 1 {
            let (a, b) = (&typed[i - 1], &text[j - 1]);
            let replaced = if a == b {
                0
            } else if digit(a) || digit(b) {
                far
            } else {
                1
            };
            best = best.min(rows[i - 1][j - 1] + replaced);
            if i > 2 && j > 2 && *a == text[j - 2] && typed[i - 2] == *b && !digit(a) && !digit(b) {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
        }
        if i > 1 && !digit(&typed[i - 1]) {
            best = best.min(rows[i - 1][j] + 1);
        }
        if j > 1 && !digit(&text[j - 1]) {
            best = best.min(rows[i][j - 1] + 1);
        }
        rows[i][j] = best;
    }
    rows[typed.len()].iter().copied().min().unwrap_or(far)
}

proptest! {
    #[test]
    fn finds_what_a_scan_finds(
        entries in prop::collection::btree_map("[ab1衣]{1,7}", 1u8..200, 1..40),
        typed in "[ab1衣]{0,5}",
    ) {
        let mut builder = SuggestionsBuilder::new();
        for (text, weight) in &entries {
            builder.add(&Entry::new(Kind::Query, text, text, f32::from(*weight)));
        }
        let suggestions = builder.build();
        let mut scan: Vec<(u8, &String)> =
            entries.iter().filter(|(text, _)| text.starts_with(&typed)).map(|(text, weight)| (*weight, text)).collect();
        scan.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
        let expected: Vec<String> = scan.into_iter().take(6).map(|(_, text)| text.clone()).collect();
        let found = lookup(&suggestions, &typed, Typos::Off, &[(Kind::Query, 6)]);
        prop_assert_eq!(found.into_iter().map(|found| found.text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn looks_past_exactly_the_slips_it_should(
        entries in prop::collection::btree_set("[abc1]{1,9}", 1..40),
        typed in "[abc1]{4,9}",
    ) {
        let mut builder = SuggestionsBuilder::new();
        entries.iter().for_each(|text| builder.add(&Entry::new(Kind::Query, text, text, 1.0)));
        let letters: Vec<char> = typed.chars().collect();
        let allowed = if letters.len() >= 8 { 2 } else { 1 };
        let near = |text: &&String| slips(&letters, &text.chars().collect::<Vec<char>>()) <= allowed;
        let expected: BTreeSet<String> = entries.iter().filter(near).cloned().collect();
        let found = lookup(&builder.build(), &typed, Typos::Always, &[(Kind::Query, 100)]);
        prop_assert_eq!(found.into_iter().map(|found| found.text).collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn stands_any_text(
        entries in prop::collection::vec((".{0,20}", ".{0,20}", prop::collection::vec(0usize..30, 0..3)), 0..20),
        typed in ".{0,12}", pinyin in ".{0,8}",
    ) {
        let mut builder = SuggestionsBuilder::new();
        for (text, folded, words) in &entries {
            let read = |letter: &char| if letter.is_ascii() { letter.to_string() } else { "zhong".to_owned() };
            let readings: Vec<String> = folded.chars().filter(|c| c.is_alphanumeric()).map(|c| read(&c)).collect();
            let initials: String = readings.iter().filter_map(|reading| reading.chars().next()).collect();
            let pinyin = [Pinyin { full: &readings.concat(), initials: &initials }];
            let codes = [text.as_str()];
            let keyed = Entry { words, pinyin: &pinyin, codes: &codes, ..Entry::new(Kind::Other, text, folded, 1.0) };
            builder.add(&keyed);
        }
        let suggestions = builder.build();
        let kinds = [(Kind::Other, 10)];
        let options = Options { kinds: &kinds, typos: Typos::Always, compose: true, personal: Some(&suggestions) };
        for suggestion in suggestions.lookup(&Typed { texts: &[&typed], pinyin: &[&pinyin] }, &options) {
            prop_assert!(suggestion.text.get(suggestion.span).is_some());
        }
    }
}

#[test]
fn hostile_input_costs_little() {
    let shop = shop();
    for text in
        ["a".repeat(100_000), "连".repeat(2_000), "a ".repeat(10_000), "\0".into(), "\u{200b}".into(), ".*[(".into()]
    {
        lookup(&shop, &text, Typos::Always, &[(Kind::Query, 1_000_000)]);
    }
}
