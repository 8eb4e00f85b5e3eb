//! `mercato models compress` on a network small enough for a test.

use neural::{BertConfig, Tensor, safetensors};
use serde_json::json;

use crate::harness::Place;

/// A checkpoint as the hub lays it out: random numbers, a vocabulary of single characters and a few words.
fn checkpoint(place: &Place) -> String {
    let words =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "red", "dress", "shoes", "платье", "tea", "##s", "红", "色", "裙", "茶"];
    let vocabulary: serde_json::Map<_, _> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    let config = BertConfig {
        vocab_size: words.len(),
        hidden_size: 32,
        num_hidden_layers: 4,
        num_attention_heads: 4,
        intermediate_size: 64,
        max_position_embeddings: 32,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        model_type: "bert".to_owned(),
        pad_token_id: 0,
        head_size: None,
    };
    let mut rng = types::Rng::new(2);
    let mut fill = |(name, dims): (String, Vec<usize>)| {
        let data = (0..dims.iter().product()).map(|_| 0.3 * rng.normal() as f32).collect();
        (name, Tensor { dims, data })
    };
    let tensors = config.shapes().into_iter().map(&mut fill).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    place.write("base/config.json", serde_json::to_vec(&config).unwrap());
    place.write("base/tokenizer.json", tokenizer.to_string());
    let file = place.write("base/model.safetensors", safetensors::write(&tensors));
    file.trim_end_matches("/model.safetensors").to_owned()
}

fn judged(place: &Place) -> String {
    let product = |id: &str, title: &str| json!({"id": id, "title": title}).to_string();
    place.write(
        "judged/products.jsonl",
        [product("a", "red dress"), product("b", "红色 裙"), product("c", "tea")].join("\n"),
    );
    place.write("judged/judgements.csv", "query_id,item_id,gain\n1,a,1\n2,b,1\n");
    let file = place.write("judged/queries.jsonl", "{\"id\":1,\"text\":\"red dress\"}\n{\"id\":2,\"text\":\"红裙\"}\n");
    file.trim_end_matches("/queries.jsonl").to_owned()
}

#[test]
fn a_chain_is_planned_done_measured_and_kept() {
    let place = Place::new();
    let (base, judged) = (checkpoint(&place), judged(&place));
    let corpus = place.write("corpus.txt", "red dress\n红色 shoes\n");
    let out = place.path("models/small").display().to_string();
    fs_err::create_dir_all(place.path("models")).unwrap();
    let chain =
        ["--cut-vocabulary", &corpus, "--drop-layers", "every-second", "--prune-heads", "2", "--prune-ffn", "0.5"];
    let asked =
        [&["models", "compress", &base, "--out", &out, "--languages", "zh,en", "--evaluate", &judged], &chain[..]]
            .concat();
    let planned = place.run(&[&asked[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!(planned["plan"].as_array().unwrap().len(), 5);
    assert_eq!(planned["plan"][1], "every second layer left out");
    let found = place.run(&[&asked[..], &["--embeddings", "f16,binary", "--json"]].concat()).json();
    assert_eq!(found["id"], "small");
    assert!(
        found["remarks"][0].as_str().unwrap().starts_with("12 of 14 pieces kept; 4 of 4 texts are parted as before"),
        "{found}"
    );
    assert!(found["result"]["disk_bytes"].as_u64() < found["original"]["disk_bytes"].as_u64());
    assert_eq!(found["retention"].as_array().unwrap().len(), 2);
    assert_eq!(found["vectors"].as_array().unwrap().len(), 3);
    let models = place.path("models").display().to_string();
    assert_eq!(place.run(&["models", "verify", "--models-dir", &models, "--json"]).json()["models"][0]["id"], "small");
    // What was made can be made smaller still, and turned to fewer dimensions.
    let fewer = place.path("models/fewer").display().to_string();
    let again = [
        "models",
        "compress",
        "small",
        "--models-dir",
        &models,
        "--out",
        &fewer,
        "--dims",
        "pca:2",
        "--corpus",
        &corpus,
        "--json",
    ];
    place.run(&again).json();
    assert_eq!(place.run(&["models", "list", "--models-dir", &models, "--json"]).json()["models"][0]["dims"], 2);
}

#[test]
fn what_keeps_too_little_leaves_nothing() {
    let place = Place::new();
    let (base, judged) = (checkpoint(&place), judged(&place));
    let out = place.path("small").display().to_string();
    let asked = ["models", "compress", &base, "--out", &out, "--languages", "zh,en", "--evaluate", &judged];
    let ran = place.run(&[&asked[..], &["--min-retention", "9"]].concat());
    assert!(
        ran.code == 2 && ran.err.contains("--min-retention: expected at least 9 of the original's ndcg@10 on judged"),
        "{}",
        ran.err
    );
    assert!(!place.path("small").exists() && !place.path("small.making").exists());
    for (typed, expected) in [
        (["--drop-layers", "7"], "`drop-layers` is 7 of 4 layers"),
        (["--prune-heads", "4"], "`prune-heads` is 4 of 4 heads"),
        (["--dims", "32"], "--dims: expected 1 to 31, once, got 32"),
        (["--dims", "pca:4"], "name some with --corpus"),
        (["--cut-vocabulary", "/no/such"], "/no/such"),
        (["--min-retention", "nan"], "--min-retention: expected at least 0, got NaN"),
    ] {
        let ran =
            place.run(&[&["models", "compress", &base, "--out", &out, "--evaluate", &judged], &typed[..]].concat());
        assert!(ran.code != 0 && ran.err.contains(expected), "{typed:?}: {}", ran.err);
        assert!(!place.path("small").exists() && !place.path("small.making").exists());
    }
}
