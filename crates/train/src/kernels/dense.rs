use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::flex::{dims, numbers};
use super::lanes::{add_rows, vectorised};
use super::pool;
use super::product::{Matrix, Threads, product};

/// Columns that one thread sums.
const BLOCK: usize = 64;

/// `x` · `weight`ᵀ + `bias`.
pub(super) fn forward(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> FlexTensor {
    let (rows, wide) = (rows(x), dims(weight)[0]);
    let mut out = pool::take(rows * wide);
    product(&mut out, wide, 1.0, matrix(x), matrix(weight).transposed(), Threads::All);
    add_bias(&mut out, numbers(bias));
    like(x, out, wide)
}

/// What `x` gets: gradient · `weight`.
pub(super) fn to_x(gradient: &FlexTensor, weight: &FlexTensor) -> FlexTensor {
    let (rows, wide) = (rows(gradient), dims(weight)[1]);
    let mut out = pool::take(rows * wide);
    product(&mut out, wide, 1.0, matrix(gradient), matrix(weight), Threads::All);
    like(gradient, out, wide)
}

/// What `weight` gets: gradientᵀ · `x`.
pub(super) fn to_weight(gradient: &FlexTensor, x: &FlexTensor) -> FlexTensor {
    let (gradient, x) = (matrix(gradient), matrix(x));
    let dims = [gradient.columns(), x.columns()];
    let mut out = pool::take(dims[0] * dims[1]);
    product(&mut out, dims[1], 1.0, gradient.transposed(), x, Threads::All);
    pool::tensor(out, &dims)
}

/// What `bias` gets: the gradient summed over its rows.
pub(super) fn to_bias(gradient: &FlexTensor) -> FlexTensor {
    let (numbers, columns) = (numbers(gradient), columns(gradient));
    let mut sums = vec![0.0; columns];
    sums.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| add_rows(sums, numbers, columns, block * BLOCK));
    pool::tensor(sums, &[columns])
}

vectorised! {
    fn add_bias(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (x, bias) in row.iter_mut().zip(bias) {
                *x += bias;
            }
        }
    }
}

fn matrix(tensor: &FlexTensor) -> Matrix<'_> {
    Matrix::new(numbers(tensor), rows(tensor), columns(tensor))
}

fn columns(tensor: &FlexTensor) -> usize {
    dims(tensor).last().copied().unwrap_or(1)
}

fn rows(tensor: &FlexTensor) -> usize {
    let dims = dims(tensor);
    dims[..dims.len() - 1].iter().product()
}

/// A tensor of the same shape but for its last dimension.
fn like(tensor: &FlexTensor, numbers: Vec<f32>, columns: usize) -> FlexTensor {
    let mut dims = dims(tensor).to_vec();
    if let Some(last) = dims.last_mut() {
        *last = columns;
    }
    pool::tensor(numbers, &dims)
}
