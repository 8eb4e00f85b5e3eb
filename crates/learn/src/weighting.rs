/// How the counts of a pair become a similarity. `n` are an item's counts, `c` a pair's, `N` those of all visits; a pair
/// met `t` times is believed by `t / (t + s)`, where s is the shrinkage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Weighting {
    /// `c / (n_i^(1-e) n_j^e) * t / (t + s)`: the cosine for e = 1/2; a larger e lowers popular neighbours more.
    Cosine {
        /// The exponent e, 0 to 1.
        popularity: f32,
        /// Meetings at which a pair is believed by half.
        shrinkage: f32,
    },
    /// `c / (n_i + n_j - c) * t / (t + s)`.
    Jaccard {
        /// Meetings at which a pair is believed by half.
        shrinkage: f32,
    },
    /// `ln(1 + t N / (n_i n_j)) * t / (t + s)`.
    Lift {
        /// Meetings at which a pair is believed by half.
        shrinkage: f32,
    },
    /// Root of the log-likelihood ratio (Dunning 1993, "Accurate methods for the statistics of surprise and
    /// coincidence", Computational Linguistics 19), 0 where the items meet no more often than by chance.
    LogLikelihood,
}

/// What is known of one item, or of a pair: its weight, and how often it was met.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    pub(crate) mass: f32,
    pub(crate) count: f64,
}

impl Weighting {
    /// Similarity of a pair whose items have the sums `own` and `other` among `all` visits; finite, not negative.
    pub(crate) fn similarity(self, own: Side, other: Side, pair: Side, all: f64) -> f32 {
        let believed = |shrinkage: f32| pair.count as f32 / (pair.count as f32 + shrinkage).max(1.0);
        match self {
            Self::Cosine { popularity, shrinkage } => {
                // The square root is many times faster than a power, and the usual case.
                let norm = if popularity == 0.5 {
                    (own.mass * other.mass).sqrt()
                } else {
                    own.mass.powf(1.0 - popularity) * other.mass.powf(popularity)
                };
                if norm > 0.0 { pair.mass / norm * believed(shrinkage) } else { 0.0 }
            }
            Self::Jaccard { shrinkage } => {
                // A pair that meets more than once a visit has more mass than either item.
                let either = (own.mass + other.mass - pair.mass).max(pair.mass);
                if either > 0.0 { pair.mass / either * believed(shrinkage) } else { 0.0 }
            }
            Self::Lift { shrinkage } => {
                let expected = own.count * other.count;
                let lift = if expected > 0.0 { pair.count * all / expected } else { 0.0 };
                lift.ln_1p() as f32 * believed(shrinkage)
            }
            Self::LogLikelihood => log_likelihood_root(pair.count, own.count, other.count, all),
        }
    }
}

/// Root of Dunning's log-likelihood ratio for `together` meetings of two items met `own` and `other` times among `all`.
fn log_likelihood_root(together: f64, own: f64, other: f64, all: f64) -> f32 {
    let both = together.min(own).min(other);
    let (one, two) = (own - both, other - both);
    let neither = (all - both - one - two).max(0.0);
    let total = both + one + two + neither;
    if both * total <= own * other {
        return 0.0;
    }
    let cell = |count: f64, row: f64, column: f64| {
        if count > 0.0 { count * (count * total / (row * column)).ln() } else { 0.0 }
    };
    let ratio = cell(both, own, other)
        + cell(one, own, one + neither)
        + cell(two, two + neither, other)
        + cell(neither, two + neither, one + neither);
    (2.0 * ratio).max(0.0).sqrt() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn log_likelihood_agrees_with_a_worked_example() {
        // Cells 10, 20, 30, 940: by hand, sum of k ln(k N / (r c)) is
        // 10 ln(10*1000/(30*40)) + 20 ln(20*1000/(30*960)) + 30 ln(30*1000/(970*40)) + 940 ln(940*1000/(970*960)).
        let by_hand: f64 = 2.0 * (10.0 * 2.120_264 - 20.0 * 0.364_643 - 30.0 * 0.257_235 + 940.0 * 0.009_407);
        let root = log_likelihood_root(10.0, 30.0, 40.0, 1000.0);
        assert!((f64::from(root) - by_hand.sqrt()).abs() < 1e-2, "{root} {}", by_hand.sqrt());
        assert_eq!(log_likelihood_root(1.0, 100.0, 100.0, 1000.0), 0.0, "ten meetings were to be expected");
    }

    #[test]
    fn a_rare_but_sure_pair_beats_a_popular_neighbour() {
        let of = |count: f64| Side { mass: count as f32, count };
        for weighting in [
            Weighting::Cosine { popularity: 0.5, shrinkage: 5.0 },
            Weighting::Jaccard { shrinkage: 5.0 },
            Weighting::Lift { shrinkage: 5.0 },
            Weighting::LogLikelihood,
        ] {
            let sure = weighting.similarity(of(20.0), of(20.0), of(15.0), 10_000.0);
            let popular = weighting.similarity(of(20.0), of(5_000.0), of(15.0), 10_000.0);
            assert!(sure > popular, "{weighting:?}: {sure} {popular}");
        }
    }

    proptest! {
        #[test]
        fn is_finite_whatever_the_counts(
            own in 0u32..2_000, other in 0u32..2_000, pair in 0u16..3_000, all in 0u32..4_000, mass in 0.0f32..1e6,
        ) {
            let side = |count: u32| Side { mass, count: f64::from(count) };
            for weighting in [
                Weighting::Cosine { popularity: 0.5, shrinkage: 0.0 },
                Weighting::Cosine { popularity: 0.3, shrinkage: 5.0 },
                Weighting::Jaccard { shrinkage: 0.0 },
                Weighting::Lift { shrinkage: 0.0 },
                Weighting::LogLikelihood,
            ] {
                let similarity = weighting.similarity(side(own), side(other), side(u32::from(pair)), f64::from(all));
                prop_assert!(similarity.is_finite() && similarity >= 0.0, "{:?}: {}", weighting, similarity);
            }
        }
    }
}
