use std::fmt;

use sha2::{Digest, Sha256};

/// Tells a text under an encoder from every other: key of stored and cached vectors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextHash(pub [u8; 16]);

impl fmt::Debug for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// The hash of `text` under `version` (an encoder's [`crate::Encoder::version`]): the first half of a SHA-256, stable for ever.
pub fn text_hash(version: &str, text: &str) -> TextHash {
    let mut hasher = Sha256::new();
    hasher.update((version.len() as u64).to_le_bytes());
    hasher.update(version.as_bytes());
    hasher.update(text.as_bytes());
    let digest = hasher.finalize();
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    TextHash(half)
}

/// Packs a vector into 4 + n bytes: a little-endian `f32` scale, then each number as a signed byte times that scale.
/// A unit vector of 384 numbers comes back with a cosine above .9999 to itself.
pub fn encode_i8(vector: &[f32]) -> Vec<u8> {
    let largest = vector.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let scale = if largest.is_finite() { largest / 127.0 } else { 0.0 };
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let mut bytes = Vec::with_capacity(4 + vector.len());
    bytes.extend_from_slice(&scale.to_le_bytes());
    // `as` saturates and maps NaN to 0, so no input can wrap around.
    bytes.extend(vector.iter().map(|value| (value * inverse).round() as i8 as u8));
    bytes
}

/// Unpacks what [`encode_i8`] packed, scaled to length 1 again; `None` where the bytes cannot be a vector.
pub fn decode_i8(bytes: &[u8]) -> Option<Vec<f32>> {
    let (scale, numbers) = bytes.split_first_chunk::<4>()?;
    let scale = f32::from_le_bytes(*scale);
    if !scale.is_finite() || scale < 0.0 || numbers.is_empty() {
        return None;
    }
    let mut vector: Vec<f32> = numbers.iter().map(|byte| *byte as i8 as f32 * scale).collect();
    normalise(&mut vector);
    Some(vector)
}

/// Scales to length 1; a vector without direction stays as it is.
pub(crate) fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 && length.is_finite() {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_the_direction() {
        let mut vector: Vec<f32> = (0..384).map(|i| ((i * 37 % 101) as f32 - 50.0).sin()).collect();
        normalise(&mut vector);
        let bytes = encode_i8(&vector);
        assert_eq!(bytes.len(), 388);
        let back = decode_i8(&bytes).unwrap();
        let cosine: f32 = vector.iter().zip(&back).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.9999, "{cosine}");
    }

    #[test]
    fn odd_vectors_and_bytes_are_met_with_calm() {
        assert_eq!(decode_i8(&encode_i8(&[0.0; 3])).unwrap(), [0.0; 3]);
        assert!(decode_i8(&encode_i8(&[f32::NAN, 1.0])).unwrap().iter().all(|value| value.is_finite()));
        assert!(decode_i8(&encode_i8(&[f32::INFINITY, 1.0])).unwrap().iter().all(|value| value.is_finite()));
        assert_eq!(decode_i8(&[1, 2, 3]), None);
        assert_eq!(decode_i8(&[0, 0, 0xC0, 0x7F, 1]), None);
    }

    #[test]
    fn hashes_are_stable_and_tell_versions_apart() {
        assert_eq!(format!("{:?}", text_hash("e5@1", "红色连衣裙")), "77aae1cb1958d3cab6642459ed0fba06");
        assert_ne!(text_hash("a", "bc"), text_hash("ab", "c"));
    }
}
