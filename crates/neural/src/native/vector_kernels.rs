//! [`Vector`] in AVX-512 and AVX2 registers, and its scalar twin.
//!
//! Values of the register kinds come into being only in functions that [`super::kernels`] calls for an `Isa` that the
//! machine was found to have, which is what every `unsafe` block here relies on.
#![allow(
    unsafe_code,
    reason = "instructions chosen at run time; the scalar twin stands beside them, and a test compares"
)]

use super::rows::{LANES, MAGIC, Vector};

/// The scalar twin, which says what the others must give.
#[derive(Clone, Copy)]
pub(super) struct Plain([f32; LANES]);

impl Plain {
    #[inline(always)]
    fn zip(mut self, other: Self, operation: impl Fn(f32, f32) -> f32) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a = operation(*a, b));
        self
    }
}

impl Vector for Plain {
    #[inline(always)]
    fn splat(number: f32) -> Self {
        Self([number; LANES])
    }

    #[inline(always)]
    fn load(numbers: &[f32; LANES]) -> Self {
        Self(*numbers)
    }

    #[inline(always)]
    fn store(self, numbers: &mut [f32; LANES]) {
        *numbers = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn mul_add(mut self, by: Self, plus: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] = self.0[lane].mul_add(by.0[lane], plus.0[lane]);
        }
        self
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let mut lanes = self.0;
        for width in [8, 4, 2, 1] {
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
        }
        lanes[0]
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        self.0.iter().fold(self.0[0], |most, lane| if *lane > most { *lane } else { most })
    }

    #[inline(always)]
    fn smallest(self) -> f32 {
        self.0.iter().fold(self.0[0], |least, lane| if *lane < least { *lane } else { least })
    }

    #[inline(always)]
    fn whole_bytes(self, bytes: &mut [u8; LANES]) {
        for (byte, lane) in bytes.iter_mut().zip(self.0) {
            *byte = (lane.to_bits().wrapping_sub(MAGIC.to_bits()) as i32).clamp(0, 255) as u8;
        }
    }

    #[inline(always)]
    fn power_of_two(mut self) -> Self {
        for lane in &mut self.0 {
            *lane = f32::from_bits(lane.to_bits().wrapping_sub(MAGIC.to_bits()).wrapping_add(127) << 23);
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{LANES, MAGIC, Vector};

    /// One register of 512 bits.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(__m512);

    /// Two registers of 256 bits.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256, __m256);

    impl Vector for Avx512 {
        #[inline(always)]
        fn splat(number: f32) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_set1_ps(number)) }
        }

        #[inline(always)]
        fn load(numbers: &[f32; LANES]) -> Self {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe { Self(_mm512_loadu_ps(numbers.as_ptr())) }
        }

        #[inline(always)]
        fn store(self, numbers: &mut [f32; LANES]) {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_add_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_sub_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_mul_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn mul_add(self, by: Self, plus: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_fmadd_ps(self.0, by.0, plus.0)) }
        }

        #[inline(always)]
        fn larger(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_max_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn smaller(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm512_min_ps(self.0, other.0)) }
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { sum_of_eight(_mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0))) }
        }

        #[inline(always)]
        fn largest(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe {
                largest_of_eight(_mm256_max_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0)))
            }
        }

        #[inline(always)]
        fn smallest(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe {
                smallest_of_eight(_mm256_min_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0)))
            }
        }

        #[inline(always)]
        fn whole_bytes(self, bytes: &mut [u8; LANES]) {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe {
                let whole = _mm512_sub_epi32(_mm512_castps_si512(self.0), _mm512_set1_epi32(MAGIC.to_bits() as i32));
                let whole = _mm512_max_epi32(whole, _mm512_setzero_si512());
                _mm_storeu_si128(bytes.as_mut_ptr().cast(), _mm512_cvtusepi32_epi8(whole));
            }
        }

        #[inline(always)]
        fn power_of_two(self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe {
                let bias = _mm512_set1_epi32(127i32.wrapping_sub(MAGIC.to_bits() as i32));
                let exponent = _mm512_add_epi32(_mm512_castps_si512(self.0), bias);
                Self(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent)))
            }
        }
    }

    impl Vector for Avx2 {
        #[inline(always)]
        fn splat(number: f32) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_set1_ps(number), _mm256_set1_ps(number)) }
        }

        #[inline(always)]
        fn load(numbers: &[f32; LANES]) -> Self {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe { Self(_mm256_loadu_ps(numbers.as_ptr()), _mm256_loadu_ps(numbers.as_ptr().add(8))) }
        }

        #[inline(always)]
        fn store(self, numbers: &mut [f32; LANES]) {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe {
                _mm256_storeu_ps(numbers.as_mut_ptr(), self.0);
                _mm256_storeu_ps(numbers.as_mut_ptr().add(8), self.1);
            }
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_add_ps(self.0, other.0), _mm256_add_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_sub_ps(self.0, other.0), _mm256_sub_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_mul_ps(self.0, other.0), _mm256_mul_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn mul_add(self, by: Self, plus: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_fmadd_ps(self.0, by.0, plus.0), _mm256_fmadd_ps(self.1, by.1, plus.1)) }
        }

        #[inline(always)]
        fn larger(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_max_ps(self.0, other.0), _mm256_max_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn smaller(self, other: Self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { Self(_mm256_min_ps(self.0, other.0), _mm256_min_ps(self.1, other.1)) }
        }

        #[inline(always)]
        fn sum(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { sum_of_eight(_mm256_add_ps(self.0, self.1)) }
        }

        #[inline(always)]
        fn largest(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { largest_of_eight(_mm256_max_ps(self.0, self.1)) }
        }

        #[inline(always)]
        fn smallest(self) -> f32 {
            // SAFETY: the machine has the instructions (see the module).
            unsafe { smallest_of_eight(_mm256_min_ps(self.0, self.1)) }
        }

        #[inline(always)]
        fn whole_bytes(self, bytes: &mut [u8; LANES]) {
            // SAFETY: the machine has the instructions (see the module); the array is as long as what is read or written.
            unsafe {
                let magic = _mm256_set1_epi32(MAGIC.to_bits() as i32);
                let cut = |lanes| {
                    let whole = _mm256_sub_epi32(_mm256_castps_si256(lanes), magic);
                    _mm256_min_epi32(_mm256_max_epi32(whole, _mm256_setzero_si256()), _mm256_set1_epi32(255))
                };
                let words = _mm256_packus_epi32(cut(self.0), cut(self.1));
                let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
                let packed = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
                _mm_storeu_si128(bytes.as_mut_ptr().cast(), packed);
            }
        }

        #[inline(always)]
        fn power_of_two(self) -> Self {
            // SAFETY: the machine has the instructions (see the module).
            unsafe {
                let bias = _mm256_set1_epi32(127i32.wrapping_sub(MAGIC.to_bits() as i32));
                let power = |lanes| {
                    let exponent = _mm256_add_epi32(_mm256_castps_si256(lanes), bias);
                    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
                };
                Self(power(self.0), power(self.1))
            }
        }
    }

    /// Sum of eight lanes, halves upon halves.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn sum_of_eight(lanes: __m256) -> f32 {
        let four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn largest_of_eight(lanes: __m256) -> f32 {
        let four = _mm_max_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
        let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn smallest_of_eight(lanes: __m256) -> f32 {
        let four = _mm_min_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
        let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_min_ss(two, _mm_movehdup_ps(two)))
    }
}
