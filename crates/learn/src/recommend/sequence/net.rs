//! The network: blocks of attention and a small feed-forward net over the vectors of a history's items.

use std::ops::Range;

use types::Rng;

use super::attention::{self, GAPS, Heads, Inputs};
use super::dense::{Side, add_product, dot, drop_factors, exp, product, wide};

/// Sizes of a network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) heads: Heads,
    pub(super) blocks: usize,
    /// Numbers inside the feed-forward net.
    pub(super) inner: usize,
}

/// Where the weights of a block lie.
#[derive(Debug)]
struct Part {
    norm: Range<usize>,
    mix: Range<usize>,
    near: Range<usize>,
    gaps: Range<usize>,
    out: Range<usize>,
    norm_inner: Range<usize>,
    up: Range<usize>,
    up_bias: Range<usize>,
    down: Range<usize>,
}

impl Shape {
    fn part(self, block: usize) -> Part {
        let (dim, heads) = (self.heads.dim, self.heads.heads);
        let mut at = block * self.part_len();
        let mut take = |len: usize| {
            at += len;
            at - len..at
        };
        Part {
            norm: take(dim),
            mix: take(dim * 3 * dim),
            near: take(heads * self.heads.length),
            gaps: take(heads * GAPS),
            out: take(dim * dim),
            norm_inner: take(dim),
            up: take(dim * self.inner),
            up_bias: take(self.inner),
            down: take(self.inner * dim),
        }
    }

    fn part_len(self) -> usize {
        let (dim, heads) = (self.heads.dim, self.heads);
        2 * dim + 4 * dim * dim + heads.heads * (heads.length + GAPS) + 2 * dim * self.inner + self.inner
    }

    fn last_norm(self) -> Range<usize> {
        let start = self.blocks * self.part_len();
        start..start + self.heads.dim
    }

    /// Weights of all.
    pub(super) fn len(self) -> usize {
        self.last_norm().end
    }

    /// Weights to begin with: each block at first adds little to what passes through it.
    pub(super) fn begin(self, rng: &mut Rng) -> Vec<f32> {
        let mut weights = vec![0.0; self.len()];
        let mut draw = |range: Range<usize>, inputs: usize, rng: &mut Rng| {
            let scale = (1.0 / inputs as f64).sqrt();
            weights[range].iter_mut().for_each(|weight| *weight = (scale * rng.normal()) as f32);
        };
        for block in 0..self.blocks {
            let part = self.part(block);
            draw(part.mix, self.heads.dim, rng);
            draw(part.out, 4 * self.heads.dim, rng);
            draw(part.up, self.heads.dim, rng);
            draw(part.down, 4 * self.inner, rng);
        }
        for block in 0..self.blocks {
            let part = self.part(block);
            weights[part.norm].fill(1.0);
            weights[part.norm_inner].fill(1.0);
        }
        weights[self.last_norm()].fill(1.0);
        weights
    }
}

/// Places of histories.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Where each history lies.
    pub(super) runs: Vec<Range<usize>>,
    /// Seconds of each place.
    pub(super) times: Vec<i64>,
}

/// What the way forward leaves for the way back.
#[derive(Debug, Default)]
pub(super) struct Tape {
    blocks: Vec<Kept>,
    last: Norm,
}

#[derive(Debug, Default)]
struct Kept {
    norm: Norm,
    mixed: Vec<f32>,
    shares: Vec<f32>,
    taken: Vec<f32>,
    drop_taken: Vec<f32>,
    norm_inner: Norm,
    up: Vec<f32>,
    bent: Vec<f32>,
    drop_inner: Vec<f32>,
}

/// Takes each place's vector through the network, in place. `rate` is that of dropout, 0 when asked and not trained.
pub(super) fn forward(
    shape: Shape,
    weights: &[f32],
    places: &Places,
    vectors: &mut [f32],
    rate: f32,
    rng: &mut Rng,
) -> Tape {
    let (dim, inner) = (shape.heads.dim, shape.inner);
    let count = places.times.len();
    let mut tape = Tape::default();
    for block in 0..shape.blocks {
        let part = shape.part(block);
        let mut kept = Kept { norm: Norm::new(vectors, &weights[part.norm.clone()]), ..Kept::default() };
        kept.mixed = vec![0.0; count * 3 * dim];
        product(
            &mut kept.mixed,
            [count, dim, 3 * dim],
            Side::Plain(&kept.norm.out),
            Side::Plain(&weights[part.mix.clone()]),
        );
        kept.shares = vec![0.0; shape.heads.kept(&places.runs)];
        kept.taken = vec![0.0; count * dim];
        let inputs = inputs(weights, &part, places, &kept.mixed);
        wide(
            #[inline(always)]
            || Heads::forward(shape.heads, inputs, &mut kept.shares[..], &mut kept.taken[..]),
        );
        let mut added = vec![0.0; count * dim];
        product(&mut added, [count, dim, dim], Side::Plain(&kept.taken), Side::Plain(&weights[part.out.clone()]));
        drop_factors(&mut kept.drop_taken, count * dim, rate, rng);
        wide(
            #[inline(always)]
            || add_dropped(vectors, &added[..], &kept.drop_taken[..]),
        );

        kept.norm_inner = Norm::new(vectors, &weights[part.norm_inner.clone()]);
        kept.up = weights[part.up_bias.clone()].repeat(count);
        add_product(
            &mut kept.up,
            [count, dim, inner],
            Side::Plain(&kept.norm_inner.out),
            Side::Plain(&weights[part.up.clone()]),
        );
        kept.bent = kept.up.clone();
        wide(
            #[inline(always)]
            || bend(&mut kept.bent[..]),
        );
        product(&mut added, [count, inner, dim], Side::Plain(&kept.bent), Side::Plain(&weights[part.down.clone()]));
        drop_factors(&mut kept.drop_inner, count * dim, rate, rng);
        wide(
            #[inline(always)]
            || add_dropped(vectors, &added[..], &kept.drop_inner[..]),
        );
        tape.blocks.push(kept);
    }
    tape.last = Norm::new(vectors, &weights[shape.last_norm()]);
    vectors.copy_from_slice(&tape.last.out);
    tape
}

/// From what the loss gains by what [`forward`] gave to what it gains by what was put in (in place), and by the weights
/// (added).
pub(super) fn backward(
    shape: Shape,
    weights: &[f32],
    places: &Places,
    tape: &Tape,
    d_vectors: &mut Vec<f32>,
    d_weights: &mut [f32],
) {
    let (dim, inner) = (shape.heads.dim, shape.inner);
    let count = places.times.len();
    let mut d_passed = vec![0.0; count * dim];
    let last = shape.last_norm();
    wide(
        #[inline(always)]
        || Norm::backward(&tape.last, &weights[last.clone()], &d_vectors[..], &mut d_passed[..], &mut d_weights[last]),
    );
    std::mem::swap(d_vectors, &mut d_passed);
    for (block, kept) in tape.blocks.iter().enumerate().rev() {
        let part = shape.part(block);
        let d_added = times(d_vectors, &kept.drop_inner);
        let (bent, down) = (Side::Turned(&kept.bent), part.down.clone());
        add_product(&mut d_weights[down.clone()], [inner, count, dim], bent, Side::Plain(&d_added));
        let mut d_up = vec![0.0; count * inner];
        product(&mut d_up, [count, dim, inner], Side::Plain(&d_added), Side::Turned(&weights[down]));
        wide(
            #[inline(always)]
            || bend_back(&mut d_up[..], &kept.up[..]),
        );
        let d_bias = &mut d_weights[part.up_bias.clone()];
        d_up.chunks_exact(inner).for_each(|row| d_bias.iter_mut().zip(row).for_each(|(sum, gain)| *sum += gain));
        let d_up_weights = &mut d_weights[part.up.clone()];
        add_product(d_up_weights, [dim, count, inner], Side::Turned(&kept.norm_inner.out), Side::Plain(&d_up));
        let mut d_normed = vec![0.0; count * dim];
        product(&mut d_normed, [count, inner, dim], Side::Plain(&d_up), Side::Turned(&weights[part.up.clone()]));
        let norm = part.norm_inner.clone();
        wide(
            #[inline(always)]
            || {
                Norm::backward(
                    &kept.norm_inner,
                    &weights[norm.clone()],
                    &d_normed[..],
                    &mut d_vectors[..],
                    &mut d_weights[norm],
                )
            },
        );

        let d_added = times(d_vectors, &kept.drop_taken);
        let out = part.out.clone();
        let taken = Side::Turned(&kept.taken);
        add_product(&mut d_weights[out.clone()], [dim, count, dim], taken, Side::Plain(&d_added));
        let mut d_taken = vec![0.0; count * dim];
        product(&mut d_taken, [count, dim, dim], Side::Plain(&d_added), Side::Turned(&weights[out]));
        let mut d_mixed = vec![0.0; count * 3 * dim];
        let (d_near, d_gaps) = d_weights[part.near.start..part.gaps.end].split_at_mut(part.near.len());
        let mut gains = attention::Gains { mixed: &mut d_mixed, near: d_near, gaps: d_gaps };
        let inputs = inputs(weights, &part, places, &kept.mixed);
        wide(
            #[inline(always)]
            || Heads::backward(shape.heads, inputs, &kept.shares[..], &d_taken[..], &mut gains),
        );
        let mix = part.mix.clone();
        let normed = Side::Turned(&kept.norm.out);
        add_product(&mut d_weights[mix.clone()], [dim, count, 3 * dim], normed, Side::Plain(&d_mixed));
        product(&mut d_normed, [count, 3 * dim, dim], Side::Plain(&d_mixed), Side::Turned(&weights[mix]));
        let norm = part.norm.clone();
        wide(
            #[inline(always)]
            || {
                Norm::backward(
                    &kept.norm,
                    &weights[norm.clone()],
                    &d_normed[..],
                    &mut d_vectors[..],
                    &mut d_weights[norm],
                )
            },
        );
    }
}

fn inputs<'a>(weights: &'a [f32], part: &Part, places: &'a Places, mixed: &'a [f32]) -> Inputs<'a> {
    let (near, gaps) = (&weights[part.near.clone()], &weights[part.gaps.clone()]);
    Inputs { mixed, runs: &places.runs, times: &places.times, near, gaps }
}

fn times(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

#[inline(always)]
fn add_dropped(vectors: &mut [f32], added: &[f32], factors: &[f32]) {
    for ((sum, part), factor) in vectors.iter_mut().zip(added).zip(factors) {
        *sum += part * factor;
    }
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x.max(-80.0)))
}

/// x times its sigmoid (Elfwing et al. 2018, Neural Networks).
#[inline(always)]
fn bend(numbers: &mut [f32]) {
    numbers.iter_mut().for_each(|x| *x *= sigmoid(*x));
}

#[inline(always)]
fn bend_back(gains: &mut [f32], numbers: &[f32]) {
    for (gain, x) in gains.iter_mut().zip(numbers) {
        let open = sigmoid(*x);
        *gain *= open * (1.0 + x * (1.0 - open));
    }
}

/// Rows brought to a mean square of 1, then stretched by a weight a column (Zhang and Sennrich 2019, NeurIPS).
#[derive(Debug, Default)]
struct Norm {
    /// Rows of mean square 1.
    unit: Vec<f32>,
    /// What each row was divided by.
    sizes: Vec<f32>,
    out: Vec<f32>,
}

impl Norm {
    const SMALL: f32 = 1e-6;

    fn new(rows: &[f32], stretch: &[f32]) -> Self {
        let sizes = vec![0.0; rows.len() / stretch.len()];
        let mut norm = Self { unit: rows.to_vec(), sizes, out: rows.to_vec() };
        wide(
            #[inline(always)]
            || Self::bring(&mut norm, stretch),
        );
        norm
    }

    #[inline(always)]
    fn bring(&mut self, stretch: &[f32]) {
        let dim = stretch.len();
        let rows = self.unit.chunks_exact_mut(dim).zip(self.out.chunks_exact_mut(dim));
        for ((unit, out), size) in rows.zip(&mut self.sizes) {
            *size = (dot(unit, unit) / dim as f32 + Self::SMALL).sqrt();
            for ((unit, out), stretch) in unit.iter_mut().zip(out).zip(stretch) {
                *unit /= *size;
                *out = *unit * stretch;
            }
        }
    }

    /// Adds to what the loss gains by the rows and by the stretch.
    #[inline(always)]
    fn backward(&self, stretch: &[f32], d_out: &[f32], d_rows: &mut [f32], d_stretch: &mut [f32]) {
        let dim = stretch.len();
        let rows = self.unit.chunks_exact(dim).zip(&self.sizes);
        let mut d_unit = vec![0.0; dim];
        for (((unit, size), d_out), d_row) in rows.zip(d_out.chunks_exact(dim)).zip(d_rows.chunks_exact_mut(dim)) {
            for ((((d_unit, d_stretch), d_out), unit), stretch) in
                d_unit.iter_mut().zip(&mut *d_stretch).zip(d_out).zip(unit).zip(stretch)
            {
                *d_unit = d_out * stretch;
                *d_stretch += d_out * unit;
            }
            let along = dot(&d_unit, unit) / dim as f32;
            for ((d_row, d_unit), unit) in d_row.iter_mut().zip(&d_unit).zip(unit) {
                *d_row += (d_unit - unit * along) / size;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of what the network gives, each number weighed, so that every gain is another one.
    fn total(shape: Shape, weights: &[f32], places: &Places, vectors: &[f32]) -> f64 {
        let mut out = vectors.to_vec();
        forward(shape, weights, places, &mut out, 0.3, &mut Rng::new(5));
        out.iter().zip(0..).map(|(out, place)| f64::from(*out) * f64::from(place % 7 - 3)).sum()
    }

    #[test]
    fn gains_are_those_of_finite_differences() {
        let shape = Shape { heads: Heads { dim: 6, heads: 2, length: 3 }, blocks: 2, inner: 5 };
        let places = Places { runs: vec![0..4, 4..5, 5..7], times: vec![0, 1, 100, 90, 7, 7, 8] };
        let mut rng = Rng::new(2);
        let mut weights = shape.begin(&mut rng);
        weights.iter_mut().for_each(|weight| *weight += 0.3 * rng.normal() as f32);
        let mut vectors: Vec<f32> = (0..7 * 6).map(|_| rng.normal() as f32).collect();

        let mut out = vectors.clone();
        let tape = forward(shape, &weights, &places, &mut out, 0.3, &mut Rng::new(5));
        let mut d_vectors: Vec<f32> = (0..7 * 6).map(|place| (place % 7) as f32 - 3.0).collect();
        let mut d_weights = vec![0.0; shape.len()];
        backward(shape, &weights, &places, &tape, &mut d_vectors, &mut d_weights);

        const STEP: f32 = 2e-3;
        let close = |gain: f32, up: f64, down: f64, place: usize| {
            let expected = (up - down) / f64::from(2.0 * STEP);
            assert!((f64::from(gain) - expected).abs() < 0.02 + 0.02 * expected.abs(), "{place}: {gain} {expected}");
        };
        for place in 0..vectors.len() {
            let before = vectors[place];
            vectors[place] = before + STEP;
            let up = total(shape, &weights, &places, &vectors);
            vectors[place] = before - STEP;
            close(d_vectors[place], up, total(shape, &weights, &places, &vectors), place);
            vectors[place] = before;
        }
        for place in 0..weights.len() {
            let before = weights[place];
            weights[place] = before + STEP;
            let up = total(shape, &weights, &places, &vectors);
            weights[place] = before - STEP;
            close(d_weights[place], up, total(shape, &weights, &places, &vectors), place);
            weights[place] = before;
        }
    }
}
