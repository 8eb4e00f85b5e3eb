use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::flex::{dims, numbers};
use super::lanes::{dot, fold, sum, vectorised};
use super::pool;

/// Rows that one thread takes at a time.
const BLOCK: usize = 16;
/// Columns that one thread sums.
const COLUMNS: usize = 64;

/// What the backward pass needs.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    /// The rows with mean 0 and variance 1.
    normal: FlexTensor,
    /// 1 / deviation of each row.
    scales: Vec<f32>,
    weight: FlexTensor,
}

/// Rows of `x` + `residual` brought to mean 0 and variance 1, times `weight`, plus `bias`.
pub(super) fn forward(
    x: &FlexTensor,
    residual: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    epsilon: f32,
) -> (FlexTensor, Saved) {
    let (x_numbers, residual) = (numbers(x), numbers(residual));
    let parameters = Parameters { weight: numbers(weight), bias: numbers(bias), epsilon };
    let columns = parameters.weight.len();
    let (mut out, mut normal) = (pool::take(x_numbers.len()), pool::take(x_numbers.len()));
    let mut scales = vec![0.0; x_numbers.len() / columns];
    out.par_chunks_mut(BLOCK * columns)
        .zip(normal.par_chunks_mut(BLOCK * columns))
        .zip(scales.par_chunks_mut(BLOCK))
        .zip(x_numbers.par_chunks(BLOCK * columns).zip(residual.par_chunks(BLOCK * columns)))
        .for_each(|(((out, normal), scales), (x, residual))| {
            normalise(out, normal, scales, x, residual, &parameters);
        });
    let saved = Saved { normal: pool::tensor(normal, dims(x)), scales, weight: weight.clone() };
    (pool::tensor(out, dims(x)), saved)
}

impl Saved {
    /// What `x` and `residual` get, the same for both.
    pub(super) fn to_x(&self, gradient: &FlexTensor) -> FlexTensor {
        let (gradient_numbers, normal, weight) = (numbers(gradient), numbers(&self.normal), numbers(&self.weight));
        let columns = weight.len();
        let mut out = pool::take(gradient_numbers.len());
        out.par_chunks_mut(BLOCK * columns)
            .zip(gradient_numbers.par_chunks(BLOCK * columns))
            .zip(normal.par_chunks(BLOCK * columns))
            .zip(self.scales.par_chunks(BLOCK))
            .for_each(|(((out, gradient), normal), scales)| backward(out, gradient, normal, scales, weight));
        pool::tensor(out, dims(gradient))
    }

    /// What `weight` gets.
    pub(super) fn to_weight(&self, gradient: &FlexTensor) -> FlexTensor {
        let (gradient, normal, columns) = (numbers(gradient), numbers(&self.normal), numbers(&self.weight).len());
        let mut sums = vec![0.0; columns];
        sums.par_chunks_mut(COLUMNS).enumerate().for_each(|(block, sums)| {
            add_products(sums, gradient, normal, columns, block * COLUMNS);
        });
        pool::tensor(sums, &[columns])
    }

    /// Lets its buffers be used again.
    pub(super) fn give(self) {
        pool::give(self.normal);
    }
}

struct Parameters<'a> {
    weight: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
}

vectorised! {
    fn normalise(
        out: &mut [f32],
        normal: &mut [f32],
        scales: &mut [f32],
        x: &[f32],
        residual: &[f32],
        parameters: &Parameters<'_>,
    ) {
        let columns = parameters.weight.len();
        let rows = x.chunks_exact(columns).zip(residual.chunks_exact(columns));
        let outs = out.chunks_exact_mut(columns).zip(normal.chunks_exact_mut(columns));
        for ((scale, (x, residual)), (out, normal)) in scales.iter_mut().zip(rows).zip(outs) {
            for ((normal, x), residual) in normal.iter_mut().zip(x).zip(residual) {
                *normal = x + residual;
            }
            let mean = sum(normal) / columns as f32;
            normal.iter_mut().for_each(|x| *x -= mean);
            *scale = 1.0 / (dot(normal, normal) / columns as f32 + parameters.epsilon).sqrt();
            for (((out, normal), weight), bias) in
                out.iter_mut().zip(normal.iter_mut()).zip(parameters.weight).zip(parameters.bias)
            {
                *normal *= *scale;
                *out = *normal * weight + bias;
            }
        }
    }
}

vectorised! {
    /// With g = gradient · weight and n the normalised row: (g - mean(g) - n · mean(g · n)) / deviation (Ba et al. 2016).
    fn backward(out: &mut [f32], gradient: &[f32], normal: &[f32], scales: &[f32], weight: &[f32]) {
        let columns = weight.len();
        let rows = gradient.chunks_exact(columns).zip(normal.chunks_exact(columns));
        for ((out, (gradient, normal)), scale) in out.chunks_exact_mut(columns).zip(rows).zip(scales) {
            for ((out, gradient), weight) in out.iter_mut().zip(gradient).zip(weight) {
                *out = gradient * weight;
            }
            let mean = fold(out, out, |a, _| a) / columns as f32;
            let slope = dot(out, normal) / columns as f32;
            for (out, normal) in out.iter_mut().zip(normal) {
                *out = (*out - mean - normal * slope) * scale;
            }
        }
    }
}

vectorised! {
    fn add_products(sums: &mut [f32], a: &[f32], b: &[f32], columns: usize, first: usize) {
        for (a, b) in a.chunks_exact(columns).zip(b.chunks_exact(columns)) {
            for ((sum, a), b) in sums.iter_mut().zip(&a[first..]).zip(&b[first..]) {
                *sum += a * b;
            }
        }
    }
}
