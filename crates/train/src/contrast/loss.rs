use burn::tensor::{Int, Tensor, TensorData, activation};

use crate::kernels::Kernels;
use crate::net::TextNet;

/// Added to the similarity of what is no negative: none of it is left after the softmax.
pub(crate) const BLOCKED: f32 = -1e9;

/// What a batch is compared with, by the rows of its vectors: queries first, then passages.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Comparison {
    /// Queries; one for each pair.
    pub(crate) queries: usize,
    /// For each query the place of its passage among the passages.
    pub(crate) targets: Vec<usize>,
    /// \[queries, passages\]: 0 for the passage and its negatives, else [`BLOCKED`].
    pub(crate) to_passages: Vec<f32>,
    /// \[queries, queries\], seen from each query's passage: 0 for the query and its negatives, else [`BLOCKED`].
    pub(crate) to_queries: Vec<f32>,
    /// How much each pair counts.
    pub(crate) weights: Vec<f32>,
}

/// How similarities become a loss.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Form {
    pub(crate) temperature: f64,
    pub(crate) symmetric: bool,
    /// Lengths that the first numbers of a vector must do for, the whole one included.
    pub(crate) lengths: Vec<usize>,
}

/// InfoNCE (van den Oord et al. 2018): the cross-entropy of each query's passage among all passages of the batch, by
/// similarity / temperature; if symmetric, the mean of that and of each passage's query among all queries. Over several
/// lengths of the vectors (Matryoshka, Kusupati et al. 2022) the mean. `vectors` are \[queries + passages, dims\].
pub(crate) fn info_nce<B: Kernels>(vectors: &Tensor<B, 2>, comparison: &Comparison, form: &Form) -> Tensor<B, 1> {
    let [_, dims] = vectors.dims();
    let whole = [dims];
    let lengths = if form.lengths.is_empty() { whole.as_slice() } else { form.lengths.as_slice() };
    let losses = lengths.iter().map(|length| of_length(vectors, (*length).min(dims), comparison, form));
    let sum = losses.reduce(|sum, loss| sum + loss).expect("one length at least");
    sum / lengths.len() as f64
}

fn of_length<B: Kernels>(vectors: &Tensor<B, 2>, length: usize, comparison: &Comparison, form: &Form) -> Tensor<B, 1> {
    let [rows, dims] = vectors.dims();
    let queries = comparison.queries;
    let part = |from: usize, to: usize| {
        let part = vectors.clone().slice([from..to, 0..length]);
        if length == dims { part } else { TextNet::unit(part) }
    };
    let (asked, passages) = (part(0, queries), part(queries, rows));
    let device = vectors.device();
    let targets: Vec<i64> = comparison.targets.iter().map(|target| *target as i64).collect();
    let targets = Tensor::<B, 1, Int>::from_data(TensorData::new(targets, [queries]), &device);
    let mask = |numbers: &[f32], columns: usize| {
        Tensor::<B, 2>::from_data(TensorData::new(numbers.to_vec(), [queries, columns]), &device)
    };
    let scores = asked.clone().matmul(passages.clone().transpose()) / form.temperature;
    let scores = scores + mask(&comparison.to_passages, rows - queries);
    let mut each = cross_entropy(scores, targets.clone());
    if form.symmetric {
        let scores = passages.select(0, targets).matmul(asked.transpose()) / form.temperature;
        let own = Tensor::<B, 1, Int>::arange(0..queries as i64, &device);
        each = (each + cross_entropy(scores + mask(&comparison.to_queries, queries), own)) / 2.0;
    }
    let sum: f32 = comparison.weights.iter().sum();
    let shares: Vec<f32> = comparison.weights.iter().map(|weight| weight / sum).collect();
    (each * Tensor::from_data(TensorData::new(shares, [queries]), &device)).sum()
}

fn cross_entropy<B: Kernels>(scores: Tensor<B, 2>, targets: Tensor<B, 1, Int>) -> Tensor<B, 1> {
    let [rows, _] = scores.dims();
    -activation::log_softmax(scores, 1).gather(1, targets.reshape([rows, 1])).reshape([rows])
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;

    fn vectors(rows: [[f32; 2]; 5]) -> Tensor<Flex, 2> {
        TextNet::unit(Tensor::from_data(rows, &Default::default()))
    }

    fn comparison() -> Comparison {
        Comparison {
            queries: 2,
            targets: vec![0, 1],
            to_passages: vec![0.0; 6],
            to_queries: vec![0.0; 4],
            weights: vec![1.0, 3.0],
        }
    }

    fn value(vectors: &Tensor<Flex, 2>, comparison: &Comparison, form: &Form) -> f64 {
        crate::fit::scalar(&info_nce(vectors, comparison, form))
    }

    #[test]
    fn equals_the_formula() {
        let vectors = vectors([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.6, 0.8], [-1.0, 0.0]]);
        let form = Form { temperature: 0.5, symmetric: false, lengths: Vec::new() };
        let share = |own: f64, others: [f64; 2]| {
            let power = |x: f64| (x / 0.5).exp();
            -(power(own) / (power(own) + others.map(power).iter().sum::<f64>())).ln()
        };
        let expected = share(0.8, [0.6, -1.0]) * 0.25 + share(0.8, [0.6, 0.0]) * 0.75;
        assert!((value(&vectors, &comparison(), &form) - expected).abs() < 1e-5);
        // Back from the passages there is one other query and no third passage.
        let back = |own: f64, other: f64| -((own / 0.5).exp() / ((own / 0.5).exp() + (other / 0.5).exp())).ln();
        let expected = (expected + back(0.8, 0.6)) / 2.0;
        assert!((value(&vectors, &comparison(), &Form { symmetric: true, ..form }) - expected).abs() < 1e-5);
    }

    #[test]
    fn what_is_blocked_does_not_count_and_lengths_are_averaged() {
        let rows = vectors([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [0.6, 0.8], [-1.0, 0.0]]);
        let form = Form { temperature: 0.5, symmetric: false, lengths: Vec::new() };
        let mut blocked = comparison();
        blocked.to_passages = vec![0.0, BLOCKED, BLOCKED, BLOCKED, 0.0, BLOCKED];
        assert!(value(&rows, &blocked, &form).abs() < 1e-6);
        let both = Form { lengths: vec![1, 2], ..form.clone() };
        let first = Form { lengths: vec![1], ..form.clone() };
        let mean = (value(&rows, &comparison(), &form) + value(&rows, &comparison(), &first)) / 2.0;
        assert!((value(&rows, &comparison(), &both) - mean).abs() < 1e-6);
    }
}
