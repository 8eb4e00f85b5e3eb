//! How long an iteration of `ials` takes, and the most memory the program took: to be compared with other programs on the same
//! file.
//!
//! `zcat train.txt.gz | cargo run --release -p learn --example ials_speed -- 64 128 256`: one user a line, then its items; the
//! arguments are numbers of factors. Three conjugate-gradient steps, as many threads as `RAYON_NUM_THREADS` says.
#![allow(clippy::print_stdout, reason = "an example tells what it found")]

use std::io::BufRead;
use std::ops::ControlFlow;
use std::time::Instant;

use learn::recommend::{Interactions, ItemContents, Parameters, TrainingData, Watcher, method, train};
use types::{InteractionKind, Millis, Position, Row, Signal};

/// Iterations that are timed; the first one warms up.
const ITERATIONS: usize = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let interactions = read()?;
    println!("{} users, {} items, {} pairs", interactions.users(), interactions.items(), interactions.len());
    println!("{:.0} MiB with the data", memory_max_mib());
    let method = method("ials")?;
    for factors in std::env::args().skip(1) {
        let mut parameters = Parameters::new(method.parameters);
        parameters.set("factors", factors.parse()?)?;
        parameters.set("iterations", ITERATIONS as f64)?;
        parameters.set("steps", 3.0)?;
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let mut times = Times(Vec::new());
        train(method, &parameters, &data, None, &mut times)?;
        let seconds: Vec<f64> = times.0.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let each: Vec<String> = seconds.iter().map(|seconds| format!("{seconds:.2}")).collect();
        println!(
            "{factors} factors: {fastest:.3} s an iteration ({}), {:.0} MiB at most",
            each.join(" "),
            memory_max_mib()
        );
    }
    Ok(())
}

/// When each iteration ended.
struct Times(Vec<Instant>);

impl Watcher for Times {
    fn progress(&mut self, done: f64, _loss: Option<f64>) -> ControlFlow<()> {
        let ended = (done * ITERATIONS as f64 + 1e-9) as usize;
        if ended > self.0.len() {
            self.0.push(Instant::now());
        }
        ControlFlow::Continue(())
    }
}

fn read() -> Result<Interactions, Box<dyn std::error::Error>> {
    let (mut signals, mut items) = (Vec::new(), 0);
    for (user, line) in (0..).zip(std::io::stdin().lock().lines()) {
        for item in line?.split_whitespace().skip(1) {
            let item = Row(item.parse()?);
            items = items.max(item.index() + 1);
            signals.push(Signal {
                position: Position(0),
                time: Millis(0),
                actor: Some(Row(user)),
                session: None,
                item,
                kind: InteractionKind::View,
                strength: 1.0,
                quantity: 1,
                surface: None,
            });
        }
    }
    Ok(Interactions::from_signals(&signals, items))
}

/// The most memory that the program took so far, where the system tells.
fn memory_max_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
