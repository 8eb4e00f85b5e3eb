use super::*;
use crate::Ranker;
use proptest::prelude::*;

fn ranked(seed: u64, leaves_max: usize) -> (TrainingRows, Forest) {
    let (mut rows, good) = made_up(seed, 40);
    rows.labels = gains(&good);
    let trainer = TreeTrainer {
        leaves_max,
        min_rows: 2,
        min_hessian: 0.0,
        trees_max: 12,
        ..trainer(Objective::LambdaMart(LambdaMart::default()))
    };
    let forest = fit(&trainer, &rows);
    (rows, forest)
}

fn serve(forest: Forest, prior: Option<Prior>) -> TreeRanker {
    TreeRanker::new("trees-v1", schema(forest.columns().len()), forest, prior).unwrap()
}

/// Mean value of a tree where only the columns in `known` are known.
fn known_value(tree: &forest::Tree, child: forest::Child, row: &[f32], known: u32) -> f64 {
    match child {
        forest::Child::Leaf(leaf) => f64::from(tree.leaves[leaf as usize].value),
        forest::Child::Node(node) => {
            let node = &tree.nodes[node as usize];
            let value = |child| known_value(tree, child, row, known);
            if known & (1 << node.column) != 0 {
                return value(if node.goes_left(row[node.column as usize]) { node.left } else { node.right });
            }
            let share = f64::from(tree.rows(node.left)) / f64::from(node.rows);
            share * value(node.left) + (1.0 - share) * value(node.right)
        }
    }
}

/// Shapley's formula over all sets of columns.
fn shapley_by_definition(forest: &Forest, row: &[f32], column: usize) -> f64 {
    let width = row.len();
    let value = |known| forest.trees.iter().map(|tree| known_value(tree, tree.root(), row, known)).sum::<f64>();
    let factorial = |number: usize| (1..=number).product::<usize>() as f64;
    let sets = (0..1u32 << width).filter(|known| known & (1 << column) == 0);
    sets.map(|known| {
        let size = known.count_ones() as usize;
        let weight = factorial(size) * factorial(width - size - 1) / factorial(width);
        weight * (value(known | 1 << column) - value(known))
    })
    .sum()
}

#[test]
fn the_fast_layout_scores_as_the_trees_do() {
    for leaves_max in [2, 15, 63, 64, 65, 100] {
        let (rows, forest) = ranked(11, leaves_max);
        if leaves_max > 15 {
            assert!(forest.trees.iter().any(|tree| tree.leaves.len() >= leaves_max.min(65)), "no tree of {leaves_max}");
        }
        let ranker = serve(forest.clone(), None);
        let mut scores = vec![0.0; rows.rows()];
        ranker.score(&feature_rows(&rows), &mut scores);
        for (place, score) in scores.iter().enumerate() {
            assert!((score - forest.score_row(&row(&rows, place))).abs() < 1e-6);
        }
    }
}

#[test]
fn attribution_is_shapley_s_by_definition() {
    let (rows, forest) = ranked(12, 15);
    for place in [0, 7, 77, 400] {
        let row = row(&rows, place);
        let (_, additions) = forest.attribute(&row);
        for (column, addition) in additions.iter().enumerate() {
            let expected = shapley_by_definition(&forest, &row, column);
            assert!((addition - expected).abs() < 1e-9, "{addition} is not {expected}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn base_and_contributions_sum_to_the_score(seed: u64, leaves_max in 2usize..90, weight in -3.0f32..3.0) {
        let (rows, forest) = ranked(seed, leaves_max);
        let ranker = serve(forest, Some(Prior { column: "c".to_owned(), weight }));
        let features = feature_rows(&rows);
        let mut scores = vec![0.0; rows.rows()];
        ranker.score(&features, &mut scores);
        for (place, score) in scores.iter().enumerate().step_by(29) {
            let explanation = ranker.explain(&features, place);
            let sum: f32 = explanation.base + explanation.contributions.iter().map(|part| part.contribution).sum::<f32>();
            prop_assert!((sum - score).abs() < 1e-4, "{sum} is not {score}");
            prop_assert_eq!(explanation.score, *score);
            let sizes: Vec<f32> = explanation.contributions.iter().map(|part| part.contribution.abs()).collect();
            prop_assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }

    #[test]
    fn bytes_bring_the_forest_back_and_damage_is_refused_or_harmless(seed: u64, at: prop::sample::Index, byte: u8) {
        let (rows, forest) = ranked(seed, 20);
        let mut bytes = forest.to_bytes();
        prop_assert_eq!(&Forest::from_bytes(&bytes).unwrap(), &forest);
        prop_assert!(Forest::from_bytes(&bytes[..at.index(bytes.len())]).is_err());
        let place = at.index(bytes.len());
        bytes[place] = byte;
        if let Ok(damaged) = Forest::from_bytes(&bytes) {
            prop_assert!(damaged.columns().len() != 6 || damaged.score_row(&row(&rows, 0)).is_finite());
        }
    }
}

#[test]
fn another_schema_is_refused_by_its_column() {
    let (_, forest) = ranked(13, 15);
    let mut specs = schema(6).specs().to_vec();
    specs[2].version = 2;
    let error = TreeRanker::new("t", FeatureSchema::new(specs), forest.clone(), None).unwrap_err();
    assert_eq!(error.to_string(), "column 2: trained on c version 1, served with c version 2");
    let error = TreeRanker::new("t", schema(5), forest.clone(), None).unwrap_err();
    assert_eq!(error.to_string(), "column 5: trained on f version 1, served with nothing");
    let prior = Some(Prior { column: "z".to_owned(), weight: 1.0 });
    let error = TreeRanker::new("t", schema(6), forest.clone(), prior).unwrap_err();
    assert_eq!(error, TreesError::UnknownColumn { name: "z".into() });
    let prior = Some(Prior { column: "a".to_owned(), weight: f32::INFINITY });
    let error = TreeRanker::new("t", schema(6), forest, prior).unwrap_err();
    assert_eq!(error.to_string(), "setting prior weight is inf, expected a finite number");
}

#[test]
fn importance_is_that_of_the_columns_that_matter() {
    let (rows, forest) = ranked(14, 15);
    let importance = forest.importance(Some(&rows)).unwrap();
    let effects: Vec<f64> = importance.iter().map(|column| column.effect).collect();
    assert!(effects[..3].iter().all(|effect| *effect > 2.0 * effects[4].max(effects[5])), "{effects:?}");
    assert!(importance[0].gain > 3.0 * importance[5].gain && importance[0].questions > 0);
}

#[test]
fn what_if_finds_the_nearest_value_that_is_enough() {
    let (rows, forest) = ranked(15, 15);
    for prior in [
        None,
        Some(Prior { column: "a".to_owned(), weight: 0.7 }),
        Some(Prior { column: "c".to_owned(), weight: -0.4 }),
    ] {
        let ranker = serve(forest.clone(), prior);
        let features = feature_rows(&rows);
        let mut scores = vec![0.0; rows.rows()];
        ranker.score(&features, &mut scores);
        for place in [0, 50, 333] {
            let threshold = scores[place] + 0.5;
            let changes = crate::what_if(&ranker, &features, place, threshold, 0..NAMES.len());
            assert!(changes.windows(2).all(|pair| pair[0].size() <= pair[1].size()));
            let score = |column: usize, value: f32| {
                let mut score = [0.0];
                ranker.score_with(|at, _| if at == column { value } else { features.value(at, place) }, &mut score);
                score[0]
            };
            for column in 0..NAMES.len() {
                let change = changes.iter().find(|change| change.column == column);
                let from = features.value(column, place);
                if let Some(change) = change {
                    assert!(change.score > threshold && score(column, change.to) == change.score);
                }
                if from.is_nan() {
                    assert_eq!(change, None, "what is not known has no nearest value");
                    continue;
                }
                // No value of a fine grid that is enough lies nearer.
                for step in -1000..1000 {
                    let value = step as f32 / 1000.0;
                    if score(column, value) > threshold {
                        let found = change.map_or(f32::INFINITY, |change| (change.to - from).abs());
                        assert!(found <= (value - from).abs() + 1e-6, "{column}: {value} is nearer than {change:?}");
                    }
                }
            }
        }
        let only = crate::what_if(&ranker, &features, 0, scores[0] + 0.2, [1]);
        assert!(only.iter().all(|change| change.column == 1));
    }
}

#[test]
fn slates_become_groups() {
    let mut data = crate::Dataset::new(schema(2));
    for slate in 0..3 {
        let mut rows = FeatureRows::zeros(schema(2), 2);
        rows.column_mut(1).copy_from_slice(&[slate as f32, 9.0]);
        data.push(crate::LabelledSlate { rows, gains: vec![0.0, 1.0] });
    }
    let rows = TrainingRows::from_slates(&schema(2), &data);
    assert_eq!(rows.values[1], [0.0, 9.0, 1.0, 9.0, 2.0, 9.0]);
    assert_eq!((rows.group_sizes, rows.columns[1].name.as_ref()), (vec![2, 2, 2], "b"));
}
