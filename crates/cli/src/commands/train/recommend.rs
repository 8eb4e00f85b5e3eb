//! `mercato train recommend`: trains recommenders of a shop, lists them, puts them in force and takes them back.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, bail};
use engine::{Promote, TrainingOrder, trained_kind};
use serde_json::{Value, json};
use types::RecommendKind;

use crate::api::{Api, path_part};
use crate::args::TrainRecommend;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::progress::Steps;
use crate::{interrupt, output};

/// Figures that stand side by side.
const COMPARED: [&str; 5] = ["ndcg@10", "hr@10", "recall@20", "mrr@10", "coverage@10"];
/// How often a server is asked how a training stands.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Runs the command.
pub(crate) fn run(args: &TrainRecommend, config: &Config) -> Result<()> {
    let order = order(args)?;
    let path = format!("/v1/{}/recommenders", path_part(&args.shop));
    if args.list || args.put_in_force.is_some() || args.roll_back {
        let api = Api::open(config, &args.remote)?;
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
        Some(_) => at_server(&Api::open(config, &args.remote)?, &format!("{path}/train"), &order, &mut steps)?,
        None => {
            let data = Data::open(config)?;
            let shop = data.shop(&args.shop)?;
            let trained = eval::recommend::train_shop(&shop, &order, &mut |step, done| steps.show(step, done));
            steps.end();
            trained?.to_json()
        }
    };
    show(&report, args, config)
}

fn order(args: &TrainRecommend) -> Result<TrainingOrder> {
    let is_for_carts = args.models.iter().all(|name| name == RecommendKind::BoughtTogether.name());
    let kind = match &args.kind {
        Some(name) => trained_kind(name)?,
        None if is_for_carts => RecommendKind::BoughtTogether,
        None => RecommendKind::ForYou,
    };
    let promote = match (args.promote, args.promote_if_better) {
        (true, _) => Promote::Yes,
        (false, true) => Promote::IfBetter,
        (false, false) => Promote::No,
    };
    if args.memory == Some(0) {
        return Err(user("--memory: expected 1 or more, got 0"));
    }
    Ok(TrainingOrder {
        models: args.models.clone(),
        chosen: args.chosen.set.clone(),
        holdout_days: args.holdout_days,
        memory: args.memory.map(|mib| mib << 20),
        promote,
        ..TrainingOrder::new(kind)
    })
}

/// Has a server train, and follows it; Ctrl-C stops it there.
fn at_server(api: &Api, path: &str, order: &TrainingOrder, steps: &mut Steps) -> Result<Value> {
    let mut parameters = serde_json::Map::new();
    for (model, name, value) in &order.chosen {
        parameters.entry(model.clone()).or_insert_with(|| json!({}))[name.as_str()] = json!(value);
    }
    let body = json!({
        "kind": order.kind.name(), "models": order.models, "parameters": parameters, "holdout_days": order.holdout_days,
        "memory_mib": order.memory.map(|bytes| bytes >> 20), "promote": order.promote.name(),
    });
    api.call("POST", path, Some(&body))?;
    let mut is_told = false;
    loop {
        let state = api.call("GET", path, None)?;
        let step = state["step"].as_str().unwrap_or_default();
        match state["state"].as_str().unwrap_or_default() {
            "running" | "cancelling" => {
                if !steps.show(step, state["done"].as_f64().unwrap_or(0.0)) && !is_told {
                    api.call("DELETE", path, None)?;
                    is_told = true;
                }
                std::thread::sleep(ASK_EVERY);
            }
            "finished" => {
                steps.end();
                return Ok(state["report"].clone());
            }
            "cancelled" => {
                steps.end();
                return Err(user("the training was cancelled"));
            }
            _ => {
                steps.end();
                bail!("{}", state["error"].as_str().unwrap_or("the server forgot the training"));
            }
        }
    }
}

fn show(report: &Value, args: &TrainRecommend, config: &Config) -> Result<()> {
    if config.json {
        return output::json(report);
    }
    let rows: Vec<&Value> = report["compared"].as_array().into_iter().flatten().collect();
    if !rows.is_empty() {
        let head = ["model", "role"].into_iter().chain(COMPARED).chain(["seconds"]).map(str::to_owned).collect();
        output::table(std::iter::once(head).chain(rows.iter().map(|row| compared(row))).collect())?;
    }
    let failed = rows.iter().filter_map(|row| Some((row["name"].as_str()?, row["error"].as_str()?)));
    failed.for_each(|(name, error)| output::note(&format!("note: {name}: {error}")));
    let remarks = report["remarks"].as_array().into_iter().flatten().filter_map(Value::as_str);
    remarks.for_each(|remark| output::note(&format!("note: {remark}")));
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

fn time(millis: i64) -> String {
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
