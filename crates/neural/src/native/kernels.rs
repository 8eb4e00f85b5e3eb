//! The only unsafe code of this crate: which instructions are used. Work on f32 rows is plain code compiled anew for
//! each instruction set; the product of bytes is written by hand for AVX-512 with VNNI and for AVX2. Whatever the
//! machine, the bits are the same: products of bytes are exact, and the order of f32 operations is fixed.
#![allow(unsafe_code, reason = "products of bytes by VNNI and AVX2; each has a scalar twin and a test that they agree")]

use super::attention::{self, AttentionScratch, Heads};
use super::packed::{PANEL_VECTORS, Packed, fits};
use super::rows::{self, Norm, QuantisedRows};
use super::vector_kernels::Plain;
#[cfg(target_arch = "x86_64")]
use super::vector_kernels::{Avx2, Avx512};

/// Instructions that this machine is known to have; only [`Isa::available`] makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Isa(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Plain,
}

impl Isa {
    /// The best that the machine has.
    pub(super) fn best() -> Self {
        Self::available()[0]
    }

    /// All that the machine has, the best first.
    pub(super) fn available() -> Vec<Self> {
        let mut kinds = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni");
            if avx2 && avx512 {
                kinds.push(Kind::Avx512);
            }
            if avx2 {
                kinds.push(Kind::Avx2);
            }
        }
        kinds.push(Kind::Plain);
        kinds.into_iter().map(Self).collect()
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512-vnni",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            Kind::Plain => "plain",
        }
    }
}

/// Compiles a function for every instruction set and takes the right one when called.
macro_rules! for_each_isa {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) = $($body:ident)::+) => {
        $(#[$doc])*
        pub(super) fn $name(isa: Isa, $($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
            fn avx512($($argument: $type),*) {
                $($body)::+::<Avx512>($($argument),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) {
                $($body)::+::<Avx2>($($argument),*);
            }
            match isa.0 {
                // SAFETY: an `Isa` exists only for what the machine was found to have.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => unsafe { avx2($($argument),*) },
                Kind::Plain => $($body)::+::<Plain>($($argument),*),
            }
        }
    };
}

for_each_isa!(
    /// See [`rows::norm_quantise`].
    norm_quantise(norm: &Norm, numbers: &mut [f32], to: &mut QuantisedRows) = rows::norm_quantise
);
for_each_isa!(
    /// See [`rows::add_norm_quantise`].
    add_norm_quantise(norm: &Norm, numbers: &mut [f32], added: &[f32], to: &mut QuantisedRows) = rows::add_norm_quantise
);
for_each_isa!(
    /// See [`rows::quantise`].
    quantise(width: usize, numbers: &[f32], to: &mut QuantisedRows) = rows::quantise
);
for_each_isa!(
    /// See [`rows::gelu_quantise`].
    gelu_quantise(width: usize, numbers: &mut [f32], to: &mut QuantisedRows) = rows::gelu_quantise
);
for_each_isa!(
    /// See [`attention::attend`].
    attend(heads: Heads, qkv: &[f32], context: &mut [f32], scratch: &mut AttentionScratch) = attention::attend
);

/// Rows that one tile of the product covers at most: 8 rows by 48 columns are 24 of the 32 vector registers.
const TILE_ROWS: usize = 8;

/// `out = rows matrix + bias` for the rows from `first`, as many as fit into `out`.
pub(super) fn multiply(isa: Isa, rows: &QuantisedRows, first: usize, matrix: &Packed, out: &mut [f32]) {
    let count = out.len() / matrix.outputs.max(1);
    let (inputs, outputs) = (matrix.inputs, matrix.outputs);
    assert!(out.len() == count * outputs && rows.bytes.len() >= (first + count) * inputs);
    assert!(rows.scale.len() >= first + count && rows.zero.len() >= first + count);
    assert!(fits(inputs, outputs) && matrix.blocks.len() * 64 == inputs * outputs);
    assert!([matrix.scale.len(), matrix.sums.len(), matrix.bias.len()] == [outputs; 3]);
    let mut panel = 0;
    // A panel stays in the first-level cache for all rows; the matrix passes by once.
    while panel < outputs {
        let vectors = PANEL_VECTORS.min((outputs - panel) / 16);
        // Tiles as equal as can be: 10 rows are 5 and 5, since 8 and 2 would take as long as 16.
        let tiles = count.div_ceil(TILE_ROWS);
        let mut row = 0;
        for tile in 0..tiles {
            let end = count * (tile + 1) / tiles;
            let place = Tile { rows, matrix, input_row: first + row, panel, row };
            place.multiply(isa, end - row, vectors, out);
            row = end;
        }
        panel += 16 * vectors;
    }
}

/// Where a tile of the product lies.
#[derive(Clone, Copy)]
struct Tile<'a> {
    rows: &'a QuantisedRows,
    matrix: &'a Packed,
    /// First row of `rows`.
    input_row: usize,
    /// First column.
    panel: usize,
    /// First row of the outcome.
    row: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn multiply(self, isa: Isa, rows: usize, vectors: usize, out: &mut [f32]) {
        match vectors {
            3 => self.multiply_vectors::<3>(isa, rows, out),
            2 => self.multiply_vectors::<2>(isa, rows, out),
            _ => self.multiply_vectors::<1>(isa, rows, out),
        }
    }

    #[inline(always)]
    fn multiply_vectors<const V: usize>(self, isa: Isa, rows: usize, out: &mut [f32]) {
        match rows {
            8 => self.multiply_rows::<8, V>(isa, out),
            7 => self.multiply_rows::<7, V>(isa, out),
            6 => self.multiply_rows::<6, V>(isa, out),
            5 => self.multiply_rows::<5, V>(isa, out),
            4 => self.multiply_rows::<4, V>(isa, out),
            3 => self.multiply_rows::<3, V>(isa, out),
            2 => self.multiply_rows::<2, V>(isa, out),
            _ => self.multiply_rows::<1, V>(isa, out),
        }
    }

    #[inline(always)]
    fn multiply_rows<const R: usize, const V: usize>(self, isa: Isa, out: &mut [f32]) {
        match isa.0 {
            // SAFETY: an `Isa` exists only for what the machine was found to have; `multiply` has checked the sizes,
            // and its tiles lie within them.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { x86::tile_avx512::<R, V>(self, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { x86::tile_avx2::<R, V>(self, out) },
            Kind::Plain => self.multiply_plain::<R, V>(out),
        }
    }

    /// The scalar twin, which says what the others must give.
    fn multiply_plain<const R: usize, const V: usize>(self, out: &mut [f32]) {
        let Packed { inputs, outputs, .. } = *self.matrix;
        let blocks = &self.matrix.blocks[self.panel * inputs / 64..][..V * inputs / 4];
        for row in 0..R {
            let input_row = self.input_row + row;
            let bytes = &self.rows.bytes[input_row * inputs..][..inputs];
            let mut sums = [[0i32; 16]; V];
            for (bytes, blocks) in bytes.as_chunks::<4>().0.iter().zip(blocks.as_chunks::<V>().0) {
                for (sums, block) in sums.iter_mut().zip(blocks) {
                    for (sum, weights) in sums.iter_mut().zip(block.0.as_chunks::<4>().0) {
                        for (byte, weight) in bytes.iter().zip(weights) {
                            *sum += i32::from(*byte) * i32::from(*weight);
                        }
                    }
                }
            }
            let (scale, zero) = (self.rows.scale[input_row], self.rows.zero[input_row]);
            let out = &mut out[(self.row + row) * outputs + self.panel..][..16 * V];
            for (place, (out, sum)) in out.iter_mut().zip(sums.as_flattened()).enumerate() {
                let column = self.panel + place;
                let exact = (sum - zero * self.matrix.sums[column]) as f32;
                *out = exact.mul_add(scale * self.matrix.scale[column], self.matrix.bias[column]);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Tile;

    /// # Safety
    /// The machine has the instructions, and `R` rows by `16 * V` columns from the tile's place lie within `out`, the
    /// rows and the matrix.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
    pub(super) unsafe fn tile_avx512<const R: usize, const V: usize>(tile: Tile<'_>, out: &mut [f32]) {
        let (inputs, outputs) = (tile.matrix.inputs, tile.matrix.outputs);
        let mut sums = [[_mm512_setzero_si512(); V]; R];
        // SAFETY: every address is that of a row or column within the sizes the caller vouches for; loads and stores
        // are unaligned ones, save those of blocks, which are aligned to 64 bytes by their type. Prefetching beyond
        // the end reads nothing, and `wrapping_add` makes no claim on the address.
        unsafe {
            let bytes = tile.rows.bytes.as_ptr().add(tile.input_row * inputs);
            let mut block = tile.matrix.blocks.as_ptr().add(tile.panel * inputs / 64);
            for quad in 0..inputs / 4 {
                let mut weights = [_mm512_setzero_si512(); V];
                for (v, weights) in weights.iter_mut().enumerate() {
                    *weights = _mm512_load_si512(block.add(v).cast());
                    _mm_prefetch::<_MM_HINT_T0>(block.wrapping_add(AHEAD + v).cast());
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let quad = bytes.add(row * inputs + 4 * quad).cast::<i32>().read_unaligned();
                    let quad = _mm512_set1_epi32(quad);
                    for (sum, weights) in sums.iter_mut().zip(weights) {
                        *sum = _mm512_dpbusd_epi32(*sum, quad, weights);
                    }
                }
                block = block.add(V);
            }
            for v in 0..V {
                let column = tile.panel + 16 * v;
                let columns = _mm512_loadu_si512(tile.matrix.sums.as_ptr().add(column).cast());
                let scales = _mm512_loadu_ps(tile.matrix.scale.as_ptr().add(column));
                let bias = _mm512_loadu_ps(tile.matrix.bias.as_ptr().add(column));
                for (row, sums) in sums.iter().enumerate() {
                    let zero = _mm512_set1_epi32(*tile.rows.zero.as_ptr().add(tile.input_row + row));
                    let scale = _mm512_set1_ps(*tile.rows.scale.as_ptr().add(tile.input_row + row));
                    let exact = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[v], _mm512_mullo_epi32(zero, columns)));
                    let number = _mm512_fmadd_ps(exact, _mm512_mul_ps(scale, scales), bias);
                    _mm512_storeu_ps(out.as_mut_ptr().add((tile.row + row) * outputs + column), number);
                }
            }
        }
    }

    /// Blocks ahead that are fetched: a matrix is read once, in order, faster than the hardware foresees.
    const AHEAD: usize = 48;

    /// # Safety
    /// As `tile_avx512`.
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn tile_avx2<const R: usize, const V: usize>(tile: Tile<'_>, out: &mut [f32]) {
        // Bytes are widened to 16 bits, since the instruction that multiplies bytes saturates. 16 columns at a time
        // and two rows keep to the 16 registers.
        let (inputs, outputs) = (tile.matrix.inputs, tile.matrix.outputs);
        // SAFETY: as in `tile_avx512`.
        unsafe {
            for v in 0..V {
                let column = tile.panel + 16 * v;
                let blocks = tile.matrix.blocks.as_ptr().add(tile.panel * inputs / 64 + v);
                let mut row = 0;
                while row < R {
                    let rows = if R - row >= 2 { 2 } else { 1 };
                    let first = tile.input_row + row;
                    let bytes = tile.rows.bytes.as_ptr().add(first * inputs);
                    let second = if rows == 2 { inputs } else { 0 };
                    let mut sums = [[_mm256_setzero_si256(); 4]; 2];
                    for quad in 0..inputs / 4 {
                        let block = blocks.add(quad * V).cast::<__m128i>();
                        let a = quad_words(bytes.add(4 * quad));
                        let b = quad_words(bytes.add(second + 4 * quad));
                        let [of_a, of_b] = &mut sums;
                        for (quarter, (of_a, of_b)) in of_a.iter_mut().zip(of_b).enumerate() {
                            let weights = _mm256_cvtepi8_epi16(_mm_load_si128(block.add(quarter)));
                            *of_a = _mm256_add_epi32(*of_a, _mm256_madd_epi16(a, weights));
                            *of_b = _mm256_add_epi32(*of_b, _mm256_madd_epi16(b, weights));
                        }
                    }
                    for (row_of_two, sums) in sums.iter().enumerate().take(rows) {
                        let zero = _mm256_set1_epi32(*tile.rows.zero.as_ptr().add(first + row_of_two));
                        let scale = _mm256_set1_ps(*tile.rows.scale.as_ptr().add(first + row_of_two));
                        for half in 0..2 {
                            let column = column + 8 * half;
                            // Two partial sums a column lie side by side; adding neighbours leaves the pairs of
                            // columns in the order 0 1 4 5 2 3 6 7.
                            let sum = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
                            let sum = _mm256_permute4x64_epi64::<0b11_01_10_00>(sum);
                            let columns = _mm256_loadu_si256(tile.matrix.sums.as_ptr().add(column).cast());
                            let scales = _mm256_loadu_ps(tile.matrix.scale.as_ptr().add(column));
                            let bias = _mm256_loadu_ps(tile.matrix.bias.as_ptr().add(column));
                            let exact = _mm256_cvtepi32_ps(_mm256_sub_epi32(sum, _mm256_mullo_epi32(zero, columns)));
                            let number = _mm256_fmadd_ps(exact, _mm256_mul_ps(scale, scales), bias);
                            let row = tile.row + row + row_of_two;
                            _mm256_storeu_ps(out.as_mut_ptr().add(row * outputs + column), number);
                        }
                    }
                    row += rows;
                }
            }
        }
    }

    /// Four bytes as words, four times over.
    ///
    /// # Safety
    /// Four bytes can be read at `bytes`.
    #[target_feature(enable = "avx2,fma")]
    unsafe fn quad_words(bytes: *const u8) -> __m256i {
        // SAFETY: the caller vouches for the four bytes.
        let quad = unsafe { bytes.cast::<i32>().read_unaligned() };
        _mm256_cvtepu8_epi16(_mm_set1_epi32(quad))
    }
}
