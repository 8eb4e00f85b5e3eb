use proptest::prelude::*;
use types::Rng;

use super::{Labels, List, Reordered, SlateError};

/// Relevance, best first, with ties, and pinned places.
pub(super) fn lists() -> impl Strategy<Value = (Vec<f32>, Vec<bool>)> {
    (0usize..24).prop_flat_map(|length| {
        let relevance = prop::collection::vec(prop_oneof![0.0f32..1.0, Just(0.5), -1e30f32..1e30], length);
        let sorted = relevance.prop_map(|mut relevance| {
            relevance.sort_by(|a, b| b.total_cmp(a));
            relevance
        });
        (sorted, prop::collection::vec(prop::bool::weighted(0.15), length))
    })
}

pub(super) fn random_labels(items: usize, seed: u64) -> Vec<Labels> {
    let mut rng = Rng::new(seed);
    let mut label = |kinds: usize| (rng.unit() > 0.1).then(|| rng.below(kinds) as u32);
    (0..items).map(|_| Labels { category: label(4), brand: label(3) }).collect()
}

pub(super) fn random_vectors(items: usize, width: usize, rng: &mut Rng) -> Vec<f32> {
    (0..items * width).map(|_| rng.normal() as f32).collect()
}

/// What holds for every method: a permutation, pinned places untouched, moves as told, dial 0 the identity, bad dials
/// refused.
pub(super) fn check_laws(
    list: &List<'_>,
    dial: f64,
    method: impl Fn(f64) -> Result<Reordered, SlateError>,
) -> Reordered {
    let Reordered { order, moves } = method(dial).unwrap();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..list.len()).collect::<Vec<_>>());
    for (place, item) in order.iter().enumerate() {
        assert!(!list.is_pinned(place) || *item == place, "{order:?}");
        let told = moves.iter().find(|moved| moved.to == place);
        assert_eq!(told.map(|moved| moved.from), (*item != place).then_some(*item));
    }
    let still = method(0.0).unwrap();
    assert_eq!((still.order, still.moves), ((0..list.len()).collect(), Vec::new()));
    for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        assert!(matches!(method(bad), Err(SlateError::Share { .. })));
    }
    Reordered { order, moves }
}
