//! Products of matrices, by the crate `gemm`.
#![allow(unsafe_code, reason = "gemm takes pointers; the lengths are checked right before")]

use gemm::Parallelism;

/// A matrix in a slice: row `r`, column `c` at `r * row_step + c * column_step`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> Matrix<'a> {
    /// Rows one after the other.
    pub(super) fn new(numbers: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::within(numbers, rows, columns, columns)
    }

    /// Rows that begin `row_step` numbers apart.
    pub(super) fn within(numbers: &'a [f32], rows: usize, columns: usize, row_step: usize) -> Self {
        assert!(numbers.len() >= span(rows, columns, row_step), "matrix beyond its slice");
        Self { numbers, rows, columns, row_step, column_step: 1 }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Rows as columns, without a copy.
    pub(super) fn transposed(self) -> Self {
        Self {
            numbers: self.numbers,
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
        }
    }
}

/// How many threads one product may use.
#[derive(Clone, Copy)]
pub(super) enum Threads {
    /// The caller's: it runs many products side by side.
    One,
    /// All of the pool's.
    All,
}

/// `out` = `scale` · `a` · `b`, with rows of `out` that begin `row_step` numbers apart.
pub(super) fn product(out: &mut [f32], row_step: usize, scale: f32, a: Matrix<'_>, b: Matrix<'_>, threads: Threads) {
    assert_eq!(a.columns, b.rows, "a product of matrices that do not fit");
    assert!(out.len() >= span(a.rows, b.columns, row_step), "a product beyond its slice");
    let parallelism = match threads {
        Threads::One => Parallelism::None,
        Threads::All => Parallelism::Rayon(0),
    };
    // SAFETY: `Matrix` holds only what lies within its slice, `out` was checked above, and `out` is not shared.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            row_step as isize,
            false,
            a.numbers.as_ptr(),
            a.column_step as isize,
            a.row_step as isize,
            b.numbers.as_ptr(),
            b.column_step as isize,
            b.row_step as isize,
            0.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Numbers from the first to the last one of a matrix.
fn span(rows: usize, columns: usize, row_step: usize) -> usize {
    match rows.checked_sub(1) {
        Some(before) if columns > 0 => before * row_step + columns,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum_over_the_inner_dimension() {
        let a: Vec<f32> = (0..7 * 9).map(|at| (at * 37 % 17) as f32 - 8.0).collect();
        let b: Vec<f32> = (0..5 * 9).map(|at| (at * 53 % 13) as f32 - 6.0).collect();
        let mut out = vec![-1.0; 7 * 6];
        product(&mut out, 6, 0.5, Matrix::within(&a, 7, 4, 9), Matrix::within(&b, 5, 4, 9).transposed(), Threads::One);
        for row in 0..7 {
            for column in 0..5 {
                let expected: f32 = (0..4).map(|at| a[row * 9 + at] * b[column * 9 + at]).sum();
                assert_eq!(out[row * 6 + column], 0.5 * expected);
            }
            assert_eq!(out[row * 6 + 5], -1.0, "what lies between rows is left alone");
        }
    }

    #[test]
    #[should_panic(expected = "matrix beyond its slice")]
    fn a_matrix_beyond_its_slice_is_refused() {
        Matrix::within(&[0.0; 10], 3, 4, 4);
    }
}
