use types::Rng;

use super::arms::Arms;
use super::slate::one_row;
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "boltzmann";

/// Below this temperature all probability is on the best.
const TEMPERATURE_MIN: f64 = 1e-6;

/// The softmax of the expected rewards over those left, place after place: the model of Plackett and Luce, as drawing
/// the top k of `expected / temperature` plus Gumbel noise would give (Kool, van Hoof and Welling 2019, "Stochastic
/// beams and where to find them", ICML, section 2), but with each place's probability at hand.
#[derive(Clone)]
struct Boltzmann {
    arms: Arms,
    config: BanditConfig,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(Boltzmann { arms: Arms::new(config), config: config.clone() })
}

impl Boltzmann {
    fn temperature(&self) -> f64 {
        self.config.decayed(self.arms.lessons as f64).max(TEMPERATURE_MIN)
    }
}

impl Policy for Boltzmann {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        self.arms.means(candidates)
    }

    fn draws(&self, candidates: &[Candidate<'_>], _: &mut Rng) -> Draws {
        let temperature = self.temperature();
        one_row(self.arms.means(candidates).iter().map(|mean| mean / temperature).collect())
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        let max = left.iter().map(|at| draws.scores[*at]).fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for (probability, at) in probabilities.iter_mut().zip(left) {
            *probability = (draws.scores[*at] - max).exp();
            sum += *probability;
        }
        probabilities.iter_mut().for_each(|probability| *probability /= sum);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.arms.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        self.arms.belief(candidate, self.temperature())
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
