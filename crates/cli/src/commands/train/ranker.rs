//! `mercato train ranker`: trains rankers of a shop, lists and shows them, puts them in force and takes them back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use engine::{RankerKind, RankerOrder, ReplayOptions};
use eval::Judged;
use eval::rank::{RankerData, RankerOptions};
use serde_json::{Value, json};
use train::run::{Bars, Chart, Curve};

use super::at_server::at_server;
use super::chosen_promotion;
use super::recommend::time;
use crate::api::{Api, path_part};
use crate::args::TrainRanker;
use crate::commands::eval::{bootstrap, show_ranker};
use crate::config::Config;
use crate::data::Data;
use crate::progress::Steps;
use crate::{interrupt, output, plots};

/// Features that are shown.
const SHOWN: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &TrainRanker, config: &Config) -> Result<()> {
    let kind = RankerKind::from_name(&args.kind)?;
    let order = RankerOrder {
        slates: args.slates,
        is_impersonal: args.impersonal,
        promote: chosen_promotion(args.promote, args.promote_if_better),
        ..RankerOrder::new(kind)
    };
    order.check()?;
    let path = format!("/v1/{}/rankers", path_part(&args.shop));
    let of_kind = format!("{path}/{}", kind.name());
    if args.list {
        return list(&Api::open(config, &args.remote)?.call("GET", &path, None)?, kind, config);
    }
    if let Some(version) = args.put_in_force {
        let promoted = Api::open(config, &args.remote)?.call("POST", &format!("{of_kind}/{version}/promote"), None)?;
        return told(&promoted, config);
    }
    if args.roll_back {
        return told(&Api::open(config, &args.remote)?.call("POST", &format!("{of_kind}/roll-back"), None)?, config);
    }
    if let Some(version) = args.show {
        let kept = Api::open(config, &args.remote)?.call("GET", &format!("{of_kind}/{version}"), None)?;
        args.plot.as_deref().map_or(Ok(()), |file| draw(&kept["report"], file))?;
        return show_kept(&kept, config);
    }
    let report = train(args, &order, &of_kind, config)?;
    args.plot.as_deref().map_or(Ok(()), |file| draw(&report, file))?;
    show_trained(&report, args, config)
}

/// Trains here or at a server; the report says what came of it.
fn train(args: &TrainRanker, order: &RankerOrder, path: &str, config: &Config) -> Result<Value> {
    let stopped = Arc::new(AtomicBool::new(false));
    interrupt::set_on_interrupt(Arc::clone(&stopped))?;
    let mut steps = Steps::new(stopped);
    if args.remote.url.as_ref().or(config.url.as_ref()).is_some() && args.judgements.is_none() {
        let body =
            json!({ "slates": order.slates, "impersonal": order.is_impersonal, "promote": order.promote.name() });
        return at_server(&Api::open(config, &args.remote)?, &format!("{path}/train"), &body, &mut steps);
    }
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    let options = RankerOptions {
        is_impersonal: order.is_impersonal,
        seed: args.bootstrap.seed,
        bootstrap: bootstrap(args.bootstrap),
        ..RankerOptions::default()
    };
    let judged = args.judgements.as_deref().map(Judged::load).transpose()?;
    let from = match &judged {
        Some(judged) => RankerData::Judged(judged),
        None => RankerData::Log(ReplayOptions { kind: order.kind, slates: order.slates, ..ReplayOptions::default() }),
    };
    let mut watch = |step: &str, done: f64| steps.show(step, done);
    let kept = eval::rank::train_and_keep(&shop, order.kind, (&from, &options), order.promote, &mut watch);
    steps.end();
    Ok(kept?.to_json())
}

/// What was trained, how well it does, and whether it is in force.
fn show_trained(report: &Value, args: &TrainRanker, config: &Config) -> Result<()> {
    if config.json {
        return output::json(report);
    }
    show_ranker(report)?;
    show_importance(report)?;
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let (kind, version, reason) = (&args.kind, &report["version"], text("reason"));
    output::line(&format!("kept as version {version} of the ranker for {kind}: {}", text("chosen")))?;
    if report["promoted"].as_bool().unwrap_or(false) {
        return output::line(&format!("It is in force now: {reason}."));
    }
    output::line(&format!(
        "It is not in force: {reason}. `mercato train ranker --shop {} --kind {kind} --put-in-force {version}` changes that.",
        args.shop
    ))
}

/// A version that is kept.
fn show_kept(kept: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(kept);
    }
    let rows = [
        ("way of training", kept["report"]["chosen"].as_str().unwrap_or_default().to_owned()),
        ("trained", time(kept["made_ms"].as_i64().unwrap_or(0))),
        ("in force", if kept["in_force"].as_bool().unwrap_or(false) { "yes" } else { "no" }.to_owned()),
        ("size", output::bytes(kept["bytes"].as_u64().unwrap_or(0))),
    ];
    let head = vec!["what".to_owned(), "value".to_owned()];
    output::table(
        std::iter::once(head).chain(rows.into_iter().map(|(what, value)| vec![what.to_owned(), value])).collect(),
    )?;
    show_ranker(&kept["report"])?;
    show_importance(&kept["report"])?;
    curve(&kept["report"]).map_or(Ok(()), |chart| output::line(&chart.text(72, 10)))
}

/// The features that a ranker goes by, the most important first.
fn show_importance(report: &Value) -> Result<()> {
    let of: Vec<&Value> = report["importance"].as_array().into_iter().flatten().collect();
    if of.is_empty() {
        return Ok(());
    }
    let mut rows = vec![["feature", "about", "moves apart by", "more of it"].map(str::to_owned).to_vec()];
    rows.extend(of.iter().take(SHOWN).map(|one| {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let direction = match one["direction"].as_f64().unwrap_or(0.0) {
            direction if direction > 0.3 => "lifts",
            direction if direction < -0.3 => "lowers",
            _ => "depends",
        };
        let spread = format!("{:.4}", one["spread"].as_f64().unwrap_or(0.0));
        vec![text("feature"), text("about"), spread, direction.to_owned()]
    }));
    output::table(rows)?;
    if of.len() > SHOWN {
        output::note(&format!("note: {} more features move less; --json lists them", of.len() - SHOWN));
    }
    Ok(())
}

/// Draws the importance of features, and beside it the curve of the training where there is one.
fn draw(report: &Value, file: &Path) -> Result<()> {
    let of = report["importance"].as_array().into_iter().flatten().take(SHOWN);
    let rows = of.filter_map(|one| Some((one["feature"].as_str()?.to_owned(), one["spread"].as_f64()?)));
    let bars = Bars { title: "moves the items of an answer apart by".to_owned(), rows: rows.collect() };
    plots::draw(file, || bars.svg(), || bars.png())?;
    let Some(chart) = curve(report) else { return Ok(()) };
    let (stem, extension) = (file.file_stem().unwrap_or_default(), file.extension().unwrap_or_default());
    let name = format!("{}-curve.{}", stem.to_string_lossy(), extension.to_string_lossy());
    plots::draw(&file.with_file_name(name), || chart.svg(), || chart.png())
}

/// How the trees of a training did on queries held out from them.
fn curve(report: &Value) -> Option<Chart> {
    let values = report["curve"].as_array()?.iter().filter_map(Value::as_f64);
    let points: Vec<(f64, f64)> = values.enumerate().map(|(trees, ndcg)| (trees as f64, ndcg)).collect();
    let curves = vec![Curve { name: "ndcg@10 held out".to_owned(), points }];
    (!curves[0].points.is_empty()).then(|| Chart { title: "ndcg@10".to_owned(), across: "trees".to_owned(), curves })
}

fn told(answer: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(answer);
    }
    let kind = answer["kind"].as_str().unwrap_or_default();
    output::line(&match answer["in_force"].as_u64() {
        Some(version) => format!("version {version} is in force for {kind}"),
        None => format!("the untrained ranker is in force for {kind}"),
    })
}

fn list(answer: &Value, kind: RankerKind, config: &Config) -> Result<()> {
    let mut kinds = answer["kinds"].as_array().into_iter().flatten();
    let of_kind = kinds.find(|known| known["kind"] == kind.name()).unwrap_or(&Value::Null);
    if config.json {
        return output::json(of_kind);
    }
    if let Some(reason) = of_kind["degraded"].as_str() {
        output::note(&format!("note: {reason}"));
    }
    let versions: Vec<&Value> = of_kind["versions"].as_array().into_iter().flatten().collect();
    if versions.is_empty() {
        return output::line(&format!("No ranker for {} has been trained yet.", kind.name()));
    }
    let head = ["version", "in force", "trained", "way of training", "verdict", "difference", "size"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(versions.into_iter().map(|of| {
        let text = |name: &str| of["report"][name].as_str().unwrap_or_default().to_owned();
        vec![
            of["version"].to_string(),
            if of["in_force"].as_bool().unwrap_or(false) { "yes" } else { "" }.to_owned(),
            time(of["made_ms"].as_i64().unwrap_or(0)),
            text("chosen"),
            text("verdict"),
            format!("{:+.4}", of["report"]["ndcg@10"]["difference"].as_f64().unwrap_or_default()),
            output::bytes(of["bytes"].as_u64().unwrap_or(0)),
        ]
    }));
    output::table(rows)
}
