use neural::{Tensor, Weights};
use types::Rng;

use crate::{Error, Result};

/// Name of the head that shortens vectors.
pub const PROJECTION: &str = "shorten";
/// Rounds of the iteration; vectors of texts have spectra that fall fast, so that few are enough.
const ROUNDS: usize = 40;

/// The `dims` directions that keep most of the vectors' products: the leading eigenvectors of the sum of v·vᵀ, found by
/// iterating on a subspace (Halko, Martinsson and Tropp 2011, "Finding structure with randomness", section 4.4). The mean
/// is not taken out, since cosines are compared and not distances from a mean.
///
/// # Errors
/// Where there are fewer vectors than directions, or `dims` is not below their length.
pub fn principal_directions(vectors: &[Vec<f32>], dims: usize) -> Result<Tensor> {
    let width = vectors.first().map_or(0, Vec::len);
    if dims == 0 || dims >= width {
        let expected = "at least 1 and fewer than the encoder gives";
        return Err(Error::Option { field: "dims", got: format!("{dims} of {width}"), expected });
    }
    if vectors.len() < dims {
        let expected = "a corpus of at least as many texts as dimensions";
        return Err(Error::Option {
            field: "dims",
            got: format!("{} texts for {dims} dimensions", vectors.len()),
            expected,
        });
    }
    let moments = moments(vectors, width);
    let mut rng = Rng::new(1);
    let mut basis: Vec<Vec<f64>> = (0..dims).map(|_| (0..width).map(|_| rng.normal()).collect()).collect();
    for _ in 0..ROUNDS {
        orthonormalise(&mut basis);
        basis = basis.iter().map(|direction| times(&moments, direction)).collect();
    }
    orthonormalise(&mut basis);
    Ok(Tensor::matrix(dims, width, basis.concat().into_iter().map(|value| value as f32).collect()))
}

/// The network with these directions as the head [`PROJECTION`].
pub fn project(weights: &Weights, directions: Tensor) -> Weights {
    let mut weights = weights.clone();
    weights.tensors.insert(format!("head.{PROJECTION}.weight"), directions);
    weights
}

fn moments(vectors: &[Vec<f32>], width: usize) -> Vec<Vec<f64>> {
    let mut moments = vec![vec![0.0; width]; width];
    for vector in vectors {
        for (row, value) in moments.iter_mut().zip(vector) {
            row.iter_mut().zip(vector).for_each(|(sum, other)| *sum += f64::from(*value) * f64::from(*other));
        }
    }
    moments
}

fn times(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

/// Gram and Schmidt, twice, since once loses orthogonality where directions are close.
fn orthonormalise(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (done, rest) = basis.split_at_mut(at);
        let Some(direction) = rest.first_mut() else { return };
        for _ in 0..2 {
            for other in done.iter() {
                let share = dot(direction, other);
                direction.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
            }
        }
        let length = dot(direction, direction).sqrt().max(f64::MIN_POSITIVE);
        direction.iter_mut().for_each(|value| *value /= length);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directions_with_most_of_the_vectors_are_found() {
        let mut rng = Rng::new(3);
        // Large along two axes that are turned against the coordinates, small elsewhere.
        let axes = [[0.6, 0.8, 0.0, 0.0, 0.0], [0.0, 0.0, 0.6, 0.0, 0.8]];
        let vectors: Vec<Vec<f32>> = (0..200)
            .map(|_| {
                let (a, b) = (3.0 * rng.normal(), 2.0 * rng.normal());
                (0..5).map(|d| (a * axes[0][d] + b * axes[1][d] + 0.01 * rng.normal()) as f32).collect()
            })
            .collect();
        let directions = principal_directions(&vectors, 2).unwrap();
        for axis in axes {
            let held: f64 = (0..2)
                .map(|row| directions.row(row).iter().zip(axis).map(|(a, b)| f64::from(*a) * b).sum::<f64>().powi(2))
                .sum();
            assert!(held > 0.999, "{held}");
        }
        assert!(principal_directions(&vectors, 5).unwrap_err().to_string().contains("`dims` is 5 of 5"));
        assert!(principal_directions(&vectors[..1], 2).unwrap_err().to_string().contains("1 texts for 2"));
        assert!(principal_directions(&[], 2).is_err());
    }
}
