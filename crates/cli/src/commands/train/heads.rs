//! Teaches networks labels, tags and scores.

use std::path::Path;

use anyhow::Result;
use serde::Deserialize;
use train::data::{
    LabelledText, Scored, Split, TaggedWords, read_conll, read_labelled, read_texts, split_by, split_labelled,
};
use train::fit::Ended;
use train::heads::{self, Base, HeadData, HeadOptions, ScoreLoss, headed_folder};
use train::run::{Data, Fingerprint};

use super::lines::json_lines;
use super::options::{Given, TaskOptions};
use super::tracked::{Outcome, Source, Work};
use super::{TaskKind, Trains, shop_data};
use crate::config::Config;
use crate::failure::user;

/// Share of the examples that decide, and share that is reported on, where there are no files of them.
const HELD_OUT: f64 = 0.1;

/// Examples of one head.
pub(crate) struct HeadTraining {
    about: Data,
    data: HeadData,
    options: HeadOptions,
}

/// A line of a cross-encoder's files.
#[derive(Deserialize)]
struct Judged {
    query: String,
    passage: String,
    #[serde(alias = "score")]
    label: f32,
}

impl HeadTraining {
    /// Reads the examples.
    pub(crate) fn read(task: TaskKind, source: &Source, given: &Given, _base: &Path, config: &Config) -> Result<Self> {
        let TaskOptions::Heads(options) = &given.task else {
            return Err(user(format!("these are no options of a {}", task.name())));
        };
        let seed = given.options.seed;
        let (data, notes) = match (task, source) {
            (TaskKind::Classifier, Source::Folder(folder)) => classes(folder, seed)?,
            (TaskKind::Classifier, Source::Shop(shop)) => {
                let (texts, notes) = shop_data::categories(shop, config)?;
                (
                    HeadData::Classes {
                        split: split_labelled(texts, HELD_OUT, HELD_OUT, seed),
                        unlabelled: Vec::new(),
                    },
                    notes,
                )
            }
            (TaskKind::Tagger, Source::Folder(folder)) => tags(folder, seed)?,
            (TaskKind::CrossEncoder, Source::Folder(folder)) => scores(folder, seed, options.score_loss)?,
            (TaskKind::CrossEncoder, Source::Shop(shop)) => {
                let (pairs, notes) = shop_data::judged(shop, seed, config)?;
                (HeadData::Scores(split_by(pairs, |pair| pair.query.clone(), HELD_OUT, HELD_OUT, seed)), notes)
            }
            (TaskKind::Tagger | TaskKind::Encoder, _) => {
                return Err(user("a shop has no tagged words: a tagger learns from --data"));
            }
        };
        Ok(Self { about: about(&data, notes, seed), data, options: options.clone() })
    }
}

impl Trains for HeadTraining {
    fn about(&self) -> &Data {
        &self.about
    }

    fn train(&self, work: &mut Work<'_>) -> Result<Outcome> {
        let base = Base::read(work.base)?;
        let data = [("main".to_owned(), self.data.clone())];
        let (options, device) = (&work.given.options, work.device);
        let trained = heads::train(&base, &data, &self.options, options, device, work.control())?;
        let manifest = match trained.summary.ended {
            Ended::Cancelled => None,
            _ => {
                // What was changed alone, for another base of the same numbers: a few hundred kilobytes.
                trained.saved.write(&work.run_folder.join("changed"))?;
                Some(headed_folder(&trained, &base, 0, work.model, work.numbers, work.folder)?)
            }
        };
        Ok(Outcome { fitted: trained.summary, manifest })
    }
}

/// What was read, and how it was split.
fn about(data: &HeadData, notes: Vec<String>, seed: u64) -> Data {
    let mut fingerprint = Fingerprint::default();
    let (train, validation, test) = match data {
        HeadData::Classes { split, unlabelled } => {
            let mut add = |part: &str, text: &LabelledText| fingerprint.add(&[part, &text.text, &text.label]);
            each(split, &mut add);
            unlabelled.iter().for_each(|text| fingerprint.add(&["unlabelled", text]));
            sizes(split)
        }
        HeadData::Tags(split) => {
            let mut add = |part: &str, sentence: &TaggedWords| {
                fingerprint.add(&[part, &sentence.words.join("\n"), &sentence.tags.join("\n")]);
            };
            each(split, &mut add);
            sizes(split)
        }
        HeadData::Scores(split) => {
            let mut add = |part: &str, pair: &Scored| {
                fingerprint.add(&[part, &pair.query, &pair.passage, &pair.score.to_string()]);
            };
            each(split, &mut add);
            sizes(split)
        }
        HeadData::Values(split) => {
            let mut add = |part: &str, text: &(String, f32)| fingerprint.add(&[part, &text.0, &text.1.to_string()]);
            each(split, &mut add);
            sizes(split)
        }
    };
    let mut notes = notes;
    notes.push(match (validation, test) {
        (0, _) => {
            format!("{train} examples to learn from, of which a part decides (by seed {seed}), {test} to report on")
        }
        _ => format!("{train} examples to learn from, {validation} to decide by, {test} to report on"),
    });
    Data { source: String::new(), fingerprint: fingerprint.finish(), train, validation, test, notes }
}

fn each<T>(split: &Split<T>, add: &mut impl FnMut(&str, &T)) {
    split.train.iter().for_each(|one| add("train", one));
    split.validation.iter().for_each(|one| add("validation", one));
    split.test.iter().for_each(|one| add("test", one));
}

fn sizes<T>(split: &Split<T>) -> (usize, usize, usize) {
    (split.train.len(), split.validation.len(), split.test.len())
}

/// Files of one folder; where there is no test part, one is split off.
fn parts<T>(
    folder: &Path,
    extension: &str,
    read: impl Fn(&Path) -> Result<Vec<T>>,
    split: impl Fn(Vec<T>, f64, f64) -> Split<T>,
) -> Result<(Split<T>, Vec<String>)> {
    let path = |part: &str| folder.join(format!("{part}.{extension}"));
    if !path("train").is_file() {
        return Err(user(format!("{} is missing", path("train").display())));
    }
    let train = read(&path("train"))?;
    let part = |names: [&str; 2]| -> Result<Vec<T>> {
        match names.map(path).iter().find(|path| path.is_file()) {
            Some(path) => read(path),
            None => Ok(Vec::new()),
        }
    };
    let (validation, test) = (part(["valid", "validation"])?, part(["test", "test"])?);
    if !test.is_empty() {
        let made = if validation.is_empty() { split(train, HELD_OUT, 0.0) } else { whole(train) };
        let validation = if validation.is_empty() { made.validation } else { validation };
        return Ok((Split { train: made.train, validation, test }, Vec::new()));
    }
    let note = format!("there is no test.{extension}: {} % of train.{extension} are reported on", 100.0 * HELD_OUT);
    if validation.is_empty() {
        return Ok((split(train, HELD_OUT, HELD_OUT), vec![note]));
    }
    let made = split(train, 0.0, HELD_OUT);
    Ok((Split { train: made.train, validation, test: made.test }, vec![note]))
}

fn classes(folder: &Path, seed: u64) -> Result<(HeadData, Vec<String>)> {
    let split = |texts, validation, test| split_labelled(texts, validation, test, seed);
    let (split, notes) = parts(folder, "jsonl", |path| Ok(read_labelled(path)?), split)?;
    let unlabelled = folder.join("unlabelled.jsonl");
    let unlabelled = if unlabelled.is_file() { read_texts(&unlabelled)? } else { Vec::new() };
    Ok((HeadData::Classes { split, unlabelled }, notes))
}

fn tags(folder: &Path, seed: u64) -> Result<(HeadData, Vec<String>)> {
    let split = |all, validation, test| split_by(all, |one: &TaggedWords| one.words.clone(), validation, test, seed);
    let (split, notes) = parts(folder, "txt", |path| Ok(read_conll(path)?), split)?;
    Ok((HeadData::Tags(split), notes))
}

fn scores(folder: &Path, seed: u64, loss: ScoreLoss) -> Result<(HeadData, Vec<String>)> {
    let read = |path: &Path| -> Result<Vec<Scored>> {
        let lines: Vec<Judged> = json_lines(path, "a document with `query`, `passage` and a number as `label`")?;
        if let Some(at) =
            lines.iter().position(|line| loss == ScoreLoss::Pointwise && !(0.0..=1.0).contains(&line.label))
        {
            let (line, label) = (&lines[at], lines[at].label);
            return Err(user(format!(
                "{}: the label of ({}, {}) is {label}, expected 0 to 1; `--set score_loss=pairwise` takes any numbers",
                path.display(),
                line.query,
                line.passage
            )));
        }
        Ok(lines
            .into_iter()
            .map(|line| Scored { query: line.query, passage: line.passage, score: line.label })
            .collect())
    };
    let split = |pairs, validation, test| split_by(pairs, |pair: &Scored| pair.query.clone(), validation, test, seed);
    let (split, notes) = parts(folder, "jsonl", read, split)?;
    Ok((HeadData::Scores(split), notes))
}

/// Nothing held out.
fn whole<T>(train: Vec<T>) -> Split<T> {
    Split { train, validation: Vec::new(), test: Vec::new() }
}
