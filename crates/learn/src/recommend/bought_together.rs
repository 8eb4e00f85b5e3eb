//! What completes a basket: the case to the phone, not another phone.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use types::Row;

use super::fit::tell;
use super::neighbours::keep_best;
use super::weighed::Weighing;
use super::{
    Ask, FitError, Interaction, Interactions, ItemContents, Method, Model, Parameter, Parameters, Scale, Share, Sparse,
    Trainer, TrainingData, Watcher, sort_shares,
};
use crate::bytes::{Reader, Writer};

/// Complements across categories.
pub(super) const METHOD: Method = Method {
    name: "bought-together",
    about: "what is bought in one basket with the items of the history; leads across categories, also from items seldom bought",
    parameters: &[
        number(
            "shrinkage",
            "baskets at which an item's own pairs are believed by half; the rest is its category's",
            3.0,
            0.0,
            1e3,
        ),
        number(
            "popularity",
            "exponent of how often a complement is bought anyway: more lowers what goes with everything",
            0.5,
            0.0,
            1.0,
        ),
        number("category", "weight of what the item's category leads to, beside the item's own pairs", 1.0, 0.0, 10.0),
        number(
            "substitutes",
            "what remains of a pair within one category where baskets seldom hold two of it",
            0.3,
            0.0,
            1.0,
        ),
        Parameter {
            name: "links",
            about: "complements kept of each item; 8 bytes each",
            default: 100.0,
            min: 1.0,
            max: 1e4,
            scale: Scale::Whole,
        },
    ],
    trainer: |parameters| Box::new(BoughtTogetherTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(BoughtTogether::decode(bytes)?)),
};

const fn number(name: &'static str, about: &'static str, default: f64, min: f64, max: f64) -> Parameter {
    Parameter { name, about, default, min, max, scale: Scale::Linear }
}

/// Items of a basket that are paired, the last ones; bounds the work of a wholesaler's orders.
const BASKET_MAX: usize = 200;
/// Categories that one leads to, the best.
const CATEGORIES_MAX: usize = 20;
/// Items of a category that stand for it, the most bought.
const OF_CATEGORY_MAX: usize = 20;
/// Baskets at which a lift of two categories is believed by half.
const CATEGORY_SHRINKAGE: f32 = 5.0;
/// Every item of the history speaks alike but for its age in days; one basket is a set.
const WEIGHING: Weighing = Weighing { items: 64, place_exponent: 0.7, half_life_days: 30.0 };

#[derive(Debug)]
struct BoughtTogetherTrainer {
    shrinkage: f32,
    popularity: f32,
    category: f32,
    substitutes: f32,
    links: usize,
}

impl BoughtTogetherTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            shrinkage: parameters.float("shrinkage"),
            popularity: parameters.float("popularity"),
            category: parameters.float("category"),
            substitutes: parameters.float("substitutes"),
            links: parameters.whole("links"),
        }
    }
}

impl Trainer for BoughtTogetherTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let (items, threads) = (data.interactions.items() as u64, rayon::current_num_threads() as u64);
        let kept = self.links as u64 + (CATEGORIES_MAX * OF_CATEGORY_MAX) as u64;
        data.interactions.len() as u64 * 24 + items * (kept.min(items) * 16 + 40) + threads * items * 8
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let baskets = Baskets::new(data.interactions);
        tell(watcher, 0.2, None)?;
        let transitions = Transitions::new(&baskets, data.items);
        tell(watcher, 0.4, None)?;
        let items = data.interactions.items();
        let mut rows = Vec::with_capacity(items);
        for start in (0..items).step_by(2_048) {
            let end = (start + 2_048).min(items);
            let block: Vec<Vec<(u32, f32)>> =
                (start..end).into_par_iter().map(|item| self.complements(&baskets, &transitions, item)).collect();
            rows.extend(block);
            tell(watcher, 0.4 + 0.6 * end as f64 / items as f64, None)?;
        }
        Ok(Box::new(BoughtTogether { links: Sparse::from_rows(items, rows) }))
    }
}

impl BoughtTogetherTrainer {
    /// `s(i, j) = g(a, b) (t c(i, j) / (n_i^(1-e) n_j^e) + (1 - t) w P(b | a) P(j | b))` for items i and j of categories a and
    /// b: c are the baskets that hold both, n those that hold one, e the exponent of popularity, w the weight of categories,
    /// `t = n_i / (n_i + shrinkage)` how far the item's own pairs are believed, and g how fit b is to complete a.
    fn complements(&self, baskets: &Baskets, transitions: &Transitions, item: usize) -> Vec<(u32, f32)> {
        let mut together: FxHashMap<u32, f32> = FxHashMap::default();
        let own = baskets.holding(item);
        for basket in own {
            let members = baskets.members(*basket);
            // A basket says as much of each item, whether two or two hundred are in it.
            let share = 1.0 / (members.len() as f32).ln_1p().max(1.0);
            members.iter().filter(|other| **other as usize != item).for_each(|other| {
                *together.entry(*other).or_default() += share;
            });
        }
        let count = own.len() as f32;
        let believed = count / (count + self.shrinkage).max(f32::MIN_POSITIVE);
        let from = transitions.category(item);
        let mut scores: FxHashMap<u32, f32> = FxHashMap::default();
        for (other, met) in together {
            let bought = baskets.holding(other as usize).len() as f32;
            let norm = count.powf(1.0 - self.popularity) * bought.powf(self.popularity);
            let kind = transitions.fitness(from, transitions.category(other as usize), self.substitutes);
            scores.insert(other, believed * kind * met / norm);
        }
        for (to, probability) in transitions.leads_to(from) {
            let kind = transitions.fitness(from, Some(*to), self.substitutes);
            for (other, share) in transitions.best_of(*to).iter().filter(|(other, _)| *other as usize != item) {
                let rest = self.category * (1.0 - believed) * kind * probability * share;
                *scores.entry(*other).or_default() += rest;
            }
        }
        let mut row: Vec<(u32, f32)> = scores.into_iter().filter(|(_, score)| *score > 0.0).collect();
        row.sort_unstable_by_key(|(other, _)| *other);
        keep_best(&mut row, self.links);
        row
    }
}

/// What was bought at once; without purchases, what was wanted in one visit.
struct Baskets {
    offsets: Vec<usize>,
    members: Vec<u32>,
    starts: Vec<usize>,
    holding: Vec<u32>,
}

impl Baskets {
    fn new(interactions: &Interactions) -> Self {
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

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn members(&self, basket: u32) -> &[u32] {
        &self.members[self.offsets[basket as usize]..self.offsets[basket as usize + 1]]
    }

    /// Baskets that hold an item.
    fn holding(&self, item: usize) -> &[u32] {
        &self.holding[self.starts[item]..self.starts[item + 1]]
    }
}

/// From which category baskets lead to which.
struct Transitions {
    /// Of each item; empty where categories are not known.
    categories: Vec<u32>,
    /// The best categories that each leads to, with the share of its baskets that hold one of them.
    leads_to: FxHashMap<u32, Vec<(u32, f32)>>,
    /// How much more often than by chance two categories meet, believed the more the more often they are met.
    lifts: FxHashMap<(u32, u32), f32>,
    /// The most bought items of each category, with their shares of its purchases.
    best: FxHashMap<u32, Vec<(u32, f32)>>,
}

impl Transitions {
    fn new(baskets: &Baskets, contents: &ItemContents) -> Self {
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
        for item in 0..self.categories.len().min(baskets.starts.len() - 1) {
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

    fn category(&self, item: usize) -> Option<u32> {
        self.categories.get(item).copied().filter(|category| *category != ItemContents::NO_CATEGORY)
    }

    fn leads_to(&self, from: Option<u32>) -> &[(u32, f32)] {
        from.and_then(|from| self.leads_to.get(&from)).map_or(&[], Vec::as_slice)
    }

    fn best_of(&self, category: u32) -> &[(u32, f32)] {
        self.best.get(&category).map_or(&[], Vec::as_slice)
    }

    /// How fit a category is to complete a basket with another: 1 across categories and where nothing is known. Within one
    /// category, two items are substitutes unless baskets hold two of it more often than chance puts it into them.
    fn fitness(&self, from: Option<u32>, to: Option<u32>, substitutes: f32) -> f32 {
        match (from, to) {
            (Some(from), Some(to)) if from == to => {
                let lift = self.lifts.get(&(from, to)).copied().unwrap_or(0.0);
                substitutes + (1.0 - substitutes) * (lift - 1.0).clamp(0.0, 1.0)
            }
            _ => 1.0,
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
struct BoughtTogether {
    links: Sparse,
}

impl BoughtTogether {
    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let links = Sparse::read(&mut input)?;
        if links.rows() != links.columns() {
            return Err(input.fault("as many rows as columns"));
        }
        input.end()?;
        Ok(Self { links })
    }

    fn weights(&self, ask: &Ask<'_>) -> Vec<(Row, f32)> {
        let mut weights = WEIGHING.weigh(ask);
        weights.retain(|(item, _)| item.index() < self.items());
        weights
    }
}

impl Model for BoughtTogether {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.links.rows()
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        scores.fill(0.0);
        for (item, weight) in self.weights(ask) {
            let (columns, values) = self.links.row(item.index());
            columns.iter().zip(values).for_each(|(column, value)| scores[*column as usize] += weight * value);
        }
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        let said = |(because, weight): (Row, f32)| {
            let (columns, values) = self.links.row(because.index());
            let place = columns.binary_search(&item.0).ok()?;
            Some(Share { because: Some(because), part: weight * values[place] })
        };
        let mut shares: Vec<Share> = self.weights(ask).into_iter().filter_map(said).collect();
        sort_shares(&mut shares);
        shares
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.links.write(&mut out);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::testing::{check_method, history, signal};
    use crate::recommend::train;
    use types::{InteractionKind, Signal};

    const PHONES: u32 = 0;
    const CASES: u32 = 1;
    const CUPS: u32 = 2;
    /// Items 0 to 3 are phones, 4 to 5 cases, 6 to 9 cups; item 3 is a phone that nobody bought.
    const CATEGORIES: [u32; 10] = [PHONES, PHONES, PHONES, PHONES, CASES, CASES, CUPS, CUPS, CUPS, CUPS];

    fn basket(user: u32, items: &[u32]) -> Vec<Signal> {
        let bought = |(minute, item): (i64, &u32)| Signal {
            kind: InteractionKind::Purchase,
            strength: 5.0,
            ..signal(user, *item, minute)
        };
        (0..).zip(items).map(bought).collect()
    }

    /// Phones are bought with a case, now and then two at once; cups by the set.
    fn shop() -> Vec<Signal> {
        let phones = (0..30).flat_map(|user| basket(user, &[user % 3, 4 + user % 2]));
        let two_phones = (30..33).flat_map(|user| basket(user, &[0, 1]));
        let cups = (40..70).flat_map(|user| basket(user, &[6 + user % 4, 6 + (user + 1) % 4]));
        let looked_at = (80..95).flat_map(|user| [signal(user, 0, 0), signal(user, 1, 1), signal(user, 2, 2)]);
        phones.chain(two_phones).chain(cups).chain(looked_at).collect()
    }

    fn fitted(signals: &[Signal]) -> Box<dyn Model> {
        let interactions = Interactions::from_signals(signals, CATEGORIES.len());
        let contents = ItemContents { categories: CATEGORIES.to_vec(), ..ItemContents::default() };
        let data = TrainingData { interactions: &interactions, items: &contents, seed: 1 };
        train(&METHOD, &Parameters::new(METHOD.parameters), &data, None, &mut ()).unwrap()
    }

    fn best(model: &dyn Model, items: &[u32], limit: usize) -> Vec<u32> {
        let touches = history(items);
        let ask = Ask { history: &touches, now: touches[0].time };
        model.recommend(&ask, limit, &|row| !items.contains(&row.0)).iter().map(|(row, _)| row.0).collect()
    }

    #[test]
    fn leads_from_the_phone_to_the_case_not_to_another_phone() {
        check_method(&METHOD);
        let model = fitted(&shop());
        let mut cases = best(model.as_ref(), &[0], 2);
        cases.sort_unstable();
        assert_eq!(cases, [4, 5]);
        assert!(best(model.as_ref(), &[6], 2).iter().all(|item| *item > 6), "cups are bought by the set");
    }

    #[test]
    fn an_item_that_nobody_bought_goes_by_its_category() {
        let model = fitted(&shop());
        let answer = best(model.as_ref(), &[3], 2);
        assert!(answer.iter().all(|item| CATEGORIES[*item as usize] == CASES), "{answer:?}");
    }

    #[test]
    fn what_is_sent_back_was_never_in_the_basket() {
        let mut signals = basket(1, &[0, 6]);
        signals.extend(basket(2, &[0, 4]));
        let kept = best(fitted(&signals).as_ref(), &[0], 9).contains(&6);
        signals.push(Signal { kind: InteractionKind::Refund, strength: -5.0, ..signal(1, 6, 9) });
        let returned = best(fitted(&signals).as_ref(), &[0], 9).contains(&6);
        assert_eq!((kept, returned), (true, false));
    }

    #[test]
    fn shares_add_up_and_dislikes_speak_against() {
        let model = fitted(&shop());
        let mut touches = history(&[0, 1, 6]);
        touches[1].weight = -0.5;
        let ask = Ask { history: &touches, now: touches[0].time };
        let mut scores = vec![0.0; CATEGORIES.len()];
        model.score(&ask, &mut scores);
        for (item, score) in scores.iter().enumerate() {
            let sum: f32 = model.explain(&ask, Row(item as u32)).iter().map(|share| share.part).sum();
            assert!((sum - score).abs() < 1e-6, "{item}: {sum} {score}");
        }
        let against = model.explain(&ask, Row(5));
        assert!(against.iter().any(|share| share.because == Some(Row(1)) && share.part < 0.0), "{against:?}");
    }

    #[test]
    fn an_order_of_thousands_is_bounded() {
        let items: Vec<u32> = (0..10).collect();
        let mut signals: Vec<Signal> = (0..500).flat_map(|user| basket(user, &items)).collect();
        signals.extend(
            (0..100_000).map(|minute| Signal { kind: InteractionKind::Purchase, ..signal(7_000, minute % 10, 0) }),
        );
        assert!(!best(fitted(&signals).as_ref(), &[0], 3).is_empty());
    }
}
