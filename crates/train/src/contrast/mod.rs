//! Contrastive fine-tuning: the encoder learns which passage answers a query, from a shop's log or from its items' own
//! texts.
//!
//! [`train_encoder`] does all of it. Pairs come from searches and what was clicked or bought after them (any iterator of
//! [`Pair`]), or from [`self_supervised`]. The loss is InfoNCE over the batch and over hard negatives that the encoder
//! itself finds; what is probably no negative is left out. Batches can be larger than memory (gradient caching).

mod compare;
mod evaluate;
mod loss;
mod mine;
mod pairs;
mod sides;
mod task;
#[cfg(test)]
mod tests;
mod views;

use std::path::Path;

use neural::{Encoder, Weights};
use serde::{Deserialize, Serialize};
use types::Rng;

use crate::backend::{Device, Job, Trainable};
use crate::fit::{Control, Fitted, Options, fit};
use crate::kernels::release_buffers;
use crate::net::TextNet;
use crate::tune::Method;
use crate::{Error, Result};

pub use pairs::Pair;
pub use sides::Sides;
pub use views::{ItemTexts, self_supervised, view};

pub(crate) use mine::{by_length, encode_all};

use pairs::{HeldOut, Table};
use task::ContrastTask;

/// Fine-tunes the encoder in the folder `base` (a model of ours, or a Hugging Face checkpoint with its tokenizer) so that
/// queries find their passages. Hands back its weights with figures before and after on queries that were held out:
/// `mrr@10` (which decides) and `recall@10`.
///
/// # Errors
/// Options out of range, a folder without a BERT-like network, too few pairs, and what [`fit`] says.
pub fn train_encoder(
    base: &Path,
    data: &ContrastData<'_>,
    contrast: &ContrastOptions,
    options: &Options,
    device: &Device,
    control: Control<'_>,
) -> Result<Fitted<Weights>> {
    contrast.check()?;
    let weights = Weights::read(base)?;
    let sides = Sides::read(base, &weights.config)?;
    let held_out = HeldOut { validation: contrast.validation, test: contrast.test, seed: options.seed };
    let table = Table::new(data.pairs, data.corpus, &sides, held_out)?;
    let guide = data.guide.map(|guide| task::Guide::new(guide, &table)).transpose()?;
    device.run(Training { weights: &weights, table, guide, padding: sides.padding(), contrast, options, control })
}

/// What an encoder learns from.
#[derive(Clone, Copy)]
pub struct ContrastData<'a> {
    /// Queries with passages that answer them.
    pub pairs: &'a [Pair],
    /// Further passages of the shop, among which hard negatives are sought too.
    pub corpus: &'a [String],
    /// An encoder that is asked whether a negative is one; without it only mined negatives are judged, by the encoder
    /// that is trained.
    pub guide: Option<&'a Encoder>,
}

/// How an encoder learns from pairs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContrastOptions {
    /// Which of the encoder's numbers are trained.
    pub method: Method,
    /// Similarities are divided by it before the softmax.
    pub temperature: f64,
    /// Whether passages look for their queries too.
    pub symmetric: bool,
    /// Hard negatives a pair.
    pub hard: usize,
    /// They are drawn from this many passages nearest to the query.
    pub depth: usize,
    /// A negative must have less than this share of the positive's similarity (Moreira et al. 2024), else it may well be
    /// an answer that nobody clicked.
    pub margin: f64,
    /// Epochs after which hard negatives are sought again.
    pub mine_every: u32,
    /// Queries for which they are sought, at most, among the answers to those and as many other passages, all drawn anew
    /// each time; pairs that are left out have their batch's passages as negatives.
    pub mined: usize,
    /// Most pieces with gradients at a time, padding included; larger batches are cached (Gao et al. 2021), which costs
    /// one more forward pass.
    pub chunk_pieces: usize,
    /// Lengths to which a vector may be cut later (Matryoshka); empty: none.
    pub lengths: Vec<usize>,
    /// Share of the pairs whose queries decide.
    pub validation: f64,
    /// Share of the pairs whose queries are reported on.
    pub test: f64,
    /// Passages among which held-out queries look for theirs, at most; more only where they answer a held-out query.
    pub corpus: usize,
}

impl Default for ContrastOptions {
    fn default() -> Self {
        Self {
            method: Method::Full,
            temperature: 0.02,
            symmetric: true,
            hard: 1,
            depth: 30,
            margin: 0.95,
            mine_every: 1,
            mined: 2000,
            chunk_pieces: 2048,
            lengths: Vec::new(),
            validation: 0.1,
            test: 0.1,
            corpus: 1000,
        }
    }
}

impl ContrastOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first that is out of its range.
    pub fn check(&self) -> Result<()> {
        let number = |field, value: f64, least: f64, most: f64, expected| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(Error::Option { field, got: value.to_string(), expected })
        };
        self.method.check()?;
        number("temperature", self.temperature, 1e-3, 10.0, "0.001 to 10")?;
        number("hard", self.hard as f64, 0.0, 64.0, "0 to 64")?;
        number("depth", self.depth as f64, 1.0, 1000.0, "1 to 1000")?;
        number("margin", self.margin, 0.0, 1.0, "0 to 1")?;
        number("mine_every", f64::from(self.mine_every), 1.0, 1e6, "at least 1")?;
        number("mined", self.mined as f64, 10.0, 1e9, "at least 10")?;
        number("chunk_pieces", self.chunk_pieces as f64, 64.0, 1e9, "at least 64")?;
        number("lengths", self.lengths.iter().copied().min().unwrap_or(1) as f64, 1.0, 1e6, "numbers above 0")?;
        number("validation", self.validation, 1e-6, 0.5, "above 0 and at most 0.5")?;
        number("test", self.test, 0.0, 0.5, "0 to 0.5")?;
        number("corpus", self.corpus as f64, 10.0, 1e9, "at least 10")
    }
}

/// The numbers of `base` moved this share of the way to those of `tuned`, which often keeps more of what the base could do
/// than it loses of what was learnt (Wortsman et al. 2022).
///
/// # Errors
/// Where the two are not the same network.
pub fn blend(base: &Weights, tuned: &Weights, share: f32) -> Result<Weights> {
    let mut blended = tuned.clone();
    for (name, tensor) in &mut blended.tensors {
        let from = base.tensors.get(name).ok_or_else(|| Error::MissingTensor { name: name.clone() })?;
        if from.dims != tensor.dims {
            let (expected, got) = (format!("{:?}", from.dims), format!("{:?}", tensor.dims));
            return Err(Error::TensorShape { name: name.clone(), expected, got });
        }
        tensor.data.iter_mut().zip(&from.data).for_each(|(tuned, base)| *tuned = base + share * (*tuned - base));
    }
    Ok(blended)
}

/// [`train_encoder`] from where the backend matters.
struct Training<'a, 'c> {
    weights: &'a Weights,
    table: Table,
    guide: Option<task::Guide>,
    padding: u32,
    contrast: &'a ContrastOptions,
    options: &'a Options,
    control: Control<'c>,
}

impl Job for Training<'_, '_> {
    type Out = Result<Fitted<Weights>>;

    fn run<B: Trainable>(self, device: &B::Device) -> Self::Out {
        let Self { weights, table, guide, padding, contrast, options, control } = self;
        let method = &contrast.method;
        let net = TextNet::<B>::read(weights, device)?;
        let net = method.extend(net, &mut Rng::new(options.seed), device)?;
        let net = method.select::<B, _>(net);
        let mut task = ContrastTask::new(table, guide, padding, contrast.clone(), options.seed);
        let fitted = fit::<B, _>(&mut task, net, options, control);
        release_buffers();
        Ok(fitted?.map(|net| net.write(&weights.config)))
    }
}
