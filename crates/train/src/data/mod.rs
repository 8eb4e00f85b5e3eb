//! What heads are trained on: texts with labels, words with tags, pairs with scores; read from files, cut to pieces, split
//! and varied.

mod augment;
mod example;
mod files;
mod split;

pub use augment::{Augment, Augmenter, Dictionary, Translator};
pub use example::{Example, Target, batch};
pub use files::{LabelledText, Scored, TaggedWords, read_conll, read_labelled, read_numbers, read_scored, read_texts};
pub use split::{Split, split_by, split_labelled};
