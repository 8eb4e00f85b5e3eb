use types::Rng;

use super::linear::Ridge;
use super::slate::{argmax_into, one_row};
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "lin-ucb";

/// The highest reward a candidate may plausibly have by a linear model shared by all: `x . weights + strength
/// sqrt(x' A^-1 x)` (Li, Chu, Langford and Schapire 2010, "A contextual-bandit approach to personalized news article
/// recommendation", WWW, algorithm 1, with one model instead of one an arm). It chooses without chance (ties apart).
#[derive(Clone)]
struct LinUcb {
    ridge: Ridge,
    strength: f64,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(LinUcb { ridge: Ridge::new(config), strength: config.strength })
}

impl LinUcb {
    fn bonus(&self, candidate: &Candidate<'_>) -> f64 {
        self.strength * self.ridge.deviation(candidate.features)
    }
}

impl Policy for LinUcb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        candidates.iter().map(|candidate| self.ridge.expected(candidate)).collect()
    }

    fn draws(&self, candidates: &[Candidate<'_>], _: &mut Rng) -> Draws {
        one_row(candidates.iter().map(|each| self.ridge.expected(each) + self.bonus(each)).collect())
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.ridge.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.ridge.belief(candidate, self.bonus(candidate))
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
