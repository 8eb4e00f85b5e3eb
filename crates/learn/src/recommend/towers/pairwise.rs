//! The loss of pairs: what was wanted before what was not.

use rayon::prelude::*;

use crate::recommend::sequence::dense::{Side, add_product, exp, product, wide};
use crate::recommend::sequence::loss::{Gains, Wanted};

/// Bayesian personalised ranking (Rendle, Freudenthaler, Gantner and Schmidt-Thieme 2009, UAI), summed over wanted and drawn
/// items: `sum_i w_i sum_j p_j ln(1 + e^(s_j - s_i))`. The drawn `j` that are not wanted count the more the higher their
/// scores: `p_j` is proportional to `e^(hardness s_j)` and sums to 1, and no gain goes through it (in place of sampling by
/// rank: Rendle and Freudenthaler 2014, "Improving pairwise learning for item recommendation from implicit feedback", WSDM).
/// What was turned down is put behind the drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairs<'a> {
    /// Candidates x dim.
    pub(super) vectors: &'a [f32],
    pub(super) dim: usize,
    /// Candidates that the wanted are compared with, the first ones.
    pub(super) drawn: usize,
    pub(super) hardness: f32,
}

/// Examples worked on at once.
const SLAB: usize = 64;
/// Parts of a batch whose gains are summed apart: a fixed number, so that sums do not depend on how many threads there are.
const PARTS: usize = 4;

impl Pairs<'_> {
    /// The loss of all examples; gains are multiplied by `factor`.
    pub(super) fn loss(self, places: &[f32], wanted: &Wanted, factor: f32, gains: &mut Gains<'_>) -> f64 {
        let dim = self.dim;
        let of_a_part = (places.len() / dim).div_ceil(PARTS).max(1);
        let parts = places.par_chunks(of_a_part * dim).zip(gains.places.par_chunks_mut(of_a_part * dim)).enumerate();
        let part = |(part, (places, d_places)): (usize, (&[f32], &mut [f32]))| {
            let (mut loss, mut d_candidates) = (0.0, vec![0.0; self.vectors.len()]);
            let slabs = places.chunks(SLAB * dim).zip(d_places.chunks_mut(SLAB * dim)).enumerate();
            for (slab, (places, d_places)) in slabs {
                let first = part * of_a_part + slab * SLAB;
                let offsets = &wanted.offsets[first..first + places.len() / dim + 1];
                let slab = Slab { places, offsets, entries: &wanted.entries, factor };
                loss += wide(
                    #[inline(always)]
                    || self.gain(slab, d_places, &mut d_candidates),
                );
            }
            (loss, d_candidates)
        };
        let sums: Vec<(f64, Vec<f32>)> = parts.map(part).collect();
        for (_, part) in &sums {
            gains.candidates.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        sums.iter().map(|(loss, _)| loss).sum()
    }

    #[inline(always)]
    fn gain(self, slab: Slab<'_>, d_places: &mut [f32], d_candidates: &mut [f32]) -> f64 {
        let (rows, len) = (slab.offsets.len() - 1, self.vectors.len() / self.dim);
        let mut scores = vec![0.0; rows * len];
        product(&mut scores, [rows, self.dim, len], Side::Plain(slab.places), Side::Turned(self.vectors));
        let (mut loss, mut compared) = (0.0, Compared::default());
        for (scores, ends) in scores.chunks_exact_mut(len).zip(slab.offsets.windows(2)) {
            let wanted = &slab.entries[ends[0]..ends[1]];
            compared.begin(&scores[..self.drawn], wanted, self.hardness);
            let of_wanted: Vec<(usize, f32)> = wanted
                .iter()
                .map(|(item, weight)| {
                    let (own_loss, slope) = compared.with(scores[*item as usize], *weight);
                    loss += f64::from(own_loss);
                    (*item as usize, slope)
                })
                .collect();
            scores.fill(0.0);
            let slopes = compared.slopes.as_flattened();
            scores[..self.drawn].iter_mut().zip(slopes).for_each(|(score, slope)| *score = slab.factor * slope);
            of_wanted.iter().for_each(|(item, slope)| scores[*item] += slab.factor * slope);
        }
        let shape = [len, rows, self.dim];
        add_product(d_candidates, shape, Side::Turned(&scores), Side::Plain(slab.places));
        product(d_places, [rows, len, self.dim], Side::Plain(&scores), Side::Plain(self.vectors));
        loss
    }
}

/// Some examples.
#[derive(Clone, Copy)]
struct Slab<'a> {
    places: &'a [f32],
    offsets: &'a [usize],
    entries: &'a [(u32, f32)],
    factor: f32,
}

const LANES: usize = 16;

/// What the wanted of an example are compared with.
#[derive(Default)]
struct Compared {
    scores: Vec<[f32; LANES]>,
    /// What each counts; 0 for the wanted, and for places that only fill the last lanes.
    shares: Vec<[f32; LANES]>,
    slopes: Vec<[f32; LANES]>,
}

impl Compared {
    #[inline(always)]
    fn begin(&mut self, drawn: &[f32], wanted: &[(u32, f32)], hardness: f32) {
        let groups = drawn.len().div_ceil(LANES);
        for of_group in [&mut self.scores, &mut self.shares, &mut self.slopes] {
            of_group.clear();
            of_group.resize(groups, [0.0; LANES]);
        }
        self.scores.as_flattened_mut()[..drawn.len()].copy_from_slice(drawn);
        let most = drawn.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for (shares, scores) in self.shares.iter_mut().zip(&self.scores) {
            for lane in 0..LANES {
                shares[lane] = exp((hardness * (scores[lane] - most)).min(0.0));
            }
        }
        let shares = self.shares.as_flattened_mut();
        shares[drawn.len()..].fill(0.0);
        let counted = wanted.iter().map(|(item, _)| *item as usize).filter(|item| *item < drawn.len());
        counted.for_each(|item| shares[item] = 0.0);
        let sum = shares.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        shares.iter_mut().for_each(|share| *share /= sum);
    }

    /// The loss of a wanted item and the slope of its score; adds those of the others.
    #[inline(always)]
    fn with(&mut self, own: f32, weight: f32) -> (f32, f32) {
        let (sign, weight) = (1f32.copysign(weight), weight.abs());
        let (mut losses, mut sums) = ([0.0f32; LANES], [0.0f32; LANES]);
        for ((scores, shares), slopes) in self.scores.iter().zip(&self.shares).zip(&mut self.slopes) {
            for lane in 0..LANES {
                let ahead = sign * (scores[lane] - own);
                // e^-|x| serves both the logarithm and the slope.
                let small = exp(-ahead.abs());
                let over = 1.0 / (1.0 + small);
                let pull = weight * shares[lane] * if ahead > 0.0 { over } else { small * over };
                losses[lane] += weight * shares[lane] * (ahead.max(0.0) + ln_1p(small));
                sums[lane] += pull;
                slopes[lane] += sign * pull;
            }
        }
        (losses.iter().sum(), -sign * sums.iter().sum::<f32>())
    }
}

/// ln(1 + x) for x in 0..=1, to 1e-6, without branches: the series of 2 artanh(x / (2 + x)).
#[inline(always)]
fn ln_1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let square = s * s;
    let tail = 1.0 / 7.0 + square * (1.0 / 9.0 + square / 11.0);
    2.0 * s * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * tail)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    const DIM: usize = 3;
    const DRAWN: usize = 37;

    /// The same in plain words, in 64 bits; `shares` are taken from elsewhere, as no gain goes through them.
    fn plainly(places: &[f32], vectors: &[f32], wanted: &Wanted, shares: &[Vec<f64>]) -> f64 {
        let mut loss = 0.0;
        for ((place, of_place), shares) in places.chunks(DIM).enumerate().zip(shares) {
            let score = |item: usize| -> f64 {
                of_place.iter().zip(&vectors[DIM * item..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            for (item, weight) in &wanted.entries[wanted.offsets[place]..wanted.offsets[place + 1]] {
                for (other, share) in shares.iter().enumerate() {
                    let ahead = f64::from(weight.signum()) * (score(other) - score(*item as usize));
                    loss += f64::from(weight.abs()) * share * ahead.exp().ln_1p();
                }
            }
        }
        loss
    }

    fn shares(places: &[f32], vectors: &[f32], wanted: &Wanted, hardness: f64) -> Vec<Vec<f64>> {
        let of_place = |(place, of_place): (usize, &[f32])| {
            let own = &wanted.entries[wanted.offsets[place]..wanted.offsets[place + 1]];
            let share = |item: usize| {
                let score: f64 =
                    of_place.iter().zip(&vectors[DIM * item..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
                if own.iter().any(|(own, _)| *own as usize == item) { 0.0 } else { (hardness * score).exp() }
            };
            let all: Vec<f64> = (0..DRAWN).map(share).collect();
            let sum: f64 = all.iter().sum();
            all.into_iter().map(|share| share / sum).collect()
        };
        places.chunks(DIM).enumerate().map(of_place).collect()
    }

    #[test]
    fn loss_and_gains_are_those_of_the_formula() {
        const EXAMPLES: usize = PARTS * SLAB + 7;
        let mut rng = Rng::new(4);
        let mut normal = |len: usize| (0..len).map(|_| rng.normal() as f32).collect::<Vec<f32>>();
        let (mut places, mut vectors) = (normal(EXAMPLES * DIM), normal(50 * DIM));
        let mut wanted = Wanted { offsets: vec![0], entries: Vec::new() };
        for place in 0..EXAMPLES as u32 {
            wanted.entries.extend([(place % 50, 0.6), (45, 0.4), (place % 7, -0.2)]);
            wanted.offsets.push(wanted.entries.len());
        }
        for hardness in [0.0, 1.5] {
            let (mut d_places, mut d_candidates) = (vec![0.0; places.len()], vec![0.0; vectors.len()]);
            let mut gains = Gains { places: &mut d_places, candidates: &mut d_candidates };
            let pairs = Pairs { vectors: &vectors, dim: DIM, drawn: DRAWN, hardness };
            let loss = pairs.loss(&places, &wanted, 0.5, &mut gains);
            let shares = shares(&places, &vectors, &wanted, f64::from(hardness));
            let expected = plainly(&places, &vectors, &wanted, &shares);
            assert!((loss / expected - 1.0).abs() < 1e-5, "{loss} {expected}");
            const STEP: f32 = 1e-2;
            for place in [0, 5, 200, EXAMPLES * DIM - 1] {
                let mut moved = |by: f32| {
                    places[place] += by;
                    plainly(&places, &vectors, &wanted, &shares)
                };
                let slope = (moved(STEP) - moved(-2.0 * STEP)) / f64::from(2.0 * STEP);
                places[place] += STEP;
                assert!((f64::from(d_places[place]) - 0.5 * slope).abs() < 1e-3, "{place} {slope}");
            }
            for place in [0, 3 * DRAWN - 1, 3 * DRAWN + 2, 3 * 45 + 1] {
                let mut moved = |by: f32| {
                    vectors[place] += by;
                    plainly(&places, &vectors, &wanted, &shares)
                };
                let slope = (moved(STEP) - moved(-2.0 * STEP)) / f64::from(2.0 * STEP);
                vectors[place] += STEP;
                assert!((f64::from(d_candidates[place]) - 0.5 * slope).abs() < 1e-2, "{place} {slope}");
            }
        }
    }
}
