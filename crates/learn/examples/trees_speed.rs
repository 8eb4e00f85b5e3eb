//! How fast are trees trained and served, beside LightGBM?
//!
//! Usage: `cargo run --release -p learn --example trees_speed -- ROWS THREADS rank|logistic [TREES]`, and
//! `trees_speed.py` in this folder with the first three words for LightGBM on the same data: 60 columns (of every four:
//! uniform, skewed, of ten values, half missing) made of a formula both know, 100 trees (or TREES) of 63 leaves, 255
//! bins. A quarter of ROWS more is made and scored, so that quality is compared too. Then 500 candidates are scored, over
//! and over, in rounds: the lowest p99 of a round is what is told, as others may use the processors in the other rounds.
#![allow(clippy::print_stdout, reason = "an example shows its results")]

use std::hint::black_box;
use std::time::Instant;

use learn::Ranker;
use learn::trees::{LambdaMart, Objective, TrainingRows, TreeColumn, TreeRanker, TreeTrainer};
use types::{FeatureRows, FeatureSchema, FeatureScope, FeatureSpec, Rng};

const COLUMNS: usize = 60;
/// Rows of a group.
const GROUP: usize = 100;
const CANDIDATES: usize = 500;
const ROUNDS: usize = 40;
const REPEATS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [rows, threads, objective, trees @ ..] = words.as_slice() else {
        println!("usage: trees_speed ROWS THREADS rank|logistic [TREES]");
        return Ok(());
    };
    let (rows, threads): (usize, usize) = (rows.parse()?, threads.parse()?);
    let trees_max = trees.first().map_or(Ok(100), |trees| trees.parse())?;
    let objective = match objective.as_str() {
        "rank" => Objective::LambdaMart(LambdaMart { places: 30, ..LambdaMart::default() }),
        _ => Objective::Logistic,
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let (training, test) = (made_up(0, rows, objective), made_up(rows, rows / 4, objective));
    let trainer = TreeTrainer { objective, trees_max, leaves_max: 63, patience: 0, l2: 0.0, ..TreeTrainer::default() };
    // Hardly more than the time to cut columns into bins.
    let bins = TreeTrainer { trees_max: 1, leaves_max: 2, depth_max: 1, ..trainer.clone() };
    let (start, busy) = (Instant::now(), processor_seconds());
    bins.fit(&training, None, &mut Rng::new(1))?;
    let (bins_wall, bins_busy) = (start.elapsed().as_secs_f64(), processor_seconds() - busy);
    let (start, busy) = (Instant::now(), processor_seconds());
    let (forest, report) = trainer.fit(&training, None, &mut Rng::new(1))?;
    let (wall, busy) = (start.elapsed().as_secs_f64(), processor_seconds() - busy);
    println!("binning and one small tree: {bins_wall:.2} s, {bins_busy:.2} s on processors");
    println!("training, binning included: {wall:.2} s, {busy:.2} s on processors, {} trees", report.trees);
    println!("{} test rows: quality {:.5}", test.rows(), quality(&forest, &test, objective));
    serve(&forest.to_bytes(), &test)
}

/// nDCG@10 by group, or area under the curve.
fn quality(forest: &learn::trees::Forest, test: &TrainingRows, objective: Objective) -> f64 {
    let score = |row: usize| forest.score_row(&test.values.iter().map(|column| column[row]).collect::<Vec<f32>>());
    let scores: Vec<f32> = (0..test.rows()).map(score).collect();
    if objective == Objective::Logistic { area(&scores, &test.labels) } else { ndcg(&scores, &test.labels) }
}

fn ndcg(scores: &[f32], labels: &[f32]) -> f64 {
    let dcg = |gains: &[f32]| -> f64 {
        gains.iter().take(10).enumerate().map(|(place, gain)| f64::from(*gain) / ((place + 2) as f64).log2()).sum()
    };
    let (mut sum, mut groups) = (0.0, 0.0);
    for (scores, labels) in scores.chunks(GROUP).zip(labels.chunks(GROUP)) {
        let mut ranked: Vec<usize> = (0..labels.len()).collect();
        ranked.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let mut best = labels.to_vec();
        best.sort_by(|a, b| b.total_cmp(a));
        if dcg(&best) > 0.0 {
            sum += dcg(&ranked.iter().map(|row| labels[*row]).collect::<Vec<f32>>()) / dcg(&best);
            groups += 1.0;
        }
    }
    sum / groups
}

fn area(scores: &[f32], labels: &[f32]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut bad, mut pairs, mut won) = (0.0, 0.0, 0.0);
    for row in order {
        if labels[row] > 0.0 {
            won += bad;
        } else {
            bad += 1.0;
        }
    }
    let good = labels.iter().filter(|label| **label > 0.0).count() as f64;
    pairs += good * bad;
    won / pairs
}

/// Scores the same 500 candidates over and over, on one thread.
fn serve(bytes: &[u8], test: &TrainingRows) -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<&'static str> = (0..COLUMNS).map(|column| &*format!("f{column}").leak()).collect();
    let spec = |name: &&'static str| FeatureSpec { name, scope: FeatureScope::Item, version: 1 };
    let schema = FeatureSchema::new(names.iter().map(spec));
    let ranker = TreeRanker::new("speed-v1", schema.clone(), learn::trees::Forest::from_bytes(bytes)?, None)?;
    let candidates = CANDIDATES.min(test.rows());
    let mut rows = FeatureRows::zeros(schema, candidates);
    (0..COLUMNS).for_each(|column| rows.column_mut(column).copy_from_slice(&test.values[column][..candidates]));
    let mut scores = vec![0.0; candidates];
    let mut once = || {
        let start = Instant::now();
        ranker.score(black_box(&rows), black_box(&mut scores));
        start.elapsed().as_secs_f64() * 1e3
    };
    let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|_| (0..REPEATS).map(|_| once()).collect()).collect();
    let least = |place: usize| {
        let of_round = rounds.iter().map(|times| {
            let mut times = times.clone();
            times.sort_by(f64::total_cmp);
            times[place]
        });
        of_round.fold(f64::INFINITY, f64::min)
    };
    let (half, most) = (least(REPEATS / 2), least(REPEATS * 99 / 100));
    println!(
        "{candidates} candidates, {} trees, best of {ROUNDS} rounds: p50 {half:.3} ms, p99 {most:.3} ms",
        ranker.forest().trees()
    );
    let start = Instant::now();
    (0..candidates).for_each(|row| drop(black_box(ranker.explain(&rows, row))));
    println!("explaining one: {:.3} ms", start.elapsed().as_secs_f64() * 1e3 / candidates as f64);
    Ok(())
}

/// Rows `start..start + rows` of the made-up data.
fn made_up(start: usize, rows: usize, objective: Objective) -> TrainingRows {
    let column = |column: usize| (start..start + rows).map(|row| value(row, column)).collect();
    let values: Vec<Vec<f32>> = (0..COLUMNS).map(column).collect();
    let label = |row: usize| {
        let known = |column: usize| Some(values[column][row]).filter(|value| !value.is_nan()).unwrap_or(0.0);
        let signal = 2.0 * known(0) * known(4) + known(8) - known(12)
            + 0.3 * known(2)
            + if values[3][row].is_nan() { 0.5 } else { known(3) }
            + 0.2 * (known(1) - known(5)).min(2.0)
            + 0.5 * f32::from(known(16) > 0.5) * known(20);
        let noise = unit(start + row, COLUMNS) + unit(start + row, COLUMNS + 1) + unit(start + row, COLUMNS + 2) - 1.5;
        let sum = signal + 1.5 * noise;
        if objective == Objective::Logistic {
            f32::from(sum > 3.0)
        } else {
            [(5.0, 1.0), (4.2, 0.1), (3.4, 0.01)].iter().find(|(bar, _)| sum > *bar).map_or(0.0, |(_, gain)| *gain)
        }
    };
    let labels = (0..rows).map(label).collect();
    let columns = (0..COLUMNS).map(|column| TreeColumn { name: format!("f{column}").into(), version: 1 }).collect();
    let sizes = (0..rows).step_by(GROUP).map(|first| (rows - first).min(GROUP) as u32).collect();
    TrainingRows { columns, values, labels, group_sizes: sizes, ..TrainingRows::default() }
}

fn value(row: usize, column: usize) -> f32 {
    let unit = unit(row, column);
    match column % 4 {
        0 => unit,
        1 => unit * unit * unit * 8.0,
        2 => (unit * 10.0).floor(),
        _ => {
            if unit < 0.5 {
                f32::NAN
            } else {
                unit
            }
        }
    }
}

/// A number in 0..1 with 24 bits, so that both languages agree to the last.
fn unit(row: usize, column: usize) -> f32 {
    let mut z = ((row * 64 + column) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
}

/// Seconds this process has been on processors, where the system tells; others may use them too.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
