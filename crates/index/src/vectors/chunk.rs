use std::sync::Arc;

use bytemuck::Pod;
use half::f16;
use half::slice::HalfFloatSliceExt;
use tantivy::directory::OwnedBytes;

use super::kernel;

/// Vectors per chunk: what one changed vector copies.
pub(super) const CHUNK: usize = 256;

/// `CHUNK` neighbouring rows' vectors, each twice: as 8-bit codes, which scans read, and as 16-bit floats of length 1,
/// which have the last word. Loaded from a file they stay there, and only what is read takes memory.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) codes: Values<i8>,
    /// What a code's unit is worth.
    pub(super) scales: Vec<f32>,
    pub(super) exact: Values<f16>,
    /// Where on disk exactly this is, if it is.
    pub(super) saved: Option<Place>,
}

/// A place in a vector file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(crate) file: Arc<str>,
    /// Counted in chunks.
    pub(crate) chunk: u64,
}

/// Numbers in memory or in a mapped file.
#[derive(Clone, Debug)]
pub(super) enum Values<T> {
    Owned(Vec<T>),
    Mapped(OwnedBytes),
}

impl<T: Pod> Values<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::Owned(values) => values,
            Self::Mapped(bytes) => bytemuck::cast_slice(bytes),
        }
    }

    fn make_mut(&mut self) -> &mut Vec<T> {
        if let Self::Mapped(bytes) = self {
            *self = Self::Owned(bytemuck::cast_slice(bytes).to_vec());
        }
        match self {
            Self::Owned(values) => values,
            Self::Mapped(_) => unreachable!("it was made owned just now"),
        }
    }
}

/// A query ready for scanning.
#[derive(Debug)]
pub(crate) struct Query {
    /// Of length 1.
    pub(super) exact: Vec<f32>,
    pub(super) codes: Vec<i8>,
    pub(super) scale: f32,
}

impl Query {
    /// `None` where the vector has no direction.
    pub(super) fn new(vector: &[f32]) -> Option<Self> {
        let exact = normalised(vector)?;
        let (codes, scale) = quantised(&exact);
        Some(Self { exact, codes, scale })
    }
}

impl Chunk {
    pub(super) fn empty(dimensions: usize) -> Self {
        Self {
            codes: Values::Owned(vec![0; CHUNK * dimensions]),
            scales: vec![0.0; CHUNK],
            exact: Values::Owned(vec![f16::ZERO; CHUNK * dimensions]),
            saved: None,
        }
    }

    pub(super) fn set(&mut self, at: usize, vector: &Query) {
        let dimensions = vector.codes.len();
        let span = at * dimensions..(at + 1) * dimensions;
        self.codes.make_mut()[span.clone()].copy_from_slice(&vector.codes);
        self.exact.make_mut()[span].convert_from_f32_slice(&vector.exact);
        self.scales[at] = vector.scale;
        self.saved = None;
    }

    pub(super) fn codes(&self, at: usize, dimensions: usize) -> &[i8] {
        &self.codes.as_slice()[at * dimensions..(at + 1) * dimensions]
    }

    pub(super) fn exact(&self, at: usize, dimensions: usize) -> &[f16] {
        &self.exact.as_slice()[at * dimensions..(at + 1) * dimensions]
    }

    /// The cosine up to the error of 8-bit codes.
    #[inline]
    pub(super) fn approximate(&self, at: usize, query: &Query) -> f32 {
        kernel::dot(self.codes(at, query.codes.len()), &query.codes) as f32 * self.scales[at] * query.scale
    }

    /// The cosine.
    pub(super) fn similarity(&self, at: usize, query: &Query, buffer: &mut Vec<f32>) -> f32 {
        buffer.resize(query.exact.len(), 0.0);
        self.exact(at, query.exact.len()).convert_to_f32_slice(buffer);
        dot_floats(buffer, &query.exact).clamp(-1.0, 1.0)
    }

    /// Bytes of a chunk in a file.
    pub(super) fn bytes_on_disk(dimensions: usize) -> usize {
        CHUNK * (4 + 3 * dimensions)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        self.scales.iter().for_each(|scale| out.extend_from_slice(&scale.to_le_bytes()));
        out.extend_from_slice(bytemuck::cast_slice(self.exact.as_slice()));
        out.extend_from_slice(bytemuck::cast_slice(self.codes.as_slice()));
    }

    /// Reads what [`Self::encode`] wrote; `bytes` are exactly as many as [`Self::bytes_on_disk`] says.
    pub(super) fn mapped(bytes: &OwnedBytes, dimensions: usize, place: Place) -> Self {
        let (scales, exact) = (CHUNK * 4, CHUNK * 2 * dimensions);
        let floats =
            bytes[..scales].chunks_exact(4).map(|chunk| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
        Self {
            scales: floats.collect(),
            exact: Values::Mapped(bytes.slice(scales..scales + exact)),
            codes: Values::Mapped(bytes.slice(scales + exact..bytes.len())),
            saved: Some(place),
        }
    }
}

fn normalised(vector: &[f32]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    (length.is_finite() && length > 0.0).then(|| vector.iter().map(|x| (f64::from(*x) / length) as f32).collect())
}

/// Codes of -127 to 127 with what a unit is worth; the largest component gets the largest code, as vectors of many
/// dimensions have only small ones.
fn quantised(vector: &[f32]) -> (Vec<i8>, f32) {
    let largest = vector.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
    let scale = largest / 127.0;
    (vector.iter().map(|x| (x / scale).round() as i8).collect(), scale)
}

fn dot_floats(left: &[f32], right: &[f32]) -> f32 {
    // Eight sums side by side: a single one would have to be added up in order, one after the other.
    let mut sums = [0.0f32; 8];
    let (left_chunks, right_chunks) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f32 = left_chunks.remainder().iter().zip(right_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (left, right) in left_chunks.zip(right_chunks) {
        for lane in 0..8 {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}
