//! One step: the way forward, the loss, and the way back, for the runs of a batch in parallel.

use std::ops::Range;

use rayon::prelude::*;
use types::Rng;

use super::data::Batch;
use super::dense::{Dropout, add_scaled, dot};
use super::loss::{self, Candidates, Form};
use super::net::{Places, Shape, Tape, backward, forward};

/// What a step is made with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) shape: Shape,
    pub(super) weights: &'a [f32],
    /// The candidates, of length 1.
    pub(super) candidates: Candidates<'a>,
    /// Share of numbers dropped.
    pub(super) dropout: f32,
    /// What a cosine is divided by in the loss.
    pub(super) temperature: f32,
    /// What is learnt by.
    pub(super) form: Form,
}

/// What the loss gains by everything learnt, and the loss itself, a mean over places.
#[derive(Debug)]
pub(super) struct Gained {
    pub(super) loss: f64,
    pub(super) weights: Vec<f32>,
    pub(super) candidates: Vec<f32>,
}

/// Parts of a batch: a fixed number, so that sums do not depend on how many threads there are.
const SHARDS: usize = 4;

impl Step<'_> {
    /// Learns from a batch whose items are places among the candidates.
    pub(super) fn gains(self, batch: &Batch, rng: &mut Rng) -> Gained {
        let dim = self.shape.heads.dim;
        let mut shards = shards(batch, rng);
        shards.par_iter_mut().for_each(|shard| self.forward(shard, batch));
        let tastes: Vec<f32> = shards.iter().flat_map(|shard| shard.tastes.rows.iter().copied()).collect();
        let factor = 1.0 / batch.items.len() as f32;
        let mut d_tastes = vec![0.0; tastes.len()];
        let mut d_candidates = vec![0.0; self.candidates.vectors.len()];
        let mut gains = loss::Gains { places: &mut d_tastes, candidates: &mut d_candidates };
        let loss = loss::loss(self.form, &tastes, dim, self.candidates, &batch.wanted, factor, &mut gains);
        shards.par_iter_mut().for_each(|shard| self.backward(shard, &d_tastes));
        let mut d_weights = vec![0.0; self.shape.len()];
        for shard in &shards {
            add_scaled(&mut d_weights, 1.0, &shard.d_weights);
            for (item, gain) in batch.items[shard.range.clone()].iter().zip(shard.vectors.chunks_exact(dim)) {
                add_scaled(&mut d_candidates[*item as usize * dim..][..dim], 1.0, gain);
            }
        }
        Gained { loss: loss * f64::from(factor), weights: d_weights, candidates: d_candidates }
    }

    fn forward(self, shard: &mut Shard, batch: &Batch) {
        let dim = self.shape.heads.dim;
        let count = shard.range.len();
        shard.vectors = Vec::with_capacity(count * dim);
        for item in &batch.items[shard.range.clone()] {
            shard.vectors.extend_from_slice(&self.candidates.vectors[*item as usize * dim..][..dim]);
        }
        let mut dropout = Dropout { rate: self.dropout, rng: &mut shard.rng };
        shard.factors = dropout.factors(count * dim);
        let stretch = stretch(dim);
        shard.factors.iter_mut().for_each(|factor| *factor *= stretch);
        multiply(&mut shard.vectors, &shard.factors);
        shard.tape = forward(self.shape, self.weights, &shard.places, &mut shard.vectors, dropout);
        shard.tastes = Units::new(std::mem::take(&mut shard.vectors), dim, 1.0 / self.temperature);
    }

    fn backward(self, shard: &mut Shard, d_tastes: &[f32]) {
        let dim = self.shape.heads.dim;
        shard.vectors = d_tastes[shard.range.start * dim..shard.range.end * dim].to_vec();
        shard.tastes.backward(&mut shard.vectors);
        shard.d_weights = vec![0.0; self.shape.len()];
        let (vectors, d_weights) = (&mut shard.vectors, &mut shard.d_weights);
        backward(self.shape, self.weights, &shard.places, &shard.tape, vectors, d_weights);
        multiply(&mut shard.vectors, &shard.factors);
    }
}

/// By what vectors of length 1 are multiplied on their way into the network, so that their numbers are about 1.
pub(super) fn stretch(dim: usize) -> f32 {
    (dim as f32).sqrt()
}

fn multiply(numbers: &mut [f32], factors: &[f32]) {
    numbers.iter_mut().zip(factors).for_each(|(number, factor)| *number *= factor);
}

/// Some runs of a batch.
#[derive(Debug)]
struct Shard {
    places: Places,
    /// Where its places lie in the batch.
    range: Range<usize>,
    rng: Rng,
    /// Vectors on their way forward, later what the loss gains by them on the way back.
    vectors: Vec<f32>,
    factors: Vec<f32>,
    tape: Tape,
    tastes: Units,
    d_weights: Vec<f32>,
}

fn shards(batch: &Batch, rng: &mut Rng) -> Vec<Shard> {
    let runs = &batch.places.runs;
    let shard = |runs: &[Range<usize>]| {
        let range = runs[0].start..runs[runs.len() - 1].end;
        let moved = runs.iter().map(|run| run.start - range.start..run.end - range.start).collect();
        let places = Places { runs: moved, times: batch.places.times[range.clone()].to_vec() };
        let rng = Rng::new(rng.next_u64());
        let (vectors, factors, d_weights) = (Vec::new(), Vec::new(), Vec::new());
        Shard { places, range, rng, vectors, factors, tape: Tape::default(), tastes: Units::default(), d_weights }
    };
    runs.chunks(runs.len().div_ceil(SHARDS).max(1)).map(shard).collect()
}

/// Rows brought to one length.
#[derive(Debug, Default)]
pub(in crate::recommend) struct Units {
    pub(in crate::recommend) rows: Vec<f32>,
    sizes: Vec<f32>,
    dim: usize,
    length: f32,
}

impl Units {
    /// Brings rows to `length`; rows of zeros stay so.
    pub(in crate::recommend) fn new(mut rows: Vec<f32>, dim: usize, length: f32) -> Self {
        let mut sizes = Vec::with_capacity(rows.len() / dim);
        for row in rows.chunks_exact_mut(dim) {
            let size = dot(row, row).sqrt().max(1e-6);
            row.iter_mut().for_each(|number| *number *= length / size);
            sizes.push(size);
        }
        Self { rows, sizes, dim, length }
    }

    /// From what the loss gains by the rows as they are to what it gains by them as they were, in place.
    pub(in crate::recommend) fn backward(&self, gains: &mut [f32]) {
        for ((row, size), gains) in
            self.rows.chunks_exact(self.dim).zip(&self.sizes).zip(gains.chunks_exact_mut(self.dim))
        {
            let along = dot(row, gains) / (self.length * self.length);
            for (gain, number) in gains.iter_mut().zip(row) {
                *gain = (*gain - along * number) * self.length / size;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::attention::Heads;
    use super::super::loss::Wanted;
    use super::super::net::Kind;
    use super::*;

    #[test]
    fn gains_are_those_of_finite_differences() {
        let heads = Heads { dim: 4, heads: 2, length: 4 };
        let shape = Shape { kind: Kind::Transformer, heads, blocks: 1, inner: 3 };
        let mut rng = Rng::new(3);
        let weights = shape.begin(&mut rng);
        let own: Vec<f32> = (0..5 * 4).map(|_| rng.normal() as f32).collect();
        let lift = [0.0, 0.5, 1.0, 0.2, 0.0];
        let wanted = Wanted { offsets: vec![0, 1, 3, 4], entries: vec![(1, 1.0), (2, 0.7), (4, 0.3), (3, 1.0)] };
        let places = Places { runs: vec![0..2, 2..3], times: vec![0, 5, 9] };
        let batch = Batch { places, items: vec![0, 1, 4], wanted };
        let gained = |own: &[f32]| {
            let units = Units::new(own.to_vec(), 4, 1.0);
            let candidates = Candidates { vectors: &units.rows, lift: &lift };
            let step =
                Step { shape, weights: &weights, candidates, dropout: 0.2, temperature: 0.5, form: Form::Softmax };
            let mut gained = step.gains(&batch, &mut Rng::new(1));
            units.backward(&mut gained.candidates);
            gained
        };
        let gains = gained(&own).candidates;
        const STEP: f32 = 2e-3;
        for place in 0..own.len() {
            let moved = |by: f32| {
                let mut own = own.clone();
                own[place] += by;
                gained(&own).loss
            };
            let expected = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            assert!((f64::from(gains[place]) - expected).abs() < 2e-3 + 0.01 * expected.abs(), "{place}");
        }
    }
}
