use std::hash::Hash;

use rustc_hash::FxHashMap;
use types::Row;

/// Finds the pairs of items worth comparing: those that share rare terms. The number of pairs grows with the items, not
/// with their square.
#[derive(Clone, PartialEq, Debug)]
pub struct Blocking {
    /// Terms in more items than this find nobody.
    pub term_items_max: usize,
    /// Candidates an item has at most, those with most in common first.
    pub candidates_max: usize,
    /// Less in common (the sum of the shared terms' rarities) is not worth comparing.
    pub shared_min: f32,
}

impl Default for Blocking {
    fn default() -> Self {
        Self { term_items_max: 200, candidates_max: 10, shared_min: 0.5 }
    }
}

impl Blocking {
    /// Pairs of items, each once with the lesser row first, sorted. `items` has each item's terms (words, or keys of them)
    /// with how rare they are (0 to 1); a term that comes twice counts once.
    pub fn pairs<K, T>(&self, items: impl IntoIterator<Item = (Row, T)>) -> Vec<(Row, Row)>
    where
        K: Eq + Hash,
        T: IntoIterator<Item = (K, f32)>,
    {
        let mut rows: Vec<Row> = Vec::new();
        let mut terms: Vec<Vec<(u32, f32)>> = Vec::new();
        let mut ids: FxHashMap<K, u32> = FxHashMap::default();
        let mut postings: Vec<Vec<u32>> = Vec::new();
        for (row, of_item) in items {
            let place = rows.len() as u32;
            rows.push(row);
            let mut own: Vec<(u32, f32)> = Vec::new();
            for (term, rarity) in of_item {
                let id = *ids.entry(term).or_insert_with(|| {
                    postings.push(Vec::new());
                    postings.len() as u32 - 1
                });
                if postings[id as usize].last() != Some(&place) {
                    postings[id as usize].push(place);
                    own.push((id, rarity));
                }
            }
            terms.push(own);
        }
        let mut pairs: Vec<(Row, Row)> = Vec::new();
        let mut shared: FxHashMap<u32, f32> = FxHashMap::default();
        for (place, own) in terms.iter().enumerate() {
            shared.clear();
            for (term, rarity) in own {
                let others = &postings[*term as usize];
                if others.len() <= self.term_items_max {
                    others.iter().for_each(|other| *shared.entry(*other).or_default() += rarity);
                }
            }
            let mut found: Vec<(u32, f32)> = shared.drain().filter(|(other, _)| *other as usize != place).collect();
            found.retain(|(_, mass)| *mass >= self.shared_min);
            found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            found.truncate(self.candidates_max);
            pairs.extend(found.into_iter().map(|(other, _)| {
                let (one, other) = (rows[place], rows[other as usize]);
                (one.min(other), one.max(other))
            }));
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_terms_make_pairs_and_common_ones_do_not() {
        let names = ["sony wh1000xm4", "wh1000xm4 black", "sony tv", "bravia tv"];
        let items = || {
            names.iter().enumerate().map(|(row, name)| {
                let terms = name.split(' ').map(|term| (term, if term == "wh1000xm4" { 0.9 } else { 0.3 }));
                (Row(row as u32), terms)
            })
        };
        assert_eq!(Blocking::default().pairs(items()), [(Row(0), Row(1))]);
        let open = Blocking { shared_min: 0.2, ..Blocking::default() };
        assert_eq!(open.pairs(items()), [(Row(0), Row(1)), (Row(0), Row(2)), (Row(2), Row(3))]);
        assert!(Blocking { term_items_max: 1, ..open }.pairs(items()).is_empty());
    }
}
