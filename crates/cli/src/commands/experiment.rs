//! `mercato experiment`: begins, lists, changes, stops and reports experiments.

use anyhow::Result;
use serde_json::{Value, json};

use super::understand::text_of;
use crate::api::{Api, path_part};
use crate::args::{Experiment, OfShop};
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Runs `mercato experiment`.
pub(crate) fn run(args: Experiment, config: &Config) -> Result<()> {
    let all = |shop: &str| format!("/v1/{}/experiments", path_part(shop));
    let one = |shop: &str, id: &str| format!("{}/{}", all(shop), path_part(id));
    match args {
        Experiment::Create { shop, file, id, change, metric, guardrail, ramp, slice, interleave, layer, remote } => {
            let body = match (file, id, change) {
                (Some(file), ..) => formats::json::parse(text_of(&file)?.as_bytes())?,
                (None, Some(id), Some(change)) => {
                    let given = json!({ "ramp": ramp, "slice": slice, "layer": layer, "interleaving": interleave });
                    two_arms(&id, &change, &metric, &guardrail, given)?
                }
                (None, ..) => return Err(user("name a file, or --id and --change")),
            };
            let made = Api::open(config, &remote)?.call("POST", &all(&shop), Some(&body))?;
            say(config, &made, &format!("{} runs", text(&made["id"])))
        }
        Experiment::List(OfShop { shop, remote }) => {
            let found = Api::open(config, &remote)?.call("GET", &all(&shop), None)?;
            list(&found, config)
        }
        Experiment::Status { id, of: OfShop { shop, remote } } => {
            let path = format!("{}/report", one(&shop, &id));
            let report = Api::open(config, &remote)?.call("GET", &path, None)?;
            status(&report, config)
        }
        Experiment::Change { id, ramp, remove_arm, reason, of: OfShop { shop, remote } } => {
            let body = json!({ "ramp": ramp, "remove_arm": remove_arm, "reason": reason });
            let changed = Api::open(config, &remote)?.call("PATCH", &one(&shop, &id), Some(&body))?;
            say(config, &changed, &format!("{id} is at {} of its visitors", percent(&changed["ramp"])))
        }
        Experiment::Stop { id, reason, of: OfShop { shop, remote } } => {
            let path = format!("{}/stop", one(&shop, &id));
            let body = json!({ "reason": reason });
            let stopped = Api::open(config, &remote)?.call("POST", &path, Some(&body))?;
            say(config, &stopped, &format!("{id} has ended"))
        }
        Experiment::Report { id, of: OfShop { shop, remote } } => {
            let path = format!("{}/report", one(&shop, &id));
            let report = Api::open(config, &remote)?.call("GET", &path, None)?;
            show(&report, config)
        }
    }
}

/// A control that changes nothing, and an arm that changes what was typed.
fn two_arms(id: &str, change: &str, metrics: &[String], guardrails: &[String], given: Value) -> Result<Value> {
    let changes = formats::json::parse(change.as_bytes())?;
    let mut body = given;
    body["id"] = json!(id);
    body["arms"] = json!([{ "name": "control" }, { "name": "treatment", "changes": changes }]);
    if !metrics.is_empty() {
        body["metrics"] = json!(metrics);
    }
    let guardrail = |typed: &String| -> Result<Value> {
        let (metric, tolerated) = typed.split_once('=').unwrap_or((typed, "0"));
        let tolerated: f64 = tolerated
            .parse()
            .map_err(|_| user(format!("{typed}: expected a metric, or metric=share such as latency=0.2")))?;
        Ok(json!({ "metric": metric, "tolerated": tolerated }))
    };
    body["guardrails"] = Value::Array(guardrails.iter().map(guardrail).collect::<Result<_>>()?);
    Ok(body)
}

fn say(config: &Config, document: &Value, sentence: &str) -> Result<()> {
    if config.json { output::json(document) } else { output::line(sentence) }
}

fn list(found: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(found);
    }
    let mut rows = vec![["experiment", "state", "layer", "arms", "ramp", "began"].map(str::to_owned).to_vec()];
    for one in items(&found["experiments"]) {
        let arms: Vec<String> = items(&one["arms"]).map(|arm| text(&arm["name"])).collect();
        let state = if one["ended"].is_null() { "running" } else { "ended" };
        let fields = [text(&one["id"]), state.to_owned(), text(&one["layer"]), arms.join(" ")];
        rows.push(fields.into_iter().chain([percent(&one["ramp"]), text(&one["started"])]).collect());
    }
    if rows.len() == 1 {
        return output::line("the shop has no experiments");
    }
    output::table(rows)
}

fn status(report: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(report);
    }
    let experiment = &report["experiment"];
    let state = match &experiment["ended"] {
        Value::Null => format!("running since {}", text(&experiment["started"])),
        ended => format!("ended {}", text(ended)),
    };
    output::line(&format!(
        "{}: {state}, at {} of its visitors",
        text(&experiment["id"]),
        percent(&experiment["ramp"])
    ))?;
    for reason in items(&experiment["reasons"]) {
        output::line(&text(reason))?;
    }
    arms(report)?;
    output::line(&verdict(report))
}

fn show(report: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(report);
    }
    status(report, config)?;
    let head = [
        "metric",
        "arm",
        "control",
        "treatment",
        "lift",
        "difference at any time",
        "p at any time",
        "p (Holm)",
        "best",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for metric in items(&report["metrics"]) {
        for comparison in items(&metric["comparisons"]) {
            rows.push(comparison_row(metric, comparison));
        }
    }
    if rows.len() > 1 {
        output::table(rows)?;
    }
    preference(report)?;
    for guardrail in items(&report["guardrails"]) {
        let state = match (&guardrail["harmful"], &guardrail["fault"]) {
            (Value::Bool(true), _) => "does harm",
            (_, Value::Null) => "no harm shown",
            _ => "cannot be told yet",
        };
        let (metric, arm) = (text(&guardrail["metric"]), text(&guardrail["arm"]));
        output::line(&format!("guardrail {metric}, {arm}: {state} ({} tolerated)", percent(&guardrail["tolerated"])))?;
    }
    for segments in items(&report["segments"]) {
        let Some(p_value) = segments["p_value_interaction"].as_f64() else { continue };
        let (by, arm) = (text(&segments["by"]), text(&segments["arm"]));
        output::line(&format!("{arm} by {by}: p {p_value:.3} that the effect is the same"))?;
        for part in items(&segments["parts"]) {
            output::line(&format!("  {}: {}", text(&part["name"]), interval(&part["difference"])))?;
        }
    }
    let left_out = report["left_out"].as_object().into_iter().flatten();
    let left_out: Vec<String> = left_out
        .filter(|(_, count)| count.as_u64() != Some(0))
        .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
        .collect();
    if left_out.is_empty() { Ok(()) } else { output::line(&format!("left out: {}", left_out.join(", "))) }
}

/// Whose results are clicked, where two arms share every answer.
fn preference(report: &Value) -> Result<()> {
    let told = &report["preference"];
    if told.is_null() {
        return Ok(());
    }
    let (control, other) = (text(&report["arms"][0]["name"]), text(&report["arms"][1]["name"]));
    let p_value = told["p_value"].as_f64().unwrap_or(1.0);
    let [first, second, ties] = ["first", "second", "ties"].map(|name| told[name].as_u64().unwrap_or_default());
    output::line(&format!(
        "visitors who clicked more of {control}: {first}, more of {other}: {second}, as much of both: {ties}"
    ))?;
    output::line(&format!(
        "p {p_value:.4} of no preference, at the end that was planned; credit of {control} {}",
        interval(&told["credit"])
    ))
}

fn comparison_row(metric: &Value, comparison: &Value) -> Vec<String> {
    let mut row = vec![text(&metric["name"]), text(&comparison["arm"])];
    let measured = &comparison["measured"];
    if measured.is_null() {
        row.push(text(&comparison["fault"]));
        row.resize(9, String::new());
        return row;
    }
    let number = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |number| format!("{number:.4}"));
    let always = &measured["always_valid"];
    let lift = &measured["lift"];
    row.extend([
        number(&measured["control"]),
        number(&measured["treatment"]),
        if lift.is_null() { "-".to_owned() } else { percent(&lift["value"]) },
        if always.is_null() { "too early".to_owned() } else { interval(&always["difference"]) },
        number(&always["p_value"]),
        number(&measured["p_value_holm"]),
        percent(&measured["chance_to_be_best"]),
    ]);
    row
}

fn arms(report: &Value) -> Result<()> {
    let mut rows = vec![["arm", "visitors", ""].map(str::to_owned).to_vec()];
    for arm in items(&report["arms"]) {
        let removed = if arm["removed"] == json!(true) { "taken out" } else { "" };
        rows.push(vec![text(&arm["name"]), output::grouped(arm["visitors"].as_u64().unwrap_or(0)), removed.to_owned()]);
    }
    output::table(rows)
}

/// What may be concluded, in a sentence.
fn verdict(report: &Value) -> String {
    let metric = if report["preference"].is_null() { text(&report["metrics"][0]["name"]) } else { "clicks".to_owned() };
    let arm = text(&report["verdict_arm"]);
    match report["verdict"].as_str().unwrap_or_default() {
        "too-early" => "too few visitors for any conclusion".to_owned(),
        "mismatch" => "visitors did not come as planned: trust no metric, find out why".to_owned(),
        "better" => format!("{arm} is better: {metric}"),
        "worse" => format!("{arm} is worse: {metric}"),
        _ => format!("nothing is shown (yet): {metric}"),
    }
}

pub(super) fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn percent(share: &Value) -> String {
    share.as_f64().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn interval(interval: &Value) -> String {
    let number = |name: &str| interval[name].as_f64().unwrap_or_default();
    format!("{:+.4} ({:+.4} to {:+.4})", number("value"), number("low"), number("high"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_arms_of_what_was_typed() {
        let typed = ["latency=0.2".to_owned(), "errors".to_owned()];
        let body = two_arms("x", r#"{"diversity": 0.4}"#, &[], &typed, json!({ "ramp": 0.1 })).unwrap();
        let shop = types::Settings::default();
        let experiment = engine::experiment_from_json(&body, &shop).unwrap();
        assert_eq!((experiment.arms.len(), experiment.ramp()), (2, 0.1));
        assert_eq!(experiment.guardrails[0].tolerated, 0.2);
        assert!(two_arms("x", "{", &[], &[], json!({})).is_err());
        assert!(two_arms("x", "{}", &[], &["latency=much".to_owned()], json!({})).is_err());
    }

    #[test]
    fn rows_are_as_wide_as_their_head() {
        let metric = json!({ "name": "conversion" });
        let fault = json!({ "arm": "a", "fault": "too few" });
        let measured = json!({ "arm": "a", "measured": { "control": 0.1, "lift": { "value": 0.2 } } });
        assert_eq!(comparison_row(&metric, &fault).len(), comparison_row(&metric, &measured).len());
        assert!(
            verdict(&json!({ "verdict": "better", "verdict_arm": "a", "metrics": [metric] })).contains("a is better")
        );
    }
}
