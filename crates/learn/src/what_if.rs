use types::FeatureRows;

use crate::Ranker;

/// A change of one feature that would lift a row's score over a threshold.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// The feature's column.
    pub column: usize,
    /// Its value now.
    pub from: f32,
    /// The nearest value that is enough.
    pub to: f32,
    /// The score with it.
    pub score: f32,
}

impl Change {
    /// How far it is.
    pub fn size(&self) -> f32 {
        (self.to - self.from).abs()
    }
}

/// Between which values a feature may be changed, unless it lies outside already.
const RANGE: (f32, f32) = (-1.0, 1.0);

/// For each of `columns` the smallest change that would make the row's score exceed `threshold`, all other features as they
/// are; smallest first, features that cannot do it left out, as those whose value is not known. Exact, to neighbouring
/// numbers: between two breaks of the ranker the score is a straight line in each feature.
///
/// # Panics
/// Where there is no such row or column, or the rows have another schema: the caller's bug.
pub fn what_if(
    ranker: &dyn Ranker,
    rows: &FeatureRows,
    row: usize,
    threshold: f32,
    columns: impl IntoIterator<Item = usize>,
) -> Vec<Change> {
    let one = One { ranker, rows, row, threshold };
    let mut changes: Vec<Change> = columns.into_iter().filter_map(|column| one.smallest(column)).collect();
    changes.sort_by(|a, b| a.size().total_cmp(&b.size()));
    changes
}

/// A row whose score is to exceed a threshold.
struct One<'a> {
    ranker: &'a dyn Ranker,
    rows: &'a FeatureRows,
    row: usize,
    threshold: f32,
}

impl One<'_> {
    fn smallest(&self, column: usize) -> Option<Change> {
        let from = self.rows.value(column, self.row);
        if !from.is_finite() {
            return None;
        }
        let (low, high) = (RANGE.0.min(from), RANGE.1.max(from));
        let breaks = self.ranker.breaks(column).into_iter().filter(|end| (low..high).contains(end));
        let mut ends: Vec<f32> = breaks.flat_map(|end| [end, end.next_up()]).chain([low, from, high]).collect();
        ends.sort_unstable_by(f32::total_cmp);
        ends.dedup();
        let start = ends.iter().position(|end| *end == from)?;
        let is_enough: Vec<bool> = self.scores(column, &ends).iter().map(|score| *score > self.threshold).collect();
        let up = (start..ends.len()).find(|at| is_enough[*at]);
        let down = (0..start).rev().find(|at| is_enough[*at]);
        let up = up.map(|at| if at == start { from } else { self.crossing(column, ends[at - 1], ends[at]) });
        let down = down.map(|at| self.crossing(column, ends[at + 1], ends[at]));
        let to = up.into_iter().chain(down).min_by(|a, b| (a - from).abs().total_cmp(&(b - from).abs()))?;
        Some(Change { column, from, to, score: self.scores(column, &[to])[0] })
    }

    /// The value nearest to `short`, which is not enough, that is, on the straight line to `enough`.
    fn crossing(&self, column: usize, mut short: f32, mut enough: f32) -> f32 {
        loop {
            let middle = short + (enough - short) / 2.0;
            if middle == short || middle == enough {
                return enough;
            }
            if self.scores(column, &[middle])[0] > self.threshold { enough = middle } else { short = middle }
        }
    }

    /// Scores of the row with each of these values in a column.
    fn scores(&self, column: usize, values: &[f32]) -> Vec<f32> {
        let mut rows = FeatureRows::zeros(self.rows.schema().clone(), values.len());
        for at in 0..rows.schema().width() {
            match at == column {
                true => rows.column_mut(at).copy_from_slice(values),
                false => rows.column_mut(at).fill(self.rows.value(at, self.row)),
            }
        }
        let mut scores = vec![0.0; values.len()];
        self.ranker.score(&rows, &mut scores);
        scores
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::{FeatureSchema, FeatureScope, FeatureSpec};

    use super::*;
    use crate::LinearRanker;

    fn schema() -> FeatureSchema {
        FeatureSchema::new(["a", "b", "c"].map(|name| FeatureSpec { name, scope: FeatureScope::Item, version: 1 }))
    }

    proptest! {
        #[test]
        fn of_a_weighted_sum_it_is_the_gap_over_the_weight(
            weights in prop::array::uniform3(-2.0f32..2.0),
            values in prop::array::uniform3(-1.0f32..1.0),
            gap in 0.001f32..1.0,
        ) {
            let named: Vec<(&str, f32)> = ["a", "b", "c"].into_iter().zip(weights).collect();
            let ranker = LinearRanker::new("test", schema(), 0.25, &named);
            let mut rows = FeatureRows::zeros(schema(), 1);
            (0..3).for_each(|column| rows.column_mut(column)[0] = values[column]);
            let mut score = [0.0];
            ranker.score(&rows, &mut score);
            let changes = what_if(&ranker, &rows, 0, score[0] + gap, 0..3);
            for column in 0..3 {
                let expected = values[column] + gap / weights[column];
                let found = changes.iter().find(|change| change.column == column);
                match found {
                    Some(change) => {
                        prop_assert!((change.to - expected).abs() < 1e-3 * (1.0 + 1.0 / weights[column].abs()), "{change:?} {expected}");
                        prop_assert!(change.score > score[0] + gap);
                    }
                    None => prop_assert!(!(-0.99..=0.99).contains(&expected), "{expected}"),
                }
            }
        }
    }

    #[test]
    fn what_is_enough_already_need_not_change() {
        let ranker = LinearRanker::new("test", schema(), 0.0, &[("a", 1.0)]);
        let mut rows = FeatureRows::zeros(schema(), 1);
        rows.column_mut(0)[0] = 0.5;
        let changes = what_if(&ranker, &rows, 0, 0.25, [0]);
        assert_eq!(changes, [Change { column: 0, from: 0.5, to: 0.5, score: 0.5 }]);
        assert_eq!(what_if(&ranker, &rows, 0, 1.5, 0..3), []);
    }
}
