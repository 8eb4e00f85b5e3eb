//! How a pair's score stands to those of its rivals: other pairs with one of its items.

use rustc_hash::FxHashMap;
use types::Row;

use super::forest_trainer::Column;

/// What an item without other pairs is taken to have as its best rival.
const NO_RIVAL: f32 = 0.0;

/// The columns that rivals add: the chance by itself, how far it lies above the best rival of either item, what those
/// have, and how many rivals there are.
pub(super) const COLUMNS: [Column; 7] = [
    Column { name: "chance_alone", direction: 1 },
    Column { name: "lead_left", direction: 1 },
    Column { name: "lead_right", direction: 1 },
    Column { name: "rival_left", direction: 0 },
    Column { name: "rival_right", direction: 0 },
    Column { name: "rivals_left", direction: 0 },
    Column { name: "rivals_right", direction: 0 },
];

/// The best two of an item's chances, and how many it has.
#[derive(Clone, Copy)]
struct Top {
    best: f32,
    second: f32,
    pairs: u32,
}

impl Top {
    fn add(&mut self, chance: f32) {
        self.pairs += 1;
        if chance > self.best {
            (self.best, self.second) = (chance, self.best);
        } else {
            self.second = self.second.max(chance);
        }
    }

    /// The best chance among the others.
    fn rival(&self, chance: f32) -> f32 {
        if chance >= self.best { self.second } else { self.best }
    }
}

/// For each pair with its chance by itself: the numbers that [`COLUMNS`] names. An item counts in all its pairs, whichever
/// side it is on. With `is_sided` false, the lesser number of either item comes first.
pub(super) fn features(pairs: &[(Row, Row)], chances: &[f32], is_sided: bool) -> Vec<[f32; COLUMNS.len()]> {
    let mut tops: FxHashMap<Row, Top> = FxHashMap::default();
    for ((left, right), chance) in pairs.iter().zip(chances) {
        for item in [left, right] {
            tops.entry(*item).or_insert(Top { best: NO_RIVAL, second: NO_RIVAL, pairs: 0 }).add(*chance);
        }
    }
    let of = |(pair, chance): (&(Row, Row), &f32)| {
        let side = |item: &Row| {
            tops.get(item).map_or((*chance, NO_RIVAL, 0.0), |top| {
                let rival = top.rival(*chance);
                (chance - rival, rival, top.pairs.saturating_sub(1) as f32)
            })
        };
        let (mut left, mut right) = (side(&pair.0), side(&pair.1));
        if !is_sided {
            (left, right) = (
                (left.0.min(right.0), left.1.min(right.1), left.2.min(right.2)),
                (left.0.max(right.0), left.1.max(right.1), left.2.max(right.2)),
            );
        }
        [*chance, left.0, right.0, left.1, right.1, left.2, right.2]
    };
    pairs.iter().zip(chances).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_match_elsewhere_is_seen() {
        let pairs = [(Row(1), Row(7)), (Row(1), Row(8)), (Row(2), Row(8))];
        let features = features(&pairs, &[0.75, 0.5, 0.25], true);
        assert_eq!(features[0], [0.75, 0.25, 0.75, 0.5, 0.0, 1.0, 0.0]);
        assert_eq!(features[1], [0.5, -0.25, 0.25, 0.75, 0.25, 1.0, 1.0]);
        assert_eq!(features[2][2], -0.25);
    }
}
