//! Times a training step of an encoder with random weights, and says where the time goes.
//!
//! `cargo run --release -p train --example step -- [texts] [pieces] [layers] [steps]`
#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::time::{Duration, Instant};

use burn::backend::{Autodiff, Flex};
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::{Tensor, TensorData};
use neural::{BertConfig, Weights};
use train::net::{Batch, TextNet};

type B = Autodiff<Flex>;

fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let argument = |at: usize, default| arguments.get(at).copied().unwrap_or(default);
    let (texts, pieces, layers, steps) = (argument(0, 32), argument(1, 16), argument(2, 12), argument(3, 8));
    let config: BertConfig = serde_json::from_value(serde_json::json!({
        "vocab_size": 48_714, "hidden_size": 384, "num_hidden_layers": layers, "num_attention_heads": 12,
        "intermediate_size": 1536, "max_position_embeddings": 514,
    }))
    .expect("a complete configuration");
    let device = Default::default();
    let mut net = TextNet::<B>::read(&random(config), &device).expect("complete weights");
    net.words = net.words.clone().set_require_grad(false);
    let ids: Vec<i32> = (0..texts * pieces).map(|at| (at * 7919 % 48_714) as i32).collect();
    let batch = Batch::<B> {
        ids: Tensor::from_data(TensorData::new(ids, [texts, pieces]), &device),
        mask: Tensor::ones([texts, pieces], &device),
    };
    let mut optimizer = AdamWConfig::new().init();
    let mut best = [Duration::MAX; 4];
    for _ in 0..steps {
        let begin = Instant::now();
        let vectors = TextNet::mean(net.forward(&batch), batch.mask.clone());
        let loss = vectors.powf_scalar(2.0).mean();
        let forward = Instant::now();
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        let backward = Instant::now();
        net = optimizer.step(1e-5, net, gradients);
        let end = Instant::now();
        let parts = [forward - begin, backward - forward, end - backward, end - begin];
        best.iter_mut().zip(parts).for_each(|(best, part)| *best = part.min(*best));
    }
    let [forward, backward, update, whole] = best.map(|part| part.as_secs_f64() * 1e3);
    println!(
        "{texts} x {pieces} pieces, {layers} layers: forward {forward:.0} ms, backward {backward:.0} ms, \
         update {update:.0} ms, step {whole:.0} ms (best of {steps})"
    );
}

fn random(config: BertConfig) -> Weights {
    let mut rng = types::Rng::new(1);
    let mut fill = |(name, dims): (String, Vec<usize>)| {
        let center = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        let data = (0..dims.iter().product()).map(|_| center + (rng.unit() as f32 - 0.5) * 0.1).collect();
        (name, neural::Tensor { dims, data })
    };
    Weights { tensors: config.shapes().into_iter().map(&mut fill).collect(), config }
}
