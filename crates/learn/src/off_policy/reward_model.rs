use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use types::Rng;

/// Which model of rewards is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RewardModel {
    /// Logistic where every reward is 0 or 1, else ridge.
    #[default]
    Auto,
    /// Ridge regression.
    Ridge,
    /// Logistic regression; rewards are taken as probabilities and cut to 0..=1.
    Logistic,
}

/// A reward to learn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example<'a> {
    pub(super) context: &'a [f64],
    pub(super) position: usize,
    pub(super) action: usize,
    pub(super) reward: f64,
}

/// Expects a reward of each action at each position in a context: a regression over context and position that all actions
/// share, and for each action one of its own over an intercept and the context for what the shared one leaves, drawn
/// towards 0, so that an action that was hardly seen is expected to do what all do.
pub(super) struct Fitted {
    /// Mean and one over the spread of each context value; 0 for one that never changes.
    scales: Vec<(f64, f64)>,
    positions: usize,
    shared: Vec<f64>,
    own: FxHashMap<usize, Vec<f64>>,
    logistic: bool,
    /// The least and the greatest reward learned from; no expectation lies outside.
    bounds: (f64, f64),
}

/// Strengths of the priors to choose from. The first has the weight of one round of standardised context on the shared
/// slopes and of four on an action's own numbers; the last leaves hardly more than the mean reward.
const PENALTIES: [Penalty; 4] = [
    Penalty { shared: 1.0, own: 4.0 },
    Penalty { shared: 10.0, own: 20.0 },
    Penalty { shared: 100.0, own: 100.0 },
    Penalty { shared: 1_000.0, own: 500.0 },
];
/// Of so many examples one is held out to choose by.
const HELD_OUT: usize = 5;
/// Newton's steps at most.
const STEPS_MAX: usize = 25;

/// Strengths of the priors.
#[derive(Clone, Copy)]
struct Penalty {
    shared: f64,
    own: f64,
}

impl RewardModel {
    /// Fits it to examples whose values are all finite. The priors are those under which every fifth example is told best
    /// from the others: with few clicks and many features, numbers that are too free tell too much, and so too high, for
    /// the chance of a click is convex in its log-odds.
    pub(super) fn fit(self, examples: &[Example<'_>]) -> Fitted {
        let logistic = match self {
            Self::Auto => examples.iter().all(|example| example.reward == 0.0 || example.reward == 1.0),
            Self::Logistic => true,
            Self::Ridge => false,
        };
        let held = |place: &usize| place % HELD_OUT == HELD_OUT - 1;
        let pick = |inside: bool| -> Vec<Example<'_>> {
            (0..examples.len()).filter(|place| held(place) == inside).map(|place| examples[place]).collect()
        };
        let (fitting, choosing) = (pick(false), pick(true));
        let loss = |penalty: &Penalty| fit_with(&fitting, logistic, *penalty).loss(&choosing);
        let losses: Vec<f64> = PENALTIES.par_iter().map(loss).collect();
        let best = (1..PENALTIES.len()).fold(0, |best, next| if losses[next] < losses[best] { next } else { best });
        fit_with(examples, logistic, PENALTIES[best])
    }
}

fn fit_with(examples: &[Example<'_>], logistic: bool, penalty: Penalty) -> Fitted {
    let bounds = examples.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), example| {
        (low.min(example.reward), high.max(example.reward))
    });
    let mut fitted = Fitted {
        scales: scales(examples),
        positions: examples.iter().map(|example| example.position + 1).max().unwrap_or(1).min(POSITIONS_MAX),
        shared: Vec::new(),
        own: FxHashMap::default(),
        logistic,
        bounds: if examples.is_empty() { (0.0, 0.0) } else { bounds },
    };
    let rows: Vec<Vec<f64>> = examples.iter().map(|example| fitted.row(example.context, example.position)).collect();
    let all = examples.iter().zip(&rows).map(|(example, row)| Point { row, offset: 0.0, reward: example.reward });
    fitted.shared = regress(&all.collect::<Vec<_>>(), logistic, penalty.shared, Intercept::Free);
    let width = fitted.scales.len() + 1;
    let mut by_action: FxHashMap<usize, Vec<Point<'_>>> = FxHashMap::default();
    for (example, row) in examples.iter().zip(&rows) {
        let offset = dot(&fitted.shared, row);
        let point = Point { row: &row[..width], offset, reward: example.reward };
        by_action.entry(example.action).or_default().push(point);
    }
    let own = by_action.into_par_iter();
    let own: FxHashMap<usize, Vec<f64>> =
        own.map(|(action, points)| (action, regress(&points, logistic, penalty.own, Intercept::Drawn))).collect();
    fitted.own = own;
    fitted
}

/// Deeper positions are taken for the deepest that has a column of its own.
const POSITIONS_MAX: usize = 100;

impl Fitted {
    /// Intercept, standardised context, one column a position but the first.
    fn row(&self, context: &[f64], position: usize) -> Vec<f64> {
        let mut row = Vec::with_capacity(context.len() + self.positions);
        row.push(1.0);
        row.extend(context.iter().zip(&self.scales).map(|(value, (mean, scale))| (value - mean) * scale));
        let position = position.min(self.positions - 1);
        row.extend((1..self.positions).map(|other| f64::from(u8::from(other == position))));
        row
    }

    /// How badly examples are told: log-loss or half the squared error, in all.
    fn loss(&self, examples: &[Example<'_>]) -> f64 {
        let one = |example: &Example<'_>| {
            let got = self.expect(example.context, example.position, std::iter::once(example.action)).sum::<f64>();
            if !self.logistic {
                return 0.5 * (example.reward - got).powi(2);
            }
            let (got, click) = (got.clamp(1e-12, 1.0 - 1e-12), example.reward.clamp(0.0, 1.0));
            -click * got.ln() - (1.0 - click) * (1.0 - got).ln()
        };
        examples.iter().map(one).sum()
    }

    /// The reward expected of each action.
    pub(super) fn expect(
        &self,
        context: &[f64],
        position: usize,
        actions: impl Iterator<Item = usize>,
    ) -> impl Iterator<Item = f64> {
        let row = self.row(context, position);
        let shared = dot(&self.shared, &row);
        actions.map(move |action| {
            let own = self.own.get(&action).map_or(0.0, |own| dot(own, &row[..own.len()]));
            let raw = shared + own;
            let value = if self.logistic { sigmoid(raw) } else { raw };
            value.clamp(self.bounds.0, self.bounds.1)
        })
    }
}

/// The fold of each unit, of `folds` of nearly the same size.
pub(super) fn folds(units: usize, folds: usize, rng: &mut Rng) -> Vec<usize> {
    let mut of_unit: Vec<usize> = (0..units).map(|unit| unit % folds.max(1)).collect();
    rng.shuffle(&mut of_unit);
    of_unit
}

struct Point<'a> {
    row: &'a [f64],
    offset: f64,
    reward: f64,
}

/// Whether the first column is penalised.
#[derive(Clone, Copy, PartialEq)]
enum Intercept {
    Free,
    Drawn,
}

/// The numbers `b` that minimise the loss of `offset + row b` plus half of `penalty |b|^2`: in one step for squares, by
/// Newton's method (iteratively reweighted least squares) for the logistic loss, a step halved while it raises the loss.
fn regress(points: &[Point<'_>], logistic: bool, penalty: f64, intercept: Intercept) -> Vec<f64> {
    let width = points.first().map_or(1, |point| point.row.len());
    // A free intercept has a trace of a penalty, so that rewards that are all 0 leave it finite.
    let penalties: Vec<f64> =
        (0..width).map(|column| if column == 0 && intercept == Intercept::Free { 1e-3 } else { penalty }).collect();
    let mut numbers = vec![0.0; width];
    let mut before = loss(points, logistic, &penalties, &numbers);
    for _ in 0..if logistic { STEPS_MAX } else { 1 } {
        let Some(step) = newton_step(points, logistic, &penalties, &numbers) else { break };
        let mut share = 1.0;
        let (next, after) = loop {
            let next: Vec<f64> = numbers.iter().zip(&step).map(|(number, step)| number + share * step).collect();
            let after = loss(points, logistic, &penalties, &next);
            if after <= before || share < 1e-3 {
                break (next, after);
            }
            share /= 2.0;
        };
        if after.is_nan() || after > before || next.iter().any(|number| !number.is_finite()) {
            break;
        }
        let gained = before - after;
        (numbers, before) = (next, after);
        if gained <= 1e-10 * before.abs() {
            break;
        }
    }
    numbers
}

fn loss(points: &[Point<'_>], logistic: bool, penalties: &[f64], numbers: &[f64]) -> f64 {
    let fit: f64 = points
        .iter()
        .map(|point| {
            let raw = point.offset + dot(numbers, point.row);
            if logistic {
                // ln(1 + e^raw) - y raw, without overflow.
                raw.max(0.0) + (-raw.abs()).exp().ln_1p() - point.reward.clamp(0.0, 1.0) * raw
            } else {
                0.5 * (point.reward - raw).powi(2)
            }
        })
        .sum();
    fit + 0.5 * numbers.iter().zip(penalties).map(|(number, penalty)| penalty * number * number).sum::<f64>()
}

fn newton_step(points: &[Point<'_>], logistic: bool, penalties: &[f64], numbers: &[f64]) -> Option<Vec<f64>> {
    let width = numbers.len();
    let mut curvature = vec![0.0; width * width];
    let mut slope: Vec<f64> = numbers.iter().zip(penalties).map(|(number, penalty)| -penalty * number).collect();
    for point in points {
        let raw = point.offset + dot(numbers, point.row);
        let (residual, weight) = if logistic {
            let share = sigmoid(raw);
            (point.reward.clamp(0.0, 1.0) - share, share * (1.0 - share))
        } else {
            (point.reward - raw, 1.0)
        };
        for (place, value) in point.row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            slope[place] += residual * value;
            let line = &mut curvature[place * width..][..=place];
            line.iter_mut().zip(point.row).for_each(|(sum, other)| *sum += weight * value * other);
        }
    }
    (0..width).for_each(|place| curvature[place * width + place] += penalties[place]);
    let matrix = Mat::from_fn(width, width, |row, column| curvature[row.max(column) * width + row.min(column)]);
    let right = Mat::from_fn(width, 1, |row, _| slope[row]);
    let solved = matrix.llt(Side::Lower).ok()?.solve(right);
    Some((0..width).map(|row| solved[(row, 0)]).collect())
}

/// Mean and one over the standard deviation of each context value; values beyond ten deviations are rare enough not to
/// need a rule of their own under the penalties.
fn scales(examples: &[Example<'_>]) -> Vec<(f64, f64)> {
    let width = examples.first().map_or(0, |example| example.context.len());
    let count = examples.len().max(1) as f64;
    let column = |place: usize| {
        let values = || examples.iter().map(move |example| example.context[place]);
        let mean = values().sum::<f64>() / count;
        let spread = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        let usable = mean.is_finite() && spread.is_finite() && spread > 1e-12 * mean.abs().max(1e-12);
        if usable { (mean, 1.0 / spread) } else { (0.0, 0.0) }
    };
    (0..width).map(column).collect()
}

fn sigmoid(raw: f64) -> f64 {
    1.0 / (1.0 + (-raw).exp())
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect_one(model: &Fitted, context: &[f64], position: usize, action: usize) -> f64 {
        model.expect(context, position, std::iter::once(action)).next().expect("one action")
    }

    #[test]
    fn finds_a_linear_reward_with_slopes_by_action_and_position() {
        let mut rng = Rng::new(1);
        let contexts: Vec<[f64; 3]> = (0..6_000).map(|_| [rng.normal(), 5.0 + 2.0 * rng.normal(), 7.0]).collect();
        let truth = |context: &[f64], position: usize, action: usize| {
            2.0 + context[0] * action as f64 - 0.5 * context[1] - position as f64
        };
        let examples: Vec<Example<'_>> = contexts
            .iter()
            .enumerate()
            .map(|(place, context)| {
                let (position, action) = (place % 2, place / 2 % 3);
                let reward = truth(context, position, action) + 0.1 * rng.normal();
                Example { context, position, action, reward }
            })
            .collect();
        let model = RewardModel::Auto.fit(&examples);
        for action in 0..3 {
            let context = [0.7, 4.0, 7.0];
            let got = expect_one(&model, &context, 1, action);
            assert!((got - truth(&context, 1, action)).abs() < 0.03, "{action}: {got}");
        }
        let unseen = expect_one(&model, &[0.7, 4.0, 7.0], 0, 99);
        assert!((unseen - truth(&[0.7, 4.0], 0, 1)).abs() < 0.05, "as the others on average: {unseen}");
    }

    #[test]
    fn finds_probabilities_of_clicks() {
        let mut rng = Rng::new(2);
        let contexts: Vec<[f64; 1]> = (0..40_000).map(|_| [rng.normal()]).collect();
        let truth = |context: &[f64], action: usize| sigmoid(-1.0 + context[0] * (action as f64 - 0.5));
        let examples: Vec<Example<'_>> = contexts
            .iter()
            .enumerate()
            .map(|(place, context)| {
                let reward = f64::from(u8::from(rng.unit() < truth(context, place % 2)));
                Example { context, position: 0, action: place % 2, reward }
            })
            .collect();
        let model = RewardModel::Auto.fit(&examples);
        for (context, action) in [([1.0], 0), ([1.0], 1), ([-1.5], 0), ([0.0], 1)] {
            let got = expect_one(&model, &context, 0, action);
            assert!((got - truth(&context, action)).abs() < 0.02, "{got}");
        }
    }

    #[test]
    fn degenerate_examples_give_finite_expectations_within_what_was_seen() {
        let wide = [1e300, -1e300];
        let cases: [Vec<Example<'_>>; 4] = [
            vec![],
            vec![Example { context: &[3.0, 3.0], position: 0, action: 0, reward: 0.0 }],
            vec![Example { context: &wide, position: 2, action: 5, reward: 1e12 }; 3],
            vec![
                Example { context: &wide, position: 0, action: 0, reward: 1e300 },
                Example { context: &[0.0, 1.0], position: 1, action: 1, reward: -1e300 },
            ],
        ];
        for examples in cases {
            let model = RewardModel::Auto.fit(&examples);
            let got = expect_one(&model, &[1.0, 2.0], 1, 0);
            assert!(got.is_finite(), "{got}");
        }
    }
}
