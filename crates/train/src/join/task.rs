use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData, activation};
use types::Rng;

use super::net::numbers;
use super::{Joined, JointNet};
use crate::backend::Trainable;
use crate::fit::{Metric, Options, Part, Scores, Step, Task};
use crate::kernels::Kernels;
use crate::{Error, Result};

/// Vectors of texts and pictures, and which belong together.
#[derive(Clone, Debug)]
pub struct JoinData {
    /// Vectors of different texts.
    pub texts: Arc<Vec<Vec<f32>>>,
    /// One vector a product.
    pub pictures: Arc<Vec<Vec<f32>>>,
    /// For each product its texts, one of which is drawn each time; those without any are passed over.
    pub texts_of: Arc<Vec<Vec<usize>>>,
    /// Products to train on.
    pub train: Vec<usize>,
    /// Products that decide when to end; their first texts are searched with.
    pub validation: Vec<usize>,
}

impl JoinData {
    pub(super) fn text_dims(&self) -> usize {
        self.texts.first().map_or(0, Vec::len)
    }

    pub(super) fn picture_dims(&self) -> usize {
        self.pictures.first().map_or(0, Vec::len)
    }

    pub(super) fn check(&self) -> Result<()> {
        let data = |what: &str| Err(Error::Data(what.to_owned()));
        let (text, picture) = (self.text_dims(), self.picture_dims());
        if self.train.len() < 2 || self.validation.len() < 2 {
            return data("too few products with a text and a picture to train and validate on");
        }
        if self.texts.iter().any(|vector| vector.len() != text) || self.pictures.iter().any(|v| v.len() != picture) {
            return data("vectors of different lengths");
        }
        let known = |product: &usize| {
            let texts = self.texts_of.get(*product);
            *product < self.pictures.len()
                && texts.is_some_and(|texts| !texts.is_empty() && texts.iter().all(|text| *text < self.texts.len()))
        };
        if !self.train.iter().chain(&self.validation).all(known) {
            return data("a product without a text or without a picture");
        }
        Ok(())
    }
}

/// Finding the picture of a text, and the text of a picture, among those of a batch.
pub struct JoinTask<B: Trainable> {
    data: JoinData,
    texts: Side,
    pictures: Side,
    device: B::Device,
}

/// Mean and one over the deviation of each number of a side's training vectors.
struct Side {
    mean: Vec<f32>,
    factor: Vec<f32>,
}

impl<B: Trainable> JoinTask<B> {
    pub(super) fn new(data: JoinData, device: &B::Device) -> Self {
        let texts = data.train.iter().flat_map(|product| &data.texts_of[*product]).map(|text| &data.texts[*text]);
        let texts = Side::of(texts, data.text_dims());
        let pictures = Side::of(data.train.iter().map(|product| &data.pictures[*product]), data.picture_dims());
        Self { data, texts, pictures, device: device.clone() }
    }

    /// The heads, for vectors as the encoders give them.
    pub(super) fn joined(&self, net: &JointNet<B::InnerBackend>, dims: usize) -> Joined {
        let text = net.text.weights(&self.texts.mean, &self.texts.factor);
        let image = net.image.weights(&self.pictures.mean, &self.pictures.factor);
        Joined { text, image, dims, temperature: net.temperature() }
    }

    fn texts<K: Kernels>(&self, texts: &[usize], device: &K::Device) -> Tensor<K, 2> {
        self.texts.tensor(texts.iter().map(|text| &self.data.texts[*text]), device)
    }

    fn pictures<K: Kernels>(&self, products: &[usize], device: &K::Device) -> Tensor<K, 2> {
        self.pictures.tensor(products.iter().map(|product| &self.data.pictures[*product]), device)
    }
}

impl Side {
    fn of<'a>(vectors: impl Iterator<Item = &'a Vec<f32>>, dims: usize) -> Self {
        let (mut count, mut sum, mut squares) = (0.0, vec![0.0f64; dims], vec![0.0f64; dims]);
        for vector in vectors {
            count += 1.0;
            for ((sum, square), value) in sum.iter_mut().zip(&mut squares).zip(vector) {
                *sum += f64::from(*value);
                *square += f64::from(*value) * f64::from(*value);
            }
        }
        let mean: Vec<f64> = sum.iter().map(|sum| sum / f64::max(count, 1.0)).collect();
        let variance = |(square, mean): (&f64, &f64)| (square / f64::max(count, 1.0) - mean * mean).max(0.0);
        let deviations: Vec<f64> = squares.iter().zip(&mean).map(|pair| variance(pair).sqrt()).collect();
        // A number that hardly varies in these data must not be blown up: in others, such as queries in another language,
        // it may vary well.
        let least = (0.5 * deviations.iter().sum::<f64>() / dims.max(1) as f64).max(1e-6);
        let factor = deviations.iter().map(|deviation| 1.0 / deviation.max(least));
        Self {
            factor: factor.map(|factor| factor as f32).collect(),
            mean: mean.iter().map(|mean| *mean as f32).collect(),
        }
    }

    fn tensor<'a, K: Kernels>(
        &self,
        vectors: impl ExactSizeIterator<Item = &'a Vec<f32>>,
        device: &K::Device,
    ) -> Tensor<K, 2> {
        let shape = [vectors.len(), self.mean.len()];
        let mut data = Vec::with_capacity(shape[0] * shape[1]);
        for vector in vectors {
            let standard = vector.iter().zip(&self.mean).zip(&self.factor);
            data.extend(standard.map(|((value, mean), factor)| (value - mean) * factor));
        }
        Tensor::from_data(TensorData::new(data, shape), device)
    }
}

impl<B: Trainable> Task<B> for JoinTask<B> {
    type Net = JointNet<B>;

    fn examples(&self) -> usize {
        self.data.train.len()
    }

    fn length(&self, _example: usize) -> usize {
        1
    }

    /// Shuffled, each of the full size: a small rest would have easier contrasts than the others.
    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.data.train.len()).collect();
        rng.shuffle(&mut order);
        let size = options.batch.min(order.len());
        order.chunks_exact(size).map(<[usize]>::to_vec).collect()
    }

    fn loss(&self, net: &JointNet<B>, batch: &[usize], step: &mut Step<'_>) -> Result<Tensor<B, 1>> {
        let products: Vec<usize> = batch.iter().map(|example| self.data.train[*example]).collect();
        let texts: Vec<usize> = products
            .iter()
            .map(|product| {
                let texts = &self.data.texts_of[*product];
                texts[step.rng.below(texts.len())]
            })
            .collect();
        let text_vectors = step.dropout(self.texts::<B>(&texts, &self.device));
        let picture_vectors = step.dropout(self.pictures::<B>(&products, &self.device));
        let logits = net.logits(text_vectors, picture_vectors) + same_text::<B>(&texts, &self.device);
        let right = Tensor::<B, 1, Int>::arange(0..batch.len() as i64, &self.device).reshape([batch.len(), 1]);
        let found = |logits: Tensor<B, 2>| activation::log_softmax(logits, 1).gather(1, right.clone()).mean();
        Ok((found(logits.clone()) + found(logits.transpose())) * -0.5)
    }

    fn evaluate(&self, net: &JointNet<B::InnerBackend>, _part: Part) -> Result<Scores> {
        let products = &self.data.validation;
        let device = B::Device::default();
        let texts: Vec<usize> = products.iter().map(|product| self.data.texts_of[*product][0]).collect();
        let logits = net.logits(self.texts(&texts, &device), self.pictures(products, &device));
        let recall = |ranks: &[usize], k: usize| ranks.iter().map(|rank| if *rank < k { 1.0 } else { 0.0 }).collect();
        let (there, back) =
            (ranks(&numbers(logits.clone()), products.len()), ranks(&numbers(logits.transpose()), products.len()));
        Ok(Scores::new(vec![
            Metric::mean("text to picture recall@10", recall(&there, 10)),
            Metric::mean("picture to text recall@10", recall(&back, 10)),
            Metric::mean("text to picture recall@1", recall(&there, 1)),
        ]))
    }
}

/// A very negative number where another product of the batch has the same text: its picture is no wrong answer.
fn same_text<B: Kernels>(texts: &[usize], device: &B::Device) -> Tensor<B, 2> {
    const NEVER: f32 = -1e4;
    let count = texts.len();
    let mut mask = vec![0.0; count * count];
    let mut places: std::collections::HashMap<usize, Vec<usize>> = std::collections::HashMap::new();
    texts.iter().enumerate().for_each(|(at, text)| places.entry(*text).or_default().push(at));
    for same in places.values() {
        for (row, column) in same.iter().flat_map(|row| same.iter().map(move |column| (row, column))) {
            if row != column {
                mask[row * count + column] = NEVER;
            }
        }
    }
    Tensor::from_data(TensorData::new(mask, [count, count]), device)
}

/// For each row, how many are better than the one on the diagonal.
fn ranks(scores: &[f32], count: usize) -> Vec<usize> {
    let rows = scores.chunks_exact(count.max(1)).enumerate();
    rows.map(|(at, row)| row.iter().filter(|score| **score > row[at]).count()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_what_is_better() {
        assert_eq!(ranks(&[0.9, 0.1, 0.5, 0.4], 2), [0, 1]);
    }

    #[test]
    fn a_text_that_two_products_share_is_no_contrast() {
        let mask = same_text::<burn::backend::Flex>(&[7, 8, 7], &Default::default());
        let expected = [0.0, 0.0, -1e4, 0.0, 0.0, 0.0, -1e4, 0.0, 0.0];
        assert_eq!(numbers(mask), expected);
    }
}
