//! Arithmetic on a whole parameter at once. On the CPU it is one pass over plain numbers: composed of tensor operations,
//! an AdamW update reads and writes memory about three times as much.

use std::any::TypeId;

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};
use rayon::prelude::*;

/// Numbers that one thread takes at a time.
const BLOCK: usize = 1 << 15;

/// Numbers of one update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamW {
    pub(crate) rate: f64,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) epsilon: f64,
    pub(crate) weight_decay: f64,
    /// What the gradient is multiplied by, for the mean over batches and for its length.
    pub(crate) scale: f64,
    /// Updates including this one.
    pub(crate) step: u64,
}

/// A parameter's means of gradients and of their squares.
#[derive(Clone, Debug)]
pub(crate) struct Moments<B: Backend> {
    pub(crate) first: Tensor<B, 1>,
    pub(crate) second: Tensor<B, 1>,
}

/// Whether a tensor's numbers are f32 in memory that the program can reach without a copy.
fn is_host<B: Backend>(x: &Tensor<B, 1>) -> bool {
    TypeId::of::<B>() == TypeId::of::<Flex>() && x.dtype() == DType::F32
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2): with the scaled gradient g,
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − rate · (m̂ / (√v̂ + ε) + decay · p), where m̂ = m / (1−β₁ᵗ) and
/// v̂ = v / (1−β₂ᵗ).
pub(crate) fn adamw<B: Backend>(
    param: Tensor<B, 1>,
    gradient: Tensor<B, 1>,
    moments: Moments<B>,
    how: &AdamW,
) -> (Tensor<B, 1>, Moments<B>) {
    let step = i32::try_from(how.step).unwrap_or(i32::MAX);
    let (fair1, fair2) = (1.0 - how.beta1.powi(step), 1.0 - how.beta2.powi(step));
    if is_host(&param) && is_host(&gradient) {
        return adamw_host(param, &gradient, moments, how, (fair1, fair2));
    }
    let gradient = gradient * how.scale;
    let first = moments.first * how.beta1 + gradient.clone() * (1.0 - how.beta1);
    let second = moments.second * how.beta2 + gradient.square() * (1.0 - how.beta2);
    let change = first.clone() / fair1 / ((second.clone() / fair2).sqrt() + how.epsilon);
    let param = param * (1.0 - how.rate * how.weight_decay) - change * how.rate;
    (param, Moments { first, second })
}

fn adamw_host<B: Backend>(
    param: Tensor<B, 1>,
    gradient: &Tensor<B, 1>,
    moments: Moments<B>,
    how: &AdamW,
    (fair1, fair2): (f64, f64),
) -> (Tensor<B, 1>, Moments<B>) {
    let device = param.device();
    let (mut param, gradient) = (param.into_data(), gradient.clone().into_data());
    let (mut first, mut second) = (moments.first.into_data(), moments.second.into_data());
    let slices = (
        param.as_mut_slice::<f32>(),
        gradient.as_slice::<f32>(),
        first.as_mut_slice::<f32>(),
        second.as_mut_slice::<f32>(),
    );
    let (Ok(p), Ok(g), Ok(m), Ok(v)) = slices else { unreachable!("all four are f32") };
    let (beta1, beta2, scale) = (how.beta1 as f32, how.beta2 as f32, how.scale as f32);
    let keep = (1.0 - how.rate * how.weight_decay) as f32;
    let (rate, root) = ((how.rate / fair1) as f32, (1.0 / fair2.sqrt()) as f32);
    let epsilon = how.epsilon as f32;
    let blocks = p.par_chunks_mut(BLOCK).zip(g.par_chunks(BLOCK));
    let moments = m.par_chunks_mut(BLOCK).zip(v.par_chunks_mut(BLOCK));
    blocks.zip(moments).for_each(|((p, g), (m, v))| {
        for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            let g: f32 = g * scale;
            *m = beta1 * *m + (1.0 - beta1) * g;
            *v = beta2 * *v + (1.0 - beta2) * g * g;
            let change: f32 = rate * *m / (v.sqrt() * root + epsilon);
            *p = keep * *p - change;
        }
    });
    let back = |data| Tensor::from_data(data, &device);
    (back(param), Moments { first: back(first), second: back(second) })
}

/// Sum of squares, and the tensor again.
pub(crate) fn square_sum<B: Backend>(x: Tensor<B, 1>) -> (f64, Tensor<B, 1>) {
    if !is_host(&x) {
        let sum = x.clone().square().sum().into_data().iter::<f64>().next().unwrap_or(f64::NAN);
        return (sum, x);
    }
    let device = x.device();
    let data = x.into_data();
    let numbers: &[f32] = data.as_slice().unwrap_or_default();
    // Blocks are added up in order, whatever thread is done first.
    let sums: Vec<f64> = numbers
        .par_chunks(BLOCK)
        .map(|block| block.iter().map(|number| f64::from(*number) * f64::from(*number)).sum())
        .collect();
    (sums.iter().sum(), Tensor::from_data(data, &device))
}

/// `keep` · `mean` + (1 − `keep`) · `x`.
pub(crate) fn follow<B: Backend>(mean: Tensor<B, 1>, x: Tensor<B, 1>, keep: f64) -> Tensor<B, 1> {
    mean * keep + x * (1.0 - keep)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the paper, in f64.
    fn plain(p: f64, gradients: &[f64], how: &AdamW) -> f64 {
        let (mut p, mut m, mut v) = (p, 0.0, 0.0);
        for (at, g) in gradients.iter().enumerate() {
            let g = g * how.scale;
            m = how.beta1 * m + (1.0 - how.beta1) * g;
            v = how.beta2 * v + (1.0 - how.beta2) * g * g;
            let step = at as i32 + 1;
            let (m, v) = (m / (1.0 - how.beta1.powi(step)), v / (1.0 - how.beta2.powi(step)));
            p -= how.rate * (m / (v.sqrt() + how.epsilon) + how.weight_decay * p);
        }
        p
    }

    #[test]
    fn the_update_is_that_of_the_paper() {
        let device = Default::default();
        let gradients = [0.5, -0.25, 0.125];
        let mut how =
            AdamW { rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.01, scale: 0.5, step: 0 };
        let zeros = || Tensor::<Flex, 1>::zeros([2], &device);
        let mut param = Tensor::<Flex, 1>::from_floats([1.0, -2.0], &device);
        let mut moments = Moments { first: zeros(), second: zeros() };
        for gradient in gradients {
            how.step += 1;
            let gradient = Tensor::from_floats([gradient, -gradient], &device);
            (param, moments) = adamw(param, gradient, moments, &how);
        }
        let got: Vec<f64> = param.into_data().iter::<f64>().collect();
        let wanted = [plain(1.0, &gradients, &how), plain(-2.0, &gradients.map(|g| -g), &how)];
        assert!(got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6), "{got:?} {wanted:?}");
    }

    #[test]
    fn squares_are_summed_over_blocks() {
        let x = Tensor::<Flex, 1>::ones([3 * BLOCK + 5], &Default::default()) * 2.0;
        let (sum, x) = square_sum(x);
        assert_eq!((sum, x.dims()), (4.0 * (3 * BLOCK + 5) as f64, [3 * BLOCK + 5]));
    }
}
