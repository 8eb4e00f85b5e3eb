//! Pictures as vectors: [`ImageEncoder`] runs an ONNX network over JPEG, PNG and WebP, [`JointSpace`] brings texts and
//! pictures into one space, either by a model that has both (CLIP and its kin) or by trained [`Head`]s on two encoders.
//!
//! Invariants: no bytes, however they lie about themselves, make it panic or take memory beyond [`PIXELS_MAX`]; what is
//! wrong with a picture is told apart from what is wrong with a model ([`PictureError::is_user`]); the same bytes give
//! the same vector on the same machine.

mod encoder;
mod head;
mod joint;
mod pixels;
#[cfg(test)]
mod tests;

pub use encoder::ImageEncoder;
pub use head::{Head, HeadWeights, Layer};
pub use joint::JointSpace;
pub use pixels::{FILE_BYTES_MAX, PIXELS_MAX, PictureError, SIDE_MAX, digest};

/// The inner product of two vectors, which is their cosine where both have length 1.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    // Sixteen sums side by side, so that the compiler can use vector instructions.
    let mut sums = [0.0f32; 16];
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}
