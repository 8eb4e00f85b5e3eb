//! A block of attention and a small feed-forward net.

use std::ops::Range;

use types::Rng;

use super::attention::{self, GAPS, Heads, Inputs};
use super::dense::{Dropout, Side, add_product, add_rows, add_times, product, sigmoid, times, wide};
use super::net::{Places, draw};
use super::norm::Norm;

/// Sizes of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Block {
    pub(super) heads: Heads,
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

/// What the way forward leaves for the way back.
#[derive(Debug)]
pub(super) struct Kept {
    attended: Attended,
    fed: Fed,
}

#[derive(Debug)]
struct Attended {
    norm: Norm,
    mixed: Vec<f32>,
    shares: Vec<f32>,
    taken: Vec<f32>,
    dropped: Vec<f32>,
}

#[derive(Debug)]
struct Fed {
    norm: Norm,
    up: Vec<f32>,
    bent: Vec<f32>,
    dropped: Vec<f32>,
}

impl Block {
    fn part(self) -> Part {
        let (dim, heads) = (self.heads.dim, self.heads.heads);
        let mut at = 0;
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

    /// Weights.
    pub(super) fn len(self) -> usize {
        self.part().down.end
    }

    /// Writes weights to begin with: the block at first adds little to what passes through it.
    pub(super) fn begin(self, weights: &mut [f32], rng: &mut Rng) {
        let part = self.part();
        draw(&mut weights[part.mix], self.heads.dim, rng);
        draw(&mut weights[part.out], 4 * self.heads.dim, rng);
        draw(&mut weights[part.up], self.heads.dim, rng);
        draw(&mut weights[part.down], 4 * self.inner, rng);
        weights[part.norm].fill(1.0);
        weights[part.norm_inner].fill(1.0);
    }

    /// Takes vectors through, in place.
    pub(super) fn forward(
        self,
        weights: &[f32],
        places: &Places,
        vectors: &mut [f32],
        dropout: &mut Dropout<'_>,
    ) -> Kept {
        let part = self.part();
        let attended = self.attend(weights, &part, places, vectors, dropout);
        let fed = self.feed(weights, &part, vectors, dropout);
        Kept { attended, fed }
    }

    /// The way back, see [`super::net::backward`].
    pub(super) fn backward(
        self,
        weights: &[f32],
        places: &Places,
        kept: &Kept,
        d_vectors: &mut [f32],
        d_weights: &mut [f32],
    ) {
        let part = self.part();
        self.feed_back(weights, &part, &kept.fed, d_vectors, d_weights);
        self.attend_back(weights, &part, places, &kept.attended, d_vectors, d_weights);
    }

    fn attend(
        self,
        weights: &[f32],
        part: &Part,
        places: &Places,
        vectors: &mut [f32],
        dropout: &mut Dropout<'_>,
    ) -> Attended {
        let (dim, count) = (self.heads.dim, places.times.len());
        let norm = Norm::new(vectors, &weights[part.norm.clone()]);
        let mut mixed = vec![0.0; count * 3 * dim];
        product(&mut mixed, [count, dim, 3 * dim], Side::Plain(&norm.out), Side::Plain(&weights[part.mix.clone()]));
        let mut shares = vec![0.0; self.heads.kept(&places.runs)];
        let mut taken = vec![0.0; count * dim];
        let inputs = inputs(weights, part, places, &mixed);
        wide(
            #[inline(always)]
            || Heads::forward(self.heads, inputs, &mut shares[..], &mut taken[..]),
        );
        let mut added = vec![0.0; count * dim];
        product(&mut added, [count, dim, dim], Side::Plain(&taken), Side::Plain(&weights[part.out.clone()]));
        let dropped = dropout.factors(count * dim);
        add_times(vectors, &added, &dropped);
        Attended { norm, mixed, shares, taken, dropped }
    }

    fn attend_back(
        self,
        weights: &[f32],
        part: &Part,
        places: &Places,
        kept: &Attended,
        d_vectors: &mut [f32],
        d_weights: &mut [f32],
    ) {
        let (dim, count) = (self.heads.dim, places.times.len());
        let (mix, norm, out) = (part.mix.clone(), part.norm.clone(), part.out.clone());
        let d_added = times(d_vectors, &kept.dropped);
        add_product(&mut d_weights[out.clone()], [dim, count, dim], Side::Turned(&kept.taken), Side::Plain(&d_added));
        let mut d_taken = vec![0.0; count * dim];
        product(&mut d_taken, [count, dim, dim], Side::Plain(&d_added), Side::Turned(&weights[out]));
        let mut d_mixed = vec![0.0; count * 3 * dim];
        let (d_near, d_gaps) = d_weights[part.near.start..part.gaps.end].split_at_mut(part.near.len());
        let mut gains = attention::Gains { mixed: &mut d_mixed, near: d_near, gaps: d_gaps };
        let inputs = inputs(weights, part, places, &kept.mixed);
        wide(
            #[inline(always)]
            || Heads::backward(self.heads, inputs, &kept.shares[..], &d_taken[..], &mut gains),
        );
        let normed = Side::Turned(&kept.norm.out);
        add_product(&mut d_weights[mix.clone()], [dim, count, 3 * dim], normed, Side::Plain(&d_mixed));
        let mut d_normed = vec![0.0; count * dim];
        product(&mut d_normed, [count, 3 * dim, dim], Side::Plain(&d_mixed), Side::Turned(&weights[mix]));
        kept.norm.backward(&weights[norm.clone()], &d_normed, d_vectors, &mut d_weights[norm]);
    }

    fn feed(self, weights: &[f32], part: &Part, vectors: &mut [f32], dropout: &mut Dropout<'_>) -> Fed {
        let (dim, inner) = (self.heads.dim, self.inner);
        let count = vectors.len() / dim;
        let norm = Norm::new(vectors, &weights[part.norm_inner.clone()]);
        let mut up = weights[part.up_bias.clone()].repeat(count);
        let up_weights = Side::Plain(&weights[part.up.clone()]);
        add_product(&mut up, [count, dim, inner], Side::Plain(&norm.out), up_weights);
        let mut bent = up.clone();
        wide(
            #[inline(always)]
            || bend(&mut bent[..]),
        );
        let mut added = vec![0.0; count * dim];
        product(&mut added, [count, inner, dim], Side::Plain(&bent), Side::Plain(&weights[part.down.clone()]));
        let dropped = dropout.factors(count * dim);
        add_times(vectors, &added, &dropped);
        Fed { norm, up, bent, dropped }
    }

    fn feed_back(self, weights: &[f32], part: &Part, kept: &Fed, d_vectors: &mut [f32], d_weights: &mut [f32]) {
        let (dim, inner) = (self.heads.dim, self.inner);
        let count = d_vectors.len() / dim;
        let (norm, up, down) = (part.norm_inner.clone(), part.up.clone(), part.down.clone());
        let d_added = times(d_vectors, &kept.dropped);
        let bent = Side::Turned(&kept.bent);
        add_product(&mut d_weights[down.clone()], [inner, count, dim], bent, Side::Plain(&d_added));
        let mut d_up = vec![0.0; count * inner];
        product(&mut d_up, [count, dim, inner], Side::Plain(&d_added), Side::Turned(&weights[down]));
        wide(
            #[inline(always)]
            || bend_back(&mut d_up[..], &kept.up[..]),
        );
        add_rows(&mut d_weights[part.up_bias.clone()], &d_up);
        let normed = Side::Turned(&kept.norm.out);
        add_product(&mut d_weights[up.clone()], [dim, count, inner], normed, Side::Plain(&d_up));
        let mut d_normed = vec![0.0; count * dim];
        product(&mut d_normed, [count, inner, dim], Side::Plain(&d_up), Side::Turned(&weights[up]));
        kept.norm.backward(&weights[norm.clone()], &d_normed, d_vectors, &mut d_weights[norm]);
    }
}

fn inputs<'a>(weights: &'a [f32], part: &Part, places: &'a Places, mixed: &'a [f32]) -> Inputs<'a> {
    let (near, gaps) = (&weights[part.near.clone()], &weights[part.gaps.clone()]);
    Inputs { mixed, runs: &places.runs, times: &places.times, near, gaps }
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
