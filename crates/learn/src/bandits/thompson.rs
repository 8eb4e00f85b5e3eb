use types::Rng;

use super::arms::{Arms, Known};
use super::slate::argmax_into;
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy};

pub(super) const NAME: &str = "thompson";

/// The least parameter of a Beta distribution.
const PARAMETER_MIN: f64 = 1e-3;

/// Each item as often as it is likely to be the best: its mean reward is Beta distributed (Chapelle and Li 2011, "An
/// empirical evaluation of Thompson sampling", NeurIPS, algorithm 2). Rewards between 0 and 1 count as that much of a
/// success.
#[derive(Clone)]
struct Thompson {
    arms: Arms,
    strength: f64,
    draws: usize,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(Thompson { arms: Arms::new(config), strength: config.strength, draws: config.draws })
}

impl Thompson {
    /// Successes and failures; dividing both by the square of the strength multiplies the standard deviation by about
    /// the strength (posterior reshaping: Chapelle and Li 2011, section 3).
    fn parameters(&self, known: Known) -> (f64, f64) {
        let sharpness = 1.0 / self.strength.max(1e-3).powi(2);
        let failures = (known.trials - known.rewards).max(0.0);
        ((sharpness * known.rewards).max(PARAMETER_MIN), (sharpness * failures).max(PARAMETER_MIN))
    }
}

impl Policy for Thompson {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        self.arms.means(candidates)
    }

    fn draws(&self, candidates: &[Candidate<'_>], rng: &mut Rng) -> Draws {
        let parameters: Vec<(f64, f64)> =
            candidates.iter().map(|candidate| self.parameters(self.arms.known(candidate))).collect();
        let mut scores = Vec::with_capacity(self.draws * candidates.len());
        for _ in 0..self.draws {
            scores.extend(parameters.iter().map(|(successes, failures)| beta(*successes, *failures, rng)));
        }
        Draws { scores, candidates: candidates.len() }
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        self.arms.learn(lesson);
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        let (successes, failures) = self.parameters(self.arms.known(candidate));
        let (sum, product) = (successes + failures, successes * failures);
        self.arms.belief(candidate, (product / (sum * sum * (sum + 1.0))).sqrt())
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

/// A Beta distributed number, from the logarithms of two Gamma distributed ones so that small parameters do not end
/// as 0 / 0.
fn beta(successes: f64, failures: f64, rng: &mut Rng) -> f64 {
    let (one, other) = (ln_gamma_draw(successes, rng), ln_gamma_draw(failures, rng));
    1.0 / (1.0 + (other - one).exp())
}

/// The logarithm of a Gamma distributed number (Marsaglia and Tsang 2000, "A simple method for generating gamma
/// variables", ACM TOMS 26; below shape 1 by their section 6: a draw at shape + 1 times `u^(1 / shape)`).
fn ln_gamma_draw(shape: f64, rng: &mut Rng) -> f64 {
    if shape < 1.0 {
        let uniform = 1.0 - rng.unit();
        return ln_gamma_draw(shape + 1.0, rng) + uniform.ln() / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let normal = rng.normal();
        let v = (1.0 + c * normal).powi(3);
        if v <= 0.0 {
            continue;
        }
        let uniform = 1.0 - rng.unit();
        if uniform.ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return (d * v).ln();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_draws_have_the_moments_of_their_distribution() {
        for (successes, failures) in [(1.0, 1.0), (0.2, 0.5), (2.0, 5.0), (300.0, 20.0), (1e-3, 1e-3)] {
            let mut rng = Rng::new(5);
            let draws: Vec<f64> = (0..40_000).map(|_| beta(successes, failures, &mut rng)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            let sum = successes + failures;
            let expected = successes * failures / (sum * sum * (sum + 1.0));
            assert!((mean - successes / sum).abs() < 4.0 * (expected / 40_000.0f64).sqrt(), "{successes} {failures}");
            assert!((variance / expected - 1.0).abs() < 0.06, "{successes} {failures}: {variance} {expected}");
        }
    }
}
