use std::path::Path;

use tokenizers::Tokenizer;

use crate::heads::Classifier;
use crate::manifest::{Manifest, Task};
use crate::{CrossEncoder, Encoder, Error, Result};

/// Two texts that have nothing to do with one another, and a query for the first, in a language.
const SAMPLES: &[(&str, [&str; 3])] = &[
    ("en", ["summer dress", "red cotton dress with short sleeves", "cordless power drill 20V"]),
    ("zh", ["夏天的裙子", "红色短袖棉质连衣裙", "无线充电电钻"]),
];

/// Numbers of a tokenizer.
pub(super) struct TokenizerFacts {
    /// Pieces in its vocabulary.
    pub(super) pieces: usize,
    /// The largest number a piece has.
    pub(super) largest: usize,
}

/// Reads a tokenizer for its numbers.
pub(super) fn tokenizer(path: &Path) -> Result<TokenizerFacts> {
    let failed = |source| Error::Tokenizer { path: path.to_owned(), source };
    let bytes = fs_err::read(path).map_err(|error| failed(error.into()))?;
    let vocabulary = Tokenizer::from_bytes(bytes).map_err(failed)?.get_vocab(true);
    let largest = vocabulary.values().copied().max().ok_or_else(|| failed("it has no pieces".into()))?;
    Ok(TokenizerFacts { pieces: vocabulary.len(), largest: largest as usize })
}

/// Runs a model on texts of its languages: it must load, give finite numbers, as many as it should, and not the same for
/// different texts.
pub(super) fn run(folder: &Path, manifest: &Manifest) -> Result<()> {
    let knows = |language: &str| manifest.languages.iter().any(|known| known == language);
    let mut samples: Vec<&[&str; 3]> =
        SAMPLES.iter().filter(|(language, _)| knows(language)).map(|(_, texts)| texts).collect();
    if samples.is_empty() {
        samples.push(&SAMPLES[0].1);
    }
    let same = || Error::Output {
        encoder: manifest.id.clone(),
        expected: "different numbers for different texts".to_owned(),
        got: "the same".to_owned(),
    };
    match manifest.task {
        Task::CrossEncoder => {
            let model = CrossEncoder::load(folder, 1)?;
            for [query, near, far] in samples {
                let scores = model.score(query, &[near, far])?;
                if scores[0].to_bits() == scores[1].to_bits() {
                    return Err(same());
                }
            }
        }
        Task::Classifier => {
            let model = Classifier::load(folder, 1)?;
            for [_, near, far] in samples {
                if model.classify(near)?.probabilities == model.classify(far)?.probabilities {
                    return Err(same());
                }
            }
        }
        _ => {
            let model = Encoder::load(folder, 1)?;
            for [query, near, far] in samples {
                let vectors = model.encode_passages(&[near, far])?;
                // Vectors have length 1, so their product is 1 where they are the same but for rounding.
                let cosine: f32 = vectors[0].iter().zip(&vectors[1]).map(|(a, b)| a * b).sum();
                if model.encode_query(query)?.len() != manifest.dims || cosine > 0.99999 {
                    return Err(same());
                }
            }
        }
    }
    Ok(())
}
