use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use types::Row;

use super::Vectors;

/// Items whose coarse products are formed together: one vector of the widest processors.
const GROUP: usize = 16;
/// Items of one bound.
const CHUNK: usize = 16 * GROUP;
/// Chunks of one job.
const JOB: usize = 32;

/// Finds the largest products of a point with many vectors, exactly, reading a quarter of the bytes: vectors are kept in
/// bytes too, and how far off each of those is bounds its product (Cauchy and Schwarz). Where the bound may be among the
/// best, the vector itself is asked.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Bytes of a group of items, a dimension of all of them after the other.
    bytes: Vec<i8>,
    /// What a byte of each item is worth.
    units: Vec<f32>,
    /// The length of what each item's bytes leave out.
    errors: Vec<f32>,
}

impl Scan {
    /// Worth it only for many items; `None` for fewer.
    pub(super) fn new(vectors: &Vectors) -> Option<Self> {
        const ITEMS_MIN: usize = 50_000;
        (vectors.len() >= ITEMS_MIN).then(|| Self::of(vectors))
    }

    fn of(vectors: &Vectors) -> Self {
        let (items, dims) = (vectors.len().next_multiple_of(CHUNK), vectors.dims);
        let (mut bytes, mut units, mut errors) = (vec![0; items * dims], vec![0.0; items], vec![0.0; items]);
        for item in 0..vectors.len() {
            let vector = vectors.of(item);
            let unit = vector.iter().fold(0.0f32, |largest, number| largest.max(number.abs())) / 127.0;
            let (mut left_out, start) = (0.0f32, item / GROUP * GROUP * dims + item % GROUP);
            for (dim, number) in vector.iter().enumerate() {
                let byte = if unit > 0.0 { (number / unit).round() as i8 } else { 0 };
                bytes[start + dim * GROUP] = byte;
                left_out += (number - f32::from(byte) * unit).powi(2);
            }
            // A little more than it is, so that rounding of the products never hides one.
            (units[item], errors[item]) = (unit, left_out.sqrt() + 1e-5 * 127.0 * unit);
        }
        Self { bytes, units, errors }
    }

    /// The `limit` largest products that are not 0 of items that are open, best first, ties by row.
    pub(super) fn best(
        &self,
        vectors: &Vectors,
        point: &[f32],
        limit: usize,
        is_open: &dyn Fn(Row) -> bool,
    ) -> Vec<(Row, f32)> {
        if limit == 0 {
            return Vec::new();
        }
        let (bounds, mut chunks) = self.bounds(vectors.dims, point);
        chunks.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut best = Best { limit, kept: Vec::new(), least: f32::NEG_INFINITY };
        for (bound, chunk) in chunks {
            if bound < best.least {
                break;
            }
            let start = chunk as usize * CHUNK;
            for (item, bound) in (start..vectors.len()).zip(&bounds[start..start + CHUNK]) {
                let row = Row(item as u32);
                if *bound >= best.least && is_open(row) {
                    best.offer(row, vectors.product(item, point));
                }
            }
        }
        best.sorted()
    }

    /// What the product of each item is at most, and the largest of each chunk.
    fn bounds(&self, dims: usize, point: &[f32]) -> (Vec<f32>, Vec<(f32, u32)>) {
        let mut bounds = vec![0.0f32; self.units.len()];
        let length = point.iter().map(|number| number * number).sum::<f32>().sqrt();
        let jobs = bounds.par_chunks_mut(JOB * CHUNK).enumerate();
        let chunks = jobs.flat_map_iter(|(job, bounds)| {
            let groups = (job * JOB * CHUNK, bounds.len());
            let range = groups.0..groups.0 + groups.1;
            let (units, errors) = (&self.units[range.clone()], &self.errors[range.clone()]);
            let bytes = &self.bytes[range.start * dims..range.end * dims];
            Arch::new().dispatch(Bounds { bytes, units, errors, point, length, out: bounds });
            let largest = |chunk: &[f32]| chunk.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let first = job * JOB;
            bounds.chunks(CHUNK).map(largest).zip(first as u32..).collect::<Vec<_>>()
        });
        let chunks = chunks.collect();
        (bounds, chunks)
    }
}

/// One job of [`Scan::bounds`].
struct Bounds<'a> {
    bytes: &'a [i8],
    units: &'a [f32],
    errors: &'a [f32],
    point: &'a [f32],
    length: f32,
    out: &'a mut [f32],
}

impl WithSimd for Bounds<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let groups = self.bytes.chunks_exact(GROUP * self.point.len());
        let facts = self.units.chunks_exact(GROUP).zip(self.errors.chunks_exact(GROUP));
        for ((bytes, (units, errors)), out) in groups.zip(facts).zip(self.out.chunks_exact_mut(GROUP)) {
            let mut sums = [0.0f32; GROUP];
            for (bytes, number) in bytes.chunks_exact(GROUP).zip(self.point) {
                for lane in 0..GROUP {
                    sums[lane] = f32::from(bytes[lane]).mul_add(*number, sums[lane]);
                }
            }
            for lane in 0..GROUP {
                out[lane] = sums[lane] * units[lane] + self.length * errors[lane];
            }
        }
    }
}

/// The best met so far.
struct Best {
    limit: usize,
    kept: Vec<(Row, f32)>,
    least: f32,
}

impl Best {
    fn offer(&mut self, row: Row, score: f32) {
        if score == 0.0 || score < self.least {
            return;
        }
        self.kept.push((row, score));
        if self.kept.len() >= 2 * self.limit {
            self.cut();
            self.least = self.kept.last().map_or(self.least, |(_, score)| *score);
        }
    }

    fn cut(&mut self) {
        self.kept.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        self.kept.truncate(self.limit);
    }

    fn sorted(mut self) -> Vec<(Row, f32)> {
        self.cut();
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_looking_at_all(
            numbers in prop::collection::vec(-9i8..9, 0..3_000),
            point in prop::collection::vec(-2.0f32..2.0, 3),
            limit in 0usize..20,
        ) {
            let numbers: Vec<f32> = numbers.iter().map(|number| f32::from(*number) * 0.37).collect();
            let vectors = Vectors { dims: 3, numbers: numbers[..numbers.len() / 3 * 3].to_vec() };
            let mut scores = vec![0.0; vectors.len()];
            vectors.multiply(&point, &mut scores);
            let is_open = |row: Row| row.0 % 7 != 3;
            let found = Scan::of(&vectors).best(&vectors, &point, limit, &is_open);
            prop_assert_eq!(found, crate::recommend::top(&scores, limit, &is_open));
        }
    }
}
