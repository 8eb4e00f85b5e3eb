use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Form, Output, Quantisation, to_onnx};
use crate::vector::hex;
use crate::{Error, Manifest, ModelFile, Pooling, Precision, Result, Weights};

/// Writes a model's folder: the network in this form, the tokenizer and `model.json`, and returns what that says. `about`
/// says what the weights cannot (id, task, prefixes, languages, labels, licence, source); what follows from the weights and the
/// form is filled in. Its `dims` count where `dims_full` says that the network gives more (Matryoshka).
///
/// # Errors
/// Where the weights are not sound, or a file cannot be written.
pub fn save(folder: &Path, weights: &Weights, form: &Form, tokenizer: &[u8], about: Manifest) -> Result<Manifest> {
    let network = to_onnx(weights, form)?;
    let precision = form.quantisation.precision();
    let given = form.output.dims(weights)?;
    let shortened = about.dims_full == Some(given) && about.dims < given;
    let config = &weights.config;
    let tokens_max = config.max_position_embeddings - config.position_offset();
    let files = [("network", network_name(precision), network.as_slice()), ("tokenizer", "tokenizer.json", tokenizer)];
    let manifest = Manifest {
        family: config.model_type.clone(),
        dims: if shortened { about.dims } else { given },
        dims_full: shortened.then_some(given),
        output: form.output.name().to_owned(),
        pooling: if form.output == Output::Hidden { Pooling::Mean } else { Pooling::Done },
        tokens_max,
        query_tokens: about.query_tokens.min(tokens_max),
        passage_tokens: about.passage_tokens.min(tokens_max),
        pieces: None,
        precision: Some(precision),
        files: files.iter().map(|(role, name, bytes)| file(role, name, bytes)).collect(),
        ..about
    };
    let unwritable = |source| Error::Write { folder: folder.to_owned(), source };
    fs_err::create_dir_all(folder).map_err(unwritable)?;
    for (_, name, bytes) in files {
        fs_err::write(folder.join(name), bytes).map_err(unwritable)?;
    }
    manifest.write(folder)?;
    Ok(manifest)
}

fn file(role: &str, name: &str, bytes: &[u8]) -> ModelFile {
    let sha256 = hex(&Sha256::digest(bytes));
    ModelFile { role: role.to_owned(), name: name.to_owned(), bytes: bytes.len() as u64, sha256 }
}

fn network_name(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "model.onnx",
        Precision::F16 => "model_f16.onnx",
        Precision::Int8 => "model_int8.onnx",
        Precision::Int4 => "model_int4.onnx",
    }
}

impl Quantisation {
    /// In which numbers the weights are kept.
    pub fn precision(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
            Self::Int8 | Self::Int8PerTensor | Self::Int8Weights => Precision::Int8,
            Self::Int4Weights => Precision::Int4,
        }
    }
}

impl Output {
    /// Its name in the network.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sentence => "sentence_embedding",
            Self::Hidden => "last_hidden_state",
            Self::Labels { .. } | Self::PieceLabels { .. } => "logits",
            Self::Score { .. } => "score",
            Self::Projection { .. } => "embedding",
        }
    }

    /// Numbers that come out for a text, or for a piece.
    fn dims(&self, weights: &Weights) -> Result<usize> {
        Ok(match self {
            Self::Sentence | Self::Hidden => weights.config.hidden_size,
            Self::Labels { head, .. }
            | Self::PieceLabels { head }
            | Self::Score { head, .. }
            | Self::Projection { head } => weights.tensor(&format!("head.{head}.weight"))?.rows(),
        })
    }
}
