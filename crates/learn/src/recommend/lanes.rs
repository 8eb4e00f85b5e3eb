//! Sums over rows of numbers, as wide as the processor's vectors are: what takes a [`Simd`] is called inside one
//! [`pulp::Arch::dispatch`] around the outermost loop, so that the choice of instructions is made once and everything below
//! is inlined.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

use pulp::Simd;

/// The sum of products of two rows of the same length.
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    // Four sums at a time: one alone waits for its own last addition.
    let mut sums = [simd.splat_f32s(0.0); 4];
    let (a_fours, b_fours) = (a.chunks_exact(4), b.chunks_exact(4));
    for (x, y) in a_fours.remainder().iter().zip(b_fours.remainder()) {
        sums[0] = simd.mul_add_e_f32s(*x, *y, sums[0]);
    }
    for (x, y) in a_fours.zip(b_fours) {
        for lane in 0..4 {
            sums[lane] = simd.mul_add_e_f32s(x[lane], y[lane], sums[lane]);
        }
    }
    let sum = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    simd.reduce_sum_f32s(sum) + rest
}

/// The sum of products of two rows of the same length, where no instructions are chosen: for short rows, and those of unlike
/// numbers, summed in the wider ones.
pub(super) fn plain_dot<T, U>(a: &[T], b: &[U]) -> T
where
    T: Copy + Default + From<U> + Mul<Output = T> + Add<Output = T> + AddAssign + Sum,
    U: Copy,
{
    // Eight sums side by side: the compiler may not reorder one.
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [T::default(); 8];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * T::from(b[lane]);
        }
    }
    let rest: T = a_rest.iter().zip(b_rest).map(|(a, b)| *a * T::from(*b)).sum();
    sums.into_iter().sum::<T>() + rest
}

/// Adds a multiple of one row to another of the same length.
#[inline(always)]
pub(super) fn add_scaled<S: Simd>(simd: S, factor: f32, from: &[f32], to: &mut [f32]) {
    let ((from, from_rest), (to, to_rest)) = (S::as_simd_f32s(from), S::as_mut_simd_f32s(to));
    let factors = simd.splat_f32s(factor);
    for (x, y) in from.iter().zip(to) {
        *y = simd.mul_add_e_f32s(factors, *x, *y);
    }
    for (x, y) in from_rest.iter().zip(to_rest) {
        *y += factor * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Both<'a>(&'a [f32], &'a mut [f32]);

    impl pulp::WithSimd for Both<'_> {
        type Output = f32;

        fn with_simd<S: Simd>(self, simd: S) -> f32 {
            add_scaled(simd, 2.0, self.0, self.1);
            dot(simd, self.0, self.1)
        }
    }

    proptest! {
        #[test]
        fn any_length_is_summed_whole(a in prop::collection::vec(-8i8..8, 0..150)) {
            let a: Vec<f32> = a.into_iter().map(f32::from).collect();
            let mut b: Vec<f32> = (0..a.len()).map(|place| place as f32).collect();
            let expected: Vec<f32> = a.iter().zip(&b).map(|(x, y)| 2.0 * x + y).collect();
            prop_assert_eq!(plain_dot(&a, &b), a.iter().zip(&b).map(|(x, y)| x * y).sum::<f32>());
            let sum = pulp::Arch::new().dispatch(Both(&a, &mut b));
            prop_assert_eq!(sum, a.iter().zip(&expected).map(|(x, y)| x * y).sum::<f32>());
            prop_assert_eq!(b, expected);
        }
    }
}
