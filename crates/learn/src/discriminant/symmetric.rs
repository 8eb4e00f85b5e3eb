/// The Cholesky factor L of a symmetric positive matrix, `L L' = S`.
pub(super) struct Triangle {
    size: usize,
    rows: Vec<f64>,
}

impl Triangle {
    /// Factors the matrix whose lower triangle is given, row by row.
    pub(super) fn factor(mut rows: Vec<f64>, size: usize) -> Self {
        for row in 0..size {
            for column in 0..=row {
                let (upper, lower) = rows.split_at_mut(row * size);
                let other =
                    if column == row { &lower[..column] } else { &upper[column * size..column * size + column] };
                let product: f64 = lower[..column].iter().zip(other).map(|(a, b)| a * b).sum();
                let left = lower[column] - product;
                lower[column] = if column == row {
                    // Rounding may take a tiny one below 0.
                    left.max(1e-15).sqrt()
                } else {
                    left / upper[column * size + column]
                };
            }
        }
        Self { size, rows }
    }

    /// `L^-1 x`.
    pub(super) fn solve(&self, mut x: Vec<f64>) -> Vec<f64> {
        for row in 0..self.size {
            let line = &self.rows[row * self.size..=row * self.size + row];
            let known: f64 = line[..row].iter().zip(&x).map(|(a, b)| a * b).sum();
            x[row] = (x[row] - known) / line[row];
        }
        x
    }

    /// `L'^-1 x`.
    pub(super) fn solve_transposed(&self, mut x: Vec<f64>) -> Vec<f64> {
        for row in (0..self.size).rev() {
            let line = &self.rows[row * self.size..=row * self.size + row];
            let value = x[row] / line[row];
            x[row] = value;
            x[..row].iter_mut().zip(line).for_each(|(x, factor)| *x -= factor * value);
        }
        x
    }
}

/// Eigenvalues of a small symmetric matrix with their vectors of length 1, by Jacobi's rotations (Golub and Van Loan 2013,
/// "Matrix computations", section 8.5).
pub(super) fn eigen(mut matrix: Vec<f64>, size: usize) -> Vec<(f64, Vec<f64>)> {
    let mut vectors = vec![vec![0.0; size]; size];
    (0..size).for_each(|at| vectors[at][at] = 1.0);
    for _ in 0..30 {
        let diagonal: f64 = (0..size).map(|at| matrix[at * size + at].powi(2)).sum();
        let all: f64 = matrix.iter().map(|value| value * value).sum();
        if all - diagonal <= 1e-20 * all {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut matrix, &mut vectors, size, p, q);
            }
        }
    }
    vectors.into_iter().enumerate().map(|(at, vector)| (matrix[at * size + at], vector)).collect()
}

/// Turns coordinates p and q so that the matrix has 0 where they meet. Row p of `vectors` is the p-th eigenvector to be.
fn rotate(matrix: &mut [f64], vectors: &mut [Vec<f64>], size: usize, p: usize, q: usize) {
    let meet = matrix[p * size + q];
    if meet == 0.0 {
        return;
    }
    let ratio = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * meet);
    let tangent = ratio.signum() / (ratio.abs() + (1.0 + ratio * ratio).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = tangent * cosine;
    for at in 0..size {
        let (one, other) = (matrix[at * size + p], matrix[at * size + q]);
        matrix[at * size + p] = cosine * one - sine * other;
        matrix[at * size + q] = sine * one + cosine * other;
    }
    for at in 0..size {
        let (one, other) = (matrix[p * size + at], matrix[q * size + at]);
        matrix[p * size + at] = cosine * one - sine * other;
        matrix[q * size + at] = sine * one + cosine * other;
        let (one, other) = (vectors[p][at], vectors[q][at]);
        vectors[p][at] = cosine * one - sine * other;
        vectors[q][at] = sine * one + cosine * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Rng;

    #[test]
    fn factors_solve_and_eigenvectors_stay_on_their_lines() {
        let (mut rng, size) = (Rng::new(8), 7);
        let random: Vec<f64> = (0..size * size).map(|_| rng.normal()).collect();
        let product = |row: usize, column: usize| -> f64 {
            (0..size).map(|at| random[row * size + at] * random[column * size + at]).sum()
        };
        let matrix: Vec<f64> = (0..size * size).map(|at| product(at / size, at % size)).collect();
        let times = |x: &[f64]| -> Vec<f64> {
            matrix.chunks(size).map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect()
        };
        let x: Vec<f64> = (0..size).map(|_| rng.normal()).collect();
        let factor = Triangle::factor(matrix.clone(), size);
        let back = factor.solve_transposed(factor.solve(times(&x)));
        back.iter().zip(&x).for_each(|(back, x)| assert!((back - x).abs() < 1e-6, "{back} {x}"));
        for (value, vector) in eigen(matrix.clone(), size) {
            let turned = times(&vector);
            turned.iter().zip(&vector).for_each(|(turned, x)| assert!((turned - value * x).abs() < 1e-8));
        }
    }
}
