use super::attention::{AttentionScratch, Heads};
use super::kernels::{self, Isa};
use super::packed::Packed;
use super::rows::{Norm, QuantisedRows};

/// Rows that go through a feed-forward part together: their numbers stay in the second-level cache.
const ROWS_TOGETHER: usize = 32;

/// A layer's matrices and norms, the queries' scale already in their weights.
pub(super) struct Layer {
    pub(super) qkv: Packed,
    pub(super) mixed: Packed,
    pub(super) attention_norm: Norm,
    pub(super) up: Packed,
    pub(super) down: Packed,
    pub(super) output_norm: Norm,
}

/// Room for the numbers of one run; kept between runs, it grows to the longest and is never given back.
#[derive(Default)]
pub struct Scratch {
    pub(super) numbers: Vec<f32>,
    pub(super) rows: QuantisedRows,
    wide: QuantisedRows,
    qkv: Vec<f32>,
    context: Vec<f32>,
    product: Vec<f32>,
    feed: Vec<f32>,
    attention: AttentionScratch,
}

impl Scratch {
    /// Room for `rows` of which `longest` belong to one text.
    pub(super) fn reserve(&mut self, heads: Heads, hidden: usize, inner: usize, rows: usize, longest: usize) {
        let together = rows.min(ROWS_TOGETHER);
        grow(&mut self.numbers, rows * hidden);
        grow(&mut self.qkv, rows * heads.all() * 3);
        grow(&mut self.context, rows * heads.all());
        grow(&mut self.product, rows * hidden);
        grow(&mut self.feed, together * inner);
        self.rows.reserve(rows, hidden.max(heads.all()));
        self.wide.reserve(together, inner);
        self.attention.reserve(heads, longest);
    }
}

fn grow(numbers: &mut Vec<f32>, to: usize) {
    if numbers.len() < to {
        numbers.resize(to, 0.0);
    }
}

impl Layer {
    /// One layer over the rows of all texts, whose pieces lie one text after the other.
    pub(super) fn run(&self, isa: Isa, heads: Heads, texts: &[&[u32]], scratch: &mut Scratch) {
        let rows: usize = texts.iter().map(|text| text.len()).sum();
        let (hidden, inner, all) = (self.mixed.outputs, self.inner(), heads.all());
        let Scratch { numbers, rows: bytes, wide, qkv, context, product, feed, attention } = scratch;
        let (numbers, product) = (&mut numbers[..rows * hidden], &mut product[..rows * hidden]);
        let (qkv, context) = (&mut qkv[..rows * all * 3], &mut context[..rows * all]);
        kernels::multiply(isa, bytes, 0, &self.qkv, qkv);
        let mut first = 0;
        for text in texts {
            let (from, to) = (first * all, (first + text.len()) * all);
            kernels::attend(isa, heads, &qkv[3 * from..3 * to], &mut context[from..to], attention);
            first += text.len();
        }
        kernels::quantise(isa, all, context, bytes);
        kernels::multiply(isa, bytes, 0, &self.mixed, product);
        kernels::add_norm_quantise(isa, &self.attention_norm, numbers, product, bytes);
        for (place, product) in product.chunks_mut(ROWS_TOGETHER * hidden).enumerate() {
            let feed = &mut feed[..product.len() / hidden * inner];
            kernels::multiply(isa, bytes, place * ROWS_TOGETHER, &self.up, feed);
            kernels::gelu_quantise(isa, inner, feed, wide);
            kernels::multiply(isa, wide, 0, &self.down, product);
        }
        kernels::add_norm_quantise(isa, &self.output_norm, numbers, product, bytes);
    }

    /// Width of the feed-forward part.
    pub(super) fn inner(&self) -> usize {
        self.up.outputs
    }

    /// Bytes of its matrices.
    pub(super) fn bytes(&self) -> usize {
        [&self.qkv, &self.mixed, &self.up, &self.down].iter().map(|matrix| matrix.bytes()).sum()
    }
}
