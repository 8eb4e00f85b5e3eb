//! The trainable encoder.

mod bert;
mod dense;
#[cfg(test)]
mod tests;

pub use bert::{Batch, Layer, TextNet};
pub use dense::{Dense, Norm};
pub(crate) use dense::{param, put};
