//! The trainable encoder.

mod bert;
mod dense;

pub use bert::{Batch, TextNet};
pub use dense::{Dense, Norm};
