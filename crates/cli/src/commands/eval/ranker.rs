//! `mercato eval ranker`: what a trained ranker gains on judged queries.

use anyhow::Result;
use engine::Progress as Done;
use eval::SearchOptions;
use eval::rank::RankerOptions;
use serde_json::Value;
use types::RetrievalMethod;

use crate::args::EvalRanker;
use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Cross-validates.
pub(crate) fn run(args: &EvalRanker, config: &Config) -> Result<()> {
    let method = RetrievalMethod::from_name(&args.method)
        .ok_or_else(|| user(format!("--method: expected hybrid, lexical or dense, got {}", args.method)))?;
    if !(2..=100).contains(&args.folds) {
        return Err(user(format!("--folds: expected 2 to 100, got {}", args.folds)));
    }
    let search = SearchOptions {
        models_dir: config.models_dir.clone(),
        threads: config.threads,
        keep: args.keep.clone(),
        ..SearchOptions::new(method)
    };
    let options = RankerOptions {
        folds: args.folds,
        method,
        seed: args.bootstrap.seed,
        bootstrap: super::bootstrap(args.bootstrap),
        ..RankerOptions::default()
    };
    let mut progress = Progress::new("embedding", "items", None);
    let report = eval::rank::evaluate_ranker(&args.dir, &search, &options, &mut |done: Done| {
        progress.set_total(done.total);
        progress.set(done.done);
        true
    })?;
    progress.finish();
    let report = report.to_json();
    if config.json { output::json(&report) } else { show(&report) }
}

/// Prints what was found.
pub(crate) fn show(report: &Value) -> Result<()> {
    let head = ["ndcg@10", "cases", "untrained", "trained", "difference", "95 % interval", "p"];
    let mut rows =
        vec![head.map(str::to_owned).to_vec(), row("all", &report["cases"], &report["ndcg@10"], "untrained")];
    for segment in report["segments"].as_array().into_iter().flatten() {
        let name = segment["name"].as_str().unwrap_or_default();
        rows.push(row(name, &segment["cases"], &segment["ndcg@10"], "untrained"));
    }
    if !report["against_current"].is_null() {
        rows.push(row("what is in force, as untrained", &Value::Null, &report["against_current"], "in_force"));
    }
    output::table(rows)?;
    let tried: Vec<&Value> = report["tried"].as_array().into_iter().flatten().collect();
    if !tried.is_empty() {
        let mut rows = vec![["way of training", "ndcg@10", "± to untrained"].map(str::to_owned).to_vec()];
        rows.extend(tried.into_iter().map(|tried| {
            let name = tried["name"].as_str().unwrap_or_default().to_owned();
            vec![name, number(&tried["ndcg@10"], 4), number(&tried["error"], 4)]
        }));
        output::table(rows)?;
    }
    let remarks = report["remarks"].as_array().into_iter().flatten().filter_map(Value::as_str);
    remarks.for_each(|remark| output::note(&format!("note: {remark}")));
    output::line(&format!("{} than the untrained ranker", report["verdict"].as_str().unwrap_or_default()))
}

/// A comparison in a row; `before` is what the first of both is called.
fn row(name: &str, cases: &Value, of: &Value, before: &str) -> Vec<String> {
    let signed = |value: &Value| format!("{:+.4}", value.as_f64().unwrap_or_default());
    vec![
        name.to_owned(),
        cases.as_u64().map(output::grouped).unwrap_or_default(),
        number(&of[before], 4),
        number(&of["trained"], 4),
        signed(&of["difference"]),
        format!("[{}, {}]", signed(&of["interval"][0]), signed(&of["interval"][1])),
        number(&of["p_value"], 3),
    ]
}

fn number(value: &Value, places: usize) -> String {
    format!("{:.places$}", value.as_f64().unwrap_or_default())
}
