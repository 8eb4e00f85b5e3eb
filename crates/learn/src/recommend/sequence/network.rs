//! A trained network and the vector of each item.

use types::{Millis, Rng};

use super::attention::Heads;
use super::dense::Dropout;
use super::net::{Kind, Places, Shape, forward};
use super::step::{Units, stretch};
use crate::bytes::{Reader, Writer};

/// Says for each item the cosine between its vector and what the network makes of a history.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Network {
    pub(super) shape: Shape,
    pub(super) weights: Vec<f32>,
    /// Items x dim, of length 1; all 0 for items of which nothing is known.
    pub(super) vectors: Vec<f32>,
}

/// Times as the network takes them.
pub(super) fn seconds(time: Millis) -> i64 {
    time.0.div_euclid(Millis::SECOND)
}

impl Network {
    /// Items of a history that are read, the last ones.
    pub(super) fn length(&self) -> usize {
        self.shape.heads.length
    }

    pub(super) fn items(&self) -> usize {
        self.vectors.len() / self.shape.heads.dim
    }

    pub(super) fn vector(&self, item: u32) -> &[f32] {
        &self.vectors[item as usize * self.shape.heads.dim..][..self.shape.heads.dim]
    }

    /// What the network makes of a history, of length 1: items and seconds, oldest first, at least one.
    pub(super) fn taste(&self, items: &[u32], times: &[i64]) -> Vec<f32> {
        let dim = self.shape.heads.dim;
        let stretch = stretch(dim);
        let numbers = items.iter().flat_map(|item| self.vector(*item));
        let mut vectors: Vec<f32> = numbers.map(|number| number * stretch).collect();
        let places = Places { runs: std::iter::once(0..items.len()).collect(), times: times.to_vec() };
        let dropout = Dropout { rate: 0.0, rng: &mut Rng::new(0) };
        forward(self.shape, &self.weights, &places, &mut vectors, dropout);
        Units::new(vectors.split_off(vectors.len() - dim), dim, 1.0).rows
    }

    /// Writes what [`Network::read`] reads.
    pub(super) fn write(&self, out: &mut Writer) {
        let Shape { kind, heads: Heads { dim, heads, length }, blocks, inner } = self.shape;
        let kind = match kind {
            Kind::Transformer => 0,
            Kind::Recurrent => 1,
        };
        [dim, heads, length, blocks, inner, kind].into_iter().for_each(|size| out.number(size as u64));
        out.floats(&self.weights);
        out.floats(&self.vectors);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> crate::Result<Self> {
        let mut size = || -> crate::Result<usize> { Ok(input.tiny()? as usize) };
        let (dim, heads, length, blocks, inner) = (size()?, size()?, size()?, size()?, size()?);
        let kind = match size()? {
            0 => Kind::Transformer,
            1 => Kind::Recurrent,
            _ => return Err(input.fault("a kind of block")),
        };
        let fits = dim > 0 && heads > 0 && dim % heads == 0 && length > 0 && inner > 0 && blocks <= 64;
        if !fits {
            return Err(input.fault("sizes of a network"));
        }
        let shape = Shape { kind, heads: Heads { dim, heads, length }, blocks, inner };
        let (weights, vectors) = (input.floats()?, input.floats()?);
        if weights.len() != shape.len() || vectors.len() % dim != 0 {
            return Err(input.fault("as many weights as the sizes say"));
        }
        Ok(Self { shape, weights, vectors })
    }
}
