//! Training of networks: encoders and the heads on them are loaded, fine-tuned, compressed and handed back as
//! [`neural::Weights`].
//!
//! What it is: [`net`] is the trainable encoder, [`kernels`] the operations that make it fast on a CPU, [`backend`] says
//! where training runs, [`fit`] is the loop that trains, [`heads`] what encoders are fine-tuned to say, [`tune`] which of
//! their numbers that changes, [`data`] what it is learnt from, [`contrast`] teaches an encoder which passages answer a
//! query, [`compress`] makes networks smaller, [`distil`] teaches such a one what larger ones know, [`run`] keeps track
//! of it all.
//!
//! What it is not: it serves nothing and writes no file that serving reads; `neural` does both.
//!
//! Invariants: the same data, settings and seed give the same weights on the same machine; a run that is stopped keeps
//! its last good checkpoint.

pub mod backend;
pub mod compress;
pub mod contrast;
pub mod data;
pub mod distil;
mod error;
pub mod fit;
pub mod heads;
pub mod join;
pub mod kernels;
pub mod net;
pub mod run;
#[cfg(test)]
mod testing;
pub mod tune;

pub use error::{Error, Result};
