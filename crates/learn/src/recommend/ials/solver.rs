//! One half of an iteration: every vector of one side solved anew while the other side stands still.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::recommend::Sparse;
use crate::recommend::lanes::{add_scaled, dot};

/// Numbers of a vector come in whole multiples of this, so that no vector of the processor is left half full.
pub(super) const LANES: usize = 16;

/// Rows solved together: the matrix of all vectors is read once for all of them, and what they were observed with stays in a
/// cache from step to step.
const BATCH: usize = 8;
/// Bytes of vectors that are read twice while they are nearest.
const NEAREST: usize = 16 << 10;

/// The side that stands still.
pub(super) struct Fixed<'a> {
    /// Its vectors, one after another.
    pub(super) vectors: &'a [f32],
    /// Numbers of a vector.
    pub(super) dims: usize,
    /// The sum of the products of each vector with itself, times the weight of what was not observed.
    pub(super) gram: Vec<f32>,
}

impl<'a> Fixed<'a> {
    pub(super) fn new(vectors: &'a [f32], dims: usize, unobserved: f32) -> Self {
        let all = MatRef::from_row_major_slice(vectors, vectors.len() / dims, dims);
        let mut gram = Mat::zeros(dims, dims);
        // It is the same on both sides of its diagonal: one is enough to find.
        let (half, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
        let par = Par::rayon(0);
        triangular::matmul(&mut gram, half, Accum::Replace, all.transpose(), whole, all, whole, unobserved, par);
        let at = |row: usize, column: usize| gram[(row.max(column), row.min(column))];
        let gram = (0..dims * dims).map(|place| at(place / dims, place % dims)).collect();
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
        apply(simd, &fixed.gram, dims, solved, applied);
        for (row, ridge) in ridge.iter().enumerate() {
            let (x, gx, r) = (&solved[rows(row)], &applied[rows(row)], &mut residual[rows(row)]);
            for ((r, gx), x) in r.iter_mut().zip(gx).zip(x) {
                *r = -gx - ridge * x;
            }
            // Each y times c (p - x·y), where the sign of the weight is p.
            fold(simd, fixed, observed.row(first + row), x, (1.0, -1.0), parts, Some(r));
            residual_norm.push(dot(simd, r, r));
        }
        direction.copy_from_slice(residual);
        for step in 1..=steps {
            apply(simd, &fixed.gram, dims, direction, applied);
            for (row, ridge) in ridge.iter().enumerate() {
                let (p, ap) = (&mut direction[rows(row)], &mut applied[rows(row)]);
                let norm = residual_norm[row];
                if norm < 1e-20 {
                    continue;
                }
                add_scaled(simd, *ridge, p, ap);
                // p·Ap, whose second part is a sum over what was observed.
                let curvature = dot(simd, p, ap);
                let sum = (step < steps).then_some(&mut *ap);
                let curvature = curvature + fold(simd, fixed, observed.row(first + row), p, (0.0, 1.0), parts, sum);
                let length = norm / curvature;
                add_scaled(simd, length, p, &mut solved[rows(row)]);
                if step == steps {
                    continue;
                }
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

/// The product of each of `rows` with a symmetric matrix.
#[inline(always)]
fn apply<S: Simd>(simd: S, matrix: &[f32], dims: usize, rows: &[f32], products: &mut [f32]) {
    // As many sums as registers hold beside what is read.
    let group = if S::F32_LANES >= 16 { 8 } else { 4 };
    let mut rest = 0;
    for (rows, products) in rows.chunks_exact(group * dims).zip(products.chunks_exact_mut(group * dims)) {
        match group {
            8 => apply_to::<S, 8>(simd, matrix, dims, rows, products),
            _ => apply_to::<S, 4>(simd, matrix, dims, rows, products),
        }
        rest += group * dims;
    }
    for (row, product) in rows[rest..].chunks_exact(dims).zip(products[rest..].chunks_exact_mut(dims)) {
        apply_to::<S, 1>(simd, matrix, dims, row, product);
    }
}

#[inline(always)]
fn apply_to<S: Simd, const ROWS: usize>(simd: S, matrix: &[f32], dims: usize, rows: &[f32], products: &mut [f32]) {
    let columns = dims / S::F32_LANES;
    let mut start = 0;
    while start + 2 <= columns {
        apply_block::<S, ROWS, 2>(simd, matrix, dims, rows, products, start);
        start += 2;
    }
    if start < columns {
        apply_block::<S, ROWS, 1>(simd, matrix, dims, rows, products, start);
    }
}

/// The product of some rows with so many columns, in vectors of the processor from `start` on.
#[inline(always)]
fn apply_block<S: Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    matrix: &[f32],
    dims: usize,
    rows: &[f32],
    products: &mut [f32],
    start: usize,
) {
    let mut sums = [[simd.splat_f32s(0.0); COLUMNS]; ROWS];
    for (place, line) in matrix.chunks_exact(dims).enumerate() {
        let block = &S::as_simd_f32s(line).0[start..start + COLUMNS];
        for row in 0..ROWS {
            let factor = simd.splat_f32s(rows[row * dims + place]);
            for column in 0..COLUMNS {
                sums[row][column] = simd.mul_add_e_f32s(factor, block[column], sums[row][column]);
            }
        }
    }
    for (product, sums) in products.chunks_exact_mut(dims).zip(sums) {
        S::as_mut_simd_f32s(product).0[start..start + COLUMNS].copy_from_slice(&sums);
    }
}

/// Adds to `sum` each vector `y` that was observed, `a w + b |w| x·y` times, where `w` is its weight; the sum of `|w| (x·y)²`.
#[inline(always)]
fn fold<S: Simd>(
    simd: S,
    fixed: &Fixed<'_>,
    (places, weights): (&[u32], &[f32]),
    x: &[f32],
    (a, b): (f32, f32),
    parts: &mut Vec<f32>,
    mut sum: Option<&mut [f32]>,
) -> f32 {
    let (mut curvature, chunk) = (0.0, (NEAREST / (4 * fixed.dims)).max(1));
    for (places, weights) in places.chunks(chunk).zip(weights.chunks(chunk)) {
        dots(simd, fixed, places, x, parts);
        for (part, weight) in parts.iter_mut().zip(weights) {
            let (size, product) = (weight.abs(), *part);
            curvature += size * product * product;
            *part = a * weight + b * size * product;
        }
        if let Some(sum) = &mut sum {
            add_up(simd, fixed, places, parts, sum);
        }
    }
    curvature
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

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;

    /// Enough steps solve the equations of a row: what is left of their gradient is rounding.
    #[test]
    fn steps_lead_to_the_least() {
        for (dims, rows) in [(16, 1), (32, 8), (48, 13), (256, 21)] {
            let mut rng = Rng::new(7);
            let mut draw = |count: usize| -> Vec<f32> { (0..count).map(|_| 0.3 * rng.normal() as f32).collect() };
            let (vectors, mut solved) = (draw(40 * dims), draw(rows * dims));
            let weights =
                |row: usize| (0..40u32).map(move |place| (place, ((place as usize * 7 + row) % 5) as f32 - 1.5));
            let observed = Sparse::from_rows(40, (0..rows).map(|row| weights(row).collect()));
            let (fixed, ridge) = (Fixed::new(&vectors, dims, 0.1), vec![2.0; rows]);
            fixed.improve(&observed, 0, &mut solved, &ridge, 60);
            for (row, x) in solved.chunks(dims).enumerate() {
                let product = |y: &[f32]| y.iter().zip(x).map(|(y, x)| f64::from(y * x)).sum::<f64>();
                let mut gradient: Vec<f64> = x.iter().map(|x| 2.0 * f64::from(*x)).collect();
                for (place, y) in vectors.chunks(dims).enumerate() {
                    let weight = f64::from(weights(row).nth(place).unwrap().1);
                    let part = (weight.abs() + 0.1) * product(y) - weight;
                    gradient.iter_mut().zip(y).for_each(|(sum, y)| *sum += part * f64::from(*y));
                }
                let largest = gradient.iter().fold(0.0f64, |most, part| most.max(part.abs()));
                assert!(largest < 2e-3, "{dims} {row}: {largest}");
            }
        }
    }
}
