//! The operations from elementary ones: what a backend without its own version does, and what such versions are tested
//! against.

use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, FloatDType, Tensor, activation};

use super::Dropout;

/// A weight of fewer bits than `x` has the product computed with as few; what comes out is as `x` again.
pub(super) fn dense<B: Backend>(x: Tensor<B, 3>, weight: Tensor<B, 2>, bias: Tensor<B, 1>) -> Tensor<B, 3> {
    let (own, low) = (x.dtype(), weight.dtype());
    let weight = weight.transpose().unsqueeze();
    if own == low {
        return x.matmul(weight) + bias.unsqueeze();
    }
    x.cast(FloatDType::from(low)).matmul(weight).cast(FloatDType::from(own)) + bias.unsqueeze()
}

pub(super) fn attend<B: Backend>(
    query: Tensor<B, 3>,
    key: Tensor<B, 3>,
    value: Tensor<B, 3>,
    mask: Tensor<B, 2>,
    heads: usize,
    dropout: Dropout,
) -> Tensor<B, 3> {
    let [batch, pieces, hidden] = query.dims();
    let width = hidden / heads;
    let split = |x: Tensor<B, 3>| {
        let [batch, pieces, _] = x.dims();
        x.reshape([batch, pieces, heads, width]).swap_dims(1, 2)
    };
    let scores = split(query).matmul(split(key).transpose()) / (width as f64).sqrt();
    let keys = mask.dims()[1];
    let shares = activation::softmax(scores + mask.reshape([batch, 1, 1, keys]), 3);
    drop_out(shares, dropout).matmul(split(value)).swap_dims(1, 2).reshape([batch, pieces, hidden])
}

pub(super) fn add_norm<B: Backend>(
    x: Tensor<B, 3>,
    residual: Tensor<B, 3>,
    weight: Tensor<B, 1>,
    bias: Tensor<B, 1>,
    epsilon: f64,
) -> Tensor<B, 3> {
    let sum = x + residual;
    let centred = sum.clone() - sum.mean_dim(2);
    let deviation = (centred.clone().powf_scalar(2.0).mean_dim(2) + epsilon).sqrt();
    centred / deviation * weight.unsqueeze() + bias.unsqueeze()
}

pub(super) fn dropout<B: Backend>(x: Tensor<B, 3>, dropout: Dropout) -> Tensor<B, 3> {
    drop_out(x, dropout)
}

fn drop_out<B: Backend, const D: usize>(x: Tensor<B, D>, dropout: Dropout) -> Tensor<B, D> {
    if dropout.rate <= 0.0 {
        return x;
    }
    let device = x.device();
    B::seed(&device, dropout.seed);
    let kept = Tensor::random(x.shape(), Distribution::Bernoulli(f64::from(1.0 - dropout.rate)), &device);
    x * kept / (1.0 - dropout.rate)
}
