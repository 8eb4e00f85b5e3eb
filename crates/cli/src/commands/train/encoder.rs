//! Teaches an encoder which passages answer a query.

use std::path::{Path, PathBuf};

use anyhow::Result;
use neural::Manifest;
use neural::export::{self, Form, Output};
use serde::Deserialize;
use train::contrast::{ContrastData, ContrastOptions, Pair, train_encoder};
use train::fit::Ended;
use train::heads::Base;
use train::run::{Data, Fingerprint};

use super::lines::json_lines;
use super::options::{Given, TaskOptions};
use super::tracked::{Outcome, Source, Work};
use super::{Trains, shop_data};
use crate::config::Config;
use crate::failure::user;

/// Pairs, and what else the encoder may look at.
pub(crate) struct EncoderTraining {
    about: Data,
    pairs: Vec<Pair>,
    corpus: Vec<String>,
    contrast: ContrastOptions,
}

/// A line of pairs.jsonl.
#[derive(Deserialize)]
struct PairLine {
    query: String,
    passage: String,
    #[serde(default = "one")]
    weight: f32,
    /// Passages of one group are variants of each other.
    #[serde(default)]
    group: Option<u64>,
}

/// A line of corpus.jsonl.
#[derive(Deserialize)]
struct PassageLine {
    passage: String,
}

fn one() -> f32 {
    1.0
}

impl EncoderTraining {
    /// Reads the pairs.
    pub(crate) fn read(source: &Source, given: &Given, _base: &Path, config: &Config) -> Result<Self> {
        let TaskOptions::Encoder(contrast) = &given.task else {
            return Err(user("these are no options of an encoder"));
        };
        let (pairs, corpus, notes) = match source {
            Source::Folder(folder) => from_folder(folder)?,
            Source::Shop(shop) => shop_data::pairs(shop, given.options.seed, config)?,
        };
        let mut fingerprint = Fingerprint::default();
        for pair in &pairs {
            fingerprint.add(&[&pair.query, &pair.passage, &pair.weight.to_string()]);
        }
        corpus.iter().for_each(|passage| fingerprint.add(&[passage]));
        let part = |share: f64| (pairs.len() as f64 * share).round() as usize;
        let (validation, test) = (part(contrast.validation), part(contrast.test));
        let mut notes = notes;
        notes.push(format!(
            "queries are held out with all of their pairs, by seed {}: about {} % decide, {} % are reported on",
            given.options.seed,
            100.0 * contrast.validation,
            100.0 * contrast.test
        ));
        let about = Data {
            source: String::new(),
            fingerprint: fingerprint.finish(),
            train: pairs.len().saturating_sub(validation + test),
            validation,
            test,
            notes,
        };
        Ok(Self { about, pairs, corpus, contrast: contrast.clone() })
    }
}

impl Trains for EncoderTraining {
    fn about(&self) -> &Data {
        &self.about
    }

    fn train(&self, work: &mut Work<'_>) -> Result<Outcome> {
        let data = ContrastData { pairs: &self.pairs, corpus: &self.corpus, guide: None };
        let (base, options, device) = (work.base, &work.given.options, work.device);
        let fitted = train_encoder(base, &data, &self.contrast, options, device, work.control())?;
        let manifest = match fitted.ended {
            Ended::Cancelled => None,
            _ => {
                let base = Base::read(work.base)?;
                let about = about(&base, work.model)?;
                let form = Form { quantisation: work.numbers, output: Output::Sentence };
                let tokenizer = fs_err::read(&base.tokenizer)?;
                Some(export::save(work.folder, &fitted.net, &form, &tokenizer, about)?)
            }
        };
        Ok(Outcome { fitted: fitted.map(|_| ()), manifest })
    }
}

/// What the base's `model.json` says, under another name; a repository of the hub has none, and no prefixes then.
fn about(base: &Base, model: &str) -> Result<Manifest> {
    let source = |name: &str| format!("{name}, fine-tuned by contrast");
    if let Some(own) = &base.manifest {
        let source = source(&own.id);
        return Ok(Manifest { id: model.to_owned(), source, upstream: None, ..own.clone() });
    }
    Ok(serde_json::from_value(serde_json::json!({
        "id": model, "family": base.weights.config.model_type, "dims": base.weights.config.hidden_size,
        "output": "sentence_embedding", "pooling": "done", "licence": "unknown", "source": source("a checkpoint"),
        "files": [],
    }))?)
}

type Read = (Vec<Pair>, Vec<String>, Vec<String>);

fn from_folder(folder: &Path) -> Result<Read> {
    let path: PathBuf = folder.join("pairs.jsonl");
    if !path.is_file() {
        return Err(user(format!(
            "{} is missing: an encoder learns from lines of `query` and `passage`",
            path.display()
        )));
    }
    let lines: Vec<PairLine> =
        json_lines(&path, "a document with `query`, `passage` and perhaps `weight` and `group`")?;
    let pairs: Vec<Pair> = lines
        .into_iter()
        .map(|line| Pair { query: line.query, passage: line.passage, weight: line.weight, group: line.group })
        .collect();
    let corpus = folder.join("corpus.jsonl");
    let corpus: Vec<PassageLine> =
        if corpus.is_file() { json_lines(&corpus, "a document with `passage`")? } else { Vec::new() };
    let note = format!("{} pairs and {} further passages", pairs.len(), corpus.len());
    Ok((pairs, corpus.into_iter().map(|line| line.passage).collect(), vec![note]))
}
