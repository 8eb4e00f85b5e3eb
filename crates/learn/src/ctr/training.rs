//! Goes through examples in mini-batches.

use rayon::prelude::*;
use types::Rng;

use super::heads::Heads;
use super::model::CtrModel;
use super::network::{Network, Rows};
use super::optimiser::Memory;
use super::shape::{Shape, Weights};
use super::trainer::{CtrConfig, CtrReport, Epoch};
use super::vocabulary::Vocabulary;
use super::{CtrError, Examples};
use crate::recommend::sequence::dense::add_scaled;

/// Rows that one thread works on at once. Not what the number of threads makes of a batch, so that sums are the same on any.
pub(super) const CHUNK: usize = 128;

/// A training under way.
pub(super) struct Training<'a> {
    config: &'a CtrConfig,
    examples: &'a Examples,
    vocabulary: Vocabulary,
    shape: Shape,
    weights: Weights,
    memory: Memory,
    merged: Merged,
}

/// Gains of the table's rows of a batch.
struct Merged {
    /// For each row of the table its place among those met, and the batch in which it was.
    places: Vec<(u32, u32)>,
    batch: u32,
    rows: Vec<u32>,
    gains: Vec<f32>,
}

/// What one chunk of rows adds to a batch.
struct Chunk {
    rows: Rows,
    loss: f64,
    dense: Vec<f32>,
    parts: Vec<f32>,
}

impl<'a> Training<'a> {
    pub(super) fn begin(config: &'a CtrConfig, examples: &'a Examples, rng: &mut Rng) -> Result<Self, CtrError> {
        let priors = config.heads.priors(examples)?;
        let vocabulary = Vocabulary::new(examples, config.count_min);
        let shape = Shape {
            width: examples.schema().width(),
            factors: config.factors,
            heads: config.heads.len(),
            pairs: config.pairs,
            cross: config.cross_layers,
            hidden: config.hidden.clone(),
        };
        let weights = shape.begin(vocabulary.len(), &priors, config.deviation, rng);
        let memory = Memory::new(config.optimiser, &weights);
        let merged = Merged { places: vec![(0, 0); vocabulary.len()], batch: 0, rows: Vec::new(), gains: Vec::new() };
        Ok(Self { config, examples, vocabulary, shape, weights, memory, merged })
    }

    /// All epochs.
    pub(super) fn run(
        mut self,
        validation: Option<&Examples>,
        rng: &mut Rng,
    ) -> Result<(CtrModel, CtrReport), CtrError> {
        self.forget_unmet();
        let measure = |training: &Self| validation.map(|examples| training.loss_of(examples));
        let mut epochs = vec![Epoch { train: None, validation: measure(&self) }];
        let mut best = (0, self.weights.clone());
        let mut order: Vec<u32> = (0..self.examples.len() as u32).collect();
        for number in 1..=self.config.epochs {
            rng.shuffle(&mut order);
            let train = self.epoch(&order, rng);
            let held = measure(&self);
            if !train.is_finite() || held.is_some_and(|loss| !loss.is_finite()) || !self.finite() {
                return Err(CtrError::Diverged { epoch: number });
            }
            epochs.push(Epoch { train: Some(train), validation: held });
            let better = held.zip(epochs[best.0].validation).is_none_or(|(now, before)| now < before);
            if better {
                best = (number, self.weights.clone());
            } else if number - best.0 >= self.config.patience.max(1) {
                break;
            }
        }
        let report = CtrReport { epochs, kept: best.0, known: self.vocabulary.known() };
        Ok((CtrModel::new(self.config.heads, self.vocabulary, self.shape, best.1), report))
    }

    /// Rows of the table that no example has stay out of it: drawn vectors would be noise for ids that come later.
    fn forget_unmet(&mut self) {
        let mut met = vec![false; self.vocabulary.len()];
        let mut parts = Vec::new();
        for row in 0..self.examples.len() {
            parts.clear();
            self.vocabulary.encode(self.examples, row, &mut parts);
            parts.iter().for_each(|part| met[part.row as usize] = true);
        }
        let rows = self.weights.table.chunks_exact_mut(self.shape.stride());
        rows.zip(met).filter(|(_, met)| !met).for_each(|(row, _)| row.fill(0.0));
    }

    fn finite(&self) -> bool {
        self.weights.dense.iter().chain(&self.weights.table).all(|weight| weight.is_finite())
    }

    /// Goes through all rows once; the mean loss.
    fn epoch(&mut self, order: &[u32], rng: &mut Rng) -> f64 {
        let (mut loss, mut mass) = (0.0, 0.0);
        for batch in order.chunks(self.config.batch) {
            let weight: f64 = batch.iter().map(|row| f64::from(self.examples.weight(*row as usize))).sum();
            let seeded: Vec<(&[u32], Rng)> = batch.chunks(CHUNK).map(|rows| (rows, Rng::new(rng.next_u64()))).collect();
            let chunks: Vec<Chunk> =
                seeded.into_par_iter().map(|(rows, rng)| self.chunk(rows, 1.0 / weight as f32, rng)).collect();
            let mut dense = self.pull();
            self.merged.begin();
            for chunk in &chunks {
                add_scaled(&mut dense, 1.0, &chunk.dense);
                self.merged.add(chunk, self.shape.stride());
                loss += chunk.loss;
            }
            mass += weight;
            let Merged { rows, gains, .. } = &self.merged;
            self.memory.step(&mut self.weights, &dense, rows, gains, self.config.rate);
        }
        loss / mass
    }

    /// Where smallness pulls the towers' weights.
    fn pull(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.weights.dense.len()];
        if self.config.l2_towers > 0.0 {
            let towers = self.shape.cross_weights(0).start;
            add_scaled(&mut dense[towers..], self.config.l2_towers, &self.weights.dense[towers..]);
        }
        dense
    }

    /// Loss and gains of some rows, `share` being what a row of weight 1 counts for in the batch.
    fn chunk(&self, numbers: &[u32], share: f32, rng: Rng) -> Chunk {
        let mut rows = Rows::default();
        for row in numbers {
            self.vocabulary.encode(self.examples, *row as usize, &mut rows.parts);
            rows.ends.push(rows.parts.len());
        }
        let heads = self.shape.heads;
        let network = Network { shape: &self.shape, weights: &self.weights };
        let pass = network.forward(&rows, (self.config.dropout > 0.0).then_some((self.config.dropout, rng)));
        let mut gains = vec![0.0; pass.logits.len()];
        let mut loss = 0.0;
        for ((row, logits), gains) in
            numbers.iter().zip(pass.logits.chunks_exact(heads)).zip(gains.chunks_exact_mut(heads))
        {
            let row = *row as usize;
            loss += self.config.heads.loss(logits, self.examples.outcome(row), self.examples.weight(row), gains);
            gains.iter_mut().for_each(|gain| *gain *= share);
        }
        let mut back = network.backward(&rows, &pass, &gains);
        self.shrink(&rows, numbers, share, &mut back.parts);
        Chunk { rows, loss, dense: back.dense, parts: back.parts }
    }

    /// Adds where smallness pulls the weights of what rows have.
    fn shrink(&self, rows: &Rows, numbers: &[u32], share: f32, gains: &mut [f32]) {
        let stride = self.shape.stride();
        let mut gains = gains.chunks_exact_mut(stride);
        for (parts, number) in rows.each().zip(numbers) {
            let share = share * self.examples.weight(*number as usize);
            for (part, gains) in parts.iter().zip(&mut gains) {
                let (linear, vector) = gains.split_at_mut(self.shape.heads);
                let weights = &self.weights.table[part.row as usize * stride..][..stride];
                add_scaled(linear, share * self.config.l2_linear, &weights[..linear.len()]);
                add_scaled(vector, share * self.config.l2_factors, &weights[linear.len()..]);
            }
        }
    }

    /// The mean loss of other rows.
    fn loss_of(&self, examples: &Examples) -> f64 {
        let model = Network { shape: &self.shape, weights: &self.weights };
        let logits = logits(model, &self.vocabulary, examples);
        mean_loss(self.config.heads, &logits, examples)
    }
}

impl Merged {
    fn begin(&mut self) {
        self.batch = self.batch.wrapping_add(1);
        self.rows.clear();
        self.gains.clear();
    }

    fn add(&mut self, chunk: &Chunk, stride: usize) {
        for (part, gains) in chunk.rows.parts.iter().zip(chunk.parts.chunks_exact(stride)) {
            let place = &mut self.places[part.row as usize];
            if place.1 != self.batch {
                *place = (self.rows.len() as u32, self.batch);
                self.rows.push(part.row);
                self.gains.resize(self.gains.len() + stride, 0.0);
            }
            add_scaled(&mut self.gains[place.0 as usize * stride..][..stride], 1.0, gains);
        }
    }
}

/// The logits of all rows, in their order.
pub(super) fn logits(network: Network<'_>, vocabulary: &Vocabulary, examples: &Examples) -> Vec<f32> {
    let starts: Vec<usize> = (0..examples.len()).step_by(CHUNK).collect();
    let chunk = |start: &usize| {
        let mut rows = Rows::default();
        for row in *start..(start + CHUNK).min(examples.len()) {
            vocabulary.encode(examples, row, &mut rows.parts);
            rows.ends.push(rows.parts.len());
        }
        network.forward(&rows, None).logits
    };
    starts.par_iter().flat_map_iter(chunk).collect()
}

/// The mean over rows, by their weights, of the log-losses of all heads.
fn mean_loss(heads: Heads, logits: &[f32], examples: &Examples) -> f64 {
    let mut unused = vec![0.0; heads.len()];
    let (mut loss, mut mass) = (0.0, 0.0);
    for (row, logits) in logits.chunks_exact(heads.len()).enumerate() {
        loss += heads.loss(logits, examples.outcome(row), examples.weight(row), &mut unused);
        mass += f64::from(examples.weight(row));
    }
    loss / mass
}
