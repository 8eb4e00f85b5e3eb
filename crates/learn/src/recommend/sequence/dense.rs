//! Products and loops over rows of plain numbers; matrices are row-major slices.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use types::Rng;

/// One side of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side<'a> {
    /// As it lies.
    Plain(&'a [f32]),
    /// Rows taken for columns.
    Turned(&'a [f32]),
}

impl<'a> Side<'a> {
    fn matrix(self, rows: usize, columns: usize) -> MatRef<'a, f32> {
        match self {
            Self::Plain(numbers) => MatRef::from_row_major_slice(numbers, rows, columns),
            Self::Turned(numbers) => MatRef::from_row_major_slice(numbers, columns, rows).transpose(),
        }
    }
}

/// Writes the product of `left` (rows x inner) and `right` (inner x columns); on one thread, as callers work on parts in
/// parallel.
pub(crate) fn product(out: &mut [f32], shape: [usize; 3], left: Side<'_>, right: Side<'_>) {
    multiply(out, shape, left, right, Accum::Replace);
}

/// Adds the product, see [`product`].
pub(crate) fn add_product(out: &mut [f32], shape: [usize; 3], left: Side<'_>, right: Side<'_>) {
    multiply(out, shape, left, right, Accum::Add);
}

fn multiply(out: &mut [f32], [rows, inner, columns]: [usize; 3], left: Side<'_>, right: Side<'_>, accumulate: Accum) {
    let out = MatMut::from_row_major_slice_mut(out, rows, columns);
    matmul(out, accumulate, left.matrix(rows, inner), right.matrix(inner, columns), 1.0, Par::Seq);
}

/// Runs loops in the widest instructions that the processor has. Only what is inlined is compiled for them: `work` is a
/// closure marked `#[inline(always)]`, as are the functions that it calls. Measured: as fast as a type that implements
/// [`pulp::WithSimd`], and the loops are compiled to 512-bit instructions where there are any.
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

/// The inner product; inlined so that [`wide`] reaches it.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Adds `factor` times `more`.
#[inline(always)]
pub(crate) fn add_scaled(out: &mut [f32], factor: f32, more: &[f32]) {
    for (out, more) in out.iter_mut().zip(more) {
        *out += factor * more;
    }
}

/// e^x for x <= 88, within 2e-7 of it by parts: 2^k times a polynomial in what is left (Cody and Waite 1980, "Software
/// manual for the elementary functions"), without branches, so that loops over it are wide.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to a whole number, which then lies in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.max(-87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = x - power * 0.693_359_4 + power * 2.121_944_4e-4;
    let tail = 0.166_666_66 + rest * (0.041_666_66 + rest * (0.008_333_33 + rest * 0.001_388_89));
    let series = 1.0 + rest * (1.0 + rest * (0.5 + rest * tail));
    series * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Chance that leaves numbers out in training.
#[derive(Debug)]
pub(crate) struct Dropout<'a> {
    /// Share of numbers left out; 0 when asked and not trained.
    pub(crate) rate: f32,
    pub(crate) rng: &'a mut Rng,
}

impl Dropout<'_> {
    /// What numbers are to be multiplied by (Srivastava et al. 2014, JMLR): 0 with probability `rate`, else what keeps the
    /// mean.
    pub(crate) fn factors(&mut self, len: usize) -> Vec<f32> {
        let kept = 1.0 / (1.0 - self.rate);
        // Four draws of 16 bits from each number.
        let limit = (f64::from(self.rate) * 65_536.0) as u64;
        let mut out = Vec::with_capacity(len + 3);
        while out.len() < len {
            let bits = self.rng.next_u64();
            out.extend([0, 16, 32, 48].map(|shift| if (bits >> shift) & 0xFFFF < limit { 0.0 } else { kept }));
        }
        out.truncate(len);
        out
    }
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x.max(-80.0)))
}

/// The product number by number.
pub(crate) fn times(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

/// Adds the product of `a` and `b` number by number.
pub(crate) fn add_times(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out += a * b;
    }
}

/// Adds each row, as long as `out`.
pub(crate) fn add_rows(out: &mut [f32], rows: &[f32]) {
    rows.chunks_exact(out.len()).for_each(|row| add_scaled(out, 1.0, row));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_their_turns() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 1.0]);
        let mut out = [0.0; 4];
        product(&mut out, [2, 3, 2], Side::Plain(&a), Side::Plain(&b));
        assert_eq!(out, [5.0, 5.0, 14.0, 11.0]);
        add_product(&mut out, [2, 3, 2], Side::Plain(&a), Side::Turned(&b));
        assert_eq!(out, [5.0 + 7.0, 5.0 + 4.0, 14.0 + 16.0, 11.0 + 10.0]);
        product(&mut [], [0, 3, 2], Side::Plain(&[]), Side::Plain(&b));
    }

    #[test]
    fn exp_is_close() {
        for step in -870..=880 {
            let x = step as f32 / 10.0;
            assert!(
                (wide(
                    #[inline(always)]
                    || exp(x)
                ) / x.exp()
                    - 1.0)
                    .abs()
                    < 1e-6,
                "{x}"
            );
        }
        assert!(exp(-1e30) < 1e-37);
    }

    #[test]
    fn dropout_keeps_the_mean() {
        let mut rng = Rng::new(1);
        let factors = Dropout { rate: 0.3, rng: &mut rng }.factors(40_001);
        let mean = factors.iter().sum::<f32>() / factors.len() as f32;
        assert!(factors.len() == 40_001 && (mean - 1.0).abs() < 0.02);
        assert_eq!(Dropout { rate: 0.0, rng: &mut rng }.factors(7), [1.0; 7]);
    }
}
