use types::Rng;

use super::linear::{Ridge, dot};
use super::slate::argmax_into;
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "linear-thompson";

/// Weights drawn from `Normal(A^-1 b, strength^2 A^-1)`, and the best by them (Agrawal and Goyal 2013, "Thompson sampling
/// for contextual bandits with linear payoffs", ICML, algorithm 1).
#[derive(Clone)]
struct LinearThompson {
    ridge: Ridge,
    strength: f64,
    draws: usize,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(LinearThompson { ridge: Ridge::new(config), strength: config.strength, draws: config.draws })
}

impl Policy for LinearThompson {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        candidates.iter().map(|candidate| self.ridge.expected(candidate)).collect()
    }

    fn draws(&self, candidates: &[Candidate<'_>], rng: &mut Rng) -> Draws {
        let mut scores = Vec::with_capacity(self.draws * candidates.len());
        for _ in 0..self.draws {
            let weights = self.ridge.draw(self.strength, rng);
            scores.extend(candidates.iter().map(|each| f64::from(each.prior) + dot(&weights, each.features)));
        }
        Draws { scores, candidates: candidates.len() }
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.ridge.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.ridge.belief(candidate, self.strength * self.ridge.deviation(candidate.features))
    }

    fn state(&self) -> Vec<u8> {
        self.ridge.write()
    }

    fn restore(&mut self, state: &[u8]) -> crate::Result<()> {
        self.ridge.read(state)
    }

    fn copy(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }

    fn reads_features(&self) -> bool {
        true
    }
}
