use types::Rng;

use super::Slot;

/// Interleaves two rankings by drafting teams: each round both rankings, in an order tossed for, put their best item that
/// is not in the list yet, which is then on their team (Radlinski, Kurup and Joachims 2008, "How does clickthrough data
/// reflect retrieval quality?", CIKM, algorithm 2). At most `length` items; fewer where both rankings end. A click's
/// credit is 1 for the first ranking's team and -1 for the second's.
pub fn team_draft<T: Copy + Eq>(first: &[T], second: &[T], length: usize, rng: &mut Rng) -> Vec<Slot<T>> {
    let mut slots: Vec<Slot<T>> = Vec::with_capacity(length.min(first.len() + second.len()));
    let mut picks = [0usize; 2];
    while slots.len() < length {
        let best = [first, second]
            .map(|ranking| ranking.iter().copied().find(|item| slots.iter().all(|slot| slot.item != *item)));
        let is_first = match best {
            [None, None] => break,
            [Some(_), None] => true,
            [None, Some(_)] => false,
            [Some(_), Some(_)] if picks[0] == picks[1] => rng.next_u64() >> 63 == 0,
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
