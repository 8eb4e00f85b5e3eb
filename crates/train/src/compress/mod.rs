//! Making networks smaller without training: whole layers, attention heads, feed-forward units and single numbers are
//! left out, vectors are shortened. Each is a function from weights to weights; chains of them, and what they cost, are the
//! command line's `models compress`. What is lost comes back, in part, by distillation ([`crate::distil`]).

mod dims;
mod layers;
mod prune;
mod sparsify;

pub use dims::{PROJECTION, principal_directions, project};
pub use layers::{drop_layers, every_second};
pub use prune::{prune_heads, prune_units};
pub use sparsify::{Sparsity, sparsify};

use neural::{Tensor, Weights, WeightsFault};

/// The named tensor of a layer.
fn part<'a>(weights: &'a Weights, layer: usize, part: &str) -> Result<&'a Tensor, WeightsFault> {
    weights.tensor(&format!("encoder.layer.{layer}.{part}"))
}

/// Only these rows of a table, or these numbers of a list.
fn rows(tensor: &Tensor, kept: &[usize]) -> Tensor {
    let mut dims = tensor.dims.clone();
    if let Some(rows) = dims.first_mut() {
        *rows = kept.len();
    }
    Tensor { dims, data: kept.iter().flat_map(|row| tensor.row(*row)).copied().collect() }
}

/// Only these columns of a table.
fn columns(tensor: &Tensor, kept: &[usize]) -> Tensor {
    let row = |row: usize| kept.iter().map(move |column| tensor.row(row)[*column]);
    Tensor::matrix(tensor.rows(), kept.len(), (0..tensor.rows()).flat_map(row).collect())
}

/// A network's output before and after, for tests: what rten makes of some pieces.
#[cfg(test)]
mod tests {
    use neural::BertConfig;
    use types::Rng;

    use super::*;

    /// Two layers of width 16 with four heads.
    pub(super) fn small() -> Weights {
        let config = BertConfig {
            vocab_size: 20,
            hidden_size: 16,
            num_hidden_layers: 4,
            num_attention_heads: 4,
            intermediate_size: 24,
            max_position_embeddings: 12,
            type_vocab_size: 1,
            layer_norm_eps: 1e-12,
            model_type: "bert".to_owned(),
            pad_token_id: 0,
            head_size: None,
        };
        let mut rng = Rng::new(11);
        let mut fill = |(name, dims): (String, Vec<usize>)| {
            let data = (0..dims.iter().product()).map(|_| rng.normal() as f32).collect();
            (name, Tensor { dims, data })
        };
        Weights { tensors: config.shapes().into_iter().map(&mut fill).collect(), config }
    }

    #[test]
    fn what_is_left_is_a_sound_network() {
        let weights = small();
        let chain = prune_units(&prune_heads(&drop_layers(&weights, &[0, 2]).unwrap(), 1).unwrap(), 0.4).unwrap();
        chain.check().unwrap();
        assert_eq!((chain.config.num_hidden_layers, chain.config.num_attention_heads), (2, 3));
        assert_eq!((chain.config.head_width(), chain.config.intermediate_size), (4, 16));
        assert!(chain.parameters() < weights.parameters());
    }
}
