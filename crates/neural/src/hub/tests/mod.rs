//! Pulling and importing, against a hub on this machine and small networks of our own.

mod samples;
mod stand_in;

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::export::{Output, Quantisation};
use crate::manifest::{Activation, Manifest, Pooling, Precision, Task};
use crate::testing::{random, small};
use crate::{CrossEncoder, Encoder};
use samples::{Files, classifier, cross_encoder, encoder, onnx, put};
use stand_in::{COMMIT, StandIn, TOKEN};

const REPO: &str = "shops/Tiny-Encoder";

fn stand_in(files: Files) -> StandIn {
    StandIn::of(REPO, files, json!({"license": "apache-2.0", "language": ["zh", "en"]}))
}

fn hub(server: &StandIn, token: Option<&str>, attempts: u32) -> Hub {
    let token = token.and_then(Token::new);
    let config = HubConfig { endpoint: server.endpoint(), token, attempts, pause: Duration::ZERO, certificates: None };
    Hub::new(config).unwrap()
}

fn pull(server: &StandIn, models: &Path, wishes: Wishes) -> Result<Installed, HubFault> {
    let hub = hub(server, None, 3);
    Plan::of_repository(&hub, &REPO.parse().unwrap(), models, wishes)?.install(&mut |_| {})
}

/// Everything in the models folder.
fn left(models: &TempDir) -> Vec<String> {
    let entries = fs_err::read_dir(models.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn refused(files: Files, wishes: Wishes) -> String {
    let (server, models) = (stand_in(files), TempDir::new().unwrap());
    let fault = pull(&server, models.path(), wishes).unwrap_err();
    assert_eq!(left(&models), Vec::<String>::new(), "{fault}");
    let source = std::error::Error::source(&fault).map(ToString::to_string).unwrap_or_default();
    format!("{fault}: {source}")
}

#[test]
fn an_encoder_is_pulled_tried_and_described() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    let hub = hub(&server, Some(TOKEN), 1);
    let plan = Plan::of_repository(&hub, &REPO.parse().unwrap(), models.path(), Wishes::default()).unwrap();
    assert_eq!(plan.manifest().licence, "Apache-2.0");
    assert!(server.seen().iter().all(|seen| !seen.path.contains("onnx")), "no weights before the licence is known");
    let mut shown = Vec::new();
    let installed = plan.install(&mut |progress| shown.push((progress.done, progress.total))).unwrap();

    let manifest = Manifest::read(&models.path().join("tiny-encoder")).unwrap();
    manifest.verify(&installed.folder).unwrap();
    assert_eq!(manifest, installed.manifest);
    assert_eq!((manifest.task, manifest.dims, manifest.dims_full), (Task::Encoder, 32, None));
    assert_eq!((manifest.output.as_str(), manifest.pooling), ("last_hidden_state", Pooling::Mean));
    assert_eq!((manifest.query_prefix.as_str(), manifest.passage_prefix.as_str()), ("red ", ""));
    assert_eq!((manifest.tokens_max, manifest.query_tokens, manifest.passage_tokens), (20, 20, 20));
    assert_eq!((manifest.precision, manifest.pieces), (Some(Precision::F32), Some(33)));
    assert_eq!(manifest.languages, ["zh", "en"]);
    assert_eq!(manifest.upstream.as_ref().map(|upstream| upstream.revision.as_str()), Some(COMMIT));
    assert_eq!(left(&models), ["tiny-encoder"]);
    assert!(shown.iter().any(|(done, total)| Some(*done) == *total && *done > 4096), "{shown:?}");

    // The token goes to the hub, redirects within it included, and not to the file store.
    for seen in server.seen() {
        assert_eq!(seen.token, !seen.path.starts_with("/cdn/"), "{seen:?}");
    }
    let model = Encoder::load(&installed.folder, 1).unwrap();
    let [query, zh] = [model.encode_query("dress").unwrap(), model.encode_query("红色裙子").unwrap()];
    assert_eq!((query.len(), query == zh), (32, false));
    assert_eq!(query, model.encode_passages(&["red dress"]).unwrap()[0], "the prefix of the metadata is in use");
}

#[test]
fn what_is_said_stands_above_what_is_written() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    let wishes = Wishes {
        id: Some("cut".to_owned()),
        pooling: Some(Pooling::Cls),
        query_prefix: Some(String::new()),
        dims: Some(8),
        languages: vec!["zh".to_owned()],
        passage_tokens: Some(12),
        ..Wishes::default()
    };
    let manifest = pull(&server, models.path(), wishes).unwrap().manifest;
    assert_eq!((manifest.id.as_str(), manifest.dims, manifest.dims_full), ("cut", 8, Some(32)));
    assert_eq!((manifest.pooling, manifest.query_prefix.as_str()), (Pooling::Cls, ""));
    assert_eq!((manifest.passage_tokens, manifest.languages), (12, vec!["zh".to_owned()]));
    let revision = "shops/Tiny-Encoder@refs/pr/1".parse().unwrap();
    assert!(Plan::of_repository(&hub(&server, None, 1), &revision, models.path(), Wishes::default()).is_ok());
}

#[test]
fn a_network_that_pools_itself_needs_no_pooling() {
    let mut files = encoder(1);
    files.insert("onnx/model.onnx".to_owned(), onnx(&random(&small(), 1), Output::Sentence));
    put(
        &mut files,
        "modules.json",
        &json!([
            {"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "2_Dense", "type": "sentence_transformers.models.Dense"},
        ]),
    );
    let (server, models) = (stand_in(files), TempDir::new().unwrap());
    let manifest = pull(&server, models.path(), Wishes::default()).unwrap().manifest;
    assert_eq!((manifest.output.as_str(), manifest.pooling), ("sentence_embedding", Pooling::Done));
}

#[test]
fn what_is_left_open_is_asked_for_all_at_once() {
    let mut files = encoder(1);
    files.remove("modules.json");
    put(&mut files, "config_sentence_transformers.json", &json!({"prompts": {}}));
    let server = StandIn::of(REPO, files, json!({}));
    server.change(|state| {
        state.files.insert("README.md".to_owned(), b"Put `query: ` before queries.".to_vec());
    });
    let models = TempDir::new().unwrap();
    let message = pull(&server, models.path(), Wishes::default()).unwrap_err().to_string();
    for part in ["--pooling mean", "--query-prefix", "the card mentions \"query: \"", "--languages"] {
        assert!(message.replace("its card", "the card").contains(part), "{part}: {message}");
    }
    let wishes = Wishes {
        pooling: Some(Pooling::Mean),
        query_prefix: Some("query: ".to_owned()),
        passage_prefix: Some(String::new()),
        languages: vec!["en".to_owned()],
        ..Wishes::default()
    };
    let manifest = pull(&server, models.path(), wishes).unwrap().manifest;
    assert_eq!((manifest.licence.as_str(), manifest.pooling), ("not stated", Pooling::Mean));
}

#[test]
fn broken_downloads_go_on_where_they_stopped() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    server.change(|state| (state.broken, state.busy) = (2, 2));
    pull(&server, models.path(), Wishes::default()).unwrap();
    let ranges: Vec<String> = server.seen().into_iter().filter_map(|seen| seen.range).collect();
    assert!(!ranges.is_empty(), "nothing was asked for from the middle");

    // A pull that gave up goes on when it is started again, and one that meets a store without ranges begins again.
    for no_ranges in [false, true] {
        let (server, models) = (stand_in(encoder(2)), TempDir::new().unwrap());
        server.change(|state| state.broken = 1);
        let hub = hub(&server, None, 1);
        let plan = || Plan::of_repository(&hub, &REPO.parse().unwrap(), models.path(), Wishes::default()).unwrap();
        let fault = plan().install(&mut |_| {}).unwrap_err();
        assert!(matches!(fault, HubFault::Unreachable { .. }), "{fault}");
        assert!(!fault.to_string().contains("Signature"), "{fault}");
        assert_eq!(left(&models).len(), 1);
        server.change(|state| (state.no_ranges, state.seen) = (no_ranges, Vec::new()));
        let installed = plan().install(&mut |_| {}).unwrap();
        assert!(server.seen().iter().any(|seen| seen.range.is_some()));
        installed.manifest.verify(&installed.folder).unwrap();
        assert_eq!(left(&models), ["tiny-encoder"]);
    }
}

#[test]
fn damaged_and_missing_files_are_refused() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    server.change(|state| state.corrupt = true);
    let fault = pull(&server, models.path(), Wishes::default()).unwrap_err();
    assert!(matches!(&fault, HubFault::Damaged { file, .. } if file.contains("model.onnx")), "{fault}");
    assert_eq!(left(&models), Vec::<String>::new());

    let mut files = encoder(1);
    files.remove("tokenizer.json");
    assert!(refused(files, Wishes::default()).contains("tokenizer.json"));
    let mut files = encoder(1);
    files.remove("onnx/model.onnx");
    assert!(refused(files, Wishes::default()).contains("no ONNX network"));
    let mut files = encoder(1);
    files.insert("modules.json".to_owned(), b"<html>".to_vec());
    assert!(refused(files, Wishes::default()).contains("modules.json"));
}

#[test]
fn gates_and_names_are_explained() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    server.change(|state| state.gated = true);
    let fault = pull(&server, models.path(), Wishes::default()).unwrap_err();
    assert!(matches!(&fault, HubFault::Gated { page, .. } if page.ends_with(REPO)), "{fault}");
    let opened = hub(&server, Some(TOKEN), 1);
    let plan =
        |hub, repo: &str| Plan::of_repository(hub, &repo.parse().unwrap(), models.path(), Wishes::default()).err();
    assert!(plan(&opened, REPO).is_none());
    let wrong = hub(&server, Some("hf_wrong"), 1);
    let message = plan(&wrong, REPO).unwrap().to_string();
    assert!(message.contains("HF_TOKEN") && !message.contains("hf_wrong"), "{message}");
    assert!(!format!("{:?}", Token::new(TOKEN)).contains(TOKEN));
    for absent in ["shops/none", "shops/Tiny-Encoder@nowhere"] {
        let fault = plan(&opened, absent).unwrap();
        assert!(matches!(fault, HubFault::Absent { .. }), "{fault}");
    }
    let nobody = HubConfig { endpoint: "http://127.0.0.1:1".to_owned(), attempts: 1, ..HubConfig::default() };
    let fault = plan(&Hub::new(nobody).unwrap(), REPO).unwrap();
    assert!(fault.to_string().contains("models import"), "{fault}");
    assert!(Hub::new(HubConfig { certificates: Some(b"none".to_vec()), ..HubConfig::default() }).is_err());
}

#[test]
fn networks_are_chosen_by_name_or_asked_for() {
    let mut files = encoder(1);
    let network = files.remove("onnx/model.onnx").unwrap();
    for name in ["onnx/model_fp16.onnx", "onnx/model_q4.onnx"] {
        files.insert(name.to_owned(), network.clone());
    }
    let message = refused(files.clone(), Wishes::default());
    assert!(message.contains("--file") && message.contains("onnx/model_q4.onnx (0."), "{message}");
    let wish = |file: &str| Wishes { file: Some(file.to_owned()), ..Wishes::default() };
    assert!(refused(files.clone(), wish("model.onnx")).contains("--file"));
    let (server, models) = (stand_in(files), TempDir::new().unwrap());
    let chosen = pull(&server, models.path(), wish("model_q4.onnx")).unwrap().manifest;
    assert_eq!(chosen.upstream.unwrap().file, "onnx/model_q4.onnx");
    server.change(|state| {
        state.files.insert("onnx/model_quantized.onnx".to_owned(), network.clone());
        state.files.insert("onnx/model.onnx".to_owned(), network);
    });
    let wishes = Wishes { replace: true, ..Wishes::default() };
    let chosen = pull(&server, models.path(), wishes).unwrap().manifest;
    assert_eq!(chosen.upstream.unwrap().file, "onnx/model_quantized.onnx");
}

#[test]
fn what_does_not_fit_together_is_refused_and_leaves_nothing() {
    let mut files = encoder(1);
    let mut tokenizer = samples::tokenizer();
    tokenizer["model"]["vocab"]["lamp"] = 40.into();
    put(&mut files, "tokenizer.json", &tokenizer);
    assert!(refused(files, Wishes::default()).contains("piece 40, its network only 40 rows"));

    let mut files = encoder(1);
    let mut config: serde_json::Value = serde_json::from_slice(&files["config.json"]).unwrap();
    config["hidden_size"] = 64.into();
    put(&mut files, "config.json", &config);
    assert!(refused(files, Wishes::default()).contains("64"));

    let mut files = encoder(1);
    let network = files.get_mut("onnx/model.onnx").unwrap();
    network.truncate(network.len() / 2);
    refused(files, Wishes::default());

    // Zeros in the last norm give the same vector for every text.
    let mut weights = random(&small(), 1);
    let norm = format!("encoder.layer.{}.output.LayerNorm.weight", small().num_hidden_layers - 1);
    weights.tensors.get_mut(&norm).unwrap().data.fill(0.0);
    let mut files = encoder(1);
    files.insert("onnx/model.onnx".to_owned(), onnx(&weights, Output::Hidden));
    let message = refused(files, Wishes::default());
    assert!(message.contains("does not work") && message.contains("the same"), "{message}");

    assert!(refused(encoder(1), Wishes { dims: Some(33), ..Wishes::default() }).contains("32 numbers"));
    assert!(refused(encoder(1), Wishes { id: Some("../x".to_owned()), ..Wishes::default() }).contains("--id"));
}

#[test]
fn a_model_is_replaced_only_by_one_that_fits_its_vectors() {
    let (server, models) = (stand_in(encoder(1)), TempDir::new().unwrap());
    let first = pull(&server, models.path(), Wishes::default()).unwrap().manifest;
    let fault = pull(&server, models.path(), Wishes::default()).unwrap_err();
    assert!(matches!(&fault, HubFault::Taken(id) if id == "tiny-encoder"), "{fault}");
    server.change(|state| state.files = encoder(2));
    let replace = Wishes { replace: true, ..Wishes::default() };
    let second = pull(&server, models.path(), replace.clone()).unwrap().manifest;
    assert_eq!(second.compatible(32, &first.version()).unwrap(), crate::Fit::Encode);
    let fault = pull(&server, models.path(), Wishes { dims: Some(16), ..replace }).unwrap_err();
    assert!(fault.to_string().contains("vectors of 16 numbers"), "{fault}");
    assert_eq!(Manifest::read(&models.path().join("tiny-encoder")).unwrap(), second);
    assert_eq!(left(&models), ["tiny-encoder"]);
}

/// Writes a repository as a folder.
fn folder(files: &Files) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, bytes).unwrap();
    }
    folder
}

fn import(files: &Files, models: &Path, id: &str) -> Result<Installed, HubFault> {
    let wishes = Wishes { id: Some(id.to_owned()), ..Wishes::default() };
    Plan::of_folder(folder(files).path(), models, wishes)?.install(&mut |_| {})
}

#[test]
fn folders_are_imported_without_a_hub() {
    let models = TempDir::new().unwrap();
    let mut files = cross_encoder(1, Quantisation::F32);
    let reranker = import(&files, models.path(), "reranker").unwrap();
    let manifest = &reranker.manifest;
    assert_eq!((manifest.task, manifest.activation), (Task::CrossEncoder, Activation::Sigmoid));
    assert_eq!((manifest.licence.as_str(), manifest.upstream.as_ref()), ("MIT", None));
    assert_eq!(manifest.passage_tokens, 24);
    let scores = CrossEncoder::load(&reranker.folder, 1).unwrap().score("红色裙子", &["红色连衣裙", "电钻"]).unwrap();
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
    assert!(Encoder::load(&reranker.folder, 1).is_err(), "a re-ranker is no encoder");

    let mut config: serde_json::Value = serde_json::from_slice(&files["config.json"]).unwrap();
    config["sentence_transformers"] = json!({"activation_fn": "torch.nn.modules.linear.Identity"});
    put(&mut files, "config.json", &config);
    assert_eq!(import(&files, models.path(), "plain").unwrap().manifest.activation, Activation::Identity);

    let moods = import(&classifier(1), models.path(), "moods").unwrap();
    assert_eq!(moods.manifest.labels, ["差评", "好评"]);
    let mood = crate::heads::Classifier::load(&moods.folder, 1).unwrap().classify("红色裙子").unwrap();
    assert!((mood.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let missing =
        Plan::of_folder(Path::new("/no/such"), models.path(), Wishes { id: Some("x".into()), ..Wishes::default() });
    assert!(
        missing.err().is_some_and(|fault| std::error::Error::source(&fault).unwrap().to_string().contains("/no/such"))
    );
}

#[test]
fn cross_encoders_score_pairs_the_same_alone_and_together() {
    let models = TempDir::new().unwrap();
    let long = "红色连衣裙 red cotton dress ".repeat(2_000);
    let passages = ["红色连衣裙", "无线充电电钻", "", "red dress", &long, "cordless power drill 20V", "[SEP]", "裙子"];
    for (id, quantisation) in [("f32", Quantisation::F32), ("int8", Quantisation::Int8)] {
        let installed = import(&cross_encoder(3, quantisation), models.path(), id).unwrap();
        let model = CrossEncoder::load(&installed.folder, 2).unwrap();
        let together = model.score("夏天的裙子", &passages).unwrap();
        for (passage, score) in passages.iter().zip(&together) {
            let alone = model.score("夏天的裙子", &[passage]).unwrap()[0];
            let tolerance = if id == "f32" { 1e-5 } else { 0.0 };
            assert!((alone - score).abs() <= tolerance, "{id}: {passage:.20}: {alone} {score}");
        }
        assert!(model.score("", &[]).unwrap().is_empty());
        assert_eq!(model.score(&long, &[&long, "a"]).unwrap().len(), 2);

        let best = model.score_within("夏天的裙子", &passages, Duration::from_secs(600)).unwrap();
        assert_eq!(best.len(), passages.len());
        assert!(best.windows(2).all(|two| two[0].1 >= two[1].1), "{best:?}");
        assert!(best.iter().all(|(index, score)| (together[*index] - score).abs() < 1e-5), "{best:?}");
        assert!(model.score_within("裙子", &passages, Duration::ZERO).unwrap().is_empty());
    }
}
