use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use neural::heads::Crf;
use neural::{BertConfig, Weights};
use types::Rng;

use super::{HeadKind, HeadSpec};
use crate::Result;
use crate::fit::params::numbers_of;
use crate::kernels::Kernels;
use crate::net::{Dense, TextNet, param};
use crate::tune::{normals, table, vector};

/// An encoder with one head or several on it.
#[derive(Module, Debug)]
pub struct Headed<B: Kernels> {
    /// What all heads share.
    pub encoder: TextNet<B>,
    /// In the order of their specifications.
    pub heads: Vec<Head<B>>,
    /// \[heads\]: logarithms of the heads' variances, where losses are weighed by uncertainty.
    pub balance: Option<Param<Tensor<B, 1>>>,
}

/// One linear layer, and how tags follow one another where they do.
#[derive(Module, Debug)]
pub struct Head<B: Kernels> {
    /// \[labels, hidden\], divided by the gain.
    pub dense: Dense<B>,
    /// Scores of a chain of tags, divided by the gain.
    pub chain: Option<Chain<B>>,
    /// Factor of all a head's numbers. A new head has a long way to go while an encoder must move little; with a gain the
    /// one learning rate suits both.
    pub gain: f64,
}

/// A [`Crf`] that is trained.
#[derive(Module, Debug)]
pub struct Chain<B: Kernels> {
    /// \[tags\].
    pub start: Param<Tensor<B, 1>>,
    /// \[tags\].
    pub end: Param<Tensor<B, 1>>,
    /// \[tags, tags\].
    pub transitions: Param<Tensor<B, 2>>,
}

impl<B: Kernels> Headed<B> {
    /// The encoder with heads: those that stand in `weights` under their name, new ones for the others.
    ///
    /// # Errors
    /// Where a head in `weights` has another shape than its specification says.
    pub fn new(
        encoder: TextNet<B>,
        weights: &Weights,
        specs: &[HeadSpec],
        gain: f64,
        rng: &mut Rng,
        device: &B::Device,
    ) -> Result<Self> {
        let hidden = weights.config.hidden_size;
        let heads = specs.iter().map(|spec| Head::new(weights, spec, hidden, gain, rng, device));
        Ok(Self { encoder, heads: heads.collect::<Result<_>>()?, balance: None })
    }

    /// Its weights as they are now, heads under `head.NAME.`.
    pub fn write(&self, config: &BertConfig, specs: &[HeadSpec]) -> Weights {
        let mut weights = self.encoder.write(config);
        self.heads.iter().zip(specs).for_each(|(head, spec)| head.write(spec, &mut weights));
        weights
    }
}

impl<B: Kernels> Head<B> {
    fn new(
        weights: &Weights,
        spec: &HeadSpec,
        hidden: usize,
        gain: f64,
        rng: &mut Rng,
        device: &B::Device,
    ) -> Result<Self> {
        let outputs = spec.kind.outputs();
        let name = format!("head.{}", spec.name);
        let mut head = Self { dense: fresh(outputs, hidden, gain, rng, device), chain: None, gain };
        if weights.tensors.contains_key(&format!("{name}.weight")) {
            let matrix = param::<B, 2>(weights, &format!("{name}.weight"), [outputs, hidden], device)?.val();
            let bias = param::<B, 1>(weights, &format!("{name}.bias"), [outputs], device)?.val();
            let (scale, shift) = spec.kind.range();
            head.set(matrix / scale, (bias - shift) / scale);
        }
        if let HeadKind::Tags { labels, crf: true, .. } = &spec.kind {
            head.chain = Some(Chain::new(&Crf::flat(labels.len()), device));
        }
        Ok(head)
    }

    /// Gives the head these numbers.
    pub(crate) fn set(&mut self, matrix: Tensor<B, 2>, bias: Tensor<B, 1>) {
        let (weight, old) = (self.dense.weight.clone(), self.dense.bias.clone());
        let gain = self.gain;
        self.dense.weight = weight.map(|_| (matrix / gain).detach().require_grad());
        self.dense.bias = old.map(|_| (bias / gain).detach().require_grad());
    }

    /// What comes out for vectors \[rows, hidden\]: \[rows, outputs\].
    pub fn forward(&self, vectors: Tensor<B, 2>) -> Tensor<B, 2> {
        let [rows, hidden] = vectors.dims();
        let out = self.dense.forward(vectors.reshape([1, rows, hidden]));
        let outputs = out.dims()[2];
        out.reshape([rows, outputs]) * self.gain
    }

    /// The chain's scores as they are now; without a chain all transitions are alike.
    pub fn crf(&self) -> Option<Crf> {
        let chain = self.chain.as_ref()?;
        let numbers = |values: Vec<f32>| values.into_iter().map(|value| value * self.gain as f32).collect();
        Some(Crf {
            start: numbers(numbers_of(chain.start.val())),
            end: numbers(numbers_of(chain.end.val())),
            transitions: numbers(numbers_of(chain.transitions.val())),
        })
    }

    fn write(&self, spec: &HeadSpec, weights: &mut Weights) {
        let name = format!("head.{}", spec.name);
        self.dense.write(&name, weights);
        let (scale, shift) = spec.kind.range();
        let factor = (self.gain * scale) as f32;
        for (part, added) in [("weight", 0.0), ("bias", shift as f32)] {
            if let Some(tensor) = weights.tensors.get_mut(&format!("{name}.{part}")) {
                tensor.data.iter_mut().for_each(|number| *number = *number * factor + added);
            }
        }
    }
}

impl<B: Kernels> Chain<B> {
    fn new(crf: &Crf, device: &B::Device) -> Self {
        let tags = crf.tags();
        Self {
            start: vector(crf.start.clone(), device),
            end: vector(crf.end.clone(), device),
            transitions: table([tags, tags], crf.transitions.clone(), device),
        }
    }
}

fn fresh<B: Kernels>(outputs: usize, hidden: usize, gain: f64, rng: &mut Rng, device: &B::Device) -> Dense<B> {
    Dense {
        weight: table([outputs, hidden], normals(outputs * hidden, 0.02 / gain, rng), device),
        bias: vector(vec![0.0; outputs], device),
        lora: None,
    }
}

/// A table of plain numbers as a tensor.
pub(crate) fn rows<B: Kernels>(data: Vec<f32>, dims: [usize; 2], device: &B::Device) -> Tensor<B, 2> {
    Tensor::from_data(TensorData::new(data, dims), device)
}
