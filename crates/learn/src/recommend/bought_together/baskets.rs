use rustc_hash::FxHashMap;
use types::Row;

use super::super::{Interaction, Interactions};

/// What was bought at once; without purchases, what was wanted in one visit.
pub(super) struct Baskets {
    offsets: Vec<usize>,
    members: Vec<u32>,
    starts: Vec<usize>,
    holding: Vec<u32>,
}

/// Items of a basket that are paired, the last ones; bounds the work of a wholesaler's orders.
const BASKET_MAX: usize = 200;

impl Baskets {
    pub(super) fn new(interactions: &Interactions) -> Self {
        let buys = interactions.iter().flatten().any(|entry| entry.bought);
        let counts = |entry: &&Interaction| entry.weight > 0.0 && (entry.bought || !buys);
        let (mut offsets, mut members) = (vec![0], Vec::new());
        for list in interactions.iter() {
            // What was sent back or turned down on the whole completed no basket.
            let mut wanted: FxHashMap<Row, f32> = FxHashMap::default();
            list.iter().for_each(|entry| *wanted.entry(entry.item).or_default() += entry.weight);
            let is_one = |a: &Interaction, b: &Interaction| match (a.session, b.session) {
                (Some(a), Some(b)) => a == b,
                _ => a.time == b.time,
            };
            for visit in list.chunk_by(is_one) {
                let is_kept = |entry: &&Interaction| counts(entry) && wanted[&entry.item] > 0.0;
                let mut basket: Vec<u32> = visit.iter().rev().filter(is_kept).map(|entry| entry.item.0).collect();
                basket.truncate(BASKET_MAX);
                basket.sort_unstable();
                basket.dedup();
                if basket.len() > 1 {
                    members.extend(basket);
                    offsets.push(members.len());
                }
            }
        }
        let mut starts = vec![0; interactions.items() + 1];
        members.iter().for_each(|item| starts[*item as usize + 1] += 1);
        (1..starts.len()).for_each(|item| starts[item] += starts[item - 1]);
        let (mut next, mut holding) = (starts.clone(), vec![0; members.len()]);
        for basket in 0..offsets.len() - 1 {
            for item in &members[offsets[basket]..offsets[basket + 1]] {
                holding[next[*item as usize]] = basket as u32;
                next[*item as usize] += 1;
            }
        }
        Self { offsets, members, starts, holding }
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Items there are, in baskets or not.
    pub(super) fn items(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn members(&self, basket: u32) -> &[u32] {
        &self.members[self.offsets[basket as usize]..self.offsets[basket as usize + 1]]
    }

    /// Baskets that hold an item.
    pub(super) fn holding(&self, item: usize) -> &[u32] {
        &self.holding[self.starts[item]..self.starts[item + 1]]
    }
}
