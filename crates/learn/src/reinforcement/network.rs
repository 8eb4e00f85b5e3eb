use types::Rng;

use crate::Result;
use crate::bandits::record;
use crate::bytes::{Reader, Writer};

/// A small feed-forward network with rectified linear units, trained by Adam.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    /// Inputs, hidden units a layer, outputs.
    widths: Vec<usize>,
    /// Layer by layer: a row of weights for each output, then the biases.
    pub(super) weights: Vec<f64>,
}

/// Moments of the gradients (Kingma and Ba 2015, "Adam", ICLR, algorithm 1).
#[derive(Clone, Debug)]
pub(super) struct Adam {
    means: Vec<f64>,
    squares: Vec<f64>,
    steps: i32,
    rate: f64,
}

/// Gradients of one step are scaled down to this length.
const GRADIENT_MAX: f64 = 10.0;

impl Network {
    /// Random weights (He et al. 2015, "Delving deep into rectifiers", ICCV, section 2.2); those of the last layer are a
    /// tenth, so that it begins near 0.
    pub(super) fn new(inputs: usize, hidden: &[usize], outputs: usize, rng: &mut Rng) -> Self {
        let widths: Vec<usize> = [&[inputs], hidden, &[outputs]].concat();
        let mut weights = Vec::new();
        for (layer, pair) in widths.windows(2).enumerate() {
            let scale = (2.0 / pair[0] as f64).sqrt() * if layer + 2 == widths.len() { 0.1 } else { 1.0 };
            weights.extend((0..pair[0] * pair[1]).map(|_| scale * rng.normal()));
            weights.extend(std::iter::repeat_n(0.0, pair[1]));
        }
        Self { widths, weights }
    }

    pub(super) fn inputs(&self) -> usize {
        self.widths[0]
    }

    pub(super) fn outputs(&self) -> usize {
        *self.widths.last().expect("there is an output layer")
    }

    pub(super) fn output(&self, input: &[f32]) -> Vec<f64> {
        self.layers(input).pop().expect("there is an output layer")
    }

    /// What every layer gives, the input first.
    fn layers(&self, input: &[f32]) -> Vec<Vec<f64>> {
        let mut layers = vec![input.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>()];
        let mut start = 0;
        for (layer, pair) in self.widths.windows(2).enumerate() {
            let (rows, biases) = (&self.weights[start..start + pair[0] * pair[1]], start + pair[0] * pair[1]);
            start = biases + pair[1];
            let hidden = layer + 2 < self.widths.len();
            let below = &layers[layer];
            let unit = |(row, bias): (&[f64], &f64)| {
                let sum: f64 = bias + row.iter().zip(below).map(|(weight, value)| weight * value).sum::<f64>();
                if hidden { sum.max(0.0) } else { sum }
            };
            layers.push(rows.chunks_exact(pair[0]).zip(&self.weights[biases..start]).map(unit).collect());
        }
        layers
    }

    /// Adds to `gradient` that of a loss whose gradient in the outputs is what `of_outputs` makes of them.
    pub(super) fn add_gradient(
        &self,
        input: &[f32],
        gradient: &mut [f64],
        of_outputs: impl FnOnce(&[f64]) -> Vec<f64>,
    ) {
        let layers = self.layers(input);
        let mut above = of_outputs(&layers[layers.len() - 1]);
        let mut end = self.weights.len();
        for layer in (0..layers.len() - 1).rev() {
            let (below, width) = (&layers[layer], self.widths[layer]);
            let start = end - above.len() * (width + 1);
            let mut towards = vec![0.0; width];
            for (unit, slope) in above.iter().enumerate().filter(|(_, slope)| **slope != 0.0) {
                let row = start + unit * width;
                for (input, value) in below.iter().enumerate() {
                    gradient[row + input] += slope * value;
                    towards[input] += slope * self.weights[row + input];
                }
                gradient[start + above.len() * width + unit] += slope;
            }
            // A hidden unit at 0 passes nothing on; the input passes nothing on either, and nobody asks.
            towards.iter_mut().zip(below).filter(|(_, value)| **value <= 0.0).for_each(|(slope, _)| *slope = 0.0);
            (above, end) = (towards, start);
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.number(self.widths.len() as u64);
        self.widths.iter().for_each(|width| writer.number(*width as u64));
        record::write(writer, &self.weights);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let widths = (0..reader.count(1)?).map(|_| reader.tiny().map(usize::from)).collect::<Result<Vec<usize>>>()?;
        if widths.len() < 2 || widths.contains(&0) {
            return Err(reader.fault("widths of two or more layers"));
        }
        let count = widths.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        Ok(Self { weights: record::read(reader, count)?, widths })
    }
}

impl Adam {
    pub(super) fn new(network: &Network, rate: f64) -> Self {
        let zeros = vec![0.0; network.weights.len()];
        Self { means: zeros.clone(), squares: zeros, steps: 0, rate }
    }

    /// Moves the weights against `gradient`.
    pub(super) fn step(&mut self, network: &mut Network, gradient: &[f64]) {
        let length = gradient.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
        if !length.is_finite() {
            return;
        }
        let scale = if length > GRADIENT_MAX { GRADIENT_MAX / length } else { 1.0 };
        self.steps = self.steps.saturating_add(1);
        let (mean_part, square_part) = (1.0 - 0.9f64.powi(self.steps), 1.0 - 0.999f64.powi(self.steps));
        let moments = self.means.iter_mut().zip(&mut self.squares);
        for ((weight, slope), (mean, square)) in network.weights.iter_mut().zip(gradient).zip(moments) {
            let slope = slope * scale;
            *mean = 0.9 * *mean + 0.1 * slope;
            *square = 0.999 * *square + 0.001 * slope * slope;
            *weight -= self.rate * (*mean / mean_part) / ((*square / square_part).sqrt() + 1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_agree_with_differences() {
        let mut rng = Rng::new(4);
        let mut network = Network::new(3, &[5, 4], 2, &mut rng);
        let input: Vec<f32> = (0..3).map(|_| rng.normal() as f32).collect();
        let loss = |network: &Network| network.output(&input).iter().map(|output| output.powi(3)).sum::<f64>();
        network.weights.iter_mut().for_each(|weight| *weight += 0.3 * rng.normal());
        let mut gradient = vec![0.0; network.weights.len()];
        network.add_gradient(&input, &mut gradient, |outputs| outputs.iter().map(|each| 3.0 * each * each).collect());
        assert!(gradient.iter().filter(|slope| **slope != 0.0).count() > 10);
        for (at, slope) in gradient.iter().enumerate() {
            let mut moved = network.clone();
            moved.weights[at] += 1e-6;
            let high = loss(&moved);
            moved.weights[at] -= 2e-6;
            let expected = (high - loss(&moved)) / 2e-6;
            assert!((slope - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{at}: {slope} {expected}");
        }
    }
}
