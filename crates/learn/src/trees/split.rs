use rayon::prelude::*;

use super::bins::{BinnedRows, MISSING};
use super::histogram::{Histogram, Words};
use super::trainer::{Direction, TreeTrainer};

/// The least second derivative a side needs, whatever is asked for: less is the rounding's noise.
const HESSIAN_FLOOR: f64 = 1e-12;

/// How a leaf would be divided best.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Split {
    /// The column looked at.
    pub(super) column: usize,
    /// The last bin that goes left; that of missing values follows `missing_left`.
    pub(super) bin: u8,
    /// Where missing values go; `None` where the leaf has none, so that it has nothing to say.
    pub(super) missing_left: Option<bool>,
    /// How much less loss, twice.
    pub(super) gain: f64,
    /// Words of the rows that go left.
    pub(super) left: u64,
    /// The score the left side would be given.
    pub(super) left_value: f64,
    /// The score the right side would be given.
    pub(super) right_value: f64,
}

/// What a leaf's score may be, so that monotone columns stay so.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bounds {
    /// Any score.
    pub(super) const FREE: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    fn is_free(self) -> bool {
        self == Self::FREE
    }
}

/// A leaf that looks for its split.
pub(super) struct Searched<'a> {
    /// Its sums.
    pub(super) histogram: &'a Histogram,
    /// Its rows' numbers by bin, where sides with too few rows were met.
    pub(super) counts: Option<&'a Histogram>,
    /// Words of all its rows.
    pub(super) total: u64,
    /// Number of its rows.
    pub(super) rows: usize,
    /// What its score may be.
    pub(super) bounds: Bounds,
}

/// Finds splits: the settings, and what words stand for.
pub(super) struct Search<'a> {
    pub(super) settings: &'a TreeTrainer,
    pub(super) binned: &'a BinnedRows,
    pub(super) words: &'a Words,
    /// Direction of each column.
    pub(super) directions: &'a [Direction],
}

impl Search<'_> {
    /// The split with the largest gain among `columns`, the first column and bin of equals; `None` where none gains enough.
    pub(super) fn best(&self, leaf: &Searched<'_>, columns: &[usize]) -> Option<Split> {
        let found: Vec<Option<Split>> =
            columns.par_iter().with_min_len(8).map(|column| self.best_of_column(leaf, *column)).collect();
        found.into_iter().flatten().reduce(|best, other| if other.gain > best.gain { other } else { best })
    }

    /// The score that lessens the loss most for rows of these sums: `-G / (H + l2)`.
    pub(super) fn value(&self, gradient: f64, hessian: f64, bounds: Bounds) -> f64 {
        let weight = hessian + self.settings.l2;
        if weight <= HESSIAN_FLOOR { 0.0 } else { (-gradient / weight).clamp(bounds.low, bounds.high) }
    }

    fn best_of_column(&self, leaf: &Searched<'_>, column: usize) -> Option<Split> {
        let sums = leaf.histogram.column(column);
        let missing = sums[usize::from(MISSING)];
        let has_missing = missing != 0;
        // With missing values, "any value or none" is a split too.
        let last = self.binned.bins(column) - usize::from(!has_missing);
        let counts = leaf.counts.map(|counts| counts.column(column));
        let (mut best, mut left, mut left_rows) = (None::<Split>, 0u64, 0u64);
        let parent = self.loss_drop(leaf.total, leaf.bounds);
        for bin in 0..last {
            left = left.wrapping_add(sums[bin]);
            left_rows += counts.map_or(0, |counts| counts[bin]);
            if sums[bin] == 0 && bin > 0 {
                continue;
            }
            let sides = [
                (left, left_rows, false),
                (left.wrapping_add(missing), left_rows + counts.map_or(0, |counts| counts[usize::from(MISSING)]), true),
            ];
            for (left, left_rows, missing_left) in &sides[..1 + usize::from(has_missing)] {
                if counts.is_some() && !self.has_rows(*left_rows as usize, leaf.rows) {
                    continue;
                }
                let floor = best.map_or(self.settings.min_gain, |best| best.gain);
                let Some((gain, left_value, right_value)) = self.gain(leaf, *left, column, parent, floor) else {
                    continue;
                };
                let missing_left = has_missing.then_some(*missing_left);
                best = Some(Split { column, bin: bin as u8, missing_left, gain, left: *left, left_value, right_value });
            }
        }
        best
    }

    fn has_rows(&self, left: usize, all: usize) -> bool {
        left >= self.settings.min_rows && all - left >= self.settings.min_rows
    }

    /// Gain and both sides' scores, where the gain is above `floor` and the sides are allowed.
    #[inline(always)]
    fn gain(&self, leaf: &Searched<'_>, left: u64, column: usize, parent: f64, floor: f64) -> Option<(f64, f64, f64)> {
        let (left_gradient, left_hessian) = self.words.sums(left);
        let (right_gradient, right_hessian) = self.words.sums(leaf.total.wrapping_sub(left));
        let hessian_min = self.settings.min_hessian.max(HESSIAN_FLOOR);
        if left_hessian < hessian_min || right_hessian < hessian_min {
            return None;
        }
        let (left_weight, right_weight) = (left_hessian + self.settings.l2, right_hessian + self.settings.l2);
        // Bounds can only lessen the gain, so this decides most bins, without a division.
        let drops = left_gradient * left_gradient * right_weight + right_gradient * right_gradient * left_weight;
        let weights = left_weight * right_weight;
        if drops <= (parent + floor) * weights {
            return None;
        }
        let left_value = self.value(left_gradient, left_hessian, leaf.bounds);
        let right_value = self.value(right_gradient, right_hessian, leaf.bounds);
        let allowed = match self.directions[column] {
            Direction::Any => true,
            Direction::Rising => left_value <= right_value,
            Direction::Falling => left_value >= right_value,
        };
        if !allowed {
            return None;
        }
        let gain = if leaf.bounds.is_free() {
            drops / weights - parent
        } else {
            at(left_gradient, left_weight, left_value) + at(right_gradient, right_weight, right_value) - parent
        };
        (gain > floor).then_some((gain, left_value, right_value))
    }

    /// Twice what the loss drops by when rows of these sums get their best score.
    fn loss_drop(&self, total: u64, bounds: Bounds) -> f64 {
        let (gradient, hessian) = self.words.sums(total);
        at(gradient, hessian + self.settings.l2, self.value(gradient, hessian, bounds))
    }
}

/// Twice the drop of the loss's second-order model at a score: `-(2 G v + (H + l2) v^2)` (Chen and Guestrin 2016, "XGBoost",
/// KDD, equation 4, before its minimum is put in).
#[inline(always)]
fn at(gradient: f64, weight: f64, value: f64) -> f64 {
    -(2.0 * gradient * value + weight * value * value)
}
