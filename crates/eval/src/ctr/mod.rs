//! How well clicks are predicted, on folders of rows with a label.

mod data;
mod figures;
mod models;
mod tables;
#[cfg(test)]
mod tests;

use std::path::Path;

use learn::ctr::{Bend, Bins, Reliability};
use serde_json::{Value, json};
use types::{FieldError, Rng};

pub use data::CtrData;
pub use models::CtrMethod;

use crate::{Bootstrap, Report, Result};

/// What is evaluated, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct CtrOptions {
    /// The model.
    pub method: CtrMethod,
    /// Settings other than the model's own, by name.
    pub settings: Vec<(String, f64)>,
    /// Which split of a folder that has several.
    pub split: String,
    /// Whether to report on a fifth of the training part, drawn by chance, instead of the test part: for choices.
    pub validation: bool,
    /// How probabilities are bent towards what came true among held-out rows; not at all where none is given.
    pub calibrate: Option<Bend>,
    /// How intervals are found; its seed is the training's too.
    pub bootstrap: Bootstrap,
}

/// What an evaluation found.
#[derive(Clone, PartialEq, Debug)]
pub struct CtrReport {
    /// The figures.
    pub report: Report,
    /// Whether probabilities came true, in groups of about equal mass.
    pub reliability: Reliability,
}

/// Share of the training part that is drawn for when to end and for calibration.
const HELD_OUT: f64 = 0.1;
/// Share of the training part that stands in for the test part where choices are made.
const VALIDATION: f64 = 0.2;
/// Groups that calibration is measured in.
const BINS: usize = 15;

/// Evaluates a model on a folder, see [`CtrData::read`]. A tenth of the training part says when to end (and how to calibrate);
/// then the model is trained anew on all of the training part for as long, and measured on the test part.
///
/// # Errors
/// Faults in the folder's files; settings that are not on offer; parts without both labels.
pub fn evaluate_ctr(dir: &Path, options: &CtrOptions) -> Result<CtrReport> {
    let mut data = CtrData::read(dir, &options.split)?;
    let mut rng = Rng::new(options.bootstrap.seed);
    if options.validation {
        let (train, test) = data.train.split(VALIDATION, &mut rng);
        data = CtrData { train, test, ..data };
    }
    let (fit, held_out) = data.train.split(HELD_OUT, &mut rng);
    let chosen = models::train(options, &fit, &held_out, &data.train, &mut rng)?;
    let mut forecasts = models::forecasts(&chosen.whole, &data.test)?;
    if let Some(bend) = options.calibrate {
        let calibrator = learn::ctr::Calibrator::fit(bend, &models::forecasts(&chosen.part, &held_out)?)?;
        forecasts.iter_mut().for_each(|one| one.probability = calibrator.apply(one.probability));
    }
    let name = crate::dataset_name(dir);
    let dataset = if data.is_split { format!("{name} {}", options.split) } else { name };
    let report = Report {
        dataset,
        protocol: if options.validation { "ctr, validation" } else { "ctr" }.to_owned(),
        method: options.method.name().to_owned(),
        queries: data.test.len(),
        metrics: figures::metrics(&forecasts, options.bootstrap)?,
        remarks: vec![format!(
            "{} rows to learn from, {} of them held out to find {}",
            data.train.len(),
            held_out.len(),
            chosen.told
        )],
    };
    Ok(CtrReport { report, reliability: Reliability::of(&forecasts, Bins::EqualMass(BINS))? })
}

/// The way of calibration called `name`.
///
/// # Errors
/// Where there is none of that name.
pub fn bend(name: &str) -> Result<Bend> {
    match name {
        "platt" => Ok(Bend::Platt),
        "beta" => Ok(Bend::Beta),
        "isotonic" => Ok(Bend::Isotonic),
        _ => Err(FieldError::new("calibration_unknown", "calibrate", "platt, beta or isotonic", name).into()),
    }
}

impl CtrReport {
    /// The report with the table of reliability.
    pub fn to_json(&self) -> Value {
        let bin = |bin: &learn::ctr::Bin| json!({ "rows": bin.count, "said": bin.said, "happened": bin.happened });
        let mut document = self.report.to_json();
        document["reliability"] = self.reliability.bins.iter().map(bin).collect();
        document
    }

    /// Rows of a table of reliability; the first is its head.
    pub fn reliability_rows(&self) -> Vec<Vec<String>> {
        let head = ["rows", "said", "happened"].map(str::to_owned).to_vec();
        let row = |bin: &learn::ctr::Bin| {
            vec![bin.count.to_string(), format!("{:.4}", bin.said), format!("{:.4}", bin.happened)]
        };
        std::iter::once(head).chain(self.reliability.bins.iter().map(row)).collect()
    }
}
