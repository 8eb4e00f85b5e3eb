use std::collections::BTreeMap;

use proptest::prelude::*;
use types::{Millis, Rng, Row};

use super::worlds::{World, regret};
use super::*;

const WIDTH: usize = 3;

fn candidates(features: &[[f32; WIDTH]]) -> Vec<Candidate<'_>> {
    let numbered = features.iter().zip(0u32..);
    numbered
        .map(|(features, at)| Candidate {
            item: Row(at),
            prior: 0.2 + 0.1 * at as f32,
            features,
            exposures: at,
            age: Some(Millis(i64::from(at))),
        })
        .collect()
}

fn features(count: usize, seed: u64) -> Vec<[f32; WIDTH]> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| std::array::from_fn(|_| rng.normal() as f32)).collect()
}

/// A bandit that was taught for a while by clicks of chance.
fn taught(config: BanditConfig, lessons: usize, seed: u64) -> Bandit {
    let features = features(5, 1);
    let candidates = candidates(&features);
    let (mut bandit, mut rng) = (Bandit::new(config).unwrap(), Rng::new(seed));
    for _ in 0..lessons {
        let slate = bandit.select(&candidates, 3, 1.0, &mut rng).unwrap();
        let feedback: Vec<Feedback<'_>> = (slate.places.iter().enumerate())
            .map(|(place, placed)| {
                let reward = f64::from(u8::from(rng.unit() < 0.1 + 0.1 * placed.candidate as f64));
                Feedback { candidate: candidates[placed.candidate], place, reward }
            })
            .collect();
        bandit.update_slate(&feedback);
    }
    bandit
}

fn order(slate: &Slate) -> Vec<usize> {
    slate.places.iter().map(|placed| placed.candidate).collect()
}

fn probability(slate: &Slate) -> f64 {
    slate.places.iter().map(|placed| placed.propensity).product()
}

#[test]
fn all_slates_are_as_frequent_as_they_say_and_their_probabilities_sum_to_one() {
    let features = features(4, 2);
    let candidates = candidates(&features);
    for (name, _) in POLICIES.iter().filter(|(name, _)| !name.contains("thompson")) {
        for share in [1.0, 0.4, 0.0] {
            let mut config = BanditConfig::of(name, WIDTH);
            config.floor = 0.2;
            config.cold_start = Some(ColdStart { places: vec![1], exposures: 2, window: Millis(10) });
            let bandit = taught(config, 40, 3);
            let (mut seen, runs) = (BTreeMap::<Vec<usize>, (f64, f64)>::new(), 4_000);
            for seed in 0..runs {
                let slate = bandit.select(&candidates, 2, share, &mut Rng::new(seed)).unwrap();
                let (count, stated) = seen.entry(order(&slate)).or_default();
                assert!(*count == 0.0 || (*stated - probability(&slate)).abs() < 1e-12);
                (*count, *stated) = (*count + 1.0, probability(&slate));
            }
            let sum: f64 = seen.values().map(|(_, stated)| stated).sum();
            assert!(sum < 1.0 + 1e-9 && sum > 0.99, "{name}, share {share}: {sum}");
            for (count, stated) in seen.values() {
                let error = (stated * (1.0 - stated) / runs as f64).sqrt();
                assert!((count / runs as f64 - stated).abs() < 5.0 * error + 1e-9, "{name}, share {share}");
            }
        }
    }
}

#[test]
fn weighing_by_the_propensities_of_sampled_policies_is_unbiased() {
    let features = features(4, 2);
    let candidates = candidates(&features);
    for name in ["thompson", "linear-thompson", "logistic-thompson"] {
        let mut config = BanditConfig::of(name, WIDTH);
        (config.floor, config.draws) = (0.3, 16);
        let bandit = taught(config, 40, 3);
        let runs = 20_000;
        let mut sums = BTreeMap::<Vec<usize>, (f64, f64)>::new();
        for seed in 0..runs {
            let slate = bandit.select(&candidates, 2, 0.7, &mut Rng::new(seed)).unwrap();
            let weight = 1.0 / probability(&slate);
            let (sum, squares) = sums.entry(order(&slate)).or_default();
            (*sum, *squares) = (*sum + weight, *squares + weight * weight);
        }
        assert_eq!(sums.len(), 12, "{name} may show every slate");
        for (slate, (sum, squares)) in sums {
            // What a slate that brings 1 and no other brings anything is worth by inverse propensity scoring.
            let (worth, error) = (sum / runs as f64, squares.sqrt() / runs as f64);
            assert!((worth - 1.0).abs() < 5.0 * error, "{name} {slate:?}: {worth} +- {error}");
        }
    }
}

#[test]
fn sampled_propensities_are_near_those_of_many_samples_as_far_as_stated() {
    let features = features(5, 2);
    let candidates = candidates(&features);
    for name in ["thompson", "linear-thompson", "logistic-thompson"] {
        let propensities = |draws: usize, count: u64| {
            let mut bandit = Bandit::new(BanditConfig { draws, ..BanditConfig::of(name, WIDTH) }).unwrap();
            for at in 0..60 {
                let reward = f64::from(u8::from(at % 3 == 0));
                bandit.update(&Feedback { candidate: candidates[at % 5], place: 0, reward });
            }
            let first = |seed| bandit.select(&candidates, 1, 1.0, &mut Rng::new(seed)).unwrap().places[0];
            (0..count).map(first).collect::<Vec<Placed>>()
        };
        let truth: BTreeMap<usize, f64> =
            propensities(4_096, 100).iter().map(|placed| (placed.candidate, placed.propensity)).collect();
        // Chance favours items that the samples favour, so the stated ones lie high by a part of their error.
        let close = propensities(256, 200)
            .iter()
            .filter(|placed| {
                let expected = truth.get(&placed.candidate).copied().unwrap_or(0.0);
                (placed.propensity - expected).abs() < 3.0 * placed.standard_error + 0.01
            })
            .count();
        assert!(close >= 190, "{name}: {close} of 200");
    }
}

#[test]
fn more_shares_of_exploring_explore_more_and_none_is_greedy() {
    let features = features(5, 2);
    let candidates = candidates(&features);
    for (name, _) in POLICIES {
        let mut config = BanditConfig::of(name, WIDTH);
        config.floor = 0.5;
        let bandit = taught(config, 30, 3);
        let explored = |share: f64| {
            let slates = (0..300).map(|seed| bandit.select(&candidates, 3, share, &mut Rng::new(seed)).unwrap());
            slates.filter(|slate| slate.places.iter().any(|placed| placed.explores)).count()
        };
        assert_eq!(explored(0.0), 0);
        assert!(explored(0.3) > 0 && explored(0.3) < explored(1.0), "{name}");
        let slate = bandit.select(&candidates, 3, 0.0, &mut Rng::new(1)).unwrap();
        assert!(slate.places.iter().all(|placed| placed.propensity == 1.0) && slate.expected == slate.greedy_expected);
    }
}

#[test]
fn new_items_get_what_they_are_owed() {
    let nothing = [0.0f32; WIDTH];
    let bandit = Bandit::new(BanditConfig {
        cold_start: Some(ColdStart { places: vec![1, 3], exposures: 20, window: Millis(1_000) }),
        ..BanditConfig::of("cold-start", WIDTH)
    })
    .unwrap();
    let mut shown = [0u32; 40];
    for round in 0..400u64 {
        let all: Vec<Candidate<'_>> = (0..40usize)
            .map(|at| Candidate {
                item: Row(at as u32),
                prior: if at < 30 { 0.6 + 0.01 * at as f32 } else { 0.1 },
                features: &nothing,
                exposures: shown[at],
                age: if at < 30 { None } else { Some(Millis(round as i64)) },
            })
            .collect();
        let slate = bandit.select(&all, 4, 1.0, &mut Rng::new(round)).unwrap();
        slate.places.iter().for_each(|placed| shown[placed.candidate] += 1);
    }
    // 800 places for 10 items owed 20 each: all are served, and no more than that.
    assert!(shown[30..].iter().all(|count| *count == 20), "{shown:?}");
}

#[test]
fn nothing_absurd_gets_in() {
    for (name, _) in POLICIES {
        let features = features(5, 2);
        let mut all = candidates(&features);
        let mut bandit = taught(BanditConfig::of(name, WIDTH), 20, 1);
        let before = bandit.intake();
        let feed = |bandit: &mut Bandit, candidate: Candidate<'_>, reward: f64| {
            bandit.update(&Feedback { candidate, place: 0, reward });
        };
        feed(&mut bandit, all[0], 1e12);
        feed(&mut bandit, all[0], -1e12);
        feed(&mut bandit, all[0], f64::NAN);
        feed(&mut bandit, Candidate { prior: f32::INFINITY, ..all[0] }, 1.0);
        let huge = [f32::MAX, 1e30, -1e30];
        for _ in 0..50 {
            feed(&mut bandit, Candidate { features: &huge, prior: 7.0, ..all[1] }, 1.0);
        }
        let after = bandit.intake();
        assert_eq!((after.clipped, after.refused - before.refused), (2, 2), "{name}");
        let slate = bandit.select(&all, 9, 1.0, &mut Rng::new(1)).unwrap();
        assert_eq!(slate.places.len(), 5);
        assert!(slate.places.iter().all(|placed| placed.propensity > 0.0 && placed.propensity <= 1.0), "{name}");
        let belief = bandit.explain(&all[1]).unwrap();
        assert!(belief.expected.is_finite() && belief.uncertainty.is_finite(), "{name}: {belief:?}");
        all[2].prior = f32::NAN;
        let refused = bandit.select(&all, 2, 1.0, &mut Rng::new(1)).unwrap_err();
        assert_eq!(refused, BanditError::NotFinite { item: Row(2), field: "prior" });
        assert!(bandit.select(&[], 2, 1.0, &mut Rng::new(1)).unwrap().places.is_empty());
    }
    let linear = Bandit::new(BanditConfig::of("lin-ucb", 2)).unwrap();
    let features = features(1, 1);
    let refused = linear.select(&candidates(&features), 1, 1.0, &mut Rng::new(1)).unwrap_err();
    assert_eq!(refused, BanditError::Features { item: Row(0), expected: 2, got: WIDTH });
    assert!(matches!(Bandit::new(BanditConfig::of("greedy", 2)), Err(BanditError::UnknownPolicy { .. })));
    let negative = BanditConfig { floor: -0.1, ..BanditConfig::of("ucb", 2) };
    assert!(matches!(Bandit::new(negative), Err(BanditError::Setting { field: "floor", .. })));
}

#[test]
fn a_replay_gives_the_same_bytes_and_bytes_give_the_same_bandit() {
    for (name, _) in POLICIES {
        let mut config = BanditConfig::of(name, WIDTH);
        config.discount = 0.995;
        config.examination = Examination::power(0.7, 5);
        config.cold_start = Some(ColdStart::default());
        let bandit = taught(config.clone(), 60, 5);
        let bytes = bandit.to_bytes();
        assert_eq!(bytes, taught(config, 60, 5).to_bytes(), "{name}");
        let read = Bandit::from_bytes(&bytes).unwrap();
        assert_eq!((read.to_bytes(), read.config()), (bytes.clone(), bandit.config()), "{name}");
        let features = features(5, 2);
        let slate = |bandit: &Bandit| bandit.select(&candidates(&features), 4, 0.8, &mut Rng::new(9)).unwrap();
        assert_eq!(slate(&read), slate(&bandit), "{name}");
        for end in 0..bytes.len() {
            assert!(Bandit::from_bytes(&bytes[..end]).is_err(), "{name} cut at {end}");
        }
    }
}

#[test]
fn the_table_of_items_is_bounded() {
    let config = BanditConfig { items_max: 8, ..BanditConfig::of("thompson", 1) };
    let mut bandit = Bandit::new(config).unwrap();
    let candidate = |item| Candidate { item: Row(item), prior: 0.5, features: &[], exposures: 0, age: None };
    for item in [0, 7, 8, u32::MAX] {
        bandit.update(&Feedback { candidate: candidate(item), place: 0, reward: 1.0 });
    }
    assert_eq!((bandit.intake().learned, bandit.intake().refused), (2, 2));
    assert_eq!(bandit.explain(&candidate(7)).unwrap().lessons, 1.0);
    assert_eq!(Bandit::from_bytes(&bandit.to_bytes()).unwrap().explain(&candidate(7)).unwrap().lessons, 1.0);
}

/// Regret as a share of what choosing at random costs, over the last fifth of the rounds.
fn late(world: World, config: &BanditConfig, rounds: usize) -> f64 {
    let uniform = BanditConfig { floor: 1.0, ..BanditConfig::of("ucb", 1) };
    let last = |config: &BanditConfig| -> f64 {
        (0..4).map(|seed| regret(world, config, rounds, seed).unwrap()).map(|regret| regret[9] - regret[7]).sum()
    };
    last(config) / last(&uniform)
}

#[test]
fn regret_grows_more_and_more_slowly() {
    let by_item = ["epsilon-greedy", "boltzmann", "ucb", "kl-ucb", "thompson"];
    for (world, most) in [(World::Bernoulli, 0.4), (World::Cascade, 0.5), (World::Places, 0.5)] {
        for name in by_item {
            let share = late(world, &BanditConfig { draws: 1, ..BanditConfig::of(name, 1) }, 3_000);
            assert!(share < most, "{name} in {world:?}: {share}");
        }
    }
    for (world, names) in [
        (World::Linear, ["lin-ucb", "linear-thompson", "square-cb"]),
        (World::Logistic, ["logistic-thompson", "lin-ucb", "linear-thompson"]),
    ] {
        for name in names {
            let share = late(world, &BanditConfig { draws: 1, ..BanditConfig::of(name, 1) }, 2_000);
            assert!(share < 0.3, "{name} in {world:?}: {share}");
        }
    }
}

#[test]
fn forgetting_helps_where_the_world_changes() {
    let forgetting = BanditConfig { draws: 1, ..BanditConfig::of("thompson", 1) };
    let total = |config: &BanditConfig| -> f64 {
        (0..4).map(|seed| regret(World::Drifting, config, 5_000, seed).unwrap()[9]).sum()
    };
    // The world asks for forgetting; a prior that outweighs every lesson is what never adapts.
    let stubborn = BanditConfig { prior_lessons: 1e9, ..forgetting.clone() };
    assert!(total(&forgetting) < 0.6 * total(&stubborn));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn propensities_are_probabilities_whatever_the_candidates(
        policy in 0..POLICIES.len(),
        priors in prop::collection::vec(0f32..1.0, 1..9),
        rewards in prop::collection::vec(-2f64..1e13, 0..30),
        slots in 0usize..12,
        share in 0f64..=1.0,
        floor in 0f64..=1.0,
        seed in any::<u64>(),
    ) {
        let mut config = BanditConfig::of(POLICIES[policy].0, WIDTH);
        config.floor = floor;
        let mut bandit = Bandit::new(config).unwrap();
        let features = features(priors.len(), seed);
        let mut all = candidates(&features);
        all.iter_mut().zip(&priors).for_each(|(candidate, prior)| candidate.prior = *prior);
        for (at, reward) in rewards.iter().enumerate() {
            bandit.update(&Feedback { candidate: all[at % all.len()], place: at, reward: *reward });
        }
        let slate = bandit.select(&all, slots, share, &mut Rng::new(seed)).unwrap();
        prop_assert_eq!(slate.places.len(), slots.min(all.len()));
        let mut items: Vec<u32> = slate.places.iter().map(|placed| placed.item.0).collect();
        items.sort_unstable();
        items.dedup();
        prop_assert_eq!(items.len(), slate.places.len());
        for placed in &slate.places {
            prop_assert!(placed.propensity > 0.0 && placed.propensity <= 1.0);
            prop_assert!(placed.standard_error >= 0.0 && placed.standard_error <= 0.5);
        }
        prop_assert!(slate.greedy_expected >= slate.expected - 1e-9);
    }

    #[test]
    fn at_a_place_the_probabilities_sum_to_one(policy in 0..POLICIES.len(), count in 1usize..8, seed in any::<u64>()) {
        let bandit = taught(BanditConfig::of(POLICIES[policy].0, WIDTH), 15, seed);
        let features = features(count, seed);
        let made = POLICIES[policy].1(bandit.config());
        let draws = made.draws(&candidates(&features), &mut Rng::new(seed));
        let left: Vec<usize> = (0..count).rev().collect();
        let mut probabilities = vec![0.0; count];
        made.probabilities(&draws, &left, &mut probabilities);
        prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        prop_assert!(probabilities.iter().all(|probability| (0.0..=1.0 + 1e-12).contains(probability)));
    }
}
