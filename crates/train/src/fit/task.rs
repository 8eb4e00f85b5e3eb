use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use types::Rng;

use super::{Options, Watch, order, params};
use crate::Result;
use crate::backend::Trainable;
use crate::kernels::Dropout;

/// The network of a task as it runs without gradients.
pub type Inner<B, T> = <<T as Task<B>>::Net as AutodiffModule<B>>::InnerModule;

/// What a network is trained for: its examples, its loss, and how good it is on others.
pub trait Task<B: Trainable> {
    /// What is trained.
    type Net: AutodiffModule<B>;

    /// How many training examples there are.
    fn examples(&self) -> usize;

    /// Pieces of an example; batches are made of examples of about one length.
    fn length(&self, example: usize) -> usize;

    /// The mean loss over a batch.
    ///
    /// # Errors
    /// Where the task's data do not fit its network.
    fn loss(&self, net: &Self::Net, batch: &[usize], step: &mut Step<'_>) -> Result<Tensor<B, 1>>;

    /// How good the network is on what it does not see in training.
    ///
    /// # Errors
    /// Where the task's data do not fit its network.
    fn evaluate(&self, net: &Inner<B, Self>, part: Part) -> Result<Scores>
    where
        Self: Sized;

    /// The mean loss over a batch and its gradients. A task has its own where the backward pass is in pieces; it then
    /// takes the loss on [`Step::lowered`] of the network, and gradients of the network itself.
    ///
    /// # Errors
    /// As [`Task::loss`].
    fn gradients(&self, net: &Self::Net, batch: &[usize], step: &mut Step<'_>) -> Result<(f64, GradientsParams)> {
        let loss = self.loss(&step.lowered(net), batch, step)?;
        let value = scalar(&loss);
        if !value.is_finite() {
            return Ok((value, GradientsParams::new()));
        }
        Ok((value, GradientsParams::from_grads(loss.backward(), net)))
    }

    /// The batches of an epoch, in order; each example is in at most one.
    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = (0..self.examples()).map(|example| self.length(example)).collect();
        order::by_length(&lengths, options, rng)
    }

    /// Called before each epoch with the network as it is: hard negatives are mined here, pseudo-labels given.
    ///
    /// # Errors
    /// Ends the training.
    fn begin_epoch(&mut self, _epoch: u32, _net: &Inner<B, Self>, _rng: &mut Rng, _watch: &mut dyn Watch) -> Result<()>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// Called before each update with the gradients that are about to be used: ranks are allotted here.
    fn before_update(&mut self, net: Self::Net, _gradients: &mut GradientsParams, _step: &Step<'_>) -> Self::Net {
        net
    }

    /// What [`Task::begin_epoch`] and [`Task::before_update`] have made, for a checkpoint.
    fn state(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Takes up what [`Task::state`] gave.
    ///
    /// # Errors
    /// Where the bytes are of another task.
    fn restore(&mut self, _state: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Which held-out part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Decides when training ends and which weights are kept.
    Validation,
    /// Seen only before and after; a task without one of its own gives its validation part.
    Test,
}

/// What a step knows.
#[derive(Debug)]
pub struct Step<'a> {
    /// Updates made before it.
    pub number: u64,
    /// Epochs finished before it.
    pub epoch: u32,
    /// Share of the training that lies behind, 0 to 1.
    pub progress: f64,
    /// Options in force.
    pub options: &'a Options,
    /// Chance, for this step and this batch alone.
    pub rng: Rng,
}

impl Step<'_> {
    /// The network in the precision that the options ask for; gradients flow back to the network itself.
    pub fn lowered<B: AutodiffBackend, M: AutodiffModule<B>>(&self, net: &M) -> M {
        match self.options.precision.dtype() {
            Some(dtype) => params::cast(net.clone(), dtype),
            None => net.clone(),
        }
    }

    /// Sets each number to 0 with the probability [`Options::dropout`] and scales the others up (Srivastava et al.
    /// 2014). The mask comes from this step's own chance, so that a resumed run draws the same; burn's generator is one
    /// for the whole process.
    pub fn dropout<B: Backend, const D: usize>(&mut self, x: Tensor<B, D>) -> Tensor<B, D> {
        dropout(x, self.options.dropout, &mut self.rng)
    }

    /// What the network's own operations leave out, another choice at each call.
    pub fn leaving_out(&mut self) -> Dropout {
        Dropout { rate: self.options.dropout as f32, seed: self.rng.next_u64() }
    }
}

/// Sets each number to 0 with probability `rate` and scales the others up.
pub fn dropout<B: Backend, const D: usize>(x: Tensor<B, D>, rate: f64, rng: &mut Rng) -> Tensor<B, D> {
    if rate <= 0.0 {
        return x;
    }
    // 16 random bits a number: the rate is exact to 1/65,536.
    let bound = (rate * 65_536.0) as u64;
    let kept = (1.0 / (1.0 - rate)) as f32;
    let count = x.shape().num_elements();
    let mut mask = Vec::with_capacity(count + 3);
    while mask.len() < count {
        let bits = rng.next_u64();
        mask.extend((0..4).map(|at| if (bits >> (16 * at)) & 0xFFFF < bound { 0.0 } else { kept }));
    }
    mask.truncate(count);
    let dtype = x.dtype();
    let mask = Tensor::from_data(burn::tensor::TensorData::new(mask, x.shape()), (&x.device(), dtype));
    x * mask
}

/// How good a network is, in several ways.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Scores {
    /// The first one decides.
    pub metrics: Vec<Metric>,
}

/// One way in which a network is good; larger is better.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Metric {
    /// Its usual name, such as `accuracy` or `mrr@10`.
    pub name: String,
    /// How good.
    pub value: f64,
    /// What each held-out unit (a query, a text) contributes, in an order that never changes, where the value is their
    /// mean: intervals and paired comparisons come from it. Empty where it is no mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<f32>,
}

impl Metric {
    /// A figure that is not a mean.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, units: Vec::new() }
    }

    /// The mean over units.
    pub fn mean(name: impl Into<String>, units: Vec<f32>) -> Self {
        let value = units.iter().map(|unit| f64::from(*unit)).sum::<f64>() / units.len().max(1) as f64;
        Self { name: name.into(), value, units }
    }
}

impl Scores {
    /// Scores of which the first decides.
    pub fn new(metrics: Vec<Metric>) -> Self {
        Self { metrics }
    }

    /// The figure that decides.
    pub fn deciding(&self) -> Option<&Metric> {
        self.metrics.first()
    }

    /// The figure with this name.
    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}

/// The number in a tensor of one.
pub fn scalar<B: Backend>(tensor: &Tensor<B, 1>) -> f64 {
    tensor.clone().into_data().iter::<f64>().next().unwrap_or(f64::NAN)
}
