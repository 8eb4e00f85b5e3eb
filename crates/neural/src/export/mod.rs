//! Writing networks as ONNX (opset 17, standard operators only): the same file runs here, in ONNX Runtime and in Triton,
//! and [`crate::Weights::read`] gets its numbers back.

mod bert;
mod dense;
mod folder;
mod graph;
pub(crate) mod names;
mod numbers;

use dense::Parts;

pub use folder::save;

use crate::{Result, Weights};

/// The network as an ONNX file. Inputs: `input_ids` and `attention_mask`, both i64 \[batch, sequence\], padding last.
/// The same weights and form give the same bytes.
///
/// # Errors
/// Names what the weights lack or what is wrong with them.
pub fn to_onnx(weights: &Weights, form: &Form) -> Result<Vec<u8>> {
    weights.check()?;
    let mut parts = Parts::new(weights, form.quantisation);
    bert::network(&mut parts, &weights.config, &form.output)?;
    let config = serde_json::to_string(&weights.config).expect("names and numbers are always JSON");
    let about = format!("{} encoder, {:?}", weights.config.model_type, form.quantisation);
    Ok(parts.graph.finish(&about, config))
}

/// What a network is exported as.
#[derive(Clone, PartialEq, Debug)]
pub struct Form {
    /// In which numbers its matrices are kept and multiplied.
    pub quantisation: Quantisation,
    /// What comes out.
    pub output: Output,
}

/// In which numbers matrices are kept and multiplied. Norms, biases and scales are always f32; the tables of positions and
/// types are f16 in every form but the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantisation {
    /// Kept and multiplied in f32.
    F32,
    /// Kept in f16, multiplied in f32.
    F16,
    /// Matrices in i8 with one scale an output channel; activations are quantised to u8 as they come. The table of
    /// pieces in i8 with one scale a row.
    Int8,
    /// As `Int8`, with one scale a matrix.
    Int8PerTensor,
    /// Kept in i8 with one scale an output channel (the table: a row), multiplied in f32.
    Int8Weights,
    /// Kept in 4 bits with one scale for 32 numbers of a row, multiplied in f32. The table of pieces likewise.
    Int4Weights,
}

/// What comes out of an exported network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// `sentence_embedding` \[batch, hidden\]: the mean over the pieces, of length 1.
    Sentence,
    /// `last_hidden_state` \[batch, sequence, hidden\].
    Hidden,
    /// `logits` \[batch, labels\] of the head with this name.
    Labels {
        /// The head: `head.NAME.weight` \[labels, hidden\] and `head.NAME.bias`, on `head.NAME.dense.weight` and `.bias`
        /// followed by tanh where there is one.
        head: String,
        /// What the head looks at.
        pooling: HeadPooling,
    },
    /// `logits` \[batch, sequence, labels\] of the head with this name, for each piece.
    PieceLabels {
        /// The head, as in `Labels`.
        head: String,
    },
    /// `score` \[batch\]: the one number of the head with this name.
    Score {
        /// The head, as in `Labels`, with one label.
        head: String,
        /// What the head looks at.
        pooling: HeadPooling,
    },
    /// `embedding` \[batch, dims\]: the mean over the pieces through the head with this name, of length 1.
    Projection {
        /// The head, as in `Labels`, with the dimensions as its labels.
        head: String,
    },
}

/// What a head on whole texts looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeadPooling {
    /// The mean over the pieces.
    Mean,
    /// The first piece.
    Cls,
}

#[cfg(test)]
mod tests;
