//! Ways to fine-tune an encoder by training few numbers or all of them, each chosen by its name.
//!
//! LoRA, AdaLoRA and BitFit end up in the encoder's own matrices and biases, so that serving them costs nothing more.
//! Bottleneck adapters and prefixes stay beside them as tensors of their own (`encoder.layer.0.attention.adapter.down.weight`,
//! `encoder.layer.0.attention.prefix.key`), which the ONNX export turns into nodes.

mod adapter;
mod allot;
mod lora;
mod saved;

use burn::module::{AutodiffModule, ModuleMapper, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use serde::{Deserialize, Serialize};
use types::Rng;

use crate::backend::Trainable;
use crate::fit::params::{Path, follow_path};
use crate::kernels::Kernels;
use crate::net::{Dense, Layer, TextNet};
use crate::{Error, Result};
use lora::LoraShape;

pub use adapter::{Adapter, Adapters, Prefix};
pub use allot::Allotment;
pub use lora::Lora;
pub(crate) use lora::{normals, table, vector};
pub use saved::{Saved, SavedHead};

/// Which of an encoder's numbers are trained.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method", deny_unknown_fields)]
pub enum Method {
    /// All that the options do not freeze.
    #[default]
    Full,
    /// Matrices of a low rank added to some of its matrices (Hu et al. 2022).
    Lora {
        /// Their rank.
        rank: usize,
        /// Their factor is this over the rank.
        alpha: f64,
        /// What they are added to.
        matrices: Vec<Matrix>,
    },
    /// As LoRA, with ranks taken from matrices where they matter least (Zhang et al. 2023).
    AdaLora {
        /// Rank to begin with.
        rank: usize,
        /// Mean rank to end with.
        rank_kept: usize,
        /// As for LoRA.
        alpha: f64,
        /// Weight of keeping both sides orthogonal.
        orthogonality: f64,
        /// What they are added to.
        matrices: Vec<Matrix>,
    },
    /// Two bottlenecks a layer (Houlsby et al. 2019); the layer norms are trained too.
    Adapters {
        /// Their width.
        width: usize,
    },
    /// Keys and values before each layer's own (Li and Liang 2021).
    Prefix {
        /// How many.
        length: usize,
    },
    /// Biases alone (Ben Zaken et al. 2022).
    BitFit,
    /// Nothing of the encoder.
    HeadOnly,
}

/// A matrix of each layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matrix {
    /// What a piece looks for.
    Query,
    /// What a piece is found by.
    Key,
    /// What a piece passes on.
    Value,
    /// Joins the heads.
    Output,
    /// Into the feed-forward part.
    Up,
    /// Out of the feed-forward part.
    Down,
}

impl Matrix {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Query, Self::Key, Self::Value, Self::Output, Self::Up, Self::Down];
}

impl Method {
    /// The names that [`Method::named`] knows.
    pub const NAMES: [&str; 7] = ["full", "lora", "ada-lora", "adapters", "prefix", "bit-fit", "head-only"];

    /// The method of this name, with settings that have proved themselves on the default encoder.
    pub fn named(name: &str) -> Option<Self> {
        let matrices = vec![Matrix::Query, Matrix::Value, Matrix::Up, Matrix::Down];
        Some(match name {
            "full" => Self::Full,
            "lora" => Self::Lora { rank: 8, alpha: 16.0, matrices },
            "ada-lora" | "adalora" => {
                Self::AdaLora { rank: 12, rank_kept: 8, alpha: 16.0, orthogonality: 0.5, matrices }
            }
            "adapters" | "adapter" => Self::Adapters { width: 32 },
            "prefix" => Self::Prefix { length: 16 },
            "bit-fit" | "bitfit" => Self::BitFit,
            "head-only" | "head" => Self::HeadOnly,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Lora { .. } => "lora",
            Self::AdaLora { .. } => "ada-lora",
            Self::Adapters { .. } => "adapters",
            Self::Prefix { .. } => "prefix",
            Self::BitFit => "bit-fit",
            Self::HeadOnly => "head-only",
        }
    }

    /// By what the learning rate of full fine-tuning is multiplied: few numbers that begin at 0 have a longer way to go.
    pub fn rate_factor(&self) -> f64 {
        match self {
            Self::Full => 1.0,
            Self::Lora { .. } | Self::Adapters { .. } => 5.0,
            Self::AdaLora { .. } | Self::BitFit => 10.0,
            Self::Prefix { .. } | Self::HeadOnly => 30.0,
        }
    }

    /// Whether what is trained can be added up with the encoder's own numbers, so that the network stays as it was.
    pub fn merges(&self) -> bool {
        !matches!(self, Self::Adapters { .. } | Self::Prefix { .. })
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is out of its range.
    pub fn check(&self) -> Result<()> {
        let within = |field, value: usize, most: usize, expected| {
            if (1..=most).contains(&value) {
                Ok(())
            } else {
                Err(Error::Option { field, got: value.to_string(), expected })
            }
        };
        let positive = |field, value: f64| {
            let expected = "a number from 0 to 1000";
            if (0.0..=1e3).contains(&value) {
                Ok(())
            } else {
                Err(Error::Option { field, got: value.to_string(), expected })
            }
        };
        match self {
            Self::Full | Self::BitFit | Self::HeadOnly => Ok(()),
            Self::Lora { rank, alpha, matrices } => {
                within("rank", *rank, 256, "1 to 256")?;
                within("matrices", matrices.len(), 6, "1 to 6 of query, key, value, output, up and down")?;
                positive("alpha", *alpha)
            }
            Self::AdaLora { rank, rank_kept, alpha, orthogonality, matrices } => {
                within("rank", *rank, 256, "1 to 256")?;
                within("rank_kept", *rank_kept, *rank, "1 to the rank it begins with")?;
                within("matrices", matrices.len(), 6, "1 to 6 of query, key, value, output, up and down")?;
                positive("orthogonality", *orthogonality)?;
                positive("alpha", *alpha)
            }
            Self::Adapters { width } => within("width", *width, 4096, "1 to 4096"),
            Self::Prefix { length } => within("length", *length, 512, "1 to 512"),
        }
    }

    /// The encoder with what this method adds to it, which changes nothing yet (a prefix apart).
    ///
    /// # Errors
    /// Where a setting is out of its range.
    pub fn extend<B: Kernels>(&self, mut net: TextNet<B>, rng: &mut Rng, device: &B::Device) -> Result<TextNet<B>> {
        self.check()?;
        for layer in &mut net.layers {
            let hidden = layer.output.weight.dims()[0];
            match self {
                Self::Full | Self::BitFit | Self::HeadOnly => {}
                Self::Lora { rank, alpha, matrices } => {
                    let shape = LoraShape { rank: *rank, scale: alpha / *rank as f64, gated: false };
                    add_lora(layer, matrices, shape, rng, device);
                }
                Self::AdaLora { rank, alpha, matrices, .. } => {
                    let shape = LoraShape { rank: *rank, scale: alpha / *rank as f64, gated: true };
                    add_lora(layer, matrices, shape, rng, device);
                }
                Self::Adapters { width } => layer.adapters = Some(Adapters::new(hidden, *width, rng, device)),
                Self::Prefix { length } => {
                    let attention = layer.key.weight.dims()[0];
                    layer.prefix = Some(Prefix::new(attention, *length, rng, device));
                }
            }
        }
        Ok(net)
    }

    /// The network with everything of its encoder frozen that this method does not train; its heads are trained always.
    pub fn select<B: Trainable, M: AutodiffModule<B>>(&self, net: M) -> M {
        net.map(&mut Selector { path: Path::default(), method: self })
    }

    /// Whether the encoder's parameter at `path` is trained.
    fn trains(&self, path: &str) -> bool {
        let has = |part: &str| path.contains(part);
        match self {
            Self::Full => true,
            Self::Lora { .. } | Self::AdaLora { .. } => has(".lora.") && !path.ends_with(".kept"),
            Self::Adapters { .. } => has(".adapters.") || has("norm."),
            Self::Prefix { .. } => has(".prefix."),
            Self::BitFit => path.ends_with(".bias"),
            Self::HeadOnly => false,
        }
    }
}

/// The matrices of a layer, to be changed.
pub(crate) fn matrix<B: Kernels>(layer: &mut Layer<B>, which: Matrix) -> &mut Dense<B> {
    match which {
        Matrix::Query => &mut layer.query,
        Matrix::Key => &mut layer.key,
        Matrix::Value => &mut layer.value,
        Matrix::Output => &mut layer.output,
        Matrix::Up => &mut layer.up,
        Matrix::Down => &mut layer.down,
    }
}

fn add_lora<B: Kernels>(
    layer: &mut Layer<B>,
    matrices: &[Matrix],
    shape: LoraShape,
    rng: &mut Rng,
    device: &B::Device,
) {
    for which in matrices {
        let dense = matrix(layer, *which);
        dense.lora = Some(Lora::new(dense.weight.dims(), shape, rng, device));
    }
}

/// Whether a path is of a head and not of the encoder.
fn is_head(path: &str) -> bool {
    path.starts_with("heads.") || path == "balance"
}

struct Selector<'a> {
    path: Path,
    method: &'a Method,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Selector<'_> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.text();
        let trained = is_head(&path) || self.method.trains(&path);
        // A mask of ranks in use is never trained, by whichever method.
        param.set_require_grad(trained && !path.ends_with(".kept"))
    }
}

#[cfg(test)]
mod tests;
