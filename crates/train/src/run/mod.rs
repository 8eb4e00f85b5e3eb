//! Runs: what a training was given, what it went through, and what came of it, in a folder of its own.
//!
//! A run is written when it begins, when it ends, and however it ends. Its folder also has the checkpoint while it lasts.

mod bars;
mod compare;
mod fingerprint;
mod intervals;
mod plot;
mod raster;
mod record;
mod runs;
mod sketch;
mod tensorboard;

pub use bars::Bars;
pub use compare::{Difference, differences};
pub use fingerprint::{Fingerprint, fingerprint};
pub use intervals::{Estimate, Intervals};
pub use plot::{Chart, Curve, charts};
pub use record::{Data, Figure, Machine, Run, State};
pub use runs::Runs;
pub use tensorboard::event_file;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{History, Metric, Options, Point, Scores};

    /// A run of ten updates.
    pub(super) fn run(model: &str) -> Run {
        let mut history = History::default();
        for step in 1..=10 {
            history.add(Point { step, loss: 1.0 / step as f64, rate: 1e-3, norm: 1.0 });
            if step % 5 == 0 {
                history.evaluated(
                    step,
                    step as f64 / 5.0,
                    &Scores::new(vec![Metric::new("accuracy", step as f64 / 10.0)]),
                );
            }
        }
        Run {
            format: Run::FORMAT,
            id: 0,
            task: "classifier".to_owned(),
            state: State::Finished,
            error: None,
            model: model.to_owned(),
            base: "e5".to_owned(),
            method: "full".to_owned(),
            numbers: "int8".to_owned(),
            options: Options::default(),
            task_options: serde_json::json!({ "lora": { "alpha": 1 } }),
            data: Data { source: "data".to_owned(), fingerprint: "ff".to_owned(), train: 80, ..Data::default() },
            code: "0.1.0".to_owned(),
            machine: Machine { device: "cpu".to_owned(), cores: 2, ..Machine::default() },
            began_ms: 1_700_000_000_000,
            seconds: 12.5,
            memory_peak_bytes: Some(1 << 30),
            trained: 10,
            total: 100,
            steps: 10,
            kept_step: 10,
            history,
            figures: Vec::new(),
            folder: None,
            model_bytes: None,
        }
    }
}
