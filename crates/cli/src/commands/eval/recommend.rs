//! `mercato eval recommend` and `mercato eval shop`.

use anyhow::Result;
use eval::recommend::{Objective, Part, Point, TradeOff, trade_off_folder, trade_off_shop};
use eval::{Protocol, RecommendOptions, Report};
use serde_json::{Value, json};
use train::run::Chart;
use types::Millis;

use crate::args::{Curve, EvalRecommend, EvalShop};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::{output, plots};

/// Figures that stand side by side where several models are compared.
const COMPARED: [&str; 6] = ["ndcg@10", "hr@10", "recall@20", "mrr@10", "coverage@10", "novelty@10"];

/// Evaluates recommendation on a folder.
pub(crate) fn run(args: &EvalRecommend, config: &Config) -> Result<()> {
    let options = RecommendOptions {
        part: if args.validation { Part::Validation } else { Part::Test },
        cases: args.cases,
        chosen: args.chosen.set.clone(),
        holdout_days: args.holdout_days,
        bootstrap: super::bootstrap(args.bootstrap),
        ..RecommendOptions::new(Protocol::from_name(&args.protocol)?)
    };
    let models: Vec<&str> = args.models.iter().map(String::as_str).collect();
    match objective(&args.curve)? {
        Some(objective) => {
            show_curves(&trade_off_folder(&args.dir, &models, objective, &options)?, &args.curve, config)
        }
        None => show(&eval::evaluate_recommend(&args.dir, &models, &options)?, config),
    }
}

/// Evaluates recommendation on a shop's own log.
pub(crate) fn run_on_shop(args: &EvalShop, config: &Config) -> Result<()> {
    let split = args.split.as_deref().map(read_time).transpose()?;
    let models: Vec<&str> = args.models.iter().map(String::as_str).collect();
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    let chosen = &args.chosen.set;
    match objective(&args.curve)? {
        Some(objective) => show_curves(&trade_off_shop(&shop, split, &models, chosen, objective)?, &args.curve, config),
        None => {
            show(&eval::evaluate_shop_time(&shop, split, &models, chosen, super::bootstrap(args.bootstrap))?, config)
        }
    }
}

fn objective(curve: &Curve) -> Result<Option<Objective>> {
    let named = |name: &String| {
        let found = Objective::ALL.into_iter().find(|objective| objective.name() == name);
        found.ok_or_else(|| user(format!("--trade-off: expected one of purchase, margin, novelty, got {name}")))
    };
    curve.trade_off.as_ref().map(named).transpose()
}

/// What each weight of an objective brings, and what it costs.
fn show_curves(curves: &[TradeOff], args: &Curve, config: &Config) -> Result<()> {
    if config.json {
        output::json(&json!({ "curves": curves.iter().map(TradeOff::to_json).collect::<Vec<Value>>() }))?;
    } else {
        for curve in curves {
            let name = curve.objective.name();
            output::line(&format!(
                "{} by {}, {} cases: weight of {name} against relevance",
                curve.dataset, curve.model, curve.cases
            ))?;
            let mut rows = vec![["weight", "ndcg@10", "purchase", "margin", "novelty"].map(str::to_owned).to_vec()];
            rows.extend(curve.points.iter().map(|point| {
                let Point { weight, ndcg, purchase, margin, novelty } = point;
                vec![
                    format!("{weight:.1}"),
                    format!("{ndcg:.4}"),
                    format!("{purchase:.4}"),
                    format!("{margin:.2}"),
                    format!("{novelty:.2}"),
                ]
            }));
            output::table(rows)?;
        }
    }
    let Some(path) = &args.plot else { return Ok(()) };
    let chart = chart(curves);
    plots::draw(path, || chart.svg(), || chart.png())
}

/// What is lost for what is gained: a curve a model.
fn chart(curves: &[TradeOff]) -> Chart {
    let across = curves.first().map_or("", |curve| curve.objective.name());
    let gained = |curve: &TradeOff, point: &Point| match curve.objective {
        Objective::Purchase => point.purchase,
        Objective::Margin => point.margin,
        Objective::Novelty => point.novelty,
    };
    let drawn = curves.iter().map(|curve| train::run::Curve {
        name: curve.model.to_owned(),
        points: curve.points.iter().map(|point| (gained(curve, point), point.ndcg)).collect(),
    });
    Chart { title: "ndcg@10".to_owned(), across: across.to_owned(), curves: drawn.collect() }
}

fn read_time(text: &str) -> Result<Millis> {
    let time: jiff::Timestamp =
        text.parse().map_err(|_| user(format!("--split: expected a time such as 2011-11-09T00:00:00Z, got {text}")))?;
    Ok(Millis(time.as_millisecond()))
}

/// One model is one document; several are a list of them.
fn show(reports: &[Report], config: &Config) -> Result<()> {
    if config.json {
        return match reports {
            [report] => output::json(&report.to_json()),
            reports => output::json(&json!({ "reports": reports.iter().map(Report::to_json).collect::<Vec<Value>>() })),
        };
    }
    if let [report] = reports {
        output::line(&format!("{} by {}, {} cases", report.dataset, report.method, report.queries))?;
        let mut rows = vec![["figure", "value", "95 % interval"].map(str::to_owned).to_vec()];
        rows.extend(report.rows().into_iter().map(Vec::from));
        output::table(rows)?;
    } else {
        output::table(eval::side_by_side(reports, &COMPARED))?;
    }
    let mut remarks: Vec<&String> = reports.iter().flat_map(|report| &report.remarks).collect();
    let mut told = std::collections::BTreeSet::new();
    remarks.retain(|remark| told.insert(*remark));
    remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    Ok(())
}
