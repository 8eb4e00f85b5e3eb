//! Language: how texts in Chinese, English and mixtures of both become terms, and what a query looks like.
//!
//! What it is: [`MixedAnalyzer`] (the [`types::Analyzer`] of every shop) and [`QueryShape`] (evidence for how a query
//! wants to be searched).
//!
//! What it is not: it does no IO, reads no clock, knows no index and no shop; its data are compiled in.
//!
//! Invariants: every token's span lies on character boundaries of the text it came from; the same text gives the
//! same terms; time grows linearly with the text; no text makes it panic.
#![forbid(unsafe_code)]

mod analyzer;
mod chinese;
pub mod entities;
pub mod extract;
mod fold;
pub mod importance;
pub mod negation;
mod normalise;
pub mod pairs;
mod phrase;
pub mod pinyin;
pub mod quality;
mod quantity;
mod query_shape;
pub mod reviews;
mod segment;
pub mod spelling;
mod stop_words;
pub mod synonyms;
pub mod variants;
mod word;
mod words;

pub use analyzer::MixedAnalyzer;
pub use normalise::{Change, ChangeKind, Normalised};
pub use quantity::{Bound, Dimension, Quantity, QuantityKind, SizeSystem, quantities};
pub use query_shape::QueryShape;
pub use stop_words::stop_words;
pub use words::{PinyinReading, Script, Segmented, Segmenter, Source, Word};
