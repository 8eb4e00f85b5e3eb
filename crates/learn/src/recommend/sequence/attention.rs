//! Causal attention within runs of a batch, with learnt weights of distance and of time between two places.

use std::ops::Range;

use super::dense::{add_scaled, dot, exp};

/// Sizes of attention.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Heads {
    /// Numbers of a place.
    pub(super) dim: usize,
    /// Heads; a divisor of `dim`.
    pub(super) heads: usize,
    /// Distances told apart.
    pub(super) length: usize,
}

/// Gaps told apart: seconds between two places by powers of two, up to 34 years.
pub(super) const GAPS: usize = 31;

/// What attention works on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    /// Queries, keys and values of each place, beside each other: places x 3 dim.
    pub(super) mixed: &'a [f32],
    /// Where each run lies.
    pub(super) runs: &'a [Range<usize>],
    /// Seconds of each place.
    pub(super) times: &'a [i64],
    /// What each head adds by distance: heads x length.
    pub(super) near: &'a [f32],
    /// What each head adds by gap: heads x [`GAPS`].
    pub(super) gaps: &'a [f32],
}

/// The bucket of a time between two places.
fn gap(seconds: i64) -> usize {
    (64 - seconds.max(0).leading_zeros() as usize).min(GAPS - 1)
}

impl Heads {
    fn width(self) -> usize {
        self.dim / self.heads
    }

    /// Numbers that [`Heads::forward`] keeps of runs for the way back.
    pub(super) fn kept(self, runs: &[Range<usize>]) -> usize {
        runs.iter().map(|run| run.len() * run.len()).sum::<usize>() * self.heads
    }

    /// Writes what each place takes from those before it and from itself (Vaswani et al. 2017, NeurIPS; distances as added
    /// weights: Shaw et al. 2018, NAACL, and Raffel et al. 2020, JMLR). `shares` are kept for the way back.
    #[inline(always)]
    pub(super) fn forward(self, inputs: Inputs<'_>, shares: &mut [f32], out: &mut [f32]) {
        let (dim, width) = (self.dim, self.width());
        let scale = 1.0 / (width as f32).sqrt();
        out.fill(0.0);
        let mut rest = shares;
        for run in inputs.runs {
            for head in 0..self.heads {
                let (of_run, more) = rest.split_at_mut(run.len() * run.len());
                rest = more;
                for (i, place) in run.clone().enumerate() {
                    let row = &mut of_run[i * run.len()..][..i + 1];
                    let query = part(inputs.mixed, place, dim, head * width, width);
                    for (j, share) in row.iter_mut().enumerate() {
                        let key = part(inputs.mixed, run.start + j, dim, dim + head * width, width);
                        let between = gap(inputs.times[place] - inputs.times[run.start + j]);
                        let added = inputs.near[head * self.length + (i - j).min(self.length - 1)];
                        *share = dot(query, key) * scale + added + inputs.gaps[head * GAPS + between];
                    }
                    normalise(row);
                    let taken = &mut out[place * dim + head * width..][..width];
                    for (j, share) in row.iter().enumerate() {
                        let value = part(inputs.mixed, run.start + j, dim, 2 * dim + head * width, width);
                        add_scaled(taken, *share, value);
                    }
                }
            }
        }
    }

    /// From what the loss gains by `out` to what it gains by `mixed` (written) and by `near` and `gaps` (added).
    #[inline(always)]
    pub(super) fn backward(self, inputs: Inputs<'_>, shares: &[f32], d_out: &[f32], gains: &mut Gains<'_>) {
        let (dim, width) = (self.dim, self.width());
        let scale = 1.0 / (width as f32).sqrt();
        gains.mixed.fill(0.0);
        let mut rest = shares;
        let mut d_row = Vec::new();
        for run in inputs.runs {
            for head in 0..self.heads {
                let (of_run, more) = rest.split_at(run.len() * run.len());
                rest = more;
                for (i, place) in run.clone().enumerate() {
                    let row = &of_run[i * run.len()..][..i + 1];
                    let d_taken = &d_out[place * dim + head * width..][..width];
                    d_row.clear();
                    for (j, share) in row.iter().enumerate() {
                        let other = run.start + j;
                        d_row.push(dot(d_taken, part(inputs.mixed, other, dim, 2 * dim + head * width, width)));
                        add_scaled(part_mut(gains.mixed, other, dim, 2 * dim + head * width, width), *share, d_taken);
                    }
                    let mean = dot(row, &d_row);
                    for (j, share) in row.iter().enumerate() {
                        let other = run.start + j;
                        let d_weight = share * (d_row[j] - mean);
                        gains.near[head * self.length + (i - j).min(self.length - 1)] += d_weight;
                        gains.gaps[head * GAPS + gap(inputs.times[place] - inputs.times[other])] += d_weight;
                        let (query, key) = (head * width, dim + head * width);
                        let d_query = part_mut(gains.mixed, place, dim, query, width);
                        add_scaled(d_query, d_weight * scale, part(inputs.mixed, other, dim, key, width));
                        let d_key = part_mut(gains.mixed, other, dim, key, width);
                        add_scaled(d_key, d_weight * scale, part(inputs.mixed, place, dim, query, width));
                    }
                }
            }
        }
    }
}

/// What the loss gains by each input.
#[derive(Debug)]
pub(super) struct Gains<'a> {
    pub(super) mixed: &'a mut [f32],
    pub(super) near: &'a mut [f32],
    pub(super) gaps: &'a mut [f32],
}

/// Softmax.
#[inline(always)]
fn normalise(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for share in row.iter_mut() {
        *share = exp(*share - most);
        sum += *share;
    }
    row.iter_mut().for_each(|share| *share /= sum);
}

#[inline(always)]
fn part(mixed: &[f32], place: usize, dim: usize, start: usize, width: usize) -> &[f32] {
    &mixed[place * 3 * dim + start..][..width]
}

#[inline(always)]
fn part_mut(mixed: &mut [f32], place: usize, dim: usize, start: usize, width: usize) -> &mut [f32] {
    &mut mixed[place * 3 * dim + start..][..width]
}
