//! Distils an encoder into a smaller one, or two encoders into one.
//!
//! `cargo run --release -p train --example distil -- OUT TEXTS MINUTES LAYERS TEACHER [SECOND] [WEIGHT]`
//!
//! OUT: folder for the student (8 bits); TEXTS: a file with a text a line; MINUTES: how long to train; LAYERS: how many of
//! the teacher's layers stay, evenly spread with the last among them; TEACHER: the folder of the model that the student is
//! made from (a Hugging Face checkpoint with `model.json` beside it, or a model of ours); SECOND: folder of a second teacher
//! whose similarities count WEIGHT (1) beside the first one's. Vectors of the teachers are kept beside TEXTS.
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::error::Error;
use std::path::{Path, PathBuf};

use neural::export::{Form, Output, Quantisation, save};
use neural::{Encoder, Manifest, Weights};
use train::backend::{Device, Wanted};
use train::compress::drop_layers;
use train::contrast::{Sides, view};
use train::distil::{DistilOptions, Lesson, Side, TeacherVectors, Text, distil};
use train::fit::{Control, Options, Told, Watch};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [out, texts, minutes, layers, teacher, rest @ ..] = words.as_slice() else {
        return Err("usage: distil OUT TEXTS MINUTES LAYERS TEACHER [SECOND] [WEIGHT]".into());
    };
    let (path, teacher) = (PathBuf::from(texts), PathBuf::from(teacher));
    let texts = read(&path)?;
    let weights = Weights::read(&teacher)?;
    let (all, kept) = (weights.config.num_hidden_layers, layers.parse::<usize>()?);
    if !(1..=all).contains(&kept) {
        return Err(format!("LAYERS is {kept}, expected 1 to {all}").into());
    }
    // Layer i of the student stands where the teacher has done (i + 1) / kept of its work.
    let map: Vec<usize> = (1..=kept).map(|at| at * all / kept - 1).collect();
    let dropped: Vec<usize> = (0..all).filter(|layer| !map.contains(layer)).collect();
    let student = drop_layers(&weights, &dropped)?;
    let sides = Sides::read(&teacher, &weights.config)?;

    let mut vectors = vec![vectors_of(&teacher, &texts, 1.0, &path)?];
    let two = !rest.is_empty();
    if let Some(second) = rest.first() {
        let weight = rest.get(1).map_or(Ok(1.0), |word| word.parse())?;
        vectors.push(vectors_of(Path::new(second), &texts, weight, &path)?);
    }
    let states = (!two && kept < all).then_some((&weights, map.as_slice()));
    let lesson = Lesson { student: &student, sides: &sides, states, vectors: &vectors, texts: &texts };
    let how = DistilOptions {
        states: if states.is_some() { 1.0 } else { 0.0 },
        cosine: if two { 0.0 } else { 1.0 },
        ..DistilOptions::default()
    };
    let options = Options {
        epochs: 1000,
        minutes: Some(minutes.parse()?),
        batch: 64,
        rate: 1e-4,
        dropout: 0.0,
        evaluate_every: Some(200),
        ..Options::default()
    };
    let mut watch = Printed(std::time::Instant::now());
    let (device, _) = Device::pick(Wanted::Auto);
    let fitted = distil(&lesson, &how, &options, &device, Control::new(&mut watch))?;
    for (when, scores) in [("before", Some(&fitted.before)), ("after", fitted.after.as_ref())] {
        let metrics = scores.map(|scores| scores.metrics.as_slice()).unwrap_or_default();
        metrics.iter().for_each(|metric| println!("{when}: {} {:.4}", metric.name, metric.value));
    }
    println!("{} steps, {} texts in {:.0} s", fitted.steps, fitted.examples, fitted.seconds);

    let about = Manifest::read(&teacher)?;
    let about = Manifest { id: format!("{}-{kept}{}", about.id, if two { "-joint" } else { "" }), ..about };
    let form = Form { quantisation: Quantisation::Int8, output: Output::Sentence };
    let tokenizer = fs_err::read(teacher.join("tokenizer.json"))?;
    save(Path::new(out), &fitted.net, &form, &tokenizer, about)?;
    Ok(())
}

/// Each line as a passage, and every third one also as somebody might ask for it.
fn read(path: &Path) -> Result<Vec<Text>, Box<dyn Error>> {
    let mut rng = types::Rng::new(1);
    let mut texts = Vec::new();
    for (at, line) in fs_err::read_to_string(path)?.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if at.is_multiple_of(3) {
            texts.push(Text { text: view(line, &mut rng), side: Side::Query });
        }
        texts.push(Text { text: line.to_owned(), side: Side::Passage });
    }
    Ok(texts)
}

fn vectors_of(folder: &Path, texts: &[Text], weight: f64, beside: &Path) -> Result<TeacherVectors, Box<dyn Error>> {
    let encoder = Encoder::load(folder, 0)?;
    let cache = beside.with_extension(format!("{}.vectors", encoder.id()));
    println!("vectors of {} texts by {} in {}", texts.len(), encoder.id(), cache.display());
    Ok(TeacherVectors::of(&encoder, texts, weight, Some(&cache))?)
}

struct Printed(std::time::Instant);

impl Watch for Printed {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Some(scores) = told.scores {
            let figures: Vec<String> = scores.metrics.iter().map(|m| format!("{} {:.4}", m.name, m.value)).collect();
            let Told { step, loss, seconds, examples_per_second, .. } = told;
            println!(
                "{seconds:.0} s, step {step}: loss {loss:.4}, {} ({examples_per_second:.0}/s)",
                figures.join(", ")
            );
        }
    }
}
