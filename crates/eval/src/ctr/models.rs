//! The models, by name.

use learn::ctr::{CtrConfig, CtrModel, CtrTrainer, Examples, Forecast};
use learn::trees::{Forest, Objective, TreeTrainer};
use types::{FieldError, Rng};

use super::CtrOptions;
use super::tables::{Shares, other_rows, train_rows};
use crate::Result;

/// A kind of model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CtrMethod {
    /// A factorisation machine.
    Fm,
    /// A factorisation machine and hidden layers over the same vectors.
    DeepFm,
    /// Cross layers beside hidden layers.
    Dcn,
    /// Gradient-boosted trees; ids are replaced by how often they had the label and were met.
    Trees,
}

impl CtrMethod {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Fm, Self::DeepFm, Self::Dcn, Self::Trees];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fm => "fm",
            Self::DeepFm => "deepfm",
            Self::Dcn => "dcn",
            Self::Trees => "trees",
        }
    }

    /// The kind called `name`.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            FieldError::new("model_unknown", "model", format!("one of {known}"), name).into()
        })
    }
}

/// A trained model.
pub(super) enum Model {
    Network(Box<CtrModel>),
    Trees(Forest, Shares),
}

/// A model trained twice.
pub(super) struct Chosen {
    /// Without the held-out rows.
    pub(super) part: Model,
    /// With all rows, for as long.
    pub(super) whole: Model,
    /// What the held-out rows said.
    pub(super) told: String,
}

/// Trains on the rows without those held out, which say for how long, then on all.
pub(super) fn train(
    options: &CtrOptions,
    fit: &Examples,
    held_out: &Examples,
    all: &Examples,
    rng: &mut Rng,
) -> Result<Chosen> {
    match options.method {
        CtrMethod::Fm => networks(CtrConfig::fm(), options, [fit, held_out, all], rng),
        CtrMethod::DeepFm => networks(CtrConfig::deep_fm(), options, [fit, held_out, all], rng),
        CtrMethod::Dcn => networks(CtrConfig::dcn(), options, [fit, held_out, all], rng),
        CtrMethod::Trees => forests(options, [fit, held_out, all], rng),
    }
}

fn networks(
    mut config: CtrConfig,
    options: &CtrOptions,
    [fit, held_out, all]: [&Examples; 3],
    rng: &mut Rng,
) -> Result<Chosen> {
    for (name, value) in &options.settings {
        set(&mut config, name, *value)?;
    }
    let (part, report) = CtrTrainer { config: config.clone() }.fit(fit, Some(held_out), rng)?;
    let epochs = report.kept;
    let (whole, _) = CtrTrainer { config: CtrConfig { epochs, ..config } }.fit(all, None, rng)?;
    let told = format!("how many times to go through them: {epochs}; {} ids are known", report.known);
    Ok(Chosen { part: Model::Network(Box::new(part)), whole: Model::Network(Box::new(whole)), told })
}

/// Sets what is called `name`.
fn set(config: &mut CtrConfig, name: &str, value: f64) -> Result<()> {
    let whole = value as usize;
    match name {
        "factors" => config.factors = whole,
        "rate" => config.rate = value as f32,
        "dropout" => config.dropout = value as f32,
        "l2_linear" => config.l2_linear = value as f32,
        "l2_factors" => config.l2_factors = value as f32,
        "l2_towers" => config.l2_towers = value as f32,
        "deviation" => config.deviation = value as f32,
        "batch" => config.batch = whole,
        "epochs" => config.epochs = whole,
        "patience" => config.patience = whole,
        "count_min" => config.count_min = whole as u32,
        _ => {
            let known = "factors, rate, dropout, l2_linear, l2_factors, l2_towers, deviation, batch, epochs, patience or \
                         count_min";
            return Err(FieldError::new("setting_unknown", "set", known, name).into());
        }
    }
    Ok(())
}

fn forests(options: &CtrOptions, [fit, held_out, all]: [&Examples; 3], rng: &mut Rng) -> Result<Chosen> {
    let mut trainer = TreeTrainer {
        objective: Objective::Logistic,
        trees_max: 500,
        leaves_max: 15,
        learning_rate: 0.05,
        min_rows: 50,
        ..TreeTrainer::default()
    };
    for (name, value) in &options.settings {
        match name.as_str() {
            "trees" => trainer.trees_max = *value as usize,
            "leaves" => trainer.leaves_max = *value as usize,
            "rate" => trainer.learning_rate = *value,
            "min_rows" => trainer.min_rows = *value as usize,
            "l2" => trainer.l2 = *value,
            _ => {
                let known = "trees, leaves, rate, min_rows or l2";
                return Err(FieldError::new("setting_unknown", "set", known, name.as_str()).into());
            }
        }
    }
    let shares = Shares::of(fit, |_| true);
    let (part, report) = trainer.fit(&train_rows(fit, rng), Some(&other_rows(held_out, &shares)), rng)?;
    // A forest has at least one tree; where none helps, one does little harm.
    trainer.trees_max = report.trees.max(1);
    let (whole, _) = trainer.fit(&train_rows(all, rng), None, rng)?;
    let told = format!("how many trees: {}", report.trees);
    Ok(Chosen { part: Model::Trees(part, shares), whole: Model::Trees(whole, Shares::of(all, |_| true)), told })
}

/// What a model says of rows, and what came of them.
pub(super) fn forecasts(model: &Model, examples: &Examples) -> Result<Vec<Forecast>> {
    let chances: Vec<f32> = match model {
        Model::Network(model) => model.predict(examples)?.into_iter().map(|chances| chances.click).collect(),
        Model::Trees(forest, shares) => {
            let rows = other_rows(examples, shares);
            let chance = |row: usize| {
                let values: Vec<f32> = rows.values.iter().map(|column| column[row]).collect();
                (1.0 / (1.0 + f64::from(-forest.score_row(&values)).exp())) as f32
            };
            (0..examples.len()).map(chance).collect()
        }
    };
    let forecast = |(row, probability): (usize, f32)| Forecast {
        probability,
        happened: examples.outcome(row).click,
        weight: examples.weight(row),
    };
    Ok(chances.into_iter().enumerate().map(forecast).collect())
}
