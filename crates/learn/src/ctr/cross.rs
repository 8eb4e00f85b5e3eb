//! Cross layers: products of fields of every degree up to the number of layers and one.

use types::Rng;

use super::shape::draw;
use crate::recommend::sequence::dense::{Side, add_product, add_rows, add_scaled, add_times, dot, product};

/// x(l+1) = x(0) * (W(l) x(l) + b(l)) + x(l), number by number, and a weighed sum of the last (Wang et al. 2021, "DCN V2:
/// improved deep and cross network", WWW, section 3.2). Weights: of each layer W then b, then those of the sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cross {
    pub(super) inputs: usize,
    pub(super) layers: usize,
}

/// What the way forward leaves for the way back.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// What goes into each layer, and what comes out of the last.
    states: Vec<Vec<f32>>,
    /// W(l) x(l) + b(l).
    linears: Vec<Vec<f32>>,
}

impl Cross {
    fn layer(self) -> usize {
        self.inputs * (self.inputs + 1)
    }

    /// Weights of all; none where there is no layer.
    pub(super) fn len(self) -> usize {
        if self.layers == 0 { 0 } else { self.layers * self.layer() + self.inputs }
    }

    pub(super) fn begin(self, weights: &mut [f32], rng: &mut Rng) {
        let deviation = (1.0 / self.inputs.max(1) as f64).sqrt();
        for layer in 0..self.layers {
            let start = layer * self.layer();
            draw(&mut weights[start..start + self.inputs * self.inputs], deviation, rng);
        }
        let last = self.layers * self.layer();
        if self.layers > 0 {
            draw(&mut weights[last..], deviation, rng);
        }
    }

    /// Adds each row's sum to `out`.
    pub(super) fn forward(self, weights: &[f32], rows: &[f32], out: &mut [f32]) -> Kept {
        let mut kept = Kept::default();
        if self.layers == 0 {
            return kept;
        }
        let (inputs, count) = (self.inputs, out.len());
        kept.states.push(rows.to_vec());
        for weights in weights.chunks_exact(self.layer()).take(self.layers) {
            let (matrix, bias) = weights.split_at(inputs * inputs);
            let state = &kept.states[kept.states.len() - 1];
            let mut linear = vec![0.0; rows.len()];
            product(&mut linear, [count, inputs, inputs], Side::Plain(state), Side::Turned(matrix));
            linear.chunks_exact_mut(inputs).for_each(|row| add_scaled(row, 1.0, bias));
            let mut next = state.clone();
            add_times(&mut next, rows, &linear);
            kept.states.push(next);
            kept.linears.push(linear);
        }
        let sum = &weights[self.layers * self.layer()..];
        for (out, state) in out.iter_mut().zip(kept.states[self.layers].chunks_exact(inputs)) {
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
        if self.layers == 0 {
            return;
        }
        let (inputs, count, last) = (self.inputs, gains.len(), self.layers * self.layer());
        let rows = &kept.states[0];
        let mut d_state = vec![0.0; rows.len()];
        let ends = d_state.chunks_exact_mut(inputs).zip(kept.states[self.layers].chunks_exact(inputs));
        for ((d_state, state), gain) in ends.zip(gains) {
            add_scaled(d_state, *gain, &weights[last..]);
            add_scaled(&mut d_weights[last..], *gain, state);
        }
        for layer in (0..self.layers).rev() {
            let range = layer * self.layer()..(layer + 1) * self.layer();
            let matrix = &weights[range.clone()][..inputs * inputs];
            let (d_matrix, d_bias) = d_weights[range].split_at_mut(inputs * inputs);
            let mut d_linear = vec![0.0; rows.len()];
            add_times(&mut d_linear, &d_state, rows);
            add_times(d_rows, &d_state, &kept.linears[layer]);
            let state = &kept.states[layer];
            add_product(d_matrix, [inputs, count, inputs], Side::Turned(&d_linear), Side::Plain(state));
            add_rows(d_bias, &d_linear);
            add_product(&mut d_state, [count, inputs, inputs], Side::Plain(&d_linear), Side::Plain(matrix));
        }
        add_scaled(d_rows, 1.0, &d_state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctr::testing::check_gains;

    #[test]
    fn one_layer_by_hand() {
        let cross = Cross { inputs: 2, layers: 1 };
        let weights = [1.0, 2.0, 3.0, 4.0, 0.5, -0.5, 1.0, 10.0];
        let mut out = [0.25];
        cross.forward(&weights, &[1.0, -1.0], &mut out);
        // W x + b = (-0.5, -1.5); x1 = (1, -1) * that + (1, -1) = (0.5, 0.5).
        assert_eq!(out, [0.25 + 0.5 + 5.0]);
        assert_eq!(Cross { inputs: 2, layers: 0 }.len(), 0);
    }

    #[test]
    fn gains_are_what_finite_differences_say() {
        let cross = Cross { inputs: 4, layers: 3 };
        let mut rng = Rng::new(3);
        let mut weights = vec![0.0; cross.len()];
        draw(&mut weights, 0.5, &mut rng);
        let mut rows = vec![0.0; 12];
        draw(&mut rows, 0.7, &mut rng);
        let gains = [1.0, -0.5, 0.3];
        let total = |weights: &[f32], rows: &[f32]| {
            let mut out = vec![0.0; 3];
            cross.forward(weights, rows, &mut out);
            out.iter().zip(&gains).map(|(out, gain)| f64::from(out * gain)).sum::<f64>()
        };
        let kept = cross.forward(&weights, &rows, &mut [0.0; 3]);
        let (mut d_rows, mut d_weights) = (vec![0.0; 12], vec![0.0; cross.len()]);
        cross.backward(&weights, &kept, &gains, &mut d_rows, &mut d_weights);
        check_gains(&mut rows.clone(), &d_rows, |rows| total(&weights, rows));
        check_gains(&mut weights, &d_weights, |weights| total(weights, &rows));
    }
}
