//! `mercato train ranker`: trains rankers of a shop, lists them, puts them in force and takes them back.

use anyhow::Result;
use engine::{RankerKind, ReplayOptions, Shop};
use eval::Judged;
use eval::rank::{RankerData, RankerOptions, RankerReport};
use serde_json::{Value, json};

use crate::args::TrainRanker;
use crate::commands::eval::{bootstrap, show_ranker};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;

/// Runs the command.
pub(crate) fn run(args: &TrainRanker, config: &Config) -> Result<()> {
    let kind = eval::rank::kind_named(&args.kind)
        .ok_or_else(|| user(format!("--kind: expected search or recommend, got {}", args.kind)))?;
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    if args.list {
        return list(&shop, kind, config);
    }
    if let Some(version) = args.put_in_force {
        shop.promote_ranker(kind, version)?;
        return told(&shop, kind, None, config);
    }
    if args.roll_back {
        shop.roll_back_ranker(kind)?;
        return told(&shop, kind, None, config);
    }
    let options = RankerOptions {
        is_impersonal: args.impersonal,
        seed: args.bootstrap.seed,
        bootstrap: bootstrap(args.bootstrap),
        ..RankerOptions::default()
    };
    let judged = args.judgements.as_deref().map(Judged::load).transpose()?;
    let from = match &judged {
        Some(judged) => RankerData::Judged(judged),
        None => RankerData::Log(ReplayOptions { kind, slates: args.slates, ..ReplayOptions::default() }),
    };
    let trained = eval::rank::train_ranker(&shop, &from, &options)?;
    let version = shop.keep_ranker(kind, &trained.ranker, &trained.report.to_json())?;
    if args.promote || (args.promote_if_better && trained.report.is_better()) {
        shop.promote_ranker(kind, version)?;
    }
    told(&shop, kind, Some((version, &trained.report)), config)
}

/// Says what was trained, and what is in force.
fn told(shop: &Shop, kind: RankerKind, trained: Option<(u32, &RankerReport)>, config: &Config) -> Result<()> {
    let in_force = shop.ranker(kind);
    if config.json {
        let mut document = json!({ "kind": kind.name(), "in_force": in_force });
        if let Some((version, report)) = trained {
            document["version"] = json!(version);
            document["report"] = report.to_json();
        }
        return output::json(&document);
    }
    if let Some((version, report)) = trained {
        show_ranker(report)?;
        output::line(&format!("kept as version {version} of the ranker for {}: {}", kind.name(), report.chosen))?;
    }
    output::line(&match in_force {
        Some(version) => format!("version {version} is in force for {}", kind.name()),
        None => format!("the untrained ranker is in force for {}", kind.name()),
    })
}

fn list(shop: &Shop, kind: RankerKind, config: &Config) -> Result<()> {
    let versions = shop.ranker_versions(kind)?;
    if config.json {
        let version = |of: &engine::RankerVersion| {
            json!({
                "version": of.version, "made_ms": of.made.0, "bytes": of.bytes, "in_force": of.current, "report": of.report,
            })
        };
        let versions: Vec<Value> = versions.iter().map(version).collect();
        return output::json(&json!({ "kind": kind.name(), "versions": versions }));
    }
    if versions.is_empty() {
        return output::line(&format!("No ranker for {} has been trained yet.", kind.name()));
    }
    let head = ["version", "in force", "way of training", "verdict", "difference", "size"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for of in versions {
        let text = |name: &str| of.report[name].as_str().unwrap_or_default().to_owned();
        rows.push(vec![
            of.version.to_string(),
            if of.current { "yes" } else { "" }.to_owned(),
            text("chosen"),
            text("verdict"),
            format!("{:+.4}", of.report["ndcg@10"]["difference"].as_f64().unwrap_or_default()),
            output::bytes(of.bytes),
        ]);
    }
    output::table(rows)
}
