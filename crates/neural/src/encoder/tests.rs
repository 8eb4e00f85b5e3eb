use std::sync::LazyLock;

use super::*;
use crate::export::{Form, Output, Quantisation, save};
use crate::manifest::Pooling;
use crate::{BertConfig, testing};

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
    assert_eq!((E5.runner(), MINILM.runner()), ("native", "native"));
    assert_eq!((E5.id(), E5.dims(), MINILM.id()), ("e5-small-zh-en", 384, "minilm-l6-en"));
    assert!(E5.understands(Language::Chinese) && !MINILM.understands(Language::Chinese));
    assert!(E5.version().starts_with("e5-small-zh-en@"));
    assert_ne!(E5.passage_hash("a"), MINILM.passage_hash("a"));
    let both = encode_query_with_all(&[&*E5, &*MINILM], "red dress");
    assert_eq!(both[0].as_ref().unwrap(), &E5.encode_query("red dress").unwrap());
    assert_eq!(both[1].as_ref().unwrap(), &MINILM.encode_query("red dress").unwrap());
}

/// A folder with a small random network in this form and a tokenizer that knows some characters.
fn small_model(quantisation: Quantisation, change: impl Fn(&mut Manifest)) -> tempfile::TempDir {
    let config = BertConfig { hidden_size: 48, num_attention_heads: 3, head_size: Some(16), ..testing::small() };
    let weights = testing::random(&config, 7);
    let pieces: Vec<_> =
        "?红色连衣裙电钻 abcdefghijklmnopqrstuvwxyz".chars().map(|piece| (piece.to_string(), -1.0)).collect();
    let tokenizer = serde_json::json!({"version": "1.0", "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces}});
    let about = serde_json::json!({
        "id": "small", "family": "bert", "dims": 48, "output": "last_hidden_state", "query_prefix": "q ",
        "query_tokens": 16, "passage_tokens": 24, "licence": "MIT", "source": "random numbers", "files": [],
    });
    let folder = tempfile::tempdir().unwrap();
    let form = Form { quantisation, output: Output::Hidden };
    let about: Manifest = serde_json::from_value(about).unwrap();
    let mut manifest = save(folder.path(), &weights, &form, tokenizer.to_string().as_bytes(), about).unwrap();
    change(&mut manifest);
    manifest.write(folder.path()).unwrap();
    folder
}

fn small_encoder(quantisation: Quantisation, change: impl Fn(&mut Manifest)) -> Encoder {
    Encoder::load(small_model(quantisation, change).path(), 2).unwrap()
}

const SMALL_TEXTS: [&str; 7] = ["红色连衣裙", "red dress", "电钻", "", "a drill for concrete walls", "裙", "xyz xyz"];

#[test]
fn every_runner_and_pooling_gives_the_same_meaning() {
    for pooling in [Pooling::Mean, Pooling::Cls, Pooling::LastToken] {
        let of = |quantisation| small_encoder(quantisation, |manifest| manifest.pooling = pooling);
        let (native, float) = (of(Quantisation::Int8), of(Quantisation::F32));
        assert_eq!((native.runner(), float.runner()), ("native", "rten"));
        let (a, b) = (native.encode_passages(&SMALL_TEXTS).unwrap(), float.encode_passages(&SMALL_TEXTS).unwrap());
        for ((a, b), text) in a.iter().zip(&b).zip(SMALL_TEXTS) {
            assert!(cosine(a, b) > 0.995, "{pooling:?} {text}: {}", cosine(a, b));
            // Padding to the longest of a batch changes no more than the last bits.
            let alone = &float.encode_passages(&[text]).unwrap()[0];
            assert!(cosine(alone, b) > 0.999_99);
            assert_eq!(&native.encode_passages(&[text]).unwrap()[0], a);
        }
        let query = native.encode_query("红色").unwrap();
        assert!(cosine(&query, &float.encode_query("红色").unwrap()) > 0.995);
    }
}

#[test]
fn a_vector_may_be_cut() {
    for quantisation in [Quantisation::Int8, Quantisation::F32] {
        let whole = small_encoder(quantisation, |_| {}).encode_query("red").unwrap();
        let cut = small_encoder(quantisation, |manifest| (manifest.dims, manifest.dims_full) = (20, Some(48)));
        let cut = cut.encode_query("red").unwrap();
        assert_eq!((whole.len(), cut.len()), (48, 20));
        assert!((cosine(&cut, &cut) - 1.0).abs() < 1e-5);
        let length = whole[..20].iter().map(|number| number * number).sum::<f32>().sqrt();
        assert!(cut.iter().zip(&whole).all(|(a, b)| (a - b / length).abs() < 1e-5));
    }
}

#[test]
fn the_runner_is_part_of_the_version_and_its_table_must_fit() {
    let native = small_encoder(Quantisation::Int8, |_| {});
    assert!(native.version().ends_with(".native1"), "{}", native.version());
    assert_eq!(native.manifest().compatible(48, native.version()).unwrap(), crate::Fit::Same);
    let folder = small_model(Quantisation::Int8, |_| {});
    let pieces: Vec<_> = (0..41).map(|piece| (format!("piece{piece}"), -1.0)).collect();
    let tokenizer = serde_json::json!({"version": "1.0", "model": {"type": "Unigram", "unk_id": 0, "vocab": pieces}});
    fs_err::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let mut manifest = native.manifest().clone();
    let tokenizer = manifest.files.iter_mut().find(|file| file.role == "tokenizer").unwrap();
    tokenizer.bytes = fs_err::metadata(folder.path().join("tokenizer.json")).unwrap().len();
    manifest.write(folder.path()).unwrap();
    let error = Encoder::load(folder.path(), 1).err().unwrap();
    assert!(matches!(&error, Error::Tokenizer { .. }), "{error}");
}
