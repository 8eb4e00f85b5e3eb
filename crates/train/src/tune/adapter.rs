use burn::module::{Module, Param};
use burn::tensor::Tensor;
use neural::Weights;
use types::Rng;

use super::lora::normals;
use crate::Result;
use crate::kernels::Kernels;
use crate::net::{Dense, param, put};

/// A bottleneck beside a layer's own path: x + `up`(gelu(`down`(x))) (Houlsby et al. 2019).
#[derive(Module, Debug)]
pub struct Adapter<B: Kernels> {
    /// \[width, hidden\].
    pub down: Dense<B>,
    /// \[hidden, width\].
    pub up: Dense<B>,
}

/// The two bottlenecks of a layer.
#[derive(Module, Debug)]
pub struct Adapters<B: Kernels> {
    /// After attention, before the sum.
    pub attention: Adapter<B>,
    /// After the feed-forward part, before the sum.
    pub feed_forward: Adapter<B>,
}

/// Keys and values that every text of a layer also looks at (prefix tuning, Li and Liang 2021, without its
/// reparametrisation).
#[derive(Module, Debug)]
pub struct Prefix<B: Kernels> {
    /// \[length, hidden\].
    pub key: Param<Tensor<B, 2>>,
    /// \[length, hidden\].
    pub value: Param<Tensor<B, 2>>,
}

impl<B: Kernels> Adapter<B> {
    fn new(hidden: usize, width: usize, rng: &mut Rng, device: &B::Device) -> Self {
        let dense = |dims: [usize; 2], data| Dense {
            weight: super::lora::table(dims, data, device),
            bias: super::lora::vector(vec![0.0; dims[0]], device),
            lora: None,
        };
        let deviation = 1.0 / (hidden as f64).sqrt();
        Self {
            down: dense([width, hidden], normals(width * hidden, deviation, rng)),
            up: dense([hidden, width], vec![0.0; hidden * width]),
        }
    }

    /// As the type's description says.
    pub fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        x.clone() + self.up.forward(B::exact_gelu(self.down.forward(x)))
    }
}

impl<B: Kernels> Adapters<B> {
    /// Bottlenecks that change nothing yet.
    pub(crate) fn new(hidden: usize, width: usize, rng: &mut Rng, device: &B::Device) -> Self {
        let mut adapter = || Adapter::new(hidden, width, rng, device);
        Self { attention: adapter(), feed_forward: adapter() }
    }

    /// Those of a layer, whose name ends in a point, where it has them.
    pub(crate) fn read(weights: &Weights, layer: &str, device: &B::Device) -> Result<Option<Self>> {
        let adapter = |part: &str| -> Result<Option<Adapter<B>>> {
            let name = format!("{layer}{part}.adapter");
            let Some(down) = weights.tensors.get(&format!("{name}.down.weight")) else { return Ok(None) };
            let (width, hidden) = (down.rows(), weights.config.hidden_size);
            let side = |side: &str, dims| Dense::read(weights, &format!("{name}.{side}"), dims, device);
            Ok(Some(Adapter { down: side("down", [width, hidden])?, up: side("up", [hidden, width])? }))
        };
        let both = adapter("attention")?.zip(adapter("output")?);
        Ok(both.map(|(attention, feed_forward)| Self { attention, feed_forward }))
    }

    /// Puts them under the name of their layer, which ends in a point.
    pub(crate) fn write(&self, layer: &str, weights: &mut Weights) {
        for (part, adapter) in [("attention", &self.attention), ("output", &self.feed_forward)] {
            adapter.down.write(&format!("{layer}{part}.adapter.down"), weights);
            adapter.up.write(&format!("{layer}{part}.adapter.up"), weights);
        }
    }
}

impl<B: Kernels> Prefix<B> {
    /// Random keys and values of the size that hidden states have after a norm, times .1.
    pub(crate) fn new(hidden: usize, length: usize, rng: &mut Rng, device: &B::Device) -> Self {
        let mut side = || super::lora::table([length, hidden], normals(length * hidden, 0.1, rng), device);
        Self { key: side(), value: side() }
    }

    /// That of a layer, whose name ends in a point, where it has one.
    pub(crate) fn read(weights: &Weights, layer: &str, device: &B::Device) -> Result<Option<Self>> {
        let name = |side: &str| format!("{layer}attention.prefix.{side}");
        let Some(key) = weights.tensors.get(&name("key")) else { return Ok(None) };
        let dims = [key.rows(), weights.config.attention_width()];
        let side = |side: &str| param(weights, &name(side), dims, device);
        Ok(Some(Self { key: side("key")?, value: side("value")? }))
    }

    /// Puts it under the name of its layer, which ends in a point.
    pub(crate) fn write(&self, layer: &str, weights: &mut Weights) {
        put(weights, format!("{layer}attention.prefix.key"), &self.key);
        put(weights, format!("{layer}attention.prefix.value"), &self.value);
    }

    /// Puts the prefix before a layer's keys and values, and lets every piece look at it.
    pub fn before(
        &self,
        key: Tensor<B, 3>,
        value: Tensor<B, 3>,
        mask: Tensor<B, 2>,
    ) -> (Tensor<B, 3>, Tensor<B, 3>, Tensor<B, 2>) {
        let texts = key.dims()[0];
        let [length, hidden] = self.key.dims();
        let join = |prefix: &Param<Tensor<B, 2>>, side: Tensor<B, 3>| {
            let prefix = prefix.val().reshape([1, length, hidden]).expand([texts, length, hidden]);
            Tensor::cat(vec![prefix, side], 1)
        };
        let seen = Tensor::zeros([texts, length], (&mask.device(), mask.dtype()));
        (join(&self.key, key), join(&self.value, value), Tensor::cat(vec![seen, mask], 1))
    }
}
