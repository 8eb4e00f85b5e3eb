/// One visitor's part in a metric: what is measured over what, during the experiment and in the time before it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Sums {
    /// What is measured (clicked slates, revenue).
    pub numerator: f64,
    /// Over what (shown slates); 1 for metrics per visitor.
    pub denominator: f64,
    /// The numerator before the visitor entered; 0 where nothing is known.
    pub numerator_before: f64,
    /// The denominator before the visitor entered.
    pub denominator_before: f64,
}

impl Sums {
    /// One number a visitor, with nothing known of the time before.
    pub fn of(value: f64) -> Self {
        Self { numerator: value, denominator: 1.0, ..Self::default() }
    }

    pub(super) fn array(self) -> [f64; 4] {
        [self.numerator, self.denominator, self.numerator_before, self.denominator_before]
    }
}

/// Count, means and co-moments of the [`Sums`] of any number of visitors, in constant memory; two of them merge into
/// what the visitors of both would have given. The update is Welford's (1962, Technometrics 4:3) and the merge Chan,
/// Golub and LeVeque's (1983, The American Statistician 37:3), for pairs of variables.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Moments {
    count: u64,
    excluded: u64,
    means: [f64; 4],
    /// Sums of products of deviations from the means.
    products: [[f64; 4]; 4],
}

/// Beyond this a sum is taken for a fault of whoever sent it: squares of it would drown everything else.
const SUM_MAX: f64 = 1e15;

impl Moments {
    /// Adds a visitor. One with a sum that is not a number, or beyond ±10^15, is left out and counted.
    pub fn add(&mut self, sums: Sums) {
        let sums = sums.array();
        if sums.iter().any(|sum| !sum.is_finite() || sum.abs() > SUM_MAX) {
            self.excluded += 1;
            return;
        }
        self.count += 1;
        let mut before = [0.0; 4];
        for ((mean, sum), before) in self.means.iter_mut().zip(sums).zip(&mut before) {
            *before = sum - *mean;
            *mean += *before / self.count as f64;
        }
        for (row, before) in self.products.iter_mut().zip(before) {
            for ((product, sum), mean) in row.iter_mut().zip(sums).zip(self.means) {
                *product += before * (sum - mean);
            }
        }
    }

    /// Adds all visitors of another.
    pub fn merge(&mut self, other: &Self) {
        self.excluded += other.excluded;
        if other.count == 0 {
            return;
        }
        let (here, there) = (self.count as f64, other.count as f64);
        let all = here + there;
        let apart: [f64; 4] = std::array::from_fn(|of| other.means[of] - self.means[of]);
        for one in 0..4 {
            for two in 0..4 {
                self.products[one][two] += other.products[one][two] + apart[one] * apart[two] * here * there / all;
            }
        }
        for (mean, apart) in self.means.iter_mut().zip(apart) {
            *mean += apart * there / all;
        }
        self.count += other.count;
    }

    /// Visitors.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Visitors left out because of a sum that is no number or too large.
    pub fn excluded(&self) -> u64 {
        self.excluded
    }

    /// Means of numerator, denominator, numerator before and denominator before.
    pub fn means(&self) -> [f64; 4] {
        self.means
    }

    /// Variance over visitors (with `count - 1`) of a weighted sum of the four; 0 below two visitors.
    pub fn variance(&self, weights: &[f64; 4]) -> f64 {
        self.covariance(weights, weights).max(0.0)
    }

    /// Covariance over visitors (with `count - 1`) of two weighted sums of the four; 0 below two visitors.
    pub fn covariance(&self, one: &[f64; 4], other: &[f64; 4]) -> f64 {
        if self.count < 2 {
            return 0.0;
        }
        let rows = self.products.iter().zip(one);
        let sum: f64 = rows.map(|(row, one)| one * row.iter().zip(other).map(|(p, two)| p * two).sum::<f64>()).sum();
        sum / (self.count - 1) as f64
    }
}

impl FromIterator<Sums> for Moments {
    fn from_iter<I: IntoIterator<Item = Sums>>(visitors: I) -> Self {
        let mut moments = Self::default();
        visitors.into_iter().for_each(|sums| moments.add(sums));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_is_left_out_and_counted() {
        let values = [1.0, f64::NAN, f64::INFINITY, 1e16, 3.0];
        let moments: Moments = values.into_iter().map(Sums::of).collect();
        assert_eq!((moments.count(), moments.excluded(), moments.means()[0]), (2, 3, 2.0));
    }

    #[test]
    fn a_large_offset_does_not_drown_the_variance() {
        let moments: Moments = [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0].into_iter().map(Sums::of).collect();
        assert!((moments.variance(&[1.0, 0.0, 0.0, 0.0]) - 1.0).abs() < 1e-6);
    }

    fn visitors() -> impl Strategy<Value = Vec<Sums>> {
        let sums = (-50.0..50.0f64, 0.0..9.0f64, -50.0..50.0f64, 0.0..9.0f64);
        let sums = sums.prop_map(|(numerator, denominator, numerator_before, denominator_before)| Sums {
            numerator,
            denominator,
            numerator_before,
            denominator_before,
        });
        prop::collection::vec(sums, 0..40)
    }

    proptest! {
        #[test]
        fn merging_equals_folding_at_once(one in visitors(), other in visitors()) {
            let mut merged: Moments = one.iter().copied().collect();
            merged.merge(&other.iter().copied().collect());
            let whole: Moments = one.iter().chain(&other).copied().collect();
            prop_assert_eq!(merged.count(), whole.count());
            let weights = [[1.0, -0.5, 0.0, 2.0], [0.0, 1.0, 1.0, -1.0]];
            let of = |moments: &Moments| moments.covariance(&weights[0], &weights[1]);
            prop_assert!((of(&merged) - of(&whole)).abs() < 1e-8 * (1.0 + of(&whole).abs()));
            for (one, other) in merged.means().iter().zip(whole.means()) {
                prop_assert!((one - other).abs() < 1e-10);
            }
        }
    }
}
