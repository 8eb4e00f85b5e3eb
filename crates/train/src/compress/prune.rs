//! Structured pruning by magnitude: what contributes least by the size of its weights is taken out whole, so that the
//! network is really smaller and needs no special kernels (Michel, Levy and Neubig 2019, arXiv:1905.10650, on how many heads
//! are needed at all; Li et al. 2017, arXiv:1608.08710, on magnitude).

use neural::{Tensor, Weights};

use super::{columns, part, rows};
use crate::{Error, Result};

/// Widths stay multiples of this, which is what fast kernels and 4-bit blocks want.
const STEP: usize = 16;

/// The network with `count` heads fewer in every layer: those whose value and output matrices have the least product of
/// norms.
///
/// # Errors
/// Where none would be left.
pub fn prune_heads(weights: &Weights, count: usize) -> Result<Weights> {
    let (heads, width) = (weights.config.num_attention_heads, weights.config.head_width());
    if count >= heads {
        let expected = "fewer than a layer has";
        return Err(Error::Option { field: "prune-heads", got: format!("{count} of {heads} heads"), expected });
    }
    let mut smaller = weights.clone();
    for layer in 0..weights.config.num_hidden_layers {
        let get = |name: &str| part(weights, layer, name).map_err(neural::Error::from);
        let (value, output) = (get("attention.self.value.weight")?, get("attention.output.dense.weight")?);
        let importance = |head: &usize| {
            let places: Vec<usize> = (head * width..(head + 1) * width).collect();
            norm(&rows(value, &places)) * norm(&columns(output, &places))
        };
        let kept = strongest(&(0..heads).map(|head| importance(&head)).collect::<Vec<_>>(), heads - count);
        let places: Vec<usize> = kept.iter().flat_map(|head| head * width..(head + 1) * width).collect();
        let mut put =
            |name: &str, tensor: Tensor| smaller.tensors.insert(format!("encoder.layer.{layer}.{name}"), tensor);
        for side in ["query", "key", "value"] {
            for kind in ["weight", "bias"] {
                let name = format!("attention.self.{side}.{kind}");
                put(&name, rows(get(&name)?, &places));
            }
        }
        put("attention.output.dense.weight", columns(output, &places));
    }
    (smaller.config.num_attention_heads, smaller.config.head_size) = (heads - count, Some(width));
    Ok(smaller)
}

/// The network with about this share of its feed-forward units left out, the same number in every layer: those with the
/// least product of the norms of what they read and what they write. Their count stays a multiple of 16 where it was one.
///
/// # Errors
/// Where the share is not between 0 and 1, or no unit would be left.
pub fn prune_units(weights: &Weights, share: f64) -> Result<Weights> {
    let units = weights.config.intermediate_size;
    let step = if units.is_multiple_of(STEP) { STEP } else { 8.min(units) };
    let kept = (units as f64 * (1.0 - share) / step as f64).round() as usize * step;
    if !(0.0..1.0).contains(&share) || kept == 0 {
        let expected = "at least 0 and so far below 1 that units are left";
        return Err(Error::Option { field: "prune-ffn", got: share.to_string(), expected });
    }
    let mut smaller = weights.clone();
    for layer in 0..weights.config.num_hidden_layers {
        let get = |name: &str| part(weights, layer, name).map_err(neural::Error::from);
        let (up, bias) = (get("intermediate.dense.weight")?, get("intermediate.dense.bias")?);
        let down = get("output.dense.weight")?;
        let importance = |unit: usize| length(up.row(unit)) * norm(&columns(down, &[unit]));
        let kept = strongest(&(0..units).map(importance).collect::<Vec<_>>(), kept.min(units));
        let mut put =
            |name: &str, tensor: Tensor| smaller.tensors.insert(format!("encoder.layer.{layer}.{name}"), tensor);
        put("intermediate.dense.weight", rows(up, &kept));
        put("intermediate.dense.bias", rows(bias, &kept));
        put("output.dense.weight", columns(down, &kept));
    }
    smaller.config.intermediate_size = kept.min(units);
    Ok(smaller)
}

/// Places of the `count` largest, in ascending order.
fn strongest(importance: &[f32], count: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..importance.len()).collect();
    places.sort_by(|a, b| importance[*b].total_cmp(&importance[*a]));
    places.truncate(count);
    places.sort_unstable();
    places
}

fn norm(tensor: &Tensor) -> f32 {
    length(&tensor.data)
}

fn length(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::tests::small;
    use super::*;

    /// Makes a head or unit of layer 1 do nothing.
    fn silence(weights: &mut Weights, name: &str, places: std::ops::Range<usize>, by_row: bool) {
        let tensor = weights.tensors.get_mut(&format!("encoder.layer.1.{name}")).unwrap();
        let width = tensor.width();
        for (at, value) in tensor.data.iter_mut().enumerate() {
            if places.contains(&if by_row { at / width } else { at % width }) {
                *value = 0.0;
            }
        }
    }

    #[test]
    fn a_head_that_does_nothing_goes_first() {
        let mut weights = small();
        silence(&mut weights, "attention.output.dense.weight", 8..12, false);
        let smaller = prune_heads(&weights, 1).unwrap();
        smaller.check().unwrap();
        let name = "encoder.layer.1.attention.self.query.weight";
        let places: Vec<usize> = (0..8).chain(12..16).collect();
        assert_eq!(smaller.tensors[name], rows(&weights.tensors[name], &places));
        assert_eq!((smaller.config.num_attention_heads, smaller.config.head_width()), (3, 4));
        assert!(prune_heads(&weights, 4).unwrap_err().to_string().contains("4 of 4 heads"));
        assert_eq!(prune_heads(&weights, 0).unwrap().tensors, weights.tensors);
    }

    #[test]
    fn units_that_do_nothing_go_first() {
        let mut weights = small();
        silence(&mut weights, "output.dense.weight", 3..11, false);
        let smaller = prune_units(&weights, 1.0 / 3.0).unwrap();
        smaller.check().unwrap();
        let places: Vec<usize> = (0..3).chain(11..24).collect();
        let name = "encoder.layer.1.intermediate.dense.weight";
        assert_eq!(smaller.tensors[name], rows(&weights.tensors[name], &places));
        for share in [-0.1, 1.0, 0.99, f64::NAN] {
            assert!(prune_units(&weights, share).unwrap_err().to_string().contains("prune-ffn"), "{share}");
        }
    }
}
