use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::ItemContents;
use super::super::sparse::keep_best;
use super::baskets::Baskets;

/// From which category baskets lead to which.
pub(super) struct Transitions {
    /// Of each item; empty where categories are not known.
    categories: Vec<u32>,
    /// The best categories that each leads to, with the share of its baskets that hold one of them.
    leads_to: FxHashMap<u32, Vec<(u32, f32)>>,
    /// How much more often than by chance two categories meet, believed the more the more often they are met.
    lifts: FxHashMap<(u32, u32), f32>,
    /// The most bought items of each category, with their shares of its purchases.
    best: FxHashMap<u32, Vec<(u32, f32)>>,
}

/// Categories that one leads to, the best.
pub(super) const CATEGORIES_MAX: usize = 20;
/// Items of a category that stand for it, the most bought.
pub(super) const OF_CATEGORY_MAX: usize = 20;
/// Baskets at which a lift of two categories is believed by half.
const CATEGORY_SHRINKAGE: f32 = 5.0;

impl Transitions {
    pub(super) fn new(baskets: &Baskets, contents: &ItemContents) -> Self {
        let categories = contents.categories.clone();
        let mut transitions = Self {
            categories,
            leads_to: FxHashMap::default(),
            lifts: FxHashMap::default(),
            best: FxHashMap::default(),
        };
        let (mut counts, mut pairs): (BTreeMap<u32, f32>, BTreeMap<(u32, u32), f32>) = Default::default();
        for basket in 0..baskets.len() as u32 {
            let mut held: BTreeMap<u32, usize> = BTreeMap::new();
            for item in baskets.members(basket) {
                if let Some(category) = transitions.category(*item as usize) {
                    *held.entry(category).or_default() += 1;
                }
            }
            for (one, times) in &held {
                *counts.entry(*one).or_default() += 1.0;
                for other in held.keys().filter(|other| *other != one || *times > 1) {
                    *pairs.entry((*one, *other)).or_default() += 1.0;
                }
            }
        }
        transitions.weigh(&counts, pairs, baskets.len() as f32);
        transitions.find_best(baskets);
        transitions
    }

    /// Lifts, `P(b | a) / P(b)`, and where each category leads.
    fn weigh(&mut self, counts: &BTreeMap<u32, f32>, pairs: BTreeMap<(u32, u32), f32>, all: f32) {
        for ((one, other), met) in pairs {
            let (own, others) = (counts[&one], counts[&other]);
            let believed = met / (met + CATEGORY_SHRINKAGE);
            let lift = met * all / (own * others);
            self.lifts.insert((one, other), believed * lift + (1.0 - believed));
            // What is in every basket anyway leads nowhere: a probability counts by its lift, to twice at most.
            let probability = met / own * believed * lift.min(2.0);
            self.leads_to.entry(one).or_default().push((other, probability));
        }
        self.leads_to.values_mut().for_each(|row| keep_best(row, CATEGORIES_MAX));
    }

    fn find_best(&mut self, baskets: &Baskets) {
        for item in 0..self.categories.len().min(baskets.items()) {
            let bought = baskets.holding(item).len() as f32;
            if let Some(category) = self.category(item).filter(|_| bought > 0.0) {
                self.best.entry(category).or_default().push((item as u32, bought));
            }
        }
        for row in self.best.values_mut() {
            let total: f32 = row.iter().map(|(_, bought)| bought).sum();
            keep_best(row, OF_CATEGORY_MAX);
            row.iter_mut().for_each(|(_, bought)| *bought /= total);
        }
    }

    pub(super) fn category(&self, item: usize) -> Option<u32> {
        self.categories.get(item).copied().filter(|category| *category != ItemContents::NO_CATEGORY)
    }

    pub(super) fn leads_to(&self, from: Option<u32>) -> &[(u32, f32)] {
        from.and_then(|from| self.leads_to.get(&from)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn best_of(&self, category: u32) -> &[(u32, f32)] {
        self.best.get(&category).map_or(&[], Vec::as_slice)
    }

    /// How fit a category is to complete a basket with another: 1 across categories and where nothing is known. Within one
    /// category, two items are substitutes unless baskets hold two of it more often than chance puts it into them.
    pub(super) fn fitness(&self, from: Option<u32>, to: Option<u32>, substitutes: f32) -> f32 {
        match (from, to) {
            (Some(from), Some(to)) if from == to => {
                let lift = self.lifts.get(&(from, to)).copied().unwrap_or(0.0);
                substitutes + (1.0 - substitutes) * (lift - 1.0).clamp(0.0, 1.0)
            }
            _ => 1.0,
        }
    }
}
