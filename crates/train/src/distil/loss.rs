use burn::tensor::{Tensor, TensorData, activation};

use crate::kernels::Kernels;

/// No share is left of a text's similarity with itself.
const ITSELF: f32 = -1e9;

/// How far the similarities of `vectors` \[texts, dims\] are from `target` \[texts × texts\], a text with itself left out:
/// their mean square by the variance, plus the divergence of the softmax over each row (Kullback-Leibler).
pub(super) fn similarity<B: Kernels>(
    vectors: Tensor<B, 2>,
    target: Vec<f32>,
    deviation: f64,
    temperature: f64,
) -> Tensor<B, 1> {
    let [texts, _] = vectors.dims();
    let device = vectors.device();
    let square = |numbers: Vec<f32>| Tensor::<B, 2>::from_data(TensorData::new(numbers, [texts, texts]), &device);
    let each = |at_itself: f32, other: f32| {
        let numbers = (0..texts * texts).map(|at| if at / texts == at % texts { at_itself } else { other });
        square(numbers.collect())
    };
    let found = vectors.clone().matmul(vectors.transpose());
    let target = square(target);
    let pairs = (texts * texts.saturating_sub(1)).max(1) as f64;
    let apart = (found.clone() - target.clone()) * each(0.0, 1.0);
    let mean_square = (apart.clone() * apart).sum() / (pairs * deviation * deviation);
    let logs = |scores: Tensor<B, 2>| {
        activation::log_softmax(scores / (temperature * deviation) + each(ITSELF, 0.0), 1) * each(0.0, 1.0)
    };
    let (wanted, given) = (logs(target), logs(found));
    let shares = wanted.clone().exp() * each(0.0, 1.0);
    mean_square + (shares * (wanted - given)).sum() / texts as f64
}

/// 1 - the mean cosine between the rows, all of length 1.
pub(super) fn cosine<B: Kernels>(vectors: Tensor<B, 2>, teacher: Vec<f32>) -> Tensor<B, 1> {
    let dims = vectors.dims();
    let teacher = Tensor::<B, 2>::from_data(TensorData::new(teacher, dims), &vectors.device());
    -(vectors * teacher).sum() / dims[0] as f64 + 1.0
}

/// The mean square between hidden states, padding left out.
pub(super) fn states<B: Kernels>(student: Tensor<B, 3>, teacher: Tensor<B, 3>, mask: Tensor<B, 2>) -> Tensor<B, 1> {
    let [texts, pieces, width] = student.dims();
    let apart = (student - teacher) * mask.clone().reshape([texts, pieces, 1]);
    (apart.clone() * apart).sum() / (mask.sum() * width as f64)
}
