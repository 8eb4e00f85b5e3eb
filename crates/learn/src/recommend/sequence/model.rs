//! The trained model: the network and the vector of each item.

use types::{Millis, Rng, Touch};

use super::attention::Heads;
use super::dense::{dot, wide};
use super::net::{Places, Shape, forward};
use super::step::{Units, stretch};
use crate::bytes::{Reader, Writer};
use crate::recommend::{Ask, Model};

/// Scores are cosines between what the network makes of a history and each item's vector.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sequence {
    pub(super) shape: Shape,
    pub(super) weights: Vec<f32>,
    /// Items x dim, of length 1; all 0 for items of which nothing is known.
    pub(super) vectors: Vec<f32>,
}

/// Times as the network takes them.
pub(super) fn seconds(time: Millis) -> i64 {
    time.0.div_euclid(Millis::SECOND)
}

impl Sequence {
    /// By how much an item turned down lowers one just like it, where the best cosine is 1.
    const REFUSED: f32 = 0.5;

    pub(super) fn vector(&self, item: u32) -> &[f32] {
        &self.vectors[item as usize * self.shape.heads.dim..][..self.shape.heads.dim]
    }

    /// What the network makes of a history, of length 1: items and seconds, oldest first, at least one.
    pub(super) fn taste(&self, items: &[u32], times: Vec<i64>) -> Vec<f32> {
        let dim = self.shape.heads.dim;
        let stretch = stretch(dim);
        let numbers = items.iter().flat_map(|item| self.vector(*item));
        let mut vectors: Vec<f32> = numbers.map(|number| number * stretch).collect();
        let places = Places { runs: std::iter::once(0..items.len()).collect(), times };
        forward(self.shape, &self.weights, &places, &mut vectors, 0.0, &mut Rng::new(0));
        Units::new(vectors.split_off(vectors.len() - dim), dim, 1.0).rows
    }

    /// Reads what [`Model::encode`] wrote.
    pub(super) fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let mut size = || -> crate::Result<usize> { Ok(input.tiny()? as usize) };
        let (dim, heads, length, blocks, inner) = (size()?, size()?, size()?, size()?, size()?);
        let fits = dim > 0 && heads > 0 && dim % heads == 0 && length > 0 && inner > 0 && blocks <= 64;
        if !fits {
            return Err(input.fault("sizes of a network"));
        }
        let shape = Shape { heads: Heads { dim, heads, length }, blocks, inner };
        let (weights, vectors) = (input.floats()?, input.floats()?);
        if weights.len() != shape.len() || vectors.len() % dim != 0 {
            return Err(input.fault("as many weights as the sizes say"));
        }
        input.end()?;
        Ok(Self { shape, weights, vectors })
    }
}

impl Model for Sequence {
    fn name(&self) -> &'static str {
        super::METHOD.name
    }

    fn items(&self) -> usize {
        self.vectors.len() / self.shape.heads.dim
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        assert_eq!(scores.len(), self.items(), "a place for each item");
        scores.fill(0.0);
        let known = || ask.history.iter().filter(|touch| touch.item.index() < self.items());
        let mut liked: Vec<&Touch> = known().filter(|touch| touch.weight > 0.0).take(self.shape.heads.length).collect();
        liked.reverse();
        if !liked.is_empty() {
            let items: Vec<u32> = liked.iter().map(|touch| touch.item.0).collect();
            let taste = self.taste(&items, liked.iter().map(|touch| seconds(touch.time)).collect());
            wide(
                #[inline(always)]
                || add_dots(scores, &taste, &self.vectors, |cosine| cosine),
            );
        }
        for touch in known().filter(|touch| touch.weight < 0.0).take(self.shape.heads.length) {
            let strength = -touch.weight.max(-1e6);
            let part = -Self::REFUSED * strength / (1.0 + strength);
            wide(
                #[inline(always)]
                || add_dots(scores, self.vector(touch.item.0), &self.vectors, |cosine| part * cosine.max(0.0)),
            );
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        let Shape { heads: Heads { dim, heads, length }, blocks, inner } = self.shape;
        [dim, heads, length, blocks, inner].into_iter().for_each(|size| out.number(size as u64));
        out.floats(&self.weights);
        out.floats(&self.vectors);
        out.0
    }
}

/// Adds what is made of the inner product of each row with one.
#[inline(always)]
fn add_dots(scores: &mut [f32], with: &[f32], rows: &[f32], change: impl Fn(f32) -> f32) {
    for (score, row) in scores.iter_mut().zip(rows.chunks_exact(with.len())) {
        *score += change(dot(with, row));
    }
}
