use types::{FeatureRows, FeatureSchema, Rng};

use crate::LinearRanker;

/// Learns a model from examples; offline, and another thing than the model it makes.
pub trait Trainer {
    /// What it makes.
    type Model;
    /// Makes a model of `data`, with a report of how well it fits. The same data and seed give the same model.
    ///
    /// # Errors
    /// Where there is nothing to learn from.
    fn fit(&self, data: &Dataset, rng: &mut Rng) -> Result<(Self::Model, FitReport), FitError>;
}

/// Answered requests with what came of them.
#[derive(Clone, Debug)]
pub struct Dataset {
    schema: FeatureSchema,
    slates: Vec<LabelledSlate>,
}

/// One answered request: its candidates' features and how well each did.
#[derive(Clone, Debug)]
pub struct LabelledSlate {
    /// The candidates' features, as they were when it was answered.
    pub rows: FeatureRows,
    /// What each candidate gained: 0 for nothing, larger is better.
    pub gains: Vec<f32>,
}

/// How a fit went.
#[derive(Clone, PartialEq, Debug)]
pub struct FitReport {
    /// Pairs of a better and a worse candidate that were learnt from, over all rounds.
    pub pairs: usize,
    /// Mean loss a pair in the first round.
    pub loss_first: f64,
    /// Mean loss a pair in the last round; ln 2 is what a coin would have.
    pub loss_last: f64,
}

/// Why nothing was fitted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FitError {
    /// No request has both a better and a worse candidate.
    #[error("none of {slates} slates has candidates that differ in gain")]
    NothingToLearn {
        /// Slates looked at.
        slates: usize,
    },
}

impl Dataset {
    /// No slates yet.
    pub fn new(schema: FeatureSchema) -> Self {
        Self { schema, slates: Vec::new() }
    }

    /// Adds a slate.
    ///
    /// # Panics
    /// Where it has another schema or not one gain a row: the caller's bug.
    pub fn push(&mut self, slate: LabelledSlate) {
        assert_eq!(slate.rows.schema(), &self.schema, "all slates of a data set share one schema");
        assert_eq!(slate.rows.rows(), slate.gains.len(), "one gain a row");
        self.slates.push(slate);
    }

    /// The columns that all slates have.
    pub fn schema(&self) -> &FeatureSchema {
        &self.schema
    }

    /// The slates, in the order they were added.
    pub fn slates(&self) -> &[LabelledSlate] {
        &self.slates
    }
}

/// Fits a [`LinearRanker`] on pairs: the loss of a pair is `ln(1 + exp(s_worse - s_better))` (Burges et al. 2005,
/// "Learning to rank using gradient descent", ICML), lessened by AdaGrad (Duchi, Hazan and Singer 2011, JMLR 12).
#[derive(Clone, PartialEq, Debug)]
pub struct PairwiseTrainer {
    /// Name of the rankers it makes.
    pub id: String,
    /// Rounds over the data.
    pub rounds: usize,
    /// Pairs drawn from a slate in each round.
    pub pairs_per_slate: usize,
    /// Step size, in units of standardised features.
    pub step: f64,
    /// How strongly weights are drawn to 0.
    pub shrinkage: f64,
}

impl Default for PairwiseTrainer {
    fn default() -> Self {
        Self { id: "pairwise-v1".to_owned(), rounds: 10, pairs_per_slate: 20, step: 0.1, shrinkage: 1e-4 }
    }
}

impl Trainer for PairwiseTrainer {
    type Model = LinearRanker;

    fn fit(&self, data: &Dataset, rng: &mut Rng) -> Result<(LinearRanker, FitReport), FitError> {
        let mut order: Vec<&LabelledSlate> = data.slates.iter().filter(|slate| has_pair(&slate.gains)).collect();
        if order.is_empty() {
            return Err(FitError::NothingToLearn { slates: data.slates.len() });
        }
        let deviations = deviations(&order, data.schema.width());
        let mut weights = vec![0.0; data.schema.width()];
        let mut squares = vec![1e-8; data.schema.width()];
        let mut report = FitReport { pairs: 0, loss_first: 0.0, loss_last: 0.0 };
        for round in 0..self.rounds.max(1) {
            rng.shuffle(&mut order);
            let (mut loss, mut pairs) = (0.0, 0usize);
            for slate in &order {
                for _ in 0..self.pairs_per_slate.max(1) {
                    let Some(difference) = draw_pair(slate, &deviations, rng) else { continue };
                    loss += self.learn(&difference, &mut weights, &mut squares);
                    pairs += 1;
                }
            }
            report.pairs += pairs;
            report.loss_last = loss / pairs.max(1) as f64;
            if round == 0 {
                report.loss_first = report.loss_last;
            }
        }
        let scaled = weights.iter().zip(&deviations).map(|(weight, deviation)| (weight / deviation) as f32);
        let named: Vec<(&str, f32)> = data.schema.specs().iter().map(|spec| spec.name).zip(scaled).collect();
        Ok((LinearRanker::new(&self.id, data.schema.clone(), 0.0, &named), report))
    }
}

impl PairwiseTrainer {
    /// One step on one pair; returns its loss before the step.
    fn learn(&self, difference: &[f64], weights: &mut [f64], squares: &mut [f64]) -> f64 {
        let margin: f64 = difference.iter().zip(weights.iter()).map(|(value, weight)| value * weight).sum();
        let pull = 1.0 / (1.0 + margin.exp());
        for ((weight, square), value) in weights.iter_mut().zip(squares).zip(difference) {
            let gradient = self.shrinkage * *weight - pull * value;
            *square += gradient * gradient;
            *weight -= self.step * gradient / square.sqrt();
        }
        // ln(1 + e^-m) without overflow for large negative margins.
        (-margin.abs()).exp().ln_1p() + (-margin).max(0.0)
    }
}

fn has_pair(gains: &[f32]) -> bool {
    gains.iter().any(|gain| *gain != gains[0])
}

/// Features of a better candidate less those of a worse one, standardised. Drawn by chance; `None` where the two drawn
/// are equally good.
fn draw_pair(slate: &LabelledSlate, deviations: &[f64], rng: &mut Rng) -> Option<Vec<f64>> {
    let (one, two) = (rng.below(slate.gains.len()), rng.below(slate.gains.len()));
    let (better, worse) = match slate.gains[one].total_cmp(&slate.gains[two]) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => (one, two),
        std::cmp::Ordering::Less => (two, one),
    };
    let value = |column, row| f64::from(slate.rows.value(column, row));
    Some(deviations.iter().enumerate().map(|(column, d)| (value(column, better) - value(column, worse)) / d).collect())
}

/// Standard deviation of each column; 1 where it is constant.
fn deviations(slates: &[&LabelledSlate], width: usize) -> Vec<f64> {
    let deviation = |column: usize| {
        let values = || slates.iter().flat_map(|slate| slate.rows.column(column)).map(|value| f64::from(*value));
        let count = values().count().max(1) as f64;
        let mean = values().sum::<f64>() / count;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        if variance > 1e-12 { variance.sqrt() } else { 1.0 }
    };
    (0..width).map(deviation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ranker;
    use types::{FeatureScope, FeatureSpec};

    fn schema() -> FeatureSchema {
        FeatureSchema::new(["signal", "noise"].map(|name| FeatureSpec { name, scope: FeatureScope::Item, version: 1 }))
    }

    fn data(seed: u64) -> Dataset {
        let (mut data, mut rng) = (Dataset::new(schema()), Rng::new(seed));
        for _ in 0..100 {
            let mut rows = FeatureRows::zeros(schema(), 10);
            rows.column_mut(0).fill_with(|| rng.unit() as f32 * 0.01);
            rows.column_mut(1).fill_with(|| rng.unit() as f32);
            let gains = rows.column(0).iter().map(|value| f32::from(*value > 0.007)).collect();
            data.push(LabelledSlate { rows, gains });
        }
        data
    }

    #[test]
    fn finds_the_feature_that_matters_whatever_its_scale() {
        let (ranker, report) = PairwiseTrainer::default().fit(&data(1), &mut Rng::new(2)).unwrap();
        assert!(ranker.weights()[0] * 0.01 > 5.0 * ranker.weights()[1].abs(), "{:?}", ranker.weights());
        assert!(report.loss_last < 0.3 && report.loss_last < report.loss_first, "{report:?}");
        let again = PairwiseTrainer::default().fit(&data(1), &mut Rng::new(2)).unwrap();
        assert_eq!(again, (ranker.clone(), report));
        assert_eq!(&*ranker.id(), "pairwise-v1");
    }

    #[test]
    fn refuses_data_without_differences() {
        let mut data = Dataset::new(schema());
        data.push(LabelledSlate { rows: FeatureRows::zeros(schema(), 3), gains: vec![1.0; 3] });
        let error = PairwiseTrainer::default().fit(&data, &mut Rng::new(1)).unwrap_err();
        assert_eq!(error, FitError::NothingToLearn { slates: 1 });
    }
}
