//! Operations of an encoder as one step each, with a backward pass of their own. A backend without its own version
//! composes them from elementary ones, which gives the same numbers more slowly.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, activation};

/// A backend that networks are trained on.
pub trait Kernels: Backend {
    /// `x` \[.., in\] times `weight` \[out, in\] transposed (as Hugging Face keeps it), plus `bias` \[out\].
    fn dense(x: Tensor<Self, 3>, weight: Tensor<Self, 2>, bias: Tensor<Self, 1>) -> Tensor<Self, 3> {
        x.matmul(weight.transpose().unsqueeze()) + bias.unsqueeze()
    }

    /// Softmax(`query` · `key`ᵀ / √width + mask) · `value` for each head; all three are \[batch, pieces, heads × width\],
    /// `mask` \[batch, pieces of key\] is 0 where a piece may be looked at and very negative where not.
    fn attend(
        query: Tensor<Self, 3>,
        key: Tensor<Self, 3>,
        value: Tensor<Self, 3>,
        mask: Tensor<Self, 2>,
        heads: usize,
    ) -> Tensor<Self, 3> {
        let [batch, pieces, hidden] = query.dims();
        let width = hidden / heads;
        let split = |x: Tensor<Self, 3>| {
            let [batch, pieces, _] = x.dims();
            x.reshape([batch, pieces, heads, width]).swap_dims(1, 2)
        };
        let scores = split(query).matmul(split(key).transpose()) / (width as f64).sqrt();
        let keys = mask.dims()[1];
        let shares = activation::softmax(scores + mask.reshape([batch, 1, 1, keys]), 3);
        shares.matmul(split(value)).swap_dims(1, 2).reshape([batch, pieces, hidden])
    }

    /// x · Φ(x) with the exact normal distribution function Φ (Hendrycks and Gimpel 2016).
    fn exact_gelu(x: Tensor<Self, 3>) -> Tensor<Self, 3> {
        activation::gelu(x)
    }

    /// (`x` + `residual`) brought to mean 0 and variance 1 over its last dimension, times `weight`, plus `bias`.
    fn add_norm(
        x: Tensor<Self, 3>,
        residual: Tensor<Self, 3>,
        weight: Tensor<Self, 1>,
        bias: Tensor<Self, 1>,
        epsilon: f64,
    ) -> Tensor<Self, 3> {
        let sum = x + residual;
        let centred = sum.clone() - sum.mean_dim(2);
        let deviation = (centred.clone().powf_scalar(2.0).mean_dim(2) + epsilon).sqrt();
        centred / deviation * weight.unsqueeze() + bias.unsqueeze()
    }
}

impl Kernels for burn::backend::Flex {}

impl<B: Kernels, C: burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy> Kernels
    for burn::backend::Autodiff<B, C>
{
}

#[cfg(feature = "cuda")]
impl Kernels for burn::backend::Cuda {}
