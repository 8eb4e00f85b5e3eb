//! The largest singular values of a sparse matrix.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use types::Rng;

use super::lanes::add_scaled;
use super::{FitError, Sparse};

/// Columns that are multiplied at once: a row of them is four of the widest vectors, and the product with the other side
/// of the matrix takes no more room than this many columns.
const PANEL: usize = 64;

/// Numbers of a basis up to which columns are made orthonormal in 64 bits: in 32 a column that is nearly another one may lose its
/// direction, which matters where there are few.
const EXACT: usize = 1 << 20;

/// Rows whose products with each other are formed at once.
const CHUNK: usize = 4_096;

/// The largest singular values of a matrix and the vectors on the side of its columns, by subspace iteration from a
/// random start (Halko, Martinsson and Tropp 2011, "Finding structure with randomness", SIAM Review 53, algorithms 4.4
/// and 5.1). The same seed and number of threads give the same bits.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct TruncatedSvd {
    /// Singular values, the largest first; at most as many as asked for, fewer where the matrix has a lower rank.
    pub(super) values: Vec<f32>,
    /// One row for each column of the matrix, a place for each singular value; columns are orthonormal.
    pub(super) right: Vec<f32>,
}

/// How exact a [`TruncatedSvd`] is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct SvdConfig {
    /// Singular values wanted.
    pub(super) rank: usize,
    /// Times the matrix and its transpose are applied: 4 is plenty for recommendations, more for slowly falling values.
    pub(super) rounds: usize,
    /// Makes the start repeatable.
    pub(super) seed: u64,
}

impl SvdConfig {
    /// Directions that are followed: some more than wanted, as the last ones of any number settle slowly.
    fn width(&self, matrix: &Sparse) -> usize {
        let spare = (self.rank / 8).max(10);
        (self.rank + spare).min(matrix.columns()).min(matrix.rows())
    }

    /// The most bytes it takes beyond the matrix.
    pub(super) fn memory(&self, rows: usize, columns: usize, entries: usize) -> u64 {
        let width = self.rank + (self.rank / 8).max(10);
        let transposed = 8 * entries + 8 * columns;
        let panel = PANEL.min(width);
        (transposed + 4 * rows * panel + 4 * columns * (4 * width + panel) + 40 * width * width + 12 * CHUNK * width)
            as u64
    }
}

impl TruncatedSvd {
    /// Finds them; `tell` hears how much of it is done, 0 to 1, and may stop it.
    ///
    /// # Errors
    /// What `tell` says; [`FitError::Diverged`] where a value of the matrix is not finite.
    pub(super) fn of(
        matrix: &Sparse,
        config: SvdConfig,
        tell: &mut dyn FnMut(f64) -> Result<(), FitError>,
    ) -> Result<Self, FitError> {
        let width = config.width(matrix);
        if width == 0 || config.rank == 0 {
            return Ok(Self::default());
        }
        let transposed = matrix.transpose();
        let mut rng = Rng::new(config.seed);
        let mut basis = Basis { rows: matrix.columns(), width, numbers: Vec::new() };
        basis.numbers = (0..basis.rows * width).map(|_| rng.normal() as f32).collect();
        basis.make_orthonormal()?;
        let rounds = config.rounds.max(1);
        for round in 0..rounds {
            let mut next = vec![0.0; basis.numbers.len()];
            for start in (0..width).step_by(PANEL) {
                let panel = start..width.min(start + PANEL);
                let image = multiply(matrix, 0..matrix.rows(), &basis.numbers, width, panel.clone());
                let back = multiply(&transposed, 0..transposed.rows(), &image, panel.len(), 0..panel.len());
                for (row, back) in next.chunks_exact_mut(width).zip(back.chunks_exact(panel.len())) {
                    row[panel.clone()].copy_from_slice(back);
                }
                tell((round as f64 + panel.end as f64 / width as f64) / (rounds + 1) as f64)?;
            }
            basis.numbers = next;
            basis.make_orthonormal()?;
        }
        basis.rotated(matrix, config.rank)
    }
}

/// Orthonormal columns, kept row after row.
struct Basis {
    rows: usize,
    width: usize,
    numbers: Vec<f32>,
}

impl Basis {
    fn matrix(&self) -> MatRef<'_, f32> {
        MatRef::from_row_major_slice(&self.numbers, self.rows, self.width)
    }

    /// Turns the columns into orthonormal ones of the same span, by reflections (Householder): products of the columns with
    /// each other would square how far they differ in size, and lose the smallest.
    fn make_orthonormal(&mut self) -> Result<(), FitError> {
        if !self.numbers.iter().all(|number| number.is_finite()) {
            return Err(diverged());
        }
        if self.numbers.len() <= EXACT {
            let wide = Mat::from_fn(self.rows, self.width, |row, column| f64::from(self.matrix()[(row, column)]));
            let thin = wide.qr().compute_thin_Q();
            self.fill(|row, column| thin[(row, column)] as f32);
        } else {
            let thin = self.matrix().to_owned().qr().compute_thin_Q();
            self.fill(|row, column| thin[(row, column)]);
        }
        Ok(())
    }

    fn fill(&mut self, number: impl Fn(usize, usize) -> f32) {
        for (row, numbers) in self.numbers.chunks_exact_mut(self.width).enumerate() {
            numbers.iter_mut().enumerate().for_each(|(column, place)| *place = number(row, column));
        }
    }

    fn turn(&mut self, turn: &Mat<f32>) {
        let mut turned = vec![0.0; self.rows * turn.ncols()];
        let place = MatMut::from_row_major_slice_mut(&mut turned, self.rows, turn.ncols());
        matmul(place, Accum::Replace, self.matrix(), turn, 1.0, parallel());
        (self.width, self.numbers) = (turn.ncols(), turned);
    }

    /// Turns the columns into singular vectors (Rayleigh and Ritz), the largest first.
    fn rotated(mut self, matrix: &Sparse, rank: usize) -> Result<TruncatedSvd, FitError> {
        let mut products = Mat::<f64>::zeros(self.width, self.width);
        for start in (0..matrix.rows()).step_by(CHUNK) {
            let rows = start..matrix.rows().min(start + CHUNK);
            let image = multiply(matrix, rows.clone(), &self.numbers, self.width, 0..self.width);
            add_products(&mut products, &image, self.width);
        }
        let (values, vectors) = eigen(&products)?;
        // Smaller values are rounding of the largest ones.
        let floor = 1e-10 * values.last().copied().unwrap_or_default();
        let kept = values.iter().rev().take(rank).take_while(|value| **value > floor && **value > 0.0).count();
        let from_end = |place: usize| self.width - 1 - place;
        let turn = Mat::from_fn(self.width, kept, |row, column| vectors[(row, from_end(column))] as f32);
        let largest = (0..kept).map(|place| values[from_end(place)].sqrt() as f32).collect();
        self.turn(&turn);
        Ok(TruncatedSvd { values: largest, right: self.numbers })
    }
}

fn diverged() -> FitError {
    FitError::Diverged { what: "a singular value is not a finite number".to_owned() }
}

/// As many threads as the pool has that it is called in.
fn parallel() -> Par {
    Par::rayon(0)
}

/// Adds the products of the columns of some rows with each other: in 64 bits, for the smallest directions are as small as
/// the rounding of the largest ones' squares.
fn add_products(products: &mut Mat<f64>, rows: &[f32], width: usize) {
    let wide: Vec<f64> = rows.iter().copied().map(f64::from).collect();
    let wide = MatRef::from_row_major_slice(&wide, rows.len() / width, width);
    matmul(products, Accum::Add, wide.transpose(), wide, 1.0, parallel());
}

/// Eigenvalues of a symmetric matrix, the largest last, and their vectors in columns.
fn eigen(symmetric: &Mat<f64>) -> Result<(Vec<f64>, Mat<f64>), FitError> {
    if !(0..symmetric.nrows()).all(|place| symmetric[(place, place)].is_finite()) {
        return Err(diverged());
    }
    let found = symmetric.self_adjoint_eigen(Side::Lower).map_err(|_| diverged())?;
    let values = found.S().column_vector().iter().copied().collect();
    Ok((values, found.U().to_owned()))
}

/// Some rows of the product of a sparse matrix with some columns of a dense one whose rows of `stride` numbers follow one
/// another; the result has its rows one after another.
fn multiply(matrix: &Sparse, rows: Range<usize>, dense: &[f32], stride: usize, columns: Range<usize>) -> Vec<f32> {
    /// Rows of one job.
    const JOB: usize = 256;
    let width = columns.len();
    let mut product = vec![0.0; rows.len() * width];
    let jobs = product.par_chunks_mut(JOB * width).enumerate();
    jobs.for_each(|(job, out)| {
        let first = rows.start + job * JOB;
        Arch::new().dispatch(Rows { matrix, first, dense, stride, columns: columns.clone(), out });
    });
    product
}

/// One job of [`multiply`].
struct Rows<'a> {
    matrix: &'a Sparse,
    first: usize,
    dense: &'a [f32],
    stride: usize,
    columns: Range<usize>,
    out: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (row, out) in (self.first..).zip(self.out.chunks_exact_mut(self.columns.len())) {
            let (places, values) = self.matrix.row(row);
            for (place, value) in places.iter().zip(values) {
                let start = *place as usize * self.stride;
                add_scaled(simd, *value, &self.dense[start + self.columns.start..start + self.columns.end], out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop, prop_assert, proptest};

    use super::*;

    fn found(matrix: &Sparse, rank: usize) -> TruncatedSvd {
        let config = SvdConfig { rank, rounds: 12, seed: 1 };
        TruncatedSvd::of(matrix, config, &mut |_| Ok(())).unwrap()
    }

    fn dense(matrix: &Sparse) -> Mat<f64> {
        let mut dense = Mat::zeros(matrix.rows(), matrix.columns());
        for (row, (columns, values)) in matrix.iter().enumerate() {
            columns.iter().zip(values).for_each(|(column, value)| dense[(row, *column as usize)] = f64::from(*value));
        }
        dense
    }

    proptest! {
        #[test]
        fn as_the_dense_decomposition(
            rows in prop::collection::vec(prop::collection::vec((0u32..12, -3.0f32..3.0), 0..6), 1..30),
            rank in 1usize..15,
        ) {
            let matrix = Sparse::from_rows(12, rows);
            let found = found(&matrix, rank);
            let exact = dense(&matrix).svd().unwrap();
            let exact: Vec<f64> = exact.S().column_vector().iter().copied().collect();
            let largest = exact.first().copied().unwrap_or_default();
            for (place, value) in exact.iter().enumerate().take(rank) {
                let found = found.values.get(place).copied().unwrap_or_default();
                prop_assert!((f64::from(found) - value).abs() <= 2e-3 * largest, "{place}: {found} {value}");
            }
            let rank = found.values.len();
            for one in 0..rank {
                for two in 0..rank {
                    let product: f32 = (0..12).map(|row| found.right[row * rank + one] * found.right[row * rank + two]).sum();
                    prop_assert!((product - f32::from(u8::from(one == two))).abs() < 1e-3, "{one} {two} {product}");
                }
            }
        }
    }

    #[test]
    fn small_values_are_not_lost_beside_large_ones() {
        let matrix = Sparse::from_rows(12, vec![vec![(2, -2.9129617)], vec![(5, 0.0072062993)]]);
        let found = found(&matrix, 2);
        assert!(found.values.len() == 2 && (found.values[1] - 0.0072062993).abs() < 1e-6, "{:?}", found.values);
    }

    #[test]
    fn wide_matrices_go_through_several_panels() {
        let mut rng = Rng::new(3);
        let rows = (0..400).map(|row| (0..12).map(|_| (rng.below(300) as u32, 1.0 + (row % 3) as f32)).collect());
        let matrix = Sparse::from_rows(300, rows.collect::<Vec<_>>());
        let found = found(&matrix, 100);
        let exact = dense(&matrix).svd().unwrap();
        for (value, exact) in found.values.iter().zip(exact.S().column_vector().iter()).take(60) {
            assert!((f64::from(*value) - exact).abs() < 1e-2 * exact, "{value} {exact}");
        }
        assert_eq!((found.values.len(), found.right.len()), (100, 300 * 100));
    }

    #[test]
    fn nothing_gives_nothing_and_no_number_is_told() {
        assert_eq!(found(&Sparse::from_rows(5, []), 3), TruncatedSvd::default());
        assert_eq!(found(&Sparse::from_rows(5, [vec![]]), 3).values, []);
        let matrix = Sparse::from_rows(2, [vec![(0, f32::NAN), (1, 1.0)]]);
        let config = SvdConfig { rank: 1, rounds: 1, seed: 1 };
        assert!(matches!(TruncatedSvd::of(&matrix, config, &mut |_| Ok(())), Err(FitError::Diverged { .. })));
        let stop = &mut |_| Err(FitError::Cancelled);
        let matrix = Sparse::from_rows(2, [vec![(1, 1.0)]]);
        assert_eq!(TruncatedSvd::of(&matrix, config, stop), Err(FitError::Cancelled));
    }
}
