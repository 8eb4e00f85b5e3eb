use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData, activation};
use neural::image::{HeadWeights, Layer};
use types::Rng;

use super::JoinOptions;
use super::task::JoinData;
use crate::kernels::Kernels;

/// The heads of texts and pictures, and by how much cosines are multiplied.
#[derive(Module, Debug)]
pub struct JointNet<B: Kernels> {
    /// On the text encoder.
    pub text: HeadNet<B>,
    /// On the image encoder.
    pub image: HeadNet<B>,
    /// Logarithm of one over the temperature.
    pub scale: Param<Tensor<B, 1>>,
}

/// A head: a straight way, and one with a bend beside it.
#[derive(Module, Debug)]
pub struct HeadNet<B: Kernels> {
    /// Straight from what comes in to what goes out.
    pub skip: Linear<B>,
    /// To the hidden numbers.
    pub first: Linear<B>,
    /// From the hidden numbers.
    pub second: Linear<B>,
}

/// A matrix and an offset.
#[derive(Module, Debug)]
pub struct Linear<B: Kernels> {
    /// \[out, in\].
    pub weight: Param<Tensor<B, 2>>,
    /// \[out\].
    pub bias: Param<Tensor<B, 1>>,
}

/// Largest factor of cosines: beyond it a batch's loss is that of its one hardest contrast (Radford et al. 2021).
const SCALE_MAX: f64 = 100.0;

impl<B: Kernels> JointNet<B> {
    /// Heads as chance has them.
    pub(super) fn new(data: &JoinData, options: &JoinOptions, seed: u64, device: &B::Device) -> Self {
        let mut rng = Rng::new(seed);
        let text = HeadNet::new(data.text_dims(), options, &mut rng, device);
        let image = HeadNet::new(data.picture_dims(), options, &mut rng, device);
        let scale = TensorData::new(vec![(1.0 / options.temperature).ln() as f32], [1]);
        Self { text, image, scale: Param::from_tensor(Tensor::from_data(scale, device)) }
    }

    /// Cosines of texts \[n, in\] and pictures \[n, in\], each with each, times the factor.
    pub(super) fn logits(&self, texts: Tensor<B, 2>, pictures: Tensor<B, 2>) -> Tensor<B, 2> {
        let cosines = self.text.forward(texts).matmul(self.image.forward(pictures).transpose());
        let scale = self.scale.val().clamp_max(SCALE_MAX.ln()).exp();
        cosines * scale.unsqueeze()
    }

    /// What cosines are divided by.
    pub(super) fn temperature(&self) -> f64 {
        let scale = numbers(self.scale.val()).first().copied().unwrap_or_default();
        1.0 / f64::from(scale).min(SCALE_MAX.ln()).exp()
    }
}

impl<B: Kernels> HeadNet<B> {
    fn new(inputs: usize, options: &JoinOptions, rng: &mut Rng, device: &B::Device) -> Self {
        let mut layer = |outputs: usize, inputs: usize, deviation: f64| {
            let weight: Vec<f32> = (0..outputs * inputs).map(|_| (rng.normal() * deviation) as f32).collect();
            let weight = Tensor::from_data(TensorData::new(weight, [outputs, inputs]), device);
            Linear { weight: Param::from_tensor(weight), bias: Param::from_tensor(Tensor::zeros([outputs], device)) }
        };
        let (dims, hidden) = (options.dims, options.hidden);
        let skip = layer(dims, inputs, (1.0 / inputs as f64).sqrt());
        let first = layer(hidden, inputs, (2.0 / inputs as f64).sqrt());
        // Small, so that training sets out from the straight way.
        let second = layer(dims, hidden, 0.1 * (1.0 / hidden as f64).sqrt());
        Self { skip, first, second }
    }

    /// \[n, in\] to unit vectors \[n, out\].
    pub(super) fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let x: Tensor<B, 3> = x.unsqueeze();
        let bent = self.second.forward(activation::relu(self.first.forward(x.clone())));
        let sum: Tensor<B, 2> = (bent + self.skip.forward(x)).squeeze_dim(0);
        let length = (sum.clone().powf_scalar(2.0).sum_dim(1) + 1e-12).sqrt();
        sum / length
    }

    /// The head for vectors as the encoder gives them, where training has seen them less `mean`, times `factor`.
    pub(super) fn weights(&self, mean: &[f32], factor: &[f32]) -> HeadWeights {
        let folded = |layer: &Linear<B>| {
            let mut weight = numbers(layer.weight.val());
            let mut bias = numbers(layer.bias.val());
            for (row, bias) in weight.chunks_exact_mut(mean.len()).zip(&mut bias) {
                row.iter_mut().zip(factor).for_each(|(weight, factor)| *weight *= factor);
                *bias -= row.iter().zip(mean).map(|(weight, mean)| weight * mean).sum::<f32>();
            }
            Layer { weight, bias }
        };
        let second = Layer { weight: numbers(self.second.weight.val()), bias: numbers(self.second.bias.val()) };
        HeadWeights { skip: folded(&self.skip), first: folded(&self.first), second }
    }
}

impl<B: Kernels> Linear<B> {
    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        B::dense(x, self.weight.val(), self.bias.val())
    }
}

/// A tensor's numbers.
pub(super) fn numbers<B: Kernels, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().into_vec::<f32>().expect("converted to f32")
}
