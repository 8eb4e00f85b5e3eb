//! `mercato eval ctr`.

use anyhow::Result;
use eval::Report;
use eval::ctr::{CtrMethod, CtrOptions, CtrReport, evaluate_ctr};
use serde_json::{Value, json};
use train::run::{Chart, Curve};

use crate::args::EvalCtr;
use crate::config::Config;
use crate::{output, plots};

/// Figures that stand side by side where several models are compared.
const COMPARED: [&str; 3] = ["auc", "log_loss", "ece"];

/// Measures how well clicks are predicted.
pub(crate) fn run(args: &EvalCtr, config: &Config) -> Result<()> {
    let calibrate = args.calibrate.as_deref().map(eval::ctr::bend).transpose()?;
    let methods: Vec<CtrMethod> =
        args.models.iter().map(|name| CtrMethod::from_name(name)).collect::<eval::Result<_>>()?;
    let mut reports = Vec::new();
    for method in methods {
        let options = CtrOptions {
            method,
            settings: args.set.clone(),
            split: args.split.clone(),
            validation: args.validation,
            calibrate,
            bootstrap: super::bootstrap(args.bootstrap),
        };
        reports.push(evaluate_ctr(&args.dir, &options)?);
    }
    show(&reports, config)?;
    let Some(path) = &args.plot else { return Ok(()) };
    let chart = chart(&reports);
    plots::draw(path, || chart.svg(), || chart.png())
}

/// One model is one document; several are a list of them.
fn show(reports: &[CtrReport], config: &Config) -> Result<()> {
    if config.json {
        return match reports {
            [report] => output::json(&report.to_json()),
            reports => {
                output::json(&json!({ "reports": reports.iter().map(CtrReport::to_json).collect::<Vec<Value>>() }))
            }
        };
    }
    if let [CtrReport { report, .. }] = reports {
        output::line(&format!("{} by {}, {} rows", report.dataset, report.method, report.queries))?;
        let mut rows = vec![["figure", "value", "95 % interval"].map(str::to_owned).to_vec()];
        rows.extend(report.rows().into_iter().map(Vec::from));
        output::table(rows)?;
        output::table(reports[0].reliability_rows())?;
    } else {
        let plain: Vec<Report> = reports.iter().map(|report| report.report.clone()).collect();
        output::table(eval::side_by_side(&plain, &COMPARED))?;
    }
    for CtrReport { report, .. } in reports {
        report.remarks.iter().for_each(|remark| output::note(&format!("note: {}: {remark}", report.method)));
    }
    Ok(())
}

/// How often what was said came true: honest probabilities lie on the diagonal.
fn chart(reports: &[CtrReport]) -> Chart {
    let bins = reports.iter().flat_map(|report| &report.reliability.bins);
    let end = bins.fold(0.0, |end: f64, bin| end.max(bin.said).max(bin.happened));
    let honest = Curve { name: "honest".to_owned(), points: vec![(0.0, 0.0), (end, end)] };
    let drawn = reports.iter().map(|report| Curve {
        name: report.report.method.clone(),
        points: report.reliability.bins.iter().map(|bin| (bin.said, bin.happened)).collect(),
    });
    Chart {
        title: "happened".to_owned(),
        across: "said".to_owned(),
        curves: std::iter::once(honest).chain(drawn).collect(),
    }
}
