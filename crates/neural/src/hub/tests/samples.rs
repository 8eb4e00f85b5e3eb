//! Repositories as they are on the hub, small enough to be made in a test.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::export::{Form, HeadPooling, Output, Quantisation, to_onnx};
use crate::testing::{random, small};
use crate::{Tensor, Weights};

/// Files by their path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

const WORDS: &str = "[PAD] [UNK] [CLS] [SEP] summer dress red cotton with short sleeves cordless power drill 20v \
                     夏 天 的 裙 子 红 色 短 袖 棉 质 连 衣 无 线 充 电 钻";

/// A repository of `sentence-transformers` with everything said: mean pooling, prompts, languages, a licence.
pub(super) fn encoder(seed: u64) -> Files {
    let weights = random(&small(), seed);
    let hidden = onnx(&weights, Output::Hidden);
    let mut files = common(&weights, &["BertModel"], &json!({}));
    files.insert("onnx/model.onnx".to_owned(), hidden);
    put(
        &mut files,
        "modules.json",
        &json!([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ]),
    );
    put(
        &mut files,
        "1_Pooling/config.json",
        &json!({"word_embedding_dimension": 32, "pooling_mode_cls_token": false,
        "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false}),
    );
    put(
        &mut files,
        "config_sentence_transformers.json",
        &json!({"__version__": {"sentence_transformers": "5.0.0"},
        "prompts": {"query": "red ", "document": ""}, "default_prompt_name": null, "similarity_fn_name": "cosine"}),
    );
    put(&mut files, "sentence_bert_config.json", &json!({"max_seq_length": 20, "do_lower_case": false}));
    files
}

/// A re-ranker: one number a pair.
pub(super) fn cross_encoder(seed: u64, quantisation: Quantisation) -> Files {
    let mut weights = random(&small(), seed);
    weights.tensors.insert("head.score.weight".to_owned(), Tensor::matrix(1, 32, wave(32)));
    weights.tensors.insert("head.score.bias".to_owned(), Tensor::vector(vec![0.1]));
    let output = Output::Score { head: "score".to_owned(), pooling: HeadPooling::Cls };
    let form = Form { quantisation, output };
    let more = json!({"id2label": {"0": "LABEL_0"}});
    let mut files = common(&weights, &["BertForSequenceClassification"], &more);
    files.insert("onnx/model.onnx".to_owned(), to_onnx(&weights, &form).unwrap());
    files
}

/// A classifier of two labels.
pub(super) fn classifier(seed: u64) -> Files {
    let mut weights = random(&small(), seed);
    weights.tensors.insert("head.mood.weight".to_owned(), Tensor::matrix(2, 32, wave(64)));
    weights.tensors.insert("head.mood.bias".to_owned(), Tensor::vector(vec![0.1, -0.1]));
    let more = json!({"id2label": {"0": "差评", "1": "好评"}});
    let mut files = common(&weights, &["BertForSequenceClassification"], &more);
    let output = Output::Labels { head: "mood".to_owned(), pooling: HeadPooling::Mean };
    files.insert("model.onnx".to_owned(), onnx(&weights, output));
    files
}

pub(super) fn onnx(weights: &Weights, output: Output) -> Vec<u8> {
    to_onnx(weights, &Form { quantisation: Quantisation::F32, output }).unwrap()
}

/// Writes JSON as a file.
pub(super) fn put(files: &mut Files, path: &str, value: &Value) {
    files.insert(path.to_owned(), value.to_string().into_bytes());
}

fn wave(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at as f32).sin()).collect()
}

fn common(weights: &Weights, architectures: &[&str], more: &Value) -> Files {
    let mut config = serde_json::to_value(&weights.config).unwrap();
    config["architectures"] = json!(architectures);
    more.as_object().unwrap().iter().for_each(|(key, value)| config[key] = value.clone());
    let mut files = Files::new();
    put(&mut files, "config.json", &config);
    put(&mut files, "tokenizer.json", &tokenizer());
    put(&mut files, "tokenizer_config.json", &json!({"model_max_length": 1e30, "do_lower_case": true}));
    let card = "---\nlicense: mit\nlanguage:\n- zh\n- en\n---\n# A model\nPut `query: ` before queries.\n";
    files.insert("README.md".to_owned(), card.as_bytes().to_vec());
    files.insert("LICENSE".to_owned(), b"MIT License".to_vec());
    files.insert(".gitattributes".to_owned(), b"*.onnx filter=lfs".to_vec());
    files
}

/// A tokenizer of BERT's kind that knows the words of the probe.
pub(super) fn tokenizer() -> Value {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.split_whitespace().enumerate().map(|(id, word)| (word.to_owned(), id.into())).collect();
    let mark = |id: usize, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true})
    };
    let special = |id: &str, kind: usize| json!({"SpecialToken": {"id": id, "type_id": kind}});
    let text = |id: &str, kind: usize| json!({"Sequence": {"id": id, "type_id": kind}});
    let token = |id: &str, at: usize| json!({"id": id, "ids": [at], "tokens": [id]});
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [mark(0, "[PAD]"), mark(1, "[UNK]"), mark(2, "[CLS]"), mark(3, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
            "single": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)],
            "pair": [special("[CLS]", 0), text("A", 0), special("[SEP]", 0), text("B", 1), special("[SEP]", 1)],
            "special_tokens": {"[CLS]": token("[CLS]", 2), "[SEP]": token("[SEP]", 3)}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}
