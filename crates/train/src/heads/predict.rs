//! Running a network over many texts without gradients.

use burn::tensor::Tensor;

use super::losses::places;
use super::{HeadKind, HeadSpec, Headed, Pool};
use crate::data::{Example, batch};
use crate::fit::params::numbers_of;
use crate::kernels::Kernels;
use crate::net::TextNet;

/// Most pieces run at once, padding included.
const PIECES: usize = 2048;

/// What a head says of each example, in their order: logits of its labels, or of each word's tags one word after another.
pub fn outputs<B: Kernels>(
    net: &Headed<B>,
    spec: &HeadSpec,
    head: usize,
    examples: &[&Example],
    padding: u32,
) -> Vec<Vec<f32>> {
    let device = net.encoder.words.val().device();
    let mut found = vec![Vec::new(); examples.len()];
    let (scale, shift) = spec.kind.range();
    for chosen in batches(examples) {
        let texts: Vec<&[u32]> = chosen.iter().map(|at| examples[*at].ids.as_slice()).collect();
        let batch = batch::<B>(&texts, padding, &device);
        let hidden = net.encoder.forward(&batch);
        let words: Vec<usize> = match spec.kind {
            HeadKind::Tags { .. } => chosen.iter().map(|at| examples[*at].places.len()).collect(),
            _ => vec![1; chosen.len()],
        };
        let rows = match spec.kind {
            HeadKind::Tags { .. } => {
                let pieces = batch.ids.dims()[1];
                let all = chosen.iter().enumerate();
                let all = all.flat_map(|(row, at)| examples[*at].places.iter().map(move |place| row * pieces + place));
                word_rows(hidden, &all.collect::<Vec<_>>())
            }
            _ => pooled(hidden, &batch.mask, spec.pooling),
        };
        if rows.dims()[0] == 0 {
            continue;
        }
        let numbers = numbers_of(net.heads[head].forward(rows) * scale + shift);
        let width = spec.kind.outputs();
        let mut from = 0;
        for (at, count) in chosen.iter().zip(words) {
            found[*at] = numbers[from..from + count * width].to_vec();
            from += count * width;
        }
    }
    found
}

/// The mean vector of each text, in their order.
pub fn vectors<B: Kernels>(encoder: &TextNet<B>, texts: &[&[u32]], padding: u32) -> Vec<Vec<f32>> {
    let device = encoder.words.val().device();
    let mut found = vec![Vec::new(); texts.len()];
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    for chosen in by_length(&lengths) {
        let rows: Vec<&[u32]> = chosen.iter().map(|at| texts[*at]).collect();
        let batch = batch::<B>(&rows, padding, &device);
        let mean = TextNet::mean(encoder.forward(&batch), batch.mask.clone());
        let width = mean.dims()[1];
        let numbers = numbers_of(mean);
        for (at, vector) in chosen.iter().zip(numbers.chunks_exact(width)) {
            found[*at] = vector.to_vec();
        }
    }
    found
}

/// What a head on whole texts looks at: \[texts, hidden\].
pub(crate) fn pooled<B: Kernels>(hidden: Tensor<B, 3>, mask: &Tensor<B, 2>, pooling: Pool) -> Tensor<B, 2> {
    match pooling {
        Pool::Mean => TextNet::mean(hidden, mask.clone()),
        Pool::Cls => {
            let [texts, _, width] = hidden.dims();
            hidden.slice([0..texts, 0..1, 0..width]).reshape([texts, width])
        }
    }
}

/// The vectors of words: `words` are places in \[texts × pieces\].
pub(crate) fn word_rows<B: Kernels>(hidden: Tensor<B, 3>, words: &[usize]) -> Tensor<B, 2> {
    let [texts, pieces, width] = hidden.dims();
    let device = hidden.device();
    hidden.reshape([texts * pieces, width]).select(0, places(words, &device))
}

fn batches(examples: &[&Example]) -> Vec<Vec<usize>> {
    by_length(&examples.iter().map(|example| example.ids.len()).collect::<Vec<_>>())
}

/// Examples of about one length together.
fn by_length(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|at| lengths[*at]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for at in order {
        match batches.last_mut() {
            // Sorted: this one is the longest so far.
            Some(last) if (last.len() + 1) * lengths[at].max(1) <= PIECES => last.push(at),
            _ => batches.push(vec![at]),
        }
    }
    batches
}
