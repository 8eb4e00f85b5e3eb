//! `mercato tune recommend`: better hyper-parameters of a recommender, or the word that there are none.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use engine::trained_kind;
use eval::Protocol;
use eval::recommend::{Trial, TuneRecommendOptions, TuneRecommendReport, tune_recommend_folder, tune_recommend_shop};

use crate::args::TuneRecommend;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::progress::Steps;
use crate::{interrupt, output};

/// Runs the command.
pub(crate) fn run(args: &TuneRecommend, config: &Config) -> Result<()> {
    let options = TuneRecommendOptions {
        trials: args.trials,
        minutes: args.minutes,
        cases: args.cases,
        seed: args.seed,
        memory: args.memory.map(|mib| mib << 20),
        journal: args.out.clone(),
        ..TuneRecommendOptions::new(&args.model)
    };
    let stopped = Arc::new(AtomicBool::new(false));
    interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let mut steps = Steps::new(stopped);
    let mut watch = |step: &str, done: f64| steps.show(step, done);
    let report = match (&args.dir, &args.shop) {
        (Some(dir), _) => {
            let protocol = Protocol::from_name(args.protocol.as_deref().unwrap_or_default())?;
            tune_recommend_folder(dir, protocol, &options, &mut watch)
        }
        (None, Some(shop)) => {
            let kind = trained_kind(&args.kind)?;
            let data = Data::open(config)?;
            tune_recommend_shop(&*data.shop(shop)?, kind, args.holdout_days, &options, &mut watch)
        }
        (None, None) => return Err(user("name a folder, or a shop with --shop")),
    };
    steps.end();
    let report = report?;
    if config.json {
        return output::json(&report.to_json());
    }
    print(&report)
}

fn print(report: &TuneRecommendReport) -> Result<()> {
    let TuneRecommendReport { dataset, protocol, model, measure, cases, .. } = report;
    output::line(&format!("{model} on {dataset}, {protocol}, {cases} cases of the validation part"))?;
    let head = ["trial", "users", measure, "seconds", "hyper-parameters"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(report.trials.iter().map(row));
    output::table(rows)?;
    report.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    let (Some(best), Some(found)) = (report.best(), &report.against_default) else {
        return output::line("Nothing was better than the defaults.");
    };
    let (low, high) = found.interval;
    output::line(&format!(
        "The best against the defaults: {measure} {:+.4} [{low:+.4}, {high:+.4}]",
        found.difference
    ))?;
    if !report.is_better_than_noise() {
        return output::line("That may be noise: keep the defaults.");
    }
    let flags: Vec<String> = best.chosen.iter().map(|(name, value)| format!("--set {model}.{name}={value}")).collect();
    output::line(&format!("Better by more than noise: {}", flags.join(" ")))
}

fn row(trial: &Trial) -> Vec<String> {
    let chosen: Vec<String> = trial.chosen.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let chosen = if trial.number == 0 { "defaults".to_owned() } else { chosen.join(", ") };
    vec![
        trial.number.to_string(),
        format!("{:.0} %", 100.0 * trial.share),
        trial.found.as_ref().map_or_else(|_| "failed".to_owned(), |value| format!("{value:.4}")),
        format!("{:.1}", trial.seconds),
        match &trial.found {
            Ok(_) => chosen,
            Err(error) => format!("{chosen}: {error}"),
        },
    ]
}
