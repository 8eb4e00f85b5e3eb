//! `mercato strategy`: ways to answer, what sessions brought under them, and when to follow which.

use anyhow::Result;
use serde_json::{Value, json};

use super::experiment::{items, text};
use super::understand::text_of;
use crate::api::{Api, path_part};
use crate::args::{OfShop, Strategy};
use crate::config::Config;
use crate::output;

/// Runs `mercato strategy`.
pub(crate) fn run(args: Strategy, config: &Config) -> Result<()> {
    let all = |shop: &str| format!("/v1/{}/strategies", path_part(shop));
    let (remote, method, path, body) = match args {
        Strategy::List(OfShop { shop, remote }) => (remote, "GET", all(&shop), None),
        Strategy::Set { file, of: OfShop { shop, remote } } => {
            (remote, "PUT", all(&shop), Some(formats::json::parse(text_of(&file)?.as_bytes())?))
        }
        Strategy::Train { shop, method, gain_min, seed, remote } => {
            let body = json!({ "method": method, "gain_min": gain_min, "seed": seed });
            let trained = Api::open(config, &remote)?.call("POST", &format!("{}/train", all(&shop)), Some(&body))?;
            return if config.json { output::json(&trained) } else { output::line(&sentence(&trained)) };
        }
        Strategy::Promote { version, of: OfShop { shop, remote } } => {
            (remote, "POST", format!("{}/{version}/promote", all(&shop)), None)
        }
        Strategy::Withdraw(OfShop { shop, remote }) => (remote, "POST", format!("{}/withdraw", all(&shop)), None),
    };
    let found = Api::open(config, &remote)?.call(method, &path, body.as_ref())?;
    if config.json { output::json(&found) } else { show(&found) }
}

fn show(found: &Value) -> Result<()> {
    let mut rows = vec![["strategy", "changes"].map(str::to_owned).to_vec()];
    for one in items(&found["strategies"]) {
        rows.push(vec![text(&one["name"]), one["changes"].to_string()]);
    }
    if rows.len() == 1 {
        return output::line("the shop has no strategies; set some with `mercato strategy set FILE`");
    }
    output::table(rows)?;
    items(&found["versions"]).try_for_each(|version| output::line(&sentence(version)))
}

/// A learnt policy in a sentence.
fn sentence(version: &Value) -> String {
    let report = &version["report"];
    let state = match (&version["in_force"], &report["may_act"]) {
        (Value::Bool(true), _) => "in force",
        (_, Value::Bool(true)) => "may be put in force",
        _ => "may not act",
    };
    format!(
        "version {} ({}, {} sessions): {state}, {}",
        version["version"],
        text(&report["method"]),
        report["sessions"],
        text(&report["reason"])
    )
}
