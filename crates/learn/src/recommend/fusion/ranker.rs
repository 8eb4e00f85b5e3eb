//! A small learned ranker over a few dozen numbers a candidate.

use types::Rng;

use super::super::lanes::plain_dot;
use crate::bytes::{Reader, Writer};

/// A linear part and one hidden layer: `s(x) = a · x + v · max(0, W x + b)`, on standardised numbers.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Net {
    width: usize,
    hidden: usize,
    means: Vec<f32>,
    /// 1 over the deviation; 0 for what is not looked at.
    scales: Vec<f32>,
    /// `a`, `v`, `b` and then `W` by rows.
    weights: Vec<f32>,
}

/// Candidates with known answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Example {
    /// Numbers of each candidate, one after another.
    pub(super) features: Vec<f32>,
    /// Whether each would have been right.
    pub(super) right: Vec<bool>,
    /// How many candidates each stands for: more than one where it was drawn from many.
    pub(super) stands_for: Vec<f32>,
    /// How many would have been right, candidates or not.
    pub(super) relevant: usize,
}

/// How a [`Net`] is fitted: Adam (Kingma and Ba 2015) on the softmax cross-entropy of the list (Bruch et al. 2019, "An
/// analysis of the softmax cost function for learning to rank with binary relevance"), candidates counted as often as they
/// stand for others, stopped where held-out examples no longer gain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fitting {
    pub(super) rounds: usize,
    pub(super) step: f32,
    pub(super) decay: f32,
}

impl Fitting {
    /// Rounds without a gain after which fitting stops.
    const PATIENCE: usize = 3;
    /// Examples between two steps.
    const BATCH: usize = 16;

    /// Fits on `learnt`; keeps the round that is best on `held_out`. `told` is called after each round with the share of
    /// rounds done and the mean loss; its error ends it.
    pub(super) fn fit<E>(
        &self,
        mut net: Net,
        learnt: &[Example],
        held_out: &[Example],
        rng: &mut Rng,
        mut told: impl FnMut(f64, f64) -> Result<(), E>,
    ) -> Result<Net, E> {
        let mut adam = Adam::new(net.weights.len());
        let mut order: Vec<usize> = (0..learnt.len()).collect();
        let (mut best, mut best_value, mut since) = (net.clone(), net.value(held_out), 0);
        for round in 0..self.rounds {
            rng.shuffle(&mut order);
            let mut loss = 0.0;
            let step = self.step * (1.0 - round as f32 / self.rounds as f32);
            for batch in order.chunks(Self::BATCH) {
                let mut gradient = vec![0.0; net.weights.len()];
                loss += batch.iter().map(|at| net.learn(&learnt[*at], &mut gradient)).sum::<f64>();
                let share = 1.0 / batch.len() as f32;
                gradient.iter_mut().zip(&net.weights).for_each(|(g, weight)| *g = *g * share + self.decay * weight);
                adam.step(&mut net.weights, &gradient, step);
            }
            told((round + 1) as f64 / self.rounds as f64, loss / learnt.len().max(1) as f64)?;
            let value = net.value(held_out);
            if value > best_value {
                (best, best_value, since) = (net.clone(), value, 0);
            } else {
                since += 1;
                if since == Self::PATIENCE {
                    break;
                }
            }
        }
        Ok(best)
    }
}

impl Net {
    /// Standardises on `examples`; looks only at the columns that `looks` accepts. `first` gives the linear weights to
    /// begin with.
    pub(super) fn new(
        (width, hidden): (usize, usize),
        examples: &[Example],
        looks: impl Fn(usize) -> bool,
        first: impl Fn(usize) -> f32,
        rng: &mut Rng,
    ) -> Self {
        let (means, scales) = standard(width, examples, looks);
        let mut weights: Vec<f32> = (0..width).map(first).collect();
        let spread = (2.0 / width.max(1) as f64).sqrt();
        // The hidden part begins silent: v is 0.
        weights.resize(width + 2 * hidden, 0.0);
        weights.extend((0..width * hidden).map(|_| (rng.normal() * spread) as f32));
        Self { width, hidden, means, scales, weights }
    }

    /// The same without a look at some columns.
    pub(super) fn without(&self, is_out: impl Fn(usize) -> bool) -> Self {
        let mut net = self.clone();
        net.scales.iter_mut().enumerate().filter(|(at, _)| is_out(*at)).for_each(|(_, scale)| *scale = 0.0);
        net
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The score of each candidate.
    pub(super) fn score(&self, features: &[f32]) -> Vec<f32> {
        let (mut input, mut layer) = (vec![0.0; self.width], vec![0.0; self.hidden]);
        features.chunks_exact(self.width).map(|row| self.forward(row, &mut input, &mut layer)).collect()
    }

    /// NDCG@10, the mean of examples.
    pub(super) fn value(&self, examples: &[Example]) -> f64 {
        examples.iter().map(|example| ndcg(example, &self.score(&example.features))).sum::<f64>()
            / examples.len().max(1) as f64
    }

    fn parts(&self) -> (&[f32], &[f32], &[f32], &[f32]) {
        let (a, rest) = self.weights.split_at(self.width);
        let (v, rest) = rest.split_at(self.hidden);
        let (b, w) = rest.split_at(self.hidden);
        (a, v, b, w)
    }

    fn forward(&self, row: &[f32], input: &mut [f32], layer: &mut [f32]) -> f32 {
        for (((x, value), mean), scale) in input.iter_mut().zip(row).zip(&self.means).zip(&self.scales) {
            *x = (value - mean) * scale;
        }
        let (a, v, b, w) = self.parts();
        for ((h, b), w) in layer.iter_mut().zip(b).zip(w.chunks_exact(self.width)) {
            *h = (b + plain_dot(w, input)).max(0.0);
        }
        plain_dot(a, input) + plain_dot(v, layer)
    }

    /// Adds the gradient of an example's loss; returns the loss.
    fn learn(&self, example: &Example, gradient: &mut [f32]) -> f64 {
        let wanted = example.right.iter().filter(|right| **right).count();
        if wanted == 0 {
            return 0.0;
        }
        let (mut input, mut layer) = (vec![0.0; self.width], vec![0.0; self.hidden]);
        let mut scores = self.score(&example.features);
        scores.iter_mut().zip(&example.stands_for).for_each(|(score, count)| *score += count.ln());
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = scores.iter().map(|score| (score - most).exp()).sum();
        let (_, v, _, _) = self.parts();
        let mut loss = 0.0;
        for ((row, score), right) in example.features.chunks_exact(self.width).zip(&scores).zip(&example.right) {
            let share = (score - most).exp() / total;
            let target = if *right { 1.0 / wanted as f32 } else { 0.0 };
            if *right {
                loss += f64::from(total.ln() + most - score) / wanted as f64;
            }
            let pull = share - target;
            if pull.abs() < 1e-6 {
                continue;
            }
            self.forward(row, &mut input, &mut layer);
            let (ga, rest) = gradient.split_at_mut(self.width);
            let (gv, rest) = rest.split_at_mut(self.hidden);
            let (gb, gw) = rest.split_at_mut(self.hidden);
            add(ga, &input, pull);
            add(gv, &layer, pull);
            for (at, gw) in gw.chunks_exact_mut(self.width).enumerate() {
                if layer[at] > 0.0 {
                    gb[at] += pull * v[at];
                    add(gw, &input, pull * v[at]);
                }
            }
        }
        loss
    }

    pub(super) fn encode(&self, out: &mut Writer) {
        out.number(self.width as u64);
        out.number(self.hidden as u64);
        [&self.means, &self.scales, &self.weights].iter().for_each(|floats| out.floats(floats));
    }

    pub(super) fn decode(input: &mut Reader<'_>) -> crate::Result<Self> {
        let (width, hidden) = (input.tiny()?.into(), input.tiny()?.into());
        let net = Self { width, hidden, means: input.floats()?, scales: input.floats()?, weights: input.floats()? };
        let counts = (net.means.len(), net.scales.len(), net.weights.len());
        if counts != (width, width, width + 2 * hidden + width * hidden) {
            return Err(input.fault("the numbers of a ranker"));
        }
        Ok(net)
    }
}

/// NDCG@10 of an example under these scores; equal scores count as wrong ones first.
pub(super) fn ndcg(example: &Example, scores: &[f32]) -> f64 {
    const CUT: usize = 10;
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let rank = |at: usize| {
        let ahead = |other: &usize| {
            let order = scores[*other].total_cmp(&scores[at]);
            order.is_gt() || order.is_eq() && (!example.right[*other] || *other < at) && *other != at
        };
        (0..scores.len()).filter(ahead).map(|other| example.stands_for[other]).sum::<f32>() as usize
    };
    let found: f64 =
        (0..scores.len()).filter(|at| example.right[*at]).map(rank).filter(|rank| *rank < CUT).map(gain).sum();
    let ideal: f64 = (0..example.relevant.min(CUT)).map(gain).sum();
    if ideal > 0.0 { found / ideal } else { 0.0 }
}

fn standard(width: usize, examples: &[Example], looks: impl Fn(usize) -> bool) -> (Vec<f32>, Vec<f32>) {
    let (mut sums, mut squares, mut count) = (vec![0.0f64; width], vec![0.0f64; width], 0usize);
    for row in examples.iter().flat_map(|example| example.features.chunks_exact(width)) {
        count += 1;
        for ((sum, square), value) in sums.iter_mut().zip(&mut squares).zip(row) {
            *sum += f64::from(*value);
            *square += f64::from(*value) * f64::from(*value);
        }
    }
    let count = count.max(1) as f64;
    let means: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
    let scale = |at: usize| {
        let variance = squares[at] / count - means[at] * means[at];
        // What hardly varies would blow up chance.
        if looks(at) && variance > 1e-8 { variance.sqrt().recip() as f32 } else { 0.0 }
    };
    let scales = (0..width).map(scale).collect();
    (means.into_iter().map(|mean| mean as f32).collect(), scales)
}

struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    fn new(count: usize) -> Self {
        Self { first: vec![0.0; count], second: vec![0.0; count], steps: 0 }
    }

    fn step(&mut self, weights: &mut [f32], gradient: &[f32], step: f32) {
        const FIRST: f32 = 0.9;
        const SECOND: f32 = 0.999;
        self.steps += 1;
        let (first_left, second_left) = (1.0 - FIRST.powi(self.steps), 1.0 - SECOND.powi(self.steps));
        for (((weight, g), first), second) in
            weights.iter_mut().zip(gradient).zip(&mut self.first).zip(&mut self.second)
        {
            *first = FIRST * *first + (1.0 - FIRST) * g;
            *second = SECOND * *second + (1.0 - SECOND) * g * g;
            *weight -= step * (*first / first_left) / ((*second / second_left).sqrt() + 1e-8);
        }
    }
}

fn add(to: &mut [f32], values: &[f32], times: f32) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += times * value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// The right candidate has the largest product of both numbers, which no linear score finds.
    fn examples(count: usize, rng: &mut Rng) -> Vec<Example> {
        let example = |_| {
            let features: Vec<f32> = (0..20).map(|_| rng.normal() as f32).collect();
            let products: Vec<f32> = features.chunks(2).map(|pair| pair[0] * pair[1]).collect();
            let most = products.iter().copied().fold(f32::MIN, f32::max);
            Example {
                features,
                right: products.iter().map(|product| *product == most).collect(),
                stands_for: vec![1.0; 10],
                relevant: 1,
            }
        };
        (0..count).map(example).collect()
    }

    fn fitted(hidden: usize) -> (Net, Vec<Example>) {
        let mut rng = Rng::new(1);
        let (learnt, held_out) = (examples(1_500, &mut rng), examples(300, &mut rng));
        let net = Net::new((2, hidden), &learnt, |_| true, |_| 0.0, &mut rng);
        let fitting = Fitting { rounds: 20, step: 0.02, decay: 0.0 };
        (fitting.fit(net, &learnt, &held_out, &mut rng, |_, _| Ok::<_, Infallible>(())).unwrap(), held_out)
    }

    #[test]
    fn finds_what_is_not_linear_where_it_may() {
        let ((linear, held_out), (net, _)) = (fitted(0), fitted(16));
        assert!(net.value(&held_out) > 0.85 && linear.value(&held_out) < 0.7);
        assert_eq!(fitted(16).0, net);
        let mut out = Writer::default();
        net.encode(&mut out);
        assert_eq!(Net::decode(&mut Reader::new(&out.0)).unwrap(), net);
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let mut rng = Rng::new(3);
        let all = examples(5, &mut rng);
        let mut net = Net::new((2, 3), &all, |_| true, |_| 0.3, &mut rng);
        net.weights.iter_mut().for_each(|weight| *weight += (rng.normal() * 0.5) as f32);
        let mut gradient = vec![0.0; net.weights.len()];
        net.learn(&all[0], &mut gradient);
        for at in 0..gradient.len() {
            let loss = |by: f32| {
                let mut net = net.clone();
                net.weights[at] += by;
                net.learn(&all[0], &mut vec![0.0; gradient.len()])
            };
            let slope = ((loss(1e-2) - loss(-1e-2)) / 2e-2) as f32;
            assert!((slope - gradient[at]).abs() < 2e-2 * (1.0 + slope.abs()), "{at}: {slope} {}", gradient[at]);
        }
    }

    #[test]
    fn ties_do_not_count_as_found() {
        let example = Example {
            features: vec![0.0; 12],
            right: [vec![true], vec![false; 11]].concat(),
            stands_for: [vec![1.0; 11], vec![30.0]].concat(),
            relevant: 1,
        };
        assert_eq!(ndcg(&example, &[0.0; 12]), 0.0);
        let mut scores = [0.0; 12];
        scores[0] = 1.0;
        assert_eq!(ndcg(&example, &scores), 1.0);
        // One that was drawn from thirty stands for all of them.
        scores[11] = 2.0;
        assert_eq!(ndcg(&example, &scores), 0.0);
    }
}
