//! How long a training step of `sequence` takes, in seconds of the clock and of all threads together, and the most memory the
//! program took: to be compared with step.py beside this file, which does the same with PyTorch.
//!
//! `cargo run --release -p learn --example sequence_speed -- [NEGATIVES]`: 12,000 items, 128 histories of 50 items a step, all
//! items compared with where no number is given; as many threads as `RAYON_NUM_THREADS` says.
#![allow(clippy::print_stdout, reason = "an example tells what it found")]

use std::ops::ControlFlow;
use std::time::Instant;

use learn::recommend::{Interactions, ItemContents, Parameters, TrainingData, Watcher, method, train};
use types::{InteractionKind, Millis, Position, Rng, Row, Signal};

const ITEMS: usize = 12_000;
const BATCH: usize = 128;
const LENGTH: usize = 50;
/// Steps that are timed, after two that warm up.
const STEPS: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let negatives: f64 = std::env::args().nth(1).map_or(Ok(1e6), |number| number.parse())?;
    let interactions = Interactions::from_signals(&signals(), ITEMS);
    let method = method("sequence")?;
    let mut parameters = Parameters::new(method.parameters);
    for (name, value) in [
        ("dim", 64.0),
        ("negatives", negatives),
        ("batch", (BATCH * LENGTH) as f64),
        ("length", LENGTH as f64),
        ("skipped", 0.0),
        ("window", 0.0),
        ("copies", 1.0),
        ("counts", 0.0),
    ] {
        parameters.set(name, value)?;
    }
    let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
    let mut steps = Steps(Vec::new());
    // It ends as if cancelled, after the last step that is timed.
    train(method, &parameters, &data, None, &mut steps).err();
    let clock: Vec<f64> = steps.0.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_secs_f64()).collect();
    let work: Vec<f64> = steps.0.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    let least = |seconds: &[f64]| seconds[1..].iter().copied().fold(f64::INFINITY, f64::min);
    let median = |seconds: &[f64]| {
        let mut sorted = seconds[1..].to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    println!("a step: {:.3} s at least, {:.3} s at the median", least(&clock), median(&clock));
    println!("seconds of all threads: {:.3} at least, {:.3} at the median", least(&work), median(&work));
    println!("{:.0} MiB at most", memory_max_mib());
    Ok(())
}

/// So many users that a step is as large as asked for: it is at most a hundredth of the data.
fn signals() -> Vec<Signal> {
    let mut rng = Rng::new(1);
    let mut signals = Vec::new();
    for user in 0..(BATCH * 110) as u32 {
        let mut time = 0;
        for place in 0..LENGTH as u64 + 1 {
            time += rng.below(100_000) as i64 * Millis::SECOND;
            signals.push(Signal {
                position: Position(place),
                time: Millis(time),
                actor: Some(Row(user)),
                session: None,
                item: Row(rng.below(ITEMS) as u32),
                kind: InteractionKind::View,
                strength: 1.0,
                quantity: 1,
                surface: None,
            });
        }
    }
    signals
}

/// When each step ended, and the seconds that all threads had worked until then.
struct Steps(Vec<(Instant, f64)>);

impl Watcher for Steps {
    fn progress(&mut self, _done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        self.0.push((Instant::now(), seconds_worked()));
        if self.0.len() > STEPS + 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// By the system's count, in hundredths of a second.
fn seconds_worked() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in brackets may hold spaces; user and system time are the 12th and 13th after it.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn memory_max_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()).and_then(|number| number.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
