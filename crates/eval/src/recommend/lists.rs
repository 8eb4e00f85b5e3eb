//! Measures of recommendation beyond accuracy, over the lists of all cases.

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use types::{Row, Signal};

/// How often and by whom each item is wanted in the training part.
pub(super) struct Popularity {
    /// Actors by item, sorted.
    actors: Vec<Vec<u32>>,
    /// Actors in all.
    total: usize,
}

impl Popularity {
    pub(super) fn of(training: &[Signal], items: usize) -> Self {
        let mut actors: Vec<Vec<u32>> = vec![Vec::new(); items];
        for signal in training.iter().filter(|signal| signal.strength > 0.0) {
            if let Some(actor) = signal.actor.or(signal.session) {
                actors[signal.item.index()].push(actor.0);
            }
        }
        actors.par_iter_mut().for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        let total = actors.iter().flatten().max().map_or(1, |most| *most as usize + 1);
        Self { actors, total }
    }

    /// Mean share of actors, in the training part, that wanted the recommended items: popularity bias (Abdollahpouri et al.
    /// 2019, "Managing popularity bias in recommender systems", there as average recommendation popularity, in counts).
    pub(super) fn mean_share(&self, list: &[Row]) -> f64 {
        mean(list.iter().map(|item| self.actors[item.index()].len() as f64 / self.total as f64))
    }

    /// Mean self-information -log2 p(item) of the recommended items, p the share of actors that wanted the item (Zhou et al.
    /// 2010, "Solving the apparent diversity-accuracy dilemma of recommender systems"). An item that nobody wanted counts as
    /// wanted by one.
    pub(super) fn novelty(&self, list: &[Row]) -> f64 {
        let share = |item: &Row| self.actors[item.index()].len().max(1) as f64 / self.total as f64;
        mean(list.iter().map(|item| -share(item).log2()))
    }

    /// Mean distance of all pairs of a list (Ziegler et al. 2005, "Improving recommendation lists through topic
    /// diversification"), the distance being 1 less the cosine between the sets of actors that wanted the two items.
    pub(super) fn diversity(&self, list: &[Row]) -> f64 {
        let pairs = (0..list.len()).flat_map(|one| (0..one).map(move |two| (one, two)));
        mean(pairs.map(|(one, two)| 1.0 - self.cosine(list[one], list[two])))
    }

    fn cosine(&self, one: Row, two: Row) -> f64 {
        let (mut few, mut many) = (&self.actors[one.index()], &self.actors[two.index()]);
        if few.len() > many.len() {
            std::mem::swap(&mut few, &mut many);
        }
        let both = few.iter().filter(|actor| many.binary_search(actor).is_ok()).count();
        let norm = (few.len() as f64 * many.len() as f64).sqrt();
        if norm > 0.0 { both as f64 / norm } else { 0.0 }
    }
}

/// How recommendations spread over `items`: the share of items recommended to anyone (coverage, Ge et al. 2010, "Beyond
/// accuracy"), and the Gini coefficient of how often each is (0 all alike, towards 1 all to one item).
pub(crate) fn spread<'a>(lists: impl Iterator<Item = &'a [Row]>, items: usize) -> (f64, f64) {
    let mut counts: FxHashMap<Row, u64> = FxHashMap::default();
    for item in lists.flatten() {
        *counts.entry(*item).or_default() += 1;
    }
    let total: u64 = counts.values().sum();
    if items == 0 || total == 0 {
        return (0.0, 0.0);
    }
    let mut shown: Vec<u64> = counts.values().copied().collect();
    shown.sort_unstable();
    // Items never shown come first in ascending order and add nothing: Σ (2 rank - n - 1) count / (n total).
    let offset = items - shown.len();
    let weighted =
        shown.iter().zip(offset + 1..).map(|(count, rank)| (2.0 * rank as f64 - items as f64 - 1.0) * *count as f64);
    (shown.len() as f64 / items as f64, weighted.sum::<f64>() / (items as f64 * total as f64))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    if count > 0 { sum / f64::from(count) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{InteractionKind, Millis, Position};

    fn popularity() -> Popularity {
        // Item 0 is wanted by actors 0..4, item 1 by 0 and 1, item 2 by 3, item 3 by nobody.
        let pairs = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (3, 2)];
        let signal = |(actor, item)| Signal {
            position: Position(0),
            time: Millis(0),
            actor: Some(Row(actor)),
            session: None,
            item: Row(item),
            kind: InteractionKind::View,
            strength: 1.0,
            quantity: 1,
            surface: None,
        };
        Popularity::of(&pairs.map(signal), 4)
    }

    #[test]
    fn novelty_popularity_and_diversity_by_hand() {
        let popularity = popularity();
        assert_eq!(popularity.novelty(&[Row(0), Row(1), Row(2), Row(3)]), (0.0 + 1.0 + 2.0 + 2.0) / 4.0);
        assert_eq!(popularity.mean_share(&[Row(0), Row(1)]), 0.75);
        // cos(0,1) = 2/√8, cos(0,2) = 1/√4, cos(1,2) = 0.
        let expected = 1.0 - (2.0 / 8f64.sqrt() + 0.5) / 3.0;
        assert!((popularity.diversity(&[Row(0), Row(1), Row(2)]) - expected).abs() < 1e-12);
        assert_eq!(popularity.diversity(&[Row(0)]), 0.0);
    }

    #[test]
    fn spread_by_hand() {
        let lists = [[Row(0), Row(1)], [Row(0), Row(2)]];
        let (coverage, gini) = spread(lists.iter().map(|list| &list[..]), 4);
        // Counts 0, 1, 1, 2: Gini = (-3·0 - 1·1 + 1·1 + 3·2) / (4·4).
        assert_eq!((coverage, gini), (0.75, 6.0 / 16.0));
        assert_eq!(spread([[Row(0)], [Row(1)]].iter().map(|list| &list[..]), 2), (1.0, 0.0));
    }
}
