//! Streams with planted changes, the same as those that the named packages were run on.

use types::Rng;

fn binary(seed: u64, rates: &[f64], each: usize) -> Vec<f64> {
    let mut rng = Rng::new(seed);
    rates.iter().flat_map(|rate| vec![*rate; each]).map(|rate| f64::from(u8::from(rng.unit() < rate))).collect()
}

/// Clicks whose rate changes every 5,000.
pub(crate) fn steps() -> Vec<f64> {
    binary(1, &[0.1, 0.14, 0.1, 0.3, 0.05], 5_000)
}

/// Clicks whose rate never changes.
pub(crate) fn still() -> Vec<f64> {
    binary(2, &[0.1], 30_000)
}

/// A mean that rises slowly from 8,000 to 12,000.
pub(crate) fn slope() -> Vec<f64> {
    let mut rng = Rng::new(3);
    let raised = |place: i32| if place < 8_000 { 0.0 } else { (f64::from(place - 8_000) * 0.0001).min(0.4) };
    (0..20_000).map(|place| rng.unit() * 0.5 + raised(place)).collect()
}

/// Numbers whose mean jumps every 3,000.
pub(crate) fn levels() -> Vec<f64> {
    let mut rng = Rng::new(4);
    let level = |place: usize| [0.0, 3.0, -2.0, 3.0, 3.5][place / 3_000];
    (0..15_000).map(|place| level(place) + (rng.unit() + rng.unit() + rng.unit() - 1.5) * 2.0).collect()
}
