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

pub use encoder::ImageEncoder;
pub use head::{Head, HeadWeights, Layer};
pub use joint::JointSpace;
pub use pixels::{FILE_BYTES_MAX, PIXELS_MAX, PictureError, SIDE_MAX, digest};
