//! Loss over candidates, in blocks of items, so that no matrix of all places and items is ever held.

use rayon::prelude::*;

use super::dense::{Side, add_product, exp, product, wide};

/// What each place should have found, in order of places.
#[derive(Clone, Debug, Default)]
pub(in crate::recommend) struct Wanted {
    /// Where the wanted of each place begin; one more than places.
    pub(in crate::recommend) offsets: Vec<usize>,
    /// A candidate and its weight; where that is negative, the candidate was turned down and is pushed away.
    pub(in crate::recommend) entries: Vec<(u32, f32)>,
}

/// What is learnt by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::recommend) enum Form {
    /// Cross-entropy of softmax: a place's loss is the sum over its wanted of weight x -log(share of the wanted).
    Softmax,
    /// Generalised binary cross-entropy (gBCE: Petrov and Macdonald 2023, "gSASRec", RecSys): each candidate is wanted or
    /// not, by itself, and what is wanted is raised to a power that makes up for how few of the others are drawn. Lifts are
    /// not heeded.
    Binary {
        /// The power, 0 to 1: 1 where all items are candidates.
        power: f32,
    },
}

impl Form {
    /// The power of gBCE for so many candidates of so many items, for probabilities as calibrated as `calibration` says: 1
    /// wholly, 0 as of plain binary cross-entropy.
    pub(super) fn binary(candidates: usize, items: usize, calibration: f32) -> Self {
        let share = (candidates.max(2) - 1) as f32 / (items.max(candidates).max(2) - 1) as f32;
        Self::Binary { power: share * (calibration * (1.0 - 1.0 / share) + 1.0 / share) }
    }
}

/// What can be found.
#[derive(Clone, Copy, Debug)]
pub(in crate::recommend) struct Candidates<'a> {
    /// Candidates x dim.
    pub(in crate::recommend) vectors: &'a [f32],
    /// Added to the score of each where it is not wanted: minus the logarithm of the probability that it is among the
    /// candidates, so that those drawn stand for those not drawn (Horvitz and Thompson 1952, JASA; as "logQ correction":
    /// Bengio and Senecal 2008). What is wanted is always among them, so it gets none (Khrylchenko et al. 2025, RecSys).
    pub(in crate::recommend) lift: &'a [f32],
}

/// What the loss gains by places and candidates.
#[derive(Debug)]
pub(in crate::recommend) struct Gains<'a> {
    /// Places x dim, written.
    pub(in crate::recommend) places: &'a mut [f32],
    /// Candidates x dim, added to.
    pub(in crate::recommend) candidates: &'a mut [f32],
}

/// Items of a block: with [`SLAB`] places, its scores stay in the cache of a core.
const BLOCK: usize = 1024;
/// Places worked on at once.
pub(in crate::recommend) const SLAB: usize = 256;

/// The loss, summed over places. Gains are multiplied by `factor`.
pub(in crate::recommend) fn loss(
    form: Form,
    places: &[f32],
    dim: usize,
    candidates: Candidates<'_>,
    wanted: &Wanted,
    factor: f32,
    gains: &mut Gains<'_>,
) -> f64 {
    let mut blocks: Vec<Block<'_>> = candidates
        .vectors
        .chunks(BLOCK * dim)
        .zip(candidates.lift.chunks(BLOCK))
        .zip(gains.candidates.chunks_mut(BLOCK * dim))
        .enumerate()
        .map(|(number, ((vectors, lift), gains))| Block::new(number * BLOCK, vectors, lift, gains))
        .collect();
    let mut loss = 0.0;
    for (number, (slab, d_slab)) in places.chunks(SLAB * dim).zip(gains.places.chunks_mut(SLAB * dim)).enumerate() {
        let rows = slab.len() / dim;
        let offsets = &wanted.offsets[number * SLAB..][..rows + 1];
        let slab = Slab { places: slab, dim, offsets, entries: &wanted.entries };
        blocks.par_iter_mut().for_each(|block| {
            wide(
                #[inline(always)]
                || Block::score(block, slab, form),
            )
        });
        let sums: Vec<f32> = (0..rows).map(|row| form.sum(&blocks, row)).collect();
        for (row, sum) in sums.iter().enumerate() {
            for (candidate, weight) in slab.wanted(row) {
                let block = &blocks[*candidate as usize / BLOCK];
                let score = block.scores[row * block.len() + *candidate as usize % BLOCK];
                loss += f64::from(form.loss(score, *weight, *sum));
            }
        }
        blocks.par_iter_mut().for_each(|block| {
            wide(
                #[inline(always)]
                || Block::gain(block, slab, sums.as_slice(), (form, factor)),
            )
        });
        d_slab.fill(0.0);
        // In the order of blocks, so that the sum is the same on any number of threads.
        for block in &blocks {
            d_slab.iter_mut().zip(&block.d_places).for_each(|(sum, part)| *sum += part);
        }
    }
    loss
}

impl Form {
    /// What is summed over all candidates of a place: the logarithm of the sum of e^score, or `-log(1 - share)` of each.
    fn sum(self, blocks: &[Block<'_>], row: usize) -> f32 {
        match self {
            Self::Softmax => {
                let most = blocks.iter().map(|block| block.most[row]).fold(f32::NEG_INFINITY, f32::max);
                let sum: f32 = blocks.iter().map(|block| block.sums[row] * exp(block.most[row] - most)).sum();
                most + sum.ln()
            }
            Self::Binary { .. } => blocks.iter().map(|block| block.sums[row]).sum(),
        }
    }

    /// What a wanted candidate (or, of negative weight, one turned down) of this score adds to the loss.
    fn loss(self, score: f32, weight: f32, sum: f32) -> f32 {
        match self {
            Self::Softmax if weight > 0.0 => weight * (sum - score),
            Self::Softmax => -weight * score,
            Self::Binary { power } if weight > 0.0 => weight * (sum - softplus(score) + power * softplus(-score)),
            Self::Binary { .. } => -weight * softplus(score),
        }
    }

    /// What a wanted candidate (or one turned down) gains by its score beside what every candidate does.
    #[inline(always)]
    fn gain(self, score: f32, weight: f32) -> f32 {
        match self {
            Self::Softmax => -weight,
            // The place's weight is that of all it wanted: for each of them, this one is not among the others.
            Self::Binary { power } if weight > 0.0 => -weight * (sigmoid(score) + power * sigmoid(-score)),
            Self::Binary { .. } => -weight * sigmoid(score),
        }
    }
}

/// `log(1 + e^x)`.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Some places.
#[derive(Clone, Copy)]
struct Slab<'a> {
    places: &'a [f32],
    dim: usize,
    offsets: &'a [usize],
    entries: &'a [(u32, f32)],
}

impl<'a> Slab<'a> {
    fn rows(self) -> usize {
        self.offsets.len() - 1
    }

    fn wanted(self, row: usize) -> &'a [(u32, f32)] {
        &self.entries[self.offsets[row]..self.offsets[row + 1]]
    }
}

/// Some candidates, and what is being computed of them.
struct Block<'a> {
    start: usize,
    vectors: &'a [f32],
    lift: &'a [f32],
    gains: &'a mut [f32],
    /// Rows of the slab x candidates.
    scores: Vec<f32>,
    most: Vec<f32>,
    sums: Vec<f32>,
    d_places: Vec<f32>,
}

impl<'a> Block<'a> {
    fn new(start: usize, vectors: &'a [f32], lift: &'a [f32], gains: &'a mut [f32]) -> Self {
        let (scores, most, sums, d_places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { start, vectors, lift, gains, scores, most, sums, d_places }
    }

    fn len(&self) -> usize {
        self.lift.len()
    }

    #[inline(always)]
    fn score(&mut self, slab: Slab<'_>, form: Form) {
        let (rows, len) = (slab.rows(), self.len());
        self.scores.resize(rows * len, 0.0);
        self.most.resize(rows, 0.0);
        self.sums.resize(rows, 0.0);
        product(&mut self.scores, [rows, slab.dim, len], Side::Plain(slab.places), Side::Turned(self.vectors));
        let mut bare = Vec::new();
        for row in 0..rows {
            let scores = &mut self.scores[row * len..][..len];
            if let Form::Binary { .. } = form {
                self.sums[row] = scores.iter().map(|score| softplus(*score)).sum();
                continue;
            }
            // A wanted candidate is put back to its bare score.
            bare.clear();
            bare.extend(own(self.start, len, slab.wanted(row)).map(|(place, _)| (place, scores[place])));
            scores.iter_mut().zip(self.lift).for_each(|(score, lift)| *score += lift);
            bare.iter().for_each(|(place, score)| scores[*place] = *score);
            let (most, sum) = most_and_sum(scores);
            (self.most[row], self.sums[row]) = (most, sum);
        }
    }

    #[inline(always)]
    fn gain(&mut self, slab: Slab<'_>, sums: &[f32], (form, factor): (Form, f32)) {
        let (rows, len, dim) = (slab.rows(), self.len(), slab.dim);
        let mut of_own = Vec::new();
        for (row, sum) in sums.iter().enumerate() {
            let wanted = slab.wanted(row);
            let all = factor * wanted.iter().map(|(_, weight)| weight.max(0.0)).sum::<f32>();
            let scores = &mut self.scores[row * len..][..len];
            of_own.clear();
            for (place, weight) in own(self.start, len, wanted) {
                of_own.push((place, factor * form.gain(scores[place], weight)));
            }
            match form {
                Form::Softmax => scores.iter_mut().for_each(|score| *score = all * exp(*score - sum)),
                Form::Binary { .. } => scores.iter_mut().for_each(|score| *score = all * sigmoid(*score)),
            }
            of_own.iter().for_each(|(place, gain)| scores[*place] += gain);
        }
        add_product(self.gains, [len, rows, dim], Side::Turned(&self.scores), Side::Plain(slab.places));
        self.d_places.resize(rows * dim, 0.0);
        product(&mut self.d_places, [rows, len, dim], Side::Plain(&self.scores), Side::Plain(self.vectors));
    }
}

/// Wanted candidates that are in a block: places in its rows, and weights.
fn own(start: usize, len: usize, wanted: &[(u32, f32)]) -> impl Iterator<Item = (usize, f32)> {
    wanted.iter().filter_map(move |(candidate, weight)| {
        (*candidate as usize).checked_sub(start).filter(|place| *place < len).map(|place| (place, *weight))
    })
}

/// The largest score, and the sum of e^(score - largest).
#[inline(always)]
fn most_and_sum(scores: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (chunks, rest) = scores.as_chunks::<LANES>();
    let mut mosts = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            mosts[lane] = mosts[lane].max(chunk[lane]);
        }
    }
    let most = mosts.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0.0f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += exp(chunk[lane] - most);
        }
    }
    (most, sums.iter().sum::<f32>() + rest.iter().map(|score| exp(*score - most)).sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    /// More places than a slab and more candidates than a block, so that their edges are met too.
    fn example() -> (Vec<f32>, Vec<f32>, Vec<f32>, Wanted) {
        let mut rng = Rng::new(4);
        let mut normal = |len: usize| (0..len).map(|_| rng.normal() as f32).collect::<Vec<f32>>();
        let (places, candidates) = (normal((SLAB + 3) * 2), normal((BLOCK + 5) * 2));
        let lift: Vec<f32> = normal(BLOCK + 5).iter().map(|number| number.abs()).collect();
        let mut wanted = Wanted { offsets: vec![0], entries: Vec::new() };
        for place in 0..SLAB + 3 {
            wanted.entries.extend([(place as u32, 0.6), ((BLOCK + place % 5) as u32, 0.4), (900, -0.2)]);
            wanted.offsets.push(wanted.entries.len());
        }
        (places, candidates, lift, wanted)
    }

    /// The same in plain words, in 64 bits.
    fn plainly(form: Form, places: &[f32], candidates: &[f32], lift: &[f32], wanted: &Wanted) -> f64 {
        let mut loss = 0.0;
        for (place, of_place) in places.chunks(2).enumerate() {
            let own = &wanted.entries[wanted.offsets[place]..wanted.offsets[place + 1]];
            let bare = |item: usize| -> f64 {
                of_place.iter().zip(&candidates[2 * item..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            let lifted = |item: usize| {
                let is_own = own.iter().any(|(own, _)| *own as usize == item);
                bare(item) + if is_own { 0.0 } else { f64::from(lift[item]) }
            };
            let all = 0..lift.len();
            for (item, weight) in own {
                let (item, weight) = (*item as usize, f64::from(*weight));
                let share = |item: usize| 1.0 / (1.0 + (-bare(item)).exp());
                loss += match form {
                    Form::Softmax if weight > 0.0 => {
                        weight * (all.clone().map(|item| lifted(item).exp()).sum::<f64>().ln() - bare(item))
                    }
                    Form::Softmax => -weight * bare(item),
                    Form::Binary { power } if weight > 0.0 => {
                        let others = all.clone().filter(|other| *other != item);
                        let others: f64 = others.map(|other| (1.0 - share(other)).ln()).sum();
                        -weight * (f64::from(power) * share(item).ln() + others)
                    }
                    Form::Binary { .. } => weight * (1.0 - share(item)).ln(),
                };
            }
        }
        loss
    }

    #[test]
    fn loss_and_gains_are_those_of_the_formula() {
        [Form::Softmax, Form::Binary { power: 0.3 }].into_iter().for_each(check_form);
    }

    #[test]
    fn the_power_of_few_candidates_is_that_of_the_paper() {
        // A tenth of the others drawn: beta = a (t (1 - 1/a) + 1/a).
        let power = |calibration| match Form::binary(11, 101, calibration) {
            Form::Binary { power } => power,
            Form::Softmax => unreachable!("asked for the other one"),
        };
        assert!((power(0.0) - 1.0).abs() < 1e-6 && (power(1.0) - 0.1).abs() < 1e-6 && (power(0.5) - 0.55).abs() < 1e-6);
        assert_eq!(Form::binary(50, 50, 0.75), Form::Binary { power: 1.0 });
    }

    fn check_form(form: Form) {
        let (mut places, mut candidates, lift, wanted) = example();
        let (mut d_places, mut d_candidates) = (vec![0.0; places.len()], vec![0.0; candidates.len()]);
        let all = Candidates { vectors: &candidates, lift: &lift };
        let mut gains = Gains { places: &mut d_places, candidates: &mut d_candidates };
        let loss = loss(form, &places, 2, all, &wanted, 0.5, &mut gains);
        let expected = plainly(form, &places, &candidates, &lift, &wanted);
        assert!((loss / expected - 1.0).abs() < 1e-5, "{loss} {expected}");
        const STEP: f32 = 1e-3;
        for place in [0, 7, 2 * SLAB - 1, 2 * SLAB + 2] {
            let mut moved = |by: f32| {
                places[place] += by;
                plainly(form, &places, &candidates, &lift, &wanted)
            };
            let slope = (moved(STEP) - moved(-2.0 * STEP)) / f64::from(2.0 * STEP);
            places[place] += STEP;
            assert!((f64::from(d_places[place]) - 0.5 * slope).abs() < 1e-3 + 1e-5 * slope.abs(), "{place} {form:?}");
        }
        for place in [0, 1801, 2 * BLOCK - 1, 2 * BLOCK + 3] {
            let mut moved = |by: f32| {
                candidates[place] += by;
                plainly(form, &places, &candidates, &lift, &wanted)
            };
            let slope = (moved(STEP) - moved(-2.0 * STEP)) / f64::from(2.0 * STEP);
            candidates[place] += STEP;
            assert!((f64::from(d_candidates[place]) - 0.5 * slope).abs() < 1e-2, "{place}");
        }
    }
}
