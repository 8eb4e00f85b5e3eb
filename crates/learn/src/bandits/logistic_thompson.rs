use types::Rng;

use super::linear::{contributions, cut, dot};
use super::slate::argmax_into;
use super::{BanditConfig, Belief, Candidate, Draws, Lesson, Policy, record};
use crate::bytes::{Reader, Writer};

pub(super) const NAME: &str = "logistic-thompson";

/// Priors are held off 0 and 1 before their log-odds are taken.
const PRIOR_MIN: f64 = 1e-4;
/// Halvings of the interval in which the mode lies.
const HALVINGS: usize = 60;
/// The most a weight is known: keeps precisions finite.
const PRECISION_MAX: f64 = 1e12;

/// Logistic regression whose weights are normal and independent, drawn anew for each sample (Chapelle and Li 2011, "An
/// empirical evaluation of Thompson sampling", NeurIPS, algorithm 3: Laplace approximation with a diagonal covariance),
/// in batches of one, whose mode is found exactly. The log-odds of the prior are added.
#[derive(Clone)]
struct LogisticThompson {
    means: Vec<f64>,
    precisions: Vec<f64>,
    lessons: u64,
    strength: f64,
    draws: usize,
    ridge: f64,
    discount: f64,
}

pub(super) fn make(config: &BanditConfig) -> Box<dyn Policy> {
    Box::new(LogisticThompson {
        means: vec![0.0; config.features],
        precisions: vec![config.ridge; config.features],
        lessons: 0,
        strength: config.strength,
        draws: config.draws,
        ridge: config.ridge,
        discount: config.discount,
    })
}

impl LogisticThompson {
    fn log_odds(&self, weights: &[f64], candidate: &Candidate<'_>) -> f64 {
        prior_log_odds(candidate) + dot(weights, candidate.features)
    }

    fn deviation(&self, features: &[f32]) -> f64 {
        let variances =
            features.iter().zip(&self.precisions).map(|(feature, precision)| cut(*feature).powi(2) / precision);
        self.strength * variances.sum::<f64>().sqrt()
    }
}

fn prior_log_odds(candidate: &Candidate<'_>) -> f64 {
    let prior = f64::from(candidate.prior).clamp(PRIOR_MIN, 1.0 - PRIOR_MIN);
    (prior / (1.0 - prior)).ln()
}

fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The gradient of the log-likelihood in the log-odds `s` of being liked, of a place looked at with probability `k` that
/// brought `reward`: `reward (1 - p) - (1 - reward) k p (1 - p) / (1 - k p)` where `p = sigmoid(s)`; with `k` = 1 it is
/// `reward - p`.
fn gradient(log_odds: f64, examined: f64, reward: f64) -> f64 {
    let p = sigmoid(log_odds);
    let unliked = if examined == 1.0 { p } else { examined * p * (1.0 - p) / (1.0 - examined * p) };
    reward * (1.0 - p) - (1.0 - reward) * unliked
}

/// How far to go along `x / precision`: the `a` with `a = gradient(s + a x' Q^-1 x)`, where the sum of the normal prior
/// and the likelihood is greatest. The right side lies within (-1, 1), so the answer does.
fn step(log_odds: f64, spread: f64, examined: f64, reward: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if gradient(log_odds + middle * spread, examined, reward) > middle { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

impl Policy for LogisticThompson {
    fn name(&self) -> &'static str {
        NAME
    }

    fn expected(&self, candidates: &[Candidate<'_>]) -> Vec<f64> {
        candidates.iter().map(|candidate| sigmoid(self.log_odds(&self.means, candidate))).collect()
    }

    fn draws(&self, candidates: &[Candidate<'_>], rng: &mut Rng) -> Draws {
        let mut scores = Vec::with_capacity(self.draws * candidates.len());
        for _ in 0..self.draws {
            let posterior = self.means.iter().zip(&self.precisions);
            let weights: Vec<f64> =
                posterior.map(|(mean, precision)| mean + self.strength * rng.normal() / precision.sqrt()).collect();
            scores.extend(candidates.iter().map(|candidate| self.log_odds(&weights, candidate)));
        }
        Draws { scores, candidates: candidates.len() }
    }

    fn probabilities(&self, draws: &Draws, left: &[usize], probabilities: &mut [f64]) {
        argmax_into(draws, left, probabilities);
    }

    fn learn(&mut self, lesson: &Lesson<'_>) {
        for precision in &mut self.precisions {
            *precision = self.ridge + self.discount * (*precision - self.ridge);
        }
        let features: Vec<f64> = lesson.candidate.features.iter().map(|feature| cut(*feature)).collect();
        let spread: f64 = features.iter().zip(&self.precisions).map(|(x, precision)| x * x / precision).sum();
        let log_odds = self.log_odds(&self.means, &lesson.candidate);
        let step = step(log_odds, spread, lesson.examined, lesson.reward);
        for ((mean, precision), x) in self.means.iter_mut().zip(&self.precisions).zip(&features) {
            *mean += step * x / precision;
        }
        let p = sigmoid(log_odds + step * spread);
        let sharpness = lesson.examined * p * (1.0 - p);
        for (precision, x) in self.precisions.iter_mut().zip(&features) {
            *precision = (*precision + sharpness * x * x).min(PRECISION_MAX);
        }
        self.lessons += 1;
    }

    fn explain(&self, candidate: &Candidate<'_>) -> Belief {
        let expected = sigmoid(self.log_odds(&self.means, candidate));
        Belief {
            expected,
            // Of the probability, from that of the log-odds by the slope of the sigmoid.
            uncertainty: expected * (1.0 - expected) * self.deviation(candidate.features),
            lessons: self.lessons as f64,
            contributions: contributions(&self.means, candidate.features),
        }
    }

    fn state(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.number(self.lessons);
        record::write(&mut writer, &self.means);
        record::write(&mut writer, &self.precisions);
        writer.0
    }

    fn restore(&mut self, state: &[u8]) -> crate::Result<()> {
        let mut reader = Reader::new(state);
        self.lessons = reader.number()?;
        self.means = record::read(&mut reader, self.means.len())?;
        self.precisions = record::read(&mut reader, self.means.len())?;
        if self.precisions.iter().any(|precision| *precision <= 0.0) {
            return Err(reader.fault("positive precisions"));
        }
        reader.end()
    }

    fn copy(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }

    fn reads_features(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_reaches_the_mode() {
        for (log_odds, spread, examined, reward) in [(0.0, 1.0, 1.0, 1.0), (3.0, 1e12, 1.0, 0.0), (-2.0, 0.3, 0.4, 0.0)]
        {
            let got = step(log_odds, spread, examined, reward);
            let at = |a: f64| gradient(log_odds + a * spread, examined, reward) - a;
            assert!(at(got - 1e-6) >= 0.0 && at(got + 1e-6) <= 0.0, "{got}");
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let likelihood = |s: f64, examined: f64, reward: f64| {
            let p = sigmoid(s);
            reward * (examined * p).ln() + (1.0 - reward) * (1.0 - examined * p).ln()
        };
        for (s, examined, reward) in [(0.3, 0.5, 0.0), (0.3, 0.5, 1.0), (-1.2, 1.0, 0.0), (0.7, 0.2, 0.4)] {
            let h = 1e-5;
            let slope = (likelihood(s + h, examined, reward) - likelihood(s - h, examined, reward)) / (2.0 * h);
            assert!((gradient(s, examined, reward) - slope).abs() < 1e-8);
        }
    }
}
