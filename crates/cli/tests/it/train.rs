//! Trainings of a network of one layer, from files to a model's folder, and the runs they leave.

use std::collections::BTreeMap;
use std::process::Stdio;

use neural::{Tensor, Weights};
use serde_json::{Value, json};

use crate::harness::Place;

const WORDS: &str = "[PAD] [UNK] [CLS] [SEP] red dress cotton with short sleeves cordless power drill green tea cup \
                     红 色 连 衣 裙 电 钻 绿 茶 杯 子 很 好";

/// A repository of the hub with a network of one layer.
fn base(place: &Place) -> String {
    let vocabulary: BTreeMap<&str, usize> = WORDS.split_whitespace().enumerate().map(|(id, word)| (word, id)).collect();
    let config = json!({"model_type": "bert", "architectures": ["BertModel"], "vocab_size": vocabulary.len(),
        "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
        "max_position_embeddings": 32, "type_vocab_size": 2});
    let shape: neural::BertConfig = serde_json::from_value(config.clone()).unwrap();
    let wave = |dims: &[usize]| (0..dims.iter().product()).map(|at: usize| 0.5 * (at as f32 * 1.7).sin()).collect();
    let tensors = shape.shapes().into_iter().map(|(name, dims)| (name, Tensor { data: wave(&dims), dims })).collect();
    let weights = Weights { tensors, config: shape };
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary},
    });
    place.write("tiny/config.json", config.to_string());
    place.write("tiny/tokenizer.json", tokenizer.to_string());
    place
        .write("tiny/model.safetensors", neural::safetensors::write(&weights.tensors))
        .trim_end_matches("/model.safetensors")
        .to_owned()
}

fn lines(documents: impl IntoIterator<Item = Value>) -> String {
    documents.into_iter().map(|document| format!("{document}\n")).collect()
}

/// Clothes and tools in both languages, `count` of each.
fn labelled(count: usize) -> String {
    const TEXTS: [(&str, [&str; 4]); 2] = [
        ("clothes", ["red dress", "红 色 连 衣 裙", "cotton dress with short sleeves", "裙 子 很 好"]),
        ("tools", ["cordless drill", "电 钻", "power drill", "电 钻 很 好"]),
    ];
    const MORE: [&str; 5] = ["", "green", "很 好", "with cotton", "红 色"];
    lines((0..count).flat_map(|at| {
        TEXTS.map(|(label, texts)| json!({"text": format!("{} {} {at}", texts[at % 4], MORE[at % 5]), "label": label}))
    }))
}

const TINY: [&str; 10] =
    ["--models-dir", "models", "--device", "cpu", "--batch", "8", "--rate", "0.01", "--set", "pieces_max=16"];

fn train(place: &Place, task: &str, more: &[&str]) -> crate::harness::Ran {
    let tiny: &[&str] = if task == "encoder" { &TINY[..8] } else { &TINY };
    place.run(&[&["train", task], tiny, more, &["--json"]].concat())
}

fn place() -> (Place, String) {
    let place = Place::new();
    let base = base(&place);
    fs_err::create_dir_all(place.path("models")).unwrap();
    (place, base)
}

#[test]
fn a_classifier_is_trained_tracked_and_compared() {
    let (place, base) = place();
    place.write("data/train.jsonl", labelled(40));
    place.write("data/test.jsonl", labelled(10));
    let first = train(
        &place,
        "classifier",
        &["--data", "data", "--base", &base, "--out", "kinds", "--epochs", "10", "--patience", "0"],
    )
    .json();
    assert_eq!((&first["state"], &first["id"], &first["task"]), (&"finished".into(), &1.into(), &"classifier".into()));
    let figure = &first["figures"][0];
    assert!(figure["after"].as_f64() > Some(0.9) && figure["after_interval"].is_array(), "{figure}");
    assert!(place.path("models/kinds/model.json").is_file() && !place.path("data/runs/000001/checkpoint").exists());
    let verified = place.run(&["models", "verify", "--models-dir", "models", "--json"]).json();
    assert!(verified["models"][0]["fault"].is_null() && verified["models"][0]["id"] == "kinds", "{verified}");

    let again = train(&place, "classifier", &["--data", "data", "--base", &base, "--out", "kinds"]);
    assert!(again.code == 2 && again.err.contains("--replace"), "{}", again.err);
    let args = ["--data", "data", "--base", &base, "--out", "kinds", "--replace", "--method", "lora", "--epochs", "1"];
    let second = train(&place, "classifier", &args).json();
    assert!(second["trained"].as_u64() < first["trained"].as_u64() && second["method"] == "lora");
    assert_eq!(first["data"]["fingerprint"], second["data"]["fingerprint"]);

    let listed = place.run(&["runs", "list", "--json"]).json();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 2);
    assert!(place.run(&["runs", "list"]).out.contains("kinds"));
    let shown = place.run(&["runs", "show", "1"]).out;
    assert!(
        shown.contains("finished after") && shown.contains("accuracy") && shown.contains("label_smoothing"),
        "{shown}"
    );
    let compared = place.run(&["runs", "compare", "1", "2", "--json"]).json();
    let names: Vec<&str> =
        compared["differences"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(
        names.contains(&"method") && names.contains(&"options.epochs") && !names.contains(&"options.rate"),
        "{names:?}"
    );
    assert!(place.run(&["runs", "compare", "1", "2"]).out.contains("trained numbers"));

    assert!(place.run(&["runs", "plot", "1", "2"]).out.contains("loss"));
    for name in ["curves.svg", "curves.png"] {
        let files = place.run(&["runs", "plot", "1", "2", "--out", name, "--json"]).json();
        assert!(files["files"].as_array().unwrap().len() >= 2, "{files}");
    }
    assert!(place.read("curves-loss.svg").contains("run 2"));
    assert!(fs_err::read(place.path("curves-loss.png")).unwrap().starts_with(b"\x89PNG"));
    let wrong = place.run(&["runs", "plot", "1", "--out", "curves.gif"]);
    assert!(wrong.code == 2 && wrong.err.contains(".svg or .png"), "{}", wrong.err);
    let exported = place.run(&["runs", "export", "1", "--tensorboard", "board", "--json"]).json();
    let bytes = fs_err::read(place.path(exported["files"][0].as_str().unwrap())).unwrap();
    assert!(bytes.windows(13).any(|window| window == b"brain.Event:2"));
    assert!(place.run(&["runs", "show", "9"]).err.contains("there are 1 to 2"));
}

#[test]
fn taggers_cross_encoders_and_encoders_are_trained_from_files() {
    let (place, base) = place();
    let sentence = |at: usize| {
        [
            "red B-COLOUR\ndress B-KIND\n\n",
            "绿 B-COLOUR\n茶 B-KIND\n杯 I-KIND\n\n",
            "电 B-KIND\n钻 I-KIND\n很 O\n好 O\n\n",
        ][at % 3]
    };
    place.write("tags/train.txt", (0..60).map(|at| format!("cup{at} O\n{}", sentence(at))).collect::<String>());
    let tagger =
        train(&place, "tagger", &["--data", "tags", "--base", &base, "--out", "words", "--epochs", "2"]).json();
    assert!(tagger["data"]["test"].as_u64() > Some(2) && place.path("models/words/tagging.json").is_file(), "{tagger}");

    let pairs =
        [("red dress", "cotton dress", 1), ("red dress", "电 钻", 0), ("绿 茶", "green tea", 1), ("绿 茶", "drill", 0)];
    let pair = |at: usize| {
        let (query, passage, label) = pairs[at % 4];
        json!({"query": format!("{query} {}", at / 4), "passage": passage, "label": label})
    };
    place.write("judged/train.jsonl", lines((0..120).map(pair)));
    let args = ["--data", "judged", "--base", &base, "--out", "judge", "--epochs", "2", "--numbers", "f32"];
    let judge = train(&place, "cross-encoder", &args).json();
    assert!(judge["state"] == "finished" && place.path("models/judge/model.json").is_file(), "{judge}");

    place.write("pairs/pairs.jsonl", lines((0..120).map(pair).filter(|pair| pair["label"] == 1)));
    let args = ["--data", "pairs", "--base", &base, "--out", "ours", "--epochs", "1", "--numbers", "f32"];
    let encoder = train(&place, "encoder", &args).json();
    assert!(encoder["figures"][0]["name"] == "mrr@10" && encoder["numbers"] == "f32", "{encoder}");
    let listed = place.run(&["models", "list", "--models-dir", "models", "--json"]).json();
    assert_eq!(listed["models"].as_array().unwrap().len(), 3);
}

#[test]
fn a_shop_teaches_its_own_words() {
    let place = Place::with_shop();
    let base = base(&place);
    fs_err::create_dir_all(place.path("models")).unwrap();
    let kinds = [("red dress", "cotton dress with short sleeves", "clothes"), ("绿 茶", "green tea cup", "茶")];
    let item = |at: usize| {
        let (title, description, category) = kinds[at % 2];
        json!({"id": format!("p{at}"), "title": format!("{title} {at}"), "description": description, "categories": [[category]]})
    };
    place.write("items.jsonl", lines((0..80).map(item)));
    let imported = place.run(&["import", "items", "items.jsonl", "--shop", "tea", "--json"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let encoder =
        train(&place, "encoder", &["--shop", "tea", "--base", &base, "--out", "ours", "--epochs", "1"]).json();
    assert!(encoder["data"]["notes"][0].as_str().unwrap().contains("self-supervised"), "{}", encoder["data"]);
    assert_eq!(encoder["data"]["source"], "shop tea");
    let click = |at: usize| json!({"id": format!("e{at}"), "type": "click", "user": "u1", "query": format!("tea {}", at % 60), "item": format!("p{}", at % 80)});
    place.write("events.jsonl", lines((0..240).map(click)));
    let imported = place.run(&["import", "events", "events.jsonl", "--shop", "tea", "--json"]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let args = ["--shop", "tea", "--base", &base, "--out", "ours", "--replace", "--epochs", "1"];
    let encoder = train(&place, "encoder", &args).json();
    assert!(encoder["data"]["notes"][0].as_str().unwrap().contains("240 pairs"), "{}", encoder["data"]);
    let judge =
        train(&place, "cross-encoder", &["--shop", "tea", "--base", &base, "--out", "judge", "--epochs", "1"]).json();
    assert!(judge["data"]["notes"][0].as_str().unwrap().contains("60 queries"), "{}", judge["data"]);
    let read = json!({"encoders": [], "cross_encoder": {"model": "judge", "top": 8, "budget_ms": 9000, "weight": 1}});
    let settings = place.write("settings.json", read.to_string());
    let set = place.run(&["shop", "settings", "set", "tea", &settings, "--models-dir", "models"]);
    assert_eq!(set.code, 0, "{}", set.err);
    let search =
        ["search", "绿 茶 tea", "--shop", "tea", "--limit", "8", "--models-dir", "models", "--explain", "--json"];
    let found = place.run(&search).json();
    let said = |shown: &Value| {
        let why = &shown["explanation"];
        let (number, parts) = (|value: &Value| value.as_f64().unwrap(), why["features"].as_array().unwrap());
        let rules = why["rules"].as_array().map_or(0, Vec::len);
        let sum: f64 = parts.iter().map(|part| number(&part["contribution"])).sum();
        assert!(rules > 0 || (number(&why["base"]) + sum - number(&why["score"])).abs() < 1e-4, "{why}");
        let read = parts.iter().find(|part| part["feature"] == "read by judge");
        number(&read.unwrap_or_else(|| panic!("{why}"))["value"])
    };
    let said: Vec<f64> = found["items"].as_array().unwrap().iter().map(said).collect();
    assert!(said.len() == 8 && said.is_sorted_by(|one, next| one >= next), "what fits best stands first: {said:?}");
    let kinds =
        train(&place, "classifier", &["--shop", "tea", "--base", &base, "--out", "kinds", "--epochs", "1"]).json();
    assert!(kinds["data"]["notes"][0].as_str().unwrap().contains("2 categories"), "{}", kinds["data"]);
    let refused = train(&place, "tagger", &["--shop", "tea", "--base", &base, "--out", "tags"]);
    assert!(refused.code == 2 && refused.err.contains("--data"), "{}", refused.err);
}

#[test]
fn faults_are_named_before_anything_is_made() {
    let (place, base) = place();
    place.write("data/train.jsonl", "{\"text\": \"red dress\", \"label\": \"a\"}\n{\"text\": 5, \"label\": \"b\"}\n");
    place.write("one/train.jsonl", lines((0..40).map(|at| json!({"text": format!("tea {at}"), "label": "only"}))));
    place.write("judged/train.jsonl", "{\"query\": \"a\", \"passage\": \"b\", \"label\": 3}\n");
    let said = |task: &str, more: &[&str]| {
        let ran = train(&place, task, &[&["--base", &base, "--out", "x"], more].concat());
        assert!(ran.code == 2 && ran.out.is_empty(), "{}{}", ran.out, ran.err);
        ran.err
    };
    assert!(said("classifier", &["--data", "data"]).contains("train.jsonl, line 2"));
    assert!(said("classifier", &["--data", "nowhere"]).contains("train.jsonl is missing"));
    assert!(said("cross-encoder", &["--data", "judged"]).contains("expected 0 to 1"));
    assert!(said("encoder", &["--data", "data"]).contains("pairs.jsonl is missing"));
    assert!(said("classifier", &["--data", "one"]).contains("one class only"));
    assert!(said("classifier", &["--data", "data", "--set", "dropuot=1"]).contains("no option `dropuot`"));
    assert!(
        said("classifier", &["--data", "data", "--set", "dropout=2"]).contains("`dropout` is 2, expected 0 to 0.9")
    );
    assert!(said("classifier", &["--data", "data", "--set", "method.rank=x", "--method", "lora"]).contains("--set"));
    place.write("good/train.jsonl", labelled(10));
    assert!(said("classifier", &["--data", "good", "--set", "precision=bf16"]).contains("32 bits"));
    let nowhere =
        place.run(&["train", "encoder", "--data", "data", "--base", "no-such", "--out", "x", "--models-dir", "models"]);
    assert!(nowhere.code == 2 && nowhere.err.contains("no such model"), "{}", nowhere.err);
    assert!(place.run(&["train", "encoder", "--base", "b", "--out", "x"]).code == 2);
    let names: Vec<String> = fs_err::read_dir(place.path("models"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.is_empty(), "{names:?}");
    assert!(
        place
            .run(&["train", "classifier", "--data", "d", "--base", "b", "--out", "x", "--set", "help"])
            .out
            .contains("warm_up")
    );
}

#[cfg(unix)]
#[test]
fn an_interrupted_training_goes_on() {
    let (place, base) = place();
    place.write("data/train.jsonl", labelled(40));
    let mut command = place.command();
    command.args(["train", "classifier", "--data", "data", "--base", &base, "--out", "kinds", "--steps", "1000000"]);
    command.args(TINY).args(["--set", "checkpoint_every=2", "--patience", "0"]).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Its checkpoint is the sign that it is under way.
    while !place.path("data/runs/000001/checkpoint").exists() {
        std::thread::yield_now();
    }
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.code() == Some(2) && said.contains("--resume 1"), "{said}");
    let run = place.run(&["runs", "show", "1", "--json"]).json();
    assert_eq!(run["state"], "cancelled");
    let steps = run["steps"].as_u64().unwrap();
    let more = (steps + 3).to_string();
    let resumed = place
        .run(&["train", "classifier", "--resume", "1", "--steps", &more, "--models-dir", "models", "--json"])
        .json();
    assert_eq!(
        (&resumed["id"], &resumed["steps"], &resumed["state"]),
        (&1.into(), &(steps + 3).into(), &"finished".into())
    );
    assert!(place.path("models/kinds/model.json").is_file());
    let other = place.run(&["train", "tagger", "--resume", "1"]);
    assert!(other.code == 2 && other.err.contains("train classifier --resume 1"), "{}", other.err);
}
