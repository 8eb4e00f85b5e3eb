//! How sure a mean is, and whether two runs differ.

use rayon::prelude::*;
use types::Rng;

/// Values of several measures for many cases (queries, users), one row a case.
#[derive(Clone, PartialEq, Debug)]
pub struct Scores {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Scores {
    /// An empty table of measures.
    pub fn new(names: Vec<String>) -> Self {
        Self { names, values: Vec::new() }
    }

    /// Adds a case.
    ///
    /// # Panics
    /// Where the row has not one value a measure.
    pub fn push(&mut self, row: &[f64]) {
        assert_eq!(row.len(), self.names.len(), "a value for every measure");
        self.values.extend_from_slice(row);
    }

    /// The measures, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of cases.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.names.len()).unwrap_or(0)
    }

    /// Whether there is no case.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of one case.
    pub fn row(&self, case: usize) -> &[f64] {
        &self.values[case * self.names.len()..][..self.names.len()]
    }

    /// The values of one measure; `None` where it is not in the table.
    pub fn column(&self, name: &str) -> Option<Vec<f64>> {
        let place = self.names.iter().position(|known| known == name)?;
        Some((0..self.len()).map(|case| self.row(case)[place]).collect())
    }

    /// The mean of every measure; 0 without cases.
    pub fn means(&self) -> Vec<f64> {
        self.means_over(0..self.len())
    }

    /// 95 % intervals of the means by the percentile bootstrap (Efron 1979; Sakai 2006, "Evaluating evaluation metrics based
    /// on the bootstrap"): cases are drawn with replacement `resamples` times, and the interval spans the middle 95 % of the
    /// means. One draw serves all measures, so that they vary together as they do in truth.
    pub fn intervals(&self, resamples: usize, seed: u64) -> Vec<(f64, f64)> {
        if self.is_empty() || resamples == 0 {
            return vec![(0.0, 0.0); self.names.len()];
        }
        let draws: Vec<Vec<f64>> = (0..resamples)
            .into_par_iter()
            .map(|draw| {
                let mut rng = rng_of(seed, draw);
                self.means_over((0..self.len()).map(|_| rng.below(self.len())))
            })
            .collect();
        (0..self.names.len()).map(|place| middle(draws.iter().map(|means| means[place]).collect())).collect()
    }

    fn means_over(&self, cases: impl ExactSizeIterator<Item = usize>) -> Vec<f64> {
        let count = cases.len().max(1) as f64;
        let mut sums = vec![0.0; self.names.len()];
        for case in cases {
            for (sum, value) in sums.iter_mut().zip(self.row(case)) {
                *sum += value;
            }
        }
        sums.into_iter().map(|sum| sum / count).collect()
    }
}

/// How two runs over the same cases differ in one measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Comparison {
    /// Mean of the first.
    pub first: f64,
    /// Mean of the second.
    pub second: f64,
    /// Second less first.
    pub difference: f64,
    /// 95 % interval of the difference, by the paired bootstrap.
    pub interval: (f64, f64),
    /// Two-sided p-value of Fisher's randomisation test.
    pub p_value: f64,
    /// Cases in which the second is better.
    pub better: usize,
    /// Cases in which the second is worse.
    pub worse: usize,
}

/// Compares two runs case by case. The interval is a bootstrap over the differences. The p-value is Fisher's randomisation
/// test (Smucker, Allan and Carterette 2007, "A comparison of statistical significance tests for information retrieval
/// evaluation"): were the runs alike, each case's two values could as well be swapped; the p-value is the share of random
/// swappings with a difference at least as large, the observed one counted as one of them.
///
/// # Panics
/// Where the two have not the same number of cases.
pub fn compare(first: &[f64], second: &[f64], resamples: usize, seed: u64) -> Comparison {
    assert_eq!(first.len(), second.len(), "a pair for every case");
    let differences: Vec<f64> = second.iter().zip(first).map(|(second, first)| second - first).collect();
    let mut table = Scores::new(vec![String::from("difference")]);
    differences.iter().for_each(|difference| table.push(&[*difference]));
    let sum: f64 = differences.iter().sum();
    // Sums of the same numbers in another order differ in the last bits; those are no larger difference.
    let threshold = sum.abs() * (1.0 - 1e-9);
    let extreme = (0..resamples)
        .into_par_iter()
        .filter(|draw| {
            let mut rng = rng_of(!seed, *draw);
            let flip = |difference: &f64| if rng.next_u64() >> 63 == 0 { *difference } else { -difference };
            differences.iter().map(flip).sum::<f64>().abs() >= threshold
        })
        .count();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    Comparison {
        first: mean(first),
        second: mean(second),
        difference: mean(&differences),
        interval: table.intervals(resamples, seed)[0],
        p_value: (extreme + 1) as f64 / (resamples + 1) as f64,
        better: differences.iter().filter(|difference| **difference > 0.0).count(),
        worse: differences.iter().filter(|difference| **difference < 0.0).count(),
    }
}

/// The generator of one draw, the same on however many threads the draws are made. The seed is mixed first, so that the
/// draws of neighbouring seeds are not the same ones shifted by one.
fn rng_of(seed: u64, draw: usize) -> Rng {
    let base = Rng::new(seed).next_u64();
    Rng::new(Rng::new(base.wrapping_add(draw as u64)).next_u64())
}

/// The bounds of the middle 95 % of values.
fn middle(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: &[f64]) -> Scores {
        let mut scores = Scores::new(vec!["m".to_owned(), "twice".to_owned()]);
        values.iter().for_each(|value| scores.push(&[*value, 2.0 * value]));
        scores
    }

    #[test]
    fn intervals_hold_the_mean_and_repeat_with_their_seed() {
        let scores = table(&(0..200).map(|n| f64::from(n % 10)).collect::<Vec<_>>());
        let (first, again, other) = (scores.intervals(500, 1), scores.intervals(500, 1), scores.intervals(500, 2));
        assert_eq!(first, again);
        assert_ne!(first, other);
        // The mean is 4.5 and its standard error √8.25 / √200 = .203, so the interval is about 4.5 ± .4.
        let (low, high) = first[0];
        assert!((4.0..4.2).contains(&low) && (4.8..5.0).contains(&high), "{low} {high}");
        assert!((first[1].0 - 2.0 * low).abs() < 1e-9);
    }

    #[test]
    fn equal_runs_do_not_differ_and_a_steady_gain_does() {
        let first: Vec<f64> = (0..40).map(|n| f64::from(n % 5) / 10.0).collect();
        let same = compare(&first, &first, 999, 1);
        assert_eq!((same.difference, same.p_value, same.better, same.worse), (0.0, 1.0, 0, 0));
        let second: Vec<f64> = first.iter().map(|value| value + 0.1).collect();
        let gain = compare(&first, &second, 999, 1);
        assert!((gain.difference - 0.1).abs() < 1e-9 && gain.p_value < 0.01 && gain.better == 40, "{gain:?}");
    }

    #[test]
    fn the_randomisation_test_is_exact_on_a_tiny_case() {
        // Three equal differences: of the 8 swappings, 2 are as extreme.
        let got = compare(&[0.0; 3], &[1.0; 3], 20_000, 3).p_value;
        assert!((got - 0.25).abs() < 0.01, "{got}");
    }

    #[test]
    fn nothing_is_no_panic() {
        let empty = Scores::new(vec!["m".to_owned()]);
        assert_eq!((empty.means(), empty.intervals(10, 1)), (vec![0.0], vec![(0.0, 0.0)]));
    }
}
