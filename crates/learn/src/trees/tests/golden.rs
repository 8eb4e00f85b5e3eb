//! Beside LightGBM 4.7.0, on the same made-up rows.

use super::*;
use crate::trees::metric::quality;
use crate::trees::objective::Task;

/// Whole numbers 0 to 7 in four columns, the third missing in some rows, and a number that follows them.
fn small() -> TrainingRows {
    let (mut rng, mut values, mut labels) = (Rng::new(9), vec![Vec::new(); 4], Vec::new());
    for _ in 0..300 {
        let mut drawn: Vec<f32> = (0..4).map(|_| (rng.unit() * 8.0).floor() as f32).collect();
        let noise = rng.unit();
        labels.push((f64::from(drawn[0]) * f64::from(drawn[1]) / 8.0 + f64::from(drawn[2]) + noise) as f32);
        if rng.unit() < 0.15 {
            drawn[2] = f32::NAN;
        }
        values.iter_mut().zip(drawn).for_each(|(column, value)| column.push(value));
    }
    rows_of(values, labels)
}

/// LightGBM with `num_leaves=8, learning_rate=0.3, min_data_in_leaf=5, lambda_l2=0.5, min_data_in_bin=1`, 10 trees.
fn small_trainer(objective: Objective) -> TreeTrainer {
    TreeTrainer { trees_max: 10, leaves_max: 8, learning_rate: 0.3, min_rows: 5, l2: 0.5, ..trainer(objective) }
}

fn assert_near(got: f64, expected: f64, off: f64) {
    assert!((got - expected).abs() <= off, "{got} is not {expected}");
}

#[test]
fn the_same_trees_as_lightgbm_number_for_number() {
    let rows = small();
    let forest = fit(&small_trainer(Objective::Squared), &rows);
    let expected = [
        7.741066125652594,
        4.986433843360485,
        7.015692561408962,
        8.77212868168417,
        9.362279276010495,
        0.7820155119998751,
    ];
    for (place, expected) in expected.into_iter().enumerate() {
        assert_near(f64::from(forest.score_row(&row(&rows, place))), expected, 1e-5);
    }
    let sum: f64 = (0..rows.rows()).map(|place| f64::from(forest.score_row(&row(&rows, place)))).sum();
    assert_near(sum, 1668.8872015456677, 1e-3);
    let importance = forest.importance(None).unwrap();
    assert_eq!(importance.iter().map(|column| column.questions).collect::<Vec<_>>(), [22, 22, 24, 2]);
    for (column, gain) in importance.iter().zip([769.46971536, 638.11529469, 2687.4936173, 22.24494028]) {
        assert_near(column.gain / gain, 1.0, 1e-4);
    }
}

#[test]
fn the_same_attribution_as_lightgbm() {
    let rows = small();
    let forest = fit(&small_trainer(Objective::Squared), &rows);
    let expected = [
        [1.1092082584708483, 1.1767653469967727, 0.000571498533797819, -0.10843631683438518],
        [0.8687433180374589, 1.1402262194075894, -2.4484731429110753, -0.137019889659047],
        [0.7686998282992484, -1.5222849263648923, 2.225733251960449, -0.01941293097140521],
    ];
    for (place, expected) in expected.iter().enumerate() {
        let (mean, additions) = forest.attribute(&row(&rows, place));
        assert_near(mean, 5.5629573384855595, 1e-5);
        additions.iter().zip(expected).for_each(|(got, expected)| assert_near(*got, *expected, 1e-5));
    }
}

#[test]
fn the_same_log_odds_as_lightgbm() {
    let mut rows = small();
    rows.labels.iter_mut().for_each(|label| *label = f32::from(*label > 8.0));
    // LightGBM guesses rows from second derivatives, so its rows a leaf are left out: `min_data_in_leaf=1` and
    // `min_sum_hessian_in_leaf=1`.
    let trainer = TreeTrainer { min_rows: 1, min_hessian: 1.0, ..small_trainer(Objective::Logistic) };
    let forest = fit(&trainer, &rows);
    let expected = [
        -1.21847648761312,
        -3.5508241689295685,
        -2.971563396606967,
        2.6647086134124414,
        3.2339272859193624,
        -4.140442287410972,
    ];
    for (place, expected) in expected.into_iter().enumerate() {
        assert_near(f64::from(forest.score_row(&row(&rows, place))), expected, 1e-4);
    }
}

#[test]
fn as_good_as_lightgbm_on_rows_not_trained_on() {
    let ((rows, good), (test, test_good)) = (made_up(1, 250), made_up(2, 250));
    let check = |objective, label: &dyn Fn(&[f64]) -> Vec<f32>, lightgbm: f64, off: f64| {
        let rows = TrainingRows { labels: label(&good), ..rows.clone() };
        let test = TrainingRows { labels: label(&test_good), ..test.clone() };
        let forest = fit(&trainer(objective), &rows);
        let scores: Vec<f64> =
            (0..test.rows()).map(|place| f64::from(forest.score_row(&super::row(&test, place)))).collect();
        let got = quality(&Task::new(objective, &test).unwrap(), &scores);
        assert!(got > lightgbm - off, "{objective:?}: {got}, LightGBM {lightgbm}");
    };
    // LightGBM: 60 trees of 15 leaves, lambda_l2=1, min_data_in_leaf=20; lambdarank with truncation level 10.
    check(Objective::LambdaMart(LambdaMart::default()), &gains, 0.88685, 0.006);
    let likes = |good: &[f64]| good.iter().map(|good| f32::from(*good > 1.0)).collect();
    check(Objective::Logistic, &likes, -0.31421, 0.004);
    check(Objective::Squared, &|good| good.iter().map(|good| *good as f32).collect(), -0.11105, 0.0015);
}
