use std::sync::Arc;

use types::{Contribution, Explanation, FeatureRows, FeatureSchema};

/// Stable name of a ranker with its version, such as `recommend-v1`; logged with every impression.
pub type RankerId = Arc<str>;

/// Scores the rows it is given. It gets a slice to fill, so it can neither drop nor reorder.
///
/// ```
/// use learn::{LinearRanker, Ranker};
/// use types::{FeatureRows, FeatureSchema, FeatureScope, FeatureSpec};
///
/// let schema = FeatureSchema::new([FeatureSpec { name: "popularity", scope: FeatureScope::Item, version: 1 }]);
/// let ranker = LinearRanker::new("demo-v1", schema.clone(), 0.0, &[("popularity", 2.0)]);
/// let mut rows = FeatureRows::zeros(schema, 2);
/// rows.column_mut(0).copy_from_slice(&[0.25, 0.5]);
/// let mut scores = [0.0; 2];
/// ranker.score(&rows, &mut scores);
/// assert_eq!(scores, [0.5, 1.0]);
/// assert_eq!(ranker.explain(&rows, 1).contributions[0].contribution, 1.0);
/// ```
pub trait Ranker: Send + Sync {
    /// Name and version.
    fn id(&self) -> RankerId;
    /// The columns it reads. The rows it is given must have exactly this schema.
    fn needs(&self) -> &FeatureSchema;
    /// Fills one score a row; every score is finite.
    ///
    /// # Panics
    /// Where `scores` is not as long as there are rows, or the rows have another schema: the caller's bug.
    fn score(&self, rows: &FeatureRows, scores: &mut [f32]);
    /// Why `row` has its score. Fills `base`, `contributions` (one a column that counts, largest first by size) and
    /// `score`; `base` and contributions sum to the score.
    ///
    /// # Panics
    /// Where there is no such row, or the rows have another schema.
    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation;
    /// Values of a column at which the score may jump as the value rises over them, in any order. Between two of them that
    /// are next to each other the score is a straight line in this column, whatever the others are. [`crate::what_if`]
    /// finds with them what would have to change.
    fn breaks(&self, column: usize) -> Vec<f32>;
}

/// A weighted sum of features: simple enough to be steered by hand, and exact in what it explains.
#[derive(Clone, PartialEq, Debug)]
pub struct LinearRanker {
    id: RankerId,
    schema: FeatureSchema,
    base: f32,
    weights: Vec<f32>,
}

impl LinearRanker {
    /// A ranker over `schema`. A column without a weight counts nothing; a weight without a column is passed over,
    /// so that one table of weights serves several schemas.
    pub fn new(id: &str, schema: FeatureSchema, base: f32, weights: &[(&str, f32)]) -> Self {
        let weight = |name: &str| weights.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, weight)| *weight);
        let weights = schema.specs().iter().map(|spec| weight(spec.name)).collect();
        Self { id: Arc::from(id), schema, base, weights }
    }

    /// The weight of each column, in order.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The score where all features are 0.
    pub fn base(&self) -> f32 {
        self.base
    }

    fn check(&self, rows: &FeatureRows) {
        assert_eq!(rows.schema(), &self.schema, "rows were made for another ranker");
    }
}

impl Ranker for LinearRanker {
    fn id(&self) -> RankerId {
        Arc::clone(&self.id)
    }

    fn needs(&self) -> &FeatureSchema {
        &self.schema
    }

    fn score(&self, rows: &FeatureRows, scores: &mut [f32]) {
        self.check(rows);
        assert_eq!(rows.rows(), scores.len(), "one score a row");
        scores.fill(self.base);
        for (column, weight) in self.weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            for (score, value) in scores.iter_mut().zip(rows.column(column)) {
                *score += weight * value;
            }
        }
        debug_assert!(scores.iter().all(|score| score.is_finite()), "a feature or weight is not finite");
    }

    fn explain(&self, rows: &FeatureRows, row: usize) -> Explanation {
        self.check(rows);
        let columns = self.schema.specs().iter().zip(&self.weights).enumerate();
        let mut contributions: Vec<Contribution> = columns
            .filter(|(_, (_, weight))| **weight != 0.0)
            .map(|(column, (spec, weight))| {
                let value = rows.value(column, row);
                Contribution { feature: Arc::from(spec.name), value, contribution: weight * value }
            })
            .collect();
        // Summed in the order of the columns, as in `score`, so that both give the same bits.
        let score = contributions.iter().fold(self.base, |score, part| score + part.contribution);
        contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Explanation { base: self.base, contributions, score, ..Explanation::default() }
    }

    fn breaks(&self, _column: usize) -> Vec<f32> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::{FeatureScope, FeatureSpec};

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    fn schema() -> FeatureSchema {
        FeatureSchema::new(NAMES.map(|name| FeatureSpec { name, scope: FeatureScope::Item, version: 1 }))
    }

    proptest! {
        #[test]
        fn the_explanation_sums_to_the_score(
            base in -5.0f32..5.0,
            weights in prop::array::uniform4(-3.0f32..3.0),
            values in prop::collection::vec(prop::array::uniform4(-1.0f32..1.0), 1..20),
        ) {
            let named: Vec<(&str, f32)> = NAMES.into_iter().zip(weights).collect();
            let ranker = LinearRanker::new("test", schema(), base, &named);
            let mut rows = FeatureRows::zeros(schema(), values.len());
            for column in 0..4 {
                let target = rows.column_mut(column);
                for (row, value) in values.iter().enumerate() {
                    target[row] = value[column];
                }
            }
            let mut scores = vec![0.0; values.len()];
            ranker.score(&rows, &mut scores);
            for (row, score) in scores.iter().enumerate() {
                let explanation = ranker.explain(&rows, row);
                let sum: f32 = explanation.base + explanation.contributions.iter().map(|part| part.contribution).sum::<f32>();
                prop_assert!((sum - score).abs() < 1e-4);
                prop_assert_eq!(explanation.score, *score);
            }
        }
    }

    #[test]
    fn unknown_weights_and_unweighted_columns_count_nothing() {
        let ranker = LinearRanker::new("test", schema(), 1.0, &[("b", 2.0), ("nobody", 9.0)]);
        assert_eq!(ranker.weights(), [0.0, 2.0, 0.0, 0.0]);
    }
}
