//! Loops over plain numbers, written so that the compiler uses vector instructions, and compiled twice: for any x86-64,
//! and for AVX2, which is chosen when the program runs. Both give the same bits: nothing is reordered or contracted.

/// Numbers that are summed side by side.
pub(super) const LANES: usize = 16;

/// Defines a function in both versions.
macro_rules! vectorised {
    ($(#[$about:meta])* $view:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$about])*
        #[allow(unsafe_code, reason = "calling the AVX2 version is unsafe; the processor is asked right before")]
        $view fn $name($($argument: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $kind),*) $(-> $result)? {
                    plain($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has AVX2.
                    return unsafe { avx2($($argument),*) };
                }
            }
            plain($($argument),*)
        }
    };
}
pub(super) use vectorised;

/// e^x with a relative error below 3e-7: 2^n by its bits, the rest by the polynomial of Cephes' `expf` (Moshier).
/// Below -87 it is e^-87, above 88 e^88; NaN stays NaN.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    let mut sum = 1.987_569_1e-4_f32;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * rest + factor;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (sum * rest * rest + rest + 1.0) * power
}

/// The normal distribution function Φ(x) and its density, from one exponential. The error of Φ is below 4e-7
/// (Abramowitz and Stegun 1964, 7.1.26, states 7.5e-8 before rounding).
#[inline(always)]
pub(super) fn normal(x: f32) -> (f32, f32) {
    let size = x.abs();
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2 * size);
    let mut sum = 1.061_405_4_f32;
    for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        sum = sum * t + factor;
    }
    let tail = 0.5 * sum * t * bell;
    (if x >= 0.0 { 1.0 - tail } else { tail }, 0.398_942_3 * bell)
}

/// The sum, in [`LANES`] parts.
#[inline(always)]
pub(super) fn sum(numbers: &[f32]) -> f32 {
    fold(numbers, numbers, |a, _| a)
}

/// The sum of products.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    fold(a, b, |a, b| a * b)
}

#[inline(always)]
pub(super) fn fold(a: &[f32], b: &[f32], each: impl Fn(f32, f32) -> f32) -> f32 {
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in whole_a.iter().zip(whole_b) {
        for lane in 0..LANES {
            sums[lane] += each(a[lane], b[lane]);
        }
    }
    let mut total = 0.0;
    for (&a, &b) in rest_a.iter().zip(rest_b) {
        total += each(a, b);
    }
    sums.iter().fold(total, |total, sum| total + sum)
}

vectorised! {
    /// Adds the rows of a matrix of this many columns to `sums`, for the columns from `first` on.
    pub(super) fn add_rows(sums: &mut [f32], numbers: &[f32], columns: usize, first: usize) {
        for row in numbers.chunks_exact(columns) {
            for (sum, x) in sums.iter_mut().zip(&row[first..]) {
                *sum += x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ by its series (x > -3) and continued fraction, in f64.
    fn phi(x: f64) -> f64 {
        let bell = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if x < -4.0 {
            let fraction = (1..200).rev().fold(0.0, |rest, at| f64::from(at) / (-x + rest));
            return bell / (-x + fraction);
        }
        let (mut term, mut sum) = (x, x);
        for at in 1..200 {
            term *= x * x / f64::from(2 * at + 1);
            sum += term;
        }
        0.5 + bell * sum
    }

    #[test]
    fn exponential_and_normal_distribution_are_within_their_bounds() {
        for at in -100_000..=100_000 {
            let x = at as f32 * 1e-4 * 8.0;
            if x.abs() < 80.0 {
                let expected = f64::from(x).exp();
                assert!((f64::from(exp(x)) - expected).abs() <= 3e-7 * expected, "exp({x}) = {}", exp(x));
            }
            if x.abs() < 10.0 {
                let (distribution, density) = normal(x);
                let expected = phi(f64::from(x));
                assert!((f64::from(distribution) - expected).abs() < 4e-7, "{x}: {distribution} {expected}");
                let expected = (-0.5 * f64::from(x).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
                assert!((f64::from(density) - expected).abs() < 4e-7, "{x}: {density} {expected}");
            }
        }
        assert!(exp(f32::NAN).is_nan() && normal(f32::NAN).0.is_nan());
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(1e9).is_finite());
    }

    #[test]
    fn sums_do_not_lose_the_rest() {
        let numbers: Vec<f32> = (0..37).map(|at| at as f32).collect();
        assert_eq!(sum(&numbers), 666.0);
        assert_eq!(dot(&numbers, &numbers), (0..37).map(|at| (at * at) as f32).sum::<f32>());
        let mut sums = vec![1.0; 2];
        add_rows(&mut sums, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 1);
        assert_eq!(sums, [8.0, 10.0]);
    }
}
