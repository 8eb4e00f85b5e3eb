use burn::tensor::Tensor;
use rayon::prelude::*;
use types::Rng;

use super::target::Target;
use super::{DistilOptions, loss};
use crate::backend::Trainable;
use crate::contrast::{by_length, encode_all};
use crate::data::batch;
use crate::fit::{Inner, Metric, Options, Part, Scores, Step, Task};
use crate::kernels::similarities;
use crate::net::TextNet;
use crate::{Error, Result};

/// Texts that are held out at most.
const HELD_OUT_MAX: usize = 1000;
/// Texts that are held out at least, if that is not more than half of them: fewer have hardly more than ten neighbours.
const HELD_OUT_MIN: usize = 50;
/// Neighbours that count.
const NEIGHBOURS: usize = 10;
/// Texts among which near ones are sought for a batch.
const WINDOW: usize = 4096;
/// Pieces that are run at once, padding included.
const PIECES: usize = 2048;

/// A student is to give what its teachers give.
pub(super) struct DistilTask<'a, B: Trainable> {
    pieces: Vec<Vec<u32>>,
    padding: u32,
    target: Target<'a>,
    /// The teacher of hidden states, and its layer for each of the student's.
    states: Option<(TextNet<B::InnerBackend>, Vec<usize>)>,
    options: DistilOptions,
    /// Texts to learn from, by their places.
    train: Vec<usize>,
    held_out: Vec<usize>,
}

impl<'a, B: Trainable> DistilTask<'a, B> {
    pub(super) fn new(
        pieces: Vec<Vec<u32>>,
        padding: u32,
        target: Target<'a>,
        states: Option<(TextNet<B::InnerBackend>, Vec<usize>)>,
        options: DistilOptions,
        seed: u64,
    ) -> Self {
        let mut train: Vec<usize> = (0..pieces.len()).collect();
        Rng::new(seed).shuffle(&mut train);
        let count = (pieces.len() as f64 * options.validation).ceil() as usize;
        let held_out = train.split_off(pieces.len() - count.clamp(HELD_OUT_MIN.min(pieces.len() / 2), HELD_OUT_MAX));
        Self { pieces, padding, target, states, options, train, held_out }
    }

    /// What texts of about one length give: their vectors, and how far their hidden states are from the teacher's, times
    /// the texts.
    fn run(&self, net: &TextNet<B>, texts: &[usize], step: &mut Step<'_>) -> (Tensor<B, 2>, Option<Tensor<B, 1>>) {
        let rows: Vec<&[u32]> = texts.iter().map(|text| self.pieces[*text].as_slice()).collect();
        let device = net.words.val().device();
        let group = batch::<B>(&rows, self.padding, &device);
        let mut found = net.states(&group, step.leaving_out());
        let loss = self.states.as_ref().map(|(teacher, map)| {
            let shown = teacher.states(&batch(&rows, self.padding, &device), crate::kernels::Dropout::NONE);
            let each = map.iter().enumerate().map(|(layer, above)| {
                let shown = Tensor::from_inner(shown[above + 1].clone());
                loss::states(found[layer + 1].clone(), shown, group.mask.clone())
            });
            let sum = each.reduce(|sum, loss| sum + loss).expect("a student has a layer");
            sum * (texts.len() as f64 / map.len() as f64)
        });
        let last = found.pop().expect("the embeddings at least");
        (TextNet::unit(TextNet::mean(last, group.mask)), loss)
    }

    /// Halves texts by a direction between two of them until groups are small: texts of a group are near each other
    /// (random projection trees, Dasgupta and Freund 2008).
    fn groups(&self, mut texts: Vec<usize>, rng: &mut Rng, out: &mut Vec<Vec<usize>>) {
        if texts.len() <= self.options.group.max(1) {
            out.push(texts);
            return;
        }
        let teacher = &self.target.teachers[0];
        let (a, b) = (teacher.row(texts[rng.below(texts.len())]), teacher.row(texts[rng.below(texts.len())]));
        let direction: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let along = |text: usize| -> f32 { teacher.row(text).iter().zip(&direction).map(|(x, d)| x * d).sum() };
        let mut places: Vec<(f32, usize)> = texts.drain(..).map(|text| (along(text), text)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let upper = places.split_off(places.len() / 2);
        for half in [places, upper] {
            self.groups(half.into_iter().map(|place| place.1).collect(), rng, out);
        }
    }
}

impl<B: Trainable> Task<B> for DistilTask<'_, B> {
    type Net = TextNet<B>;

    fn examples(&self) -> usize {
        self.train.len()
    }

    fn length(&self, example: usize) -> usize {
        self.pieces[self.train[example]].len()
    }

    fn loss(&self, net: &TextNet<B>, batch: &[usize], step: &mut Step<'_>) -> Result<Tensor<B, 1>> {
        let chosen: Vec<usize> = batch.iter().map(|example| self.train[*example]).collect();
        let lengths: Vec<usize> = chosen.iter().map(|text| self.pieces[*text].len()).collect();
        let parts = by_length(&lengths, PIECES);
        let order: Vec<usize> = parts.concat().into_iter().map(|at| chosen[at]).collect();
        let (mut vectors, mut of_states) = (Vec::new(), None::<Tensor<B, 1>>);
        for part in parts {
            let texts: Vec<usize> = part.iter().map(|at| chosen[*at]).collect();
            let (found, loss) = self.run(net, &texts, step);
            vectors.push(found);
            of_states = match (of_states, loss) {
                (Some(sum), Some(loss)) => Some(sum + loss),
                (sum, loss) => sum.or(loss),
            };
        }
        let vectors = Tensor::cat(vectors, 0);
        let DistilOptions { states, cosine, similarity, temperature, .. } = self.options;
        let mut terms = Vec::new();
        if let Some(loss) = of_states {
            terms.push(loss * (states / order.len() as f64));
        }
        if cosine > 0.0 {
            let teacher = order.iter().flat_map(|text| self.target.teachers[0].row(*text)).copied().collect();
            terms.push(loss::cosine(vectors.clone(), teacher) * cosine);
        }
        if similarity > 0.0 {
            let target = self.target.similarities(&order);
            terms.push(loss::similarity(vectors, target, self.target.deviation(), temperature) * similarity);
        }
        let nothing = || Error::Data("there is nothing to learn: hidden states without a teacher of them".to_owned());
        terms.into_iter().reduce(|sum, term| sum + term).ok_or_else(nothing)
    }

    /// Groups of texts that are near each other; which ones come together is drawn.
    fn batches(&self, options: &Options, rng: &mut Rng) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.train.len()).collect();
        rng.shuffle(&mut order);
        let mut example_of = vec![0; self.pieces.len()];
        self.train.iter().enumerate().for_each(|(example, text)| example_of[*text] = example);
        let mut groups = Vec::new();
        for window in order.chunks(WINDOW) {
            self.groups(window.iter().map(|example| self.train[*example]).collect(), rng, &mut groups);
        }
        rng.shuffle(&mut groups);
        let all: Vec<usize> = groups.concat().into_iter().map(|text| example_of[text]).collect();
        // A text alone has no similarities.
        all.chunks(options.batch.max(2)).filter(|batch| batch.len() > 1).map(<[usize]>::to_vec).collect()
    }

    fn evaluate(&self, net: &Inner<B, Self>, _part: Part) -> Result<Scores> {
        let texts: Vec<&[u32]> = self.held_out.iter().map(|text| self.pieces[*text].as_slice()).collect();
        let vectors = encode_all(net, &texts, self.padding);
        let found = similarities(&vectors.numbers, &vectors.numbers, vectors.dims);
        let wanted = self.target.similarities(&self.held_out);
        let rows = found.par_chunks(texts.len()).zip(wanted.par_chunks(texts.len())).enumerate();
        let shared = rows.map(|(at, (found, wanted))| shared_neighbours(found, wanted, at)).collect();
        let similarity = Metric::new("similarity", correlation(&found, &wanted));
        Ok(Scores::new(vec![Metric::mean("neighbours@10", shared), similarity]))
    }
}

/// Share of a text's nearest by one measure that are nearest by the other too.
fn shared_neighbours(found: &[f32], wanted: &[f32], itself: usize) -> f32 {
    let nearest = |similarities: &[f32]| {
        let mut order: Vec<usize> = (0..similarities.len()).filter(|at| *at != itself).collect();
        order.sort_unstable_by(|a, b| similarities[*b].total_cmp(&similarities[*a]).then(a.cmp(b)));
        order.truncate(NEIGHBOURS);
        order
    };
    let (found, wanted) = (nearest(found), nearest(wanted));
    found.iter().filter(|at| wanted.contains(at)).count() as f32 / wanted.len().max(1) as f32
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let side = a.len().isqrt();
    let pairs: Vec<(f64, f64)> =
        (0..a.len()).filter(|at| at / side != at % side).map(|at| (f64::from(a[at]), f64::from(b[at]))).collect();
    let count = pairs.len().max(1) as f64;
    let (mean_a, mean_b) =
        (pairs.iter().map(|x| x.0).sum::<f64>() / count, pairs.iter().map(|x| x.1).sum::<f64>() / count);
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| of(a - mean_a, b - mean_b)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt().max(1e-12)
}
