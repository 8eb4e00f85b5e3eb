use std::ops::Range;

use types::Rng;

use super::cross::Cross;
use super::hidden::Hidden;

/// Sizes of a network, and where its weights lie. The table holds for each id a linear weight a head and the factors; the
/// dense weights are a bias a head, how much each factor counts a head, then the tower of each head: cross layers, hidden
/// layers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// Fields and numbers.
    pub(super) width: usize,
    /// Numbers of an id's vector.
    pub(super) factors: usize,
    /// What is predicted.
    pub(super) heads: usize,
    /// Whether pairs of ids interact by their vectors' inner products (the factorisation machine).
    pub(super) pairs: bool,
    /// Cross layers.
    pub(super) cross: usize,
    /// Units of each hidden layer.
    pub(super) hidden: Vec<usize>,
}

impl Shape {
    /// Numbers of a row of the table.
    pub(super) fn stride(&self) -> usize {
        self.heads + self.factors
    }

    /// Numbers that towers read: the vectors of all fields side by side.
    pub(super) fn inputs(&self) -> usize {
        self.width * self.factors
    }

    /// Whether there is a tower.
    pub(super) fn deep(&self) -> bool {
        self.cross > 0 || !self.hidden.is_empty()
    }

    pub(super) fn cross(&self) -> Cross {
        Cross { inputs: self.inputs(), layers: self.cross }
    }

    pub(super) fn hidden(&self) -> Hidden<'_> {
        Hidden { inputs: self.inputs(), sizes: &self.hidden }
    }

    /// Where a head's factor weights lie among the dense weights; the biases lie before all.
    pub(super) fn mix(&self, head: usize) -> Range<usize> {
        let start = self.heads + head * self.factors;
        start..start + self.factors
    }

    /// Where the cross layers of a head's tower lie.
    pub(super) fn cross_weights(&self, head: usize) -> Range<usize> {
        let start = self.heads * self.stride() + head * (self.cross().len() + self.hidden().len());
        start..start + self.cross().len()
    }

    /// Where the hidden layers of a head's tower lie.
    pub(super) fn hidden_weights(&self, head: usize) -> Range<usize> {
        let start = self.cross_weights(head).end;
        start..start + self.hidden().len()
    }

    /// Dense weights of all.
    pub(super) fn dense(&self) -> usize {
        self.cross_weights(self.heads).start
    }

    /// Whether how much each factor counts is learnt: a factorisation machine of one head has no such weights.
    pub(super) fn mixes(&self) -> bool {
        self.pairs && self.heads > 1
    }

    /// Weights to begin with: `biases`, factors of this deviation, and layers that keep the size of what goes through.
    pub(super) fn begin(&self, rows: usize, biases: &[f32], deviation: f32, rng: &mut Rng) -> Weights {
        let mut table = vec![0.0; rows * self.stride()];
        for row in table.chunks_exact_mut(self.stride()) {
            row[self.heads..].iter_mut().for_each(|factor| *factor = deviation * rng.normal() as f32);
        }
        let mut dense = vec![0.0; self.dense()];
        dense[..self.heads].copy_from_slice(biases);
        for head in 0..self.heads {
            dense[self.mix(head)].fill(1.0);
            self.cross().begin(&mut dense[self.cross_weights(head)], rng);
            self.hidden().begin(&mut dense[self.hidden_weights(head)], rng);
        }
        Weights { table, dense }
    }
}

/// The numbers of a network.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Weights {
    /// A row an id, see [`Shape`].
    pub(super) table: Vec<f32>,
    pub(super) dense: Vec<f32>,
}

/// Draws weights of this deviation.
pub(super) fn draw(weights: &mut [f32], deviation: f64, rng: &mut Rng) {
    weights.iter_mut().for_each(|weight| *weight = (deviation * rng.normal()) as f32);
}
