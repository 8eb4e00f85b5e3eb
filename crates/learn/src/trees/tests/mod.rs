mod fitting;
mod golden;
mod serving;

use types::{FeatureRows, FeatureSchema, FeatureScope, FeatureSpec, Rng};

use super::*;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Columns `a`, `b`, ... with these values, one list a column.
fn rows_of(values: Vec<Vec<f32>>, labels: Vec<f32>) -> TrainingRows {
    let columns = NAMES[..values.len()].iter().map(|name| TreeColumn { name: (*name).into(), version: 1 }).collect();
    TrainingRows { columns, values, labels, ..TrainingRows::default() }
}

fn schema(width: usize) -> FeatureSchema {
    let spec = |name: &&'static str| FeatureSpec { name, scope: FeatureScope::Item, version: 1 };
    FeatureSchema::new(NAMES[..width].iter().map(spec))
}

fn feature_rows(rows: &TrainingRows) -> FeatureRows {
    let mut out = FeatureRows::zeros(schema(rows.columns.len()), rows.rows());
    for (column, values) in rows.values.iter().enumerate() {
        out.column_mut(column).copy_from_slice(values);
    }
    out
}

fn row(rows: &TrainingRows, row: usize) -> Vec<f32> {
    rows.values.iter().map(|column| column[row]).collect()
}

/// Groups of 20 rows of six uniform columns, the third missing in a fifth of rows, and what makes a row good:
/// `2 a b + c - d / 2` with noise.
fn made_up(seed: u64, groups: usize) -> (TrainingRows, Vec<f64>) {
    let (mut rng, mut values, mut goodness) = (Rng::new(seed), vec![Vec::new(); 6], Vec::new());
    for _ in 0..groups * 20 {
        let mut drawn: Vec<f32> = (0..6).map(|_| rng.unit() as f32).collect();
        let noise = rng.unit() + rng.unit() - 1.0;
        if rng.unit() < 0.2 {
            drawn[2] = f32::NAN;
        }
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| f64::from(drawn[column]));
        goodness.push(2.0 * a * b + if c.is_nan() { 0.3 } else { c } - 0.5 * d + 0.8 * noise);
        values.iter_mut().zip(drawn).for_each(|(column, value)| column.push(value));
    }
    let mut rows = rows_of(values, vec![0.0; groups * 20]);
    rows.group_sizes = vec![20; groups];
    (rows, goodness)
}

/// The gains of shop search: 1, .1, .01, 0.
fn gains(goodness: &[f64]) -> Vec<f32> {
    let bars = [(1.5, 1.0), (1.0, 0.1), (0.6, 0.01)];
    goodness.iter().map(|good| bars.iter().find(|(bar, _)| good > bar).map_or(0.0, |(_, gain)| *gain)).collect()
}

fn trainer(objective: Objective) -> TreeTrainer {
    TreeTrainer { objective, trees_max: 60, leaves_max: 15, ..TreeTrainer::default() }
}

fn fit(trainer: &TreeTrainer, rows: &TrainingRows) -> Forest {
    trainer.fit(rows, None, &mut Rng::new(1)).unwrap().0
}
