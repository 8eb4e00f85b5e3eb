use std::collections::BTreeSet;

use neural::Weights;

use crate::{Error, Result};

/// The layers to leave out so that every second one stays, the last among them: it gives what heads and pooling stand on.
pub fn every_second(layers: usize) -> Vec<usize> {
    (0..layers).filter(|layer| (layers - 1 - layer) % 2 == 1).collect()
}

/// The network without these layers, counted from 0; the others keep their order.
///
/// # Errors
/// Where there is no such layer, or none would be left.
pub fn drop_layers(weights: &Weights, dropped: &[usize]) -> Result<Weights> {
    let layers = weights.config.num_hidden_layers;
    let dropped: BTreeSet<usize> = dropped.iter().copied().collect();
    if let Some(got) = dropped.iter().find(|layer| **layer >= layers) {
        let (field, expected) = ("drop-layers", "numbers of layers, from 0 and below their count");
        return Err(Error::Option { field, got: format!("{got} of {layers} layers"), expected });
    }
    if dropped.len() == layers {
        let (field, expected) = ("drop-layers", "at least one layer to stay");
        return Err(Error::Option { field, got: "all layers".to_owned(), expected });
    }
    let kept: Vec<usize> = (0..layers).filter(|layer| !dropped.contains(layer)).collect();
    let mut smaller = weights.clone();
    smaller.config.num_hidden_layers = kept.len();
    smaller.tensors.retain(|name, _| !name.starts_with("encoder.layer."));
    for (new, old) in kept.iter().enumerate() {
        let prefix = format!("encoder.layer.{old}.");
        for (name, tensor) in weights.tensors.range(prefix.clone()..) {
            let Some(part) = name.strip_prefix(&prefix) else { break };
            smaller.tensors.insert(format!("encoder.layer.{new}.{part}"), tensor.clone());
        }
    }
    Ok(smaller)
}

#[cfg(test)]
mod tests {
    use super::super::tests::small;
    use super::*;

    #[test]
    fn layers_that_stay_keep_their_numbers_and_order() {
        let weights = small();
        assert_eq!((every_second(12), every_second(3)), (vec![0, 2, 4, 6, 8, 10], vec![1]));
        let smaller = drop_layers(&weights, &every_second(4)).unwrap();
        smaller.check().unwrap();
        for (new, old) in [(0, 1), (1, 3)] {
            let name = |layer: usize| format!("encoder.layer.{layer}.output.dense.weight");
            assert_eq!(smaller.tensors[&name(new)], weights.tensors[&name(old)]);
        }
        assert!(drop_layers(&weights, &[4]).unwrap_err().to_string().contains("4 of 4 layers"));
        assert!(drop_layers(&weights, &[0, 1, 2, 3]).unwrap_err().to_string().contains("at least one layer"));
    }
}
