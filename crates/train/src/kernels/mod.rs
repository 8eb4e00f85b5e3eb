//! Operations of an encoder as one step each, with a backward pass of their own. A backend without its own version
//! composes them from elementary ones, which gives the same numbers more slowly.
//!
//! On a CPU ([`burn::backend::Flex`]) each is a few loops over plain numbers: products go to the crate `gemm` with
//! strides instead of transposed copies, the rest is written so that the compiler uses vector instructions, and buffers
//! of one step are used again in the next ([`release_buffers`]), since fresh pages cost as much as the sums.

mod attend;
mod composed;
mod dense;
mod dropout;
mod flex;
mod gelu;
mod lanes;
mod norm;
mod pool;
mod product;
#[cfg(test)]
mod tests;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

pub use dropout::Dropout;
pub use pool::release_buffers;

/// The product of each row of `a` with each of `b`, rows of so many numbers: \[rows of a, rows of b\].
pub(crate) fn similarities(a: &[f32], b: &[f32], dims: usize) -> Vec<f32> {
    use product::{Matrix, Threads, product};
    let (rows, columns) = (a.len() / dims.max(1), b.len() / dims.max(1));
    let mut out = vec![0.0; rows * columns];
    let (a, b) = (Matrix::new(a, rows, dims), Matrix::new(b, columns, dims));
    product(&mut out, columns, 1.0, a, b.transposed(), Threads::All);
    out
}

/// A backend that networks are trained on.
pub trait Kernels: Backend {
    /// `x` \[.., in\] times `weight` \[out, in\] transposed (as Hugging Face keeps it), plus `bias` \[out\].
    fn dense(x: Tensor<Self, 3>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 3> {
        composed::dense(x, weight, bias)
    }

    /// Softmax(`query` · `key`ᵀ / √width + mask) · `value` for each head, with shares left out at random by `dropout`.
    /// All three are \[batch, pieces, heads × width\]; there may be more keys than queries, as many values as keys.
    /// `mask` \[batch, pieces of key\] is 0 where a piece may be looked at and very negative where not.
    fn attend(
        query: Tensor<Self, 3>,
        key: Tensor<Self, 3>,
        value: Tensor<Self, 3>,
        mask: Tensor<Self, 2>,
        heads: usize,
        dropout: Dropout,
    ) -> Tensor<Self, 3> {
        composed::attend(query, key, value, mask, heads, dropout)
    }

    /// x · Φ(x) with the exact normal distribution function Φ (Hendrycks and Gimpel 2016).
    fn exact_gelu(x: Tensor<Self, 3>) -> Tensor<Self, 3> {
        burn::tensor::activation::gelu(x)
    }

    /// (`x` + `residual`) brought to mean 0 and variance 1 over its last dimension, times `weight`, plus `bias`.
    fn add_norm(
        x: Tensor<Self, 3>,
        residual: Tensor<Self, 3>,
        weight: Tensor<Self, 1>,
        bias: Tensor<Self, 1>,
        epsilon: f64,
    ) -> Tensor<Self, 3> {
        composed::add_norm(x, residual, weight, bias, epsilon)
    }

    /// Numbers left out at random, the others raised so that the mean stays (Srivastava et al. 2014).
    fn dropout(x: Tensor<Self, 3>, dropout: Dropout) -> Tensor<Self, 3> {
        composed::dropout(x, dropout)
    }
}

#[cfg(feature = "cuda")]
impl Kernels for burn::backend::Cuda {}

#[cfg(feature = "cuda")]
impl<C: burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy> Kernels
    for burn::backend::Autodiff<burn::backend::Cuda, C>
{
}
