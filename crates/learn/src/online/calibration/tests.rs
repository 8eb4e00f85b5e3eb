use types::Rng;

use super::*;

#[test]
fn overconfident_log_odds_are_corrected_as_they_come() {
    let mut rng = Rng::new(3);
    let mut platt = RunningPlatt::new(RunningPlattConfig::default()).unwrap();
    let mut isotonic = RunningIsotonic::new(1.0, 1.0).unwrap();
    let draw = |rng: &mut Rng| {
        let honest = -2.0 + 1.5 * rng.normal();
        let label = f64::from(u8::from(rng.unit() < sigmoid(honest)));
        (honest, 2.0 * honest + 1.0, label)
    };
    for _ in 0..30_000 {
        let (_, logit, label) = draw(&mut rng);
        assert!(platt.learn(logit, label, 1.0) && isotonic.learn(sigmoid(logit), label, 1.0));
    }
    let (a, b) = platt.parameters();
    assert!((a - 0.5).abs() < 0.03 && (b + 0.5).abs() < 0.06, "{a} {b}");
    let curve = isotonic.curve();
    let (mut by_platt, mut by_isotonic, mut plain) = (0.0, 0.0, 0.0);
    for _ in 0..2_000 {
        let (honest, logit, _) = draw(&mut rng);
        by_platt += (platt.calibrated(logit) - sigmoid(honest)).abs() / 2_000.0;
        by_isotonic += (curve.calibrated(sigmoid(logit)) - sigmoid(honest)).abs() / 2_000.0;
        plain += (sigmoid(logit) - sigmoid(honest)).abs() / 2_000.0;
    }
    assert!(by_platt < 0.01 && by_isotonic < 0.025 && plain > 0.05, "{by_platt} {by_isotonic} {plain}");
}

#[test]
fn it_follows_when_the_world_changes() {
    let mut rng = Rng::new(4);
    let mut platt = RunningPlatt::new(RunningPlattConfig { keep: 0.999, strength: 1.0 }).unwrap();
    for shift in [0.0, 2.0] {
        for _ in 0..10_000 {
            let logit = -2.0 + rng.normal();
            platt.learn(logit, f64::from(u8::from(rng.unit() < sigmoid(logit + shift))), 1.0);
        }
        let wrong = (platt.calibrated(-2.0) - sigmoid(-2.0 + shift)).abs();
        assert!(wrong < 0.05, "{wrong}");
    }
}

/// Compared with `sklearn.isotonic.IsotonicRegression(out_of_bounds="clip")` of scikit-learn 1.9.1 on the same points.
#[test]
fn the_curve_is_that_of_scikit_learn() {
    let points = [
        (0.01, 100, 2),
        (0.03, 80, 1),
        (0.08, 60, 9),
        (0.2, 50, 6),
        (0.35, 40, 20),
        (0.5, 40, 18),
        (0.65, 30, 15),
        (0.8, 20, 17),
        (0.9, 10, 10),
    ];
    let mut isotonic = RunningIsotonic::new(1.0, 0.0).unwrap();
    for (predicted, shown, clicked) in points {
        (0..shown).for_each(|n| assert!(isotonic.learn(predicted, f64::from(u8::from(n < clicked)), 1.0)));
    }
    let curve = isotonic.curve();
    let golden = [
        (0.001, 0.016666666666666666),
        (0.01, 0.016666666666666666),
        (0.02, 0.016666666666666666),
        (0.05, 0.06454545454545454),
        (0.1, 0.13636363636363635),
        (0.3, 0.36212121212121207),
        (0.45, 0.475),
        (0.6, 0.49166666666666664),
        (0.7, 0.6166666666666665),
        (0.85, 0.9249999999999999),
        (0.95, 1.0),
    ];
    for (predicted, expected) in golden {
        assert!((curve.calibrated(predicted) - expected).abs() < 1e-9, "{predicted}: {}", curve.calibrated(predicted));
    }
}

#[test]
fn bad_numbers_are_passed_over_and_bytes_come_back() {
    let config = RunningPlattConfig::default();
    let (mut platt, mut isotonic) = (RunningPlatt::new(config).unwrap(), RunningIsotonic::new(0.99, 1.0).unwrap());
    assert_eq!(platt.calibrated(0.3), sigmoid(0.3));
    assert_eq!(isotonic.curve().calibrated(0.3), 0.3);
    for (value, label, weight) in [(f64::NAN, 1.0, 1.0), (0.5, 1e12, 1.0), (0.5, 1.0, 0.0), (0.5, 1.0, f64::INFINITY)] {
        assert!(!platt.learn(value, label, weight) && !isotonic.learn(value, label, weight));
    }
    assert!(!isotonic.learn(1.5, 1.0, 1.0));
    for n in 0..1_000 {
        platt.learn([1e300, -1e300, 0.5][n % 3], (n % 2) as f64, 1e6);
        isotonic.learn([0.0, 1.0, 0.5][n % 3], (n % 2) as f64, 1e6);
    }
    assert!(platt.calibrated(f64::MAX).is_finite() && isotonic.curve().calibrated(0.2).is_finite());
    assert_eq!(RunningPlatt::from_bytes(config, &platt.to_bytes()), Ok(platt.clone()));
    assert_eq!(RunningIsotonic::from_bytes(0.99, 1.0, &isotonic.to_bytes()), Ok(isotonic.clone()));
    assert!(RunningPlatt::from_bytes(config, &platt.to_bytes()[1..]).is_err());
    assert!(RunningIsotonic::from_bytes(0.99, 1.0, &isotonic.to_bytes()[..5]).is_err());
    assert!(RunningPlatt::new(RunningPlattConfig { keep: 1.5, ..config }).is_err());
}
