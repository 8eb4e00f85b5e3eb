//! Multinomial logistic regression over dense vectors.

pub(crate) mod lbfgs;

use lbfgs::minimise;

/// Gives a vector one probability a class: `p_k = exp(w_k x + b_k) / sum_j exp(w_j x + b_j)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Softmax {
    pub(crate) dims: usize,
    /// `w`, a row a class.
    pub(crate) weights: Vec<f32>,
    /// `b`, one a class.
    pub(crate) biases: Vec<f32>,
}

/// How a [`Softmax`] is fitted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SoftmaxConfig {
    /// Weight of half the squared length of `w` beside the mean loss (L2), for vectors brought to length 1 about their
    /// mean. Chosen on 150 intents of 100 examples and on 12 of some 300: a third or three times of it changes the
    /// accuracy by a point at most, from 5 examples a class on.
    pub penalty: f64,
    /// Steps at most.
    pub steps_max: usize,
}

impl Default for SoftmaxConfig {
    fn default() -> Self {
        Self { penalty: 2e-5, steps_max: 60 }
    }
}

/// Vectors with the number of their class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Examples<'a> {
    pub(crate) vectors: &'a [&'a [f32]],
    pub(crate) classes: &'a [usize],
    /// How many classes there are.
    pub(crate) count: usize,
}

impl Softmax {
    /// Fits `count` classes to `vectors` of one length, `classes` telling each one's, by L-BFGS. Every class weighs the
    /// same, however many examples it has, so that the prior is uniform and another can be put in. The
    /// same examples in the same order give the same numbers.
    ///
    /// At 5 examples a class this was as good as linear discriminant analysis in closed form (.985 and .983 right among
    /// 12 intents), above that better, so that one method serves both.
    ///
    /// # Panics
    /// Where there are no vectors, or lengths or classes are not as said: the caller's bug.
    pub fn fit(vectors: &[&[f32]], classes: &[usize], count: usize, config: SoftmaxConfig) -> Self {
        Self::fit_examples(Examples { vectors, classes, count }, config)
    }

    pub(crate) fn fit_examples(examples: Examples<'_>, config: SoftmaxConfig) -> Self {
        let dims = examples.vectors.first().expect("examples to fit").len();
        assert_eq!(examples.vectors.len(), examples.classes.len(), "one class a vector");
        assert!(examples.vectors.iter().all(|vector| vector.len() == dims), "vectors of one length");
        assert!(examples.classes.iter().all(|class| *class < examples.count), "classes from 0 to their count");
        let (mean, scale) = centre(examples.vectors);
        let centred = examples.vectors.iter().flat_map(|vector| {
            vector.iter().zip(&mean).map(|(value, mean)| ((f64::from(*value) - mean) * scale) as f32)
        });
        let problem = Problem {
            dims,
            count: examples.count,
            rows: centred.collect(),
            classes: examples.classes,
            shares: balanced(examples.classes, examples.count),
            penalty: config.penalty,
        };
        let start = vec![0.0; examples.count * (dims + 1)];
        let found = minimise(start, config.steps_max, |point, slope| problem.loss(point, slope));
        let (weights, biases) = found.split_at(examples.count * dims);
        // The centring goes into the numbers, so that vectors are read as they come.
        let biases = weights.chunks_exact(dims).zip(biases).map(|(row, bias)| {
            let moved: f64 = row.iter().zip(&mean).map(|(weight, mean)| weight * mean).sum();
            (bias - scale * moved) as f32
        });
        let biases = biases.collect();
        Self { dims, weights: weights.iter().map(|weight| (weight * scale) as f32).collect(), biases }
    }

    /// Numbers in a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// How many classes it knows.
    pub fn classes(&self) -> usize {
        self.biases.len()
    }

    /// `w_k x + b_k` of each class.
    ///
    /// # Panics
    /// Where `vector` has another length than those it was fitted to.
    pub fn logits(&self, vector: &[f32]) -> Vec<f32> {
        assert_eq!(vector.len(), self.dims, "a vector of the encoder it was fitted to");
        let rows = self.weights.chunks_exact(self.dims);
        rows.zip(&self.biases).map(|(row, bias)| dot(row, vector) + bias).collect()
    }

    /// The probability of each class; they add up to 1.
    ///
    /// # Panics
    /// As [`Softmax::logits`].
    pub fn probabilities(&self, vector: &[f32]) -> Vec<f32> {
        let mut logits = self.logits(vector);
        softmax(&mut logits);
        logits
    }
}

/// Turns logits into probabilities.
pub(crate) fn softmax(logits: &mut [f32]) {
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = (*logit - top).exp();
        sum += *logit;
    }
    logits.iter_mut().for_each(|share| *share /= sum);
}

/// The weight of each example in the loss: 1 in all, the same for each class that has examples.
pub(crate) fn balanced(classes: &[usize], count: usize) -> Vec<f64> {
    let mut sizes = vec![0usize; count];
    classes.iter().for_each(|class| sizes[*class] += 1);
    let present = sizes.iter().filter(|size| **size > 0).count();
    classes.iter().map(|class| 1.0 / (sizes[*class] * present) as f64).collect()
}

/// The mean of the vectors, and one over the root of their mean squared distance from it.
fn centre(vectors: &[&[f32]]) -> (Vec<f64>, f64) {
    let mut mean = vec![0.0; vectors[0].len()];
    for vector in vectors {
        mean.iter_mut().zip(*vector).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    mean.iter_mut().for_each(|sum| *sum /= vectors.len() as f64);
    let apart = |vector: &&[f32]| -> f64 {
        vector.iter().zip(&mean).map(|(value, mean)| (f64::from(*value) - mean).powi(2)).sum()
    };
    let spread = vectors.iter().map(apart).sum::<f64>() / vectors.len() as f64;
    (mean, if spread > 1e-12 { 1.0 / spread.sqrt() } else { 1.0 })
}

/// What is minimised: the mean loss `-ln p` of the right classes plus the penalty.
struct Problem<'a> {
    dims: usize,
    count: usize,
    rows: Vec<f32>,
    classes: &'a [usize],
    shares: Vec<f64>,
    penalty: f64,
}

/// Examples whose slopes are added in 32 bits before they join the sum in 64.
const BLOCK: usize = 256;

/// What an example adds to the slope of a class is left out below this share of its weight: most of 150 classes are
/// settled after a few steps.
const NEGLIGIBLE: f32 = 1e-6;

impl Problem<'_> {
    /// The loss at `point` (weights, then biases); its slope goes to `slope`.
    fn loss(&self, point: &[f64], slope: &mut [f64]) -> f64 {
        let (dims, split) = (self.dims, self.count * self.dims);
        let weights: Vec<f32> = point[..split].iter().map(|weight| *weight as f32).collect();
        slope[split..].fill(0.0);
        let mut loss = 0.0;
        for (slope, weight) in slope[..split].iter_mut().zip(&point[..split]) {
            *slope = self.penalty * weight;
            loss += 0.5 * self.penalty * weight * weight;
        }
        let mut logits = vec![0.0f32; self.count];
        let mut sums = vec![0.0f32; split];
        let examples: Vec<usize> = (0..self.classes.len()).collect();
        // Weights of examples are brought near 1 within the sums in 32 bits.
        let unit = self.classes.len() as f64;
        for block in examples.chunks(BLOCK) {
            sums.fill(0.0);
            for &example in block {
                let row = &self.rows[example * dims..(example + 1) * dims];
                for ((logit, weights), bias) in logits.iter_mut().zip(weights.chunks_exact(dims)).zip(&point[split..]) {
                    *logit = dot(weights, row) + *bias as f32;
                }
                softmax(&mut logits);
                let (class, share) = (self.classes[example], self.shares[example]);
                loss -= share * f64::from(logits[class].max(f32::MIN_POSITIVE)).ln();
                logits[class] -= 1.0;
                for (class, pull) in logits.iter().enumerate().filter(|(_, pull)| pull.abs() > NEGLIGIBLE) {
                    let pull = f64::from(*pull) * share;
                    slope[split + class] += pull;
                    add(&mut sums[class * dims..(class + 1) * dims], (pull * unit) as f32, row);
                }
            }
            slope[..split].iter_mut().zip(&sums).for_each(|(slope, sum)| *slope += f64::from(*sum) / unit);
        }
        loss
    }
}

/// Sixteen sums side by side, which the compiler turns into vector instructions.
pub(crate) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (ones, others) = (one.chunks_exact(16), other.chunks_exact(16));
    let rest: f32 = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in ones.zip(others) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// `sum += factor * row`.
fn add(sum: &mut [f32], factor: f32, row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use types::Rng;

    /// `per_class` vectors about each of `count` random centres, as unit vectors with a large part in common, as
    /// encoders give them.
    pub(crate) fn clouds(count: usize, per_class: usize, spread: f64, seed: u64) -> (Vec<Vec<f32>>, Vec<usize>) {
        let (mut rng, dims) = (Rng::new(seed), 24);
        let centres: Vec<Vec<f64>> = (0..count).map(|_| (0..dims).map(|_| rng.normal()).collect()).collect();
        let mut vectors = Vec::new();
        for centre in &centres {
            for _ in 0..per_class {
                vectors.push(unit(centre.iter().map(|value| 3.0 + value + spread * rng.normal()).collect()));
            }
        }
        (vectors, (0..count * per_class).map(|example| example / per_class).collect())
    }

    pub(crate) fn unit(vector: Vec<f64>) -> Vec<f32> {
        let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        vector.into_iter().map(|value| (value / length) as f32).collect()
    }

    pub(crate) fn borrowed(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
        vectors.iter().map(Vec::as_slice).collect()
    }

    #[test]
    fn separates_classes_and_gives_probabilities() {
        let (vectors, classes) = clouds(5, 12, 0.3, 1);
        let model = Softmax::fit(&borrowed(&vectors), &classes, 5, SoftmaxConfig::default());
        for (vector, class) in vectors.iter().zip(&classes) {
            let found = model.probabilities(vector);
            assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(found[*class] > 0.8, "{found:?}");
        }
        assert_eq!(model, Softmax::fit(&borrowed(&vectors), &classes, 5, SoftmaxConfig::default()));
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let (vectors, classes) = clouds(3, 4, 1.0, 2);
        let shares = balanced(&classes, 3);
        let problem = Problem { dims: 24, count: 3, rows: vectors.concat(), classes: &classes, shares, penalty: 0.01 };
        let mut rng = Rng::new(3);
        let point: Vec<f64> = (0..75).map(|_| rng.normal()).collect();
        let mut slope = vec![0.0; 75];
        problem.loss(&point, &mut slope);
        for at in [0, 7, 30, 71, 72, 74] {
            let beside = |by: f64| {
                let mut moved = point.clone();
                moved[at] += by;
                problem.loss(&moved, &mut vec![0.0; 75])
            };
            let measured = (beside(1e-3) - beside(-1e-3)) / 2e-3;
            assert!((measured - slope[at]).abs() < 1e-3, "{at}: {measured} {}", slope[at]);
        }
    }

    #[test]
    fn a_rare_class_weighs_as_much_as_a_frequent_one() {
        let shares = balanced(&[0, 0, 0, 1], 3);
        assert!((shares[0] - 1.0 / 6.0).abs() < 1e-12 && (shares[3] - 0.5).abs() < 1e-12);
    }
}
