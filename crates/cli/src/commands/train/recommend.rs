//! `mercato train recommend`: trains recommenders of a shop, lists them, puts them in force and takes them back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use engine::{TrainingOrder, trained_kind};
use serde_json::{Value, json};
use train::run::{Chart, Curve, Estimate, Intervals};
use types::RecommendKind;

use super::at_server::at_server;
use super::chosen_promotion;
use crate::api::{Api, path_part};
use crate::args::TrainRecommend;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::progress::Steps;
use crate::{interrupt, output, plots};

/// Figures that stand side by side.
const COMPARED: [&str; 5] = ["ndcg@10", "hr@10", "recall@20", "mrr@10", "coverage@10"];

/// Runs the command.
pub(crate) fn run(args: &TrainRecommend, config: &Config) -> Result<()> {
    let order = order(args)?;
    let path = format!("/v1/{}/recommenders", path_part(&args.shop));
    if args.list || args.put_in_force.is_some() || args.roll_back || args.show.is_some() {
        let api = Api::open(config, &args.remote)?;
        if let Some(version) = args.show {
            let kept = kept(&api.call("GET", &path, None)?, order.kind, version)?;
            args.report.as_deref().map_or(Ok(()), |folder| write(&kept, folder, config))?;
            return show_kept(&kept, config);
        }
        return match args.put_in_force {
            _ if args.list => list(&api.call("GET", &path, None)?, config),
            Some(version) => {
                let body = json!({ "kind": order.kind.name(), "version": version });
                told(&api.call("POST", &format!("{path}/promote"), Some(&body))?, config)
            }
            None => {
                let body = json!({ "kind": order.kind.name() });
                told(&api.call("POST", &format!("{path}/roll-back"), Some(&body))?, config)
            }
        };
    }
    // What is typed wrong is told before anything is opened.
    order.methods()?;
    let stopped = Arc::new(AtomicBool::new(false));
    interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let mut steps = Steps::new(stopped);
    let report = match args.remote.url.as_ref().or(config.url.as_ref()) {
        Some(_) => at_server(&Api::open(config, &args.remote)?, &format!("{path}/train"), &body(&order), &mut steps)?,
        None => {
            let data = Data::open(config)?;
            let shop = data.shop(&args.shop)?;
            let trained = eval::recommend::train_shop(&shop, &order, &mut |step, done| steps.show(step, done));
            steps.end();
            if trained.as_ref().is_err_and(eval::Error::is_cancelled) {
                output::note("the same command goes on from the last checkpoint, within a day of the beginning");
            }
            trained?.to_json()
        }
    };
    if let Some(folder) = &args.report {
        let version = report["version"].as_u64().unwrap_or_default() as u32;
        let answer = Api::open(config, &args.remote)?.call("GET", &path, None)?;
        write(&kept(&answer, order.kind, version)?, folder, config)?;
    }
    show(&report, args, config)
}

/// A version with the report of its training.
fn kept(answer: &Value, kind: RecommendKind, version: u32) -> Result<Value> {
    let mut kinds = answer["kinds"].as_array().into_iter().flatten();
    let versions = kinds.find(|known| known["kind"] == kind.name()).and_then(|known| known["versions"].as_array());
    let mut versions = versions.into_iter().flatten();
    let found = versions.find(|known| known["version"] == version).cloned();
    found.ok_or_else(|| user(format!("there is no version {version} of the recommender for {}", kind.name())))
}

/// Writes the report and its plots.
fn write(kept: &Value, folder: &Path, config: &Config) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    let report = folder.join("report.json");
    fs_err::write(&report, serde_json::to_string_pretty(kept)?)?;
    let mut files = vec![report];
    let compared = compared_plot(kept);
    if !compared.rows.is_empty() {
        files.push(folder.join("compared.svg"));
        plots::draw(&folder.join("compared.svg"), || compared.svg(), || compared.png())?;
    }
    if let Some(losses) = losses(kept) {
        files.push(folder.join("loss.svg"));
        plots::draw(&folder.join("loss.svg"), || losses.svg(), || losses.png())?;
    }
    if !config.json {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        output::note(&format!("written: {}", names.join(", ")));
    }
    Ok(())
}

/// The figure that decided, of everything that was compared.
fn compared_plot(kept: &Value) -> Intervals {
    let evaluation = &kept["report"]["evaluation"];
    let measure = evaluation["measure"].as_str().unwrap_or(COMPARED[0]);
    let row = |row: &Value| {
        let name = format!("{} ({})", row["name"].as_str()?, row["role"].as_str()?);
        let interval = &row["figures"]["intervals"][measure];
        let interval = interval[0].as_f64().zip(interval[1].as_f64());
        Some(Estimate { name, value: row["figures"]["metrics"][measure].as_f64()?, interval })
    };
    let rows = evaluation["compared"].as_array().into_iter().flatten().filter_map(row).collect();
    Intervals { title: measure.to_owned(), rows }
}

/// The losses of its training, for methods that have one.
fn losses(kept: &Value) -> Option<Chart> {
    let point = |point: &Value| Some((point[0].as_f64()?, point[1].as_f64()?));
    let points: Vec<(f64, f64)> = kept["report"]["losses"].as_array()?.iter().filter_map(point).collect();
    let name = kept["model"].as_str().unwrap_or_default().to_owned();
    let chart = Chart { title: "loss".to_owned(), across: "done".to_owned(), curves: vec![Curve { name, points }] };
    (!chart.curves[0].points.is_empty()).then_some(chart)
}

/// How a version was trained, and what it was compared with.
fn show_kept(kept: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(kept);
    }
    let report = &kept["report"];
    let mut rows = vec![["what", "value"].map(str::to_owned).to_vec()];
    let short = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut put = |name: &str, value: String| rows.push(vec![name.to_owned(), value]);
    put("model", short(&kept["model"]));
    put("trained", time(kept["made_ms"].as_i64().unwrap_or(0)));
    put("in force", if kept["in_force"].as_bool().unwrap_or(false) { "yes" } else { "no" }.to_owned());
    put("size", output::bytes(kept["bytes"].as_u64().unwrap_or(0)));
    for name in ["items", "users", "interactions", "seconds", "threads", "seed", "data", "catalogue", "program"] {
        put(name, short(&report[name]));
    }
    put("memory planned", output::bytes(report["memory_planned_bytes"].as_u64().unwrap_or(0)));
    for (name, value) in report["parameters"].as_object().into_iter().flatten() {
        put(name, short(value));
    }
    output::table(rows)?;
    show_compared(&report["evaluation"])?;
    losses(kept).map_or(Ok(()), |chart| output::line(&chart.text(72, 10)))
}

fn order(args: &TrainRecommend) -> Result<TrainingOrder> {
    let is_for_carts = args.models.iter().all(|name| name == RecommendKind::BoughtTogether.name());
    let kind = match &args.kind {
        Some(name) => trained_kind(name)?,
        None if is_for_carts => RecommendKind::BoughtTogether,
        None => RecommendKind::ForYou,
    };
    if args.memory == Some(0) {
        return Err(user("--memory: expected 1 or more, got 0"));
    }
    Ok(TrainingOrder {
        models: args.models.clone(),
        chosen: args.chosen.set.clone(),
        holdout_days: args.holdout_days,
        memory: args.memory.map(|mib| mib << 20),
        promote: chosen_promotion(args.promote, args.promote_if_better),
        ..TrainingOrder::new(kind)
    })
}

/// The order as a server reads it.
fn body(order: &TrainingOrder) -> Value {
    let mut parameters = serde_json::Map::new();
    for (model, name, value) in &order.chosen {
        parameters.entry(model.clone()).or_insert_with(|| json!({}))[name.as_str()] = json!(value);
    }
    json!({
        "kind": order.kind.name(), "models": order.models, "parameters": parameters, "holdout_days": order.holdout_days,
        "memory_mib": order.memory.map(|bytes| bytes >> 20), "promote": order.promote.name(),
    })
}

fn show(report: &Value, args: &TrainRecommend, config: &Config) -> Result<()> {
    if config.json {
        return output::json(report);
    }
    show_compared(report)?;
    let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    let (kind, model, version) = (text("kind"), text("model"), &report["version"]);
    output::line(&format!("{model} was trained on everything: version {version} of the recommender for {kind}."))?;
    let is_promoted = report["promoted"].as_bool().unwrap_or(false);
    let reason = text("reason");
    if is_promoted {
        return output::line(&format!("It is in force now: {reason}."));
    }
    output::line(&format!(
        "It is not in force: {reason}. `mercato train recommend --shop {} --kind {kind} --put-in-force {version}` changes that.",
        args.shop
    ))
}

/// Everything that was compared, the best first, and what must be known of it.
fn show_compared(report: &Value) -> Result<()> {
    let rows: Vec<&Value> = report["compared"].as_array().into_iter().flatten().collect();
    if !rows.is_empty() {
        let head = ["model", "role"].into_iter().chain(COMPARED).chain(["seconds"]).map(str::to_owned).collect();
        output::table(std::iter::once(head).chain(rows.iter().map(|row| compared(row))).collect())?;
    }
    let failed = rows.iter().filter_map(|row| Some((row["name"].as_str()?, row["error"].as_str()?)));
    failed.for_each(|(name, error)| output::note(&format!("note: {name}: {error}")));
    let remarks = report["remarks"].as_array().into_iter().flatten().filter_map(Value::as_str);
    remarks.for_each(|remark| output::note(&format!("note: {remark}")));
    Ok(())
}

/// A row of the comparison: each figure with its interval.
fn compared(row: &Value) -> Vec<String> {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let figure = |name: &&str| {
        let (value, interval) = (&row["figures"]["metrics"][*name], &row["figures"]["intervals"][*name]);
        let number = |value: &Value| value.as_f64().map(|value| format!("{value:.4}"));
        match (number(value), number(&interval[0]), number(&interval[1])) {
            (Some(value), Some(low), Some(high)) => format!("{value} [{low}, {high}]"),
            (Some(value), ..) => value,
            (None, ..) => "-".to_owned(),
        }
    };
    let seconds = format!("{:.1}", row["seconds"].as_f64().unwrap_or(0.0));
    [text("name"), text("role")].into_iter().chain(COMPARED.iter().map(figure)).chain([seconds]).collect()
}

fn list(answer: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(answer);
    }
    let head = ["kind", "version", "in force", "model", "trained", "size", "ndcg@10", "interactions"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for kind in answer["kinds"].as_array().into_iter().flatten() {
        if let Some(reason) = kind["degraded"].as_str() {
            output::note(&format!("note: {reason}"));
        }
        for version in kind["versions"].as_array().into_iter().flatten() {
            let report = &version["report"];
            let figure = report["evaluation"]["figures"]["metrics"]["ndcg@10"].as_f64();
            rows.push(vec![
                kind["kind"].as_str().unwrap_or_default().to_owned(),
                version["version"].to_string(),
                if version["in_force"].as_bool().unwrap_or(false) { "yes" } else { "" }.to_owned(),
                version["model"].as_str().unwrap_or("?").to_owned(),
                time(version["made_ms"].as_i64().unwrap_or(0)),
                output::bytes(version["bytes"].as_u64().unwrap_or(0)),
                figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.4}")),
                output::grouped(report["interactions"].as_u64().unwrap_or(0)),
            ]);
        }
    }
    if rows.len() == 1 {
        return output::line("No recommender was trained yet; the shop recommends as it learns live.");
    }
    output::table(rows)
}

pub(super) fn time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |time| time.strftime("%F %R").to_string())
}

fn told(answer: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(answer);
    }
    let kind = answer["kind"].as_str().unwrap_or_default();
    output::line(&match answer["in_force"].as_u64() {
        Some(version) => format!("Version {version} of the recommender for {kind} is in force now."),
        None => format!("No trained recommender for {kind} is in force now: the shop recommends as it learns live."),
    })
}
