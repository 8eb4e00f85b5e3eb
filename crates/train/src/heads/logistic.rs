use burn::tensor::Tensor;
use neural::Weights;
use rayon::prelude::*;

use super::net::{Head, rows};
use crate::kernels::Kernels;

/// A linear layer that tells classes apart, fitted on vectors that stay as they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Logistic {
    /// \[classes, width\], row by row.
    pub matrix: Vec<f32>,
    /// \[classes\].
    pub bias: Vec<f32>,
}

/// Steps of the fit; on few vectors more change nothing.
const STEPS: usize = 300;

impl Logistic {
    /// Fits by multinomial logistic regression with a penalty of `strength` / 2 times the squared length of the matrix on
    /// standardised vectors. Each of `classes` is below `count`.
    pub fn fit(vectors: &[Vec<f32>], classes: &[usize], count: usize, strength: f64) -> Self {
        let width = vectors.first().map_or(0, Vec::len);
        let (mean, deviation) = moments(vectors, width);
        let scaled: Vec<Vec<f32>> = vectors
            .iter()
            .map(|vector| vector.iter().zip(&mean).zip(&deviation).map(|((x, m), d)| (x - m) / d).collect())
            .collect();
        let fitted = descend(&scaled, classes, count, width, strength as f32);
        // The standardisation becomes part of the layer: w · (x − m) / d + b = (w / d) · x + (b − w · m / d).
        let mut matrix = fitted.matrix;
        let mut bias = fitted.bias;
        for (row, bias) in matrix.chunks_exact_mut(width.max(1)).zip(&mut bias) {
            for ((w, m), d) in row.iter_mut().zip(&mean).zip(&deviation) {
                *w /= d;
                *bias -= *w * m;
            }
        }
        Self { matrix, bias }
    }

    /// What it says of a vector: one logit a class.
    pub fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let rows = self.matrix.chunks_exact(vector.len().max(1)).zip(&self.bias);
        rows.map(|(row, bias)| row.iter().zip(vector).map(|(w, x)| w * x).sum::<f32>() + bias).collect()
    }

    /// Puts it under a head's name.
    pub fn put(&self, name: &str, weights: &mut Weights) {
        let width = weights.config.hidden_size;
        let matrix = neural::Tensor { dims: vec![self.bias.len(), width], data: self.matrix.clone() };
        weights.tensors.insert(format!("head.{name}.weight"), matrix);
        let bias = neural::Tensor { dims: vec![self.bias.len()], data: self.bias.clone() };
        weights.tensors.insert(format!("head.{name}.bias"), bias);
    }

    /// Gives a head its numbers.
    pub(crate) fn begin<B: Kernels>(&self, head: &mut Head<B>, device: &B::Device) {
        let classes = self.bias.len();
        let width = self.matrix.len() / classes.max(1);
        let matrix = rows::<B>(self.matrix.clone(), [classes, width], device);
        head.set(matrix, Tensor::from_floats(self.bias.as_slice(), device));
    }
}

fn moments(vectors: &[Vec<f32>], width: usize) -> (Vec<f32>, Vec<f32>) {
    let count = vectors.len().max(1) as f32;
    let mut mean = vec![0.0f32; width];
    vectors.iter().for_each(|vector| mean.iter_mut().zip(vector).for_each(|(m, x)| *m += x / count));
    let mut variance = vec![0.0f32; width];
    for vector in vectors {
        variance.iter_mut().zip(&mean).zip(vector).for_each(|((v, m), x)| *v += (x - m) * (x - m) / count);
    }
    (mean, variance.into_iter().map(|variance| variance.sqrt().max(1e-4)).collect())
}

/// Gradient descent with Nesterov's momentum. The step is 1 over a bound of the loss's curvature: half the largest squared
/// length of a vector (Böhning 1992), plus the penalty.
fn descend(vectors: &[Vec<f32>], classes: &[usize], count: usize, width: usize, strength: f32) -> Logistic {
    let n = vectors.len().max(1) as f32;
    let mean_square: f32 = vectors.iter().map(|v| v.iter().map(|x| x * x).sum::<f32>() + 1.0).sum::<f32>() / n;
    let rate = 1.0 / (0.5 * mean_square + strength);
    let mut at = Logistic { matrix: vec![0.0; count * width], bias: vec![0.0; count] };
    let mut before = at.clone();
    for step in 0..STEPS {
        let momentum = step as f32 / (step as f32 + 3.0);
        let lead = |now: &[f32], then: &[f32]| -> Vec<f32> {
            now.iter().zip(then).map(|(now, then)| now + momentum * (now - then)).collect()
        };
        let ahead = Logistic { matrix: lead(&at.matrix, &before.matrix), bias: lead(&at.bias, &before.bias) };
        let (matrix, bias) = gradient(&ahead, vectors, classes, width);
        before = at;
        let moved = |from: &[f32], slope: &[f32], penalty: f32| -> Vec<f32> {
            from.iter().zip(slope).map(|(from, slope)| from - rate * (slope + penalty * from)).collect()
        };
        at = Logistic { matrix: moved(&ahead.matrix, &matrix, strength), bias: moved(&ahead.bias, &bias, 0.0) };
    }
    at
}

/// The gradient of the mean cross-entropy.
fn gradient(layer: &Logistic, vectors: &[Vec<f32>], classes: &[usize], width: usize) -> (Vec<f32>, Vec<f32>) {
    let count = layer.bias.len();
    let n = vectors.len().max(1) as f32;
    let errors: Vec<Vec<f32>> = vectors
        .par_iter()
        .zip(classes)
        .map(|(vector, class)| {
            let mut shares = neural::heads::softmax(&layer.logits(vector), 1.0);
            shares[*class] -= 1.0;
            shares
        })
        .collect();
    let rows: Vec<(Vec<f32>, f32)> = (0..count)
        .into_par_iter()
        .map(|class| {
            let mut row = vec![0.0f32; width];
            let mut sum = 0.0;
            for (vector, errors) in vectors.iter().zip(&errors) {
                let error = errors[class] / n;
                sum += error;
                row.iter_mut().zip(vector).for_each(|(slope, x)| *slope += error * x);
            }
            (row, sum)
        })
        .collect();
    let bias = rows.iter().map(|row| row.1).collect();
    (rows.into_iter().flat_map(|row| row.0).collect(), bias)
}

#[cfg(test)]
mod tests {
    use types::Rng;

    use super::*;
    use crate::heads::scores::largest;

    #[test]
    fn classes_apart_are_told_apart_whatever_their_scale() {
        let mut rng = Rng::new(1);
        let centres = [[900.0, 0.0, 0.1], [905.0, 0.01, 0.1], [900.0, 0.0, 0.13]];
        let mut draw = |class: usize| -> Vec<f32> {
            let noise = [1.0, 0.002, 0.004];
            (0..3).map(|at| (centres[class][at] + noise[at] * rng.normal()) as f32).collect()
        };
        let classes: Vec<usize> = (0..90).map(|at| at % 3).collect();
        let vectors: Vec<Vec<f32>> = classes.iter().map(|class| draw(*class)).collect();
        let layer = Logistic::fit(&vectors, &classes, 3, 1e-3);
        let right = (0..90).filter(|at| largest(&layer.logits(&draw(at % 3))) == at % 3).count();
        assert!(right >= 86, "{right}");
    }
}
