use rustc_hash::FxHashMap;
use types::Millis;

use super::error::length;
use super::greedy::{Chooser, arrange, largest};
use super::{Attention, Credit, List, Reordered, SlateError, Why, attention, deserved, dial};

/// Gives sellers the attention they are owed, from lists before and in this one: at each place the item with the most
/// `(1 - d) r + d o`, with the relevance `r` scaled to 0..1 and what its seller is owed, `o`, scaled to -1..1 by the most that
/// any seller of the list is owed or has had too much, and at least one view of a first place. The greedy answer to the
/// integer programme of Biega, Gummadi and Weikum (2018, SIGIR, section 4.3), as a controller that corrects what has gone
/// wrong so far (Morik et al. 2020, SIGIR, section 5).
///
/// `merits` are what attention is deserved by, `seen` how many places somebody looks at, whose attention there is to give, and
/// `before` what happened up to now, of which this list is not yet part.
///
/// # Errors
/// Where the dial is no share, sellers or merits are of another number of items, or a merit is not finite or below 0.
pub fn balance(
    list: &List<'_>,
    sellers: &[Option<u32>],
    merits: &[f32],
    seen: usize,
    before: &Attention,
    now: Millis,
    weight: f64,
) -> Result<Reordered, SlateError> {
    length("sellers", sellers.len(), list.len())?;
    length("merits", merits.len(), list.len())?;
    let due = due(merits, seen)?;
    if dial(weight)? == 0.0 {
        return Ok(Reordered::unchanged(list.len()));
    }
    let mut owed = FxHashMap::default();
    for (seller, due) in sellers.iter().zip(due) {
        if let Some(seller) = seller {
            *owed.entry(*seller).or_insert_with(|| claim(before.credit(*seller, now))) += due;
        }
    }
    Ok(arrange(list, &mut Balancing { relevance: list.scaled(), sellers, owed, weight }))
}

/// What a seller is owed from before. Lists that it should have been in but was not are not known, so one that had hardly any
/// attention `A` is owed `1 / (1 + A)` views more: else those shown low would be preferred to those not shown at all.
fn claim(credit: Credit) -> f64 {
    credit.owed() + 1.0 / (1.0 + credit.received)
}

/// What each item deserves of the attention of the places seen.
fn due(merits: &[f32], seen: usize) -> Result<Vec<f64>, SlateError> {
    let mut due = deserved(merits, &(0..merits.len()).collect::<Vec<usize>>())?;
    let whole: f64 = (0..merits.len()).map(attention).sum();
    let given: f64 = (0..merits.len().min(seen)).map(attention).sum();
    due.iter_mut().for_each(|due| *due *= given / whole);
    Ok(due)
}

struct Balancing<'a> {
    relevance: Vec<f64>,
    sellers: &'a [Option<u32>],
    owed: FxHashMap<u32, f64>,
    weight: f64,
}

impl Balancing<'_> {
    fn owed(&self, item: usize) -> f64 {
        self.sellers[item].and_then(|seller| self.owed.get(&seller)).copied().unwrap_or(0.0)
    }
}

impl Chooser for Balancing<'_> {
    fn choose(&mut self, _: usize, left: &[usize]) -> usize {
        let scale = left.iter().map(|item| self.owed(*item).abs()).fold(1.0, f64::max);
        let value = |item: &usize| (1.0 - self.weight) * self.relevance[*item] + self.weight * self.owed(*item) / scale;
        largest(left.iter().map(value))
    }

    fn why(&self, _: usize, item: usize) -> Why {
        Why::Owed { seller: self.sellers[item], owed: self.owed(item) }
    }

    fn placed(&mut self, place: usize, item: usize) {
        if let Some(owed) = self.sellers[item].and_then(|seller| self.owed.get_mut(&seller)) {
            *owed -= attention(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use crate::slates::AttentionConfig;
    use proptest::prelude::*;
    use types::Rng;

    /// Six sellers of almost the same merit; what the largest is owed after so many lists.
    fn most_owed(weight: f64, turns: i64) -> f64 {
        let config = AttentionConfig { sellers_max: 100, half_life: i64::MAX };
        let mut attention = Attention::new(config);
        let sellers: Vec<Option<u32>> = (0..6).map(Some).collect();
        for turn in 0..turns {
            let merits: Vec<f32> = (0..6).map(|seller| 1.0 - 0.01 * seller as f32).collect();
            let list = List::new(&merits, &[]).unwrap();
            let order = balance(&list, &sellers, &merits, 6, &attention, Millis(turn), weight).unwrap().order;
            let by = |values: &[f32]| order.iter().map(|item| values[*item]).collect::<Vec<f32>>();
            let shown: Vec<Option<u32>> = order.iter().map(|item| sellers[*item]).collect();
            attention.record(Millis(turn), &shown, &(0..6).collect::<Vec<_>>(), &by(&merits)).unwrap();
        }
        attention.credits(Millis(turns)).iter().map(|(_, credit)| credit.owed().abs()).fold(0.0, f64::max)
    }

    #[test]
    fn what_one_list_cannot_give_later_ones_do() {
        let (early, late) = (most_owed(0.0, 50), most_owed(0.0, 200));
        assert!((late / early - 4.0).abs() < 1e-6, "without it what is owed grows with each list: {early} {late}");
        assert!(most_owed(0.7, 200) < 2.0 && most_owed(0.7, 1_000) < 2.0, "with it it stays bounded");
        assert!(most_owed(1.0, 1_000) < 1.5);
    }

    #[test]
    fn sellers_of_one_page_take_turns_to_lead() {
        let sellers: Vec<Option<u32>> = (0..12).map(|item| Some(if item < 6 { item } else { 6 })).collect();
        let (merits, mut known) = ([1.0; 12], Attention::new(AttentionConfig::default()));
        let list = List::new(&merits, &[]).unwrap();
        let (mut leading, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
        for _ in 0..12 {
            let order = balance(&list, &sellers, &merits, 3, &known, Millis(0), 0.8).unwrap().order;
            let shown: Vec<Option<u32>> = order[..3].iter().map(|item| sellers[*item]).collect();
            leading.extend(shown[0]);
            seen.extend(shown.iter().copied());
            known.record(Millis(0), &shown, &[0, 1, 2], &merits[..3]).unwrap();
        }
        leading.sort_unstable();
        leading.dedup();
        assert!(leading.len() >= 4 && seen.len() == 7, "{leading:?} {seen:?}");
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let sellers: Vec<Option<u32>> =
                relevance.iter().map(|_| (rng.unit() > 0.1).then(|| rng.below(5) as u32)).collect();
            let merits: Vec<f32> = relevance.iter().map(|_| rng.unit() as f32).collect();
            let attention = Attention::new(AttentionConfig::default());
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| balance(&list, &sellers, &merits, 10, &attention, Millis(5), weight));
            if !merits.is_empty() {
                let bad = vec![f32::NAN; merits.len()];
                prop_assert!(balance(&list, &sellers, &bad, 10, &attention, Millis(5), weight).is_err());
            }
        }
    }
}
