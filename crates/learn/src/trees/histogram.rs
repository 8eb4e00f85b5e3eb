//! Sums of derivatives by column and bin.
//!
//! Both derivatives of a row are rounded to whole numbers and kept in one word: the first in the upper 32 bits, the
//! second, never negative, in the lower 32. Scales are chosen so that neither sum over all rows can leave its half, hence
//! one addition of words adds both, a subtraction of words subtracts both, and any order gives the same bits. Rounding is
//! up or down by chance in proportion, so that small derivatives are right in sum (as in Shi et al. 2022, "Quantized
//! training of gradient boosting decision trees", NeurIPS, who round to 2 to 5 bits; here the mean derivative of a million
//! rows has eleven, of fewer rows more).

use rayon::prelude::*;

use super::bins::{BinnedRows, PANEL};

/// Rows added into one copy of a histogram; longer lists are shared between threads.
const ROWS_PER_TASK: usize = 1 << 17;
/// Fewer rows than this are added up by one thread: more would wait for each other longer than they work.
const ROWS_ALONE: usize = 2048;
/// Rows whose bins are brought at a time.
const ROWS_PER_BATCH: usize = 128;
/// Rows whose sums of sizes are taken at a time, the same with any number of threads.
const ROWS_PER_SUM: usize = 1 << 14;

/// Sixteen columns' sums, by bin; the last bin is that of missing values.
pub(super) type PanelHistogram = [[u64; 256]; PANEL];

/// A leaf's sums.
pub(super) struct Histogram(Vec<PanelHistogram>);

impl Histogram {
    /// The sums over `rows`, whose words are `words`, in the same order.
    pub(super) fn build(binned: &BinnedRows, rows: &[u32], words: &[u64]) -> Self {
        let panel = |bins: &Vec<[u8; PANEL]>| -> PanelHistogram {
            if rows.len() <= ROWS_PER_TASK {
                let mut sums = [[0; 256]; PANEL];
                add_rows(&mut sums, bins, rows, words);
                return sums;
            }
            let tasks = rows.par_chunks(ROWS_PER_TASK).zip(words.par_chunks(ROWS_PER_TASK));
            let parts = tasks.fold(empty, |mut sums, (rows, words)| {
                add_rows(&mut sums, bins, rows, words);
                sums
            });
            *parts.reduce(empty, |mut one, two| {
                add_histogram(&mut one, &two);
                one
            })
        };
        if rows.len() < ROWS_ALONE {
            return Self(binned.panels.iter().map(panel).collect());
        }
        Self(binned.panels.par_iter().map(panel).collect())
    }

    /// Takes away the sums of a part of the rows, so that those of the other part are left.
    pub(super) fn subtract(&mut self, part: &Self) {
        for (own, part) in self.0.iter_mut().flatten().flatten().zip(part.0.iter().flatten().flatten()) {
            *own = own.wrapping_sub(*part);
        }
    }

    /// One column's sums.
    pub(super) fn column(&self, column: usize) -> &[u64; 256] {
        &self.0[column / PANEL][column % PANEL]
    }
}

fn empty() -> Box<PanelHistogram> {
    Box::new([[0; 256]; PANEL])
}

fn add_histogram(sums: &mut PanelHistogram, other: &PanelHistogram) {
    for (sum, other) in sums.iter_mut().flatten().zip(other.iter().flatten()) {
        *sum = sum.wrapping_add(*other);
    }
}

/// The innermost loop of training: sixteen additions a row, into sixteen columns, so that none waits for the one before.
/// A leaf's rows are scattered over memory: their bins are brought a batch at a time, so that many are on their way at
/// once and not only as many as the additions leave room for.
fn add_rows(sums: &mut PanelHistogram, bins: &[[u8; PANEL]], rows: &[u32], words: &[u64]) {
    let mut batch = [[0u8; PANEL]; ROWS_PER_BATCH];
    for (rows, words) in rows.chunks(ROWS_PER_BATCH).zip(words.chunks(ROWS_PER_BATCH)) {
        for (own, row) in batch.iter_mut().zip(rows) {
            *own = bins[*row as usize];
        }
        for (bins, word) in batch.iter().zip(words) {
            for (sums, bin) in sums.iter_mut().zip(bins) {
                let sum = &mut sums[usize::from(*bin)];
                *sum = sum.wrapping_add(*word);
            }
        }
    }
}

/// First and second derivative of the loss by each row's score.
#[derive(Clone, Default)]
pub(super) struct Derivatives {
    /// First, then second, one pair a row.
    pub(super) pairs: Vec<[f32; 2]>,
}

/// Derivatives as words, with what one step of a word is worth.
pub(super) struct Words {
    /// One word a row.
    pub(super) words: Vec<u64>,
    /// The first derivative that 1 in the upper half stands for.
    gradient_step: f64,
    /// The second derivative that 1 in the lower half stands for.
    hessian_step: f64,
}

impl Words {
    /// Rounds; `None` where all first derivatives are 0. `seed` decides which are rounded up.
    pub(super) fn round(derivatives: &Derivatives, seed: u64) -> Option<Self> {
        let (gradients, hessians) = sizes(&derivatives.pairs);
        if gradients <= 0.0 {
            return None;
        }
        // Rounding adds less than 1 a row to the sum of sizes.
        let rows = derivatives.pairs.len() as f64;
        let gradient_scale = (f64::from(i32::MAX) - rows) / gradients;
        let hessian_scale = if hessians > 0.0 { (f64::from(u32::MAX) - rows) / hessians } else { 0.0 };
        let mut words = vec![0; derivatives.pairs.len()];
        let tasks = words.par_chunks_mut(ROWS_PER_SUM).zip(derivatives.pairs.par_chunks(ROWS_PER_SUM));
        tasks.enumerate().for_each(|(task, (words, pairs))| {
            for (place, (word, [gradient, hessian])) in words.iter_mut().zip(pairs).enumerate() {
                let [up, up_too] = chances(seed, task * ROWS_PER_SUM + place);
                let gradient = (f64::from(*gradient) * gradient_scale + up).floor() as i64;
                let hessian = (f64::from(*hessian) * hessian_scale + up_too).floor() as i64;
                *word = ((gradient << 32) + hessian) as u64;
            }
        });
        let step = |scale: f64| if scale > 0.0 { scale.recip() } else { 0.0 };
        Some(Self { words, gradient_step: step(gradient_scale), hessian_step: step(hessian_scale) })
    }

    /// The sums of first and second derivatives that a sum of words stands for.
    #[inline(always)]
    pub(super) fn sums(&self, word: u64) -> (f64, f64) {
        let (gradient, hessian) = ((word as i64 >> 32) as i32, word as u32);
        (f64::from(gradient) * self.gradient_step, f64::from(hessian) * self.hessian_step)
    }
}

/// Sums of the sizes of the first and of the second derivatives.
fn sizes(pairs: &[[f32; 2]]) -> (f64, f64) {
    let part = |pairs: &[[f32; 2]]| {
        let add = |(gradients, hessians): (f64, f64), pair: &[f32; 2]| {
            (gradients + f64::from(pair[0].abs()), hessians + f64::from(pair[1]))
        };
        pairs.iter().fold((0.0, 0.0), add)
    };
    let parts: Vec<(f64, f64)> = pairs.par_chunks(ROWS_PER_SUM).map(part).collect();
    parts.into_iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
}

/// Two numbers in 0..1 for a row: SplitMix64's mixing of its number, so that no thread has to wait for another's draw.
#[inline(always)]
fn chances(seed: u64, row: usize) -> [f64; 2] {
    let mut z = seed.wrapping_add((row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let unit = |half: u32| f64::from(half) / 4_294_967_296.0;
    [unit((z >> 32) as u32), unit(z as u32)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    proptest! {
        #[test]
        fn words_add_up_to_the_derivatives(pairs in prop::collection::vec((-10.0f32..10.0, 0.0f32..3.0), 1..300)) {
            let pairs: Vec<[f32; 2]> = pairs.into_iter().map(|(gradient, hessian)| [gradient, hessian]).collect();
            let exact = pairs.iter().fold((0.0, 0.0), |sum, p| (sum.0 + f64::from(p[0]), sum.1 + f64::from(p[1])));
            let words = Words::round(&Derivatives { pairs }, 5).unwrap();
            let sum = words.sums(words.words.iter().fold(0, |sum: u64, word| sum.wrapping_add(*word)));
            prop_assert!((sum.0 - exact.0).abs() < 1e-4 && (sum.1 - exact.1).abs() < 1e-4, "{sum:?} {exact:?}");
        }

        #[test]
        fn a_part_and_its_rest_are_the_whole(rows in 1usize..400, seed: u64) {
            let mut rng = Rng::new(seed);
            let column = |rng: &mut Rng| (0..rows).map(|_| rng.below(7) as f32).collect::<Vec<f32>>();
            let values: Vec<Vec<f32>> = (0..18).map(|_| column(&mut rng)).collect();
            let binned = BinnedRows::new(&values, rows, 255, &mut rng);
            let words: Vec<u64> = (0..rows).map(|_| rng.next_u64() >> 20).collect();
            let all: Vec<u32> = (0..rows as u32).collect();
            let (one, two): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| *row % 3 == 0);
            let of = |rows: &[u32]| rows.iter().map(|row| words[*row as usize]).collect::<Vec<u64>>();
            let mut rest = Histogram::build(&binned, &all, &words);
            rest.subtract(&Histogram::build(&binned, &one, &of(&one)));
            let two = Histogram::build(&binned, &two, &of(&two));
            (0..18).for_each(|column| assert_eq!(rest.column(column), two.column(column)));
        }
    }
}
