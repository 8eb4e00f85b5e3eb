//! The network: from what rows have to a logit a head, and back.

use types::Rng;

use super::shape::{Shape, Weights};
use super::vocabulary::Part;
use super::{cross, hidden};
use crate::recommend::sequence::dense::{Dropout, add_scaled, dot};

/// Some rows, what each has one after another.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) parts: Vec<Part>,
    /// Where each row's parts end.
    pub(super) ends: Vec<usize>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The parts of each row.
    pub(super) fn each(&self) -> impl Iterator<Item = &[Part]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.parts[start..*end])
    }
}

/// A network with its numbers. The logit of head h is
///
/// b(h) + Σ w(h,i) x(i) + ½ Σ r(h,f) ((Σ v(i,f) x(i))² - Σ v(i,f)² x(i)²) + tower(h)
///
/// where i goes over what the row has, x is its value, w and v stand in the table, f goes over factors: the factorisation
/// machine in linear time (Rendle 2010, "Factorization machines", ICDM, lemma 3.1). r is 1 where there is one head; with several,
/// which share the vectors, each learns how much a factor counts for it. A tower reads the sum of v x of each field, side by
/// side (Guo et al. 2017; Wang et al. 2021).
#[derive(Clone, Copy, Debug)]
pub(super) struct Network<'a> {
    pub(super) shape: &'a Shape,
    pub(super) weights: &'a Weights,
}

/// What the way forward leaves for the way back.
#[derive(Debug)]
pub(super) struct Pass {
    /// A logit a head, row by row.
    pub(super) logits: Vec<f32>,
    /// Σ v x of each row.
    sums: Vec<f32>,
    /// Σ v² x² of each row.
    squares: Vec<f32>,
    towers: Vec<(cross::Kept, hidden::Kept)>,
}

/// What the loss gains by the numbers.
#[derive(Debug)]
pub(super) struct Gains {
    /// By the dense weights.
    pub(super) dense: Vec<f32>,
    /// By each part's row of the table.
    pub(super) parts: Vec<f32>,
}

impl Network<'_> {
    fn vector(&self, part: &Part) -> &[f32] {
        let (heads, factors) = (self.shape.heads, self.shape.factors);
        &self.weights.table[part.row as usize * (heads + factors) + heads..][..factors]
    }

    /// The logits of rows; numbers of hidden layers are dropped by chance where there is a rate.
    pub(super) fn forward(&self, rows: &Rows, dropout: Option<(f32, Rng)>) -> Pass {
        let (heads, factors) = (self.shape.heads, self.shape.factors);
        let mut sums = vec![0.0; rows.len() * factors];
        let mut squares = vec![0.0; sums.len()];
        let mut logits = Vec::with_capacity(rows.len() * heads);
        for (row, parts) in rows.each().enumerate() {
            let (sum, square) = (&mut sums[row * factors..][..factors], &mut squares[row * factors..][..factors]);
            let start = logits.len();
            logits.extend_from_slice(&self.weights.dense[..heads]);
            for part in parts {
                let linear = &self.weights.table[part.row as usize * self.shape.stride()..][..heads];
                add_scaled(&mut logits[start..], part.value, linear);
                for ((sum, square), factor) in sum.iter_mut().zip(&mut *square).zip(self.vector(part)) {
                    let product = factor * part.value;
                    *sum += product;
                    *square += product * product;
                }
            }
            for (head, logit) in logits[start..].iter_mut().enumerate().filter(|_| self.shape.pairs) {
                let mix = &self.weights.dense[self.shape.mix(head)];
                *logit += mix.iter().zip(&*sum).zip(&*square).map(|((r, s), q)| 0.5 * r * (s * s - q)).sum::<f32>();
            }
        }
        let towers = self.towers(rows, &mut logits, dropout);
        Pass { logits, sums, squares, towers }
    }

    /// Adds what towers say.
    fn towers(
        &self,
        rows: &Rows,
        logits: &mut [f32],
        mut dropout: Option<(f32, Rng)>,
    ) -> Vec<(cross::Kept, hidden::Kept)> {
        let shape = self.shape;
        if !shape.deep() {
            return Vec::new();
        }
        let mut inputs = vec![0.0; rows.len() * shape.inputs()];
        for (row, parts) in rows.each().enumerate() {
            for part in parts {
                let start = row * shape.inputs() + usize::from(part.field) * shape.factors;
                add_scaled(&mut inputs[start..start + shape.factors], part.value, self.vector(part));
            }
        }
        let tower = |head: usize| {
            let mut out = vec![0.0; rows.len()];
            let crossed = shape.cross().forward(&self.weights.dense[shape.cross_weights(head)], &inputs, &mut out);
            let dropout = dropout.as_mut().map(|(rate, rng)| Dropout { rate: *rate, rng });
            let weights = &self.weights.dense[shape.hidden_weights(head)];
            let hidden = shape.hidden().forward(weights, &inputs, dropout, &mut out);
            for (logits, tower) in logits.chunks_exact_mut(shape.heads).zip(out) {
                logits[head] += tower;
            }
            (crossed, hidden)
        };
        (0..shape.heads).map(tower).collect()
    }

    /// From what the loss gains by logits to what it gains by what towers read; what it gains by their weights is added.
    fn towers_back(&self, pass: &Pass, d_logits: &[f32], d_dense: &mut [f32]) -> Vec<f32> {
        let shape = self.shape;
        let rows = d_logits.len() / shape.heads;
        let mut d_inputs = vec![0.0; if shape.deep() { rows * shape.inputs() } else { 0 }];
        for (head, (crossed, hidden)) in pass.towers.iter().enumerate() {
            let gains: Vec<f32> = d_logits.iter().skip(head).step_by(shape.heads).copied().collect();
            let range = shape.cross_weights(head);
            let weights = &self.weights.dense[range.clone()];
            shape.cross().backward(weights, crossed, &gains, &mut d_inputs, &mut d_dense[range]);
            let range = shape.hidden_weights(head);
            let weights = &self.weights.dense[range.clone()];
            shape.hidden().backward(weights, hidden, &gains, &mut d_inputs, &mut d_dense[range]);
        }
        d_inputs
    }

    /// From what the loss gains by logits to what it gains by every number.
    pub(super) fn backward(&self, rows: &Rows, pass: &Pass, d_logits: &[f32]) -> Gains {
        let (shape, heads, factors) = (self.shape, self.shape.heads, self.shape.factors);
        let mut dense = vec![0.0; shape.dense()];
        let d_inputs = self.towers_back(pass, d_logits, &mut dense);
        let mut parts_gains = Vec::with_capacity(rows.parts.len() * shape.stride());
        for (row, (parts, gains)) in rows.each().zip(d_logits.chunks_exact(heads)).enumerate() {
            let (sum, square) = (&pass.sums[row * factors..][..factors], &pass.squares[row * factors..][..factors]);
            add_scaled(&mut dense[..heads], 1.0, gains);
            let scale = self.scale(gains);
            if shape.mixes() {
                for (head, gain) in gains.iter().enumerate() {
                    let d_mix = dense[shape.mix(head)].iter_mut().zip(sum).zip(square);
                    d_mix.for_each(|((d_mix, s), q)| *d_mix += 0.5 * gain * (s * s - q));
                }
            }
            for part in parts {
                parts_gains.extend(gains.iter().map(|gain| gain * part.value));
                let start = parts_gains.len();
                parts_gains.resize(start + factors, 0.0);
                let d_vector = &mut parts_gains[start..];
                for (((d, s), v), scale) in d_vector.iter_mut().zip(sum).zip(self.vector(part)).zip(&scale) {
                    *d = scale * part.value * (s - v * part.value);
                }
                if shape.deep() {
                    add_scaled(d_vector, part.value, &d_inputs[self.place(row, part)..][..factors]);
                }
            }
        }
        Gains { dense, parts: parts_gains }
    }

    /// Where what a tower reads of a part's field begins.
    fn place(&self, row: usize, part: &Part) -> usize {
        row * self.shape.inputs() + usize::from(part.field) * self.shape.factors
    }

    /// How much each factor's pairs count for what the loss gains by a row's logits.
    fn scale(&self, gains: &[f32]) -> Vec<f32> {
        let mut scale = vec![0.0; self.shape.factors];
        for (head, gain) in gains.iter().enumerate().filter(|_| self.shape.pairs) {
            add_scaled(&mut scale, *gain, &self.weights.dense[self.shape.mix(head)]);
        }
        scale
    }

    /// What each part's value adds to one head's logit when it grows a little.
    pub(super) fn slopes(&self, rows: &Rows, head: usize) -> Vec<f32> {
        let (shape, factors) = (self.shape, self.shape.factors);
        let pass = self.forward(rows, None);
        let mut gains = vec![0.0; shape.heads];
        gains[head] = 1.0;
        let d_inputs = self.towers_back(&pass, &gains.repeat(rows.len()), &mut vec![0.0; shape.dense()]);
        let scale = self.scale(&gains);
        let mut slopes = Vec::with_capacity(rows.parts.len());
        for (row, parts) in rows.each().enumerate() {
            let sum = &pass.sums[row * factors..][..factors];
            slopes.extend(parts.iter().map(|part| {
                let vector = self.vector(part);
                let pairs = vector.iter().zip(sum).zip(&scale);
                let pairs: f32 = pairs.map(|((v, s), scale)| scale * v * (s - v * part.value)).sum();
                let tower = if shape.deep() { dot(vector, &d_inputs[self.place(row, part)..][..factors]) } else { 0.0 };
                self.weights.table[part.row as usize * shape.stride() + head] + pairs + tower
            }));
        }
        slopes
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::draw;
    use super::*;
    use crate::ctr::testing::check_gains;

    fn rows() -> Rows {
        let part = |field, row, value| Part { field, row, value };
        let first = [part(0, 0, 1.0), part(1, 3, 0.5), part(1, 4, 0.5), part(2, 2, -0.7)];
        let second = [part(0, 5, 1.0), part(1, 3, 1.0)];
        Rows { parts: [&first[..], &second, &[]].concat(), ends: vec![4, 6, 6] }
    }

    fn shape(heads: usize, pairs: bool, cross: usize, hidden: &[usize]) -> Shape {
        Shape { width: 3, factors: 3, heads, pairs, cross, hidden: hidden.to_vec() }
    }

    fn weights(shape: &Shape, seed: u64) -> Weights {
        let mut rng = Rng::new(seed);
        let mut weights = shape.begin(6, &vec![0.1; shape.heads], 0.0, &mut rng);
        draw(&mut weights.table, 0.7, &mut rng);
        draw(&mut weights.dense, 0.6, &mut rng);
        weights
    }

    #[test]
    fn a_factorisation_machine_is_the_sum_over_all_pairs() {
        let shape = shape(1, true, 0, &[]);
        let mut weights = weights(&shape, 4);
        weights.dense[1..].fill(1.0);
        let (network, rows) = (Network { shape: &shape, weights: &weights }, rows());
        let logits = network.forward(&rows, None).logits;
        for (parts, logit) in rows.each().zip(logits) {
            let mut expected = weights.dense[0];
            for (at, a) in parts.iter().enumerate() {
                expected += weights.table[a.row as usize * 4] * a.value;
                for b in &parts[..at] {
                    expected += dot(network.vector(a), network.vector(b)) * a.value * b.value;
                }
            }
            assert!((logit - expected).abs() < 1e-5, "{logit} {expected}");
        }
    }

    #[test]
    fn gains_are_what_finite_differences_say() {
        for (heads, pairs, cross, hidden) in
            [(1, true, 0, &[][..]), (1, false, 2, &[]), (1, true, 0, &[4, 3]), (3, true, 0, &[]), (2, true, 1, &[4])]
        {
            let (shape, rows) = (shape(heads, pairs, cross, hidden), rows());
            let weights = weights(&shape, 11);
            let d_logits: Vec<f32> = (0..3 * heads).map(|place| 1.0 - 0.3 * place as f32).collect();
            let total = |weights: &Weights| {
                let logits = Network { shape: &shape, weights }.forward(&rows, None).logits;
                logits.iter().zip(&d_logits).map(|(logit, gain)| f64::from(*logit) * f64::from(*gain)).sum::<f64>()
            };
            let network = Network { shape: &shape, weights: &weights };
            let mut gains = network.backward(&rows, &network.forward(&rows, None), &d_logits);
            let mut table = vec![0.0; weights.table.len()];
            for (part, gain) in rows.parts.iter().zip(gains.parts.chunks_exact(shape.stride())) {
                add_scaled(&mut table[part.row as usize * shape.stride()..][..shape.stride()], 1.0, gain);
            }
            check_gains(&mut weights.table.clone(), &table, |table| {
                total(&Weights { table: table.to_vec(), dense: weights.dense.clone() })
            });
            // With one head, how much factors count is no weight.
            if !shape.mixes() {
                let mut still = weights.clone();
                still.dense[shape.mix(0)].fill(0.0);
                (0..heads).for_each(|head| gains.dense[shape.mix(head)].fill(0.0));
            }
            let frozen: Vec<usize> =
                if shape.mixes() { vec![] } else { (0..heads).flat_map(|h| shape.mix(h)).collect() };
            check_gains(&mut weights.dense.clone(), &gains.dense, |dense| {
                let mut dense = dense.to_vec();
                frozen.iter().for_each(|place| dense[*place] = weights.dense[*place]);
                total(&Weights { table: weights.table.clone(), dense })
            });
        }
    }

    #[test]
    fn slopes_are_what_finite_differences_say() {
        let (shape, rows) = (shape(2, true, 2, &[4]), rows());
        let weights = weights(&shape, 6);
        let network = Network { shape: &shape, weights: &weights };
        for head in 0..2 {
            let slopes = network.slopes(&rows, head);
            let mut values: Vec<f32> = rows.parts.iter().map(|part| part.value).collect();
            check_gains(&mut values, &slopes, |values| {
                let mut moved = rows.clone();
                moved.parts.iter_mut().zip(values).for_each(|(part, value)| part.value = *value);
                let logits = network.forward(&moved, None).logits;
                logits.iter().skip(head).step_by(2).map(|logit| f64::from(*logit)).sum()
            });
        }
    }
}
