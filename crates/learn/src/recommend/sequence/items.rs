//! The vectors of items: one of its own each, plus what its attributes and its text or picture say.

use types::Rng;

use super::adam::{Adam, Pace};
use super::dense::{Side, add_product, add_scaled, product};
use crate::bytes::{Reader, Writer};
use crate::recommend::ItemContents;

/// Learns the vectors of items.
#[derive(Debug)]
pub(in crate::recommend) struct Items<'a> {
    dim: usize,
    contents: &'a ItemContents,
    own: Table,
    /// One row an attribute's value.
    values: Table,
    /// From an item's given vector to what it adds: given numbers x dim.
    map: Table,
}

#[derive(Debug)]
struct Table {
    weights: Vec<f32>,
    adam: Adam,
}

impl Table {
    fn new(rows: usize, dim: usize, scale: f32, rng: &mut Rng) -> Self {
        let weights: Vec<f32> = (0..rows * dim).map(|_| scale * rng.normal() as f32).collect();
        Self { adam: Adam::new(weights.len()), weights }
    }

    fn write(&self, out: &mut Writer) {
        out.floats(&self.weights);
        self.adam.write(out);
    }

    fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        input.floats_into(&mut self.weights)?;
        self.adam.read(input)
    }
}

impl<'a> Items<'a> {
    /// Vectors of `known` items drawn by chance; others have nothing of their own.
    pub(in crate::recommend) fn new(
        known: &[bool],
        dim: usize,
        scale: f32,
        contents: &'a ItemContents,
        rng: &mut Rng,
    ) -> Self {
        let mut own = Table::new(known.len(), dim, scale, rng);
        for (vector, known) in own.weights.chunks_exact_mut(dim).zip(known) {
            if !known {
                vector.fill(0.0);
            }
        }
        let values = Table::new(contents.attributes.columns(), dim, scale, rng);
        let map = Table::new(contents.dims, dim, scale, rng);
        Self { dim, contents, own, values, map }
    }

    /// Items without anything of their own, for what was learnt of contents.
    pub(in crate::recommend) fn of_tables(
        dim: usize,
        contents: &'a ItemContents,
        items: usize,
        values: &[f32],
        map: &[f32],
    ) -> Self {
        let table = |weights: &[f32]| Table { weights: weights.to_vec(), adam: Adam::new(0) };
        Self { dim, contents, own: table(&vec![0.0; items * dim]), values: table(values), map: table(map) }
    }

    /// What was learnt of contents: numbers of a vector, attributes' values x dim, given numbers x dim.
    pub(in crate::recommend) fn of_contents(&self) -> (usize, &[f32], &[f32]) {
        (self.dim, &self.values.weights, &self.map.weights)
    }

    /// Writes all that is learnt, with its moments.
    pub(in crate::recommend) fn write(&self, out: &mut Writer) {
        [&self.own, &self.values, &self.map].into_iter().for_each(|table| table.write(out));
    }

    /// Goes on with what was learnt of the same items.
    pub(in crate::recommend) fn read(&mut self, input: &mut Reader<'_>) -> crate::Result<()> {
        [&mut self.own, &mut self.values, &mut self.map].into_iter().try_for_each(|table| table.read(input))
    }

    /// Bytes of `items` in training.
    pub(in crate::recommend) fn bytes(items: usize, dim: usize, contents: &ItemContents) -> u64 {
        3 * 4 * (dim * (items + contents.attributes.columns() + contents.dims)) as u64
    }

    /// Which of these items are to be known by their contents alone in a step, so that contents learn to speak for new items
    /// (Volkovs et al. 2017, "DropoutNet", NeurIPS); none where there are no contents.
    pub(in crate::recommend) fn hide(&self, rows: &[u32], rng: &mut Rng) -> Vec<bool> {
        const SHARE: f64 = 0.1;
        if self.contents.dims == 0 && self.contents.attributes.is_empty() {
            return Vec::new();
        }
        rows.iter().map(|_| rng.unit() < SHARE).collect()
    }

    /// Puts vectors of length 1 in place of most of what was drawn, where they are not 0.
    pub(super) fn begin_with(&mut self, vectors: &[f32], scale: f32) {
        /// What stays of chance, so that items met alike are told apart.
        const CHANCE: f32 = 0.1;
        let size = scale * (self.dim as f32).sqrt();
        for (own, vector) in self.own.weights.chunks_exact_mut(self.dim).zip(vectors.chunks_exact(self.dim)) {
            if vector.iter().any(|number| *number != 0.0) {
                own.iter_mut().zip(vector).for_each(|(own, number)| *own = CHANCE * *own + size * number);
            }
        }
    }

    /// The vectors of these items, without what the hidden have of their own.
    pub(in crate::recommend) fn vectors(&self, rows: &[u32], hidden: &[bool]) -> Vec<f32> {
        let dim = self.dim;
        let mut vectors = Vec::with_capacity(rows.len() * dim);
        for (place, row) in rows.iter().enumerate() {
            match hidden.get(place) {
                Some(true) => vectors.resize((place + 1) * dim, 0.0),
                _ => vectors.extend_from_slice(&self.own.weights[*row as usize * dim..][..dim]),
            }
        }
        for (row, vector) in rows.iter().zip(vectors.chunks_exact_mut(dim)) {
            let (values, factor) = self.values_of(*row);
            for value in values {
                let more = &self.values.weights[*value as usize * dim..][..dim];
                add_scaled(vector, factor, more);
            }
        }
        if self.contents.dims > 0 {
            let given = self.given(rows);
            let shape = [rows.len(), self.contents.dims, dim];
            add_product(&mut vectors, shape, Side::Plain(&given), Side::Plain(&self.map.weights));
        }
        vectors
    }

    /// Moves all that the vectors of these items are made of.
    pub(in crate::recommend) fn learn(&mut self, rows: &[u32], hidden: &[bool], gains: &[f32], pace: Pace, steps: u32) {
        let dim = self.dim;
        for (place, (row, gains)) in rows.iter().zip(gains.chunks_exact(dim)).enumerate() {
            if hidden.get(place) != Some(&true) {
                self.own.adam.step_row(&mut self.own.weights, *row, gains, pace, steps);
            }
        }
        let mut slots = vec![u32::MAX; self.contents.attributes.columns()];
        let (mut met, mut value_gains) = (Vec::new(), Vec::new());
        for (row, gains) in rows.iter().zip(gains.chunks_exact(dim)) {
            let (values, factor) = self.values_of(*row);
            for value in values {
                let slot = &mut slots[*value as usize];
                if *slot == u32::MAX {
                    *slot = met.len() as u32;
                    met.push(*value);
                    value_gains.resize(met.len() * dim, 0.0);
                }
                add_scaled(&mut value_gains[*slot as usize * dim..][..dim], factor, gains);
            }
        }
        for (value, gains) in met.iter().zip(value_gains.chunks_exact(dim)) {
            self.values.adam.step_row(&mut self.values.weights, *value, gains, pace, steps);
        }
        if self.contents.dims > 0 {
            let given = self.given(rows);
            let mut map_gains = vec![0.0; self.map.weights.len()];
            let shape = [self.contents.dims, rows.len(), dim];
            product(&mut map_gains, shape, Side::Turned(&given), Side::Plain(gains));
            self.map.adam.step(&mut self.map.weights, &map_gains, pace, steps);
        }
    }

    /// The values of an item's attributes, and by what each is multiplied, so that many say no more than few.
    fn values_of(&self, row: u32) -> (&[u32], f32) {
        if self.contents.attributes.rows() == 0 {
            return (&[], 0.0);
        }
        let (values, _) = self.contents.attributes.row(row as usize);
        (values, 1.0 / (values.len().max(1) as f32).sqrt())
    }

    fn given(&self, rows: &[u32]) -> Vec<f32> {
        rows.iter().flat_map(|row| self.contents.vector(*row as usize)).copied().collect()
    }
}
