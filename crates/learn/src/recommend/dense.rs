use faer::linalg::matmul::matmul;
use faer::linalg::solvers::DenseSolveCore;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use rayon::prelude::*;

use super::Watcher;
use super::fit::{FitError, tell};

/// Columns eliminated at once: wide enough for products to run at full speed.
const BLOCK: usize = 256;
/// Rows that one task updates.
const ROWS: usize = 512;

/// A symmetric matrix in one square piece of memory, by rows.
#[derive(Clone, Debug)]
pub(super) struct Symmetric {
    size: usize,
    values: Vec<f32>,
}

impl Symmetric {
    /// A matrix whose lower triangle is written row by row, in parallel: `fill` gets a row's number and its places up to
    /// and with the diagonal, all 0. It is the training up to the part `to`.
    ///
    /// # Errors
    /// Where the watcher stops it.
    pub(super) fn from_lower(
        size: usize,
        watcher: &mut dyn Watcher,
        to: f64,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) -> Result<Self, FitError> {
        let mut values = vec![0.0; size * size];
        for (number, rows) in values.chunks_mut((ROWS * size).max(1)).enumerate() {
            let first = number * ROWS;
            let places = rows.par_chunks_mut(size).enumerate();
            places.for_each(|(row, places)| fill(first + row, &mut places[..=first + row]));
            tell(watcher, to * first as f64 / size as f64, None)?;
        }
        Ok(Self { size, values })
    }

    /// Bytes of a matrix of `size` while it is inverted.
    pub(super) fn memory(size: usize) -> u64 {
        let size = size as u64;
        4 * size * (size + 3 * BLOCK as u64)
    }

    /// Takes the inverse of a positive definite matrix, in place: the sweep operator (Goodnight 1979, "A tutorial on the
    /// SWEEP operator", The American Statistician 33) applied to blocks of columns. With the block `K` and the rest `R`,
    /// a step puts `-inv(A_KK)` for `A_KK`, `A_RK inv(A_KK)` for `A_RK` and `A_RR - A_RK inv(A_KK) A_KR` for `A_RR`; after
    /// all of them `-inv(A)` is left. Nearly all work is one matrix product a step, as many operations as Cholesky's way
    /// takes in all, and nothing of the size of the matrix is needed beside it.
    ///
    /// `from` and `to` are the parts of the whole training that this is.
    ///
    /// # Errors
    /// Where the matrix is not positive definite, or the watcher stops it.
    pub(super) fn invert(&mut self, watcher: &mut dyn Watcher, from: f64, to: f64) -> Result<(), FitError> {
        let mut start = 0;
        while start < self.size {
            let block = BLOCK.min(self.size - start);
            self.sweep(start, block)?;
            start += block;
            tell(watcher, from + (to - from) * start as f64 / self.size as f64, None)?;
        }
        self.values.par_iter_mut().for_each(|value| *value = -*value);
        self.mirror();
        Ok(())
    }

    /// Takes the values, by rows.
    pub(super) fn into_values(self) -> Vec<f32> {
        self.values
    }

    fn sweep(&mut self, start: usize, block: usize) -> Result<(), FitError> {
        let size = self.size;
        let panel = self.panel(start, block);
        let panel = MatRef::from_row_major_slice(&panel, size, block);
        let pivot = panel.subrows(start, block);
        let Ok(factor) = pivot.llt(Side::Lower) else {
            return Err(FitError::Diverged { what: "the matrix is not positive definite; regularise more".to_owned() });
        };
        let inverse: Mat<f32> = factor.inverse();
        let mut swept = vec![0.0f32; size * block];
        swept.par_chunks_mut(ROWS * block).enumerate().for_each(|(number, rows)| {
            let count = rows.len() / block;
            let into = MatMut::from_row_major_slice_mut(rows, count, block);
            let from = panel.subrows(number * ROWS, count);
            matmul(into, Accum::Replace, from, inverse.as_ref(), 1.0, Par::Seq);
        });
        self.values.par_chunks_mut(ROWS * size).enumerate().for_each(|(number, rows)| {
            let (first, count) = (number * ROWS, rows.len() / size);
            let columns = first + count;
            let left = MatRef::from_row_major_slice(&swept[first * block..columns * block], count, block);
            let right = panel.subrows(0, columns).transpose();
            let into = MatMut::from_row_major_slice_mut(rows, count, size).subcols_mut(0, columns);
            matmul(into, Accum::Add, left, right, -1.0, Par::Seq);
        });
        self.put(start, block, &swept, &inverse);
        Ok(())
    }

    /// The columns of a block, by rows, from the lower triangle.
    fn panel(&self, start: usize, block: usize) -> Vec<f32> {
        let mut panel = vec![0.0; self.size * block];
        panel.par_chunks_mut(block).enumerate().for_each(|(row, places)| {
            for (place, column) in places.iter_mut().zip(start..) {
                *place = self.values[row.max(column) * self.size + row.min(column)];
            }
        });
        panel
    }

    /// Writes the columns of a swept block into the lower triangle.
    fn put(&mut self, start: usize, block: usize, swept: &[f32], inverse: &Mat<f32>) {
        let size = self.size;
        self.values.par_chunks_mut(size).enumerate().skip(start).for_each(|(row, places)| {
            if row >= start + block {
                places[start..start + block].copy_from_slice(&swept[row * block..(row + 1) * block]);
                return;
            }
            let column = row - start;
            (0..start).for_each(|other| places[other] = swept[other * block + column]);
            (0..=column).for_each(|other| places[start + other] = -inverse[(column, other)]);
        });
    }

    /// Copies the lower triangle into the upper one, tile by tile.
    fn mirror(&mut self) {
        const TILE: usize = 64;
        let size = self.size;
        for above in (0..size).step_by(TILE) {
            for below in (above..size).step_by(TILE) {
                for row in above..(above + TILE).min(size) {
                    for column in below.max(row + 1)..(below + TILE).min(size) {
                        self.values[row * size + column] = self.values[column * size + row];
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Well conditioned, of a size that leaves odd blocks.
    fn example(size: usize) -> Symmetric {
        let fill = |row: usize, places: &mut [f32]| {
            for (column, place) in places.iter_mut().enumerate() {
                *place = ((row * 31 + column * 17) % 23) as f32 / 23.0 - 0.5;
            }
            places[row] = 0.6 * size as f32;
        };
        Symmetric::from_lower(size, &mut (), 0.5, fill).unwrap()
    }

    #[test]
    fn times_its_inverse_is_one() {
        for size in [1, 2, 100, BLOCK, 2 * BLOCK + 37, 2 * ROWS + 5] {
            let mut matrix = example(size);
            matrix.mirror();
            let before = matrix.clone().into_values();
            matrix.invert(&mut (), 0.0, 1.0).unwrap();
            let after = matrix.into_values();
            let (before, after) =
                (MatRef::from_row_major_slice(&before, size, size), MatRef::from_row_major_slice(&after, size, size));
            let product = before * after;
            let furthest = (0..size)
                .flat_map(|row| (0..size).map(move |column| (row, column)))
                .map(|(row, column)| (product[(row, column)] - f32::from(u8::from(row == column))).abs())
                .fold(0.0, f32::max);
            assert!(furthest < 1e-4, "size {size}: {furthest}");
        }
    }

    #[test]
    fn what_is_not_positive_definite_is_refused() {
        let mut matrix = Symmetric::from_lower(3, &mut (), 0.5, |_, places| places.fill(-1.0)).unwrap();
        assert!(matches!(matrix.invert(&mut (), 0.0, 1.0), Err(FitError::Diverged { .. })));
    }
}
