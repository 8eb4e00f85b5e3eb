use std::collections::BTreeMap;

use super::error::length;
use super::greedy::{Chooser, arrange, largest};
use super::{List, Reordered, SlateError, Why, dial};

/// Shares of categories: what a shopper's history is made of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Mix(BTreeMap<u32, f64>);

impl Mix {
    /// From amounts by category, which are scaled to sum to 1; a category named twice counts twice. No amounts give an empty
    /// mix, which asks for nothing.
    ///
    /// # Errors
    /// Where an amount is not finite or below 0.
    pub fn new(amounts: &[(u32, f64)]) -> Result<Self, SlateError> {
        for (at, (_, amount)) in amounts.iter().enumerate() {
            if !amount.is_finite() {
                return Err(SlateError::NotFinite { field: "amount", at });
            }
            if *amount < 0.0 {
                return Err(SlateError::Negative { field: "amount", at, got: *amount });
            }
        }
        // Scaled by the largest first: a sum of amounts may pass the largest number.
        let most = amounts.iter().map(|(_, amount)| *amount).fold(0.0, f64::max);
        let total: f64 = amounts.iter().map(|(_, amount)| amount / most).sum();
        let mut shares = BTreeMap::new();
        for (category, amount) in amounts.iter().filter(|(_, amount)| *amount > 0.0) {
            *shares.entry(*category).or_insert(0.0) += amount / most / total;
        }
        Ok(Self(shares))
    }

    /// The categories and their shares.
    pub fn shares(&self) -> impl Iterator<Item = (u32, f64)> {
        self.0.iter().map(|(category, share)| (*category, *share))
    }

    /// How far what is shown lies from this mix: `Σ_g p_g ln(p_g / q̃_g)` with `q̃ = (1 - a) q + a p`, `a = 0.01`, over the
    /// categories `g`, the shares wanted `p` and those shown `q` (Steck 2018, RecSys, "Calibrated recommendations",
    /// equations 3 to 5). 0 is the same mix; nothing shown, or an empty mix, gives 0.
    pub fn divergence(&self, shown: &BTreeMap<u32, f64>, items: usize) -> f64 {
        if items == 0 {
            return 0.0;
        }
        self.0.iter().map(|(category, share)| term(*share, shown.get(category).copied().unwrap_or(0.0), items)).sum()
    }
}

fn term(share: f64, shown: f64, items: usize) -> f64 {
    const SMOOTHING: f64 = 0.01;
    share * (share / ((1.0 - SMOOTHING) * shown / items as f64 + SMOOTHING * share)).ln()
}

/// Brings the categories of every head of the list near the shopper's own mix (Steck 2018, section 4): at each place the item
/// that gains the most of `(1 - d) Σ r - d KL(p, q̃)` over the list so far, which is greedy for a submodular function, so
/// that each head is within `1 - 1/e` of the best; `r` is the relevance scaled to 0..1, the divergence is [`Mix::divergence`].
///
/// `categories` an item, each an equal part of it, named twice or not; an item without any fits no mix.
///
/// # Errors
/// Where the dial is no share or `categories` is of another number of items.
pub fn calibrate(list: &List<'_>, categories: &[Vec<u32>], mix: &Mix, weight: f64) -> Result<Reordered, SlateError> {
    length("categories", categories.len(), list.len())?;
    if dial(weight)? == 0.0 || mix.0.is_empty() {
        return Ok(Reordered::unchanged(list.len()));
    }
    let distinct = |categories: &Vec<u32>| {
        let mut distinct = categories.clone();
        distinct.sort_unstable();
        distinct.dedup();
        distinct
    };
    let categories: Vec<Vec<u32>> = categories.iter().map(distinct).collect();
    let chooser = Calibrating { relevance: list.scaled(), categories, mix, weight, shown: BTreeMap::new(), items: 0 };
    Ok(arrange(list, &mut { chooser }))
}

struct Calibrating<'a> {
    relevance: Vec<f64>,
    categories: Vec<Vec<u32>>,
    mix: &'a Mix,
    weight: f64,
    shown: BTreeMap<u32, f64>,
    items: usize,
}

impl Calibrating<'_> {
    /// What a category more by `part` changes in the divergence of one item more.
    fn change(&self, category: u32, part: f64) -> f64 {
        let Some(share) = self.mix.0.get(&category) else { return 0.0 };
        let shown = self.shown.get(&category).copied().unwrap_or(0.0);
        term(*share, shown + part, self.items + 1) - term(*share, shown, self.items + 1)
    }

    /// The divergence's change, but for what is the same for all items.
    fn cost(&self, item: usize, once: &mut BTreeMap<(u32, usize), f64>) -> f64 {
        let own = &self.categories[item];
        let part = 1.0 / own.len() as f64;
        own.iter()
            .map(|category| *once.entry((*category, own.len())).or_insert_with(|| self.change(*category, part)))
            .sum()
    }
}

impl Chooser for Calibrating<'_> {
    fn choose(&mut self, _: usize, left: &[usize]) -> usize {
        let mut once = BTreeMap::new();
        let value =
            |item: &usize| (1.0 - self.weight) * self.relevance[*item] - self.weight * self.cost(*item, &mut once);
        largest(left.iter().map(value))
    }

    fn why(&self, _: usize, item: usize) -> Why {
        let own = self.categories[item].iter().copied();
        let lacking = own.min_by(|a, b| self.change(*a, 1.0).total_cmp(&self.change(*b, 1.0)));
        Why::Mix { category: lacking }
    }

    fn placed(&mut self, _: usize, item: usize) {
        let own = &self.categories[item];
        for category in own {
            *self.shown.entry(*category).or_insert(0.0) += 1.0 / own.len() as f64;
        }
        self.items += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_laws, lists};
    use super::*;
    use proptest::prelude::*;
    use types::Rng;

    fn counted(order: &[usize], categories: &[Vec<u32>]) -> BTreeMap<u32, f64> {
        let mut shown = BTreeMap::new();
        for item in order {
            for category in &categories[*item] {
                *shown.entry(*category).or_insert(0.0) += 1.0 / categories[*item].len() as f64;
            }
        }
        shown
    }

    #[test]
    fn divergence_by_hand() {
        let mix = Mix::new(&[(1, 7.0), (2, 3.0)]).unwrap();
        let shown = BTreeMap::from([(1, 7.0), (2, 3.0)]);
        assert!(mix.divergence(&shown, 10).abs() < 1e-12);
        let one = BTreeMap::from([(1, 10.0)]);
        // 0.7 ln(0.7 / 0.997) + 0.3 ln(0.3 / 0.003)
        assert!((mix.divergence(&one, 10) - (0.7 * (0.7f64 / 0.997).ln() + 0.3 * 100f64.ln())).abs() < 1e-12);
        assert_eq!(Mix::new(&[(1, f64::MAX), (2, f64::MAX)]).unwrap().shares().next(), Some((1, 0.5)));
        assert_eq!(Mix::new(&[(1, 0.0)]).unwrap(), Mix::default());
        assert_eq!(Mix::new(&[(1, f64::NAN)]), Err(SlateError::NotFinite { field: "amount", at: 0 }));
    }

    #[test]
    fn each_choice_is_the_best_of_the_whole_formula() {
        let mut rng = Rng::new(2);
        for _ in 0..50 {
            let relevance: Vec<f32> = (0..12).map(|_| rng.unit() as f32).collect();
            let categories: Vec<Vec<u32>> =
                (0..12).map(|at| (0..at % 3).map(|step| (at * step + step) % 4).collect()).collect();
            let mix = Mix::new(&[(0, rng.unit()), (1, rng.unit()), (2, rng.unit())]).unwrap();
            let list = List::new(&relevance, &[]).unwrap();
            let weight = 0.1 + 0.8 * rng.unit();
            let order = calibrate(&list, &categories, &mix, weight).unwrap().order;
            let scaled = list.scaled();
            for place in 0..12 {
                let value = |item: usize| {
                    let with: Vec<usize> = order[..place].iter().copied().chain([item]).collect();
                    (1.0 - weight) * scaled[item] - weight * mix.divergence(&counted(&with, &categories), place + 1)
                };
                let best = order[place..].iter().map(|item| value(*item)).fold(f64::NEG_INFINITY, f64::max);
                assert!(value(order[place]) > best - 1e-9);
            }
        }
    }

    #[test]
    fn more_weight_brings_the_mix_nearer_on_average() {
        let mut rng = Rng::new(5);
        let mut means = [0.0; 6];
        for _ in 0..100 {
            let mut relevance: Vec<f32> = (0..60).map(|_| rng.unit() as f32).collect();
            relevance.sort_by(|a, b| b.total_cmp(a));
            let categories: Vec<Vec<u32>> = (0..60).map(|_| vec![rng.below(5) as u32]).collect();
            let mix = Mix::new(&[(0, rng.unit()), (1, rng.unit()), (2, 2.0 * rng.unit())]).unwrap();
            let list = List::new(&relevance, &[]).unwrap();
            for (step, mean) in means.iter_mut().enumerate() {
                let order = calibrate(&list, &categories, &mix, step as f64 / 5.0).unwrap().order;
                *mean += mix.divergence(&counted(&order[..10], &categories), 10) / 100.0;
            }
        }
        assert!(means.windows(2).all(|pair| pair[1] < pair[0]), "{means:?}");
        assert!(means[5] < 0.1 && means[0] > 0.5, "{means:?}");
    }

    proptest! {
        #[test]
        fn laws((relevance, pinned) in lists(), seed in any::<u64>(), weight in 0.0..=1.0) {
            let mut rng = Rng::new(seed);
            let categories: Vec<Vec<u32>> =
                relevance.iter().map(|_| (0..rng.below(3)).map(|_| rng.below(4) as u32).collect()).collect();
            let mix = Mix::new(&[(0, 1.0), (3, 2.5)]).unwrap();
            let list = List::new(&relevance, &pinned).unwrap();
            check_laws(&list, weight, |weight| calibrate(&list, &categories, &mix, weight));
        }
    }
}
