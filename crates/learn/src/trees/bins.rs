use rayon::prelude::*;
use types::Rng;

/// Most bins a column may have, the bin of missing values not counted.
pub const BINS_MAX: usize = 255;
/// Columns whose bins lie side by side: sixteen histograms of 256 words are as large as a core's first cache.
pub(super) const PANEL: usize = 16;
/// The bin of missing values.
pub(super) const MISSING: u8 = 255;
/// Quantiles are those of so many rows.
const SAMPLE: usize = 200_000;
/// Rows cut at a time.
const ROWS_PER_TASK: usize = 1 << 14;

/// The training rows with each value replaced by the number of its bin.
pub(super) struct BinnedRows {
    /// Of each column the largest value of each bin but the last, rising.
    pub(super) bounds: Vec<Vec<f32>>,
    /// Sixteen columns each, row by row. Columns beyond the last one are in bin 0.
    pub(super) panels: Vec<Vec<[u8; PANEL]>>,
}

impl BinnedRows {
    /// Cuts each column (one value a row, NaN for missing) into at most `bins_max` (2 to 255) bins that hold about as
    /// many rows each.
    pub(super) fn new(values: &[Vec<f32>], rows: usize, bins_max: usize, rng: &mut Rng) -> Self {
        let sample = sample(rows, rng);
        let bounds: Vec<Vec<f32>> = values.par_iter().map(|column| bounds(column, &sample, bins_max)).collect();
        let cut = |panel: usize| cut(values, &bounds, panel, rows);
        let panels = (0..values.len().div_ceil(PANEL)).map(cut).collect();
        Self { bounds, panels }
    }

    /// Number of bins of a column.
    pub(super) fn bins(&self, column: usize) -> usize {
        self.bounds[column].len() + 1
    }
}

/// The rows whose values are looked at: all, or one by chance out of each of [`SAMPLE`] equal stretches, so that no
/// period in the order of rows can show.
fn sample(rows: usize, rng: &mut Rng) -> Vec<u32> {
    if rows <= SAMPLE {
        return (0..rows as u32).collect();
    }
    let draw = |stretch: usize| {
        let (start, end) = (stretch * rows / SAMPLE, (stretch + 1) * rows / SAMPLE);
        (start + rng.below(end - start)) as u32
    };
    (0..SAMPLE).map(draw).collect()
}

/// Largest value of each bin but the last. Each value has its own bin where there are few; otherwise a bin is closed
/// when it holds its share of the rows not yet in a bin, so that a frequent value does not starve the others.
fn bounds(column: &[f32], sample: &[u32], bins_max: usize) -> Vec<f32> {
    let mut values: Vec<f32> = sample.iter().map(|row| column[*row as usize]).filter(|value| !value.is_nan()).collect();
    values.sort_unstable_by(f32::total_cmp);
    let (mut bounds, mut start) = (Vec::new(), 0);
    let distinct = values.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
    while start < values.len() && bounds.len() + 1 < bins_max {
        let share = (values.len() - start).div_ceil(bins_max - bounds.len());
        let last = if distinct <= bins_max { start } else { start + share - 1 };
        // A value is never divided between two bins.
        let end = start + values[start..].partition_point(|value| *value <= values[last]);
        let Some(next) = values.get(end) else { break };
        bounds.push(between(values[last], *next));
        start = end;
    }
    bounds
}

/// A number that is at least `low` and less than `high`, halfway where there is one.
fn between(low: f32, high: f32) -> f32 {
    let middle = ((f64::from(low) + f64::from(high)) / 2.0) as f32;
    if middle < high { middle } else { low }
}

fn cut(values: &[Vec<f32>], bounds: &[Vec<f32>], panel: usize, rows: usize) -> Vec<[u8; PANEL]> {
    let columns = panel * PANEL..values.len().min((panel + 1) * PANEL);
    let ladders: Vec<[f32; 256]> = bounds[columns.clone()].iter().map(|bounds| ladder(bounds)).collect();
    let mut bins = vec![[0u8; PANEL]; rows];
    bins.par_chunks_mut(ROWS_PER_TASK).enumerate().for_each(|(task, bins)| {
        let start = task * ROWS_PER_TASK;
        for (place, (column, ladder)) in columns.clone().zip(&ladders).enumerate() {
            for (bins, value) in bins.iter_mut().zip(&values[column][start..]) {
                bins[place] = bin(ladder, *value);
            }
        }
    });
    bins
}

/// The bounds, filled up with infinities to a length that can be halved eight times.
fn ladder(bounds: &[f32]) -> [f32; 256] {
    let mut ladder = [f32::INFINITY; 256];
    ladder[..bounds.len()].copy_from_slice(bounds);
    ladder
}

/// Number of bounds below `value`, by halving without a branch.
#[inline(always)]
fn bin(ladder: &[f32; 256], value: f32) -> u8 {
    let mut below = 0usize;
    for step in [128, 64, 32, 16, 8, 4, 2, 1] {
        below += if ladder[(below + step - 1) & 255] < value { step } else { 0 };
    }
    if value.is_nan() { MISSING } else { below as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    proptest! {
        #[test]
        fn bins_follow_the_bounds(
            values in prop::collection::vec(prop_oneof![Just(f32::NAN), -5.0f32..5.0, (0u8..4).prop_map(f32::from)], 1..600),
            bins_max in 2usize..=BINS_MAX,
        ) {
            let rows = values.len();
            let binned = BinnedRows::new(std::slice::from_ref(&values), rows, bins_max, &mut Rng::new(1));
            let bounds = &binned.bounds[0];
            prop_assert!(bounds.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(binned.bins(0) <= bins_max);
            for (value, bins) in values.iter().zip(&binned.panels[0]) {
                let expected = bounds.iter().filter(|bound| *bound < value).count() as u8;
                prop_assert_eq!(bins[0], if value.is_nan() { MISSING } else { expected });
            }
        }
    }

    #[test]
    fn quantiles_hold_about_as_many_rows_each_and_few_values_a_bin_each() {
        let mut rng = Rng::new(3);
        let skewed: Vec<f32> = (0..50_000).map(|_| rng.normal().exp() as f32).collect();
        let binned = BinnedRows::new(&[skewed], 50_000, BINS_MAX, &mut rng);
        let mut counts = [0; 256];
        binned.panels[0].iter().for_each(|bins| counts[usize::from(bins[0])] += 1);
        assert!(counts[..255].iter().all(|count| (100..400).contains(count)), "{counts:?}");
        let few: Vec<f32> = (0..1000).map(|row| [1.0, 2.0, 7.0][row % 3]).collect();
        assert_eq!(BinnedRows::new(&[few], 1000, BINS_MAX, &mut rng).bounds[0], [1.5, 4.5]);
    }
}
