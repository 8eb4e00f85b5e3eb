//! `mercato eval tag`.

use anyhow::Result;
use eval::tag::{TagReport, Tagged, tag_report};
use neural::heads::Tagger;
use rayon::prelude::*;
use serde_json::{Value, json};
use train::data::{Split, TaggedWords, read_conll, split_by};
use train::heads::{HeadData, with_joints};

use super::labels::{self, Cost, Made, part, require};
use crate::args::EvalTag;
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// What was found of one model.
struct Found {
    made: Made,
    report: TagReport,
}

/// Measures a tagger, trained on the folder or given.
pub(crate) fn run(args: &EvalTag, config: &Config) -> Result<()> {
    let (data, test) = read(args)?;
    let mut all: Vec<Found> = Vec::new();
    labels::each(&args.how, data.as_ref(), &[], config, |made| {
        let found = measure(args, made, &test, config)?;
        if !config.json {
            show(&found)?;
        }
        all.push(found);
        Ok(())
    })?;
    if config.json {
        return output::json(&match all.as_slice() {
            [found] => found.to_json(),
            all => json!({ "methods": all.iter().map(Found::to_json).collect::<Vec<_>>() }),
        });
    }
    if all.len() > 1 {
        let rows: Vec<_> = all.iter().map(Found::row).collect();
        output::table(labels::comparison(&rows, "f1 (95 % interval)"))?;
    }
    Ok(())
}

/// What to learn from, where a model is to be made, and what to measure on.
fn read(args: &EvalTag) -> Result<(Option<HeadData>, Vec<TaggedWords>)> {
    let dir = &args.dir;
    let found = part(dir, &["dev.txt", "valid.txt", "validation.txt"]);
    let mut validation = found.map(|path| read_conll(&path)).transpose()?.unwrap_or_default();
    let mut train = Vec::new();
    if args.how.model.is_none() {
        train = read_conll(&require(dir, &["train.txt"])?)?;
        if validation.is_empty() {
            let parts = split_by(train, |sentence| sentence.words.clone(), 0.1, 0.0, args.how.bootstrap.seed);
            (train, validation) = (parts.train, parts.validation);
        }
    }
    let test = if args.how.validation { validation.clone() } else { read_conll(&require(dir, &["test.txt"])?)? };
    if test.is_empty() {
        return Err(user(format!("{}: there is no sentence to measure on", dir.display())));
    }
    let split = Split { train, validation, test: Vec::new() };
    Ok((args.how.model.is_none().then_some(HeadData::Tags(split)), test))
}

fn measure(args: &EvalTag, made: Made, test: &[TaggedWords], config: &Config) -> Result<Found> {
    let tagger = Tagger::load(&made.folder, config.threads)?;
    let tag = |sentence: &TaggedWords| -> neural::Result<Tagged> {
        let given = tagger.tag_words(with_joints(&sentence.words, tagger.unit()))?;
        Ok(Tagged { truth: sentence.tags.clone(), given })
    };
    let tagged: Vec<Tagged> = test.par_iter().map(tag).collect::<neural::Result<_>>()?;
    let report = tag_report(&tagged, super::bootstrap(args.how.bootstrap))?;
    Ok(Found { made, report })
}

impl Found {
    fn to_json(&self) -> Value {
        let mut document = self.report.to_json();
        document["method"] = json!(self.made.method);
        if let Some(cost) = &self.made.cost {
            document["training"] = cost.to_json();
        }
        document
    }

    fn row(&self) -> (String, Option<&Cost>, String) {
        let [_, value, span] = self.report.metrics[0].row();
        (self.made.method.clone(), self.made.cost.as_ref(), format!("{value} {span}"))
    }
}

fn show(found: &Found) -> Result<()> {
    output::line(&format!("{} sentences, {}", found.report.sentences, found.made.method))?;
    output::table(found.report.label_rows())?;
    output::table(found.report.average_rows())?;
    if let Some(cost) = &found.made.cost {
        output::table(labels::comparison(
            &[(found.made.method.clone(), Some(cost), found.row().2)],
            "f1 (95 % interval)",
        ))?;
    }
    Ok(())
}
