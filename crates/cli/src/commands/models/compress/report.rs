use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use eval::{Report, SearchOptions};
use neural::Manifest;
use serde_json::{Value, json};
use types::RetrievalMethod;

use crate::args::{BenchModel, Compress};
use crate::commands::eval::bootstrap;
use crate::commands::models::bench;
use crate::config::Config;
use crate::failure::user;
use crate::output::bytes;
use crate::progress::Progress;

/// Figures that retention is told of; the first one decides.
const FIGURES: [&str; 2] = ["ndcg@10", "mrr@10"];

/// What a model costs and finds.
pub(super) struct Measured {
    disk: u64,
    memory: Option<u64>,
    p50: Duration,
    per_second: f64,
    tasks: Vec<Report>,
}

impl Measured {
    /// Measures the model in a folder: its speed, and what it finds alone on each judged folder.
    pub(super) fn of(folder: &Path, args: &Compress, config: &Config) -> Result<Self> {
        let manifest = Manifest::read(folder)?;
        let disk = manifest.files.iter().map(|file| file.bytes).sum();
        let before = bench::resident();
        let asked = BenchModel { id: manifest.id.clone(), queries: 200, passages: 128 };
        let figures = bench::measure(&manifest, folder, config.threads, &asked)?;
        let memory = bench::resident().zip(before).map(|(after, before)| after.saturating_sub(before));
        let per_second = figures.together as f64 / figures.took.as_secs_f64().max(1e-9);
        let p50 = bench::percentile(&figures.single, 50);
        let tasks = args.evaluate.iter().map(|dir| evaluate(dir, folder, args, config)).collect::<Result<_>>()?;
        Ok(Self { disk, memory, p50, per_second, tasks })
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        json!({
            "disk_bytes": self.disk, "memory_bytes": self.memory, "query_p50_us": self.p50.as_nanos() as f64 / 1e3,
            "texts_per_second": self.per_second, "tasks": self.tasks.iter().map(Report::to_json).collect::<Vec<_>>(),
        })
    }
}

/// What the encoder finds alone, through the pipeline that serves.
fn evaluate(dir: &Path, folder: &Path, args: &Compress, config: &Config) -> Result<Report> {
    let mut options = SearchOptions::new(RetrievalMethod::Dense);
    let (Some(models_dir), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Err(user(format!("{}: expected a folder with a name", folder.display())));
    };
    options.models_dir = models_dir.to_path_buf();
    options.settings.encoders = vec![Arc::from(name.to_string_lossy().as_ref())];
    options.threads = config.threads;
    options.bootstrap = bootstrap(args.bootstrap);
    let mut progress = Progress::new(format!("{} on {}", name.to_string_lossy(), dir.display()), "items", None);
    let found = eval::evaluate_search(dir, &options, &mut |done: engine::Progress| {
        progress.set_total(done.total);
        progress.set(done.done);
        true
    })?;
    progress.finish();
    Ok(found.report)
}

/// For each task and figure, what share of the original's is left.
pub(super) fn retentions<'a>(before: &'a Measured, after: &Measured) -> Vec<(&'a str, &'static str, f64)> {
    let mut kept = Vec::new();
    for (before, after) in before.tasks.iter().zip(&after.tasks) {
        for name in FIGURES {
            if let (Some(old), Some(new)) = (before.metric(name), after.metric(name)) {
                let share = if old.value > 0.0 { new.value / old.value } else { 1.0 };
                kept.push((before.dataset.as_str(), name, share));
            }
        }
    }
    kept
}

/// Why the result is refused, where too little is left of the figure that decides.
pub(super) fn too_little(before: &Measured, after: &Measured, least: Option<f64>) -> Option<String> {
    let least = least?;
    let kept = retentions(before, after);
    let (task, name, share) =
        kept.iter().filter(|(_, name, _)| *name == FIGURES[0]).find(|(_, _, share)| *share < least)?;
    Some(format!(
        "--min-retention: expected at least {least} of the original's {name} on {task}, got {share:.4}; nothing was kept"
    ))
}

/// Both models side by side.
pub(super) fn table(before: &Measured, after: &Measured) -> Vec<Vec<String>> {
    let row = |what: String, before: String, after: String, ratio: String| vec![what, before, after, ratio];
    let times = |before: f64, after: f64| format!("{:.2}", after / before.max(1e-12));
    let memory = |measured: &Measured| measured.memory.map_or_else(|| "not known".to_owned(), bytes);
    let milliseconds = |measured: &Measured| measured.p50.as_secs_f64() * 1e3;
    let mut rows = vec![
        ["", "original", "result", "ratio"].map(str::to_owned).to_vec(),
        row("size on disk".into(), bytes(before.disk), bytes(after.disk), times(before.disk as f64, after.disk as f64)),
        row("memory".into(), memory(before), memory(after), String::new()),
        row(
            "query, one thread, p50".into(),
            format!("{:.2} ms", milliseconds(before)),
            format!("{:.2} ms", milliseconds(after)),
            times(milliseconds(before), milliseconds(after)),
        ),
        row(
            "passages a second".into(),
            format!("{:.0}", before.per_second),
            format!("{:.0}", after.per_second),
            times(before.per_second, after.per_second),
        ),
    ];
    for (old, new) in before.tasks.iter().zip(&after.tasks) {
        for name in FIGURES {
            if let (Some(a), Some(b)) = (old.metric(name), new.metric(name)) {
                rows.push(row(
                    format!("{} {name}", old.dataset),
                    with_interval(a),
                    with_interval(b),
                    times(a.value, b.value),
                ));
            }
        }
    }
    rows
}

fn with_interval(metric: &eval::Metric) -> String {
    match metric.interval {
        Some((low, high)) => format!("{:.4} [{low:.3}, {high:.3}]", metric.value),
        None => format!("{:.4}", metric.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(ndcg: f64) -> Measured {
        let metric = eval::Metric { name: "ndcg@10".to_owned(), value: ndcg, interval: Some((ndcg - 0.1, ndcg + 0.1)) };
        let report = Report {
            dataset: "店铺".to_owned(),
            protocol: "search".to_owned(),
            method: "dense".to_owned(),
            queries: 1,
            metrics: vec![metric],
            remarks: Vec::new(),
        };
        Measured {
            disk: 1_000_000,
            memory: None,
            p50: Duration::from_millis(2),
            per_second: 100.0,
            tasks: vec![report],
        }
    }

    #[test]
    fn what_keeps_too_little_is_refused_with_the_figure() {
        let (before, after) = (measured(0.8), measured(0.76));
        assert_eq!(too_little(&before, &after, None), None);
        assert_eq!(too_little(&before, &after, Some(0.95)), None);
        let fault = too_little(&before, &after, Some(0.96)).unwrap();
        assert_eq!(
            fault,
            "--min-retention: expected at least 0.96 of the original's ndcg@10 on 店铺, got 0.9500; nothing was kept"
        );
        let rows = table(&before, &after);
        assert_eq!(rows[5], ["店铺 ndcg@10", "0.8000 [0.700, 0.900]", "0.7600 [0.660, 0.860]", "0.95"]);
    }
}
