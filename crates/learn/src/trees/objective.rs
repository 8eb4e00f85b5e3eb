use rayon::prelude::*;

use super::histogram::Derivatives;
use super::rows::TrainingRows;
use super::{TreesError, lambdas};

/// Rows whose derivatives are taken at a time.
const ROWS_PER_TASK: usize = 1 << 14;
/// Probabilities that a start is taken from stay this far from 0 and 1.
const PROBABILITY_MIN: f64 = 1e-6;
/// Least second derivative of a row with a weight, so that rows already certain do not blow up a leaf's score.
const HESSIAN_MIN: f64 = 1e-16;

/// What is learnt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Objective {
    /// Better rows of a group above worse ones; labels are gains, 0 or larger.
    LambdaMart(LambdaMart),
    /// The log-odds of labels of 0 to 1, calibrated.
    Logistic,
    /// The label itself, by squared error.
    Squared,
}

/// How pairs of a group are weighed (Burges 2010, "From RankNet to LambdaRank to LambdaMART", MSR-TR-2010-82).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LambdaMart {
    /// Places that count, k of nDCG@k: a pair with neither row in them moves nothing.
    pub places: usize,
    /// Steepness of a pair's loss `ln(1 + exp(-sigmoid (s_better - s_worse)))`.
    pub sigmoid: f64,
    /// Whether a pair counts less the further apart its scores are, and groups with many pairs no more than
    /// logarithmically more than others, as LightGBM does.
    pub normalise: bool,
}

impl Default for LambdaMart {
    fn default() -> Self {
        Self { places: 10, sigmoid: 1.0, normalise: true }
    }
}

/// The training rows as the objective sees them.
pub(super) struct Task<'a> {
    pub(super) objective: Objective,
    pub(super) labels: &'a [f32],
    /// A row's weight with its group's.
    pub(super) weights: Vec<f32>,
    pub(super) groups: Vec<(usize, usize)>,
    /// Of ranking: one over the best DCG of each group.
    pub(super) ideals: Vec<f64>,
}

impl<'a> Task<'a> {
    /// Checks what the objective asks of labels and groups.
    pub(super) fn new(objective: Objective, rows: &'a TrainingRows) -> Result<Self, TreesError> {
        rows.check()?;
        let fits: (&str, fn(f32) -> bool) = match objective {
            Objective::LambdaMart(_) => ("a gain of 0 or more", |label| label >= 0.0),
            Objective::Logistic => ("a probability between 0 and 1", |label| (0.0..=1.0).contains(&label)),
            Objective::Squared => ("a number", |_| true),
        };
        if let Some(row) = rows.labels.iter().position(|label| !fits.1(*label)) {
            return Err(TreesError::Value { list: "labels".into(), row, expected: fits.0, got: rows.labels[row] });
        }
        let mut task = Self {
            objective,
            labels: &rows.labels,
            weights: rows.row_weights(),
            groups: rows.groups(),
            ideals: Vec::new(),
        };
        if let Objective::LambdaMart(lambdas) = objective {
            if rows.group_sizes.is_empty() && rows.rows() > 0 {
                return Err(TreesError::NoGroups);
            }
            let ideal = |(start, end): &(usize, usize)| {
                let counts = (*start..*end).filter(|row| task.weights[*row] > 0.0);
                lambdas::ideal(counts.map(|row| rows.labels[row]).collect(), lambdas.places)
            };
            task.ideals = task.groups.iter().map(ideal).collect();
        }
        Ok(task)
    }

    /// Groups that have something to learn from; rows where the objective knows no groups.
    pub(super) fn informative(&self) -> usize {
        match self.objective {
            Objective::LambdaMart(_) => self.groups.iter().filter(|group| self.has_pair(**group)).count(),
            Objective::Logistic | Objective::Squared => self.weights.iter().filter(|weight| **weight > 0.0).count(),
        }
    }

    fn has_pair(&self, (start, end): (usize, usize)) -> bool {
        let mut labels = (start..end).filter(|row| self.weights[*row] > 0.0).map(|row| self.labels[row]);
        labels.next().is_some_and(|first| labels.any(|label| label != first))
    }

    /// The score that loses least where all rows have the same; 0 where only order counts.
    pub(super) fn base(&self) -> f32 {
        let add = |(sum, total): (f64, f64), (label, weight): (&f32, &f32)| {
            (sum + f64::from(*label) * f64::from(*weight), total + f64::from(*weight))
        };
        let (sum, total) = self.labels.iter().zip(&self.weights).fold((0.0, 0.0), add);
        let mean = if total > 0.0 { sum / total } else { 0.0 };
        match self.objective {
            Objective::LambdaMart(_) => 0.0,
            Objective::Squared => mean as f32,
            Objective::Logistic => {
                let share = mean.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
                (share / (1.0 - share)).ln() as f32
            }
        }
    }

    /// First and second derivative of the loss by each row's score.
    pub(super) fn derivatives(&self, scores: &[f64], out: &mut Derivatives) {
        out.pairs.resize(scores.len(), [0.0; 2]);
        match self.objective {
            Objective::LambdaMart(settings) => lambdas::fill(self, settings, scores, &mut out.pairs),
            Objective::Logistic => self.each(scores, &mut out.pairs, |score, label| {
                let share = 1.0 / (1.0 + (-score).exp());
                [share - label, (share * (1.0 - share)).max(HESSIAN_MIN)]
            }),
            Objective::Squared => self.each(scores, &mut out.pairs, |score, label| [score - label, 1.0]),
        }
    }

    fn each(&self, scores: &[f64], pairs: &mut [[f32; 2]], derive: impl Fn(f64, f64) -> [f64; 2] + Sync) {
        pairs.par_chunks_mut(ROWS_PER_TASK).enumerate().for_each(|(task, pairs)| {
            let start = task * ROWS_PER_TASK;
            let rows = scores[start..].iter().zip(&self.labels[start..]).zip(&self.weights[start..]);
            for (pair, ((score, label), weight)) in pairs.iter_mut().zip(rows) {
                *pair = derive(*score, f64::from(*label)).map(|derivative| (derivative * f64::from(*weight)) as f32);
            }
        });
    }
}
