use super::*;
use proptest::prelude::*;
use types::Rng;

#[test]
fn finds_what_no_single_column_tells() {
    let mut rng = Rng::new(4);
    let values: Vec<Vec<f32>> = (0..2).map(|_| (0..400).map(|_| rng.below(2) as f32).collect()).collect();
    let labels = values[0].iter().zip(&values[1]).map(|(a, b)| f32::from(a != b)).collect();
    let rows = rows_of(values, labels);
    let forest = fit(&trainer(Objective::Logistic), &rows);
    for [a, b] in [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] {
        assert_eq!(forest.score_row(&[a, b]) > 2.0, a != b, "{a} {b}");
        assert_eq!(forest.score_row(&[a, b]) < -2.0, a == b, "{a} {b}");
    }
    // Trees that look at one column each cannot.
    let single = fit(&TreeTrainer { path_columns_max: 1, ..trainer(Objective::Logistic) }, &rows);
    assert!(single.score_row(&[0.0, 0.0]) + single.score_row(&[1.0, 1.0]) > -1.0);
    let paths = single.trees.iter().all(|tree| tree.nodes.iter().all(|node| node.column == tree.nodes[0].column));
    assert!(paths, "a path asked about two columns");
}

#[test]
fn missing_values_go_to_the_side_that_was_learnt() {
    // Missing rows are as good as large values.
    let values: Vec<f32> = (0..300).map(|row| if row % 3 == 0 { f32::NAN } else { (row % 10) as f32 }).collect();
    let label = |value: &f32| f32::from(value.is_nan() || *value >= 5.0);
    let rows = rows_of(vec![values.clone()], values.iter().map(label).collect());
    let forest = fit(&trainer(Objective::Logistic), &rows);
    assert!(forest.score_row(&[f32::NAN]) > 2.0 && forest.score_row(&[9.0]) > 2.0 && forest.score_row(&[1.0]) < -2.0);
    // Being missing is all there is to know.
    let values: Vec<f32> = (0..300).map(|row| if row % 3 == 0 { f32::NAN } else { 7.0 }).collect();
    let rows = rows_of(vec![values.clone()], values.iter().map(|value| f32::from(value.is_nan())).collect());
    let (forest, report) = trainer(Objective::Logistic).fit(&rows, None, &mut Rng::new(1)).unwrap();
    assert!(report.constant.is_empty());
    assert!(forest.score_row(&[f32::NAN]) > 2.0 && forest.score_row(&[7.0]) < -2.0);
}

#[test]
fn even_labels_and_constant_columns_give_the_base_alone() {
    let rows = rows_of(vec![(0..50).map(|row| row as f32).collect()], vec![3.0; 50]);
    let (forest, report) = trainer(Objective::Squared).fit(&rows, None, &mut Rng::new(1)).unwrap();
    assert_eq!((report.trees, forest.score_row(&[7.0])), (0, 3.0));
    let labels: Vec<f32> = (0..50).map(|row| f32::from(row % 5 == 0)).collect();
    let rows = rows_of(vec![vec![2.0; 50], vec![f32::NAN; 50]], labels);
    let (forest, report) = trainer(Objective::Logistic).fit(&rows, None, &mut Rng::new(1)).unwrap();
    assert_eq!((report.trees, report.constant), (0, vec!["a".to_owned(), "b".to_owned()]));
    assert!((forest.score_row(&[2.0, f32::NAN]) - 0.25f32.ln()).abs() < 1e-5);
    // All the same label: certain, but not infinitely so.
    let sure = fit(&trainer(Objective::Logistic), &rows_of(vec![vec![1.0, 2.0]], vec![1.0, 1.0]));
    assert!(sure.score_row(&[1.0]).is_finite() && sure.score_row(&[1.0]) > 5.0);
}

#[test]
fn one_row_none_and_groups_of_one() {
    let one = rows_of(vec![vec![1.0]], vec![4.0]);
    assert_eq!(fit(&trainer(Objective::Squared), &one).score_row(&[f32::NAN]), 4.0);
    let none = rows_of(vec![vec![]], vec![]);
    let error = trainer(Objective::Squared).fit(&none, None, &mut Rng::new(1)).unwrap_err();
    assert_eq!(error, TreesError::NothingToLearn { rows: 0, groups: 0 });
    let ranking = trainer(Objective::LambdaMart(LambdaMart::default()));
    let mut alone = rows_of(vec![vec![1.0, 2.0, 3.0]], vec![1.0, 0.0, 1.0]);
    assert_eq!(ranking.fit(&alone, None, &mut Rng::new(1)).unwrap_err(), TreesError::NoGroups);
    alone.group_sizes = vec![1, 1, 1];
    let error = ranking.fit(&alone, None, &mut Rng::new(1)).unwrap_err();
    assert_eq!(error, TreesError::NothingToLearn { rows: 3, groups: 3 });
}

#[test]
fn a_weight_counts_as_that_many_rows_and_0_as_none() {
    let (rows, good) = made_up(3, 30);
    let labels: Vec<f32> = good.iter().map(|good| f32::from(*good > 1.0)).collect();
    let exact = TreeTrainer { min_rows: 1, trees_max: 5, bins_max: 2, ..trainer(Objective::Logistic) };
    let weights: Vec<f32> = (0..rows.rows()).map(|row| (row % 3) as f32).collect();
    let repeat = |list: &[f32]| -> Vec<f32> {
        list.iter().zip(&weights).flat_map(|(value, weight)| vec![*value; *weight as usize]).collect()
    };
    // Two values a column, so that both have the same bins.
    let values: Vec<Vec<f32>> =
        rows.values.iter().map(|column| column.iter().map(|value| value.round()).collect()).collect();
    let repeated = rows_of(values.iter().map(|column| repeat(column)).collect(), repeat(&labels));
    let weighted = TrainingRows { weights, ..rows_of(values, labels) };
    let (one, two) = (fit(&exact, &weighted), fit(&exact, &repeated));
    for place in 0..weighted.rows() {
        let row = row(&weighted, place);
        assert!((one.score_row(&row) - two.score_row(&row)).abs() < 1e-4);
    }
    let nothing = TrainingRows { weights: vec![0.0; weighted.rows()], ..weighted };
    assert!(matches!(exact.fit(&nothing, None, &mut Rng::new(1)), Err(TreesError::NothingToLearn { .. })));
}

#[test]
fn trees_only_correct_the_score_that_rows_start_from() {
    let (mut rows, good) = made_up(5, 100);
    rows.labels = good.iter().map(|good| *good as f32).collect();
    rows.margins = rows.labels.clone();
    let (forest, report) = trainer(Objective::Squared).fit(&rows, None, &mut Rng::new(1)).unwrap();
    assert_eq!((forest.base(), report.trees), (0.0, 0));
    // A start that leaves out one column: trees put it back.
    rows.margins = good.iter().zip(&rows.values[3]).map(|(good, d)| (good + 0.5 * f64::from(*d)) as f32).collect();
    let forest = fit(&trainer(Objective::Squared), &rows);
    assert!((forest.score_row(&[0.5, 0.5, 0.5, 0.9, 0.5, 0.5]) + 0.45).abs() < 0.05);
    assert!((forest.score_row(&[0.5, 0.5, 0.5, 0.1, 0.5, 0.5]) + 0.05).abs() < 0.05);
}

#[test]
fn training_ends_where_held_out_groups_gain_no_more() {
    let (mut rows, good) = made_up(6, 60);
    rows.labels = gains(&good);
    let (training, held_out) = rows.hold_out(0.3, &mut Rng::new(2)).unwrap();
    assert_eq!(training.rows() + held_out.rows(), rows.rows());
    assert!(held_out.group_sizes.len() > 8 && held_out.group_sizes.iter().all(|size| *size == 20));
    let trainer = TreeTrainer {
        trees_max: 400,
        patience: 10,
        learning_rate: 0.3,
        ..trainer(Objective::LambdaMart(LambdaMart::default()))
    };
    let (forest, report) = trainer.fit(&training, Some(&held_out), &mut Rng::new(1)).unwrap();
    assert_eq!((report.grown, report.held_out.len()), (report.trees + 10, report.grown + 1));
    assert_eq!(forest.trees(), report.trees);
    let best = report.held_out.iter().copied().fold(f64::MIN, f64::max);
    assert_eq!(report.held_out[report.trees], best);
    assert!(best > report.held_out[0] + 0.1, "{:?}", report.held_out);
}

#[test]
fn held_out_rows_that_cannot_judge_are_refused() {
    let (mut rows, good) = made_up(6, 10);
    rows.labels = gains(&good);
    let ranking = trainer(Objective::LambdaMart(LambdaMart::default()));
    let fault = |held: &TrainingRows| ranking.fit(&rows, Some(held), &mut Rng::new(1)).unwrap_err();
    let even = TrainingRows { labels: vec![1.0; 200], ..rows.clone() };
    assert_eq!(fault(&even), TreesError::NothingHeldOut { rows: 200, groups: 10 });
    let started = TrainingRows { margins: vec![1.0; 200], ..rows.clone() };
    let expected = TreesError::Length { list: "margins of held-out rows".into(), expected: 0, got: 200 };
    assert_eq!(fault(&started), expected);
    let mut renamed = rows.clone();
    renamed.columns[1].name = "z".into();
    assert!(fault(&renamed).to_string().contains("trained on b version 1, served with z version 1"));
}

#[test]
fn a_share_too_small_to_draw_any_group_draws_all() {
    let (mut rows, good) = made_up(9, 3);
    rows.labels = gains(&good);
    let sparse = TreeTrainer { rows_share: 1e-6, columns_share: 1e-6, min_rows: 1, ..trainer(Objective::Squared) };
    let forest = fit(&sparse, &rows);
    assert_eq!(Forest::from_bytes(&forest.to_bytes()).unwrap(), forest);
    assert!(forest.score_row(&row(&rows, 0)).is_finite());
}

#[test]
fn the_same_bytes_with_any_number_of_threads() {
    let (mut rows, good) = made_up(7, 2000);
    rows.labels = gains(&good);
    let ranking = TreeTrainer {
        trees_max: 4,
        rows_share: 0.9,
        columns_share: 0.7,
        ..trainer(Objective::LambdaMart(LambdaMart::default()))
    };
    for trainer in [ranking, TreeTrainer { trees_max: 4, ..trainer(Objective::Logistic) }] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&trainer, &rows)).to_bytes()
        };
        let one = with(1);
        assert_eq!(one, with(2));
        assert_eq!(one, with(5));
    }
}

#[test]
fn every_leaf_has_its_rows() {
    let (mut rows, good) = made_up(8, 20);
    rows.labels = good.iter().map(|good| f32::from(*good > 1.8)).collect();
    for min_rows in [1, 7, 60] {
        let forest = fit(&TreeTrainer { min_rows, min_hessian: 0.0, ..trainer(Objective::Logistic) }, &rows);
        let fewest = forest.trees.iter().flat_map(|tree| &tree.leaves).map(|leaf| leaf.rows).min().unwrap();
        assert!(fewest as usize >= min_rows && (fewest as usize) < min_rows + 8, "{fewest} of {min_rows}");
    }
    let shallow = fit(&TreeTrainer { depth_max: 2, ..trainer(Objective::Logistic) }, &rows);
    assert_eq!(shallow.trees.iter().map(|tree| tree.leaves.len()).max(), Some(4));
}

#[test]
fn bad_values_are_refused_by_name() {
    let good = || TrainingRows { group_sizes: vec![2], ..rows_of(vec![vec![1.0, 2.0]], vec![0.0, 1.0]) };
    let refused =
        |trainer: TreeTrainer, rows: &TrainingRows| trainer.fit(rows, None, &mut Rng::new(1)).unwrap_err().to_string();
    let check = |change: &dyn Fn(&mut TrainingRows), expected: &str| {
        let mut rows = good();
        change(&mut rows);
        assert_eq!(refused(trainer(Objective::LambdaMart(LambdaMart::default())), &rows), expected);
    };
    check(&|rows| rows.values[0][1] = f32::INFINITY, "a, row 1: inf is not missing or between -1e15 and 1e15");
    check(&|rows| rows.labels[0] = f32::NAN, "labels, row 0: NaN is not between -1e15 and 1e15");
    check(&|rows| rows.labels[0] = -1.0, "labels, row 0: -1 is not a gain of 0 or more");
    check(&|rows| rows.weights = vec![1.0, -1.0], "weights, row 1: -1 is not between 0 and 1e9");
    check(&|rows| rows.weights = vec![1.0], "weights has 1 entries, expected 2");
    check(&|rows| rows.values[0] = vec![1.0], "a has 1 entries, expected 2");
    check(&|rows| rows.group_sizes = vec![1], "group_sizes in sum has 1 entries, expected 2");
    check(&|rows| rows.group_weights = vec![f32::NAN], "group_weights, row 0: NaN is not between 0 and 1e9");
    check(
        &|rows| rows.margins = vec![0.0, 1e30],
        format!("margins, row 1: {} is not between -1e15 and 1e15", 1e30f32).as_str(),
    );
    let slow = TreeTrainer { learning_rate: 0.0, ..TreeTrainer::default() };
    assert_eq!(refused(slow, &good()), "setting learning_rate is 0, expected above 0 up to 1");
    let unknown = TreeTrainer { monotone: vec![("z".to_owned(), Direction::Rising)], ..TreeTrainer::default() };
    assert_eq!(refused(unknown, &good()), "no column is called z");
}

#[test]
fn numbers_of_any_allowed_size_give_finite_scores() {
    let labels = vec![1e15, -1e15, 1e12, 0.0, 1e-30, 5.0];
    let mut rows = rows_of(vec![vec![1e15, -1e15, 1e-38, 0.0, -0.0, f32::NAN]], labels);
    rows.weights = vec![1e9, 1e-9, 1.0, 0.0, 1e9, 1.0];
    let trainer = TreeTrainer { min_rows: 1, l2: 0.0, ..trainer(Objective::Squared) };
    let forest = fit(&trainer, &rows);
    assert!((0..6).all(|place| forest.score_row(&row(&rows, place)).is_finite()));
    assert!(forest.score_row(&[f32::INFINITY]).is_finite());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn monotone_columns_are_monotone(
        seed: u64, objective in prop_oneof![
            Just(Objective::Logistic), Just(Objective::Squared), Just(Objective::LambdaMart(LambdaMart::default())),
        ],
        falling: bool,
    ) {
        // The truth is neither rising nor falling in `a` and `d`; the forest must be.
        let (mut rows, good) = made_up(seed, 25);
        let bend = |(good, (a, d)): (&f64, (&f32, &f32))| good + (f64::from(*a) * 9.0).sin() + (f64::from(*d) * 7.0).cos();
        let good: Vec<f64> = good.iter().zip(rows.values[0].iter().zip(&rows.values[3])).map(bend).collect();
        rows.labels = good.iter().map(|good| f32::from(*good > 0.8)).collect();
        let direction = if falling { Direction::Falling } else { Direction::Rising };
        let monotone = vec![("a".to_owned(), Direction::Rising), ("d".to_owned(), direction)];
        let forest = fit(&TreeTrainer { monotone, min_rows: 2, trees_max: 20, ..trainer(objective) }, &rows);
        let mut rng = Rng::new(seed);
        for _ in 0..20 {
            let start: Vec<f32> = (0..6).map(|_| rng.unit() as f32).collect();
            for (column, sign) in [(0, 1.0), (3, if falling { -1.0 } else { 1.0 })] {
                let mut last = f32::NEG_INFINITY;
                for step in 0..=40 {
                    let mut row = start.clone();
                    row[column] = step as f32 / 40.0;
                    // Walk the falling column backwards: its scores must rise too.
                    if sign < 0.0 {
                        row[column] = 1.0 - row[column];
                    }
                    let score = forest.score_row(&row);
                    prop_assert!(score >= last - 1e-6, "{score} after {last}");
                    last = score;
                }
            }
        }
    }
}
