use std::path::PathBuf;
use std::time::Instant;

use super::Scores;

/// What stands around a training.
pub struct Control<'a> {
    /// Where it is written to, so that it can go on after an interruption.
    pub checkpoint: Option<PathBuf>,
    /// Whether it goes on from that file, where there is one.
    pub resume: bool,
    /// Fingerprint of the data: a training goes on with the same only.
    pub data: String,
    /// Who looks on.
    pub watch: &'a mut (dyn Watch + 'static),
}

/// Who looks on, and may end it.
pub trait Watch {
    /// Seconds since the training, or this part of it, began.
    fn seconds(&self) -> f64;

    /// Whether somebody wants it to end; asked after each update.
    fn cancelled(&self) -> bool {
        false
    }

    /// Hears of each update and each evaluation.
    fn tell(&mut self, _told: &Told<'_>) {}

    /// Hears of longer work between updates, such as measuring or mining: how many of how many texts are done.
    fn busy(&mut self, _what: &str, _done: usize, _total: usize) {}
}

/// Where a training is.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Updates made.
    pub step: u64,
    /// Epochs finished.
    pub epoch: u32,
    /// Share of the training that is over.
    pub progress: f64,
    /// Mean loss of the last updates.
    pub loss: f64,
    /// Learning rate.
    pub rate: f64,
    /// Seconds it took so far.
    pub seconds: f64,
    /// Examples a second.
    pub examples_per_second: f64,
    /// Seconds it will still take.
    pub seconds_left: Option<f64>,
    /// Figures on the validation part, where they were just found.
    pub scores: Option<&'a Scores>,
}

/// Looks at the clock and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Quiet(Instant);

impl Default for Quiet {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Watch for Quiet {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

impl<'a> Control<'a> {
    /// Keeps no checkpoint.
    pub fn new(watch: &'a mut (dyn Watch + 'static)) -> Self {
        Self { checkpoint: None, resume: false, data: String::new(), watch }
    }
}
