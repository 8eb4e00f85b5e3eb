use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// A small shop.
fn speller() -> Speller {
    let mut vocabulary = Vocabulary::default();
    let titles = [
        "Women's Running Shoes, lightweight mesh",
        "Running shoes for men with cushioned soles",
        "Notebook hardcover A5, lined paper",
        "Spiral notebook with pen holder",
        "Cotton T-Shirt, short sleeves",
        "Stainless steel water bottle 500ml",
        "Leather belt without buckle",
        "Sony WH-1000XM4 wireless headphones",
        "夏季红色连衣裙女",
        "白色连衣裙 长袖",
        "不锈钢保温杯大容量",
        "无线蓝牙耳机",
        "iphone手机壳防摔",
        "实木餐桌椅组合",
    ];
    titles.iter().for_each(|title| (0..20).for_each(|_| vocabulary.read_title(title)));
    let queries = ["running shoes", "water bottle", "连衣裙", "蓝牙耳机", "手机壳", "保温杯", "leather belt"];
    queries.iter().for_each(|query| vocabulary.read_query(query, 50));
    vocabulary.protect("Shoez");
    vocabulary.protect("联衣群");
    Speller::new(&vocabulary)
}

fn check(query: &str, expected: &Expect) {
    let thresholds = Thresholds::default();
    let spelled = speller().correct(query, &thresholds);
    let mut out = spelled.text.clone();
    if let Some(suggestion) = &spelled.suggestion {
        out += &format!("; did you mean {suggestion}");
    }
    for correction in &spelled.corrections {
        assert_eq!(&query[correction.span.0..correction.span.1], correction.from);
        out += &format!("; {:?} {} -> {}", correction.kind, correction.from, correction.to);
    }
    expected.assert_eq(&out);
}

#[test]
fn english_slips() {
    check("runing shoes", &expect!["running shoes; Letters runing -> running"]);
    check(
        "stianless steel bottel",
        &expect!["stainless steel bottle; Letters stianless -> stainless; Letters bottel -> bottle"],
    );
    check("lether belt", &expect!["leather belt; Letters lether -> leather"]);
    check("running shooz", &expect!["running shoes; Sound shooz -> shoes"]);
    check(
        "Wireles headphnes",
        &expect!["wireless headphones; Letters Wireles -> wireless; Letters headphnes -> headphones"],
    );
}

#[test]
fn blanks() {
    check("runningshoes", &expect!["running shoes; Split runningshoes -> running shoes"]);
    check("spiral note book", &expect!["spiral notebook; Join note book -> notebook"]);
    check("t shirt", &expect!["t shirt"]);
    check("tshirt", &expect!["tshirt"]);
    check("连 衣 裙", &expect!["连衣裙; Join 连 衣 裙 -> 连衣裙"]);
    check("红色连衣 裙", &expect!["红色连衣裙; Join 衣 裙 -> 衣裙"]);
}

#[test]
fn chinese_slips() {
    check("红色连衣群", &expect!["红色连衣裙; Homophone 群 -> 裙"]);
    check("连一群", &expect!["连衣裙; Homophone 一群 -> 衣裙"]);
    check("篮牙耳机", &expect!["蓝牙耳机; Homophone 篮 -> 蓝"]);
    check("不秀钢保温杯", &expect!["不锈钢保温杯; Homophone 秀 -> 锈"]);
    check("不锈刚保温杯", &expect!["不锈钢保温杯; Homophone 刚 -> 钢"]);
    check("保温大杯", &expect!["保温杯; Letters 大 -> "]);
    check("iphone手机克", &expect!["iphone手机壳; Homophone 克 -> 壳"]);
    check("耳机蓝牙", &expect!["耳机蓝牙"]);
}

#[test]
fn what_is_never_corrected() {
    check("wh-1000xm5 headphones", &expect!["wh-1000xm5 headphones"]);
    check("\"runing shoes\"", &expect![[r#""runing shoes""#]]);
    check("shoez", &expect!["shoez"]);
    check("联衣群", &expect!["联衣群"]);
    check("500ml 12345 a5", &expect!["500ml 12345 a5"]);
    check("кошка สวัสดี", &expect!["кошка สวัสดี"]);
    check("belts", &expect!["belts"]);
    check("", &expect![[""]]);
}

#[test]
fn reasons() {
    let thresholds = Thresholds::default();
    let spelled = speller().correct("runing shoes", &thresholds);
    let reasons: Vec<String> = spelled.corrections.iter().map(|correction| correction.explain(&thresholds)).collect();
    expect!["`runing` (unknown) read as `running` (40 times in the catalogue, 50 in queries): one slip; confidence 1.00 (applied, from 0.95 on)"].assert_eq(&reasons.join("\n"));
}

#[test]
fn odd_queries_are_bounded_and_stay_as_they_are() {
    let speller = speller();
    for part in ["runing ", "连衣群", "\"", "“", "a", "- ", "\u{200B}", "🎁", ".*[(", "1e309 ", "连 "] {
        let query = part.repeat(10_000);
        let spelled = speller.correct(&query, &Thresholds::default());
        assert!(spelled.corrections.len() <= TOKENS_MAX, "{part}");
        assert!(spelled.text.len() + 200 > query.len(), "{part}");
    }
}

#[test]
fn an_empty_shop_corrects_nothing() {
    let speller = Speller::new(&Vocabulary::default());
    for query in ["runing shoes", "红色连衣群", "连 衣", ""] {
        let spelled = speller.correct(query, &Thresholds { apply: 2.0, offer: 0.99 });
        assert_eq!(spelled.text, query);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn corrections_of_any_text_are_sound(query in "([a-z]{1,8} |runing|[连一群裙衣 ]{1,5}|\"|é|e\u{301}|ﾃﾞ|[0-9]{1,3}|.){0,12}") {
        thread_local!(static SPELLER: Speller = speller());
        let spelled = SPELLER.with(|speller| speller.correct(&query, &Thresholds { apply: 0.5, offer: 0.05 }));
        let mut end = 0;
        for correction in &spelled.corrections {
            prop_assert!(correction.span.0 >= end && correction.span.0 < correction.span.1);
            prop_assert_eq!(query.get(correction.span.0..correction.span.1), Some(&*correction.from));
            prop_assert!((0.0..=1.0).contains(&correction.confidence));
            end = correction.span.1;
        }
        prop_assert!((0.0..=1.0).contains(&spelled.confidence));
        if spelled.corrections.is_empty() { prop_assert_eq!(&spelled.text, &query); }
    }
}
