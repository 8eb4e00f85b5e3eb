//! Heads on an encoder when serving: labels of texts, spans in texts.
//!
//! A folder with a head is a model folder whose `model.json` has a task, labels and a temperature; a tagger has a file of
//! the role `tagging` besides ([`Tagging`]).

mod classifier;
mod crf;
mod network;
mod pieces;
mod tagger;
mod words;

pub use classifier::{Classified, Classifier};
pub use crf::{Crf, Marginals};
pub use pieces::{Pieces, WordPieces};
pub use tagger::{Span, Tagger, Tagging, spans};
pub use words::{Unit, Word, is_joined, words};

/// Numbers that are positive and sum to 1: e to the power of each logit over `temperature`, divided by their sum.
pub fn softmax(logits: &[f32], temperature: f32) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| ((logit - largest) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
