//! One half of an iteration: every vector of one side solved anew while the other side stands still.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::recommend::Sparse;
use crate::recommend::lanes::{add_scaled, dot};

/// Numbers of a vector come in whole multiples of this, so that no vector of the processor is left half full.
pub(super) const LANES: usize = 16;

/// Rows solved together: their products with the matrix of all vectors are one matrix product, which is many times as
/// fast as as many products with a vector.
const BATCH: usize = 64;

/// The side that stands still.
pub(super) struct Fixed<'a> {
    /// Its vectors, one after another.
    pub(super) vectors: &'a [f32],
    /// Numbers of a vector.
    pub(super) dims: usize,
    /// The sum of the products of each vector with itself, times the weight of what was not observed.
    pub(super) gram: Mat<f32>,
}

impl<'a> Fixed<'a> {
    pub(super) fn new(vectors: &'a [f32], dims: usize, unobserved: f32) -> Self {
        let all = MatRef::from_row_major_slice(vectors, vectors.len() / dims, dims);
        let mut gram = Mat::zeros(dims, dims);
        matmul(&mut gram, Accum::Replace, all.transpose(), all, unobserved, Par::rayon(0));
        Self { vectors, dims, gram }
    }

    /// Improves the vectors of some rows by conjugate gradients (Takács, Pilászy and Tikk 2011, "Applications of the
    /// conjugate gradient method for implicit feedback collaborative filtering", RecSys): `solved` begins with the row
    /// `first`, `ridge` is the regularisation of each of them.
    pub(super) fn improve(&self, observed: &Sparse, first: usize, solved: &mut [f32], ridge: &[f32], steps: usize) {
        let batches = solved.par_chunks_mut(BATCH * self.dims).zip(ridge.par_chunks(BATCH)).enumerate();
        batches.for_each_init(Scratch::default, |scratch, (batch, (solved, ridge))| {
            let first = first + batch * BATCH;
            scratch.resize(solved.len());
            Arch::new().dispatch(Improvement { fixed: self, observed, first, solved, ridge, steps, scratch });
        });
    }

    /// The product of each row with the matrix of all vectors.
    fn apply_gram(&self, rows: &[f32], product: &mut [f32]) {
        let count = rows.len() / self.dims;
        let place = MatMut::from_row_major_slice_mut(product, count, self.dims);
        let rows = MatRef::from_row_major_slice(rows, count, self.dims);
        matmul(place, Accum::Replace, rows, &self.gram, 1.0, Par::Seq);
    }
}

/// Room for one batch.
#[derive(Default)]
struct Scratch {
    residual: Vec<f32>,
    direction: Vec<f32>,
    applied: Vec<f32>,
    residual_norm: Vec<f32>,
    parts: Vec<f32>,
}

impl Scratch {
    fn resize(&mut self, len: usize) {
        for numbers in [&mut self.residual, &mut self.direction, &mut self.applied] {
            numbers.resize(len, 0.0);
        }
    }
}

/// The work on one batch. With `x` the vector of a row, `y` those of the other side, `c` the confidence in what was observed
/// and `p` its sign, each row minimises `sum c (p - x·y)² + x·G x + ridge x·x`.
struct Improvement<'a, 'b> {
    fixed: &'a Fixed<'b>,
    observed: &'a Sparse,
    first: usize,
    solved: &'a mut [f32],
    ridge: &'a [f32],
    steps: usize,
    scratch: &'a mut Scratch,
}

impl WithSimd for Improvement<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { fixed, observed, first, solved, ridge, steps, scratch } = self;
        let Scratch { residual, direction, applied, residual_norm, parts } = scratch;
        let dims = fixed.dims;
        let rows = |row: usize| row * dims..(row + 1) * dims;
        residual_norm.clear();
        fixed.apply_gram(solved, applied);
        for (row, ridge) in ridge.iter().enumerate() {
            let (x, gx, r) = (&solved[rows(row)], &applied[rows(row)], &mut residual[rows(row)]);
            for ((r, gx), x) in r.iter_mut().zip(gx).zip(x) {
                *r = -gx - ridge * x;
            }
            let (places, weights) = observed.row(first + row);
            dots(simd, fixed, places, x, parts);
            // c (p - x·y), where the sign of the weight is p.
            for (part, weight) in parts.iter_mut().zip(weights) {
                *part = weight - weight.abs() * *part;
            }
            add_up(simd, fixed, places, parts, r);
            residual_norm.push(dot(simd, r, r));
        }
        direction.copy_from_slice(residual);
        for step in 1..=steps {
            fixed.apply_gram(direction, applied);
            for (row, ridge) in ridge.iter().enumerate() {
                let (p, ap) = (&mut direction[rows(row)], &mut applied[rows(row)]);
                let norm = residual_norm[row];
                if norm < 1e-20 {
                    continue;
                }
                add_scaled(simd, *ridge, p, ap);
                let (places, weights) = observed.row(first + row);
                dots(simd, fixed, places, p, parts);
                // p·Ap, whose second part is a sum over what was observed.
                let mut curvature = dot(simd, p, ap);
                for (part, weight) in parts.iter_mut().zip(weights) {
                    curvature += weight.abs() * *part * *part;
                    *part *= weight.abs();
                }
                let length = norm / curvature;
                add_scaled(simd, length, p, &mut solved[rows(row)]);
                if step == steps {
                    continue;
                }
                add_up(simd, fixed, places, parts, ap);
                let r = &mut residual[rows(row)];
                add_scaled(simd, -length, ap, r);
                residual_norm[row] = dot(simd, r, r);
                let turn = residual_norm[row] / norm;
                for (p, r) in p.iter_mut().zip(&*r) {
                    *p = r + turn * *p;
                }
            }
        }
    }
}

/// The product of `x` with each of the vectors at `places`.
#[inline(always)]
fn dots<S: Simd>(simd: S, fixed: &Fixed<'_>, places: &[u32], x: &[f32], out: &mut Vec<f32>) {
    // A loop and no closure: what is called in a closure may stay outside of the part that knows wide vectors.
    out.resize(places.len(), 0.0);
    for (out, place) in out.iter_mut().zip(places) {
        *out = dot(simd, vector(fixed, *place), x);
    }
}

/// Adds the vectors at `places`, each times its factor: by blocks of columns whose sums stay in registers.
#[inline(always)]
fn add_up<S: Simd>(simd: S, fixed: &Fixed<'_>, places: &[u32], factors: &[f32], out: &mut [f32]) {
    /// Vectors of the processor in a block.
    const BLOCK: usize = 8;
    let out = S::as_mut_simd_f32s(out).0;
    let mut blocks = out.chunks_exact_mut(BLOCK);
    let mut start = 0;
    for block in blocks.by_ref() {
        add_block::<S, BLOCK>(simd, fixed, places, factors, start, block);
        start += BLOCK;
    }
    let mut blocks = blocks.into_remainder().chunks_exact_mut(BLOCK / 2);
    for block in blocks.by_ref() {
        add_block::<S, { BLOCK / 2 }>(simd, fixed, places, factors, start, block);
        start += BLOCK / 2;
    }
    for block in blocks.into_remainder().chunks_exact_mut(1) {
        add_block::<S, 1>(simd, fixed, places, factors, start, block);
        start += 1;
    }
}

#[inline(always)]
fn add_block<S: Simd, const N: usize>(
    simd: S,
    fixed: &Fixed<'_>,
    places: &[u32],
    factors: &[f32],
    start: usize,
    out: &mut [S::f32s],
) {
    let mut sums = [simd.splat_f32s(0.0); N];
    for (place, factor) in places.iter().zip(factors) {
        let block = &S::as_simd_f32s(vector(fixed, *place)).0[start..start + N];
        let factor = simd.splat_f32s(*factor);
        for lane in 0..N {
            sums[lane] = simd.mul_add_e_f32s(factor, block[lane], sums[lane]);
        }
    }
    for (out, sum) in out.iter_mut().zip(sums) {
        *out = simd.add_f32s(*out, sum);
    }
}

#[inline(always)]
fn vector<'a>(fixed: &'a Fixed<'_>, place: u32) -> &'a [f32] {
    let start = place as usize * fixed.dims;
    &fixed.vectors[start..start + fixed.dims]
}
