//! `mercato eval ranker`: what a trained ranker gains on judged queries.

use anyhow::Result;
use engine::Progress as Done;
use eval::SearchOptions;
use eval::rank::{RankerOptions, RankerReport};
use eval::statistics::Comparison;
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
    if config.json { output::json(&report.to_json()) } else { show(&report) }
}

/// Prints what was found.
pub(crate) fn show(report: &RankerReport) -> Result<()> {
    let head = ["ndcg@10", "cases", "untrained", "trained", "difference", "95 % interval", "p"];
    let row = |name: &str, cases: usize, of: &Comparison| {
        vec![
            name.to_owned(),
            output::grouped(cases as u64),
            format!("{:.4}", of.first),
            format!("{:.4}", of.second),
            format!("{:+.4}", of.difference),
            format!("[{:+.4}, {:+.4}]", of.interval.0, of.interval.1),
            format!("{:.3}", of.p_value),
        ]
    };
    let mut rows = vec![head.map(str::to_owned).to_vec(), row("all", report.cases, &report.compared)];
    rows.extend(report.segments.iter().map(|segment| row(segment.name, segment.cases, &segment.compared)));
    output::table(rows)?;
    if !report.tried.is_empty() {
        let mut rows = vec![["way of training", "ndcg@10", "± to untrained"].map(str::to_owned).to_vec()];
        rows.extend(
            report
                .tried
                .iter()
                .map(|tried| vec![tried.name.clone(), format!("{:.4}", tried.ndcg), format!("{:.4}", tried.error)]),
        );
        output::table(rows)?;
    }
    report.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    output::line(&format!("{} than the untrained ranker", report.verdict()))
}
