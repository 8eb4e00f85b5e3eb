use types::Rng;

use super::arms::Arms;
use super::slate::{argmax_into, one_row};
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "epsilon-greedy";

/// The best known item, but with probability epsilon any of those left alike; epsilon decays (epsilon_n-greedy of
/// Auer, Cesa-Bianchi and Fischer 2002, Machine Learning 47).
#[derive(Clone)]
struct EpsilonGreedy {
    arms: Arms,
    config: BanditConfig,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(EpsilonGreedy { arms: Arms::new(config), config: config.clone() })
}

impl EpsilonGreedy {
    fn epsilon(&self) -> f64 {
        self.config.decayed(self.arms.lessons as f64).min(1.0)
    }
}

impl Policy for EpsilonGreedy {
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
        let epsilon = self.epsilon();
        argmax_into(draws, left, probabilities);
        for probability in probabilities.iter_mut() {
            *probability = (1.0 - epsilon) * *probability + epsilon / left.len() as f64;
        }
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.arms.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.arms.belief(candidate, self.epsilon())
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
