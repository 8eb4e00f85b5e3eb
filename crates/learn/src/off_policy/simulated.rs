//! Logs simulated with a known truth.

use types::Rng;

use super::estimators::{Estimator, unit_terms};
use super::evaluation::{Options, evaluate};
use super::intervals::{Interval, Resamples};
use super::overlap::{Limits, Refusal};
use super::report::{LeftOut, OffPolicyError, Warning};
use super::rounds::Round;
use super::tuning::Tuning;

/// Limits that let everything pass.
pub(super) fn anything_goes() -> Limits {
    Limits {
        units_min: 0,
        effective_sample_size_min: 0.0,
        uncovered_max: 1.0,
        mean_weight_max: f64::MAX,
        single_share_max: 1.0,
    }
}

/// A world like that of `obp`'s synthetic data: contexts are standard normal, rewards are clicks whose log-odds are linear
/// in the context with coefficients of each action's own, the log chooses by a softmax over other linear scores.
struct World {
    rewards: Vec<Vec<f64>>,
    logging: Vec<Vec<f64>>,
    target: Vec<Vec<f64>>,
}

const DIMS: usize = 5;
const ACTIONS: usize = 10;

impl World {
    fn new(rng: &mut Rng) -> Self {
        let mut table = |low: f64, high: f64| -> Vec<Vec<f64>> {
            let mut row = || (0..=DIMS).map(|_| low + (high - low) * rng.unit()).collect();
            (0..ACTIONS).map(|_| row()).collect()
        };
        let rewards = table(0.0, 1.0);
        let logging = table(-0.4, 0.4);
        let noise = table(-0.3, 0.3);
        let add = |(row, noise): (&Vec<f64>, &Vec<f64>)| row.iter().zip(noise).map(|(a, b)| 2.0 * (a + b)).collect();
        let target = rewards.iter().zip(&noise).map(add).collect();
        Self { rewards, logging, target }
    }

    fn expected(&self, context: &[f64], action: usize) -> f64 {
        1.0 / (1.0 + (-score(&self.rewards[action], context)).exp())
    }

    /// A log, and the target's true value over its contexts.
    fn log(&self, rounds: usize, rng: &mut Rng) -> (Vec<Round>, f64) {
        let mut truth = 0.0;
        let round = |unit: usize| {
            let context: Vec<f64> = (0..DIMS).map(|_| rng.normal()).collect();
            let logging = softmax(&self.logging, &context);
            let target = softmax(&self.target, &context);
            let action = draw(&logging, rng);
            truth += (0..ACTIONS).map(|action| target[action] * self.expected(&context, action)).sum::<f64>();
            let reward = f64::from(u8::from(rng.unit() < self.expected(&context, action)));
            let target = target.into_iter().enumerate().collect();
            Round { unit: unit as u64, context, position: 0, action, reward, propensity: Some(logging[action]), target }
        };
        let log = (0..rounds).map(round).collect();
        (log, truth / rounds as f64)
    }
}

fn score(weights: &[f64], context: &[f64]) -> f64 {
    weights[DIMS] + weights.iter().zip(context).map(|(weight, value)| weight * value).sum::<f64>()
}

fn softmax(table: &[Vec<f64>], context: &[f64]) -> Vec<f64> {
    let raw: Vec<f64> = table.iter().map(|weights| score(weights, context).exp()).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|value| value / sum).collect()
}

fn draw(probabilities: &[f64], rng: &mut Rng) -> usize {
    let mut left = rng.unit();
    let found = probabilities.iter().position(|probability| {
        left -= probability;
        left < 0.0
    });
    found.unwrap_or(probabilities.len() - 1)
}

fn quick() -> Options {
    Options { resamples: 20, ..Options::default() }
}

#[test]
fn ten_thousand_synthetic_rounds_are_told_to_a_percent() {
    // `obp` in one run of its own synthetic data of this kind: DM .074, IPW .0095, SNIPW .0067, DR .0062.
    let mut errors: Vec<(&str, f64)> = Vec::new();
    for seed in 0..5 {
        let mut rng = Rng::new(seed);
        let (log, truth) = World::new(&mut rng).log(10_000, &mut rng);
        let got = evaluate(&log, &quick(), &mut rng).expect("overlap");
        for estimate in &got.estimates {
            errors.push((estimate.estimator.name(), (estimate.value.value / truth - 1.0).abs()));
        }
    }
    let mean = |name: &str| {
        let of: Vec<f64> = errors.iter().filter(|(known, _)| *known == name).map(|(_, error)| *error).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    for (name, most) in [
        ("dm", 0.02),
        ("ips", 0.03),
        ("snips", 0.02),
        ("dr", 0.015),
        ("sndr", 0.015),
        ("switch_dr", 0.015),
        ("dros", 0.015),
    ] {
        assert!(mean(name) < most, "{name}: {}", mean(name));
    }
}

/// A world of two contexts and three actions whose truth is a sum of six terms.
const EXPECTED: [[f64; 3]; 2] = [[0.3, 0.5, 0.2], [0.6, 0.4, 0.1]];
const LOGGING: [[f64; 3]; 2] = [[0.3, 0.3, 0.4], [0.2, 0.5, 0.3]];
const TARGET: [[f64; 3]; 2] = [[0.2, 0.7, 0.1], [0.6, 0.2, 0.2]];

fn small_truth() -> f64 {
    let of = |x: usize| -> f64 { (0..3).map(|action| TARGET[x][action] * EXPECTED[x][action]).sum() };
    (of(0) + of(1)) / 2.0
}

fn small_log(rounds: usize, rng: &mut Rng) -> Vec<Round> {
    let round = |unit: usize| {
        let x = rng.below(2);
        let action = draw(&LOGGING[x], rng);
        Round {
            unit: unit as u64,
            context: vec![x as f64],
            position: 0,
            action,
            reward: f64::from(u8::from(rng.unit() < EXPECTED[x][action])),
            propensity: Some(LOGGING[x][action]),
            target: TARGET[x].into_iter().enumerate().collect(),
        }
    };
    (0..rounds).map(round).collect()
}

/// Shares of hits, each to be near .95 within three binomial standard errors and .01 for what is approximate.
fn check_coverage(name: &str, hits: usize, of: usize) {
    let share = hits as f64 / of as f64;
    let allowed = 3.0 * (0.95 * 0.05 / of as f64).sqrt() + 0.01;
    assert!((share - 0.95).abs() < allowed, "{name}: {share} of {of}");
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    const LOGS: usize = 1_200;
    let truth = small_truth();
    let mut rng = Rng::new(11);
    let mut hits: Vec<(&str, [usize; 4])> = Vec::new();
    let options =
        Options { resamples: 1, weight_bound: Some(3.0), reward_bounds: Some((0.0, 1.0)), ..Options::default() };
    for _ in 0..LOGS {
        let got = evaluate(&small_log(300, &mut rng), &options, &mut rng).expect("overlap");
        for estimate in &got.estimates {
            let name = estimate.estimator.name();
            let place = hits.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                hits.push((name, [0; 4]));
                hits.len() - 1
            });
            let covers = |interval: Interval| usize::from(interval.low <= truth && truth <= interval.high);
            let intervals = estimate.value.intervals;
            let bounds = [intervals.bernstein, intervals.hoeffding].map(|bound| bound.map_or(1, covers));
            let found = [covers(intervals.student_t), covers(intervals.normal), bounds[0], bounds[1]];
            hits[place].1.iter_mut().zip(found).for_each(|(sum, hit)| *sum += hit);
        }
    }
    assert_eq!(hits.len(), 10);
    for (name, [student, normal, bernstein, hoeffding]) in hits {
        // The log is not uniform, so replay is off; the direct method's interval is that of its model's mean.
        if !["replay", "dm"].contains(&name) {
            check_coverage(name, student, LOGS);
            check_coverage(name, normal, LOGS);
        }
        assert!(bernstein as f64 >= 0.95 * LOGS as f64 && hoeffding as f64 >= 0.95 * LOGS as f64, "{name}");
    }
}

#[test]
fn bootstrap_intervals_cover_units_of_several_rounds() {
    const LOGS: usize = 1_000;
    let truth = small_truth();
    let mut rng = Rng::new(12);
    let mut hits = [[0usize; 2]; 2];
    for _ in 0..LOGS {
        // Every decision is met one to three times with the same outcome: 400 rounds that are worth some 200.
        let log = small_log(200, &mut rng);
        let samples: Vec<_> = log.iter().map(|round| super::evaluation::samples(&[round])[0]).collect();
        let tables = [Estimator::Ips, Estimator::SelfNormalisedIps].map(|estimator| {
            let units = samples.iter().enumerate();
            let repeat = |(unit, sample)| std::iter::repeat_n((unit, estimator.term(sample)), 1 + unit % 3);
            unit_terms(units.flat_map(repeat))
        });
        let figures = Resamples::new(250, 0.95, &mut rng).figures(&tables, &[None; 2]);
        for (hits, figure) in hits.iter_mut().zip(figures) {
            for (hits, interval) in hits.iter_mut().zip([figure.intervals.percentile, figure.intervals.bca]) {
                *hits += usize::from(interval.low <= truth && truth <= interval.high);
            }
        }
    }
    for (name, hits) in ["ips percentile", "ips bca", "snips percentile", "snips bca"].iter().zip(hits.as_flattened()) {
        check_coverage(name, *hits, LOGS);
    }
}

#[test]
fn a_wrong_model_and_a_wrong_propensity_are_each_forgiven_by_doubly_robust() {
    let truth = small_truth();
    let mut rng = Rng::new(3);
    let right = small_log(40_000, &mut rng);
    // Contexts of noise: the model knows no better than the mean of each action.
    let blind: Vec<Round> = right.iter().map(|round| Round { context: vec![rng.normal()], ..round.clone() }).collect();
    let off: Vec<Round> = right
        .iter()
        .map(|round| Round {
            propensity: round.propensity.map(|p| (p * (0.8 + 0.2 * round.action as f64)).min(1.0)),
            ..round.clone()
        })
        .collect();
    let value = |log: &[Round], name: &str| {
        let got = evaluate(log, &quick(), &mut Rng::new(4)).expect("overlap");
        got.estimate(name).expect("applies").value.value
    };
    assert!((value(&blind, "dm") - truth).abs() > 0.02 && (value(&blind, "dr") - truth).abs() < 0.01);
    assert!((value(&off, "ips") - truth).abs() > 0.03 && (value(&off, "dr") - truth).abs() < 0.01);
}

#[test]
fn bad_rounds_do_not_change_the_figures_and_are_counted() {
    let good = small_log(500, &mut Rng::new(5));
    let bad = |change: fn(&mut Round)| {
        let mut round = good[0].clone();
        change(&mut round);
        round
    };
    let mut mixed = good.clone();
    mixed.insert(3, bad(|round| round.propensity = Some(0.0)));
    mixed.insert(90, bad(|round| round.propensity = None));
    mixed.insert(91, bad(|round| round.propensity = Some(f64::NAN)));
    mixed.push(bad(|round| round.propensity = Some(1.5)));
    mixed.push(bad(|round| round.reward = f64::NEG_INFINITY));
    let run = |log: &[Round]| evaluate(log, &quick(), &mut Rng::new(6)).expect("overlap");
    let (clean, got) = (run(&good), run(&mixed));
    assert_eq!((&got.estimates, got.excluded.total()), (&clean.estimates, 5));
    assert_eq!((got.excluded.propensity_zero, got.excluded.propensity_missing), (1, 1));
    assert_eq!((got.excluded.propensity_invalid, got.excluded.reward_not_finite), (2, 1));
}

#[test]
fn a_reward_of_ten_to_the_twelfth_is_flagged_with_an_estimate_beside_it() {
    let mut log = small_log(2_000, &mut Rng::new(7));
    let clean = evaluate(&log, &quick(), &mut Rng::new(8)).expect("overlap");
    log[5].reward = 1e12;
    let got = evaluate(&log, &quick(), &mut Rng::new(8)).expect("overlap");
    let extreme = got.extreme.as_ref().expect("flagged");
    assert_eq!((extreme.rewards.count, extreme.rewards.bound), (1, 1.0));
    assert!(got.warnings.contains(&Warning::ExtremeRewards { count: 1 }) && clean.extreme.is_none());
    let value = |estimates: &[super::Estimate]| {
        estimates.iter().find(|estimate| estimate.estimator.name() == "snips").expect("applies").value.value
    };
    assert!(value(&got.estimates) > 1e6);
    assert!((value(&extreme.estimates) - value(&clean.estimates)).abs() < 0.01);
}

#[test]
fn what_the_log_cannot_tell_is_refused_with_its_reason() {
    let refused = |log: &[Round]| match evaluate(log, &quick(), &mut Rng::new(9)) {
        Err(OffPolicyError::Refused(refused)) => refused.reasons,
        other => panic!("{other:?}"),
    };
    let log = small_log(1_000, &mut Rng::new(9));
    assert!(matches!(refused(&log[..20])[0], Refusal::UnitsTooFew { got: 20, needed: 30 }));
    let elsewhere: Vec<Round> = log
        .iter()
        .map(|round| Round { target: vec![(7, 0.6), (round.action, 0.4 * LOGGING[0][0])], ..round.clone() })
        .collect();
    assert!(refused(&elsewhere).iter().any(|reason| matches!(reason, Refusal::Uncovered { .. })));
    let mut one = log.clone();
    one[0].propensity = Some(1e-6);
    assert!(refused(&one).iter().any(|reason| matches!(reason, Refusal::SingleRound { .. })));
    let tiny: Vec<Round> = log.iter().map(|round| Round { propensity: Some(1e-307), ..round.clone() }).collect();
    assert!(refused(&tiny).iter().any(|reason| matches!(reason, Refusal::PropensitiesWrong { .. })));
    let same: Vec<Round> = log.iter().map(|round| Round { unit: 1, ..round.clone() }).collect();
    assert!(matches!(refused(&same)[0], Refusal::UnitsTooFew { got: 1, .. }));
    assert!(matches!(evaluate(&[], &quick(), &mut Rng::new(1)), Err(OffPolicyError::NothingLeft(_))));
}

#[test]
fn a_target_known_only_for_what_was_shown_leaves_the_models_out() {
    let mut rng = Rng::new(10);
    let log = small_log(2_000, &mut rng);
    let part: Vec<Round> = log
        .iter()
        .map(|round| Round { target: vec![(round.action, round.target_of_action())], ..round.clone() })
        .collect();
    let got = evaluate(&part, &quick(), &mut Rng::new(1)).expect("overlap");
    assert_eq!(got.estimates.len(), 5);
    assert!(got.left_out.len() == 5 && got.left_out.iter().all(|(_, why)| *why == LeftOut::TargetPartial));
    assert_eq!(got.preferred().expect("finite").estimator, Estimator::SelfNormalisedIps);
    let whole = evaluate(&log, &quick(), &mut Rng::new(1)).expect("overlap");
    assert_eq!(got.estimate("ips").map(|e| e.value.value), whole.estimate("ips").map(|e| e.value.value));
}

#[test]
fn the_logs_own_policy_gains_nothing() {
    let mut rng = Rng::new(13);
    let mut log = small_log(3_000, &mut rng);
    log.iter_mut()
        .for_each(|round| round.target = LOGGING[round.context[0] as usize].into_iter().enumerate().collect());
    let got = evaluate(&log, &Options { resamples: 200, ..Options::default() }, &mut rng).expect("overlap");
    for estimate in &got.estimates {
        let Interval { low, high } = estimate.gain.intervals.bca;
        let own = estimate.estimator == Estimator::Replay;
        assert!(own || (low <= 1e-9 && -1e-9 <= high), "{estimate:?}");
    }
    assert!((got.estimate("ips").expect("applies").gain.value).abs() < 1e-12);
    assert!(got.overlap.effective_sample_size > 2_999.9 && got.overlap.top_share < 0.011);
}

#[test]
fn shrinking_halves_the_error_where_weights_are_heavy() {
    let mut squares = [0.0; 2];
    for seed in 0..15 {
        let mut rng = Rng::new(13 + 7_919 * seed);
        let mut world = World::new(&mut rng);
        world.logging.iter_mut().flatten().for_each(|weight| *weight *= 4.0);
        let (log, truth) = world.log(600, &mut rng);
        let tuning = Tuning::ErrorEstimate;
        let options = Options { resamples: 1, limits: anything_goes(), tuning, ..Options::default() };
        let got = evaluate(&log, &options, &mut rng).expect("everything goes");
        for (sum, name) in squares.iter_mut().zip(["dr", "dros"]) {
            *sum += (got.estimate(name).expect("applies").value.value / truth - 1.0).powi(2);
        }
    }
    assert!(squares[1] < 0.5 * squares[0], "{squares:?}");
}
