use proptest::prelude::*;
use types::Rng;

use super::*;

fn plain(dense: &[f32], label: f32) -> Example<'_> {
    Example { dense, sparse: &[], label, weight: 1.0, offset: 0.0, time: Millis(0) }
}

/// Trained with river 0.26.1 from PyPI (`optim.FTRLProximal`, whose weights were brought up to date before each
/// prediction, as in Algorithm 1 of the paper; its own regression predicts with weights one step old).
#[test]
fn weights_are_those_of_river() {
    let golden = [
        (
            0.1,
            1.0,
            0.0,
            1.0,
            [-0.055827857234563114, 0.06808728101759436, -0.09573422771866316, -0.035703948296677085],
            0.4397347173133422,
        ),
        (
            0.5,
            0.5,
            2.0,
            0.1,
            [-0.12675151042026814, 0.17179530533037565, -0.011909297952002552, -0.13089136369260745],
            0.4105134091957926,
        ),
    ];
    for (alpha, beta, l1, l2, weights, last) in golden {
        let config = FtrlConfig { alpha, beta, l1, l2, intercept: false, half_life_ms: None, ..FtrlConfig::default() };
        let mut learner = FtrlRegression::new(config, 4).unwrap();
        let mut predicted = 0.0;
        for t in 0..200i32 {
            let dense = [0, 1, 2, 3].map(|j| ((t * 7 + 3 * j * j + j) % 11 - 5) as f32 / 4.0);
            let label = if (t * t * 3 + t * 5) % 13 < 5 { 1.0 } else { 0.0 };
            let weight = if t % 3 == 0 { 2.5 } else { 1.0 };
            predicted = learner.learn(&Example { weight, ..plain(&dense, label) }).unwrap().predicted;
        }
        for (got, expected) in learner.dense_weights().iter().zip(weights) {
            assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        }
        assert!((predicted - last).abs() < 1e-12);
    }
}

/// Dense values, hashed features, label, weight and time.
type Logged = ([f32; 2], [(u32, f32); 2], f32, f32, Millis);

/// A log of clicks on hashed features, with offsets and weights.
fn log(seed: u64, count: usize) -> Vec<Logged> {
    let mut rng = Rng::new(seed);
    let mut one = |n: usize| {
        let dense = [rng.normal() as f32, rng.unit() as f32];
        let item = rng.below(20) as u32;
        let logit = -1.0 + 0.8 * f64::from(dense[0]) - 0.5 * f64::from(dense[1]) + f64::from(item % 5) * 0.4;
        let label = f32::from(u8::from(rng.unit() < sigmoid(logit)));
        let late = if n % 50 == 49 { 7_200_000 } else { 0 };
        (dense, [(item, 1.0), (100 + item % 5, 1.0)], label, 0.5 + rng.unit() as f32, Millis(n as i64 * 60_000 - late))
    };
    (0..count).map(&mut one).collect()
}

fn examples(log: &[Logged]) -> impl Iterator<Item = Example<'_>> {
    log.iter().map(|(dense, sparse, label, weight, time)| Example {
        dense,
        sparse,
        label: *label,
        weight: *weight,
        offset: 0.1,
        time: *time,
    })
}

fn hashed() -> FtrlConfig {
    FtrlConfig { bits: Some(8), half_life_ms: Some(3.6e6), l1: 0.1, ..FtrlConfig::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    /// However a log is cut into micro-batches, and wherever the learner is stopped and read back, its bytes are the same.
    #[test]
    fn neither_batches_nor_restarts_change_a_bit(seed in any::<u64>(), cuts in prop::collection::vec(1usize..40, 1..12)) {
        let log = log(seed, 200);
        let mut whole = FtrlRegression::new(hashed(), 2).unwrap();
        whole.learn_all(examples(&log));
        let mut cut = FtrlRegression::new(hashed(), 2).unwrap();
        let mut from = 0;
        for size in cuts.into_iter().chain([200]) {
            let end = (from + size).min(200);
            cut.learn_all(examples(&log[from..end]));
            cut = FtrlRegression::from_bytes(hashed(), 2, &cut.to_bytes()).unwrap();
            from = end;
        }
        prop_assert_eq!(cut.to_bytes(), whole.to_bytes());
        prop_assert!(whole.report().late > 0);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), at in 0usize..400) {
        let _ = FtrlRegression::from_bytes(hashed(), 2, &bytes);
        let mut learner = FtrlRegression::new(hashed(), 2).unwrap();
        learner.learn_all(examples(&log(1, 5)));
        let mut damaged = learner.to_bytes();
        let place = at % damaged.len();
        damaged[place] ^= 0x55;
        if let Ok(read) = FtrlRegression::from_bytes(hashed(), 2, &damaged) {
            prop_assert!(read.predict(&[1.0, 1.0], &[(3, 1.0)], 0.0).unwrap().is_finite());
        }
        prop_assert!(FtrlRegression::from_bytes(hashed(), 2, &damaged[..damaged.len() - 1]).is_err());
    }

    /// Whatever numbers come, weights stay finite.
    #[test]
    fn nothing_breaks_it(
        values in prop::collection::vec((any::<f32>(), any::<f32>(), any::<f32>(), any::<f32>(), any::<i64>()), 1..60),
    ) {
        let mut learner = FtrlRegression::new(hashed(), 1).unwrap();
        for (value, label, weight, offset, time) in values {
            let clean = if label.is_finite() { label.abs().min(1.0) } else { 1e12 };
            let _ = learner.learn(&Example { dense: &[value], sparse: &[(7, value)], label: clean, weight, offset, time: Millis(time) });
            prop_assert!(learner.dense_weights()[0].is_finite() && learner.intercept().is_finite());
            prop_assert!(learner.predict(&[1e6], &[(7, -1e6)], 1e6).unwrap().is_finite());
        }
        prop_assert!(FtrlRegression::from_bytes(hashed(), 1, &learner.to_bytes()).is_ok());
    }
}

#[test]
fn it_learns_what_planted_clicks_say() {
    let config = FtrlConfig { bits: Some(8), half_life_ms: None, l2: 0.1, ..FtrlConfig::default() };
    let mut learner = FtrlRegression::new(config, 2).unwrap();
    let log = log(5, 30_000);
    learner.learn_all(examples(&log));
    let weights = learner.dense_weights();
    assert!((weights[0] - 0.8).abs() < 0.08 && (weights[1] + 0.5).abs() < 0.15, "{weights:?}");
    let item = |item: u32| learner.slot_weight(item) + learner.slot_weight(100 + item % 5);
    assert!((item(4) - item(0) - 1.6).abs() < 0.4);
    // The planted probabilities themselves have a loss of .61.
    let loss = learner.report().log_loss().unwrap();
    assert!((0.58..0.66).contains(&loss), "{loss}");
}

#[test]
fn a_warm_start_changes_nothing_at_first_and_little_where_it_is_certain() {
    let prior = LinearWeights { intercept: -1.0, dense: vec![0.5, -0.25], sparse: vec![(3, 0.75)], certainty: 0.0 };
    let config = FtrlConfig { bits: Some(8), ..FtrlConfig::default() };
    let mut guess = FtrlRegression::warm_start(config, 2, &prior).unwrap();
    let mut sure = FtrlRegression::warm_start(config, 2, &LinearWeights { certainty: 1e4, ..prior.clone() }).unwrap();
    let expected = -1.0 + 0.5 * 2.0 - 0.25 * 4.0 + 0.75;
    for learner in [&mut guess, &mut sure] {
        assert_eq!(learner.logit(&[2.0, 4.0], &[(3, 1.0)], 0.0), Ok(expected));
        assert_eq!(FtrlRegression::from_bytes(config, 2, &learner.to_bytes()).as_ref(), Ok(&*learner));
        learner.learn_all([Example { sparse: &[(3, 1.0)], ..plain(&[2.0, 4.0], 1.0) }; 20]);
    }
    let moved = |learner: &FtrlRegression| learner.logit(&[2.0, 4.0], &[(3, 1.0)], 0.0).unwrap() - expected;
    assert!(moved(&guess) > 5.0 * moved(&sure) && moved(&sure) > 0.0);
    let short = LinearWeights { dense: vec![1.0], ..prior.clone() };
    assert!(matches!(FtrlRegression::warm_start(config, 2, &short), Err(OnlineError::Width { .. })));
    let wild = LinearWeights { intercept: f64::NAN, ..prior.clone() };
    assert!(matches!(FtrlRegression::warm_start(config, 2, &wild), Err(OnlineError::Setting { .. })));
    let beyond = LinearWeights { sparse: vec![(256, 1.0)], ..prior };
    assert!(matches!(FtrlRegression::warm_start(config, 2, &beyond), Err(OnlineError::Width { .. })));
}

#[test]
fn what_was_learnt_is_forgotten_and_the_new_is_learnt_faster() {
    let with = |half_life_ms| FtrlConfig { half_life_ms, l2: 0.0, ..FtrlConfig::default() };
    let day = Millis::DAY;
    let learn = |config| {
        let mut learner = FtrlRegression::new(config, 1).unwrap();
        for (days, label) in (0..4_000).map(|n| (n / 100, if n < 3_000 { 1.0 } else { 0.0 })) {
            learner.learn(&Example { time: Millis(days * day), ..plain(&[1.0], label) }).unwrap();
        }
        learner.predict(&[1.0], &[], 0.0).unwrap()
    };
    let (forgetful, faithful) = (learn(with(Some(2.0 * day as f64))), learn(with(None)));
    assert!(forgetful < 0.7 * faithful && forgetful < 0.1, "{forgetful} {faithful}");
}

#[test]
fn bad_examples_are_left_out_and_counted() {
    let mut learner = FtrlRegression::new(hashed(), 1).unwrap();
    let before = learner.dense_weights();
    let good = plain(&[1.0], 1.0);
    let bad = [
        (Example { dense: &[], ..good }, Excluded::Width),
        (Example { label: 1e12, ..good }, Excluded::Label),
        (Example { label: f32::NAN, ..good }, Excluded::Label),
        (Example { weight: 0.0, ..good }, Excluded::Weight),
        (Example { weight: f32::INFINITY, ..good }, Excluded::Weight),
        (Example { offset: f32::NAN, ..good }, Excluded::Offset),
        (Example { dense: &[f32::NAN], ..good }, Excluded::Feature),
        (Example { sparse: &[(0, 1e12)], ..good }, Excluded::Feature),
    ];
    for (example, reason) in bad {
        assert_eq!(learner.learn(&example), Err(reason));
    }
    assert_eq!((learner.report().excluded, learner.dense_weights()), ([1, 2, 2, 1, 2], before));
    learner.learn(&Example { weight: 1e6, ..good }).unwrap();
    assert_eq!((learner.report().clipped, learner.report().weight), (1, 10.0));
    let without = FtrlRegression::new(FtrlConfig::default(), 1).unwrap();
    assert_eq!(without.predict(&[1.0], &[(0, 1.0)], 0.0), Err(Excluded::Width));
}

#[test]
fn slots_that_collide_within_an_example_are_summed() {
    let mut apart = FtrlRegression::new(hashed(), 0).unwrap();
    let mut summed = apart.clone();
    apart.learn(&Example { sparse: &[(5, 1.0), (2, 1.0), (5, 2.0)], ..plain(&[], 1.0) }).unwrap();
    summed.learn(&Example { sparse: &[(2, 1.0), (5, 3.0)], ..plain(&[], 1.0) }).unwrap();
    assert_eq!(apart, summed);
}

#[test]
fn settings_out_of_range_are_named() {
    for (config, name) in [
        (FtrlConfig { alpha: 0.0, ..FtrlConfig::default() }, "alpha"),
        (FtrlConfig { l1: f64::NAN, ..FtrlConfig::default() }, "l1"),
        (FtrlConfig { bits: Some(40), ..FtrlConfig::default() }, "bits"),
        (FtrlConfig { weight_max: 0.0, ..FtrlConfig::default() }, "weight_max"),
        (FtrlConfig { half_life_ms: Some(-1.0), ..FtrlConfig::default() }, "half_life_ms"),
    ] {
        assert!(FtrlRegression::new(config, 1).unwrap_err().to_string().starts_with(name));
    }
}
