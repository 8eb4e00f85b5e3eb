//! Attention within one text, in f32: texts are short, so its cost is small beside the products'.

use super::rows::{LANES, Vector, exp};

/// Rows of queries that are worked on at once.
const ROWS: usize = 8;

/// Sizes of a layer's attention.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    pub(super) count: usize,
    /// Numbers a head, a multiple of 16.
    pub(super) width: usize,
}

impl Heads {
    /// Numbers of all heads together.
    pub(super) fn all(self) -> usize {
        self.count * self.width
    }
}

/// Room for one head: its keys turned on their side, and the scores of some rows.
#[derive(Default)]
pub(super) struct AttentionScratch {
    keys: Vec<f32>,
    scores: Vec<f32>,
}

impl AttentionScratch {
    /// Room for texts of up to `tokens`, never less than before.
    pub(super) fn reserve(&mut self, heads: Heads, tokens: usize) {
        let padded = tokens.next_multiple_of(LANES);
        if self.keys.len() < padded * heads.width {
            self.keys.resize(padded * heads.width, 0.0);
        }
        if self.scores.len() < padded * ROWS {
            self.scores.resize(padded * ROWS, 0.0);
        }
    }
}

/// `context = softmax(queries keysᵀ) values`, head by head, over the tokens of one text. A row of `qkv` has the queries
/// (scaled already), keys and values of all heads; a row of `context` what the heads found.
#[inline(always)]
pub(super) fn attend<V: Vector>(heads: Heads, qkv: &[f32], context: &mut [f32], scratch: &mut AttentionScratch) {
    let (all, stride) = (heads.all(), 3 * heads.all());
    let tokens = qkv.len() / stride;
    let padded = tokens.next_multiple_of(LANES);
    for head in 0..heads.count {
        let own = head * heads.width;
        let keys = &mut scratch.keys[..padded * heads.width];
        turn(qkv, stride, all + own, tokens, padded, keys);
        let mut row = 0;
        while row < tokens {
            let one = Rows { heads, qkv, own, tokens, padded, first: row };
            row += match tokens - row {
                ROWS.. => one.attend::<V, ROWS>(keys, &mut scratch.scores, context),
                4.. => one.attend::<V, 4>(keys, &mut scratch.scores, context),
                2.. => one.attend::<V, 2>(keys, &mut scratch.scores, context),
                _ => one.attend::<V, 1>(keys, &mut scratch.scores, context),
            };
        }
    }
}

/// Writes the keys of a head number by number: `keys[number * padded + token]`.
#[inline(always)]
fn turn(qkv: &[f32], stride: usize, start: usize, tokens: usize, padded: usize, keys: &mut [f32]) {
    for (number, line) in keys.chunks_exact_mut(padded).enumerate() {
        for (token, key) in line[..tokens].iter_mut().enumerate() {
            *key = qkv[token * stride + start + number];
        }
        line[tokens..].fill(0.0);
    }
}

/// Some rows of queries of one head.
struct Rows<'a> {
    heads: Heads,
    qkv: &'a [f32],
    own: usize,
    tokens: usize,
    padded: usize,
    first: usize,
}

impl Rows<'_> {
    #[inline(always)]
    fn attend<V: Vector, const R: usize>(&self, keys: &[f32], scores: &mut [f32], context: &mut [f32]) -> usize {
        let mut place = 0;
        while place + 2 * LANES <= self.padded {
            self.score::<V, R, 2>(keys, scores, place);
            place += 2 * LANES;
        }
        if place < self.padded {
            self.score::<V, R, 1>(keys, scores, place);
        }
        let mut inverse = [0.0; R];
        for (row, inverse) in scores.chunks_exact_mut(self.padded).zip(&mut inverse) {
            *inverse = 1.0 / soften::<V>(row, self.tokens);
        }
        let mut column = 0;
        while column + 2 * LANES <= self.heads.width {
            self.mix::<V, R, 2>(scores, &inverse, column, context);
            column += 2 * LANES;
        }
        if column < self.heads.width {
            self.mix::<V, R, 1>(scores, &inverse, column, context);
        }
        R
    }

    /// Products of the rows' queries with `16 * C` keys from `place`.
    #[inline(always)]
    fn score<V: Vector, const R: usize, const C: usize>(&self, keys: &[f32], scores: &mut [f32], place: usize) {
        let (stride, width) = (3 * self.heads.all(), self.heads.width);
        let mut queries = [&[][..]; R];
        for (row, query) in queries.iter_mut().enumerate() {
            *query = &self.qkv[(self.first + row) * stride + self.own..][..width];
        }
        let mut sums = [[V::splat(0.0); C]; R];
        for (number, line) in keys.chunks_exact(self.padded).take(width).enumerate() {
            let line = vectors::<V, C>(&line[place..]);
            for row in 0..R {
                let query = V::splat(queries[row][number]);
                for column in 0..C {
                    sums[row][column] = line[column].mul_add(query, sums[row][column]);
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            store(sums, &mut scores[row * self.padded + place..]);
        }
    }

    /// Sums of `16 * C` numbers of the values from `column`, weighted by the scores.
    #[inline(always)]
    fn mix<V: Vector, const R: usize, const C: usize>(
        &self,
        scores: &[f32],
        inverse: &[f32; R],
        column: usize,
        context: &mut [f32],
    ) {
        let (all, tokens) = (self.heads.all(), self.tokens);
        let mut weights = [&[][..]; R];
        for (row, weights) in weights.iter_mut().enumerate() {
            *weights = &scores[row * self.padded..][..tokens];
        }
        let mut sums = [[V::splat(0.0); C]; R];
        for (token, line) in self.qkv.chunks_exact(3 * all).take(tokens).enumerate() {
            let values = vectors::<V, C>(&line[2 * all + self.own + column..]);
            for row in 0..R {
                let weight = V::splat(weights[row][token]);
                for column in 0..C {
                    sums[row][column] = values[column].mul_add(weight, sums[row][column]);
                }
            }
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            let inverse = V::splat(inverse[row]);
            sums.iter_mut().for_each(|sum| *sum = sum.mul(inverse));
            store(sums, &mut context[(self.first + row) * all + self.own + column..]);
        }
    }
}

/// The first `16 * C` of `numbers`.
#[inline(always)]
fn vectors<V: Vector, const C: usize>(numbers: &[f32]) -> [V; C] {
    let numbers = &numbers.as_chunks().0[..C];
    let mut vectors = [V::splat(0.0); C];
    for column in 0..C {
        vectors[column] = V::load(&numbers[column]);
    }
    vectors
}

#[inline(always)]
fn store<V: Vector, const C: usize>(vectors: &[V; C], numbers: &mut [f32]) {
    let numbers = &mut numbers.as_chunks_mut().0[..C];
    for column in 0..C {
        vectors[column].store(&mut numbers[column]);
    }
}

/// Replaces scores by e to the power of what they are below the largest; gives the sum. Places past `tokens` become 0.
#[inline(always)]
fn soften<V: Vector>(scores: &mut [f32], tokens: usize) -> f32 {
    scores[tokens..].fill(f32::MIN);
    let chunks = scores.as_chunks_mut::<LANES>().0;
    let mut most = V::splat(f32::MIN);
    for chunk in chunks.iter() {
        most = V::load(chunk).larger(most);
    }
    let most = V::splat(most.largest());
    let mut sum = V::splat(0.0);
    for chunk in chunks {
        let power = exp(V::load(chunk).sub(most));
        power.store(chunk);
        sum = sum.add(power);
    }
    sum.sum()
}
