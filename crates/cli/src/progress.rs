//! How far a long step is: a bar on a terminal, plain lines elsewhere; both on standard error.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{grouped, note};

/// Plain lines come at every tenth of the whole, or after this time.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// A long step.
pub(crate) struct Progress {
    label: String,
    unit: &'static str,
    /// `None` where nobody knows.
    total: Option<u64>,
    done: u64,
    began: Instant,
    /// `None` where standard error is no terminal.
    bar: Option<ProgressBar>,
    told: Instant,
    told_tenth: u64,
}

impl Progress {
    /// Begins a step of `total` units.
    pub(crate) fn new(label: impl Into<String>, unit: &'static str, total: Option<u64>) -> Self {
        let label = label.into();
        let bar = std::io::stderr().is_terminal().then(|| bar(&label, unit, total));
        let now = Instant::now();
        Self { label, unit, total, done: 0, began: now, bar, told: now, told_tenth: 0 }
    }

    /// Says that `done` units are done.
    pub(crate) fn set(&mut self, done: u64) {
        self.done = done;
        match &self.bar {
            Some(bar) => bar.set_position(done),
            None => self.tell(),
        }
    }

    /// Corrects the total.
    pub(crate) fn set_total(&mut self, total: u64) {
        if self.total != Some(total) {
            self.total = Some(total);
            if let Some(bar) = &self.bar {
                bar.set_length(total);
            }
        }
    }

    /// Ends the step and says how fast it was.
    pub(crate) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.done > 0 {
            let seconds = self.began.elapsed().as_secs_f64();
            let (done, rate) = (grouped(self.done), grouped(self.rate() as u64));
            note(&format!("{}: {done} {} in {seconds:.1} s ({rate}/s)", self.label, self.unit));
        }
    }

    fn rate(&self) -> f64 {
        self.done as f64 / self.began.elapsed().as_secs_f64().max(1e-6)
    }

    fn tell(&mut self) {
        let tenth = self.total.map_or(0, |total| 10 * self.done / total.max(1));
        let due = self.told.elapsed() >= PLAIN_EVERY
            || (tenth > self.told_tenth && self.told.elapsed() >= Duration::from_millis(500));
        if !due {
            return;
        }
        (self.told, self.told_tenth) = (Instant::now(), tenth);
        let rate = self.rate();
        let text = match self.total {
            Some(total) => {
                let left = total.saturating_sub(self.done) as f64 / rate.max(1e-6);
                let share = 100 * self.done / total.max(1);
                format!(
                    "{share} %, {} of {} {}, {:.0}/s, {left:.0} s left",
                    grouped(self.done),
                    grouped(total),
                    self.unit,
                    rate
                )
            }
            None => format!("{} {}, {:.0}/s", grouped(self.done), self.unit, rate),
        };
        note(&format!("{}: {text}", self.label));
    }
}

/// Steps that follow one another, each shown as it goes, until they are over or Ctrl-C was pressed.
pub(crate) struct Steps {
    stopped: Arc<AtomicBool>,
    now: Option<(String, Progress)>,
}

impl Steps {
    /// Nothing shown yet; `stopped` is set by Ctrl-C.
    pub(crate) fn new(stopped: Arc<AtomicBool>) -> Self {
        Self { stopped, now: None }
    }

    /// Shows how much of a step is done, 0 to 1; `false` once Ctrl-C was pressed.
    pub(crate) fn show(&mut self, step: &str, done: f64) -> bool {
        self.shown(step, "%", (100.0 * done.clamp(0.0, 1.0)) as u64, 100)
    }

    /// Shows how far a step is, in units.
    pub(crate) fn show_units(&mut self, step: &str, done: u64, total: u64) -> bool {
        self.shown(step, "done", done, total)
    }

    fn shown(&mut self, step: &str, unit: &'static str, done: u64, total: u64) -> bool {
        if self.now.as_ref().is_none_or(|(known, _)| known != step) {
            self.end();
            self.now = Some((step.to_owned(), Progress::new(step, unit, Some(total))));
        }
        if let Some((_, progress)) = &mut self.now {
            progress.set_total(total);
            progress.set(done);
        }
        !self.stopped.load(Ordering::Relaxed)
    }

    /// Ends the step that is shown.
    pub(crate) fn end(&mut self) {
        if let Some((_, progress)) = self.now.take() {
            progress.finish();
        }
    }
}

fn bar(label: &str, unit: &str, total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => format!("{{msg}} {{bar:30}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left"),
        None => format!("{{spinner}} {{msg}} {{human_pos}} {unit}, {{per_sec}}"),
    };
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(label.to_owned());
    bar
}
