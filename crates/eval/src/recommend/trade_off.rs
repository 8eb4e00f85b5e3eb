//! What an objective beside relevance brings, and what it costs.

use std::path::Path;

use engine::{OBJECTIVES_WINDOW, Shop};
use learn::recommend::objectives::{Judged, Objective, Point, trade_off, worths};
use rayon::prelude::*;
use serde_json::{Value, json};
use types::{Millis, Settings};

use super::data::Split;
use super::evaluate::answer;
use super::models::{Choice, Learnt, Within};
use super::{RecommendOptions, choices, split_of_folder, split_of_shop};
use crate::Result;

/// Steps of the weight from 0 to 1.
const STEPS: usize = 10;

/// The curve of an objective for a model: what lists are like under each weight from 0 to 1.
#[derive(Clone, Debug)]
pub struct TradeOff {
    /// The data.
    pub dataset: String,
    /// The model.
    pub model: &'static str,
    /// The objective.
    pub objective: Objective,
    /// Cases asked.
    pub cases: usize,
    /// One for each weight, rising.
    pub points: Vec<Point>,
}

impl TradeOff {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let point = |point: &Point| {
            let Point { weight, ndcg, purchase, margin, novelty } = point;
            json!({ "weight": weight, "ndcg@10": ndcg, "purchase": purchase, "margin": margin, "novelty": novelty })
        };
        json!({
            "dataset": self.dataset, "model": self.model, "objective": self.objective.name(), "cases": self.cases,
            "points": self.points.iter().map(point).collect::<Vec<_>>(),
        })
    }
}

/// The curves of models on a folder.
///
/// # Errors
/// As [`evaluate_recommend`](super::evaluate_recommend).
pub fn trade_off_folder(
    dir: &Path,
    models: &[&str],
    objective: Objective,
    options: &RecommendOptions,
) -> Result<Vec<TradeOff>> {
    let models = choices(models, &options.chosen)?;
    let mut split = split_of_folder(dir, options, &Settings::default())?;
    split.sample(options.cases);
    curves(&split, &models, objective)
}

/// The curves of models on a shop's own log; see [`evaluate_shop_time`](super::evaluate_shop_time).
///
/// # Errors
/// As [`evaluate_shop_time`](super::evaluate_shop_time).
pub fn trade_off_shop(
    shop: &Shop,
    moment: Option<Millis>,
    models: &[&str],
    chosen: &[(String, String, f64)],
    objective: Objective,
) -> Result<Vec<TradeOff>> {
    let models = choices(models, chosen)?;
    curves(&split_of_shop(shop, moment)?, &models, objective)
}

fn curves(split: &Split, models: &[Choice], objective: Objective) -> Result<Vec<TradeOff>> {
    let learnt = Learnt::from_split(split);
    let worths = worths(&learnt.interactions, &split.contents.margins);
    let curve = |model: &Choice| {
        let (recommender, _) = model.learn(&learnt, Within { memory: None, watcher: &mut () })?;
        let judged = |case| Judged {
            candidates: answer(split, &learnt, recommender.as_ref(), case, OBJECTIVES_WINDOW),
            relevant: case.relevant.clone(),
        };
        let questions: Vec<Judged> = split.cases.par_iter().map(judged).collect();
        let points = trade_off(&questions, &worths, objective, STEPS);
        Ok(TradeOff { dataset: split.dataset.clone(), model: model.name, objective, cases: questions.len(), points })
    };
    models.iter().map(curve).collect()
}
