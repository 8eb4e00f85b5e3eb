use std::sync::LazyLock;

use super::*;

static E5: LazyLock<Encoder> = LazyLock::new(|| Encoder::load(&models().join("e5-small-zh-en"), 2).unwrap());
static MINILM: LazyLock<Encoder> = LazyLock::new(|| Encoder::load(&models().join("minilm-l6-en"), 2).unwrap());

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The passages nearest to the query first.
fn nearest<'a>(encoder: &Encoder, query: &str, passages: &[&'a str]) -> Vec<&'a str> {
    let query = encoder.encode_query(query).unwrap();
    let vectors = encoder.encode_passages(passages).unwrap();
    let mut order: Vec<(f32, &str)> =
        vectors.iter().map(|vector| cosine(&query, vector)).zip(passages.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, passage)| passage).collect()
}

#[test]
fn meaning_in_english() {
    for encoder in [&*E5, &*MINILM] {
        let order = nearest(encoder, "running shoes", &["frying pan", "sneakers for jogging", "garden hose"]);
        assert_eq!(order[0], "sneakers for jogging", "{}", encoder.id());
        let order = nearest(encoder, "something to drill holes", &["cordless power drill", "silk scarf", "tea cup"]);
        assert_eq!(order[0], "cordless power drill", "{}", encoder.id());
    }
}

#[test]
fn meaning_in_chinese_and_across() {
    assert_eq!(nearest(&E5, "红色连衣裙", &["电钻", "女士红色长裙", "平底锅"])[0], "女士红色长裙");
    assert_eq!(nearest(&E5, "跑步鞋", &["frying pan", "running shoes", "silk scarf"])[0], "running shoes");
}

#[test]
fn vectors_are_unit_and_do_not_depend_on_their_neighbours() {
    let long = "waterproof hiking boots 防水登山鞋 ".repeat(40);
    let texts = ["red dress", &long, "", "电钻", "a", "iphone手机壳", &long[..300]];
    for encoder in [&*E5, &*MINILM] {
        let together = encoder.encode_passages(&texts).unwrap();
        for (text, vector) in texts.iter().zip(&together) {
            let alone = &encoder.encode_passages(&[text]).unwrap()[0];
            assert_eq!(alone, vector, "{}: {text}", encoder.id());
            assert_eq!(vector.len(), encoder.dims());
            assert!((cosine(vector, vector) - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn odd_texts_have_vectors_too() {
    let huge = "红色 dress 🎁 ".repeat(6_000);
    let odd =
        ["", " ", "\u{0}\u{1}\u{7F}", "🎁👩‍👩‍👧‍👦", "مرحبا بالعالم", "<s>[SEP]</s>", "e\u{301}\u{202E}", "\u{FFFF}", &huge];
    for encoder in [&*E5, &*MINILM] {
        for text in odd {
            assert_eq!(encoder.encode_query(text).unwrap().len(), 384);
        }
        assert_eq!(encoder.encode_passages(&odd).unwrap().len(), odd.len());
    }
    assert!(E5.encode_passages(&[]).unwrap().is_empty());
}

#[test]
fn encoders_know_themselves() {
    assert_eq!((E5.id(), E5.dims(), MINILM.id()), ("e5-small-zh-en", 384, "minilm-l6-en"));
    assert!(E5.understands(Language::Chinese) && !MINILM.understands(Language::Chinese));
    assert!(E5.version().starts_with("e5-small-zh-en@"));
    assert_ne!(E5.passage_hash("a"), MINILM.passage_hash("a"));
    let both = encode_query_with_all(&[&*E5, &*MINILM], "red dress");
    assert_eq!(both[0].as_ref().unwrap(), &E5.encode_query("red dress").unwrap());
    assert_eq!(both[1].as_ref().unwrap(), &MINILM.encode_query("red dress").unwrap());
}
