use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::flex::{dims, numbers};
use super::lanes::vectorised;
use super::pool;

/// Numbers that one thread takes at a time.
const BLOCK: usize = 16 << 10;

/// A share of numbers to leave out, and which: the same seed leaves out the same places, forward and backward.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Dropout {
    /// Share that is left out, from 0 to below 1.
    pub rate: f32,
    /// Chooses the places.
    pub seed: u64,
}

impl Dropout {
    /// Nothing is left out.
    pub const NONE: Self = Self { rate: 0.0, seed: 0 };

    /// The same rate with other places, for one of several uses in a network.
    pub fn at(self, place: usize) -> Self {
        Self { rate: self.rate, seed: self.seed.wrapping_mul(31).wrapping_add(place as u64 + 1) }
    }
}

/// `x` with numbers left out. Its own backward pass: what is left out gets nothing.
pub(super) fn forward(x: &FlexTensor, dropout: Dropout) -> FlexTensor {
    let from = numbers(x);
    let mut out = pool::take(from.len());
    out.par_chunks_mut(BLOCK).zip(from.par_chunks(BLOCK)).enumerate().for_each(|(block, (out, x))| {
        out.copy_from_slice(x);
        leave_out(out, block * BLOCK, dropout);
    });
    pool::tensor(out, dims(x))
}

vectorised! {
    /// Leaves out numbers of a row that begins at place `first` of the whole.
    pub(super) fn leave_out(row: &mut [f32], first: usize, dropout: Dropout) {
        let (key, first) = (fold_seed(dropout.seed), first as u32);
        let threshold = (f64::from(dropout.rate) * f64::from(1 << 24)) as u32;
        let scale = 1.0 / (1.0 - dropout.rate);
        for (at, x) in row.iter_mut().enumerate() {
            let kept = (scramble(first.wrapping_add(at as u32) ^ key) >> 8) >= threshold;
            *x *= if kept { scale } else { 0.0 };
        }
    }
}

/// A bijection of 32 bits in which each bit of the result depends on each bit of the input (Wellons 2018, "lowbias32").
#[inline(always)]
fn scramble(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[inline(always)]
fn fold_seed(seed: u64) -> u32 {
    scramble(scramble(seed as u32).wrapping_add((seed >> 32) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_the_mean_stays_and_seeds_differ() {
        let ones = vec![1.0; 100_000];
        let dropped = |seed, rate| {
            let mut row = ones.clone();
            leave_out(&mut row, 7, Dropout { rate, seed });
            row
        };
        for rate in [0.1, 0.5] {
            let row = dropped(1, rate);
            let mean = row.iter().sum::<f32>() / row.len() as f32;
            assert!((mean - 1.0).abs() < 0.02, "{mean}");
            let left_out = row.iter().filter(|x| **x == 0.0).count() as f32 / row.len() as f32;
            assert!((left_out - rate).abs() < 0.01, "{left_out}");
            assert_eq!(row, dropped(1, rate));
            assert_ne!(row, dropped(2, rate));
            assert_ne!(row, dropped(1 << 32 | 1, rate));
        }
        assert_eq!(dropped(1, 0.0), ones);
    }
}
