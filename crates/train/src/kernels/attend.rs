use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::Dropout;
use super::dropout::leave_out;
use super::flex::{dims, numbers};
use super::lanes::{dot, exp, sum, vectorised};
use super::pool;
use super::product::{Matrix, Threads, product};

/// What the backward pass needs.
#[derive(Clone, Debug)]
pub(super) struct Saved {
    query: FlexTensor,
    key: FlexTensor,
    value: FlexTensor,
    /// \[batch, heads, queries, keys\]: the softmax, before anything is left out.
    shares: FlexTensor,
    shape: Shape,
    dropout: Dropout,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    queries: usize,
    keys: usize,
    hidden: usize,
    heads: usize,
    width: usize,
    /// 1 / √width.
    scale: f32,
}

/// For each head, softmax(`query` · `key`ᵀ / √width + mask) · `value`.
pub(super) fn forward(
    [query, key, value]: [FlexTensor; 3],
    mask: &FlexTensor,
    heads: usize,
    dropout: Dropout,
) -> (FlexTensor, Saved) {
    let &[batch, queries, hidden] = dims(&query) else { unreachable!("three dimensions by its type") };
    let (keys, width) = (dims(&key)[1], hidden / heads);
    let shape = Shape { queries, keys, hidden, heads, width, scale: 1.0 / (width as f32).sqrt() };
    let mut out = pool::take(batch * queries * hidden);
    let mut shares = pool::take(batch * heads * queries * keys);
    let texts = numbers(&query)
        .par_chunks(queries * hidden)
        .zip(numbers(&key).par_chunks(keys * hidden))
        .zip(numbers(&value).par_chunks(keys * hidden))
        .zip(numbers(mask).par_chunks(keys));
    out.par_chunks_mut(queries * hidden)
        .zip(shares.par_chunks_mut(heads * queries * keys))
        .zip(texts)
        .enumerate()
        .for_each(|(text, ((out, shares), (((query, key), value), mask)))| {
            shape.forward(text, out, shares, [query, key, value], mask, dropout);
        });
    let dims = [batch, queries, hidden];
    let shares = pool::tensor(shares, &[batch, heads, queries, keys]);
    (pool::tensor(out, &dims), Saved { query, key, value, shares, shape, dropout })
}

impl Saved {
    /// What `query`, `key` and `value` get.
    pub(super) fn backward(self, gradient: &FlexTensor) -> [FlexTensor; 3] {
        let Shape { queries, keys, hidden, heads, .. } = self.shape;
        let batch = dims(&self.query)[0];
        let (of_queries, of_keys) = (queries * hidden, keys * hidden);
        let mut to_query = pool::take(batch * of_queries);
        let mut to_key = pool::take(batch * of_keys);
        let mut to_value = pool::take(batch * of_keys);
        let inputs = numbers(&self.query)
            .par_chunks(of_queries)
            .zip(numbers(&self.key).par_chunks(of_keys))
            .zip(numbers(&self.value).par_chunks(of_keys))
            .zip(numbers(&self.shares).par_chunks(heads * queries * keys))
            .zip(numbers(gradient).par_chunks(of_queries));
        to_query
            .par_chunks_mut(of_queries)
            .zip(to_key.par_chunks_mut(of_keys))
            .zip(to_value.par_chunks_mut(of_keys))
            .zip(inputs)
            .enumerate()
            .for_each(|(text, (((to_query, to_key), to_value), ((((query, key), value), shares), gradient)))| {
                let inputs = Inputs { query, key, value, shares, gradient };
                self.shape.backward(text, [to_query, to_key, to_value], &inputs, self.dropout);
            });
        let of_queries = [batch, queries, hidden];
        let of_keys = [batch, keys, hidden];
        for part in [self.query, self.key, self.value, self.shares] {
            pool::give(part);
        }
        [pool::tensor(to_query, &of_queries), pool::tensor(to_key, &of_keys), pool::tensor(to_value, &of_keys)]
    }
}

/// One text's.
struct Inputs<'a> {
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
    shares: &'a [f32],
    gradient: &'a [f32],
}

impl Shape {
    fn forward(
        &self,
        text: usize,
        out: &mut [f32],
        shares: &mut [f32],
        [query, key, value]: [&[f32]; 3],
        mask: &[f32],
        dropout: Dropout,
    ) {
        let Self { hidden, width, scale, .. } = *self;
        let mut kept = Vec::new();
        for (head, shares) in shares.chunks_exact_mut(self.queries * self.keys).enumerate() {
            let (query, key) = (self.head(query, head), self.head(key, head));
            product(shares, self.keys, scale, query, key.transposed(), Threads::One);
            softmax(shares, mask);
            let shares = self.leave_out(shares, text, head, dropout, &mut kept);
            let shares = Matrix::new(shares, self.queries, self.keys);
            product(&mut out[head * width..], hidden, 1.0, shares, self.head(value, head), Threads::One);
        }
    }

    /// With P the shares, D what is left of them, G the gradient of the result: V gets Dᵀ·G, P gets G·Vᵀ where it is
    /// left, the scores get S = P·(that - its mean by P), Q gets S·K / √width, K gets Sᵀ·Q / √width.
    fn backward(
        &self,
        text: usize,
        [to_query, to_key, to_value]: [&mut [f32]; 3],
        inputs: &Inputs<'_>,
        dropout: Dropout,
    ) {
        let Self { queries, keys, hidden, width, scale, .. } = *self;
        let mut kept = Vec::new();
        let mut slopes = vec![0.0; queries * keys];
        for (head, shares) in inputs.shares.chunks_exact(queries * keys).enumerate() {
            let [query, key, value] = [inputs.query, inputs.key, inputs.value].map(|part| self.head(part, head));
            let gradient = self.head(inputs.gradient, head);
            let left = Matrix::new(self.leave_out(shares, text, head, dropout, &mut kept), queries, keys);
            product(&mut to_value[head * width..], hidden, 1.0, left.transposed(), gradient, Threads::One);
            product(&mut slopes, keys, 1.0, gradient, value.transposed(), Threads::One);
            if dropout.rate > 0.0 {
                leave_out(&mut slopes, self.first(text, head), dropout);
            }
            unsoftmax(&mut slopes, shares, keys);
            let slopes = Matrix::new(&slopes, queries, keys);
            product(&mut to_query[head * width..], hidden, scale, slopes, key, Threads::One);
            product(&mut to_key[head * width..], hidden, scale, slopes.transposed(), query, Threads::One);
        }
    }

    /// One head's columns of a text.
    fn head<'a>(&self, text: &'a [f32], head: usize) -> Matrix<'a> {
        Matrix::within(&text[head * self.width..], text.len() / self.hidden, self.width, self.hidden)
    }

    /// `shares` without those that are left out.
    fn leave_out<'a>(
        &self,
        shares: &'a [f32],
        text: usize,
        head: usize,
        dropout: Dropout,
        kept: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        if dropout.rate <= 0.0 {
            return shares;
        }
        kept.clear();
        kept.extend_from_slice(shares);
        leave_out(kept, self.first(text, head), dropout);
        kept
    }

    /// Place of a head's first share among all.
    fn first(&self, text: usize, head: usize) -> usize {
        (text * self.heads + head) * self.queries * self.keys
    }
}

vectorised! {
    /// Each row plus the mask becomes shares of 1.
    fn softmax(scores: &mut [f32], mask: &[f32]) {
        for row in scores.chunks_exact_mut(mask.len()) {
            let mut highest = f32::NEG_INFINITY;
            for (x, mask) in row.iter_mut().zip(mask) {
                *x += mask;
                highest = if *x > highest { *x } else { highest };
            }
            row.iter_mut().for_each(|x| *x = exp(*x - highest));
            let share = 1.0 / sum(row);
            row.iter_mut().for_each(|x| *x *= share);
        }
    }
}

vectorised! {
    /// What the scores get where their shares get `slopes`.
    fn unsoftmax(slopes: &mut [f32], shares: &[f32], keys: usize) {
        for (slopes, shares) in slopes.chunks_exact_mut(keys).zip(shares.chunks_exact(keys)) {
            let mean = dot(slopes, shares);
            for (slope, share) in slopes.iter_mut().zip(shares) {
                *slope = share * (*slope - mean);
            }
        }
    }
}
