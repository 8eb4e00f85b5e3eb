//! Hidden layers of rectified units.

use types::Rng;

use super::shape::draw;
use crate::recommend::sequence::dense::{Dropout, Side, add_product, add_rows, add_scaled, dot, product};

/// Layers x -> max(0, W x + b), and a weighed sum of the last (the deep part of Guo et al. 2017, "DeepFM: a
/// factorization-machine based neural network for CTR prediction", IJCAI). Weights: of each layer W (a row a unit) then b,
/// then those of the sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden<'a> {
    pub(super) inputs: usize,
    pub(super) sizes: &'a [usize],
}

/// What the way forward leaves for the way back.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// What goes into each layer, and what comes out of the last.
    states: Vec<Vec<f32>>,
    /// What each layer's numbers were multiplied by: 0 below 0 and where dropped.
    factors: Vec<Vec<f32>>,
}

/// A layer's place among the weights.
struct Layer {
    inputs: usize,
    units: usize,
    start: usize,
}

impl Hidden<'_> {
    fn layers(self) -> impl DoubleEndedIterator<Item = Layer> + ExactSizeIterator {
        let mut layers = Vec::with_capacity(self.sizes.len());
        let (mut inputs, mut start) = (self.inputs, 0);
        for units in self.sizes {
            layers.push(Layer { inputs, units: *units, start });
            start += units * (inputs + 1);
            inputs = *units;
        }
        layers.into_iter()
    }

    /// Where the weights of the sum begin.
    fn sum(self) -> usize {
        self.layers().next_back().map_or(0, |layer| layer.start + layer.units * (layer.inputs + 1))
    }

    /// Weights of all; none where there is no layer.
    pub(super) fn len(self) -> usize {
        self.sum() + self.sizes.last().copied().unwrap_or(0)
    }

    /// Draws as He et al. (2015, ICCV) for rectified units.
    pub(super) fn begin(self, weights: &mut [f32], rng: &mut Rng) {
        for layer in self.layers() {
            let end = layer.start + layer.units * layer.inputs;
            draw(&mut weights[layer.start..end], (2.0 / layer.inputs as f64).sqrt(), rng);
        }
        if let Some(units) = self.sizes.last() {
            draw(&mut weights[self.sum()..], (1.0 / *units as f64).sqrt(), rng);
        }
    }

    /// Adds each row's sum to `out`.
    pub(super) fn forward(
        self,
        weights: &[f32],
        rows: &[f32],
        mut dropout: Option<Dropout<'_>>,
        out: &mut [f32],
    ) -> Kept {
        let mut kept = Kept::default();
        if self.sizes.is_empty() {
            return kept;
        }
        kept.states.push(rows.to_vec());
        for Layer { inputs, units, start } in self.layers() {
            let (matrix, rest) = weights[start..].split_at(units * inputs);
            let mut state = vec![0.0; out.len() * units];
            let before = Side::Plain(&kept.states[kept.states.len() - 1]);
            product(&mut state, [out.len(), inputs, units], before, Side::Turned(matrix));
            state.chunks_exact_mut(units).for_each(|row| add_scaled(row, 1.0, &rest[..units]));
            let dropped = |dropout: &mut Dropout<'_>| dropout.factors(state.len());
            let mut factors = dropout.as_mut().map_or_else(|| vec![1.0; state.len()], dropped);
            for (number, factor) in state.iter_mut().zip(&mut factors) {
                *factor = if *number > 0.0 { *factor } else { 0.0 };
                *number *= *factor;
            }
            kept.states.push(state);
            kept.factors.push(factors);
        }
        let sum = &weights[self.sum()..];
        let last = &kept.states[self.sizes.len()];
        for (out, state) in out.iter_mut().zip(last.chunks_exact(sum.len())) {
            *out += dot(sum, state);
        }
        kept
    }

    /// From what the loss gains by each row's sum to what it gains by the rows and the weights (both added).
    pub(super) fn backward(
        self,
        weights: &[f32],
        kept: &Kept,
        gains: &[f32],
        d_rows: &mut [f32],
        d_weights: &mut [f32],
    ) {
        let Some(units) = self.sizes.last() else { return };
        let (count, sum) = (gains.len(), self.sum());
        let mut d_state = vec![0.0; count * units];
        let ends = d_state.chunks_exact_mut(*units).zip(kept.states[self.sizes.len()].chunks_exact(*units));
        for ((d_state, state), gain) in ends.zip(gains) {
            add_scaled(d_state, *gain, &weights[sum..]);
            add_scaled(&mut d_weights[sum..], *gain, state);
        }
        for (number, Layer { inputs, units, start }) in self.layers().enumerate().rev() {
            d_state.iter_mut().zip(&kept.factors[number]).for_each(|(gain, factor)| *gain *= factor);
            let (d_matrix, d_rest) = d_weights[start..].split_at_mut(units * inputs);
            let before = Side::Plain(&kept.states[number]);
            add_product(d_matrix, [units, count, inputs], Side::Turned(&d_state), before);
            add_rows(&mut d_rest[..units], &d_state);
            let matrix = Side::Plain(&weights[start..start + units * inputs]);
            if number == 0 {
                add_product(d_rows, [count, units, inputs], Side::Plain(&d_state), matrix);
            } else {
                let mut d_before = vec![0.0; count * inputs];
                product(&mut d_before, [count, units, inputs], Side::Plain(&d_state), matrix);
                d_state = d_before;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctr::testing::check_gains;

    #[test]
    fn a_layer_by_hand() {
        let hidden = Hidden { inputs: 2, sizes: &[2] };
        let weights = [1.0, 2.0, -3.0, 4.0, 0.5, -0.5, 2.0, 10.0];
        let mut out = [0.0; 2];
        hidden.forward(&weights, &[1.0, 1.0, -1.0, 0.0], None, &mut out);
        // max(0, 3.5) * 2 + max(0, 0.5) * 10; max(0, -0.5) * 2 + max(0, 2.5) * 10.
        assert_eq!(out, [12.0, 25.0]);
        assert_eq!(Hidden { inputs: 2, sizes: &[] }.len(), 0);
    }

    #[test]
    fn gains_are_what_finite_differences_say() {
        let hidden = Hidden { inputs: 3, sizes: &[5, 4] };
        for rate in [0.0, 0.4] {
            let mut rng = Rng::new(8);
            let mut weights = vec![0.0; hidden.len()];
            draw(&mut weights, 0.8, &mut rng);
            let mut rows = vec![0.0; 12];
            draw(&mut rows, 1.0, &mut rng);
            let gains = [1.0, -0.5, 0.3, 0.8];
            let forward = |weights: &[f32], rows: &[f32], out: &mut [f32]| {
                hidden.forward(weights, rows, Some(Dropout { rate, rng: &mut Rng::new(5) }), out)
            };
            let total = |weights: &[f32], rows: &[f32]| {
                let mut out = vec![0.0; 4];
                forward(weights, rows, &mut out);
                out.iter().zip(&gains).map(|(out, gain)| f64::from(out * gain)).sum::<f64>()
            };
            let kept = forward(&weights, &rows, &mut [0.0; 4]);
            let (mut d_rows, mut d_weights) = (vec![0.0; 12], vec![0.0; hidden.len()]);
            hidden.backward(&weights, &kept, &gains, &mut d_rows, &mut d_weights);
            check_gains(&mut rows.clone(), &d_rows, |rows| total(&weights, rows));
            check_gains(&mut weights, &d_weights, |weights| total(weights, &rows));
        }
    }
}
