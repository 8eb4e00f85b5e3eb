use std::path::Path;

use anyhow::Result;
use eval::search::{Answer, products};
use eval::{Judged, Run, evaluate_run};
use neural::{Encoder, decode_i8, encode_i8};
use serde_json::{Value, json};
use types::{Item, ItemId, Settings};

use crate::args::{Compress, VectorForm};
use crate::commands::eval::bootstrap;
use crate::config::Config;

/// Results a query.
const RESULTS: usize = 100;
/// Candidates that a binary search hands on to be scored again.
const CANDIDATES: usize = 200;

/// What is left when vectors are kept in a form.
pub(super) struct Kept {
    task: String,
    form: &'static str,
    bytes: usize,
    ndcg: f64,
    interval: Option<(f64, f64)>,
    /// Share of the exact search's first ten that are found.
    overlap: f64,
}

/// Vectors of a catalogue, searched in one way.
trait Search {
    fn best(&self, query: &[f32]) -> Vec<(usize, f32)>;
}

struct Exact(Vec<Vec<f32>>);

struct Binary {
    bits: Vec<Vec<u64>>,
    again: Exact,
}

impl Search for Exact {
    fn best(&self, query: &[f32]) -> Vec<(usize, f32)> {
        nearest(self.0.iter().map(|vector| dot(query, vector)).enumerate().collect(), RESULTS)
    }
}

impl Search for Binary {
    fn best(&self, query: &[f32]) -> Vec<(usize, f32)> {
        let query_bits = bits(query);
        let agreement =
            |bits: &Vec<u64>| -(bits.iter().zip(&query_bits).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>() as f32);
        let candidates = nearest(self.bits.iter().map(agreement).enumerate().collect(), CANDIDATES);
        let scored = candidates.into_iter().map(|(place, _)| (place, dot(query, &self.again.0[place]))).collect();
        nearest(scored, RESULTS)
    }
}

/// Measures the forms on each judged folder: titles are encoded, and every query is compared with all of them.
pub(super) fn measure(folder: &Path, args: &Compress, config: &Config) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    if args.embeddings.is_empty() {
        return Ok(kept);
    }
    let encoder = Encoder::load(folder, config.threads)?;
    for dir in &args.evaluate {
        let judged = Judged::load(dir)?;
        let items = products(dir, &Settings::default())?;
        let titles: Vec<&str> = items.iter().map(Item::title).collect();
        let vectors = encoder.encode_passages(&titles)?;
        let queries: Vec<Vec<f32>> =
            judged.queries.iter().map(|query| encoder.encode_query(&query.text)).collect::<neural::Result<_>>()?;
        let dims = encoder.dims();
        let exact = answers(&Exact(vectors.clone()), &queries);
        let mut push = |form, bytes, found: Vec<Vec<(usize, f32)>>| {
            let overlap = overlap(&exact, &found);
            let report = evaluate_run(&judged, run(&judged, &items, found), form, bootstrap(args.bootstrap)).report;
            let metric = report.metric("ndcg@10");
            let (ndcg, interval) = metric.map_or((0.0, None), |metric| (metric.value, metric.interval));
            kept.push(Kept { task: report.dataset.clone(), form, bytes, ndcg, interval, overlap });
        };
        push("f32", 4 * dims, exact.clone());
        for form in &args.embeddings {
            match form {
                VectorForm::F16 => {
                    push("f16", 2 * dims, answers(&Exact(vectors.iter().map(|v| halves(v)).collect()), &queries))
                }
                VectorForm::Int8 => push("int8", dims + 4, answers(&Exact(eighths(&vectors)), &queries)),
                VectorForm::Binary => {
                    let binary =
                        Binary { bits: vectors.iter().map(|v| bits(v)).collect(), again: Exact(eighths(&vectors)) };
                    push("binary, scored again in int8", dims.div_ceil(8) + dims + 4, answers(&binary, &queries));
                }
            }
        }
    }
    Ok(kept)
}

impl Kept {
    /// As JSON.
    pub(super) fn json(&self) -> Value {
        json!({
            "task": self.task, "form": self.form, "bytes_per_vector": self.bytes, "ndcg@10": self.ndcg,
            "interval": self.interval.map(|(low, high)| [low, high]), "overlap@10": self.overlap,
        })
    }
}

/// As a table.
pub(super) fn table(kept: &[Kept]) -> Vec<Vec<String>> {
    let head = ["vectors of titles in", "task", "bytes", "nDCG@10", "same first ten"].map(str::to_owned).to_vec();
    let row = |kept: &Kept| {
        let interval = kept.interval.map(|(low, high)| format!(" [{low:.3}, {high:.3}]")).unwrap_or_default();
        let ndcg = format!("{:.4}{interval}", kept.ndcg);
        vec![
            kept.form.to_owned(),
            kept.task.clone(),
            kept.bytes.to_string(),
            ndcg,
            format!("{:.1} %", 100.0 * kept.overlap),
        ]
    };
    std::iter::once(head).chain(kept.iter().map(row)).collect()
}

fn answers(search: &impl Search, queries: &[Vec<f32>]) -> Vec<Vec<(usize, f32)>> {
    queries.iter().map(|query| search.best(query)).collect()
}

fn run(judged: &Judged, items: &[Item], found: Vec<Vec<(usize, f32)>>) -> Run {
    let named = |(place, score): (usize, f32)| -> (ItemId, f32) { (items[place].id.clone(), score) };
    let one = |(query, found): (&eval::search::JudgedQuery, Vec<(usize, f32)>)| Answer {
        query: query.id.clone(),
        items: found.into_iter().map(named).collect(),
    };
    Run { answers: judged.queries.iter().zip(found).map(one).collect() }
}

fn nearest(mut scored: Vec<(usize, f32)>, count: usize) -> Vec<(usize, f32)> {
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    scored.truncate(count);
    scored
}

fn overlap(exact: &[Vec<(usize, f32)>], found: &[Vec<(usize, f32)>]) -> f64 {
    let mut sum = 0.0;
    for (exact, found) in exact.iter().zip(found) {
        let first = |answer: &[(usize, f32)]| answer.iter().take(10).map(|(place, _)| *place).collect::<Vec<_>>();
        let (exact, found) = (first(exact), first(found));
        sum += found.iter().filter(|place| exact.contains(place)).count() as f64 / exact.len().max(1) as f64;
    }
    sum / exact.len().max(1) as f64
}

fn halves(vector: &[f32]) -> Vec<f32> {
    vector.iter().map(|value| half::f16::from_f32(*value).to_f32()).collect()
}

fn eighths(vectors: &[Vec<f32>]) -> Vec<Vec<f32>> {
    vectors.iter().map(|vector| decode_i8(&encode_i8(vector)).unwrap_or_else(|| vector.clone())).collect()
}

fn bits(vector: &[f32]) -> Vec<u64> {
    let word = |part: &[f32]| part.iter().enumerate().fold(0, |word, (at, value)| word | u64::from(*value > 0.0) << at);
    vector.chunks(64).map(word).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;

    #[test]
    fn binary_search_scored_again_finds_what_is_near() {
        let mut rng = Rng::new(5);
        let mut vector = || (0..128).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        let vectors: Vec<Vec<f32>> = (0..500).map(|_| vector()).collect();
        let queries: Vec<Vec<f32>> =
            vectors.iter().take(20).map(|near| near.iter().zip(vector()).map(|(a, b)| a + 0.3 * b).collect()).collect();
        let exact = answers(&Exact(vectors.clone()), &queries);
        let binary = Binary { bits: vectors.iter().map(|v| bits(v)).collect(), again: Exact(eighths(&vectors)) };
        let found = answers(&binary, &queries);
        assert!((0..20).all(|at| found[at][0].0 == at && exact[at][0].0 == at));
        assert!(overlap(&exact, &found) > 0.8 && overlap(&exact, &exact) == 1.0);
    }
}
