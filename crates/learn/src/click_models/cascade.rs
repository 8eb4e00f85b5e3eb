use std::sync::Arc;

use super::log::Pairs;
use super::model::{Rates, labels_of, log_of, places};
use super::{ClickLog, ClickModel, Label, Relevance, Session, Smoothing};

/// A shopper reads from the top and stops at the first click (Craswell, Zoeter, Taylor and Ramsey 2008, WSDM). All up to
/// the first click was examined, nothing after it; so attraction is plain counting. Further clicks of a session are
/// impossible under the model and are left out of the fit.
#[derive(Clone, Debug)]
pub struct Cascade {
    pairs: Arc<Pairs>,
    attraction: Rates,
}

impl Cascade {
    /// Fits the model: per pair, first clicks out of shows at or before the first click.
    pub fn fit(log: &ClickLog, smoothing: Smoothing) -> Self {
        let pairs = log.pairs().keys.len();
        let (mut hits, mut tries) = (vec![0.0; pairs], vec![0.0; pairs]);
        for session in log.sessions() {
            for (pair, click) in session.pairs.iter().zip(session.clicks) {
                tries[*pair as usize] += 1.0;
                if *click {
                    hits[*pair as usize] += 1.0;
                    break;
                }
            }
        }
        Self { pairs: Arc::clone(log.pairs()), attraction: Rates::estimate(&hits, tries, smoothing) }
    }
}

impl ClickModel for Cascade {
    fn marginals(&self, session: Session<'_>, log: &ClickLog, probabilities: &mut Vec<f64>) {
        probabilities.clear();
        let mut examined = 1.0;
        probabilities.extend(places(&self.pairs, session, log).map(|pair| {
            let attraction = self.attraction.at(pair);
            let click = examined * attraction;
            examined *= 1.0 - attraction;
            click
        }));
    }

    fn log_likelihood(&self, session: Session<'_>, log: &ClickLog) -> f64 {
        let mut examined = true;
        let each = session.clicks.iter().zip(places(&self.pairs, session, log)).map(|(click, pair)| {
            let probability = if examined { self.attraction.at(pair) } else { 0.0 };
            examined &= !click;
            log_of(*click, probability)
        });
        each.sum()
    }

    fn relevance(&self, query: u32, item: u32) -> Relevance {
        self.attraction.relevance(self.pairs.get(query, item))
    }

    fn labels(&self) -> Vec<Label> {
        labels_of(&self.pairs, |pair| self.attraction.relevance(Some(pair)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulated::Truth;
    use super::*;
    use crate::click_models::{log_likelihood, perplexity};

    #[test]
    fn counting_by_hand() {
        let mut log = ClickLog::default();
        log.push(0, &[1, 2, 3], &[false, true, true]).unwrap();
        log.push(0, &[2, 1, 3], &[false, false, false]).unwrap();
        let model = Cascade::fit(&log, Smoothing { strength: 0.0 });
        let value = |item| (model.relevance(0, item).value, model.relevance(0, item).evidence);
        assert_eq!((value(1), value(2), value(3)), ((0.0, 2.0), (0.5, 2.0), (0.0, 1.0)));
    }

    #[test]
    fn attraction_of_simulated_users_is_recovered() {
        let truth = Truth::new(7);
        let log = truth.dynamic(40_000, 8, 1.0, Some(1.0));
        let model = Cascade::fit(&log, Smoothing::default());
        let error: f64 = truth.pairs().map(|(q, d, alpha)| (model.relevance(q, d).value - alpha).abs()).sum();
        assert!(error / 200.0 < 0.03, "{}", error / 200.0);
        assert!(log_likelihood(&model, &log) < 0.0);
        assert!(perplexity(&model, &log).iter().all(|perplexity| (1.0..2.0).contains(perplexity)));
    }
}
