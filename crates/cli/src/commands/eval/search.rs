//! `mercato eval search` and `mercato eval compare`.

use std::sync::Arc;

use anyhow::Result;
use engine::Progress as Done;
use eval::{Judged, Run, SearchOptions};
use serde_json::{Map, Value, json};
use types::{ReadingStep, RetrievalMethod, Understanding};

use crate::args::{EvalCompare, EvalSearch};
use crate::config::Config;
use crate::failure::user;
use crate::output;
use crate::progress::Progress;

/// Evaluates search.
pub(crate) fn run(args: &EvalSearch, config: &Config) -> Result<()> {
    let options = options(args, config)?;
    if args.ablation {
        return ablation(args, options, config);
    }
    let mut progress = Progress::new("embedding", "items", None);
    let found = eval::evaluate_search(&args.dir, &options, &mut |done: Done| {
        progress.set_total(done.total);
        progress.set(done.done);
        true
    })?;
    progress.finish();
    if let Some(path) = &args.run {
        found.run.write(path)?;
    }
    if let Some(path) = &args.per_query {
        fs_err::write(path, found.per_query_tsv())?;
    }
    if config.json {
        return output::json(&found.report.to_json());
    }
    let report = &found.report;
    output::line(&format!("{} by {}, {} queries", report.dataset, report.method, report.queries))?;
    let mut rows = vec![["figure", "value", "95 % interval"].map(str::to_owned).to_vec()];
    rows.extend(report.rows().into_iter().map(Vec::from));
    output::table(rows)?;
    report.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    Ok(())
}

/// Evaluates with everything understood, with nothing, and without each step, and compares each with everything.
fn ablation(args: &EvalSearch, mut options: SearchOptions, config: &Config) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    options.keep.get_or_insert_with(|| temporary.path().to_path_buf());
    let measure = |off: Vec<ReadingStep>| -> Result<_> {
        let understanding = Understanding { off, without: Vec::new() };
        let mut progress = Progress::new("embedding", "items", None);
        let options = SearchOptions { understanding, ..options.clone() };
        let found = eval::evaluate_search(&args.dir, &options, &mut |done: Done| {
            progress.set_total(done.total);
            progress.set(done.done);
            true
        })?;
        progress.finish();
        Ok(found)
    };
    let all = measure(Vec::new())?;
    let mut cases = vec![("nothing understood".to_owned(), measure(ReadingStep::ALL.to_vec())?)];
    for step in ReadingStep::ALL {
        cases.push((format!("without {}", step.name()), measure(vec![*step])?));
    }
    let mut rows =
        vec![["case", "figure", "value", "everything gains", "95 % interval", "p"].map(str::to_owned).to_vec()];
    let mut documents = Vec::new();
    for (case, found) in &cases {
        for (figure, compared) in eval::compare_runs(found, &all, super::bootstrap(args.bootstrap)) {
            documents.push(json!({
                "case": case, "figure": figure, "value": compared.first, "everything": compared.second,
                "gain": compared.difference, "interval": [compared.interval.0, compared.interval.1], "p_value": compared.p_value,
            }));
            rows.push(vec![
                case.clone(),
                figure,
                format!("{:.4}", compared.first),
                format!("{:+.4}", compared.difference),
                format!("[{:+.4}, {:+.4}]", compared.interval.0, compared.interval.1),
                format!("{:.3}", compared.p_value),
            ]);
        }
    }
    if config.json {
        return output::json(&json!({ "everything": all.report.to_json(), "cases": documents }));
    }
    output::line(&format!("{} by {}, {} queries", all.report.dataset, all.report.method, all.report.queries))?;
    let mut head = vec![["everything understood", "value", "95 % interval"].map(str::to_owned).to_vec()];
    head.extend(all.report.rows().into_iter().map(Vec::from));
    output::table(head)?;
    output::table(rows)
}

/// Which steps are left out.
fn understanding(off: &[String]) -> Result<Understanding> {
    if off.iter().any(|step| step == "all") {
        return Ok(Understanding::none());
    }
    let step = |name: &String| {
        let known: Vec<&str> = ReadingStep::ALL.iter().map(|step| step.name()).collect();
        let wrong = || user(format!("--off: expected {} or all, got {name}", known.join(", ")));
        ReadingStep::from_name(name).ok_or_else(wrong)
    };
    Ok(Understanding { off: off.iter().map(step).collect::<Result<_>>()?, without: Vec::new() })
}

fn options(args: &EvalSearch, config: &Config) -> Result<SearchOptions> {
    let method = RetrievalMethod::from_name(&args.method)
        .ok_or_else(|| user(format!("--method: expected hybrid, lexical or dense, got {}", args.method)))?;
    let mut options = SearchOptions::new(method);
    options.retrieval.weights = args.weights.iter().map(|weight| read_weight(weight)).collect::<Result<_>>()?;
    if let Some(path) = &args.settings {
        let bytes = fs_err::read(path).map_err(|error| user(error.to_string()))?;
        options.settings = formats::json::settings_from_json(&formats::json::parse(&bytes)?)?;
    }
    if !(1..=1000).contains(&args.limit) {
        return Err(user(format!("--limit: expected 1 to 1000, got {}", args.limit)));
    }
    options.understanding = understanding(&args.off)?;
    options.limit = args.limit;
    options.models_dir = config.models_dir.clone();
    options.threads = config.threads;
    options.keep = args.keep.clone();
    options.bootstrap = super::bootstrap(args.bootstrap);
    Ok(options)
}

fn read_weight(text: &str) -> Result<(Arc<str>, f32)> {
    let wrong = || user(format!("--weight: expected a retriever and its weight such as words=0.5, got {text}"));
    let (retriever, weight) = text.split_once('=').ok_or_else(wrong)?;
    let weight: f32 = weight.parse().map_err(|_| wrong())?;
    if weight.is_finite() && weight >= 0.0 { Ok((Arc::from(retriever), weight)) } else { Err(wrong()) }
}

/// Compares two runs.
pub(crate) fn compare(args: &EvalCompare, config: &Config) -> Result<()> {
    let judged = Judged::load(&args.dir)?;
    let bootstrap = super::bootstrap(args.bootstrap);
    let measure = |path: &std::path::Path| -> Result<_> {
        Ok(eval::evaluate_run(&judged, Run::read(path)?, &path.display().to_string(), bootstrap))
    };
    let (first, second) = (measure(&args.first)?, measure(&args.second)?);
    let compared = eval::compare_runs(&first, &second, bootstrap);
    if config.json {
        let metrics: Map<String, Value> = compared
            .iter()
            .map(|(name, found)| {
                let document = json!({
                    "first": found.first, "second": found.second, "difference": found.difference,
                    "interval": [found.interval.0, found.interval.1], "p_value": found.p_value,
                    "better": found.better, "worse": found.worse,
                });
                (name.clone(), document)
            })
            .collect();
        return output::json(&json!({ "queries": first.report.queries, "comparisons": metrics }));
    }
    let head = ["figure", "first", "second", "difference", "95 % interval", "p", "better", "worse"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(compared.into_iter().map(|(name, found)| {
        vec![
            name,
            format!("{:.4}", found.first),
            format!("{:.4}", found.second),
            format!("{:+.4}", found.difference),
            format!("[{:+.4}, {:+.4}]", found.interval.0, found.interval.1),
            format!("{:.4}", found.p_value),
            found.better.to_string(),
            found.worse.to_string(),
        ]
    }));
    output::table(rows)
}
