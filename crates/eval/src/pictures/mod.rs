//! Texts and pictures in one space: the data they are joined on, their vectors, and how well one finds the other.

mod data;
mod encode;
mod evaluate;
mod queries;
mod vectors;

pub use data::{PictureData, PictureProduct};
pub use encode::{PictureVectors, encode_pictures};
pub use evaluate::{PictureOptions, evaluate_pictures};
pub use queries::{PictureQueryCase, picture_queries};

/// What a part of the data is called.
fn name_of(data: &PictureVectors, count: usize) -> String {
    format!("{}, {count} held out", data.name)
}
