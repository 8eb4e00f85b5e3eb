use learn::{LearnedRanker, Ranker as _};
use serde_json::{Value, json};
use types::FeatureScope;

use super::Case;
use super::choose::narrowed;

/// How much a ranker depends on a feature, over many answers.
#[derive(Clone, PartialEq, Debug)]
pub struct Importance {
    /// The feature.
    pub feature: &'static str,
    /// What it is about.
    pub scope: FeatureScope,
    /// Standard deviation of what it adds to the scores of one answer's items, mean over answers: how far it moves them
    /// apart. What adds the same to all items orders nothing and has 0.
    pub spread: f64,
    /// Correlation of its value with what it adds, -1 to 1: above 0 more of it lifts an item, below 0 it lowers it; near 0
    /// it depends on other features.
    pub direction: f64,
}

/// Answers that are looked at, evenly over all.
const CASES: usize = 200;

impl Importance {
    /// As a document.
    pub fn to_json(&self) -> Value {
        json!({
            "feature": self.feature, "about": self.scope.name(), "spread": self.spread, "direction": self.direction,
        })
    }
}

/// The features that a ranker reads, the most important first. Contributions are exact: those of its explanations.
pub(super) fn importance(ranker: &LearnedRanker, cases: &[Case]) -> Vec<Importance> {
    let specs = ranker.needs().specs();
    let mut spreads = vec![0.0; specs.len()];
    let mut pairs: Vec<Vec<(f64, f64)>> = vec![Vec::new(); specs.len()];
    let looked_at: Vec<&Case> = cases.iter().step_by(cases.len().div_ceil(CASES).max(1)).collect();
    for case in &looked_at {
        let rows = narrowed(&case.slate.rows, ranker.needs());
        let mut added = vec![vec![0.0; rows.rows()]; specs.len()];
        let explained = (0..rows.rows()).map(|row| (row, ranker.explain(&rows, row)));
        for (row, explanation) in explained {
            for part in explanation.contributions {
                let Some(column) = ranker.needs().column(&part.feature) else { continue };
                added[column][row] = f64::from(part.contribution);
            }
        }
        for (column, added) in added.iter().enumerate() {
            spreads[column] += spread(added) / looked_at.len() as f64;
            pairs[column].extend(rows.column(column).iter().map(|value| f64::from(*value)).zip(added.iter().copied()));
        }
    }
    let of = |(column, spec): (usize, &types::FeatureSpec)| Importance {
        feature: spec.name,
        scope: spec.scope,
        spread: spreads[column],
        direction: correlation(&pairs[column]),
    };
    let mut all: Vec<Importance> = specs.iter().enumerate().map(of).collect();
    all.sort_by(|a, b| b.spread.total_cmp(&a.spread));
    all
}

/// Standard deviation.
fn spread(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Pearson's correlation; 0 where either does not vary.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (first, second) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let covariance = pairs.iter().map(|(one, other)| (one - first) * (other - second)).sum::<f64>();
    let one: f64 = pairs.iter().map(|pair| (pair.0 - first).powi(2)).sum();
    let other: f64 = pairs.iter().map(|pair| (pair.1 - second).powi(2)).sum();
    if one > 1e-18 && other > 1e-18 { covariance / (one * other).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use learn::{LabelledSlate, LinearRanker};
    use types::{FeatureRows, FeatureSchema, FeatureSpec, Millis};

    use super::*;

    #[test]
    fn what_adds_the_same_to_all_is_not_important() {
        let specs = ["retrieval", "price", "stock"];
        let schema = FeatureSchema::new(specs.map(|name| FeatureSpec { name, scope: FeatureScope::Item, version: 1 }));
        let mut rows = FeatureRows::zeros(schema.clone(), 2);
        rows.column_mut(0).copy_from_slice(&[0.5, 1.0]);
        rows.column_mut(1).copy_from_slice(&[0.2, 0.1]);
        rows.column_mut(2).fill(1.0);
        let linear = LinearRanker::new("x", schema, 0.0, &[("retrieval", 1.0), ("price", -8.0), ("stock", 9.0)]);
        let case = Case {
            query: Arc::from("茶"),
            time: Millis(0),
            is_known_actor: false,
            slate: LabelledSlate { rows, gains: vec![0.0, 1.0] },
            outcomes: Vec::new(),
            judged: vec![0.0, 1.0],
        };
        let found = importance(&LearnedRanker::linear(&linear), &[case]);
        let told: Vec<(&str, f64, f64)> =
            found.iter().map(|one| (one.feature, one.spread, one.direction.round())).collect();
        assert_eq!(
            told.iter().map(|one| (one.0, one.2)).collect::<Vec<_>>(),
            [("price", -1.0), ("retrieval", 1.0), ("stock", 0.0)]
        );
        assert!((told[0].1 - 0.4).abs() < 1e-6 && (told[1].1 - 0.25).abs() < 1e-6 && told[2].1 == 0.0, "{told:?}");
    }
}
