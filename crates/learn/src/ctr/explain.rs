//! Why a logit is what it is.

use super::Examples;
use super::network::{Network, Rows};
use super::vocabulary::{Part, Vocabulary};

/// What each thing a row has adds to its logit. `base` and the parts add up to `logit`.
#[derive(Clone, PartialEq, Debug)]
pub struct Contributions {
    /// The logit of a row that has nothing, its numbers at their means.
    pub base: f64,
    /// The logit of the row.
    pub logit: f64,
    /// The ids in the row's order, then the numbers.
    pub parts: Vec<Contribution>,
    /// What the parts fell short of the logit before it was shared out among them by their size: rounding for a factorisation
    /// machine, and the error of the integral for a network with towers. What parts say is only as good as this is small.
    pub gap: f64,
}

/// What one thing adds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Contribution {
    /// Number of the field in the schema; numbers are counted after the fields.
    pub field: usize,
    /// The id; none for a number.
    pub id: Option<u32>,
    /// What it adds to the logit.
    pub adds: f64,
}

/// The integral is taken at more points until it falls no shorter than this, or has so many points.
const GAP: f64 = 5e-4;
const POINTS_MAX: usize = 4096;

/// Integrated gradients (Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks", ICML) from a row that has
/// nothing: each value times the mean of the logit's slope by it while all values grow from 0, by the midpoint rule. The
/// slopes of a factorisation machine grow in a line, so that one point is exact: each thing adds its linear term and half of
/// each pair that it is in.
pub(super) fn explain(
    network: Network<'_>,
    vocabulary: &Vocabulary,
    examples: &Examples,
    row: usize,
    head: usize,
) -> Contributions {
    let mut whole = Rows::default();
    vocabulary.encode(examples, row, &mut whole.parts);
    whole.ends.push(whole.parts.len());
    let logit_of = |rows: &Rows| f64::from(network.forward(rows, None).logits[head]);
    let (base, logit) = (logit_of(&Rows { parts: Vec::new(), ends: vec![0] }), logit_of(&whole));
    let gap_of = |adds: &[f64]| logit - base - adds.iter().sum::<f64>();
    let mut points = if network.shape.deep() { 64 } else { 1 };
    let mut adds = integrate(network, &whole, head, points);
    while network.shape.deep() && gap_of(&adds).abs() > GAP && points < POINTS_MAX {
        points *= 4;
        adds = integrate(network, &whole, head, points);
    }
    let gap = gap_of(&adds);
    share_out(&mut adds, gap);
    let ids = examples.entries(row).map(|entry| Some(entry.id)).chain(std::iter::repeat(None));
    let part =
        |((part, adds), id): ((&Part, f64), Option<u32>)| Contribution { field: usize::from(part.field), id, adds };
    Contributions { base, logit, parts: whole.parts.iter().zip(adds).zip(ids).map(part).collect(), gap }
}

/// Each value times the mean slope at so many points on the way to it.
fn integrate(network: Network<'_>, whole: &Rows, head: usize, points: usize) -> Vec<f64> {
    let mut grown = Rows::default();
    for point in 0..points {
        let share = (point as f32 + 0.5) / points as f32;
        grown.parts.extend(whole.parts.iter().map(|part| Part { value: share * part.value, ..*part }));
        grown.ends.push(grown.parts.len());
    }
    let mut adds = vec![0.0; whole.parts.len()];
    for slopes in network.slopes(&grown, head).chunks_exact(adds.len().max(1)) {
        adds.iter_mut().zip(slopes).for_each(|(adds, slope)| *adds += f64::from(*slope));
    }
    adds.iter_mut().zip(&whole.parts).for_each(|(adds, part)| *adds *= f64::from(part.value) / points as f64);
    adds
}

fn share_out(adds: &mut [f64], gap: f64) {
    let size: f64 = adds.iter().map(|adds| adds.abs()).sum();
    let count = adds.len() as f64;
    for adds in adds {
        *adds += gap * if size > 0.0 { adds.abs() / size } else { 1.0 / count };
    }
}
