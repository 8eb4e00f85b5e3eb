use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::flex::{dims, numbers};
use super::lanes::{normal, vectorised};
use super::pool;

/// Numbers that one thread takes at a time.
const BLOCK: usize = 16 << 10;

/// x · Φ(x).
pub(super) fn forward(x: &FlexTensor) -> FlexTensor {
    let from = numbers(x);
    let mut out = pool::take(from.len());
    out.par_chunks_mut(BLOCK).zip(from.par_chunks(BLOCK)).for_each(|(out, x)| gelu(out, x));
    pool::tensor(out, dims(x))
}

/// What `x` gets: gradient · (Φ(x) + x φ(x)).
pub(super) fn to_x(gradient: &FlexTensor, x: &FlexTensor) -> FlexTensor {
    let (gradient, from) = (numbers(gradient), numbers(x));
    let mut out = pool::take(from.len());
    out.par_chunks_mut(BLOCK)
        .zip(gradient.par_chunks(BLOCK))
        .zip(from.par_chunks(BLOCK))
        .for_each(|((out, gradient), x)| slope(out, gradient, x));
    pool::tensor(out, dims(x))
}

vectorised! {
    fn gelu(out: &mut [f32], x: &[f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = x * normal(x).0;
        }
    }
}

vectorised! {
    fn slope(out: &mut [f32], gradient: &[f32], x: &[f32]) {
        for ((out, gradient), &x) in out.iter_mut().zip(gradient).zip(x) {
            let (distribution, density) = normal(x);
            *out = gradient * (distribution + x * density);
        }
    }
}
