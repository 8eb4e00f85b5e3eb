//! Rows for trees: numbers instead of ids.

use learn::ctr::Examples;
use learn::trees::{TrainingRows, TreeColumn};
use types::Rng;

/// Rows of the other parts that an id's share is learnt from, so that no row's label is in its own numbers.
const FOLDS: usize = 5;
/// Rows at the overall share that each id's own rows are mixed with.
const PRIOR_ROWS: f64 = 20.0;

/// How often each id was met, and how often with the label; what ids are replaced by (Micci-Barreca 2001, "A preprocessing
/// scheme for high-cardinality categorical attributes", SIGKDD Explorations).
#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// For each field, for each id: rows with the label, rows.
    counts: Vec<Vec<(f64, f64)>>,
    share: f64,
    rows: f64,
}

impl Shares {
    /// Counts the rows that are chosen.
    pub(super) fn of(examples: &Examples, chosen: impl Fn(usize) -> bool) -> Self {
        let fields = examples.schema().fields();
        let mut counts: Vec<Vec<(f64, f64)>> =
            fields.iter().map(|field| vec![(0.0, 0.0); field.buckets as usize]).collect();
        let (mut with, mut rows) = (0.0, 0.0);
        for row in (0..examples.len()).filter(|row| chosen(*row)) {
            let label = f64::from(u8::from(examples.outcome(row).click));
            with += label;
            rows += 1.0;
            for entry in examples.entries(row) {
                let count = &mut counts[usize::from(entry.field)][entry.id as usize];
                count.0 += label;
                count.1 += 1.0;
            }
        }
        Self { counts, share: (with + 0.5) / (rows + 1.0), rows }
    }

    /// The numbers of a row: for each field the log-odds of its ids' shares, drawn to the overall one, and the logarithm of how
    /// large a part of all rows they were met in (each the mean over the field's ids; missing where it has none), then the
    /// dense numbers.
    fn numbers(&self, examples: &Examples, row: usize, out: &mut Vec<f32>) {
        let mut sums = vec![(0.0, 0.0, 0.0); self.counts.len()];
        for entry in examples.entries(row) {
            let (with, met) = self.counts[usize::from(entry.field)][entry.id as usize];
            let prior = PRIOR_ROWS * self.share;
            let odds = ((with + prior) / (met - with + PRIOR_ROWS - prior)).ln();
            let sum = &mut sums[usize::from(entry.field)];
            *sum = (sum.0 + odds, sum.1 + (1e-6 + met / self.rows.max(1.0)).ln(), sum.2 + 1.0);
        }
        for (odds, met, count) in sums {
            // No id: 0 / 0 is what trees take for missing.
            out.extend([(odds / count) as f32, (met / count) as f32]);
        }
        out.extend_from_slice(examples.numbers(row));
    }
}

/// The training rows: each has the numbers of ids that the other folds say.
pub(super) fn train_rows(examples: &Examples, rng: &mut Rng) -> TrainingRows {
    let folds: Vec<usize> = (0..examples.len()).map(|_| rng.below(FOLDS)).collect();
    let shares: Vec<Shares> = (0..FOLDS).map(|fold| Shares::of(examples, |row| folds[row] != fold)).collect();
    table(examples, |row| &shares[folds[row]])
}

/// Other rows.
pub(super) fn other_rows(examples: &Examples, shares: &Shares) -> TrainingRows {
    table(examples, |_| shares)
}

fn table<'a>(examples: &Examples, shares: impl Fn(usize) -> &'a Shares) -> TrainingRows {
    let schema = examples.schema();
    let column = |name: String| TreeColumn { name: name.into(), version: 1 };
    let of_ids = schema.fields().iter();
    let of_ids =
        of_ids.flat_map(|field| [column(format!("{}_odds", field.name)), column(format!("{}_met", field.name))]);
    let columns: Vec<TreeColumn> = of_ids.chain(schema.numbers().iter().cloned().map(column)).collect();
    let mut values = vec![Vec::with_capacity(examples.len()); columns.len()];
    let mut numbers = Vec::new();
    for row in 0..examples.len() {
        numbers.clear();
        shares(row).numbers(examples, row, &mut numbers);
        values.iter_mut().zip(&numbers).for_each(|(column, number)| column.push(*number));
    }
    let label = |row: usize| f32::from(u8::from(examples.outcome(row).click));
    TrainingRows {
        columns,
        values,
        labels: (0..examples.len()).map(label).collect(),
        weights: (0..examples.len()).map(|row| examples.weight(row)).collect(),
        ..TrainingRows::default()
    }
}
