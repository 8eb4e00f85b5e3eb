use types::FeatureRows;

use super::{TreeRanker, TreesError};

/// A change of one feature that would lift a row's score over a threshold.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The feature's name.
    pub feature: String,
    /// Its value now; NaN where it is missing.
    pub from: f32,
    /// The nearest value that is enough.
    pub to: f32,
    /// The score with it.
    pub score: f32,
    /// How far it is, in standard deviations of the feature in training; from the training mean where it is missing now.
    pub size: f32,
}

impl TreeRanker {
    /// For each of `features` (all, where none are named) the smallest change that would make the row's score exceed
    /// `threshold`, all other features as they are; smallest first, features that cannot do it left out. Exact: between
    /// two neighbouring thresholds of the forest no value changes the trees' score.
    ///
    /// # Errors
    /// [`TreesError::UnknownColumn`] where a feature is not there.
    ///
    /// # Panics
    /// Where there is no such row, or the rows have another schema: the caller's bug.
    pub fn what_if(
        &self,
        rows: &FeatureRows,
        row: usize,
        threshold: f32,
        features: &[&str],
    ) -> Result<Vec<Change>, TreesError> {
        let width = self.forest.columns.len();
        let places: Vec<usize> = if features.is_empty() {
            (0..width).collect()
        } else {
            features.iter().map(|feature| self.forest.place(feature)).collect::<Result<_, _>>()?
        };
        let values: Vec<f32> = (0..width).map(|column| rows.value(column, row)).collect();
        let mut changes: Vec<Change> =
            places.into_iter().filter_map(|column| self.smallest(&values, column, threshold)).collect();
        changes.sort_by(|a, b| a.size.total_cmp(&b.size));
        Ok(changes)
    }

    fn smallest(&self, values: &[f32], column: usize, threshold: f32) -> Option<Change> {
        let nodes = self.forest.trees.iter().flat_map(|tree| &tree.nodes);
        let mut thresholds: Vec<f32> =
            nodes.filter(|node| node.column as usize == column).map(|node| node.threshold).collect();
        thresholds.sort_unstable_by(f32::total_cmp);
        thresholds.dedup();
        let from = values[column];
        let known = &self.forest.columns[column];
        let start = if from.is_nan() { known.mean } else { from };
        // The nearest value of each stretch between thresholds: at its end from below, just past its start from above.
        let nearest = thresholds.iter().map(|end| if start <= *end { end.next_up() } else { *end });
        let mut candidates: Vec<f32> = nearest.filter(|value| value.is_finite()).collect();
        if from.is_nan() {
            candidates.push(start);
        }
        if let Some((_, weight)) = self.prior.filter(|(prior, weight)| *prior == column && *weight != 0.0) {
            self.add_prior_steps(values, column, weight, threshold, &mut candidates);
        }
        let mut scores = vec![0.0; candidates.len()];
        self.score_with(|at, place| if at == column { candidates[place] } else { values[at] }, &mut scores);
        let size = |to: f32| (to - start).abs() / known.spread;
        let enough = candidates.iter().zip(&scores).filter(|(_, score)| **score > threshold);
        let (to, score) = enough.min_by(|a, b| size(*a.0).total_cmp(&size(*b.0)))?;
        Some(Change { feature: known.column.name.to_string(), from, to: *to, score: *score, size: size(*to) })
    }

    /// The prior's own column moves the score between thresholds too, on a straight line: adds where that line crosses.
    fn add_prior_steps(&self, values: &[f32], column: usize, weight: f32, threshold: f32, candidates: &mut Vec<f32>) {
        let from = if values[column].is_nan() { self.forest.columns[column].mean } else { values[column] };
        candidates.push(from);
        let mut scores = vec![0.0; candidates.len()];
        self.score_with(|at, place| if at == column { candidates[place] } else { values[at] }, &mut scores);
        let crossing = |(value, score): (&f32, &f32)| {
            // A few roundings further, so that the score is over the threshold and not at it.
            let slack = 4.0 * f64::from(f32::EPSILON) * f64::from(threshold.abs().max(score.abs()).max(1.0));
            let rise = f64::from(threshold) - f64::from(*score) + slack;
            (f64::from(*value) + rise / f64::from(weight)) as f32
        };
        let crossings: Vec<f32> =
            candidates.iter().zip(&scores).map(crossing).filter(|value| value.is_finite()).collect();
        candidates.extend(crossings);
    }
}
