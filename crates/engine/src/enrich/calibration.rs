//! What a proposal's confidence is worth, measured on values that were held out.

/// What is thought before anything was seen, worth one proposal (Jeffreys' prior of a share).
const PRIOR: (f64, f64) = (0.5, 1.0);

/// Proposals for values that are known but were held out: how sure each was, and whether it was right.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Trials {
    /// The surest first.
    sorted: Vec<(f32, bool)>,
}

impl Trials {
    pub(super) fn new(mut tried: Vec<(f32, bool)>) -> Self {
        tried.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { sorted: tried }
    }

    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// How often proposals as sure as that are right.
    pub(super) fn curve(&self) -> Curve {
        Curve::fit(&self.sorted)
    }

    /// Of the proposals that are kept where at least `least` of such must be right: how many there are, and how many are
    /// right. Each half is judged by the curve of the other, so that none has a say in its own choice.
    pub(super) fn kept(&self, least: f32) -> (usize, usize) {
        let half = |odd: usize| self.sorted.iter().skip(odd).step_by(2).copied().collect::<Vec<_>>();
        let halves = [half(0), half(1)];
        let mut counts = (0, 0);
        for (own, other) in [(0, 1), (1, 0)] {
            let curve = Curve::fit(&halves[other]);
            for (sure, right) in &halves[own] {
                if curve.at(*sure) >= least {
                    counts = (counts.0 + 1, counts.1 + usize::from(*right));
                }
            }
        }
        counts
    }
}

/// A rising curve from what was said to what was so, by isotonic regression (pool adjacent violators: Ayer et al. 1955,
/// "An empirical distribution function for sampling with incomplete information", Ann. Math. Stat. 26).
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Curve {
    /// From the surest down: the least sureness of a step, and how often what is in it is right.
    steps: Vec<(f32, f32)>,
}

impl Curve {
    fn fit(sorted: &[(f32, bool)]) -> Self {
        /// Proposals of about the same sureness.
        struct Pool {
            least: f32,
            right: f64,
            all: f64,
        }
        let mut pools: Vec<Pool> = Vec::new();
        for (sure, right) in sorted {
            let right = if *right { 1.0 } else { 0.0 };
            match pools.last_mut() {
                // What was said equally sure stands in one pool.
                Some(last) if last.least == *sure => (last.right, last.all) = (last.right + right, last.all + 1.0),
                _ => pools.push(Pool { least: *sure, right, all: 1.0 }),
            }
        }
        let mut merged: Vec<Pool> = Vec::new();
        for mut pool in pools {
            while let Some(last) = merged.pop_if(|last| last.right * pool.all <= pool.right * last.all) {
                pool.right += last.right;
                pool.all += last.all;
            }
            merged.push(pool);
        }
        let share = |pool: &Pool| ((pool.right + PRIOR.0) / (pool.all + PRIOR.1)) as f32;
        let mut steps: Vec<(f32, f32)> = merged.iter().map(|pool| (pool.least, share(pool))).collect();
        // The prior weighs more in small pools, which must not make the surer the less likely.
        for at in (1..steps.len()).rev() {
            steps[at - 1].1 = steps[at - 1].1.max(steps[at].1);
        }
        Self { steps }
    }

    /// How often what is this sure is right; 0 below anything that was tried.
    pub(super) fn at(&self, sure: f32) -> f32 {
        self.steps.iter().find(|(least, _)| sure >= *least).map_or(0.0, |(_, share)| *share)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sureness_becomes_the_share_that_is_right() {
        let mut tried: Vec<(f32, bool)> = (0..100).map(|at| (0.9, at % 50 != 0)).collect();
        tried.extend((0..100).map(|at| (0.5, at % 4 < 2)));
        let trials = Trials::new(tried);
        let curve = trials.curve();
        assert!((curve.at(0.95) - 0.975).abs() < 0.01 && (curve.at(0.7) - 0.5).abs() < 0.01, "{curve:?}");
        assert_eq!(curve.at(0.2), 0.0, "nothing so unsure was tried");
        let (kept, right) = trials.kept(0.9);
        assert_eq!((kept, right), (100, 98));
        assert_eq!(Trials::default().kept(0.5), (0, 0));
        // Forty right ones in a row bear one another out, however different their sureness is.
        let run = Trials::new((0..40).map(|at| (0.5 + at as f32 / 100.0, true)).collect());
        assert!(run.curve().at(0.6) > 0.98 && run.kept(0.95) == (39, 39), "{:?}", run.kept(0.95));
    }

    proptest! {
        #[test]
        fn the_curve_rises(tried in prop::collection::vec((0.0f32..1.0, any::<bool>()), 0..60)) {
            let curve = Trials::new(tried).curve();
            let values: Vec<f32> = (0..=20).map(|at| curve.at(at as f32 / 20.0)).collect();
            prop_assert!(values.windows(2).all(|pair| pair[0] <= pair[1]), "{values:?}");
            prop_assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}
