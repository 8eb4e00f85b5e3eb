//! `mercato eval slates`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use eval::slates::{Audit, AuditOptions, AuditTable, Dial, Questions, SlateCurve, SlatePoint};
use eval::{Protocol, RecommendOptions, SearchOptions};
use serde_json::{Value, json};
use train::run::{Chart, Curve};
use types::{Millis, RetrievalMethod};

use crate::args::EvalSlates;
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::{output, plots};

/// Turns dials over held-out or judged questions, or reads a shop's log.
pub(crate) fn run(args: &EvalSlates, config: &Config) -> Result<()> {
    if args.audit {
        return audit(args, config);
    }
    let dials: Vec<Dial> = match args.dials.as_slice() {
        [] => Dial::ALL.to_vec(),
        names => names.iter().map(|name| Dial::from_name(name)).collect::<Result<_, _>>()?,
    };
    let questions = questions(args, config)?;
    let curves = eval::slates::curves(&questions, &dials)?;
    if config.json {
        output::json(&json!({ "curves": curves.iter().map(SlateCurve::to_json).collect::<Vec<Value>>() }))?;
    } else {
        curves.iter().try_for_each(show)?;
        let untold = questions.untold();
        if !untold.is_empty() {
            output::note(&format!("note: the data do not tell {}", untold.join(", ")));
        }
    }
    let Some(path) = &args.plot else { return Ok(()) };
    let chart = chart(&curves);
    plots::draw(path, || chart.svg(), || chart.png())
}

fn questions(args: &EvalSlates, config: &Config) -> Result<Questions> {
    let dir = Path::new(&args.target);
    let protocol = args.protocol.as_deref().map(Protocol::from_name).transpose()?;
    let options = RecommendOptions {
        cases: args.cases,
        chosen: args.chosen.set.clone(),
        ..RecommendOptions::new(protocol.unwrap_or(Protocol::Time))
    };
    if !dir.is_dir() {
        let data = Data::open(config)?;
        return Ok(Questions::of_shop(&*data.shop(&args.target)?, None, &args.model, &options)?);
    }
    if dir.join("judgements.csv").is_file() {
        let method = RetrievalMethod::from_name(&args.method)
            .ok_or_else(|| user(format!("--method: expected hybrid, lexical or dense, got {}", args.method)))?;
        let options = SearchOptions {
            models_dir: config.models_dir.clone(),
            threads: config.threads,
            ..SearchOptions::new(method)
        };
        return Ok(Questions::searched(dir, &options, &mut |_| true)?);
    }
    if protocol.is_none() {
        let expected = "split, leave-one-out, sessions or time, for a folder of recommendations";
        return Err(user(format!("--protocol: expected {expected}")));
    }
    Ok(Questions::recommended(dir, &args.model, &options)?)
}

/// What each setting of a dial brings, and what it costs.
fn show(curve: &SlateCurve) -> Result<()> {
    let SlateCurve { dataset, ranker, dial, questions, points } = curve;
    output::line(&format!("{dataset} by {ranker}, {questions} questions: the dial {}", dial.name()))?;
    let names = ["dial", "ndcg@10", "recall@10", "variety", "divergence", "misplaced", "long tail", "gini", "coverage"];
    let mut rows = vec![names.map(str::to_owned).to_vec()];
    rows.extend(points.iter().map(|point| {
        let SlatePoint { dial, ndcg, recall, variety, divergence, misplaced, tail_share, gini, coverage } = point;
        let values = [ndcg, recall, variety, divergence, misplaced, tail_share, gini, coverage];
        std::iter::once(format!("{dial:.1}")).chain(values.map(|value| format!("{value:.4}"))).collect()
    }));
    output::table(rows)
}

/// What is lost for what is gained, where all dials are turned for the same; else for how far they are turned.
fn chart(curves: &[SlateCurve]) -> Chart {
    let gains: BTreeSet<&str> = curves.iter().map(|curve| curve.dial.gained(&SlatePoint::default()).0).collect();
    let across = if gains.len() == 1 { gains.first().copied() } else { None };
    let place = |curve: &SlateCurve, point: &SlatePoint| match across {
        Some(_) => curve.dial.gained(point).1,
        None => point.dial,
    };
    let drawn = curves.iter().map(|curve| Curve {
        name: curve.dial.name().to_owned(),
        points: curve.points.iter().map(|point| (place(curve, point), point.ndcg)).collect(),
    });
    Chart { title: "ndcg@10".to_owned(), across: across.unwrap_or("dial").to_owned(), curves: drawn.collect() }
}

fn audit(args: &EvalSlates, config: &Config) -> Result<()> {
    let options = AuditOptions {
        since: args.since.as_deref().map(read_time).transpose()?,
        groups: args.groups.as_deref().map(eval::slates::read_groups).transpose()?.unwrap_or_default(),
    };
    let data = Data::open(config)?;
    let found = eval::slates::audit(&*data.shop(&args.target)?, &options)?;
    if config.json {
        return output::json(&found.to_json());
    }
    let Audit { shop, slates, refused, long_tail_share, gini, coverage, tables, users, remarks } = &found;
    output::line(&format!(
        "{shop}, {slates} slates ({refused} left out): long tail {long_tail_share:.3} of the attention, Gini {gini:.3}, \
         {coverage:.3} of the catalogue shown"
    ))?;
    tables.iter().try_for_each(show_table)?;
    if !users.is_empty() {
        output::line("by group of users")?;
        let names = ["group", "users", "slates", "long tail", "price quantile", "clicks a slate"];
        let mut rows = vec![names.map(str::to_owned).to_vec()];
        rows.extend(users.iter().map(|row| {
            let (users, slates) = (row.users.to_string(), row.slates.to_string());
            let figures = [row.long_tail_share, row.price_quantile, row.clicks].map(|value| format!("{value:.3}"));
            [row.group.clone(), users, slates].into_iter().chain(figures).collect()
        }));
        output::table(rows)?;
    }
    remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
    Ok(())
}

/// Groups that stand in a table; the JSON has all.
const GROUPS_SHOWN: usize = 20;

fn show_table(table: &AuditTable) -> Result<()> {
    let AuditTable { by, parity, misplaced, rows } = table;
    output::line(&format!("by {by}: parity {parity:.3}, {misplaced:.3} of the attention misplaced"))?;
    let mut shown = vec![[by, "shown", "received", "deserved"].map(str::to_owned).to_vec()];
    shown.extend(rows.iter().take(GROUPS_SHOWN).map(|row| {
        let shares = [row.received, row.deserved].map(|share| format!("{share:.4}"));
        [row.group.clone(), row.shown.to_string()].into_iter().chain(shares).collect()
    }));
    output::table(shown)
}

fn read_time(text: &str) -> Result<Millis> {
    let time: jiff::Timestamp =
        text.parse().map_err(|_| user(format!("--since: expected a time such as 2026-11-09T00:00:00Z, got {text}")))?;
    Ok(Millis(time.as_millisecond()))
}
