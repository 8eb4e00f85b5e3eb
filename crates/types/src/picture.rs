use std::sync::Arc;

use crate::FieldError;

/// What is kept of an item's picture: not the picture itself, which stays where the shop has it, but what an image encoder
/// saw in it. So the log stays small, and a replay needs neither the picture nor the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Version of the image encoder; vectors of different versions cannot be compared.
    pub encoder: Arc<str>,
    /// First half of the SHA-256 of the picture's bytes: equal pictures have equal ones.
    pub digest: [u8; 16],
    /// The vector, one signed byte a number behind its scale (a little-endian `f32`).
    pub vector: Arc<[u8]>,
}

impl Picture {
    /// Checks and makes one.
    ///
    /// # Errors
    /// A [`FieldError`] with code `picture_invalid`.
    pub fn new(encoder: &str, digest: [u8; 16], vector: &[u8]) -> Result<Self, FieldError> {
        const NUMBERS_MAX: usize = 8192;
        let refused =
            |field, expected: &str, got: String| Err(FieldError::new("picture_invalid", field, expected, got));
        if encoder.is_empty() || encoder.len() > 128 || encoder.chars().any(char::is_control) {
            return refused("encoder", "the version of an image encoder", encoder.to_owned());
        }
        let scale = vector.first_chunk::<4>().map(|scale| f32::from_le_bytes(*scale));
        if !scale.is_some_and(|scale| scale.is_finite() && scale >= 0.0) || vector.len() > 4 + NUMBERS_MAX {
            return refused("vector", "a scale and at most 8192 numbers", format!("{} bytes", vector.len()));
        }
        Ok(Self { encoder: Arc::from(encoder), digest, vector: Arc::from(vector) })
    }
}

/// A picture in place of a query, or beside one.
#[derive(Clone, PartialEq, Debug)]
pub struct PictureQuery {
    /// The picture's file: JPEG, PNG or WebP.
    pub bytes: Arc<[u8]>,
    /// Its part in the score, 0 to 1, where words are searched too; they have the rest.
    pub weight: f32,
}
