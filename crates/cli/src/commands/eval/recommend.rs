//! `mercato eval recommend` and `mercato eval shop`.

use anyhow::Result;
use eval::recommend::Part;
use eval::{Protocol, RecommendOptions, Report};
use serde_json::{Value, json};
use types::Millis;

use crate::args::{EvalRecommend, EvalShop};
use crate::config::Config;
use crate::data::Data;
use crate::failure::user;
use crate::output;

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
    show(&eval::evaluate_recommend(&args.dir, &models, &options)?, config)
}

/// Evaluates recommendation on a shop's own log.
pub(crate) fn run_on_shop(args: &EvalShop, config: &Config) -> Result<()> {
    let split = args.split.as_deref().map(read_time).transpose()?;
    let models: Vec<&str> = args.models.iter().map(String::as_str).collect();
    let data = Data::open(config)?;
    let shop = data.shop(&args.shop)?;
    show(&eval::evaluate_shop_time(&shop, split, &models, &args.chosen.set, super::bootstrap(args.bootstrap))?, config)
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
