//! Where the numbers of an [`super::Int8Bert`] come from: a network in 8 bits that we wrote, or weights in f32.

use std::collections::BTreeMap;

use super::attention::Heads;
use super::forward::Layer;
use super::packed::{Int8Matrix, Packed, fits, quantise_symmetric};
use super::rows::Norm;
use super::table::Table;
use crate::export::names;
use crate::weights::network::Kept;
use crate::{BertConfig, Weights, WeightsFault};

type Result<T> = std::result::Result<T, WeightsFault>;

/// Matrices and lists by their names, in whatever numbers they are kept.
pub(super) trait Source {
    /// The matrix of a product.
    fn matrix(&self, name: &str) -> Result<Int8Matrix>;
    /// The table of pieces: its numbers row by row, and a scale a row.
    fn words(&self) -> Result<(Vec<i8>, Vec<f32>)>;
    /// A list or table that is small enough to be kept in f32.
    fn floats(&self, name: &str) -> Result<Vec<f32>>;
}

impl Source for Weights {
    fn matrix(&self, name: &str) -> Result<Int8Matrix> {
        let tensor = self.tensor(name)?;
        Ok(Int8Matrix::quantise(&tensor.data, tensor.width()))
    }

    fn words(&self) -> Result<(Vec<i8>, Vec<f32>)> {
        let tensor = self.tensor(names::WORDS)?;
        let rows = tensor.data.chunks_exact(tensor.width().max(1)).map(quantise_symmetric);
        let (numbers, scales): (Vec<_>, Vec<_>) = rows.unzip();
        Ok((numbers.concat(), scales))
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        Ok(self.tensor(name)?.data.clone())
    }
}

impl Source for BTreeMap<String, Kept> {
    fn matrix(&self, name: &str) -> Result<Int8Matrix> {
        let (kept, scale) = int8(self, name)?;
        let numbers = kept.bytes.iter().map(|byte| *byte as i8).collect();
        Ok(Int8Matrix { inputs: kept.dims[0], numbers, scale })
    }

    fn words(&self) -> Result<(Vec<i8>, Vec<f32>)> {
        let (kept, scale) = int8(self, names::WORDS)?;
        Ok((kept.bytes.iter().map(|byte| *byte as i8).collect(), scale))
    }

    fn floats(&self, name: &str) -> Result<Vec<f32>> {
        self.get(name).ok_or_else(|| missing(name))?.floats(name)
    }
}

/// A table of two dimensions in 8 bits, and its scales.
fn int8<'a>(kept: &'a BTreeMap<String, Kept>, name: &str) -> Result<(&'a Kept, Vec<f32>)> {
    let (numbers, scales) = (format!("{name}{}", names::INT8), format!("{name}{}", names::SCALE));
    let table = kept.get(&numbers).ok_or_else(|| missing(&numbers))?;
    if table.kind != names::I8 || table.dims.len() != 2 {
        let got = format!("type {} of ONNX in {} dimensions", table.kind, table.dims.len());
        return Err(WeightsFault::Numbers { name: numbers, expected: "i8 in two dimensions", got });
    }
    Ok((table, kept.get(&scales).ok_or_else(|| missing(&scales))?.floats(&scales)?))
}

fn missing(name: &str) -> WeightsFault {
    WeightsFault::Missing { name: name.to_owned() }
}

/// The heads of a network, where they have a width that the kernels know.
pub(super) fn heads(config: &BertConfig) -> Result<Heads> {
    let heads = Heads { count: config.num_attention_heads, width: config.head_width() };
    for (field, width) in [("hidden_size", config.hidden_size), ("head_size", heads.width)] {
        if width == 0 || !width.is_multiple_of(16) {
            let (expected, got) = ("a multiple of 16 (for the runner in 8 bits)".to_owned(), width.to_string());
            return Err(WeightsFault::Config { field, expected, got });
        }
    }
    if !fits(config.intermediate_size.next_multiple_of(16), config.hidden_size) {
        let (expected, got) = ("65536 at most".to_owned(), config.intermediate_size.to_string());
        return Err(WeightsFault::Config { field: "intermediate_size", expected, got });
    }
    Ok(heads)
}

/// The embeddings: pieces in 8 bits, the sum of position and type 0 in f32.
pub(super) fn table(source: &impl Source, config: &BertConfig) -> Result<Table> {
    let width = config.hidden_size;
    let (words, scale) = source.words()?;
    expect(names::WORDS, config.vocab_size * width, words.len())?;
    expect(names::WORDS, config.vocab_size, scale.len())?;
    finite(names::WORDS, &scale)?;
    let places = list(source, "embeddings.position_embeddings.weight", config.max_position_embeddings * width)?;
    let types = list(source, "embeddings.token_type_embeddings.weight", config.type_vocab_size * width)?;
    let mut places = places[config.position_offset() * width..].to_vec();
    for place in places.chunks_exact_mut(width) {
        place.iter_mut().zip(&types).for_each(|(number, of_type)| *number += of_type);
    }
    Ok(Table { width, words, scale, places, norm: norm(source, config, "embeddings.LayerNorm")? })
}

/// One layer.
pub(super) fn layer(source: &impl Source, config: &BertConfig, heads: Heads, layer: usize) -> Result<Layer> {
    let name = |part: &str| format!("encoder.layer.{layer}.{part}");
    let (hidden, all) = (config.hidden_size, heads.all());
    // What was pruned to an odd number of units is filled up with units that do nothing: gelu(0) is 0.
    let (inner, filled) = (config.intermediate_size, config.intermediate_size.next_multiple_of(16));
    let mut query = dense(source, &name("attention.self.query"), hidden, all)?;
    // softmax(q kᵀ / √width): the root goes into the queries.
    let root = 1.0 / (heads.width as f32).sqrt();
    query.0.scale.iter_mut().chain(&mut query.1).for_each(|number| *number *= root);
    let key = dense(source, &name("attention.self.key"), hidden, all)?;
    let value = dense(source, &name("attention.self.value"), hidden, all)?;
    let mut up = dense(source, &name("intermediate.dense"), hidden, inner)?;
    up.0.fill_outputs(filled);
    up.1.resize(filled, 0.0);
    let mut down = dense(source, &name("output.dense"), inner, hidden)?;
    down.0.fill_inputs(filled);
    Ok(Layer {
        qkv: Packed::new(&[query, key, value]),
        mixed: Packed::new(&[dense(source, &name("attention.output.dense"), all, hidden)?]),
        attention_norm: norm(source, config, &name("attention.output.LayerNorm"))?,
        up: Packed::new(&[up]),
        down: Packed::new(&[down]),
        output_norm: norm(source, config, &name("output.LayerNorm"))?,
    })
}

fn dense(source: &impl Source, name: &str, inputs: usize, outputs: usize) -> Result<(Int8Matrix, Vec<f32>)> {
    let weight = format!("{name}.weight");
    let matrix = source.matrix(&weight)?;
    if matrix.inputs != inputs || matrix.outputs() != outputs || matrix.numbers.len() != inputs * outputs {
        let (expected, got) = (format!("[{inputs}, {outputs}]"), format!("[{}, {}]", matrix.inputs, matrix.outputs()));
        return Err(WeightsFault::Shape { name: weight, expected, got });
    }
    finite(&weight, &matrix.scale)?;
    Ok((matrix, list(source, &format!("{name}.bias"), outputs)?))
}

fn norm(source: &impl Source, config: &BertConfig, name: &str) -> Result<Norm> {
    let width = config.hidden_size;
    let (gain, bias) = (format!("{name}.weight"), format!("{name}.bias"));
    let (gain, bias) = (list(source, &gain, width)?, list(source, &bias, width)?);
    Ok(Norm { gain, bias, epsilon: config.layer_norm_eps as f32 })
}

fn list(source: &impl Source, name: &str, length: usize) -> Result<Vec<f32>> {
    let numbers = source.floats(name)?;
    expect(name, length, numbers.len())?;
    finite(name, &numbers)?;
    Ok(numbers)
}

fn expect(name: &str, expected: usize, got: usize) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    let (expected, got) = (format!("{expected} numbers"), format!("{got}"));
    Err(WeightsFault::Shape { name: name.to_owned(), expected, got })
}

fn finite(name: &str, numbers: &[f32]) -> Result<()> {
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(WeightsFault::NotFinite { name: name.to_owned(), at, got: numbers[at] }),
        None => Ok(()),
    }
}
