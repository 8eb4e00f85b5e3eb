//! Are clicks predicted as well as by the same models in Python?
//!
//! Usage: `python ctr_twins.py prepare DIR OUT SEEDS` in this folder writes the rows of a folder that `mercato eval ctr` reads
//! to OUT, `cargo run --release -p learn --example ctr_twins -- OUT fm|deepfm|trees|pairs PASSES SEEDS` trains on them, and
//! `python ctr_twins.py compare OUT MODEL` trains the twins and says how far apart the figures are. PASSES is how many times rows
//! are gone through (of trees: how many are grown), as `mercato eval ctr` finds out; each of SEEDS trainings has its own draws.
//! `pairs` are trees that are also asked about pairs of fields. Area under the curve and log-loss of the test part go to
//! `OUT/MODEL.jsonl`, a line a seed.
#![allow(clippy::print_stdout, reason = "an example shows its results")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use learn::ctr::{CtrConfig, CtrTrainer, Entry, Examples, Field, Forecast, Outcome, Quality, Schema};
use learn::trees::{Objective, TrainingRows, TreeColumn, TreeTrainer};
use types::Rng;

type Done<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Done<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [out, model, passes, seeds] = words.as_slice() else {
        println!("usage: ctr_twins OUT fm|deepfm|trees|pairs PASSES SEEDS");
        return Ok(());
    };
    let (passes, seeds, out): (usize, u64, _) = (passes.parse()?, seeds.parse()?, Path::new(out));
    let mut lines = fs::File::create(out.join(format!("{model}.jsonl")))?;
    for seed in 1..=seeds {
        let forecasts = match model.as_str() {
            "fm" => network(CtrConfig { epochs: passes, ..CtrConfig::fm() }, out, seed)?,
            "deepfm" => network(CtrConfig { epochs: passes, ..CtrConfig::deep_fm() }, out, seed)?,
            _ => trees(passes, &out.join(format!("{model}-{seed}")), seed)?,
        };
        let quality = Quality::of(&forecasts)?;
        let (auc, log_loss) = (quality.auc.unwrap_or(f64::NAN), quality.log_loss);
        let line = format!(r#"{{"seed": {seed}, "passes": {passes}, "auc": {auc}, "log_loss": {log_loss}}}"#);
        println!("{line}");
        writeln!(lines, "{line}")?;
    }
    Ok(())
}

fn network(config: CtrConfig, out: &Path, seed: u64) -> Done<Vec<Forecast>> {
    let (train, test) = (rows(out, "train")?, rows(out, "test")?);
    let (model, _) = CtrTrainer { config }.fit(&train, None, &mut Rng::new(seed))?;
    let chances = model.predict(&test)?;
    let forecast = |(row, chances): (usize, &learn::ctr::Prediction)| Forecast {
        probability: chances.click,
        happened: test.outcome(row).click,
        weight: 1.0,
    };
    Ok(chances.iter().enumerate().map(forecast).collect())
}

/// The rows of a part: `LABEL FIELD:ID:VALUE ...` a line, and `FIELD BUCKETS` a line of the schema.
fn rows(out: &Path, part: &str) -> Done<Examples> {
    let mut fields = Vec::new();
    for line in fs::read_to_string(out.join("fields.txt"))?.lines() {
        let (name, buckets) = line.split_once(' ').ok_or("a field and its number of ids")?;
        fields.push(Field { name: name.to_owned(), buckets: buckets.parse()? });
    }
    let mut examples = Examples::new(Arc::new(Schema::new(fields, Vec::new())?));
    for line in fs::read_to_string(out.join(format!("{part}.txt")))?.lines() {
        let mut words = line.split(' ');
        let label = words.next() == Some("1");
        let mut row = Vec::new();
        for word in words {
            let mut parts = word.split(':');
            let mut next = || parts.next().ok_or("a field, an id and a value");
            row.push(Entry { field: next()?.parse()?, id: next()?.parse()?, value: next()?.parse()? });
        }
        examples.push(&row, &[], Outcome::of(label), 1.0)?;
    }
    Ok(examples)
}

/// Settings are those of `mercato eval ctr`.
fn trees(trees_max: usize, name: &Path, seed: u64) -> Done<Vec<Forecast>> {
    let (train, test) = (table(name, "train")?, table(name, "test")?);
    let trainer = TreeTrainer {
        objective: Objective::Logistic,
        trees_max,
        leaves_max: 15,
        learning_rate: 0.05,
        min_rows: 50,
        ..TreeTrainer::default()
    };
    let (forest, _) = trainer.fit(&train, None, &mut Rng::new(seed))?;
    let forecast = |row: usize| {
        let score = forest.score_row(&test.values.iter().map(|column| column[row]).collect::<Vec<f32>>());
        Forecast { probability: 1.0 / (1.0 + (-score).exp()), happened: test.labels[row] > 0.5, weight: 1.0 }
    };
    Ok((0..test.rows()).map(forecast).collect())
}

/// A table of 32-bit floats, the lowest byte first: the number of columns, then row by row the label and the columns.
fn table(name: &Path, part: &str) -> Done<TrainingRows> {
    let bytes = fs::read(format!("{}-{part}.f32", name.display()))?;
    let numbers: Vec<f32> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let (first, numbers) = numbers.split_first().ok_or("a table")?;
    let width = *first as usize;
    let column = |column: usize| numbers.iter().skip(column).step_by(width + 1).copied().collect::<Vec<f32>>();
    Ok(TrainingRows {
        columns: (0..width).map(|column| TreeColumn { name: format!("c{column}").into(), version: 1 }).collect(),
        values: (1..=width).map(column).collect(),
        labels: column(0),
        ..TrainingRows::default()
    })
}
