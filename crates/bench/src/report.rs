use serde_json::{Map, Value, json};
use types::Clock as _;

use crate::load::Latencies;
use crate::machine::{Machine, Memory};
use crate::{Bench, Options};

/// What a bench found.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// Which bench.
    pub bench: &'static str,
    /// Items in the catalogue.
    pub items: usize,
    /// The command that did it.
    pub command: String,
    /// When, in UTC.
    pub date: String,
    /// Where.
    pub machine: Machine,
    /// How long things took, most important first.
    pub timings: Vec<Timing>,
    /// Other figures.
    pub figures: Vec<Figure>,
    /// What a reader must know to read the figures right.
    pub remarks: Vec<String>,
}

/// How long one kind of request took.
#[derive(Clone, PartialEq, Debug)]
pub struct Timing {
    /// What was asked for and how.
    pub name: String,
    /// Requests made.
    pub count: u64,
    /// Requests answered a second.
    pub per_second: f64,
    /// Half of them took less, in milliseconds.
    pub p50_ms: f64,
    /// 95 in 100 took less.
    pub p95_ms: f64,
    /// 99 in 100 took less.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Requests that were due but could not be made in time; their waiting counts in the figures above.
    pub unanswered: u64,
}

/// One figure; `None` where this system cannot tell it.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// Its flat name.
    pub name: String,
    /// Its value.
    pub value: Option<f64>,
    /// Its unit; empty for a ratio or a count.
    pub unit: &'static str,
}

impl Report {
    pub(crate) fn new(bench: Bench, options: &Options) -> Self {
        let now = engine::SystemClock.now();
        let date = jiff::Timestamp::from_millisecond(now.0).map_or_else(|_| "n/a".to_owned(), |date| date.to_string());
        Self {
            bench: bench.name(),
            items: options.items,
            command: std::env::args().collect::<Vec<_>>().join(" "),
            date,
            machine: Machine::here(),
            timings: Vec::new(),
            figures: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// The timing called `name`.
    pub fn timing(&self, name: &str) -> Option<&Timing> {
        self.timings.iter().find(|timing| timing.name == name)
    }

    /// The value of the figure called `name`.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name)?.value
    }

    pub(crate) fn time(&mut self, name: &str, latencies: &Latencies) {
        self.timings.push(latencies.timing(name));
    }

    pub(crate) fn add(&mut self, name: &str, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.to_owned(), value: Some(value), unit });
    }

    pub(crate) fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }

    /// What this process takes of the memory at this point.
    pub(crate) fn memory(&mut self, when: &str) {
        let memory = Memory::now();
        let parts = [
            ("rss", memory.map(|memory| memory.resident)),
            ("rss_anonymous", memory.map(|memory| memory.anonymous)),
            ("rss_peak", memory.map(|memory| memory.peak)),
        ];
        for (part, value) in parts {
            self.figures.push(Figure { name: format!("{part} {when}"), value, unit: "MiB" });
        }
    }

    /// How many times as long ours takes as the yardstick, at the median and at the 99th percentile.
    pub(crate) fn ratio(&mut self, ours: &str, theirs: &str) {
        let Some((ours, yardstick)) = self.timing(ours).zip(self.timing(theirs)) else { return };
        let ratios = [("p50", ours.p50_ms / yardstick.p50_ms), ("p99", ours.p99_ms / yardstick.p99_ms)];
        let name = format!("{} / {}", ours.name, yardstick.name);
        ratios.into_iter().for_each(|(at, ratio)| self.add(&format!("{name} {at}"), ratio, ""));
    }

    /// The report as JSON: `metrics` is one flat object by name, such as `"hybrid.p99_ms"`.
    pub fn to_json(&self) -> Value {
        let mut metrics = Map::new();
        for timing in &self.timings {
            let mut put = |what: &str, value: Value| metrics.insert(format!("{}.{what}", timing.name), value);
            put("count", json!(timing.count));
            put("per_second", json!(timing.per_second));
            put("p50_ms", json!(timing.p50_ms));
            put("p95_ms", json!(timing.p95_ms));
            put("p99_ms", json!(timing.p99_ms));
            put("max_ms", json!(timing.max_ms));
            put("unanswered", json!(timing.unanswered));
        }
        metrics.extend(self.figures.iter().map(|figure| (figure.name.clone(), json!(figure.value))));
        let units: Map<_, _> = self.figures.iter().map(|figure| (figure.name.clone(), json!(figure.unit))).collect();
        json!({
            "bench": self.bench,
            "items": self.items,
            "command": self.command,
            "date": self.date,
            "machine": self.machine.to_json(),
            "metrics": metrics,
            "units": units,
            "remarks": self.remarks,
        })
    }

    /// The timings as rows of a table, the head first.
    pub fn timing_rows(&self) -> Vec<[String; 7]> {
        let head = ["what", "requests", "per second", "p50 ms", "p95 ms", "p99 ms", "max ms"].map(str::to_owned);
        let row = |timing: &Timing| {
            let late =
                if timing.unanswered > 0 { format!(" ({} unanswered)", timing.unanswered) } else { String::new() };
            [
                timing.name.clone(),
                format!("{}{late}", timing.count),
                number(timing.per_second),
                number(timing.p50_ms),
                number(timing.p95_ms),
                number(timing.p99_ms),
                number(timing.max_ms),
            ]
        };
        std::iter::once(head).chain(self.timings.iter().map(row)).collect()
    }

    /// The other figures as rows of a table, the head first.
    pub fn figure_rows(&self) -> Vec<[String; 3]> {
        let head = ["what", "value", "unit"].map(str::to_owned);
        let row = |figure: &Figure| {
            [figure.name.clone(), figure.value.map_or_else(|| "n/a".to_owned(), number), figure.unit.to_owned()]
        };
        std::iter::once(head).chain(self.figures.iter().map(row)).collect()
    }
}

/// Three significant digits, no exponent.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table_and_flat_json() {
        let mut report = Report::new(Bench::Search, &Options::default());
        let timing = |name: &str, p50_ms: f64| Timing {
            name: name.to_owned(),
            count: 10,
            per_second: 1234.5,
            p50_ms,
            p95_ms: 2.0 * p50_ms,
            p99_ms: 3.0 * p50_ms,
            max_ms: 4.0 * p50_ms,
            unanswered: 0,
        };
        report.timings = vec![timing("words", 0.65), timing("tantivy", 0.5)];
        report.ratio("words", "tantivy");
        report.ratio("words", "not measured");
        assert_eq!(report.figure("words / tantivy p50"), Some(1.3));
        let json = report.to_json();
        assert_eq!(json["metrics"]["words.p50_ms"], 0.65);
        assert_eq!(json["metrics"]["words / tantivy p50"], 1.3);
        assert!(json["machine"]["cores"].as_u64().unwrap() >= 1);
        assert_eq!(report.timing_rows()[1], ["words", "10", "1234", "0.650", "1.30", "1.95", "2.60"]);
        assert_eq!(report.figure_rows().len(), 3);
    }
}
