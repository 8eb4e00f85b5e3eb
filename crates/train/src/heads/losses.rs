//! What heads are trained to make small.

use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::{Int, Tensor, TensorData};
use neural::heads::Crf;

use super::net::{Head, rows};
use crate::fit::params::numbers_of;
use crate::kernels::Kernels;

/// The mean cross-entropy of classes under `logits` \[rows, classes\], each row weighed by its class. `smoothing` of the
/// probability is spread over all classes (Szegedy et al. 2016).
pub(crate) fn cross_entropy<B: Kernels>(
    logits: Tensor<B, 2>,
    classes: &[usize],
    weights: Option<&[f64]>,
    smoothing: f64,
) -> Tensor<B, 1> {
    let [count, width] = logits.dims();
    let mut wanted = Vec::with_capacity(count * width);
    let mut total = 0.0;
    for class in classes {
        let weight = weights.map_or(1.0, |weights| weights[*class]);
        total += weight;
        let spread = smoothing / width as f64;
        let share = |at| if at == *class { 1.0 - smoothing + spread } else { spread };
        wanted.extend((0..width).map(|at| (weight * share(at)) as f32));
    }
    let wanted = rows::<B>(wanted, [count, width], &logits.device());
    (log_softmax(logits, 1) * wanted).sum().neg() / total.max(1e-9)
}

/// The mean cross-entropy of probabilities from 0 to 1 under scores \[rows\].
pub(crate) fn binary_cross_entropy<B: Kernels>(scores: Tensor<B, 1>, wanted: &[f32]) -> Tensor<B, 1> {
    let wanted = Tensor::<B, 1>::from_floats(wanted, &scores.device());
    let right = wanted.clone() * log_sigmoid(scores.clone());
    let wrong = (wanted.neg() + 1.0) * log_sigmoid(scores.neg());
    (right + wrong).mean().neg()
}

/// The mean square of differences.
pub(crate) fn mean_square<B: Kernels>(scores: Tensor<B, 1>, wanted: &[f32]) -> Tensor<B, 1> {
    let wanted = Tensor::<B, 1>::from_floats(wanted, &scores.device());
    (scores - wanted).powf_scalar(2.0).mean()
}

/// Pairs of rows of one group of which the first has the larger number.
pub(crate) fn ordered_pairs(groups: &[u32], wanted: &[f32]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for first in 0..groups.len() {
        let beaten =
            (0..groups.len()).filter(|second| groups[first] == groups[*second] && wanted[first] > wanted[*second]);
        pairs.extend(beaten.map(|second| (first, second)));
    }
    pairs
}

/// The mean of ln(1 + e^(−difference)) over pairs of which the first should score higher (RankNet, Burges et al. 2005).
pub(crate) fn pairwise<B: Kernels>(scores: Tensor<B, 1>, pairs: &[(usize, usize)]) -> Tensor<B, 1> {
    log_sigmoid(margins(scores, pairs)).mean().neg()
}

/// The mean square of what a pair's margin misses of the teacher's (MarginMSE, Hofstätter et al. 2020).
pub(crate) fn margin_mse<B: Kernels>(scores: Tensor<B, 1>, pairs: &[(usize, usize)], teacher: &[f32]) -> Tensor<B, 1> {
    let wanted: Vec<f32> = pairs.iter().map(|(first, second)| teacher[*first] - teacher[*second]).collect();
    mean_square(margins(scores, pairs), &wanted)
}

fn margins<B: Kernels>(scores: Tensor<B, 1>, pairs: &[(usize, usize)]) -> Tensor<B, 1> {
    let firsts: Vec<usize> = pairs.iter().map(|pair| pair.0).collect();
    let seconds: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    let device = scores.device();
    scores.clone().select(0, places(&firsts, &device)) - scores.select(0, places(&seconds, &device))
}

/// The mean negative log-likelihood of tag sequences; `emissions` \[words, tags\] has the sentences one after another.
///
/// The sums over all sequences and their gradients come from the forward-backward recursions on the host, in f64: the
/// gradient of the log-sum is the expected count of each tag and transition, that of the score the count itself (Lafferty
/// et al. 2001, section 3). The tensor that is handed back has the loss as its value and exactly these gradients.
pub(crate) fn chain_loss<B: Kernels>(
    head: &Head<B>,
    emissions: Tensor<B, 2>,
    sentences: &[&[usize]],
    rules: &Crf,
) -> Tensor<B, 1> {
    let device = emissions.device();
    let tags = rules.tags();
    let crf = head.crf().map_or_else(|| rules.clone(), |crf| crf.plus(rules));
    let numbers = numbers_of(emissions.clone());
    let mut value = 0.0;
    let mut by_word = Vec::with_capacity(numbers.len());
    let mut moves = Crf::flat(tags);
    let mut from = 0;
    for sentence in sentences {
        let part = &numbers[from..from + sentence.len() * tags];
        from += part.len();
        let found = crf.marginals(part);
        value += found.log_sum - crf.score(part, sentence);
        add_counts(&mut moves, &found, sentence, tags);
        by_word.extend(found.tags.iter().enumerate().map(|(at, share)| {
            let truth = f64::from(u8::from(sentence[at / tags] == at % tags));
            (share - truth) as f32
        }));
    }
    let count = sentences.len().max(1) as f64;
    let words = emissions.dims()[0];
    let mut linear = (emissions * rows::<B>(by_word, [words, tags], &device)).sum();
    if let Some(chain) = &head.chain {
        let list = |numbers: &[f32]| Tensor::<B, 1>::from_floats(numbers, &device) * head.gain;
        let table = rows::<B>(moves.transitions.clone(), [tags, tags], &device) * head.gain;
        linear = linear
            + (chain.start.val() * list(&moves.start)).sum()
            + (chain.end.val() * list(&moves.end)).sum()
            + (chain.transitions.val() * table).sum();
    }
    // The linear form has the right gradients; its own value is taken away and the loss put in its place.
    let own = linear.clone().detach();
    (linear - own + value) / count
}

/// Adds expected less true counts of first tags, last tags and transitions.
fn add_counts(moves: &mut Crf, found: &neural::heads::Marginals, sentence: &[usize], tags: usize) {
    let (Some(first), Some(last)) = (sentence.first(), sentence.last()) else { return };
    let ends = found.tags.len() - tags;
    for tag in 0..tags {
        moves.start[tag] += found.tags[tag] as f32;
        moves.end[tag] += found.tags[ends + tag] as f32;
    }
    moves.start[*first] -= 1.0;
    moves.end[*last] -= 1.0;
    moves.transitions.iter_mut().zip(&found.pairs).for_each(|(count, share)| *count += *share as f32);
    sentence.windows(2).for_each(|pair| moves.transitions[pair[0] * tags + pair[1]] -= 1.0);
}

/// Places of rows as a tensor.
pub(crate) fn places<B: Kernels>(places: &[usize], device: &B::Device) -> Tensor<B, 1, Int> {
    let numbers: Vec<i64> = places.iter().map(|place| *place as i64).collect();
    Tensor::from_data(TensorData::new(numbers, [places.len()]), device)
}
