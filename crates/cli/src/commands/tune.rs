//! `mercato tune search`: better numbers for searches, or the word that there are none.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use engine::SystemClock;
use eval::tune::{Measure, NumberGroup, TuneChange, TuneError, TuneFold, TuneOptions, TuneReport};
use eval::{Judged, SearchOptions};
use serde_json::{Value, json};
use types::{Clock as _, RetrievalMethod, Settings};

use crate::args::{Tune, TuneSearch};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;
use crate::progress::Steps;

/// Runs the command.
pub(crate) fn run(args: &Tune, config: &Config) -> Result<()> {
    match args {
        Tune::Search(args) => search(args, config),
        Tune::Recommend(args) => super::tune_recommend::run(args, config),
    }
}

fn search(args: &TuneSearch, config: &Config) -> Result<()> {
    let options = options(args, config)?;
    let stopped = Arc::new(AtomicBool::new(false));
    crate::interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let mut shown = Steps::new(stopped);
    let dir = Path::new(&args.what);
    let (report, settings) = if dir.is_dir() {
        of_folder(args, dir, &options, &mut shown)?
    } else {
        of_shop(args, &options, &mut shown, config)?
    };
    shown.end();
    if let (Some(path), Some(settings)) = (&args.out, &settings) {
        fs_err::write(path, format!("{:#}\n", formats::json::settings_to_json(settings)))?;
    }
    let applied = args.apply && settings.is_some();
    if config.json {
        return output::json(&document(&report, settings.as_ref(), applied));
    }
    print(&report, args, applied)
}

type Tuned = (TuneReport, Option<Settings>);

fn of_folder(args: &TuneSearch, dir: &Path, options: &TuneOptions, shown: &mut Steps) -> Result<Tuned> {
    if args.apply || args.judgements.is_some() {
        return Err(user("--apply and --judgements go with a shop; write a folder's settings to a file with --out"));
    }
    eval::tune::tune_set(dir, options, &mut |step, done, total| shown.show_units(step, done, total)).map_err(told)
}

fn of_shop(args: &TuneSearch, options: &TuneOptions, shown: &mut Steps, config: &Config) -> Result<Tuned> {
    if args.settings.is_some() || args.keep.is_some() {
        return Err(user("--settings and --keep go with a folder; a shop has its own"));
    }
    let data = Data::open(config)?;
    let shop = data.shop(&args.what)?;
    shop.wait_until_current(&mut |done| shown.show_units("embedding", done.done, done.total))?;
    let mut watch = |step: &str, done: u64, total: u64| shown.show_units(step, done, total);
    let judged = match &args.judgements {
        Some(dir) => Judged::load(dir)?,
        None => eval::tune::clicks(&shop, &mut watch).map_err(told)?,
    };
    let report = eval::tune::tune_shop(&shop, judged, SystemClock.now(), options, &mut watch).map_err(told)?;
    let settings = report.tuned.as_ref().map(|tuning| shop.tuned_settings(tuning)).transpose()?;
    if let Some(settings) = settings.as_ref().filter(|_| args.apply) {
        shop.set_settings(settings.clone())?;
    }
    Ok((report, settings))
}

fn told(error: TuneError) -> anyhow::Error {
    match error {
        TuneError::Stopped(_) | TuneError::TooFew { .. } => user(error.to_string()),
        TuneError::Eval(error) => error.into(),
        TuneError::Engine(error) => error.into(),
    }
}

fn options(args: &TuneSearch, config: &Config) -> Result<TuneOptions> {
    let method = RetrievalMethod::from_name(&args.method)
        .ok_or_else(|| user(format!("--method: expected hybrid, lexical or dense, got {}", args.method)))?;
    let mut search = SearchOptions::new(method);
    if let Some(path) = &args.settings {
        let bytes = fs_err::read(path).map_err(|error| user(error.to_string()))?;
        search.settings = formats::json::settings_from_json(&formats::json::parse(&bytes)?)?;
    }
    search.models_dir.clone_from(&config.models_dir);
    search.threads = config.threads;
    search.keep.clone_from(&args.keep);
    let group = |name: &String| {
        let known = NumberGroup::ALL.map(NumberGroup::name).join(", ");
        NumberGroup::from_name(name).ok_or_else(|| user(format!("--only: expected {known}, got {name}")))
    };
    let mut groups = args.only.iter().map(group).collect::<Result<Vec<_>>>()?;
    if groups.is_empty() {
        groups = NumberGroup::ALL.to_vec();
    }
    let measure = |name: &String| {
        Measure::from_name(name).ok_or_else(|| user(format!("--measure: expected ndcg@10 or mrr@10, got {name}")))
    };
    if !(2..=20).contains(&args.folds) {
        return Err(user(format!("--folds: expected 2 to 20, got {}", args.folds)));
    }
    let measure = args.measure.as_ref().map(measure).transpose()?;
    Ok(TuneOptions { search, folds: args.folds, groups, measure, seed: args.seed })
}

fn print(report: &TuneReport, args: &TuneSearch, applied: bool) -> Result<()> {
    let TuneReport { dataset, method, measure, queries, tried, .. } = report;
    output::line(&format!("{dataset} by {method}, {queries} queries, {measure}; {tried} settings tried"))?;
    let mut rows =
        vec![["fold", "queries", "before", "after", "gain", "95 % interval", "changes"].map(str::to_owned).to_vec()];
    rows.extend(report.folds.iter().zip(1..).map(|(fold, at)| fold_row(fold, at)));
    let all = &report.held_out;
    let mut last = vec!["held out".to_owned(), queries.to_string()];
    last.extend(compared(all.first, all.second, all.difference, all.interval));
    last.push(format!("p {:.3}", all.p_value));
    rows.push(last);
    output::table(rows)?;
    report.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    if report.changes.is_empty() {
        return output::line("No change is better than noise: nothing was changed.");
    }
    let head = ["number", "before", "after", "in the folds", "gain on all queries", "95 % interval"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(report.changes.iter().map(change_row));
    output::table(rows)?;
    output::line(match (applied, &args.out) {
        (true, _) => "These numbers are in force now.",
        (false, Some(_)) => "The settings with these numbers were written; no shop was changed.",
        (false, None) => "Nothing was changed: --apply puts these numbers in force, --out writes them to a file.",
    })
}

fn fold_row(fold: &TuneFold, at: usize) -> Vec<String> {
    let held_out = &fold.held_out;
    let changes = fold.changes.iter().map(|(name, before, after)| format!("{name} {before} → {after}"));
    let mut row = vec![at.to_string(), fold.queries.to_string()];
    row.extend(compared(held_out.first, held_out.second, held_out.difference, held_out.interval));
    row.push(changes.collect::<Vec<_>>().join(", "));
    row
}

fn compared(before: f64, after: f64, gain: f64, interval: (f64, f64)) -> [String; 4] {
    let interval = format!("[{:+.4}, {:+.4}]", interval.0, interval.1);
    [format!("{before:.4}"), format!("{after:.4}"), format!("{gain:+.4}"), interval]
}

fn change_row(change: &TuneChange) -> Vec<String> {
    let folds: Vec<String> = change.in_folds.iter().map(ToString::to_string).collect();
    vec![
        change.name.clone(),
        change.before.to_string(),
        change.after.to_string(),
        folds.join(" "),
        format!("{:+.4}", change.gain),
        format!("[{:+.4}, {:+.4}]", change.interval.0, change.interval.1),
    ]
}

fn document(report: &TuneReport, settings: Option<&Settings>, applied: bool) -> Value {
    let compared = |found: &eval::statistics::Comparison| {
        json!({
            "before": found.first, "after": found.second, "gain": found.difference,
            "interval": [found.interval.0, found.interval.1], "p_value": found.p_value,
        })
    };
    let fold = |fold: &TuneFold| {
        let changes =
            fold.changes.iter().map(|(name, before, after)| json!({ "name": name, "before": before, "after": after }));
        json!({ "queries": fold.queries, "held_out": compared(&fold.held_out), "changes": changes.collect::<Vec<_>>() })
    };
    let change = |change: &TuneChange| {
        json!({
            "name": change.name, "before": change.before, "after": change.after, "in_folds": change.in_folds,
            "gain": change.gain, "interval": [change.interval.0, change.interval.1],
        })
    };
    json!({
        "dataset": report.dataset, "method": report.method, "measure": report.measure, "queries": report.queries,
        "tried": report.tried, "folds": report.folds.iter().map(fold).collect::<Vec<_>>(),
        "held_out": compared(&report.held_out), "better_than_noise": report.tuned.is_some(),
        "changes": report.changes.iter().map(change).collect::<Vec<_>>(),
        "settings": settings.map(formats::json::settings_to_json), "applied": applied, "remarks": report.remarks,
    })
}
