//! A whole training: networks one after another, then what is counted beside them.

use super::attention::Heads;
use super::beginning::Beginning;
use super::items::Items;
use super::model::{Counts, Sequence};
use super::net::{Kind, Shape};
use super::network::Network;
use super::training::Training;
use crate::bytes::{Reader, Writer};
use crate::recommend::fit::{Part, Rounds, rounds};
use crate::recommend::{FitError, Interactions, Method, Parameters, TrainingData, Watcher, method, train};

/// How networks are trained.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Settings {
    pub(super) kind: Kind,
    pub(super) dim: usize,
    pub(super) blocks: usize,
    pub(super) heads: usize,
    pub(super) length: usize,
    pub(super) rounds: usize,
    pub(super) rate: f32,
    pub(super) decay: f32,
    pub(super) dropout: f32,
    pub(super) temperature: f32,
    pub(super) binary: bool,
    pub(super) calibration: f32,
    pub(super) ahead: f32,
    pub(super) skipped: f32,
    pub(super) negatives: usize,
    /// Places of a step, where the data have so many.
    pub(super) places: usize,
    pub(super) window: usize,
    pub(super) copies: usize,
    pub(super) counts: f32,
}

/// Share of the work that is left for counting.
const COUNTING: f64 = 0.02;

impl Settings {
    pub(super) fn shape(self) -> Shape {
        let heads = Heads { dim: self.dim, heads: self.heads, length: self.length };
        Shape { kind: self.kind, heads, blocks: self.blocks, inner: 2 * self.dim }
    }

    pub(super) fn beginning(self, seed: u64) -> Beginning {
        Beginning { dim: self.dim, window: self.window, seed }
    }

    /// The most bytes held at once beyond the data.
    pub(super) fn memory(self, data: &TrainingData<'_>) -> u64 {
        let items = data.interactions.items();
        let (dim, shape) = (self.dim as u64, self.shape());
        // The last window of a batch may exceed it by a run.
        let places = (self.places + self.length) as u64;
        let met = 2 * places * super::data::HORIZON as u64;
        let candidates = (items as u64).min(self.negatives as u64 + met);
        let weights = 4 * 8 * shape.len() as u64;
        // Those that are done, the best one so far, and the one to be compared with it.
        let networks = (1 + self.copies as u64) * 4 * (dim * items as u64 + shape.len() as u64);
        let step = 4 * candidates * (6 * dim + super::loss::SLAB as u64);
        let a_place = (12 + 14 * self.blocks as u64) * dim + (self.blocks * self.heads * self.length) as u64;
        let given = 4 * 2 * (candidates * data.items.dims as u64);
        let windows = 96 * (data.interactions.users() + data.interactions.len() / self.length) as u64;
        let table = Items::bytes(items, self.dim, data.items);
        let training = table + weights + step + 4 * a_place * places + given + windows;
        let learnt = (data.interactions.len() * size_of::<crate::recommend::Interaction>()) as u64;
        let beginning = if self.window > 0 { table + learnt + self.beginning(0).memory(data.interactions) } else { 0 };
        let counting = counting(self.counts).map_or(0, |method| trainer(method).memory(data));
        networks + training.max(beginning).max(counting)
    }

    /// Trains.
    pub(super) fn fit(self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Sequence, FitError> {
        let size = (1.0 - COUNTING) / self.copies as f64;
        let mut networks = Vec::with_capacity(self.copies);
        for copy in 0..self.copies {
            let (name, from) = (format!("network-{copy}"), size * copy as f64);
            let mut part = Part::new(watcher, &name, (from, from + size));
            let data = TrainingData { seed: data.seed.wrapping_add(copy as u64), ..*data };
            networks.push(self.network(&data, &mut part)?);
        }
        let mut part = Part::new(watcher, "counts", (1.0 - COUNTING, 1.0));
        let counts = match counting(self.counts) {
            Some(method) => {
                let model = train(method, &Parameters::new(method.parameters), data, None, &mut part)?;
                Some(Counts { model, weight: self.counts })
            }
            None => None,
        };
        Ok(Sequence { networks, counts })
    }

    /// Trains one network: rounds of steps with falling pace, until the held-out items are ranked no better.
    fn network(self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Network, FitError> {
        let begin = |watcher: &mut dyn Watcher| {
            Ok(Course { training: Training::new(self, data, watcher)?, interactions: data.interactions, best: None })
        };
        let Course { training, best, .. } = rounds(begin, watcher)?;
        match best {
            Some(best) => Ok(best.network),
            // Nobody is kept aside: the last is the best.
            None => training.network(),
        }
    }
}

/// A training and the best it came to so far.
struct Course<'a> {
    training: Training<'a>,
    interactions: &'a Interactions,
    best: Option<Best>,
}

struct Best {
    score: f64,
    round: usize,
    network: Network,
}

impl Rounds for Course<'_> {
    fn most(&self) -> usize {
        self.training.rounds
    }

    fn wants(&self, round: usize) -> bool {
        round < self.most() && self.best.as_ref().is_none_or(|best| round <= best.round + Training::PATIENCE)
    }

    fn round(&mut self, round: usize, watcher: &mut dyn Watcher) -> Result<f64, FitError> {
        let loss = self.training.round(round, watcher)?;
        let network = self.training.network()?;
        let score = self.training.held_out.score(&network, self.interactions);
        if let Some(score) = score.filter(|score| self.best.as_ref().is_none_or(|best| *score > best.score)) {
            self.best = Some(Best { score, round, network });
        }
        Ok(loss)
    }

    fn write(&self, out: &mut Writer) {
        out.byte(u8::from(self.best.is_some()));
        if let Some(Best { score, round, network }) = &self.best {
            out.number(score.to_bits());
            out.number(*round as u64);
            network.write(out);
        }
        self.training.write(out);
    }

    fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        self.best = match input.byte()? {
            0 => None,
            _ => {
                let (score, round) = (f64::from_bits(input.number()?), input.small()? as usize);
                Some(Best { score, round, network: Network::read(input)? })
            }
        };
        self.training.read(input)
    }
}

/// The method that counts, where its word has a weight.
fn counting(weight: f32) -> Option<&'static Method> {
    method(Counts::METHOD).ok().filter(|_| weight > 0.0)
}

fn trainer(method: &Method) -> Box<dyn crate::recommend::Trainer> {
    (method.trainer)(&Parameters::new(method.parameters))
}
