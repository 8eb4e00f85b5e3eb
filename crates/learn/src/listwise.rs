use types::{FeatureRows, FeatureSchema, FeatureScope};

use crate::softmax::lbfgs;
use crate::{Dataset, FitError, LabelledSlate, LinearRanker};

/// Learns what features add to a score that is good already, from few judged or clicked slates.
///
/// The model of a slate is a softmax over its items (Cao et al. 2007, "Learning to rank: from pairwise approach to
/// listwise approach", ICML): `p_i ∝ exp(b r_i + w · z_i)`, where `r` is the prior score, `z` the other features made
/// standard, and `b` and `w` are learnt. The loss is the cross-entropy to the slates' gains, plus `shrinkage / 2 |w|²`
/// for each slate: what the data do not say stays with the prior, which has no price. The score that is served is
/// `r + w · z / b`, in the prior's own units.
#[derive(Clone, PartialEq, Debug)]
pub struct ListwiseTrainer {
    /// Name of the rankers it makes.
    pub id: String,
    /// The column that holds the prior score.
    pub prior: &'static str,
    /// What a weight costs, for each slate. More holds on to the prior.
    pub shrinkage: f64,
    /// Whether features of the one who asks are left out: the same ranker without taste.
    pub is_impersonal: bool,
}

/// How a fit went.
#[derive(Clone, PartialEq, Debug)]
pub struct ListwiseReport {
    /// Slates that had a better and a worse item.
    pub slates: usize,
    /// Mean cross-entropy of those slates by the prior alone, at the scale that suits it best.
    pub loss_prior: f64,
    /// The same with what was learnt.
    pub loss: f64,
}

/// Steps of the search for the best weights.
const STEPS_MAX: usize = 200;
/// The prior's scale stays above this; below it the prior says nothing, and nothing could be said in its units.
const SCALE_MIN: f64 = 0.1;

impl ListwiseTrainer {
    /// A trainer of rankers that lean on `prior`.
    pub fn new(id: &str, prior: &'static str, shrinkage: f64) -> Self {
        Self { id: id.to_owned(), prior, shrinkage, is_impersonal: false }
    }

    /// Makes a ranker of `data`.
    ///
    /// # Errors
    /// [`FitError::NothingToLearn`] where no slate has items that differ in gain.
    ///
    /// # Panics
    /// Where the data have no column called like the prior: the caller's bug.
    pub fn fit(&self, data: &Dataset) -> Result<(LinearRanker, ListwiseReport), FitError> {
        let schema = data.schema();
        let prior = schema.column(self.prior).expect("the data have the prior's column");
        let slates: Vec<&LabelledSlate> = data.slates().iter().filter(|slate| can_teach(slate)).collect();
        if slates.is_empty() {
            return Err(FitError::NothingToLearn { slates: data.slates().len() });
        }
        let columns = self.columns(schema, prior, &slates);
        let prepared: Vec<Prepared> = slates.iter().map(|slate| prepare(slate, prior, &columns)).collect();
        let loss = |point: &[f64], slope: &mut [f64]| self.loss(&prepared, point, slope);
        let prior_alone = |point: &[f64], slope: &mut [f64]| {
            let mut whole = vec![0.0; columns.len() + 1];
            let padded: Vec<f64> = std::iter::once(point[0]).chain(columns.iter().map(|_| 0.0)).collect();
            let loss = self.loss(&prepared, &padded, &mut whole);
            slope[0] = whole[0];
            loss
        };
        let scale = lbfgs::minimise(vec![1.0], STEPS_MAX, prior_alone);
        let loss_prior = prior_alone(&scale, &mut [0.0]);
        let mut start = vec![0.0; columns.len() + 1];
        start[0] = scale[0];
        let point = lbfgs::minimise(start, STEPS_MAX, loss);
        let report = ListwiseReport {
            slates: slates.len(),
            loss_prior,
            loss: self.loss(&prepared, &point, &mut vec![0.0; point.len()]),
        };
        Ok((self.ranker(schema, &columns, &point), report))
    }

    /// The columns that say anything, with their means and deviations over all items.
    fn columns(&self, schema: &FeatureSchema, prior: usize, slates: &[&LabelledSlate]) -> Vec<Column> {
        let mut columns = Vec::new();
        for (column, spec) in schema.specs().iter().enumerate() {
            // What is the same for all items of a slate cannot order them.
            let is_of_item = !matches!(spec.scope, FeatureScope::Actor | FeatureScope::Query);
            let is_taste = spec.scope == FeatureScope::ActorItem;
            if column == prior || !is_of_item || (is_taste && self.is_impersonal) {
                continue;
            }
            let values = || slates.iter().flat_map(|slate| slate.rows.column(column)).map(|value| f64::from(*value));
            let count = values().count() as f64;
            let mean = values().sum::<f64>() / count;
            let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
            if deviation > 1e-6 {
                columns.push(Column { column, mean, deviation });
            }
        }
        columns
    }

    /// Mean cross-entropy and its slope. The first part of a point is the prior's scale, the others are weights.
    fn loss(&self, slates: &[Prepared], point: &[f64], slope: &mut [f64]) -> f64 {
        slope.fill(0.0);
        let share = 1.0 / slates.len() as f64;
        let mut loss = 0.0;
        for slate in slates {
            let scores: Vec<f64> = slate.rows.iter().map(|row| dot(row, point)).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let whole: f64 = scores.iter().map(|score| (score - most).exp()).sum();
            for ((row, score), wanted) in slate.rows.iter().zip(&scores).zip(&slate.wanted) {
                let likely = (score - most).exp() / whole;
                loss -= share * wanted * (score - most - whole.ln());
                slope.iter_mut().zip(row).for_each(|(slope, value)| *slope += share * (likely - wanted) * value);
            }
        }
        for (slope, weight) in slope.iter_mut().zip(point).skip(1) {
            loss += 0.5 * self.shrinkage * weight * weight;
            *slope += self.shrinkage * weight;
        }
        loss
    }

    fn ranker(&self, schema: &FeatureSchema, columns: &[Column], point: &[f64]) -> LinearRanker {
        let scale = point[0].max(SCALE_MIN);
        let weight = |(column, weight): (&Column, &f64)| weight / (column.deviation * scale);
        let mut base = 0.0;
        let mut weights: Vec<(&str, f32)> = vec![(self.prior, 1.0)];
        for (column, learnt) in columns.iter().zip(&point[1..]) {
            let weight = weight((column, learnt));
            base -= weight * column.mean;
            weights.push((schema.specs()[column.column].name, weight as f32));
        }
        LinearRanker::new(&self.id, schema.clone(), base as f32, &weights)
    }
}

struct Column {
    column: usize,
    mean: f64,
    deviation: f64,
}

/// A slate as the loss reads it: rows of the prior and the standard features, and the share of the gain that each has.
struct Prepared {
    rows: Vec<Vec<f64>>,
    wanted: Vec<f64>,
}

fn prepare(slate: &LabelledSlate, prior: usize, columns: &[Column]) -> Prepared {
    let value = |rows: &FeatureRows, column: usize, row: usize| f64::from(rows.value(column, row));
    let row = |at: usize| {
        let standard = columns.iter().map(|of| (value(&slate.rows, of.column, at) - of.mean) / of.deviation);
        std::iter::once(value(&slate.rows, prior, at)).chain(standard).collect()
    };
    let gains: Vec<f64> = slate.gains.iter().map(|gain| gain_of(*gain)).collect();
    let sum: f64 = gains.iter().sum();
    Prepared { rows: (0..gains.len()).map(row).collect(), wanted: gains.iter().map(|gain| gain / sum).collect() }
}

/// A gain as it counts: none below 0, and none so large that one slate's sum overflows.
fn gain_of(gain: f32) -> f64 {
    if gain.is_finite() { f64::from(gain).clamp(0.0, 1e6) } else { 0.0 }
}

/// Whether some items of a slate gained more than others.
fn can_teach(slate: &LabelledSlate) -> bool {
    let gains = || slate.gains.iter().map(|gain| gain_of(*gain));
    gains().any(|gain| gain > 0.0) && gains().any(|gain| gain != gains().fold(0.0, f64::max))
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use types::{FeatureSpec, Rng};

    use super::*;
    use crate::Ranker;

    const NAMES: [(&str, FeatureScope); 5] = [
        ("retrieval", FeatureScope::QueryItem),
        ("useful", FeatureScope::Item),
        ("noise", FeatureScope::Item),
        ("taste", FeatureScope::ActorItem),
        ("hour", FeatureScope::Actor),
    ];

    fn schema() -> FeatureSchema {
        FeatureSchema::new(NAMES.map(|(name, scope)| FeatureSpec { name, scope, version: 1 }))
    }

    /// Slates whose best item is told by the prior and, by `strength`, a useful feature.
    fn slates(count: usize, strength: f64, seed: u64) -> Dataset {
        let (mut data, mut rng) = (Dataset::new(schema()), Rng::new(seed));
        for _ in 0..count {
            let mut rows = FeatureRows::zeros(schema(), 12);
            for column in 0..5 {
                rows.column_mut(column).fill_with(|| rng.unit() as f32);
            }
            let chosen = |row: usize| {
                let mut noise = rng.clone();
                for _ in 0..=row {
                    noise.next_u64();
                }
                5.0 * f64::from(rows.value(0, row)) + strength * f64::from(rows.value(1, row)) + noise.normal()
            };
            let scores: Vec<f64> = (0..12).map(chosen).collect();
            let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            rng.next_u64();
            let gains = scores.iter().map(|score| f32::from(u8::from(*score == best))).collect();
            data.push(LabelledSlate { rows, gains });
        }
        data
    }

    fn weight(ranker: &LinearRanker, name: &str) -> f32 {
        ranker.weights()[ranker.needs().column(name).unwrap()]
    }

    #[test]
    fn learns_what_helps_in_the_units_of_the_prior() {
        let (ranker, report) = ListwiseTrainer::new("test", "retrieval", 0.001).fit(&slates(2_000, 2.5, 1)).unwrap();
        assert_eq!(weight(&ranker, "retrieval"), 1.0);
        assert!((weight(&ranker, "useful") - 0.5).abs() < 0.1, "{:?}", ranker.weights());
        assert!(weight(&ranker, "noise").abs() < 0.1 && weight(&ranker, "hour") == 0.0, "{:?}", ranker.weights());
        assert!(report.loss < report.loss_prior - 0.05, "{report:?}");
    }

    #[test]
    fn stays_with_the_prior_where_there_is_little_to_learn_from() {
        let (ranker, report) = ListwiseTrainer::new("test", "retrieval", 1.0).fit(&slates(20, 0.0, 2)).unwrap();
        assert!(ranker.weights()[1..].iter().all(|weight| weight.abs() < 0.15), "{:?}", ranker.weights());
        assert!(report.loss <= report.loss_prior);
    }

    #[test]
    fn is_the_same_without_taste() {
        let trainer = ListwiseTrainer { is_impersonal: true, ..ListwiseTrainer::new("test", "retrieval", 0.01) };
        let (ranker, _) = trainer.fit(&slates(200, 1.0, 3)).unwrap();
        assert_eq!(weight(&ranker, "taste"), 0.0);
        assert_eq!(trainer.fit(&slates(200, 1.0, 3)).unwrap().0, ranker);
    }

    #[test]
    fn refuses_what_teaches_nothing_and_bears_what_is_broken() {
        let mut data = Dataset::new(schema());
        let trainer = ListwiseTrainer::new("test", "retrieval", 0.1);
        data.push(LabelledSlate { rows: FeatureRows::zeros(schema(), 2), gains: vec![0.0, -3.0] });
        data.push(LabelledSlate { rows: FeatureRows::zeros(schema(), 1), gains: vec![1.0] });
        assert_eq!(trainer.fit(&data).unwrap_err(), FitError::NothingToLearn { slates: 2 });
        data.push(LabelledSlate { rows: FeatureRows::zeros(schema(), 3), gains: vec![f32::NAN, 1e30, 0.0] });
        let (ranker, _) = trainer.fit(&data).unwrap();
        assert!(ranker.weights().iter().all(|weight| weight.is_finite()));
    }
}
