//! One step: histories summed, the loss, and what it gains by all that is learnt.

use super::examples::{AGES, Batch, Known};
use super::pairwise::Pairs;
use super::training::Loss;
use crate::recommend::sequence::dense::{add_scaled, dot, wide};
use crate::recommend::sequence::loss::{Candidates, Form, Gains, loss};
use crate::recommend::sequence::step::Units;

/// What an item of a history counts, as logarithms: by age, then what having bought adds.
pub(super) const COUNTS: usize = AGES + 1;

/// What an item of a history counts.
#[inline]
pub(super) fn count(counts: &[f32], age: u8, bought: bool) -> f32 {
    (counts[age as usize] + if bought { counts[AGES] } else { 0.0 }).exp()
}

/// What a step is made with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step<'a> {
    pub(super) dim: usize,
    /// Vectors of the items of histories.
    pub(super) sources: &'a [f32],
    pub(super) counts: &'a [f32],
    pub(super) candidates: Candidates<'a>,
    /// Candidates that were drawn, the first ones.
    pub(super) drawn: usize,
    /// The length that the sum of a history is brought to.
    pub(super) length: f32,
    pub(super) loss: Loss,
}

/// What the loss gains by everything learnt, and the loss itself, a mean over examples.
#[derive(Debug)]
pub(super) struct Gained {
    pub(super) loss: f64,
    pub(super) sources: Vec<f32>,
    pub(super) counts: Vec<f32>,
    pub(super) candidates: Vec<f32>,
}

impl Step<'_> {
    /// Learns from a batch whose items are places among the sources and the candidates.
    pub(super) fn gains(self, batch: &Batch) -> Gained {
        let dim = self.dim;
        let mut sums = vec![0.0; batch.len() * dim];
        for (example, sum) in sums.chunks_exact_mut(dim).enumerate() {
            for known in batch.known(example) {
                let count = known.weight * count(self.counts, known.age, known.bought);
                wide(
                    #[inline(always)]
                    || add_scaled(sum, count, self.source(known)),
                );
            }
        }
        let users = Units::new(sums, dim, self.length);
        let factor = 1.0 / batch.len().max(1) as f32;
        let mut d_users = vec![0.0; users.rows.len()];
        let mut d_candidates = vec![0.0; self.candidates.vectors.len()];
        let mut gains = Gains { places: &mut d_users, candidates: &mut d_candidates };
        let loss = match self.loss {
            Loss::Softmax => loss(Form::Softmax, &users.rows, dim, self.candidates, &batch.wanted, factor, &mut gains),
            Loss::Pairs { hardness } => {
                let pairs = Pairs { vectors: self.candidates.vectors, dim, drawn: self.drawn, hardness };
                pairs.loss(&users.rows, &batch.wanted, factor, &mut gains)
            }
        };
        users.backward(&mut d_users);
        let (sources, counts) = self.backward(batch, &d_users);
        Gained { loss: loss * f64::from(factor), sources, counts, candidates: d_candidates }
    }

    fn backward(self, batch: &Batch, d_sums: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut d_sources, mut d_counts) = (vec![0.0; self.sources.len()], vec![0.0; COUNTS]);
        for (example, d_sum) in d_sums.chunks_exact(self.dim).enumerate() {
            for known in batch.known(example) {
                let count = known.weight * count(self.counts, known.age, known.bought);
                let slope = count
                    * wide(
                        #[inline(always)]
                        || dot(self.source(known), d_sum),
                    );
                d_counts[known.age as usize] += slope;
                d_counts[AGES] += if known.bought { slope } else { 0.0 };
                let d_source = &mut d_sources[known.item as usize * self.dim..][..self.dim];
                wide(
                    #[inline(always)]
                    || add_scaled(d_source, count, d_sum),
                );
            }
        }
        (d_sources, d_counts)
    }

    #[inline(always)]
    fn source(&self, known: &Known) -> &[f32] {
        &self.sources[known.item as usize * self.dim..][..self.dim]
    }
}

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;
    use crate::recommend::sequence::loss::Wanted;

    const DIM: usize = 4;

    #[test]
    fn gains_are_those_of_finite_differences() {
        let mut rng = Rng::new(3);
        let mut normal = |len: usize| (0..len).map(|_| 0.5 * rng.normal() as f32).collect::<Vec<f32>>();
        // Sources, what ages count, candidates: one after another.
        let numbers = normal(5 * DIM + COUNTS + 6 * DIM);
        let known = |item, age, bought, weight| Known { item, age, bought, weight };
        let batch = Batch {
            offsets: vec![0, 2, 5],
            known: vec![
                known(0, 0, false, 1.0),
                known(3, 2, true, 0.5),
                known(1, 0, false, -0.7),
                known(3, 2, false, 1.5),
                known(4, 15, true, 1.0),
            ],
            wanted: Wanted { offsets: vec![0, 2, 4], entries: vec![(1, 0.7), (5, 0.3), (2, 1.0), (0, -0.2)] },
        };
        let lift = [0.0, 0.5, 1.0, 0.2, 0.0, 0.3];
        for loss in [Loss::Softmax, Loss::Pairs { hardness: 0.0 }] {
            let gained = |numbers: &[f32]| {
                let (sources, rest) = numbers.split_at(5 * DIM);
                let (counts, candidates) = rest.split_at(COUNTS);
                let units = Units::new(candidates.to_vec(), DIM, 1.0);
                let candidates = Candidates { vectors: &units.rows, lift: &lift };
                let step = Step { dim: DIM, sources, counts, candidates, drawn: 4, length: 2.0, loss };
                let mut gained = step.gains(&batch);
                units.backward(&mut gained.candidates);
                gained
            };
            let Gained { sources, counts, candidates, .. } = gained(&numbers);
            const STEP: f32 = 2e-3;
            for (place, gain) in sources.iter().chain(&counts).chain(&candidates).enumerate() {
                let moved = |by: f32| {
                    let mut numbers = numbers.clone();
                    numbers[place] += by;
                    gained(&numbers).loss
                };
                let expected = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
                let close = (f64::from(*gain) - expected).abs() < 2e-3 + 0.01 * expected.abs();
                assert!(close, "{loss:?}, {place}: {gain} {expected}");
            }
        }
    }
}
