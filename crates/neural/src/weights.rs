use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a BERT-like encoder's weights are interchanged in: between files (safetensors, ONNX), training, compression and
/// the int8 runner. Plain f32 numbers on the host.
#[derive(Clone, PartialEq, Debug)]
pub struct Weights {
    /// Shape of the network.
    pub config: BertConfig,
    /// Numbers by their name in Hugging Face's `BertModel`, without a leading `bert.` or `roberta.`:
    /// `embeddings.word_embeddings.weight` \[vocabulary, hidden\],
    /// `encoder.layer.0.attention.self.query.weight` \[out, in\], and so on. Heads stand beside them under `head.`.
    pub tensors: BTreeMap<String, Tensor>,
}

/// Numbers with a shape, row by row.
#[derive(Clone, PartialEq, Debug)]
pub struct Tensor {
    /// Its shape.
    pub dims: Vec<usize>,
    /// Its numbers; as many as the product of `dims`.
    pub data: Vec<f32>,
}

/// Shape of a BERT-like encoder, in the words of Hugging Face's `config.json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BertConfig {
    /// Pieces in the vocabulary.
    pub vocab_size: usize,
    /// Width.
    pub hidden_size: usize,
    /// Depth.
    pub num_hidden_layers: usize,
    /// Attention heads a layer; divides `hidden_size`.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// Places in the position table.
    pub max_position_embeddings: usize,
    /// Rows of the type table; only row 0 is used.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Added to a variance before its root.
    #[serde(default = "epsilon")]
    pub layer_norm_eps: f64,
    /// `bert`, `roberta` or `xlm-roberta`; the latter two count positions from `pad_token_id` + 1.
    #[serde(default = "bert")]
    pub model_type: String,
    /// Number of the padding piece.
    #[serde(default)]
    pub pad_token_id: usize,
}

impl BertConfig {
    /// The first text position's row in the position table.
    pub fn position_offset(&self) -> usize {
        match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "camembert" => self.pad_token_id + 1,
            _ => 0,
        }
    }
}

fn two() -> usize {
    2
}

fn epsilon() -> f64 {
    1e-12
}

fn bert() -> String {
    "bert".to_owned()
}
