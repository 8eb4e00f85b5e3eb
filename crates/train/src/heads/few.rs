//! Learning from a handful of labelled texts: prototypes, and contrastive pairs before a logistic head (SetFit, Tunstall et
//! al. 2022).

use burn::tensor::Tensor;
use types::Rng;

use super::{Logistic, temperature};
use crate::backend::Trainable;
use crate::data::batch;
use crate::fit::{Inner, Metric, Options, Part, Scores, Step, Task, Watch, by_length};
use crate::net::TextNet;
use crate::tune::Method;
use crate::{Error, Result};

/// The nearest mean of a class's vectors (prototypes, Snell et al. 2017) as a linear layer: −|x − μ|² / 2 and x · μ − |μ|² / 2
/// differ by the same amount for every class. Its scale is that under which each vector's own class is likeliest when the
/// vector itself is left out of the mean.
pub fn prototypes(vectors: &[Vec<f32>], classes: &[usize], count: usize) -> Logistic {
    let width = vectors.first().map_or(0, Vec::len);
    let mut sums = vec![vec![0.0f32; width]; count];
    let mut sizes = vec![0.0f32; count];
    for (vector, class) in vectors.iter().zip(classes) {
        sums[*class].iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        sizes[*class] += 1.0;
    }
    let means: Vec<Vec<f32>> =
        sums.iter().zip(&sizes).map(|(sum, size)| sum.iter().map(|sum| sum / size.max(1.0)).collect()).collect();
    let score = |mean: &[f32], x: &[f32]| -> f32 { mean.iter().zip(x).map(|(m, x)| m * x - m * m / 2.0).sum() };
    // Distances in many dimensions are far too sure of themselves; the temperature puts that right.
    let left_out: Vec<(Vec<f32>, usize)> = vectors
        .iter()
        .zip(classes)
        .filter(|(_, class)| sizes[**class] > 1.0)
        .map(|(x, class)| {
            let own: Vec<f32> = sums[*class].iter().zip(x).map(|(sum, x)| (sum - x) / (sizes[*class] - 1.0)).collect();
            let logits = means.iter().enumerate().map(|(at, mean)| score(if at == *class { &own } else { mean }, x));
            (logits.collect(), *class)
        })
        .collect();
    let scale = 1.0 / spread(&left_out);
    let logits: Vec<Vec<f32>> =
        left_out.iter().map(|(logits, _)| logits.iter().map(|logit| logit * scale).collect()).collect();
    let truths: Vec<usize> = left_out.iter().map(|(_, class)| *class).collect();
    let scale = scale / temperature(&logits, &truths);
    Logistic {
        matrix: means.iter().flatten().map(|m| m * scale).collect(),
        bias: means
            .iter()
            .zip(&sizes)
            // A class without a vector is never the answer.
            .map(|(mean, size)| if *size > 0.0 { -scale * mean.iter().map(|m| m * m).sum::<f32>() / 2.0 } else { -1e4 })
            .collect(),
    }
}

/// The mean distance of the largest logit from the others, so that a temperature is looked for in the right place.
fn spread(logits: &[(Vec<f32>, usize)]) -> f32 {
    let gaps = logits.iter().map(|(logits, _)| {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        largest - logits.iter().sum::<f32>() / logits.len().max(1) as f32
    });
    let mean = gaps.sum::<f32>() / logits.len().max(1) as f32;
    if mean > 1e-9 { mean / 4.0 } else { 1.0 }
}

/// Draws texts of one class together and others apart: the mean square of what a pair's cosine misses of 1 or 0.
#[derive(Clone, Debug)]
pub struct PairTask {
    texts: Vec<(Vec<u32>, usize)>,
    pairs: Vec<(usize, usize, bool)>,
    rounds: usize,
    padding: u32,
}

impl PairTask {
    /// Pairs of labelled texts: `rounds` times an epoch, each text with one of its class and one of another.
    ///
    /// # Errors
    /// Where there is one class only.
    pub fn new(texts: Vec<(Vec<u32>, usize)>, rounds: usize, padding: u32) -> Result<Self> {
        let first = texts.first().map(|text| text.1);
        if texts.iter().all(|text| Some(text.1) == first) {
            return Err(Error::Data("all texts have one class only: there is nothing to tell apart".to_owned()));
        }
        let mut task = Self { texts, pairs: Vec::new(), rounds: rounds.max(1), padding };
        task.draw(&mut Rng::new(0));
        Ok(task)
    }

    fn draw(&mut self, rng: &mut Rng) {
        self.pairs.clear();
        for _ in 0..self.rounds {
            for first in 0..self.texts.len() {
                for same in [true, false] {
                    let fits = |at: &usize| *at != first && (self.texts[*at].1 == self.texts[first].1) == same;
                    let others: Vec<usize> = (0..self.texts.len()).filter(fits).collect();
                    if !others.is_empty() {
                        self.pairs.push((first, others[rng.below(others.len())], same));
                    }
                }
            }
        }
    }
}

impl<B: Trainable> Task<B> for PairTask {
    type Net = TextNet<B>;

    fn examples(&self) -> usize {
        self.pairs.len()
    }

    fn length(&self, example: usize) -> usize {
        let (first, second, _) = self.pairs[example];
        self.texts[first].0.len().max(self.texts[second].0.len())
    }

    fn loss(&self, net: &TextNet<B>, chosen: &[usize], _step: &mut Step<'_>) -> Result<Tensor<B, 1>> {
        let device = net.words.val().device();
        let text = |at: usize| self.texts[at].0.as_slice();
        let firsts = chosen.iter().map(|at| text(self.pairs[*at].0));
        let texts: Vec<&[u32]> = firsts.chain(chosen.iter().map(|at| text(self.pairs[*at].1))).collect();
        let batch = batch::<B>(&texts, self.padding, &device);
        let mean = TextNet::mean(net.forward(&batch), batch.mask.clone());
        let length = mean.clone().powf_scalar(2.0).sum_dim(1).sqrt() + 1e-9;
        let (pairs, width) = (chosen.len(), mean.dims()[1]);
        let unit = mean / length;
        let (left, right) = (unit.clone().slice([0..pairs, 0..width]), unit.slice([pairs..2 * pairs, 0..width]));
        let cosines = (left * right).sum_dim(1).reshape([pairs]);
        let wanted: Vec<f32> = chosen.iter().map(|at| f32::from(u8::from(self.pairs[*at].2))).collect();
        Ok(super::losses::mean_square(cosines, &wanted))
    }

    /// The share of texts whose nearest neighbour among the others has their class, on the texts themselves: there are too
    /// few to hold some out.
    fn evaluate(&self, net: &Inner<B, Self>, _part: Part) -> Result<Scores> {
        let texts: Vec<&[u32]> = self.texts.iter().map(|text| text.0.as_slice()).collect();
        let vectors: Vec<Vec<f32>> =
            super::vectors(net, &texts, self.padding).into_iter().map(|vector| unit(&vector)).collect();
        let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let right = (0..vectors.len()).map(|at| {
            let others = (0..vectors.len()).filter(|other| *other != at);
            let nearest =
                others.max_by(|a, b| cosine(&vectors[at], &vectors[*a]).total_cmp(&cosine(&vectors[at], &vectors[*b])));
            f32::from(u8::from(nearest.is_some_and(|nearest| self.texts[nearest].1 == self.texts[at].1)))
        });
        Ok(Scores::new(vec![Metric::mean("neighbour_accuracy", right.collect())]))
    }

    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = (0..self.pairs.len()).map(|at| Task::<B>::length(self, at)).collect();
        by_length(&lengths, options, rng)
    }

    fn begin_epoch(&mut self, _epoch: u32, _net: &Inner<B, Self>, rng: &mut Rng, _watch: &mut dyn Watch) -> Result<()> {
        self.draw(rng);
        Ok(())
    }

    fn state(&self) -> Vec<u8> {
        serde_json::to_vec(&self.pairs).expect("numbers are always JSON")
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let wrong = |error: serde_json::Error| Error::Data(format!("the state of the pairs cannot be read: {error}"));
        self.pairs = serde_json::from_slice(state).map_err(wrong)?;
        Ok(())
    }
}

/// Draws the encoder's vectors of one class together, then fits a logistic head on them. The encoder comes back with what
/// the method added merged where that can be.
///
/// # Errors
/// As [`crate::fit::fit`].
pub fn set_fit<B: Trainable>(
    encoder: TextNet<B>,
    texts: &[(Vec<u32>, usize)],
    classes: usize,
    method: &Method,
    options: &Options,
    rounds: usize,
    padding: u32,
) -> Result<(TextNet<B>, Logistic)> {
    let device = encoder.words.val().device();
    let encoder = method.extend(encoder, &mut Rng::new(options.seed), &device)?;
    let mut task = PairTask::new(texts.to_vec(), rounds, padding)?;
    let mut watch = crate::fit::Quiet::default();
    // The texts themselves are no held-out part: the last weights are the ones to take.
    let options = Options { keep: crate::fit::Keep::Last, patience: 0, ..options.clone() };
    let net = method.select::<B, _>(encoder);
    let fitted = crate::fit::fit::<B, _>(&mut task, net, &options, crate::fit::Control::new(&mut watch))?;
    use burn::module::AutodiffModule;
    let ids: Vec<&[u32]> = texts.iter().map(|text| text.0.as_slice()).collect();
    let vectors = super::vectors(&fitted.net.valid(), &ids, padding);
    let labels: Vec<usize> = texts.iter().map(|text| text.1).collect();
    Ok((fitted.net, Logistic::fit(&vectors, &labels, classes, 1e-2)))
}

/// Scaled to length 1.
pub(crate) fn unit(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
    vector.iter().map(|x| x / length).collect()
}
