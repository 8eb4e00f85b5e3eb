use types::Rng;

use super::arms::{Arms, Known};
use super::slate::{argmax_into, one_row};
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const UCB: &str = "ucb";
pub(super) const KL_UCB: &str = "kl-ucb";

/// Halvings of the interval in which the bound of KL-UCB lies: 1e-12 of the range.
const HALVINGS: usize = 40;

/// The highest reward that an item may plausibly have. It chooses without chance (ties apart), so its propensities
/// are 1 unless there is a floor.
#[derive(Clone)]
struct Ucb {
    arms: Arms,
    strength: f64,
    bound: Bound,
}

/// Which inequality says what is plausible.
#[derive(Clone, Copy)]
enum Bound {
    /// Hoeffding's: `mean + strength sqrt(2 ln t / n)` (UCB1: Auer, Cesa-Bianchi and Fischer 2002, figure 1).
    Hoeffding,
    /// Chernoff's: the greatest `q` with `n kl(mean, q) <= strength ln t` (KL-UCB with c = 0: Garivier and Cappé 2011,
    /// COLT, algorithm 1).
    Chernoff,
}

pub(super) fn make_ucb1(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(Ucb { arms: Arms::new(config), strength: config.strength, bound: Bound::Hoeffding })
}

pub(super) fn make_kl(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(Ucb { arms: Arms::new(config), strength: config.strength, bound: Bound::Chernoff })
}

impl Ucb {
    fn bound(&self, known: Known) -> f64 {
        if known.trials == 0.0 {
            return f64::INFINITY;
        }
        let time = (1.0 + self.arms.trials).ln();
        match self.bound {
            Bound::Hoeffding => known.mean + self.strength * (2.0 * time / known.trials).sqrt(),
            Bound::Chernoff => kl_bound(known.mean, self.strength * time / known.trials),
        }
    }
}

/// The greatest `q` in `mean..=1` with `kl(mean, q) <= radius`, by bisection.
fn kl_bound(mean: f64, radius: f64) -> f64 {
    let (mut low, mut high) = (mean, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if divergence(mean, middle) <= radius { low = middle } else { high = middle }
    }
    low
}

/// Kullback and Leibler's divergence of two Bernoulli distributions.
pub(super) fn divergence(p: f64, q: f64) -> f64 {
    let term = |p: f64, q: f64| if p == 0.0 { 0.0 } else { p * (p / q.max(1e-300)).ln() };
    term(p, q) + term(1.0 - p, 1.0 - q)
}

impl Policy for Ucb {
    fn name(&self) -> &'static str {
        match self.bound {
            Bound::Hoeffding => UCB,
            Bound::Chernoff => KL_UCB,
        }
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        self.arms.means(candidates)
    }

    fn draws(&self, candidates: &[Candidate<'_>], _: &mut Rng) -> Draws {
        one_row(candidates.iter().map(|candidate| self.bound(self.arms.known(candidate))).collect())
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.arms.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        let known = self.arms.known(candidate);
        self.arms.belief(candidate, (self.bound(known) - known.mean).min(1.0))
    }

    fn state(&self) -> Vec<u8> {
        self.arms.write()
    }

    fn restore(&mut self, state: &[u8]) -> crate::Result<()> {
        self.arms.read(state)
    }

    fn copy(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_solves_its_equation() {
        for (mean, radius) in [(0.0, 0.1), (0.3, 0.05), (0.9, 1e-3), (0.5, 2.0)] {
            let bound = kl_bound(mean, radius);
            assert!(bound >= mean && bound <= 1.0);
            assert!((divergence(mean, bound) - radius).abs() < 1e-9, "{mean} {radius}");
        }
        // 1 - (1 - q) = 1 - exp(-radius) where the mean is 0.
        assert!((kl_bound(0.0, 0.1) - (1.0 - (-0.1f64).exp())).abs() < 1e-10);
        assert!(kl_bound(1.0, 0.1) == 1.0);
    }
}
