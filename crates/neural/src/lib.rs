//! Networks on the CPU: text encoders that turn a query or a passage into a vector, cross-encoders that score a pair,
//! heads that label texts, pictures as vectors. Inference only.
//!
//! What it is: [`Encoder`] (one folder with `model.json`, an ONNX network and a tokenizer), [`QueryCache`] (vectors of
//! recent queries, bounded in bytes), [`JoinedEncoders`] (several read as one), the byte form in which vectors are kept ([`encode_i8`], [`text_hash`]),
//! [`CrossEncoder`], and [`hub`], through which models of others get into a models folder: the one part that uses the
//! network, and only when told to.
//!
//! What it is not: it trains nothing, searches nothing, and does not decide which of an item's texts are encoded.
//!
//! Invariants: every vector has [`Encoder::dims`] finite numbers and length 1; the same text gives the same bytes
//! whatever else is encoded beside it (networks in f32 and f16: the same but for the last bits), and under the native
//! runner on every machine; no text, however long or odd, makes it panic; a query never waits for passages; `unsafe`
//! stands in the native runner's kernels only, each with a scalar twin.
#![deny(unsafe_code)]

mod cache;
mod cross_encoder;
mod encoder;
mod error;
pub mod export;
pub mod heads;
pub mod hub;
pub mod image;
mod joined;
mod lanes;
mod manifest;
pub mod native;
pub mod onnx;
pub mod safetensors;
#[cfg(test)]
mod testing;
mod vector;
pub mod vocabulary;
mod weights;

pub use cache::{CacheStats, QueryCache};
pub use cross_encoder::CrossEncoder;
pub use encoder::{Encoder, encode_query_with_all};
pub use error::{Error, Result};
pub use joined::JoinedEncoders;
pub use manifest::{Activation, Fit, ImageInput, Manifest, ModelFile, Pooling, Precision, Task, Towers, Upstream};
pub use vector::{TextHash, decode_i8, encode_i8, text_hash};
pub use weights::{BertConfig, Tensor, Weights, WeightsFault};
