use super::*;
use types::Rng;

/// Showings of which each has its own probability of a click.
struct Shop {
    rng: Rng,
    watchdog: Watchdog,
}

/// A probability of a click, the prediction of the watched model and that of the last good one.
type Predictions = fn(f64) -> (f64, f64, Option<f64>);

impl Shop {
    fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), watchdog: Watchdog::new(WatchdogConfig::default(), 2).unwrap() }
    }

    fn blocks(&mut self, count: usize, shift: f32, predictions: Predictions) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        while verdicts.len() < count {
            let taste = self.rng.normal();
            let (truth, predicted, fallback) = predictions(1.0 / (1.0 + (2.5 - 0.7 * taste).exp()));
            let clicked = self.rng.unit() < truth;
            let features = [taste as f32 + shift, self.rng.unit() as f32];
            verdicts.extend(self.watchdog.observe(&Observation { predicted, fallback, clicked, features: &features }));
        }
        verdicts
    }
}

fn fell_back(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(|verdict| matches!(verdict, Verdict::FallBack(_))).collect()
}

#[test]
fn a_good_model_on_a_still_stream_raises_next_to_no_alarm() {
    let (mut alerts, mut falls) = (0, 0);
    for seed in 0..20 {
        let mut shop = Shop::new(seed);
        shop.blocks(50, 0.0, |p| (p, p, Some(0.9 * p)));
        alerts += shop.watchdog.report().alerts;
        falls += shop.watchdog.report().falls;
    }
    // A thousand blocks.
    assert!(alerts <= 3 && falls == 0, "{alerts} {falls}");
}

#[test]
fn a_model_that_overpromises_is_replaced_and_comes_back_when_it_is_right_again() {
    let mut shop = Shop::new(1);
    assert_eq!(fell_back(&shop.blocks(10, 0.0, |p| (p, p, Some(p)))), [false; 10]);
    let worse = shop.blocks(4, 0.0, |p| (p, 2.0 * p, Some(p)));
    assert_eq!(fell_back(&worse), [false, true, true, true]);
    let Verdict::FallBack(evidence) = &worse[1] else { panic!("{worse:?}") };
    let is_calibration =
        |evidence: &Evidence| matches!(evidence, Evidence::Calibration { predicted, observed } if predicted > observed);
    assert!(evidence.iter().any(is_calibration), "{evidence:?}");
    assert!(evidence.iter().any(|evidence| matches!(evidence, Evidence::Loss { model, fallback } if model > fallback)));
    assert_eq!(fell_back(&shop.blocks(4, 0.0, |p| (p, p, Some(p)))), [true, true, false, false]);
    assert_eq!((shop.watchdog.report().falls, shop.watchdog.report().recoveries), (1, 1));
}

#[test]
fn a_model_that_is_calibrated_but_knows_nothing_loses_to_the_last_good_one() {
    let mut shop = Shop::new(2);
    let verdicts = shop.blocks(8, 0.0, |p| (p, 0.093, Some(p)));
    assert!(fell_back(&verdicts).into_iter().any(|fell| fell), "{verdicts:?}");
    // Nobody to lose to: it stays.
    let mut alone = Shop::new(2);
    assert_eq!(fell_back(&alone.blocks(8, 0.0, |p| (p, 0.093, None))), [false; 8]);
}

#[test]
fn fewer_clicks_call_the_last_good_model_in_until_the_new_level_is_accepted() {
    let mut shop = Shop::new(3);
    shop.blocks(10, 0.0, |p| (p, p, None));
    // The model knows that clicks are fewer, so only the rate itself tells.
    let verdicts = shop.blocks(8, 0.0, |p| (0.4 * p, 0.4 * p, None));
    let fell = fell_back(&verdicts);
    assert!(fell[..3].contains(&true) && !fell[7], "{verdicts:?}");
    let fall = |evidence: &Evidence| matches!(evidence, Evidence::ClickRate { before, after } if *after < 0.7 * before);
    let told = verdicts.iter().any(|verdict| match verdict {
        Verdict::Alert(evidence) | Verdict::FallBack(evidence) => evidence.iter().any(fall),
        Verdict::Healthy => false,
    });
    assert!(told, "{verdicts:?}");
    // More clicks are worth an alert, not a fall.
    assert_eq!(fell_back(&shop.blocks(4, 0.0, |p| (p, p, None))), [false; 4]);
}

#[test]
fn features_that_shift_are_named() {
    let mut shop = Shop::new(4);
    shop.blocks(4, 0.0, |p| (p, p, None));
    let verdicts = shop.blocks(2, 1.0, |p| (p, p, None));
    for verdict in &verdicts {
        let Verdict::Alert(evidence) = verdict else { panic!("{verdicts:?}") };
        assert!(matches!(evidence[..], [Evidence::Feature { column: 0, index }] if index > 0.25));
    }
}

#[test]
fn checkpoints_go_on_as_they_were_bad_observations_are_counted_and_damage_is_refused() {
    let mut shop = Shop::new(5);
    let mut rng = Rng::new(6);
    let config = WatchdogConfig::default();
    shop.blocks(5, 0.0, |p| (p, 3.0 * p.min(0.3), Some(p)));
    let mut again = Watchdog::from_bytes(config, 2, &shop.watchdog.to_bytes()).unwrap();
    assert_eq!(again, shop.watchdog);
    for _ in 0..5_000 {
        let features = [rng.unit() as f32, f32::NAN];
        let observation =
            Observation { predicted: rng.unit(), fallback: None, clicked: rng.unit() < 0.3, features: &features };
        assert_eq!(again.observe(&observation), shop.watchdog.observe(&observation));
    }
    assert_eq!(again.to_bytes(), shop.watchdog.to_bytes());
    let bad = Observation { predicted: f64::NAN, fallback: None, clicked: true, features: &[0.0; 2] };
    for bad in [bad, Observation { predicted: 2.0, ..bad }, Observation { predicted: 0.5, features: &[], ..bad }] {
        assert_eq!(again.observe(&bad), None);
    }
    assert_eq!(again.report().excluded, 3);
    let bytes = again.to_bytes();
    assert!((0..bytes.len()).all(|end| Watchdog::from_bytes(config, 2, &bytes[..end]).is_err()));
    assert!(Watchdog::from_bytes(config, 3, &bytes).is_err());
    assert!(Watchdog::new(WatchdogConfig { patience: 0, ..config }, 2).is_err());
}
