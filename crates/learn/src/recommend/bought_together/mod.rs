//! What completes a basket: the case to the phone, not another phone.

mod baskets;
mod transitions;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use types::Row;

use self::baskets::Baskets;
use self::transitions::{CATEGORIES_MAX, OF_CATEGORY_MAX, Transitions};
use super::fit::tell;
use super::linear::{known_weights, shares};
use super::sparse::keep_best;
use super::weighed::Weighing;
use super::{
    Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData, Watcher,
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

/// What was touched at one moment, as a basket is, speaks alike; what came before it less, and less with each day.
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
        for (item, weight) in known_weights(&WEIGHING, ask, self.items()) {
            self.links.add_row(item.index(), weight, scores);
        }
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        shares(&known_weights(&WEIGHING, ask, self.items()), |from| self.links.value(from.index(), item.0))
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
    use crate::recommend::{Interactions, ItemContents, train};
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
