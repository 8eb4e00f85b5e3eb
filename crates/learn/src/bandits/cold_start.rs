use types::Rng;

use super::arms::Arms;
use super::slate::{argmax_into, one_row};
use super::{BanditConfig, Belief, Candidate, ColdStart, Draws, Lesson, Policy};

pub(super) const NAME: &str = "cold-start";

/// The best known items everywhere but at the places of [`BanditConfig::cold_start`], which any policy may have; this
/// one has nothing else.
#[derive(Clone)]
struct Greedy {
    arms: Arms,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(Greedy { arms: Arms::new(config) })
}

impl ColdStart {
    /// Whether `candidate` is new and was shown less often than it should be.
    pub(super) fn owes(&self, candidate: &Candidate<'_>) -> bool {
        candidate.exposures < self.exposures && candidate.age.is_some_and(|age| age.0 <= self.window.0)
    }
}

impl Policy for Greedy {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        self.arms.means(candidates)
    }

    fn draws(&self, candidates: &[Candidate<'_>], _: &mut Rng) -> Draws {
        one_row(self.arms.means(candidates))
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.arms.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.arms.belief(candidate, 0.0)
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
