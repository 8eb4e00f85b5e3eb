//! Small networks for tests.

use types::Rng;

use crate::{BertConfig, Tensor, Weights};

/// Two layers of width 32.
pub(crate) fn small() -> BertConfig {
    BertConfig {
        vocab_size: 40,
        hidden_size: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        intermediate_size: 64,
        max_position_embeddings: 24,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        model_type: "bert".to_owned(),
        pad_token_id: 0,
        head_size: None,
    }
}

/// Random numbers in every tensor, large enough that attention and norms matter.
pub(crate) fn random(config: &BertConfig, seed: u64) -> Weights {
    let mut rng = Rng::new(seed);
    let mut fill = |dims: Vec<usize>, scale: f64, centre: f64| {
        let data = (0..dims.iter().product()).map(|_| (centre + scale * rng.normal()) as f32).collect();
        Tensor { dims, data }
    };
    let one = |(name, dims): (String, Vec<usize>)| {
        let tensor = match name.as_str() {
            norm if norm.ends_with("LayerNorm.weight") => fill(dims, 0.1, 1.0),
            bias if bias.ends_with(".bias") => fill(dims, 0.1, 0.0),
            table if table.starts_with("embeddings.") => fill(dims, 1.0, 0.0),
            _ => fill(dims, 0.3, 0.0),
        };
        (name, tensor)
    };
    Weights { config: config.clone(), tensors: config.shapes().into_iter().map(one).collect() }
}
