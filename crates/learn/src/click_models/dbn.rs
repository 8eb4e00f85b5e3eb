use std::sync::Arc;

use super::log::Pairs;
use super::model::{FitSummary, Rates, labels_of, log_of, places};
use super::{ClickLog, ClickModel, Label, Relevance, Session, Smoothing};

/// The dynamic Bayesian network of Chapelle and Zhang (2009, "A dynamic Bayesian network click model for web search
/// ranking", WWW): a shopper reads from the top, clicks what attracts him (`a`), is then satisfied (`s`) and stops, or
/// goes on to the next position with probability `γ`. Relevance is `a s`: drawn to it, and content with it.
#[derive(Clone, Debug)]
pub struct Dbn {
    pairs: Arc<Pairs>,
    attraction: Rates,
    satisfaction: Rates,
    perseverance: f64,
    summary: FitSummary,
}

/// How a [`Dbn`] is fitted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DbnConfig {
    /// What draws pairs to the mean, for attraction and satisfaction.
    pub smoothing: Smoothing,
    /// Rounds at most.
    pub iterations_max: usize,
    /// It is done once the log-likelihood of a session gains less than this in a round.
    pub tolerance: f64,
}

impl Default for DbnConfig {
    fn default() -> Self {
        Self { smoothing: Smoothing::default(), iterations_max: 200, tolerance: 1e-7 }
    }
}

/// What a round of expectation collects, by pair.
struct Expected {
    clicks: Vec<f64>,
    examined: Vec<f64>,
    satisfied: Vec<f64>,
    went_on: f64,
    could_go_on: f64,
    log_likelihood: f64,
}

impl Dbn {
    /// Fits attraction, satisfaction and perseverance by expectation-maximisation.
    ///
    /// All up to the last click is known to have been examined, so only what follows it is hidden.
    pub fn fit(log: &ClickLog, config: DbnConfig) -> Self {
        let rate = log.click_rate().clamp(0.05, 0.95);
        let mut model = Self {
            pairs: Arc::clone(log.pairs()),
            attraction: Rates::constant(log.pairs(), rate),
            satisfaction: Rates::constant(log.pairs(), 0.5),
            perseverance: 0.8,
            summary: FitSummary { iterations: 0, converged: log.is_empty() },
        };
        let mut before = f64::NEG_INFINITY;
        while model.summary.iterations < config.iterations_max && !model.summary.converged {
            let expected = model.expect(log);
            model.attraction = Rates::estimate(&expected.clicks, expected.examined, config.smoothing);
            model.satisfaction = Rates::estimate(&expected.satisfied, expected.clicks, config.smoothing);
            if expected.could_go_on > 0.0 {
                model.perseverance = (expected.went_on / expected.could_go_on).clamp(1e-3, 1.0 - 1e-6);
            }
            let likelihood = expected.log_likelihood / log.len() as f64;
            model.summary.iterations += 1;
            model.summary.converged = likelihood - before < config.tolerance;
            before = likelihood;
        }
        model
    }

    /// Fits the simplified network, in which nobody gives up (`γ = 1`): all up to the last click was examined, and the
    /// last click satisfied; all was examined where nothing was clicked. Plain counting (Chapelle and Zhang 2009,
    /// section 4.4).
    pub fn simplified(log: &ClickLog, smoothing: Smoothing) -> Self {
        let pairs = log.pairs().keys.len();
        let (mut clicks, mut examined, mut satisfied) = (vec![0.0; pairs], vec![0.0; pairs], vec![0.0; pairs]);
        for session in log.sessions() {
            let last = session.clicks.iter().rposition(|click| *click);
            for (position, pair) in session.pairs.iter().take(last.map_or(usize::MAX, |last| last + 1)).enumerate() {
                examined[*pair as usize] += 1.0;
                clicks[*pair as usize] += f64::from(u8::from(session.clicks[position]));
                satisfied[*pair as usize] += f64::from(u8::from(Some(position) == last));
            }
        }
        let satisfaction = Rates::estimate(&satisfied, clicks.clone(), smoothing);
        Self {
            pairs: Arc::clone(log.pairs()),
            attraction: Rates::estimate(&clicks, examined, smoothing),
            satisfaction,
            perseverance: 1.0,
            summary: FitSummary { iterations: 1, converged: true },
        }
    }

    /// The probability `γ` of going on to the next position when not satisfied.
    pub fn perseverance(&self) -> f64 {
        self.perseverance
    }

    /// How the fit went.
    pub fn summary(&self) -> FitSummary {
        self.summary
    }

    /// Attraction and satisfaction of a pair, the means for an unknown one.
    pub fn rates(&self, query: u32, item: u32) -> (f64, f64) {
        let pair = self.pairs.get(query, item);
        (self.attraction.at(pair), self.satisfaction.at(pair))
    }

    /// `quiet[i]`: the probability that nothing is clicked from `i` on, given that `i` is examined:
    /// `X_i = (1 - a_i) (1 - γ + γ X_{i+1})`, and 1 behind the end, where there is nothing to go on to.
    fn quiet(&self, pairs: &[Option<usize>]) -> Vec<f64> {
        let mut quiet = vec![1.0; pairs.len() + 1];
        for (position, pair) in pairs.iter().enumerate().rev() {
            quiet[position] = (1.0 - self.attraction.at(*pair)) * self.on(quiet[position + 1]);
        }
        quiet
    }

    /// Stopping or going on to what has probability `next`.
    fn on(&self, next: f64) -> f64 {
        1.0 - self.perseverance + self.perseverance * next
    }

    fn expect(&self, log: &ClickLog) -> Expected {
        let pairs = self.pairs.keys.len();
        let zeros = || vec![0.0; pairs];
        let mut out = Expected {
            clicks: zeros(),
            examined: zeros(),
            satisfied: zeros(),
            went_on: 0.0,
            could_go_on: 0.0,
            log_likelihood: 0.0,
        };
        let mut places = Vec::new();
        for session in log.sessions() {
            places.clear();
            places.extend(session.pairs.iter().map(|pair| Some(*pair as usize)));
            let quiet = self.quiet(&places);
            let last = session.clicks.iter().rposition(|click| *click);
            out.log_likelihood += self.log_likelihood_of(&places, session.clicks, &quiet);
            let known = last.map_or(0, |last| last + 1);
            for (pair, click) in session.pairs[..known].iter().zip(session.clicks) {
                out.examined[*pair as usize] += 1.0;
                out.clicks[*pair as usize] += f64::from(u8::from(*click));
            }
            // Before the last click every step on is known to have been taken.
            out.went_on += known.saturating_sub(1) as f64;
            out.could_go_on += known.saturating_sub(1) as f64;
            self.expect_after(session, last, &quiet, &mut out);
        }
        out
    }

    /// Adds what is hidden: whether the last click satisfied, and how far was read after it.
    fn expect_after(&self, session: Session<'_>, last: Option<usize>, quiet: &[f64], out: &mut Expected) {
        let length = session.pairs.len();
        let mut examined = 1.0;
        if let Some(last) = last {
            let satisfied = self.satisfaction.values[session.pairs[last] as usize];
            let rest = (1.0 - satisfied) * self.on(quiet[last + 1]);
            let all = satisfied + rest;
            out.satisfied[session.pairs[last] as usize] += if all > 0.0 { satisfied / all } else { 0.0 };
            if last + 1 == length {
                return;
            }
            let not_satisfied = if all > 0.0 { rest / all } else { 0.0 };
            examined = not_satisfied * self.stepped(quiet[last + 1]);
            out.could_go_on += not_satisfied;
            out.went_on += examined;
        }
        for position in last.map_or(0, |last| last + 1)..length {
            out.examined[session.pairs[position] as usize] += examined;
            if position + 1 < length {
                out.could_go_on += examined;
                examined *= self.stepped(quiet[position + 1]);
                out.went_on += examined;
            }
        }
    }

    /// Probability that the step on was taken, given that nothing was clicked behind it.
    fn stepped(&self, next: f64) -> f64 {
        let all = self.on(next);
        if all > 0.0 { self.perseverance * next / all } else { 0.0 }
    }

    fn log_likelihood_of(&self, places: &[Option<usize>], clicks: &[bool], quiet: &[f64]) -> f64 {
        let last = clicks.iter().rposition(|click| *click);
        let Some(last) = last else { return log_of(true, quiet[0]) };
        let steps = (0..last).map(|position| {
            let attraction = self.attraction.at(places[position]);
            let goes_on = if clicks[position] { 1.0 - self.satisfaction.at(places[position]) } else { 1.0 };
            log_of(clicks[position], attraction) + log_of(true, goes_on * self.perseverance)
        });
        let steps: f64 = steps.sum();
        let satisfied = self.satisfaction.at(places[last]);
        let after =
            if last + 1 == places.len() { 1.0 } else { satisfied + (1.0 - satisfied) * self.on(quiet[last + 1]) };
        steps + log_of(true, self.attraction.at(places[last])) + log_of(true, after)
    }
}

impl ClickModel for Dbn {
    fn marginals(&self, session: Session<'_>, log: &ClickLog, probabilities: &mut Vec<f64>) {
        probabilities.clear();
        let mut examined = 1.0;
        probabilities.extend(places(&self.pairs, session, log).map(|pair| {
            let (attraction, satisfaction) = (self.attraction.at(pair), self.satisfaction.at(pair));
            let click = examined * attraction;
            examined *= self.perseverance * (1.0 - attraction * satisfaction);
            click
        }));
    }

    fn log_likelihood(&self, session: Session<'_>, log: &ClickLog) -> f64 {
        let places: Vec<Option<usize>> = places(&self.pairs, session, log).collect();
        self.log_likelihood_of(&places, session.clicks, &self.quiet(&places))
    }

    fn relevance(&self, query: u32, item: u32) -> Relevance {
        let (attraction, satisfaction) = self.rates(query, item);
        let evidence = self.pairs.get(query, item).map_or(0.0, |pair| self.attraction.tries[pair]);
        Relevance { value: attraction * satisfaction, evidence }
    }

    fn labels(&self) -> Vec<Label> {
        labels_of(&self.pairs, |pair| Relevance {
            value: self.attraction.values[pair] * self.satisfaction.values[pair],
            evidence: self.attraction.tries[pair],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::Truth;
    use super::*;
    use crate::click_models::{Cascade, log_likelihood, perplexity};

    #[test]
    fn attraction_satisfaction_and_perseverance_of_simulated_users_are_recovered() {
        let truth = Truth::new(11);
        let log = truth.dynamic(60_000, 12, 0.8, None);
        let model = Dbn::fit(&log, DbnConfig::default());
        assert!((model.perseverance() - 0.8).abs() < 0.03, "{}", model.perseverance());
        let errors = truth.pairs().map(|(q, d, alpha)| {
            let (a, s) = model.rates(q, d);
            ((a - alpha).abs(), (s - truth.satisfaction(q, d)).abs())
        });
        let (attraction, satisfaction) = errors.fold((0.0, 0.0), |sum, error| (sum.0 + error.0, sum.1 + error.1));
        assert!(attraction / 200.0 < 0.03, "{}", attraction / 200.0);
        assert!(satisfaction / 200.0 < 0.12, "{}", satisfaction / 200.0);
        let (simple, cascade) = (Dbn::simplified(&log, Smoothing::default()), Cascade::fit(&log, Smoothing::default()));
        let held_out = truth.dynamic(5_000, 13, 0.8, None);
        let likelihood = |model: &dyn ClickModel| log_likelihood(model, &held_out);
        assert!(likelihood(&model) > likelihood(&simple) && likelihood(&simple) > likelihood(&cascade));
        let mean = |model: &dyn ClickModel| perplexity(model, &held_out).iter().sum::<f64>() / 10.0;
        assert!(mean(&model) < mean(&simple) && mean(&model) < mean(&cascade));
    }

    #[test]
    fn simplified_counts_by_hand() {
        let mut log = ClickLog::default();
        log.push(0, &[1, 2, 3], &[true, true, false]).unwrap();
        log.push(0, &[1, 2, 3], &[false, false, false]).unwrap();
        let model = Dbn::simplified(&log, Smoothing { strength: 0.0 });
        assert_eq!(model.rates(0, 1), (0.5, 0.0));
        assert_eq!(model.rates(0, 2), (0.5, 1.0));
        assert_eq!((model.rates(0, 3).0, model.relevance(0, 2).value), (0.0, 0.5));
    }

    /// The probabilities of all outcomes of a slate of three must sum to 1, and their margins must be the marginals.
    #[test]
    fn likelihoods_are_a_distribution() {
        let mut log = ClickLog::default();
        for outcome in 0..8u32 {
            log.push(0, &[1, 2, 3], &[0, 1, 2].map(|place| outcome >> place & 1 == 1)).unwrap();
        }
        for model in [
            Dbn::fit(&log, DbnConfig { iterations_max: 3, ..DbnConfig::default() }),
            Dbn::simplified(&log, Smoothing::default()),
        ] {
            let (mut total, mut margins, mut marginals) = (0.0, [0.0; 3], Vec::new());
            for session in log.sessions() {
                let probability = model.log_likelihood(session, &log).exp();
                total += probability;
                (0..3).filter(|place| session.clicks[*place]).for_each(|place| margins[place] += probability);
                model.marginals(session, &log, &mut marginals);
            }
            assert!((total - 1.0).abs() < 1e-5, "{total}");
            for (margin, marginal) in margins.iter().zip(&marginals) {
                assert!((margin - marginal).abs() < 1e-5, "{margins:?} {marginals:?}");
            }
        }
    }
}
