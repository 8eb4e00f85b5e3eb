use std::sync::Arc;

use super::log::{Cell, Pairs};
use super::model::{FitSummary, Rates, labels_of, log_of, places};
use super::{ClickLog, ClickModel, Label, Propensities, Relevance, Session, Smoothing};

/// A shopper examines position `k` with probability `γ_k`, whatever else happens, and clicks what he examines with the
/// item's attractiveness `α`: `P(click) = γ_k α` (Craswell, Zoeter, Taylor and Ramsey 2008, "An experimental comparison
/// of click position-bias models", WSDM; fitted by expectation-maximisation, Chuklin et al. 2015, section 4.2).
#[derive(Clone, Debug)]
pub struct PositionBased {
    pairs: Arc<Pairs>,
    attraction: Rates,
    examination: Vec<f64>,
    summary: FitSummary,
}

/// How a [`PositionBased`] model is fitted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PositionBasedConfig {
    /// What draws pairs to the mean.
    pub smoothing: Smoothing,
    /// Rounds at most.
    pub iterations_max: usize,
    /// It is done once no examination changes by more than this in a round.
    pub tolerance: f64,
}

impl Default for PositionBasedConfig {
    fn default() -> Self {
        Self { smoothing: Smoothing::default(), iterations_max: 500, tolerance: 1e-6 }
    }
}

impl PositionBased {
    /// Fits the model. Only the product of examination and attractiveness can be seen; the scale is fixed by the
    /// position that is examined most, which has examination 1. Of an empty log comes a model of no positions.
    pub fn fit(log: &ClickLog, config: PositionBasedConfig) -> Self {
        let solved = solve(&log.cells(), log.pairs().keys.len(), log.positions(), config);
        Self {
            pairs: Arc::clone(log.pairs()),
            attraction: solved.attraction,
            examination: solved.examination,
            summary: solved.summary,
        }
    }

    /// Examination by position, the largest being 1.
    pub fn examination(&self) -> &[f64] {
        &self.examination
    }

    /// Examination as propensities.
    pub fn propensities(&self) -> Propensities {
        Propensities::of_examination(&self.examination)
    }

    /// How the fit went.
    pub fn summary(&self) -> FitSummary {
        self.summary
    }

    fn examined(&self, position: usize) -> f64 {
        self.examination.get(position).or(self.examination.last()).copied().unwrap_or(1.0)
    }

    fn probabilities<'a>(&'a self, session: Session<'a>, log: &'a ClickLog) -> impl Iterator<Item = f64> + 'a {
        let attraction = places(&self.pairs, session, log).map(|pair| self.attraction.at(pair));
        attraction.enumerate().map(|(position, attraction)| attraction * self.examined(position))
    }
}

impl ClickModel for PositionBased {
    fn marginals(&self, session: Session<'_>, log: &ClickLog, probabilities: &mut Vec<f64>) {
        probabilities.clear();
        probabilities.extend(self.probabilities(session, log));
    }

    fn log_likelihood(&self, session: Session<'_>, log: &ClickLog) -> f64 {
        session.clicks.iter().zip(self.probabilities(session, log)).map(|(click, p)| log_of(*click, p)).sum()
    }

    fn relevance(&self, query: u32, item: u32) -> Relevance {
        self.attraction.relevance(self.pairs.get(query, item))
    }

    fn labels(&self) -> Vec<Label> {
        labels_of(&self.pairs, |pair| self.attraction.relevance(Some(pair)))
    }
}

/// Examination by position and attraction by pair.
pub(super) struct Solved {
    pub(super) examination: Vec<f64>,
    pub(super) attraction: Rates,
    pub(super) summary: FitSummary,
}

/// Expectation-maximisation of `P(click) = γ_k α` over counts. Of a show without a click, the probability that it was
/// examined all the same is `γ (1 - α) / (1 - γ α)`; a click was examined. Attraction is clicks out of examinations,
/// examination is examinations out of shows.
pub(super) fn solve(cells: &[Cell], pairs: usize, positions: usize, config: PositionBasedConfig) -> Solved {
    let clicks = by_pair(cells, pairs, |cell| cell.clicks);
    let mut shows = vec![0.0; positions];
    cells.iter().for_each(|cell| shows[cell.position as usize] += cell.shows);
    // Beside, not at, "everything is examined", which is a fixed point: attraction starts at the plain rates.
    let mut examination = vec![0.9f64; positions];
    let mut attraction = Rates::estimate(&clicks, by_pair(cells, pairs, |cell| cell.shows), config.smoothing);
    let mut summary = FitSummary { iterations: 0, converged: cells.is_empty() };
    while summary.iterations < config.iterations_max && !summary.converged {
        let mut examined = vec![0.0; positions];
        let mut tries = vec![0.0; pairs];
        for cell in cells {
            let (gamma, alpha) = (examination[cell.position as usize], attraction.values[cell.pair as usize]);
            let unseen = 1.0 - gamma * alpha;
            let hidden = if unseen > 0.0 { gamma * (1.0 - alpha) / unseen } else { 0.0 };
            let mass = cell.clicks + (cell.shows - cell.clicks) * hidden;
            examined[cell.position as usize] += mass;
            tries[cell.pair as usize] += mass;
        }
        attraction = Rates::estimate(&clicks, tries, config.smoothing);
        let mut change = 0.0f64;
        for ((gamma, examined), shows) in examination.iter_mut().zip(&examined).zip(&shows) {
            let next = if *shows > 0.0 { (examined / shows).clamp(0.0, 1.0) } else { *gamma };
            change = change.max((next - *gamma).abs());
            *gamma = next;
        }
        summary.iterations += 1;
        summary.converged = change < config.tolerance;
    }
    scale(&mut examination, &mut attraction);
    Solved { examination, attraction, summary }
}

/// Gives the most examined position the examination 1, which changes no probability of a click.
fn scale(examination: &mut [f64], attraction: &mut Rates) {
    let most = examination.iter().copied().fold(0.0, f64::max);
    if most > 0.0 {
        examination.iter_mut().for_each(|examined| *examined /= most);
        attraction.values.iter_mut().for_each(|value| *value *= most);
        attraction.mean *= most;
    }
}

fn by_pair(cells: &[Cell], pairs: usize, count: impl Fn(&Cell) -> f64) -> Vec<f64> {
    let mut counts = vec![0.0; pairs];
    cells.iter().for_each(|cell| counts[cell.pair as usize] += count(cell));
    counts
}

#[cfg(test)]
mod tests {
    use super::super::simulated::{Truth, close};
    use super::*;
    use crate::click_models::{log_likelihood, perplexity};

    #[test]
    fn examination_and_attraction_of_simulated_users_are_recovered() {
        let truth = Truth::new(1);
        let log = truth.position_based(60_000, 2, 0.3);
        let model = PositionBased::fit(&log, PositionBasedConfig::default());
        close(model.examination(), &truth.examination, 0.05);
        let error: f64 = truth.pairs().map(|(q, d, alpha)| (model.relevance(q, d).value - alpha).abs()).sum();
        assert!(error / 200.0 < 0.04, "{}", error / 200.0);
        assert!(model.relevance(0, 999).evidence == 0.0 && model.relevance(0, 999).value > 0.0);
        assert_eq!(model.labels().len(), 200);
    }

    #[test]
    fn it_explains_held_out_sessions_better_than_rates_alone() {
        let truth = Truth::new(3);
        let (log, held_out) = (truth.position_based(20_000, 4, 0.3), truth.position_based(5_000, 5, 0.3));
        let model = PositionBased::fit(&log, PositionBasedConfig::default());
        let flat = PositionBased {
            examination: vec![1.0; 10],
            ..PositionBased::fit(&log, PositionBasedConfig { iterations_max: 0, ..Default::default() })
        };
        assert!(log_likelihood(&model, &held_out) > log_likelihood(&flat, &held_out) + 0.05);
        let (better, worse) = (perplexity(&model, &held_out), perplexity(&flat, &held_out));
        assert!(better.iter().zip(&worse).all(|(better, worse)| *better < worse + 0.02 && *better >= 1.0));
    }

    #[test]
    fn one_session_and_none_give_finite_numbers() {
        let mut log = ClickLog::default();
        assert!(PositionBased::fit(&log, PositionBasedConfig::default()).examination().is_empty());
        log.push(0, &[1], &[true]).unwrap();
        let model = PositionBased::fit(
            &log,
            PositionBasedConfig { smoothing: Smoothing { strength: 0.0 }, ..Default::default() },
        );
        assert_eq!(model.examination(), [1.0]);
        assert!(log_likelihood(&model, &log).is_finite());
        let mut without = ClickLog::default();
        without.push(0, &[1, 2], &[false, false]).unwrap();
        let model = PositionBased::fit(&without, PositionBasedConfig::default());
        assert!(model.examination().iter().all(|examined| examined.is_finite()));
        assert!(model.propensities().weight(2, 10.0).is_finite());
    }
}
