mod fault;
mod hub;
pub(crate) mod network;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub use fault::WeightsFault;

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
    /// Attention heads a layer; divides `hidden_size` unless `head_size` is given.
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
    /// Width of one attention head, where heads were pruned and it is no longer `hidden_size` / `num_attention_heads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_size: Option<usize>,
}

impl Weights {
    /// Reads the weights in a folder: a Hugging Face checkpoint (`config.json` with `model.safetensors`, whole or in
    /// parts) or a model of our own (`model.json` with a network that [`crate::export::to_onnx`] wrote; 8-bit and 4-bit
    /// numbers come back as what they stand for).
    ///
    /// # Errors
    /// Names the file and what is wrong with it: another architecture, a missing or misshapen tensor, a number that is not
    /// finite, a file that is cut short or lies about its size, a pickle (never opened, since reading one runs the code
    /// in it), a GGUF file.
    pub fn read(folder: &Path) -> Result<Self> {
        if folder.join("model.json").is_file() { network::read(folder) } else { hub::read(folder) }
    }

    /// Reads the weights out of a network that [`crate::export::to_onnx`] wrote.
    ///
    /// # Errors
    /// Where the bytes are another network, or cut short.
    pub fn from_onnx(bytes: &[u8]) -> std::result::Result<Self, WeightsFault> {
        network::from_onnx(bytes)
    }

    /// Whether every tensor of the network is there, in its shape, with finite numbers only, and whether whatever stands
    /// beside them is sound.
    ///
    /// # Errors
    /// Names the first tensor that is not.
    pub fn check(&self) -> std::result::Result<(), WeightsFault> {
        self.config.check()?;
        for (name, dims) in self.config.shapes() {
            let tensor = self.tensors.get(&name).ok_or_else(|| WeightsFault::Missing { name: name.clone() })?;
            if tensor.dims != dims {
                let (expected, got) = (format!("{dims:?}"), format!("{:?}", tensor.dims));
                return Err(WeightsFault::Shape { name, expected, got });
            }
        }
        for (name, tensor) in &self.tensors {
            if tensor.dims.iter().try_fold(1usize, |size, dim| size.checked_mul(*dim)) != Some(tensor.data.len()) {
                let (expected, got) = (format!("{:?}", tensor.dims), format!("{} numbers", tensor.data.len()));
                return Err(WeightsFault::Shape { name: name.clone(), expected, got });
            }
            if let Some(at) = tensor.data.iter().position(|value| !value.is_finite()) {
                return Err(WeightsFault::NotFinite { name: name.clone(), at, got: tensor.data[at] });
            }
        }
        Ok(())
    }

    /// The named tensor.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn tensor(&self, name: &str) -> std::result::Result<&Tensor, WeightsFault> {
        self.tensors.get(name).ok_or_else(|| WeightsFault::Missing { name: name.to_owned() })
    }

    /// How many numbers the network has.
    pub fn parameters(&self) -> usize {
        self.tensors.values().map(|tensor| tensor.data.len()).sum()
    }
}

impl Tensor {
    /// A table of two dimensions.
    ///
    /// # Panics
    /// Where `data` is not `rows` × `width` numbers.
    pub fn matrix(rows: usize, width: usize, data: Vec<f32>) -> Self {
        assert_eq!(rows * width, data.len(), "as many numbers as the shape says");
        Self { dims: vec![rows, width], data }
    }

    /// A list of numbers.
    pub fn vector(data: Vec<f32>) -> Self {
        Self { dims: vec![data.len()], data }
    }

    /// Row `at` of a table: the numbers under one place of the first dimension.
    pub fn row(&self, at: usize) -> &[f32] {
        let width = self.width();
        &self.data[at * width..(at + 1) * width]
    }

    /// Rows of a table.
    pub fn rows(&self) -> usize {
        self.dims.first().copied().unwrap_or(1)
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.dims.iter().skip(1).product()
    }
}

impl BertConfig {
    /// The first text position's row in the position table.
    pub fn position_offset(&self) -> usize {
        match self.model_type.as_str() {
            "roberta" | "xlm-roberta" | "camembert" => self.pad_token_id + 1,
            _ => 0,
        }
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.head_size.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    /// Width of all attention heads together: rows of the query, key and value matrices.
    pub fn attention_width(&self) -> usize {
        self.head_width() * self.num_attention_heads
    }

    /// Every tensor that the network needs, with its shape.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        let (hidden, inner, attention) = (self.hidden_size, self.intermediate_size, self.attention_width());
        let mut shapes = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![self.vocab_size, hidden]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![self.max_position_embeddings, hidden]),
            ("embeddings.token_type_embeddings.weight".to_owned(), vec![self.type_vocab_size, hidden]),
            ("embeddings.LayerNorm.weight".to_owned(), vec![hidden]),
            ("embeddings.LayerNorm.bias".to_owned(), vec![hidden]),
        ];
        for layer in 0..self.num_hidden_layers {
            let mut put = |part: &str, dims: Vec<usize>| shapes.push((format!("encoder.layer.{layer}.{part}"), dims));
            for part in ["query", "key", "value"] {
                put(&format!("attention.self.{part}.weight"), vec![attention, hidden]);
                put(&format!("attention.self.{part}.bias"), vec![attention]);
            }
            put("attention.output.dense.weight", vec![hidden, attention]);
            put("attention.output.dense.bias", vec![hidden]);
            put("attention.output.LayerNorm.weight", vec![hidden]);
            put("attention.output.LayerNorm.bias", vec![hidden]);
            put("intermediate.dense.weight", vec![inner, hidden]);
            put("intermediate.dense.bias", vec![inner]);
            put("output.dense.weight", vec![hidden, inner]);
            put("output.dense.bias", vec![hidden]);
            put("output.LayerNorm.weight", vec![hidden]);
            put("output.LayerNorm.bias", vec![hidden]);
        }
        shapes
    }

    /// Whether its numbers can be a network's; keeps sums and products of them small enough to compute with.
    pub(crate) fn check(&self) -> std::result::Result<(), WeightsFault> {
        let bounds = [
            ("vocab_size", self.vocab_size, 1, 4_000_000),
            ("hidden_size", self.hidden_size, 1, 16_384),
            ("num_hidden_layers", self.num_hidden_layers, 1, 256),
            ("num_attention_heads", self.num_attention_heads, 1, 1_024),
            ("intermediate_size", self.intermediate_size, 1, 131_072),
            ("max_position_embeddings", self.max_position_embeddings, 8, 1_000_000),
            ("type_vocab_size", self.type_vocab_size, 1, 1_024),
            ("head_size", self.head_width(), 1, 16_384),
        ];
        for (field, got, least, most) in bounds {
            if !(least..=most).contains(&got) {
                let expected = format!("a number from {least} to {most}");
                return Err(WeightsFault::Config { field, expected, got: got.to_string() });
            }
        }
        if self.head_size.is_none() && !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let (expected, got) = (format!("a divisor of {}", self.hidden_size), self.num_attention_heads.to_string());
            return Err(WeightsFault::Config { field: "num_attention_heads", expected, got });
        }
        if !(self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0) {
            let (expected, got) = ("a small positive number".to_owned(), self.layer_norm_eps.to_string());
            return Err(WeightsFault::Config { field: "layer_norm_eps", expected, got });
        }
        if self.position_offset() + 8 > self.max_position_embeddings {
            let (expected, got) =
                ("less than the places in the position table".to_owned(), self.pad_token_id.to_string());
            return Err(WeightsFault::Config { field: "pad_token_id", expected, got });
        }
        Ok(())
    }
}

/// `fault` in the file at `path`.
fn in_file(path: &Path, fault: WeightsFault) -> Error {
    Error::Weights { path: path.to_owned(), source: Box::new(fault) }
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

#[cfg(test)]
mod tests;
