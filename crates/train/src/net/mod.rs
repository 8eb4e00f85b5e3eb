//! The trainable encoder.

mod bert;
mod dense;

pub use bert::{Batch, Layer, TextNet};
pub use dense::{Dense, Norm};
pub(crate) use dense::{param, put};
