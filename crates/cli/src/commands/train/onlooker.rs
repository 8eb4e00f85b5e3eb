//! Shows how far a training is, and ends it where somebody wants that.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use train::fit::{Told, Watch};

use crate::output::note;

/// Plain lines come this often.
const PLAIN_EVERY: Duration = Duration::from_secs(10);
/// Units of the bar.
const WHOLE: u64 = 10_000;

/// Looks on for somebody at a terminal, or for a log.
pub(crate) struct Onlooker {
    began: Instant,
    told: Instant,
    cancelled: Arc<AtomicBool>,
    bar: Option<ProgressBar>,
}

impl Onlooker {
    /// Begins to look on; `cancelled` ends the training.
    pub(crate) fn new(cancelled: Arc<AtomicBool>) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(WHOLE);
            if let Ok(style) = ProgressStyle::with_template("training {bar:30} {percent} %, {msg}") {
                bar.set_style(style);
            }
            bar
        });
        let now = Instant::now();
        Self { began: now, told: now, cancelled, bar }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }
}

impl Watch for Onlooker {
    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn busy(&mut self, what: &str, done: usize, total: usize) {
        let text = if total > 0 { format!("{what}: {done} of {total} texts") } else { what.to_owned() };
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None if done == 0 || self.told.elapsed() >= PLAIN_EVERY => {
                self.told = Instant::now();
                note(&text);
            }
            None => {}
        }
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Some(scores) = told.scores {
            let figures: Vec<String> =
                scores.metrics.iter().map(|metric| format!("{} {:.4}", metric.name, metric.value)).collect();
            self.say(&format!("step {}: {}", told.step, figures.join(", ")));
            return;
        }
        let left = told.seconds_left.map(|seconds| format!(", {} left", duration(seconds))).unwrap_or_default();
        let text = format!(
            "step {}, loss {:.4}, rate {:.1e}, {:.0} examples/s{left}",
            told.step, told.loss, told.rate, told.examples_per_second
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position((told.progress * WHOLE as f64) as u64);
                bar.set_message(text);
            }
            None if self.told.elapsed() >= PLAIN_EVERY => {
                self.told = Instant::now();
                note(&format!("training: {:.0} %, {text}", 100.0 * told.progress));
            }
            None => {}
        }
    }
}

impl Drop for Onlooker {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A length of time in the units that suit it.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        assert_eq!([0.4, 59.0, 61.0, 7260.0].map(duration), ["0 s", "59 s", "1 min 1 s", "2 h 1 min"]);
    }
}
