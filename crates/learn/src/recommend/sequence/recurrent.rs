//! A block that remembers: one state a history, changed by each item.

use std::ops::Range;

use types::Rng;

use super::dense::{Dropout, Side, add_product, add_rows, add_times, product, sigmoid, times, wide};
use super::net::{Places, draw};
use super::norm::Norm;

/// A layer of gated recurrent units over the items of a history (Cho et al. 2014, EMNLP; for next items: Hidasi et al. 2016,
/// "Session-based recommendations with recurrent neural networks", ICLR). What goes in is added to what comes out, as that
/// paper hands the input on to deeper layers.
///
/// With x the normed input and h the state before: z = sigmoid(x Wz + h Uz + bz), r = sigmoid(x Wr + h Ur + br),
/// n = tanh(x Wn + (r h) Un + bn), and the state after is (1 - z) h + z n.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Block {
    pub(super) dim: usize,
}

/// Where the weights of a block lie. Gates are z and r, beside each other.
#[derive(Debug)]
struct Part {
    norm: Range<usize>,
    gates_in: Range<usize>,
    gates_back: Range<usize>,
    gates_bias: Range<usize>,
    new_in: Range<usize>,
    new_back: Range<usize>,
    new_bias: Range<usize>,
}

/// What the way forward leaves for the way back; rows in the order of [`Steps`].
#[derive(Debug)]
pub(super) struct Kept {
    norm: Norm,
    steps: Steps,
    /// What goes in.
    input: Vec<f32>,
    /// The state before.
    before: Vec<f32>,
    /// z and r.
    gates: Vec<f32>,
    /// r h.
    reset: Vec<f32>,
    /// n.
    new: Vec<f32>,
    /// In the order of places.
    dropped: Vec<f32>,
}

impl Block {
    fn part(self) -> Part {
        let dim = self.dim;
        let mut at = 0;
        let mut take = |len: usize| {
            at += len;
            at - len..at
        };
        Part {
            norm: take(dim),
            gates_in: take(dim * 2 * dim),
            gates_back: take(dim * 2 * dim),
            gates_bias: take(2 * dim),
            new_in: take(dim * dim),
            new_back: take(dim * dim),
            new_bias: take(dim),
        }
    }

    /// Weights.
    pub(super) fn len(self) -> usize {
        self.part().new_bias.end
    }

    /// Writes weights to begin with.
    pub(super) fn begin(self, weights: &mut [f32], rng: &mut Rng) {
        let part = self.part();
        for range in [part.gates_in, part.gates_back, part.new_in, part.new_back] {
            draw(&mut weights[range], self.dim, rng);
        }
        weights[part.norm].fill(1.0);
    }

    /// Takes vectors through, in place.
    pub(super) fn forward(
        self,
        weights: &[f32],
        places: &Places,
        vectors: &mut [f32],
        dropout: &mut Dropout<'_>,
    ) -> Kept {
        let (dim, count, part) = (self.dim, places.times.len(), self.part());
        let norm = Norm::new(vectors, &weights[part.norm]);
        let steps = Steps::new(&places.runs);
        let input = steps.gather(&norm.out, dim);
        let mut gates = weights[part.gates_bias].repeat(count);
        add_product(&mut gates, [count, dim, 2 * dim], Side::Plain(&input), Side::Plain(&weights[part.gates_in]));
        let mut new = weights[part.new_bias].repeat(count);
        add_product(&mut new, [count, dim, dim], Side::Plain(&input), Side::Plain(&weights[part.new_in]));
        let (gates_back, new_back) = (Side::Plain(&weights[part.gates_back]), Side::Plain(&weights[part.new_back]));
        let (mut before, mut reset, mut after) =
            (vec![0.0; count * dim], vec![0.0; count * dim], vec![0.0; count * dim]);
        for (number, step) in steps.ranges().enumerate() {
            let rows = step.len();
            let (at, wide_at) = (step.start * dim..step.end * dim, step.start * 2 * dim..step.end * 2 * dim);
            let (before, gates) = (&mut before[at.clone()], &mut gates[wide_at]);
            if number > 0 {
                let last = steps.starts[number - 1] * dim;
                before.copy_from_slice(&after[last..last + rows * dim]);
            }
            add_product(gates, [rows, dim, 2 * dim], Side::Plain(before), gates_back);
            let (reset, new) = (&mut reset[at.clone()], &mut new[at.clone()]);
            wide(
                #[inline(always)]
                || open(gates, before, reset, dim),
            );
            add_product(new, [rows, dim, dim], Side::Plain(reset), new_back);
            let after = &mut after[at];
            wide(
                #[inline(always)]
                || renew(gates, before, new, after, dim),
            );
        }
        let dropped = dropout.factors(count * dim);
        add_times(vectors, &steps.scatter(&after, dim), &dropped);
        Kept { norm, steps, input, before, gates, reset, new, dropped }
    }

    /// The way back, see [`super::net::backward`].
    pub(super) fn backward(self, weights: &[f32], kept: &Kept, d_vectors: &mut [f32], d_weights: &mut [f32]) {
        let (dim, part) = (self.dim, self.part());
        let count = d_vectors.len() / dim;
        let mut d_after = kept.steps.gather(&times(d_vectors, &kept.dropped), dim);
        let (d_gates, d_new) = self.through_time(weights, &part, kept, &mut d_after);
        for (range, from) in [(part.gates_in.clone(), &kept.input), (part.gates_back, &kept.before)] {
            add_product(&mut d_weights[range], [dim, count, 2 * dim], Side::Turned(from), Side::Plain(&d_gates));
        }
        for (range, from) in [(part.new_in.clone(), &kept.input), (part.new_back, &kept.reset)] {
            add_product(&mut d_weights[range], [dim, count, dim], Side::Turned(from), Side::Plain(&d_new));
        }
        add_rows(&mut d_weights[part.gates_bias], &d_gates);
        add_rows(&mut d_weights[part.new_bias], &d_new);
        let mut d_input = vec![0.0; count * dim];
        product(&mut d_input, [count, 2 * dim, dim], Side::Plain(&d_gates), Side::Turned(&weights[part.gates_in]));
        add_product(&mut d_input, [count, dim, dim], Side::Plain(&d_new), Side::Turned(&weights[part.new_in]));
        let d_normed = kept.steps.scatter(&d_input, dim);
        kept.norm.backward(&weights[part.norm.clone()], &d_normed, d_vectors, &mut d_weights[part.norm]);
    }

    /// What the loss gains by what the gates and the new state are made of, from the last step to the first.
    fn through_time(self, weights: &[f32], part: &Part, kept: &Kept, d_after: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
        let (dim, count) = (self.dim, d_after.len() / self.dim);
        let gates_back = Side::Turned(&weights[part.gates_back.clone()]);
        let new_back = Side::Turned(&weights[part.new_back.clone()]);
        let (mut d_gates, mut d_new) = (vec![0.0; count * 2 * dim], vec![0.0; count * dim]);
        let steps: Vec<Range<usize>> = kept.steps.ranges().collect();
        for (number, step) in steps.iter().enumerate().rev() {
            let rows = step.len();
            let (at, wide_at) = (step.start * dim..step.end * dim, step.start * 2 * dim..step.end * 2 * dim);
            let (before, gates, new) = (&kept.before[at.clone()], &kept.gates[wide_at.clone()], &kept.new[at.clone()]);
            let (d_gates, d_new) = (&mut d_gates[wide_at], &mut d_new[at.clone()]);
            let (mut d_before, mut d_reset) = (vec![0.0; rows * dim], vec![0.0; rows * dim]);
            let d_after_step = &d_after[at];
            wide(
                #[inline(always)]
                || renew_back(gates, before, new, d_after_step, [&mut *d_gates, &mut *d_new, &mut d_before[..]], dim),
            );
            product(&mut d_reset, [rows, dim, dim], Side::Plain(d_new), new_back);
            wide(
                #[inline(always)]
                || open_back(gates, before, &d_reset[..], [&mut *d_gates, &mut d_before[..]], dim),
            );
            add_product(&mut d_before, [rows, 2 * dim, dim], Side::Plain(d_gates), gates_back);
            if number > 0 {
                let last = steps[number - 1].start * dim;
                d_after[last..].iter_mut().zip(&d_before).for_each(|(sum, gain)| *sum += gain);
            }
        }
        (d_gates, d_new)
    }
}

/// The order in which places are worked on: the first items of all runs, longest run first, then the second items and so on;
/// so the runs that go on are always the first ones of the step before.
#[derive(Debug)]
struct Steps {
    /// The place of each row.
    places: Vec<usize>,
    /// Where each step begins, and the end.
    starts: Vec<usize>,
}

impl Steps {
    fn new(runs: &[Range<usize>]) -> Self {
        let mut runs: Vec<&Range<usize>> = runs.iter().collect();
        runs.sort_by_key(|run| (std::cmp::Reverse(run.len()), run.start));
        let (mut places, mut starts) = (Vec::new(), vec![0]);
        for step in 0..runs.first().map_or(0, |run| run.len()) {
            places.extend(runs.iter().take_while(|run| run.len() > step).map(|run| run.start + step));
            starts.push(places.len());
        }
        Self { places, starts }
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    fn gather(&self, rows: &[f32], dim: usize) -> Vec<f32> {
        self.places.iter().flat_map(|place| &rows[place * dim..][..dim]).copied().collect()
    }

    fn scatter(&self, rows: &[f32], dim: usize) -> Vec<f32> {
        let mut out = vec![0.0; rows.len()];
        for (place, row) in self.places.iter().zip(rows.chunks_exact(dim)) {
            out[place * dim..][..dim].copy_from_slice(row);
        }
        out
    }
}

/// Makes gates of sums, and resets the state.
#[inline(always)]
fn open(gates: &mut [f32], before: &[f32], reset: &mut [f32], dim: usize) {
    gates.iter_mut().for_each(|gate| *gate = sigmoid(*gate));
    let rows = gates.chunks_exact(2 * dim).zip(before.chunks_exact(dim)).zip(reset.chunks_exact_mut(dim));
    for ((gates, before), reset) in rows {
        for ((reset, gate), before) in reset.iter_mut().zip(&gates[dim..]).zip(before) {
            *reset = gate * before;
        }
    }
}

#[inline(always)]
fn open_back(gates: &[f32], before: &[f32], d_reset: &[f32], [d_gates, d_before]: [&mut [f32]; 2], dim: usize) {
    let rows = gates.chunks_exact(2 * dim).zip(d_gates.chunks_exact_mut(2 * dim));
    let states = before.chunks_exact(dim).zip(d_before.chunks_exact_mut(dim));
    for (((gates, d_gates), (before, d_before)), d_reset) in rows.zip(states).zip(d_reset.chunks_exact(dim)) {
        for column in 0..dim {
            let gate = gates[dim + column];
            d_before[column] += d_reset[column] * gate;
            d_gates[dim + column] = d_reset[column] * before[column] * gate * (1.0 - gate);
        }
    }
}

/// Makes the new state of its sums, and the state after of it and the one before.
#[inline(always)]
fn renew(gates: &[f32], before: &[f32], new: &mut [f32], after: &mut [f32], dim: usize) {
    new.iter_mut().for_each(|new| *new = 2.0 * sigmoid(2.0 * *new) - 1.0);
    let states = before.chunks_exact(dim).zip(new.chunks_exact(dim)).zip(after.chunks_exact_mut(dim));
    for (gates, ((before, new), after)) in gates.chunks_exact(2 * dim).zip(states) {
        for column in 0..dim {
            after[column] = before[column] + gates[column] * (new[column] - before[column]);
        }
    }
}

#[inline(always)]
fn renew_back(
    gates: &[f32],
    before: &[f32],
    new: &[f32],
    d_after: &[f32],
    [d_gates, d_new, d_before]: [&mut [f32]; 3],
    dim: usize,
) {
    let rows = gates.chunks_exact(2 * dim).zip(d_gates.chunks_exact_mut(2 * dim));
    for (row, (gates, d_gates)) in rows.enumerate() {
        for (column, place) in (row * dim..(row + 1) * dim).enumerate() {
            let gate = gates[column];
            d_gates[column] = d_after[place] * (new[place] - before[place]) * gate * (1.0 - gate);
            d_new[place] = d_after[place] * gate * (1.0 - new[place] * new[place]);
            d_before[place] = d_after[place] * (1.0 - gate);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_go_on_are_the_first_of_the_step_before() {
        let steps = Steps::new(&[0..1, 1..4, 4..6]);
        assert_eq!((&steps.places[..], &steps.starts[..]), (&[1, 4, 0, 2, 5, 3][..], &[0, 3, 5, 6][..]));
        let rows = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(steps.scatter(&steps.gather(&rows, 1), 1), rows);
        assert_eq!(Steps::new(&[]).ranges().count(), 0);
    }
}
