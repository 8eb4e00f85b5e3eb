use std::fmt::Write;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::data::{Judged, JudgedQuery};
use super::run::{Answer, Run};
use crate::metrics;
use crate::report::{Bootstrap, Metric, Report, summarise};
use crate::statistics::{Comparison, Scores, compare};

/// What a search evaluation found.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchReport {
    /// The figures.
    pub report: Report,
    /// The figures of each query that has a relevant item.
    pub queries: Vec<QueryFigures>,
    /// The answers they were measured on.
    pub run: Run,
}

/// The figures of one query.
#[derive(Clone, PartialEq, Debug)]
pub struct QueryFigures {
    /// Its id.
    pub id: Arc<str>,
    /// What was typed.
    pub text: Arc<str>,
    /// Results in the answer.
    pub results: usize,
    /// Metric → value, in the order of the report.
    pub values: Vec<(String, f64)>,
}

/// Measures a run. An item is relevant where its gain is above 0: this is the reading of recall that the published BM25
/// figures of the ESCI slice agree with. Queries without a relevant item cannot be answered well or badly, and count for
/// the rate of empty answers alone; a query that the run lacks counts as answered by nothing.
pub fn evaluate_run(judged: &Judged, run: Run, method: &str, bootstrap: Bootstrap) -> SearchReport {
    let answers: FxHashMap<&str, &Answer> = run.answers.iter().map(|answer| (&*answer.query, answer)).collect();
    let mut scores = Scores::new(NAMES.map(str::to_owned).to_vec());
    let mut queries = Vec::new();
    let mut empty = 0;
    for query in &judged.queries {
        let items = answers.get(&*query.id).map(|answer| answer.items.as_slice()).unwrap_or_default();
        empty += usize::from(items.is_empty());
        if query.relevant() == 0 {
            continue;
        }
        let gains: Vec<f64> = items.iter().map(|(item, _)| query.gains.get(item).copied().unwrap_or(0.0)).collect();
        let row = measures(query, &gains);
        scores.push(&row);
        queries.push(QueryFigures {
            id: Arc::clone(&query.id),
            text: Arc::clone(&query.text),
            results: items.len(),
            values: NAMES.iter().map(|name| (*name).to_owned()).zip(row).collect(),
        });
    }
    let mut metrics = summarise(&scores, bootstrap);
    let rate = empty as f64 / judged.queries.len().max(1) as f64;
    metrics.push(Metric { name: "zero_result_rate".to_owned(), value: rate, interval: None });
    let left_out = judged.queries.len() - queries.len();
    let remark = format!("{left_out} queries without a relevant item are left out of all means but zero_result_rate");
    let report = Report {
        dataset: judged.dataset.clone(),
        protocol: "search".to_owned(),
        method: method.to_owned(),
        queries: queries.len(),
        metrics,
        remarks: if left_out > 0 { vec![remark] } else { Vec::new() },
    };
    SearchReport { report, queries, run }
}

const NAMES: [&str; 6] = ["ndcg@10", "ndcg@5", "ndcg@20", "mrr@10", "recall@100", "success@1"];

fn measures(query: &JudgedQuery, gains: &[f64]) -> [f64; NAMES.len()] {
    let judged: Vec<f64> = query.gains.values().copied().collect();
    [
        metrics::ndcg(gains, &judged, 10),
        metrics::ndcg(gains, &judged, 5),
        metrics::ndcg(gains, &judged, 20),
        metrics::reciprocal_rank(gains, 10),
        metrics::recall(gains, query.relevant(), 100),
        metrics::hit(gains, 1),
    ]
}

impl SearchReport {
    /// The figures of each query as a table parted by tabs, worst nDCG@10 first: where to look.
    pub fn per_query_tsv(&self) -> String {
        let mut queries: Vec<&QueryFigures> = self.queries.iter().collect();
        queries.sort_by(|a, b| a.values[0].1.total_cmp(&b.values[0].1));
        let mut text = format!("query_id\tquery\tresults\t{}\n", NAMES.join("\t"));
        for query in queries {
            let typed = query.text.replace(['\t', '\n', '\r'], " ");
            let values: Vec<String> = query.values.iter().map(|(_, value)| format!("{value:.4}")).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}\t{typed}\t{}\t{}", query.id, query.results, values.join("\t"));
        }
        text
    }

    /// The figures of each query as JSON, in order of the file.
    pub fn per_query_json(&self) -> Value {
        let one = |query: &QueryFigures| {
            let metrics: serde_json::Map<_, _> =
                query.values.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "id": &*query.id, "text": &*query.text, "results": query.results, "metrics": metrics })
        };
        Value::Array(self.queries.iter().map(one).collect())
    }
}

/// Compares two measured runs query by query, metric by metric.
///
/// # Panics
/// Where the two were not measured on the same queries.
pub fn compare_runs(first: &SearchReport, second: &SearchReport, bootstrap: Bootstrap) -> Vec<(String, Comparison)> {
    let ids = |report: &SearchReport| report.queries.iter().map(|query| Arc::clone(&query.id)).collect::<Vec<_>>();
    assert_eq!(ids(first), ids(second), "both runs are measured on the same queries");
    let column = |report: &SearchReport, place: usize| -> Vec<f64> {
        report.queries.iter().map(|query| query.values[place].1).collect()
    };
    // The randomisation test wants more draws than an interval: its p-value can be no smaller than one over them.
    let resamples = bootstrap.resamples.max(10_000);
    let one = |(place, name): (usize, &&str)| {
        ((*name).to_owned(), compare(&column(first, place), &column(second, place), resamples, bootstrap.seed))
    };
    NAMES.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::ItemId;

    fn id(text: &str) -> ItemId {
        ItemId::new(text).unwrap()
    }

    fn judged() -> Judged {
        let query = |name: &str, gains: &[(&str, f64)]| JudgedQuery {
            id: Arc::from(name),
            text: Arc::from(name),
            gains: gains.iter().map(|(item, gain)| (id(item), *gain)).collect(),
        };
        let queries = vec![
            query("tea", &[("a", 1.0), ("b", 0.1), ("c", 0.0)]),
            query("茶", &[("a", 1.0)]),
            query("nothing", &[("a", 0.0)]),
        ];
        Judged { dataset: "tiny".to_owned(), queries }
    }

    fn run(answers: &[(&str, &[&str])]) -> Run {
        let answer = |(query, items): &(&str, &[&str])| Answer {
            query: Arc::from(*query),
            items: items.iter().map(|item| (id(item), 1.0)).collect(),
        };
        Run { answers: answers.iter().map(answer).collect() }
    }

    #[test]
    fn a_run_is_measured_by_hand() {
        let measured = evaluate_run(&judged(), run(&[("tea", &["b", "x", "a"])]), "words", Bootstrap::default());
        let value = |name: &str| measured.report.metric(name).unwrap().value;
        let ndcg = (0.1 + 1.0 / 2.0) / (1.0 + 0.1 / 3f64.log2());
        assert!((value("ndcg@10") - ndcg / 2.0).abs() < 1e-12);
        assert_eq!((value("recall@100"), value("mrr@10"), value("success@1")), (0.5, 0.5, 0.5));
        assert!((value("zero_result_rate") - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((measured.report.queries, measured.report.remarks.len()), (2, 1));
        assert!(measured.per_query_tsv().lines().nth(1).unwrap().starts_with("茶\t茶\t0\t0.0000"));
        assert_eq!(measured.per_query_json()[0]["metrics"]["recall@100"], 1.0);
    }

    #[test]
    fn runs_are_compared_query_by_query() {
        let better = evaluate_run(&judged(), run(&[("tea", &["a", "b"]), ("茶", &["a"])]), "b", Bootstrap::default());
        let worse = evaluate_run(&judged(), run(&[("tea", &["b", "a"]), ("茶", &["a"])]), "a", Bootstrap::default());
        let compared = compare_runs(&worse, &better, Bootstrap::default());
        let (name, comparison) = &compared[0];
        assert_eq!((name.as_str(), comparison.better, comparison.worse), ("ndcg@10", 1, 0));
        assert!(comparison.difference > 0.0 && comparison.p_value > 0.5);
    }
}
