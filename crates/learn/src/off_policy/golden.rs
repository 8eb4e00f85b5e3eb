//! Numbers of the Python package `obp`, version 0.4.1, and 0.5.7 for what came after it, on data written by the same
//! formulas here and there.

use super::estimators::{Estimator, Sample, point_estimate};
use super::evaluation::Options;
use super::reward_model::folds;
use super::slates::{Chances, LoggingDesign, Slate, Slot, evaluate_slates};
use super::tuning::{Tuning, choose};
use types::Rng;

const ACTIONS: usize = 5;

/// 60 rounds: action, probability of it under the target, propensity, reward, `q` of each action.
fn samples(deterministic: bool) -> Vec<Sample> {
    let round = |i: usize| {
        let action = (i * 7 + i / 5) % ACTIONS;
        let raw: Vec<f64> = (0..ACTIONS).map(|a| 1.0 + ((i + 2 * a + i / 4) % 4) as f64).collect();
        let sum: f64 = raw.iter().sum();
        let target: Vec<f64> = if deterministic {
            (0..ACTIONS).map(|a| f64::from(u8::from(a == i * 3 % ACTIONS))).collect()
        } else {
            raw.iter().map(|value| value / sum).collect()
        };
        let q = |a: usize| ((i + 3 * a + i % 3) % 10) as f64 / 10.0;
        let propensity = 0.1 + (i * 3 % 7) as f64 / 10.0;
        Sample {
            unit: i,
            probability: target[action],
            weight: target[action] / propensity,
            reward: (i * 13 % 11) as f64 / 10.0,
            fitted: q(action),
            expected: (0..ACTIONS).map(|a| target[a] * q(a)).sum(),
        }
    };
    (0..60).map(round).collect()
}

fn near(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
}

#[test]
fn every_estimator_of_rounds_gives_the_number_of_obp() {
    let samples_of_target = samples(false);
    let cases = [
        (Estimator::DirectMethod, 0.450_339_706_589_706_57),
        (Estimator::Ips, 0.258_573_719_049_909_5),
        (Estimator::SelfNormalisedIps, 0.467_051_814_467_620_2),
        (Estimator::DoublyRobust, 0.456_643_432_625_575_4),
        (Estimator::SelfNormalisedDoublyRobust, 0.461_725_885_717_953_8),
        (Estimator::SwitchDoublyRobust { threshold: 0.5 }, 0.466_554_447_536_590_37),
        (Estimator::SwitchDoublyRobust { threshold: 1.0 }, 0.456_147_400_879_543_7),
        (Estimator::ShrunkDoublyRobust { lambda: 2.0 }, 0.453_165_234_624_843_6),
        (Estimator::ShrunkDoublyRobust { lambda: 0.3 }, 0.452_776_223_826_069_14),
        // 0.5.7:
        (Estimator::ClippedIps { cap: 0.5 }, 0.189_161_140_887_331_35),
        (Estimator::ClippedIps { cap: 1.0 }, 0.234_876_629_102_819_6),
        (Estimator::SubGaussianIps { lambda: 0.1 }, 0.264_155_412_656_064_07),
    ];
    for (estimator, expected) in cases {
        near(point_estimate(estimator, &samples_of_target), expected);
    }
    near(point_estimate(Estimator::Replay, &samples(true)), 0.441_666_666_666_666_65);
}

#[test]
fn parameters_are_chosen_as_obp_chooses_them() {
    let samples = samples(false);
    let clipped = [4.0, 3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.25].map(|cap| Estimator::ClippedIps { cap });
    let switch = [4.0, 2.0, 1.0, 0.5, 0.25, 0.0].map(|threshold| Estimator::SwitchDoublyRobust { threshold });
    let shrunk = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0].map(|lambda| Estimator::ShrunkDoublyRobust { lambda });
    let harmonic = [0.001, 0.01, 0.1, 0.3, 1.0].map(|lambda| Estimator::SubGaussianIps { lambda });
    let cases: [(&[Estimator], f64, f64, f64); 4] = [
        (&clipped, 0.258_573_719_049_909_5, 0.251_907_052_383_242_85, 0.189_161_140_887_331_35),
        (&switch, 0.456_643_432_625_575_4, 0.450_339_706_589_706_57, 0.446_126_743_626_743_65),
        (&shrunk, 0.456_355_315_961_499_64, 0.451_662_296_436_043_33, 0.450_339_706_589_706_57),
        (&harmonic, 0.258_620_086_654_229_64, 0.264_155_412_656_064_07, 0.491_666_666_666_666_64),
    ];
    for (candidates, by_bound, by_estimate, by_slope) in cases {
        near(point_estimate(choose(candidates, &samples, Tuning::ErrorEstimate), &samples), by_estimate);
        near(point_estimate(choose(candidates, &samples, Tuning::ErrorBound), &samples), by_bound);
        near(point_estimate(choose(candidates, &samples, Tuning::Slope), &samples), by_slope);
    }
}

fn slates() -> Vec<Slate> {
    let slot = |s: usize, k: usize| {
        let step = |first: f64, value: usize| Some(first + value as f64 / 10.0);
        let raw: Vec<f64> = (0..ACTIONS).map(|a| 1.0 + ((s + a + k) % 3) as f64).collect();
        let sum: f64 = raw.iter().sum();
        Slot {
            action: (s * 3 + 2 * k + s / 7) % ACTIONS,
            reward: ((s * 5 + k * 3) % 7) as f64 / 7.0,
            logged: Chances { marginal: step(0.1, (s + 2 * k) % 5), conditional: step(0.2, (s * 3 + k) % 4) },
            target: Chances { marginal: step(0.05, (s * 2 + k) % 6), conditional: step(0.1, (s + 3 * k) % 7) },
            target_anywhere: None,
            choices: raw.iter().map(|value| value / sum).enumerate().collect(),
        }
    };
    let slate = |s: usize| Slate { unit: s as u64, context: Vec::new(), slots: (0..3).map(|k| slot(s, k)).collect() };
    (0..40).map(slate).collect()
}

#[test]
fn every_estimator_of_slates_gives_the_number_of_obp() {
    let options = Options { limits: super::simulated::anything_goes(), ..Options::default() };
    let got = evaluate_slates(&slates(), LoggingDesign::Independent, &options, &mut Rng::new(1)).expect("slates");
    let value = |name: &str| {
        let found = got.estimates.iter().find(|estimate| estimate.estimator.name() == name);
        found.expect("known").value.value
    };
    near(value("slate_ips"), 1.608_452_380_952_380_5);
    near(value("independent_ips"), 1.651_607_142_857_142_8);
    near(value("reward_interaction_ips"), 1.652_976_190_476_190_4);
    assert!(got.refused.is_empty() && got.unknown.is_empty());
}

#[test]
fn cascade_dr_gives_the_number_of_obp_for_the_same_expectations() {
    // 0.5.7, with expectations by formula in place of a fitted model's.
    let slates = slates();
    let sum: f64 = slates
        .iter()
        .enumerate()
        .map(|(s, slate)| {
            let q = |a: usize, k: usize| ((s + 2 * a + k) % 9) as f64 / 9.0;
            let pairs =
                slate.slots.iter().enumerate().map(|(k, slot)| {
                    (q(slot.action, k), slot.choices.iter().map(|(a, chance)| chance * q(*a, k)).sum())
                });
            super::slates::cascade_value(slate, &pairs.collect::<Vec<_>>())
        })
        .sum();
    near(sum / 40.0, 1.459_928_117_150_339_3);
}

#[test]
fn folds_are_of_one_size() {
    let of_unit = folds(23, 5, &mut Rng::new(1));
    let sizes: Vec<usize> = (0..5).map(|fold| of_unit.iter().filter(|of| **of == fold).count()).collect();
    assert_eq!((sizes.iter().sum::<usize>(), sizes.iter().max(), sizes.iter().min()), (23, Some(&5), Some(&4)));
}
