use serde_json::{Value, json};

use crate::statistics::Scores;

/// What an evaluation found, as plain figures.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The data evaluated on.
    pub dataset: String,
    /// How: `search`, or a recommendation protocol.
    pub protocol: String,
    /// What was evaluated: a retrieval method or a model.
    pub method: String,
    /// Cases averaged over: queries, users or sessions.
    pub queries: usize,
    /// The figures, most important first.
    pub metrics: Vec<Metric>,
    /// What a reader must know to read the figures right.
    pub remarks: Vec<String>,
}

/// One figure.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// Its flat name, such as `ndcg@10`.
    pub name: String,
    /// Its mean over all cases.
    pub value: f64,
    /// 95 % interval of the mean; `None` for figures that are no means over cases.
    pub interval: Option<(f64, f64)>,
}

/// How intervals are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bootstrap {
    /// Times the cases are drawn anew.
    pub resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1_000, seed: 1 }
    }
}

impl Report {
    /// The figure called `name`.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The report as JSON: `metrics` and `intervals` are flat objects by metric name.
    pub fn to_json(&self) -> Value {
        let metrics: serde_json::Map<_, _> =
            self.metrics.iter().map(|metric| (metric.name.clone(), json!(metric.value))).collect();
        let interval = |metric: &Metric| metric.interval.map(|(low, high)| (metric.name.clone(), json!([low, high])));
        let intervals: serde_json::Map<_, _> = self.metrics.iter().filter_map(interval).collect();
        json!({
            "dataset": self.dataset,
            "protocol": self.protocol,
            "method": self.method,
            "queries": self.queries,
            "metrics": metrics,
            "intervals": intervals,
            "remarks": self.remarks,
        })
    }

    /// Rows for a table in the terminal: name, value, interval.
    pub fn rows(&self) -> Vec<[String; 3]> {
        self.metrics.iter().map(Metric::row).collect()
    }
}

impl Metric {
    /// A row for a table in the terminal: name, value, interval.
    pub fn row(&self) -> [String; 3] {
        [self.name.clone(), figure(self.value), span(self.interval)]
    }
}

/// Rows for a table that sets reports side by side: the first row is the head, then one row a report with its method and
/// the figures called `names`, each with its interval.
pub fn side_by_side(reports: &[Report], names: &[&str]) -> Vec<Vec<String>> {
    let head = std::iter::once("method").chain(names.iter().copied()).map(str::to_owned).collect();
    let cell = |report: &Report, name: &str| {
        report.metric(name).map_or_else(
            || String::from("-"),
            |metric| {
                let span = span(metric.interval);
                if span.is_empty() { figure(metric.value) } else { format!("{} {span}", figure(metric.value)) }
            },
        )
    };
    let row = |report: &Report| {
        std::iter::once(report.method.clone()).chain(names.iter().map(|name| cell(report, name))).collect()
    };
    std::iter::once(head).chain(reports.iter().map(row)).collect()
}

/// Means with their intervals.
pub(crate) fn summarise(scores: &Scores, bootstrap: Bootstrap) -> Vec<Metric> {
    let intervals = scores.intervals(bootstrap.resamples, bootstrap.seed);
    let named = scores.names().iter().zip(scores.means()).zip(intervals);
    named.map(|((name, value), interval)| Metric { name: name.clone(), value, interval: Some(interval) }).collect()
}

fn figure(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.4}") } else { format!("{value:.1}") }
}

fn span(interval: Option<(f64, f64)>) -> String {
    interval.map_or_else(String::new, |(low, high)| format!("[{}, {}]", figure(low), figure(high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let metric = |name: &str, value, interval| Metric { name: name.to_owned(), value, interval };
        Report {
            dataset: "amazon".to_owned(),
            protocol: "search".to_owned(),
            method: "hybrid".to_owned(),
            queries: 2,
            metrics: vec![metric("ndcg@10", 0.625, Some((0.5, 0.75))), metric("coverage@10", 0.25, None)],
            remarks: Vec::new(),
        }
    }

    #[test]
    fn json_is_flat() {
        let expected = r#"{"dataset":"amazon","intervals":{"ndcg@10":[0.5,0.75]},"method":"hybrid","metrics":{"coverage@10":0.25,"ndcg@10":0.625},"protocol":"search","queries":2,"remarks":[]}"#;
        let value: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(report().to_json(), value);
    }

    #[test]
    fn tables_have_a_row_a_figure_or_a_row_a_report() {
        assert_eq!(report().rows()[0], ["ndcg@10", "0.6250", "[0.5000, 0.7500]"]);
        let table = side_by_side(&[report()], &["ndcg@10", "coverage@10", "hr@10"]);
        assert_eq!(
            table,
            [
                vec!["method", "ndcg@10", "coverage@10", "hr@10"],
                vec!["hybrid", "0.6250 [0.5000, 0.7500]", "0.2500", "-"],
            ]
        );
    }
}
