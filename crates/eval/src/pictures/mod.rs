//! Texts and pictures in one space: the data they are joined on, their vectors, and how well one finds the other.

mod data;
mod encode;
mod vectors;

pub use data::{PictureData, PictureProduct};
pub use encode::{PictureVectors, encode_pictures};
