//! Small networks for tests.

use std::path::PathBuf;

use neural::{BertConfig, Tensor, Weights};
use types::Rng;

/// A network of this many layers of width 32, with room for the pieces of the default encoder's tokenizer.
pub(crate) fn small(layers: usize) -> BertConfig {
    BertConfig {
        vocab_size: 51_022,
        hidden_size: 32,
        num_hidden_layers: layers,
        num_attention_heads: 4,
        intermediate_size: 64,
        max_position_embeddings: 40,
        type_vocab_size: 1,
        layer_norm_eps: 1e-12,
        model_type: "xlm-roberta".to_owned(),
        pad_token_id: 1,
        head_size: None,
    }
}

/// Random numbers in every tensor, large enough that attention and norms matter.
pub(crate) fn random(config: &BertConfig, seed: u64) -> Weights {
    let mut rng = Rng::new(seed);
    let mut fill = |(name, dims): (String, Vec<usize>)| {
        let (center, scale) = match name.as_str() {
            name if name.ends_with("LayerNorm.weight") => (1.0, 0.1),
            name if name.ends_with(".bias") => (0.0, 0.1),
            name if name.starts_with("embeddings.") => (0.0, 1.0),
            _ => (0.0, 0.2),
        };
        let data = (0..dims.iter().product()).map(|_| (center + scale * (rng.unit() - 0.5) * 3.0) as f32).collect();
        (name, Tensor { dims, data })
    };
    Weights { tensors: config.shapes().into_iter().map(&mut fill).collect(), config: config.clone() }
}

/// The default encoder's tokenizer.
pub(crate) fn tokenizer() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/e5-small-zh-en/tokenizer.json")
}
