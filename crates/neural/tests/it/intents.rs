use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use learn::Intents;
use neural::{Encoder, JoinedEncoders, QueryCache};

/// What a shop's search box is used for, roughly; see `models/README.md`.
const SEARCH_BOX: [(&str, f32); 1] = [("search", 0.85)];

/// Both that are committed: read from one encoder's vectors, and from two.
static BUILT_IN: LazyLock<[(JoinedEncoders, Intents); 2]> = LazyLock::new(|| {
    let load = |name: &str| Arc::new(Encoder::load(&models().join(name), 1).unwrap());
    let (e5, minilm) = (load("e5-small-zh-en"), load("minilm-l6-en"));
    let intents = |name: &str| {
        let bytes = std::fs::read(models().join("intents-zh-en").join(name)).unwrap();
        Intents::decode(&bytes).unwrap()
    };
    [
        (JoinedEncoders::new(vec![Arc::clone(&e5)]), intents("intents.bin")),
        (JoinedEncoders::new(vec![e5, minilm]), intents("intents-joined.bin")),
    ]
});

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn top(encoders: &JoinedEncoders, intents: &Intents, text: &str) -> String {
    let reading = intents.read(&encoders.encode_query(&QueryCache::new(0), text).unwrap());
    if reading.out_of_scope { "out-of-scope".to_owned() } else { reading.top().0.to_owned() }
}

/// Fails where the encoder was changed and the intents were not made again: `cargo run --release -p neural --example
/// intents models/e5-small-zh-en models/intents-zh-en --write`, and again with `--also models/minilm-l6-en`.
#[test]
fn built_in_intents_are_those_of_the_committed_encoders() {
    for (encoders, intents) in &*BUILT_IN {
        assert_eq!(intents.encoder(), encoders.version());
        assert_eq!(intents.dims(), encoders.dims());
    }
}

#[test]
fn every_intent_has_examples_in_both_languages_and_no_text_has_two() {
    for table in ["zh.tsv", "en.tsv"] {
        let text = std::fs::read_to_string(models().join("intents-zh-en").join(table)).unwrap();
        let (mut texts, mut counts) = (BTreeMap::new(), BTreeMap::<&str, usize>::new());
        for line in text.lines() {
            let (label, text) = line.split_once('\t').unwrap();
            assert_eq!(texts.insert(text, label), None, "{table}: {text}");
            *counts.entry(label).or_default() += 1;
        }
        let labels: Vec<&str> = BUILT_IN[0].1.labels().iter().map(|label| &**label).collect();
        assert_eq!(counts.len(), labels.len(), "{table}");
        for label in labels {
            assert!(counts.get(label).is_some_and(|count| *count >= 60), "{table}: {label}");
        }
    }
}

#[test]
fn clear_texts_are_read_in_chinese_and_english() {
    let cases = [
        ("到店里看看今年有什么新款", "browse"),
        ("一加12和小米14哪个更好", "compare"),
        ("送给外婆的生日礼物", "gift"),
        ("这件羽绒服能放洗衣机洗吗", "product-question"),
        ("我前天买的东西发货了没有", "order-status"),
        ("收到的鞋不合脚想退货退款", "return-refund"),
        ("你们的服务太差了我要投诉", "complaint"),
        ("你好呀", "small-talk"),
        ("明天上海会下雨吗", "out-of-scope"),
        ("把这两件加入购物车付款", "buy-now"),
        ("what's the difference between the pixel 8 and the galaxy s24", "compare"),
        ("birthday gift for my grandfather", "gift"),
        ("is this jacket machine washable", "product-question"),
        ("where is the parcel i ordered last monday", "order-status"),
        ("i'd like to send these boots back for a refund", "return-refund"),
        ("your support is awful, i want to complain", "complaint"),
        ("good morning", "small-talk"),
        ("who was the first president of the united states", "out-of-scope"),
        ("what shoes go with a green skirt", "complement"),
        ("add two of these to my cart and check out", "buy-now"),
    ];
    for (encoders, intents) in &*BUILT_IN {
        let wrong: Vec<String> = cases
            .iter()
            .map(|(text, intent)| (text, intent, top(encoders, intents, text)))
            .filter(|(_, intent, found)| found != *intent)
            .map(|(text, intent, found)| format!("{text}: expected {intent}, got {found}"))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", encoders.version());
    }
}

#[test]
fn products_are_searched_for() {
    let queries = [
        "退货标签贴纸",
        "客服耳机",
        "礼品袋 小号",
        "十万个为什么 注音版",
        "投诉箱 带锁",
        "快递单打印机",
        "猫抓板",
        "6205轴承",
        "return address labels",
        "gift bags small",
        "order forms carbonless",
        "why we sleep",
        "weather radio",
        "m6 nuts",
        "baby shower banner",
        "complaint letters book",
        "usb hub",
        "lamp",
    ];
    for (encoders, intents) in &*BUILT_IN {
        let search_box = intents.with_priors(&SEARCH_BOX);
        for query in queries {
            let found = top(encoders, &search_box, query);
            assert!(["search", "browse", "gift", "complement"].contains(&&*found), "{query}: {found}");
        }
    }
}
