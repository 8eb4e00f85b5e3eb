use types::Rng;

use super::linear::Ridge;
use super::slate::one_row;
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "square-cb";

/// Inverse gap weighting: of `m` candidates left, of which `b` is expected to bring most, each other one `i` has
/// probability `1 / (m + gamma (y_b - y_i))` and `b` the rest (Foster and Rakhlin 2020, "Beyond UCB: optimal and
/// efficient contextual bandits with regression oracles", ICML, algorithm 1). The oracle is ridge regression; gamma grows
/// with the root of the lessons, as their theorem 1 sets it.
#[derive(Clone)]
struct SquareCb {
    ridge: Ridge,
    strength: f64,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(SquareCb { ridge: Ridge::new(config), strength: config.strength })
}

impl SquareCb {
    fn gamma(&self) -> f64 {
        self.strength * (1.0 + self.ridge.lessons as f64).sqrt()
    }
}

impl Policy for SquareCb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        candidates.iter().map(|candidate| self.ridge.expected(candidate)).collect()
    }

    fn draws(&self, candidates: &[Candidate<'_>], _: &mut Rng) -> Draws {
        one_row(self.expected(candidates))
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        let score = |at: usize| draws.scores[left[at]];
        let best = (1..left.len()).fold(0, |best, at| if score(at) > score(best) { at } else { best });
        let (gamma, count) = (self.gamma(), left.len() as f64);
        let mut others = 0.0;
        for at in (0..left.len()).filter(|at| *at != best) {
            probabilities[at] = 1.0 / (count + gamma * (score(best) - score(at)));
            others += probabilities[at];
        }
        probabilities[best] = 1.0 - others;
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.ridge.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.ridge.belief(candidate, self.ridge.deviation(candidate.features))
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
