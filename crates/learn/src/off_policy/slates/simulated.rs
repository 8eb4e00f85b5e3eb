//! Slates of three slots simulated with a known truth: a shopper reads down and stops at a click.

use types::Rng;

use super::{Chances, LoggingDesign, Slate, SlateEvaluation, Slot, evaluate_slates};
use crate::off_policy::evaluation::Options;
use crate::off_policy::report::OffPolicyError;

const SLOTS: usize = 3;
const ACTIONS: usize = 4;
/// Chance of a click on an action that is read.
const APPEAL: [f64; ACTIONS] = [0.5, 0.3, 0.2, 0.05];
/// A policy draws different actions one after another in proportion to what is left (Plackett and Luce).
const LOGGING: [f64; ACTIONS] = [1.0, 1.0, 1.0, 1.0];
const TARGET: [f64; ACTIONS] = [3.0, 2.0, 1.0, 0.5];

fn conditional(weights: &[f64; ACTIONS], above: &[usize]) -> Vec<(usize, f64)> {
    let left = |action: usize| if above.contains(&action) { 0.0 } else { weights[action] };
    let sum: f64 = (0..ACTIONS).map(left).sum();
    (0..ACTIONS).map(|action| (action, left(action) / sum)).collect()
}

/// Every ranking with its probability.
fn rankings(weights: &[f64; ACTIONS]) -> Vec<(Vec<usize>, f64)> {
    (0..SLOTS).fold(vec![(vec![], 1.0)], |known, _| {
        let longer = |(above, chance): &(Vec<usize>, f64)| {
            let next = conditional(weights, above).into_iter().filter(|(_, more)| *more > 0.0);
            let made = next.map(|(action, more)| ([above.clone(), vec![action]].concat(), chance * more));
            made.collect::<Vec<_>>()
        };
        known.iter().flat_map(longer).collect()
    })
}

/// Clicks of a slate under the target: the chance that any of its actions is clicked.
fn truth() -> f64 {
    let clicked = |shown: &[usize]| 1.0 - shown.iter().map(|action| 1.0 - APPEAL[*action]).product::<f64>();
    rankings(&TARGET).iter().map(|(shown, chance)| chance * clicked(shown)).sum()
}

fn log(slates: usize, rng: &mut Rng) -> Vec<Slate> {
    let target = rankings(&TARGET);
    let marginal = |slot: usize, action: usize| -> f64 {
        target.iter().filter(|(shown, _)| shown[slot] == action).map(|(_, chance)| chance).sum()
    };
    let slate = |unit: usize| {
        let mut above: Vec<usize> = Vec::new();
        let mut reading = true;
        let slots = (0..SLOTS).map(|slot| {
            let chances = conditional(&LOGGING, &above);
            let mut left = rng.unit();
            let drawn = chances.iter().find(|(_, chance)| {
                left -= chance;
                left < 0.0
            });
            let (action, chance) = *drawn.expect("they add up to 1");
            let clicked = reading && rng.unit() < APPEAL[action];
            reading &= !clicked;
            let choices = conditional(&TARGET, &above);
            let logged = Chances { marginal: Some(1.0 / ACTIONS as f64), conditional: Some(chance) };
            let target = Chances { marginal: Some(marginal(slot, action)), conditional: Some(choices[action].1) };
            let anywhere = (0..SLOTS).map(|slot| marginal(slot, action)).sum();
            above.push(action);
            let reward = f64::from(u8::from(clicked));
            Slot { action, reward, logged, target, target_anywhere: Some(anywhere), choices }
        });
        Slate { unit: unit as u64, context: vec![], slots: slots.collect() }
    };
    (0..slates).map(slate).collect()
}

fn evaluated(log: &[Slate]) -> SlateEvaluation {
    let design = LoggingDesign::UniformRanking { actions: ACTIONS };
    let options = Options { resamples: 50, ..Options::default() };
    evaluate_slates(log, design, &options, &mut Rng::new(1)).expect("overlap")
}

#[test]
fn estimators_that_allow_for_reading_down_find_the_truth_and_doubly_robust_is_the_surest() {
    let got = evaluated(&log(30_000, &mut Rng::new(2)));
    let figure =
        |name: &str| got.estimates.iter().find(|estimate| estimate.estimator.name() == name).expect("known").value;
    for name in ["slate_ips", "reward_interaction_ips", "cascade_dr"] {
        let figure = figure(name);
        assert!((figure.value - truth()).abs() < 3.0 * figure.standard_error, "{name} {figure:?} {}", truth());
    }
    let error = |name: &str| figure(name).standard_error;
    assert!(error("cascade_dr") < error("reward_interaction_ips"));
    assert!(error("reward_interaction_ips") < error("slate_ips"));
    // Clicks that end the reading are no sum over slots: what assumes one is near, not right.
    assert!((figure("pseudo_inverse").value - truth()).abs() < 0.03);
    assert!((figure("independent_ips").value - truth()).abs() < 0.1);
}

#[test]
fn faulty_slates_are_left_out_and_counted() {
    let good = log(200, &mut Rng::new(3));
    let clean = evaluated(&good);
    let mut mixed = good.clone();
    let mut add = |change: fn(&mut Slot)| {
        let mut slate = good[0].clone();
        change(&mut slate.slots[1]);
        mixed.push(slate);
    };
    add(|slot| slot.logged.marginal = Some(0.0));
    add(|slot| slot.logged = Chances::default());
    add(|slot| slot.logged.conditional = Some(f64::NAN));
    add(|slot| slot.reward = f64::NAN);
    add(|slot| slot.target = Chances::default());
    add(|slot| slot.choices = vec![(0, 0.8), (1, 0.8)]);
    mixed.push(Slate { unit: 9, context: vec![], slots: vec![] });
    let got = evaluated(&mixed);
    assert_eq!(got.estimates, clean.estimates);
    let counts: Vec<usize> = got.excluded.by_reason().iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [1, 1, 1, 1, 2, 1, 0]);
}

#[test]
fn marginals_alone_give_the_estimators_of_slots_and_nothing_in_common_gives_none() {
    let mut slates = log(500, &mut Rng::new(4));
    slates.iter_mut().flat_map(|slate| &mut slate.slots).for_each(|slot| slot.logged.conditional = None);
    let got = evaluated(&slates);
    let known: Vec<&str> = got.estimates.iter().map(|estimate| estimate.estimator.name()).collect();
    assert_eq!((known, got.unknown.len()), (vec!["independent_ips", "pseudo_inverse"], 3));
    slates.iter_mut().flat_map(|slate| &mut slate.slots).for_each(|slot| {
        slot.target.marginal = None;
    });
    let got = evaluate_slates(&slates, LoggingDesign::Independent, &Options::default(), &mut Rng::new(1));
    assert_eq!(got, Err(OffPolicyError::ProbabilitiesUnknown));
}
