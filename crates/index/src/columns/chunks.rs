use std::sync::Arc;

use types::Row;

/// Values per chunk; a multiple of 64, so that a chunk covers whole words of a [`crate::RowSet`].
pub(crate) const CHUNK: usize = 1024;

/// A column: one value a row, in chunks that clones share until written to. Larger chunks than [`types::Rows`] has,
/// because columns are mostly scanned.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<T> {
    chunks: Vec<Arc<[T]>>,
    missing: T,
}

impl Default for Chunks<u64> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T: Copy + PartialEq> Chunks<T> {
    /// A column where every row has `missing` until set.
    pub(crate) fn new(missing: T) -> Self {
        Self { chunks: Vec::new(), missing }
    }

    #[inline]
    pub(crate) fn get(&self, row: Row) -> T {
        self.chunks.get(row.index() / CHUNK).map_or(self.missing, |chunk| chunk[row.index() % CHUNK])
    }

    pub(crate) fn set(&mut self, row: Row, value: T) {
        let at = row.index() / CHUNK;
        while self.chunks.len() <= at {
            self.chunks.push(Arc::from(vec![self.missing; CHUNK]));
        }
        Arc::make_mut(&mut self.chunks[at])[row.index() % CHUNK] = value;
    }

    /// Calls `visit` with the chunks in order of rows; the first row of the nth is `n * CHUNK`.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[T]> {
        self.chunks.iter().map(|chunk| &**chunk)
    }

    /// Rows in chunks.
    pub(crate) fn len(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// A column with these values from row 0 on.
    pub(crate) fn from_values(missing: T, values: impl Iterator<Item = T>) -> Self {
        let mut column = Self::new(missing);
        let mut chunk = Vec::with_capacity(CHUNK);
        for value in values {
            chunk.push(value);
            if chunk.len() == CHUNK {
                column.chunks.push(Arc::from(chunk.as_slice()));
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            chunk.resize(CHUNK, missing);
            column.chunks.push(Arc::from(chunk));
        }
        column
    }

    /// The values of `0..rows`, for writing to disk.
    pub(crate) fn values(&self, rows: usize) -> impl Iterator<Item = T> {
        (0..rows as u32).map(|row| self.get(Row(row)))
    }
}
