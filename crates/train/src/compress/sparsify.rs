use neural::{Tensor, Weights};

use crate::{Error, Result};

/// How many numbers of the layers' matrices are zero.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sparsity {
    /// Matrix by matrix: its name, its numbers, and how many of them are zero.
    pub matrices: Vec<(String, usize, usize)>,
}

impl Sparsity {
    /// What a network has.
    pub fn of(weights: &Weights) -> Self {
        let matrices = weights.tensors.iter().filter(|(name, tensor)| is_matrix(name, tensor));
        let zeros = |tensor: &Tensor| tensor.data.iter().filter(|value| **value == 0.0).count();
        Self { matrices: matrices.map(|(name, tensor)| (name.clone(), tensor.data.len(), zeros(tensor))).collect() }
    }

    /// Share of zeros in all matrices together.
    pub fn share(&self) -> f64 {
        let (numbers, zeros) =
            self.matrices.iter().fold((0, 0), |sum, (_, numbers, zeros)| (sum.0 + numbers, sum.1 + zeros));
        zeros as f64 / numbers.max(1) as f64
    }
}

/// The network with this share of each layer matrix's numbers set to zero, the smallest of each output first: one output
/// losing all it reads would be worse than each losing a little (Sun et al. 2023, arXiv:2306.11695, compare per output).
/// Products are no faster for it and files no smaller: it shows how much of a network could be left out.
///
/// # Errors
/// Where the share is not between 0 and 1.
pub fn sparsify(weights: &Weights, share: f64) -> Result<Weights> {
    if !(0.0..1.0).contains(&share) {
        let expected = "at least 0 and below 1";
        return Err(Error::Option { field: "sparsify", got: share.to_string(), expected });
    }
    let mut sparse = weights.clone();
    for (name, tensor) in &mut sparse.tensors {
        if is_matrix(name, tensor) {
            let width = tensor.width();
            let zeros = (width as f64 * share).round() as usize;
            tensor.data.chunks_exact_mut(width).for_each(|row| zero_smallest(row, zeros));
        }
    }
    Ok(sparse)
}

/// Products are by the matrices of the layers; tables are only looked up in.
fn is_matrix(name: &str, tensor: &Tensor) -> bool {
    name.starts_with("encoder.layer.") && tensor.dims.len() == 2
}

fn zero_smallest(row: &mut [f32], count: usize) {
    let mut places: Vec<usize> = (0..row.len()).collect();
    places.sort_by(|a, b| row[*a].abs().total_cmp(&row[*b].abs()));
    places.iter().take(count).for_each(|place| row[*place] = 0.0);
}

#[cfg(test)]
mod tests {
    use super::super::tests::small;
    use super::*;

    #[test]
    fn the_smallest_numbers_of_each_output_become_zero() {
        let weights = small();
        let sparse = sparsify(&weights, 0.5).unwrap();
        let found = Sparsity::of(&sparse);
        assert!((found.share() - 0.5).abs() < 1e-9 && Sparsity::of(&weights).share() == 0.0);
        assert_eq!(found.matrices.len(), 4 * 6);
        let name = "encoder.layer.2.output.dense.weight";
        let (before, after) = (weights.tensors[name].row(3), sparse.tensors[name].row(3));
        let least_kept = after.iter().filter(|value| **value != 0.0).map(|value| value.abs()).fold(f32::MAX, f32::min);
        let gone = before.iter().zip(after).filter(|(_, after)| **after == 0.0);
        assert!(gone.map(|(before, _)| before.abs()).fold(0.0, f32::max) <= least_kept);
        assert_eq!(
            sparse.tensors["embeddings.word_embeddings.weight"],
            weights.tensors["embeddings.word_embeddings.weight"]
        );
        assert!(sparsify(&weights, 1.0).is_err());
    }
}
