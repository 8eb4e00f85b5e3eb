use std::ops::Range;

/// Values under one value of the level above.
const FAN: usize = 32;

/// Finds the smallest value of any range of a list, by the minima of its blocks, of their blocks, and so on.
#[derive(Default)]
pub(crate) struct Minima {
    levels: Vec<Vec<u32>>,
}

/// A value and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    value: u32,
    level: usize,
    index: usize,
}

impl Minima {
    pub(crate) fn new(values: &[u32]) -> Self {
        let mut levels: Vec<Vec<u32>> = Vec::new();
        let mut below = values;
        while below.len() > FAN {
            levels.push(below.chunks(FAN).filter_map(|block| block.iter().min().copied()).collect());
            below = levels.last().map_or(&[], Vec::as_slice);
        }
        Self { levels }
    }

    /// Index and value of the smallest of `values[range]`; `values` are those this was made from, all different.
    pub(crate) fn smallest(&self, values: &[u32], range: Range<usize>) -> Option<(usize, u32)> {
        let mut place = self.place(values, 0, range)?;
        while place.level > 0 {
            let below = self.level(values, place.level - 1);
            let start = place.index * FAN;
            let block = &below[start..(start + FAN).min(below.len())];
            let offset = block.iter().position(|value| *value == place.value)?;
            place = Place { level: place.level - 1, index: start + offset, ..place };
        }
        Some((place.index, place.value))
    }

    /// The smallest of a range of a level; level 0 is `values` itself. Whole blocks are read on the level above.
    fn place(&self, values: &[u32], level: usize, range: Range<usize>) -> Option<Place> {
        let list = self.level(values, level);
        let smallest = |range: Range<usize>| {
            let places = list[range.clone()].iter().zip(range);
            places.map(|(value, index)| Place { value: *value, level, index }).min()
        };
        let (first, last) = (range.start.div_ceil(FAN), range.end / FAN);
        if level == self.levels.len() || first >= last {
            return smallest(range);
        }
        let edges = [smallest(range.start..first * FAN), smallest(last * FAN..range.end)];
        edges.into_iter().flatten().chain(self.place(values, level + 1, first..last)).min()
    }

    fn level<'a>(&'a self, values: &'a [u32], level: usize) -> &'a [u32] {
        level.checked_sub(1).map_or(values, |above| &self.levels[above])
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<u32>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(len in 1usize..5_000, seed in any::<u64>(), cuts in prop::collection::vec((0.0..1.0, 0.0..1.0), 1..30)) {
            let mut values: Vec<u32> = (0..len as u32).map(|value| value * 3).collect();
            let mut rng = Rng::new(seed);
            for at in (1..len).rev() {
                values.swap(at, rng.below(at + 1));
            }
            let minima = Minima::new(&values);
            for (a, b) in cuts {
                let at = |share: f64| (share * (len + 1) as f64) as usize;
                let (start, end) = (at(a).min(at(b)), at(a).max(at(b)));
                let scan = (start..end).map(|index| (values[index], index)).min().map(|(value, index)| (index, value));
                prop_assert_eq!(minima.smallest(&values, start..end), scan);
            }
        }
    }
}
