//! Pictures: into a shop, into one space with texts, and how well that works.

mod import;
mod join;

pub(crate) use import::run as import;
pub(crate) use join::{evaluate, train};
