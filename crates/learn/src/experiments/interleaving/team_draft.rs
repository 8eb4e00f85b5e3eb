use types::Rng;

use super::Slot;

/// Interleaves two rankings by drafting teams: each round both rankings, in an order tossed for, put their best item that
/// is not in the list yet, which is then on their team (Radlinski, Kurup and Joachims 2008, "How does clickthrough data
/// reflect retrieval quality?", CIKM, algorithm 2). At most `length` items; fewer where both rankings end. A click's
/// credit is 1 for the first ranking's team and -1 for the second's.
pub fn team_draft<T: Copy + Eq>(first: &[T], second: &[T], length: usize, rng: &mut Rng) -> Vec<Slot<T>> {
    draft(first, second, length, || rng.next_u64() >> 63 == 0)
}

/// The chance of each item of a drafted list to stand at its place: the share of all ways that the tosses can fall which put
/// it there. The ways double with every second place; lists beyond 24 places are not told, and have a chance of 1.
pub fn team_draft_chances<T: Copy + Eq>(first: &[T], second: &[T], drafted: &[Slot<T>]) -> Vec<f64> {
    let tosses = drafted.len().div_ceil(2);
    if drafted.len() > 24 {
        return vec![1.0; drafted.len()];
    }
    let mut counts = vec![0usize; drafted.len()];
    for way in 0..1usize << tosses {
        let mut tossed = 0;
        let list = draft(first, second, drafted.len(), || {
            tossed += 1;
            way >> (tossed - 1) & 1 == 0
        });
        for (count, (slot, shown)) in counts.iter_mut().zip(list.iter().zip(drafted)) {
            *count += usize::from(slot.item == shown.item);
        }
    }
    counts.into_iter().map(|count| count as f64 / (1usize << tosses) as f64).collect()
}

/// Drafts with tosses that say whether the first ranking begins a round.
fn draft<T: Copy + Eq>(first: &[T], second: &[T], length: usize, mut toss: impl FnMut() -> bool) -> Vec<Slot<T>> {
    let mut slots: Vec<Slot<T>> = Vec::with_capacity(length.min(first.len() + second.len()));
    let mut picks = [0usize; 2];
    while slots.len() < length {
        let best = [first, second]
            .map(|ranking| ranking.iter().copied().find(|item| slots.iter().all(|slot| slot.item != *item)));
        let is_first = match best {
            [None, None] => break,
            [Some(_), None] => true,
            [None, Some(_)] => false,
            [Some(_), Some(_)] if picks[0] == picks[1] => toss(),
            [Some(_), Some(_)] => picks[0] < picks[1],
        };
        picks[usize::from(!is_first)] += 1;
        let chosen = if is_first { best[0] } else { best[1] };
        slots.extend(chosen.map(|item| Slot { item, credit: if is_first { 1.0 } else { -1.0 } }));
    }
    slots
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    #[test]
    fn the_four_lists_of_two_short_rankings() {
        // Rankings [1 2] and [2 3]: the first pick is tossed for, the second goes to the other side.
        let mut rng = Rng::new(1);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..4000 {
            let slots = team_draft(&[1, 2], &[2, 3], 2, &mut rng);
            let list: Vec<(i32, i32)> = slots.iter().map(|slot| (slot.item, slot.credit as i32)).collect();
            *seen.entry(list).or_insert(0u32) += 1;
        }
        assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), [vec![(1, 1), (2, -1)], vec![(2, -1), (1, 1)]]);
        assert!(seen.values().all(|count| (1850..2150).contains(count)), "{seen:?}");
    }

    #[test]
    fn chances_are_the_frequencies() {
        let (first, second) = ([1, 2, 3, 4, 5], [3, 1, 6, 2, 7]);
        let shown = team_draft(&first, &second, 5, &mut Rng::new(7));
        let chances = team_draft_chances(&first, &second, &shown);
        let mut counts = [0.0; 5];
        for seed in 0..20_000 {
            let list = team_draft(&first, &second, 5, &mut Rng::new(seed));
            (0..5).for_each(|at| counts[at] += f64::from(u8::from(list[at].item == shown[at].item)) / 20_000.0);
        }
        for (chance, count) in chances.iter().zip(counts) {
            assert!((chance - count).abs() < 0.02 && *chance > 0.0, "{chances:?} {counts:?}");
        }
        let same = team_draft(&first, &first, 4, &mut Rng::new(1));
        assert_eq!(team_draft_chances(&first, &first, &same), [1.0; 4]);
    }

    proptest! {
        #[test]
        fn no_item_twice_and_teams_of_equal_size(
            first in Just((0..12u32).collect::<Vec<_>>()).prop_shuffle(),
            second in Just((4..16u32).collect::<Vec<_>>()).prop_shuffle(),
            length in 0..20usize,
            seed in any::<u64>(),
        ) {
            let slots = team_draft(&first, &second, length, &mut Rng::new(seed));
            prop_assert_eq!(slots.len(), length.min(16));
            let items: std::collections::BTreeSet<u32> = slots.iter().map(|slot| slot.item).collect();
            prop_assert_eq!(items.len(), slots.len());
            if length <= 12 {
                prop_assert!(slots.iter().map(|slot| slot.credit).sum::<f64>().abs() <= 1.0);
            }
        }
    }
}
