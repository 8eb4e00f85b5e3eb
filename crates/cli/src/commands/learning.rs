//! `mercato learning`: what a shop learns from events as they come, and what it explores.

use anyhow::Result;
use serde_json::{Value, json};

use super::experiment::{items, percent, text};
use super::understand::text_of;
use crate::api::{Api, path_part};
use crate::args::{Learning, OfShop};
use crate::config::Config;
use crate::output;

/// Runs `mercato learning`.
pub(crate) fn run(args: Learning, config: &Config) -> Result<()> {
    match args {
        Learning::Status(OfShop { shop, remote }) => {
            let report =
                Api::open(config, &remote)?.call("GET", &format!("/v1/{}/learning", path_part(&shop)), None)?;
            if config.json { output::json(&report) } else { status(&report) }
        }
        Learning::Explore { shop, file, surface, policy, regret, nothing, remote } => {
            let path = format!("/v1/{}/exploration", path_part(&shop));
            let wanted = match (file, surface) {
                (Some(file), _) => Some(formats::json::parse(text_of(&file)?.as_bytes())?),
                (None, Some(surface)) => {
                    let mut one = json!({ "surface": surface, "policy": policy });
                    if let Some(regret) = regret {
                        one["budget"] = json!({ "regret": regret });
                    }
                    Some(json!({ "surfaces": [one] }))
                }
                (None, None) => nothing.then(|| json!({ "surfaces": [] })),
            };
            let method = if wanted.is_some() { "PUT" } else { "GET" };
            let explored = Api::open(config, &remote)?.call(method, &path, wanted.as_ref())?;
            if config.json { output::json(&explored) } else { show_explored(&explored) }
        }
    }
}

fn status(report: &Value) -> Result<()> {
    let online = &report["online"];
    let serving =
        match (online["strength"].as_f64().unwrap_or_default() > 0.0, online["has_fallen_back"] == json!(true)) {
            (false, _) => "moves no score: the settings leave `online_learning` at 0".to_owned(),
            (true, true) => "has fallen back: far fewer of the items looked at are clicked than before".to_owned(),
            (true, false) => format!("moves scores by up to {}", online["strength"]),
        };
    output::line(&format!(
        "Learning from clicks {serving}; {} examples, {} alerts, {} falls, {} recoveries.",
        online["learnt"], online["alerts"], online["falls"], online["recoveries"]
    ))?;
    for evidence in items(&online["evidence"]) {
        let number = |name: &str| evidence[name].as_f64().unwrap_or_default();
        let (what, expected, observed) = (text(&evidence["what"]), number("expected"), number("observed"));
        output::line(&format!("changed: {what}, from {expected:.4} to {observed:.4}"))?;
    }
    for ranker in items(&report["rankers"]).filter(|ranker| !ranker["version"].is_null()) {
        output::line(&format!(
            "Version {} of the trained ranker scores for {}.",
            ranker["version"],
            text(&ranker["kind"])
        ))?;
    }
    for drift in items(&report["drifts"]) {
        let index = drift["index"].as_f64().unwrap_or_default();
        let (feature, kind) = (text(&drift["feature"]), text(&drift["kind"]));
        output::line(&format!("drifts: {feature} in {kind}, stability index {index:.2} (above 0.25 is much)"))?;
    }
    let kept_out = &report["quarantine"];
    output::line(&format!(
        "In quarantine: {} actors; {} deeds and answers were kept out so far ({} too fast, {} too steady).",
        kept_out["actors"], kept_out["kept_out"], kept_out["too_fast"], kept_out["too_steady"]
    ))?;
    let mut rows =
        vec![["explored", "policy", "learnt", "may explore", "clicks lost", "waiting"].map(str::to_owned).to_vec()];
    for of in items(&report["exploration"]) {
        let (surface, policy, learnt) = (text(&of["surface"]), text(&of["policy"]), of["learnt"].to_string());
        rows.push(vec![
            surface,
            policy,
            learnt,
            percent(&of["share"]),
            percent(&of["spent"]),
            of["waiting"].to_string(),
        ]);
    }
    if rows.len() == 1 { output::line("Nothing is explored.") } else { output::table(rows) }
}

fn show_explored(explored: &Value) -> Result<()> {
    let mut rows = vec![["surface", "policy", "places", "of the best", "may cost"].map(str::to_owned).to_vec()];
    for of in items(&explored["surfaces"]) {
        let places: Vec<String> = items(&of["places"]).map(Value::to_string).collect();
        let budget = format!("{} of clicks", percent(&of["budget"]["regret"]));
        rows.push(vec![
            text(&of["surface"]),
            text(&of["policy"]),
            places.join(" to "),
            of["depth"].to_string(),
            budget,
        ]);
    }
    if rows.len() == 1 { output::line("Nothing is explored.") } else { output::table(rows) }
}
