//! The inner product of two vectors of small integers, which an exact scan spends all its time in. The loop is written
//! once, in safe Rust; the variants only let the compiler use wider instructions where the processor has them, which
//! is what the `unsafe` calls are for.
#![expect(unsafe_code, reason = "calling a function compiled for a processor feature needs the check that it is there")]

/// The sum of products. Vectors are shorter than 2^16, so it fits.
#[inline]
pub(super) fn dot(left: &[i8], right: &[i8]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512bw") {
            // SAFETY: the processor was just asked.
            return unsafe { dot_avx512(left, right) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor was just asked.
            return unsafe { dot_avx2(left, right) };
        }
    }
    dot_scalar(left, right)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn dot_avx512(left: &[i8], right: &[i8]) -> i32 {
    dot_scalar(left, right)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_avx2(left: &[i8], right: &[i8]) -> i32 {
    dot_scalar(left, right)
}

/// The definition.
#[inline(always)]
fn dot_scalar(left: &[i8], right: &[i8]) -> i32 {
    // Through 16 bits: that is the shape the multiply-and-add-pairs instruction has.
    left.iter().zip(right).map(|(left, right)| i32::from(i16::from(*left) * i16::from(*right))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_and_scalar_agree(pairs in prop::collection::vec((-127i8..=127, -127i8..=127), 0..500)) {
            let (left, right): (Vec<i8>, Vec<i8>) = pairs.into_iter().unzip();
            let expected: i64 = left.iter().zip(&right).map(|(left, right)| i64::from(*left) * i64::from(*right)).sum();
            prop_assert_eq!(i64::from(dot(&left, &right)), expected);
            prop_assert_eq!(dot(&left, &right), dot_scalar(&left, &right));
        }
    }
}
