//! The network: blocks over the vectors of a history's items.

use std::ops::Range;

use types::Rng;

use super::attention::Heads;
use super::dense::Dropout;
use super::norm::Norm;
use super::{recurrent, transformer};

/// What blocks are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Attention and a feed-forward net (SASRec).
    Transformer,
    /// A layer of gated recurrent units (GRU4Rec).
    Recurrent,
}

/// Sizes of a network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) heads: Heads,
    pub(super) blocks: usize,
    /// Numbers inside the feed-forward net.
    pub(super) inner: usize,
}

impl Shape {
    fn transformer(self) -> transformer::Block {
        transformer::Block { heads: self.heads, inner: self.inner }
    }

    fn recurrent(self) -> recurrent::Block {
        recurrent::Block { dim: self.heads.dim }
    }

    /// Where the weights of a block lie.
    fn block(self, number: usize) -> Range<usize> {
        let len = match self.kind {
            Kind::Transformer => self.transformer().len(),
            Kind::Recurrent => self.recurrent().len(),
        };
        number * len..(number + 1) * len
    }

    fn last_norm(self) -> Range<usize> {
        let start = self.block(self.blocks).start;
        start..start + self.heads.dim
    }

    /// Weights of all.
    pub(super) fn len(self) -> usize {
        self.last_norm().end
    }

    /// Weights to begin with.
    pub(super) fn begin(self, rng: &mut Rng) -> Vec<f32> {
        let mut weights = vec![0.0; self.len()];
        for number in 0..self.blocks {
            let weights = &mut weights[self.block(number)];
            match self.kind {
                Kind::Transformer => self.transformer().begin(weights, rng),
                Kind::Recurrent => self.recurrent().begin(weights, rng),
            }
        }
        weights[self.last_norm()].fill(1.0);
        weights
    }
}

/// Draws weights whose sums over so many inputs are about as large as these.
pub(super) fn draw(weights: &mut [f32], inputs: usize, rng: &mut Rng) {
    let scale = (1.0 / inputs as f64).sqrt();
    weights.iter_mut().for_each(|weight| *weight = (scale * rng.normal()) as f32);
}

/// Places of histories.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Where each history lies.
    pub(super) runs: Vec<Range<usize>>,
    /// Seconds of each place.
    pub(super) times: Vec<i64>,
}

/// What the way forward leaves for the way back.
#[derive(Debug, Default)]
pub(super) struct Tape {
    blocks: Vec<Kept>,
    last: Norm,
}

#[derive(Debug)]
enum Kept {
    Transformer(transformer::Kept),
    Recurrent(recurrent::Kept),
}

/// Takes each place's vector through the network, in place.
pub(super) fn forward(
    shape: Shape,
    weights: &[f32],
    places: &Places,
    vectors: &mut [f32],
    mut dropout: Dropout<'_>,
) -> Tape {
    let mut block = |number: usize| {
        let weights = &weights[shape.block(number)];
        match shape.kind {
            Kind::Transformer => Kept::Transformer(shape.transformer().forward(weights, places, vectors, &mut dropout)),
            Kind::Recurrent => Kept::Recurrent(shape.recurrent().forward(weights, places, vectors, &mut dropout)),
        }
    };
    let blocks = (0..shape.blocks).map(&mut block).collect();
    let last = Norm::new(vectors, &weights[shape.last_norm()]);
    vectors.copy_from_slice(&last.out);
    Tape { blocks, last }
}

/// From what the loss gains by what [`forward`] gave to what it gains by what was put in (in place), and by the weights
/// (added).
pub(super) fn backward(
    shape: Shape,
    weights: &[f32],
    places: &Places,
    tape: &Tape,
    d_vectors: &mut Vec<f32>,
    d_weights: &mut [f32],
) {
    let mut d_passed = vec![0.0; d_vectors.len()];
    let last = shape.last_norm();
    tape.last.backward(&weights[last.clone()], d_vectors, &mut d_passed, &mut d_weights[last]);
    *d_vectors = d_passed;
    for (number, kept) in tape.blocks.iter().enumerate().rev() {
        let (weights, d_weights) = (&weights[shape.block(number)], &mut d_weights[shape.block(number)]);
        match kept {
            Kept::Transformer(kept) => shape.transformer().backward(weights, places, kept, d_vectors, d_weights),
            Kept::Recurrent(kept) => shape.recurrent().backward(weights, kept, d_vectors, d_weights),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of what the network gives, each number weighed, so that every gain is another one.
    fn total(shape: Shape, weights: &[f32], places: &Places, vectors: &[f32]) -> f64 {
        let mut out = vectors.to_vec();
        forward(shape, weights, places, &mut out, Dropout { rate: 0.3, rng: &mut Rng::new(5) });
        out.iter().zip(0..).map(|(out, place)| f64::from(*out) * f64::from(place % 7 - 3)).sum()
    }

    #[test]
    fn gains_are_those_of_finite_differences() {
        for kind in [Kind::Transformer, Kind::Recurrent] {
            check_gains(Shape { kind, heads: Heads { dim: 6, heads: 2, length: 3 }, blocks: 2, inner: 5 });
        }
    }

    fn check_gains(shape: Shape) {
        let places = Places { runs: vec![0..4, 4..5, 5..7], times: vec![0, 1, 100, 90, 7, 7, 8] };
        let mut rng = Rng::new(2);
        let mut weights = shape.begin(&mut rng);
        weights.iter_mut().for_each(|weight| *weight += 0.3 * rng.normal() as f32);
        let mut vectors: Vec<f32> = (0..7 * 6).map(|_| rng.normal() as f32).collect();

        let mut out = vectors.clone();
        let tape = forward(shape, &weights, &places, &mut out, Dropout { rate: 0.3, rng: &mut Rng::new(5) });
        let mut d_vectors: Vec<f32> = (0..7 * 6).map(|place| (place % 7) as f32 - 3.0).collect();
        let mut d_weights = vec![0.0; shape.len()];
        backward(shape, &weights, &places, &tape, &mut d_vectors, &mut d_weights);

        const STEP: f32 = 2e-3;
        let close = |gain: f32, up: f64, down: f64, place: usize| {
            let expected = (up - down) / f64::from(2.0 * STEP);
            assert!((f64::from(gain) - expected).abs() < 0.02 + 0.02 * expected.abs(), "{place}: {gain} {expected}");
        };
        for place in 0..vectors.len() {
            let before = vectors[place];
            vectors[place] = before + STEP;
            let up = total(shape, &weights, &places, &vectors);
            vectors[place] = before - STEP;
            close(d_vectors[place], up, total(shape, &weights, &places, &vectors), place);
            vectors[place] = before;
        }
        for place in 0..weights.len() {
            let before = weights[place];
            weights[place] = before + STEP;
            let up = total(shape, &weights, &places, &vectors);
            weights[place] = before - STEP;
            close(d_weights[place], up, total(shape, &weights, &places, &vectors), place);
            weights[place] = before;
        }
    }
}
