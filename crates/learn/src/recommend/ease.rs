//! Weights between all pairs of items in closed form.

use std::cmp::Reverse;

use types::Row;

use super::dense::Symmetric;
use super::linear::{
    PLACE_EXPONENT, WEIGHT_EXPONENT, chosen_weighing, known_weights, learnt_from, row_amounts, scale_rows, shares,
    weighing,
};
use super::weighed::Weighing;
use super::{
    Ask, FitError, Method, Model, Parameter, Parameters, Scale, Share, Sparse, Trainer, TrainingData, Watcher,
};
use crate::bytes::{Reader, Writer};

/// Steck 2019, "Embarrassingly shallow autoencoders for sparse data", WWW: the item weights `B` with an empty diagonal that
/// rebuild each user's items best from the others, `min |X - XB|^2 + regularisation |B|^2`. Attributes of items join as
/// further rows of `X` (Jeunen, Van Balen and Goethals 2020, "Closed-form models for collaborative filtering with
/// side-information", RecSys).
pub(super) const METHOD: Method = Method {
    name: "ease",
    about: "weights between all pairs of items in closed form; memory grows with the square of the items",
    parameters: &[
        Parameter {
            name: "regularisation",
            about: "added to the diagonal of the items' products, in units of its mean",
            default: 3.0,
            min: 0.01,
            max: 1_000.0,
            scale: Scale::Log,
        },
        Parameter {
            name: "user-exponent",
            about: "what a user says is divided by the number of the user's items to this power",
            default: 0.25,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "attribute-weight",
            about: "what an attribute's value says in units of what a user says; 0 leaves attributes out",
            default: 1.0,
            min: 0.0,
            max: 100.0,
            scale: Scale::Linear,
        },
        Parameter {
            name: "items",
            about: "items that take part, the most wanted ones; memory is four bytes times its square",
            default: 50_000.0,
            min: 1.0,
            max: 200_000.0,
            scale: Scale::Whole,
        },
        WEIGHT_EXPONENT,
        PLACE_EXPONENT,
    ],
    trainer: |parameters| Box::new(EaseTrainer::new(parameters)),
    decode: |bytes| Ok(Box::new(Ease::decode(bytes)?)),
};

#[derive(Debug)]
struct EaseTrainer {
    regularisation: f32,
    user_exponent: f32,
    attribute_weight: f32,
    items: usize,
    weight_exponent: f32,
    weighing: Weighing,
}

impl EaseTrainer {
    fn new(parameters: &Parameters) -> Self {
        Self {
            regularisation: parameters.float("regularisation"),
            user_exponent: parameters.float("user-exponent"),
            attribute_weight: parameters.float("attribute-weight"),
            items: parameters.whole("items"),
            weight_exponent: parameters.float(WEIGHT_EXPONENT.name),
            weighing: chosen_weighing(parameters),
        }
    }

    /// What is learnt from: a row for each user and each attribute's value.
    fn rows(&self, data: &TrainingData<'_>) -> Sparse {
        let mut users = learnt_from(data.interactions, self.weight_exponent);
        scale_rows(&mut users, self.user_exponent);
        if self.attribute_weight == 0.0 || data.items.attributes.rows() != users.columns() {
            return users;
        }
        let mut attributes = data.items.attributes.transpose();
        scale_rows(&mut attributes, self.user_exponent);
        let weight = self.attribute_weight.sqrt();
        let pairs = |(columns, values): (&[u32], &[f32]), weight: f32| {
            columns.iter().copied().zip(values.iter().map(|value| weight * value)).collect()
        };
        let rows = users.iter().map(|row| pairs(row, 1.0)).chain(attributes.iter().map(|row| pairs(row, weight)));
        Sparse::from_rows(users.columns(), rows)
    }

    /// The items that take part, ascending: those that are in most rows.
    fn chosen(&self, columns: &Sparse) -> Vec<Row> {
        let amounts = row_amounts(columns);
        let mut items: Vec<u32> = (0..columns.rows() as u32).filter(|item| amounts[*item as usize] > 0.0).collect();
        if items.len() > self.items {
            items.sort_by_key(|item| (Reverse(columns.row(*item as usize).0.len()), *item));
            items.truncate(self.items);
            items.sort_unstable();
        }
        items.into_iter().map(Row).collect()
    }
}

impl Trainer for EaseTrainer {
    fn memory(&self, data: &TrainingData<'_>) -> u64 {
        let mut met = vec![false; data.interactions.items()];
        data.interactions.iter().flatten().for_each(|entry| met[entry.item.index()] = true);
        if self.attribute_weight > 0.0 && data.items.attributes.rows() == met.len() {
            (0..met.len()).for_each(|item| met[item] |= !data.items.attributes.row(item).0.is_empty());
        }
        let items = met.into_iter().filter(|met| *met).count().min(self.items);
        let entries = data.interactions.len() + data.items.attributes.len();
        Symmetric::memory(items) + 4 * 8 * entries as u64
    }

    fn fit(&self, data: &TrainingData<'_>, watcher: &mut dyn Watcher) -> Result<Box<dyn Model>, FitError> {
        let rows = self.rows(data);
        let columns = rows.transpose();
        let chosen = self.chosen(&columns);
        if chosen.is_empty() {
            return Err(FitError::Nothing { expected: "items that speak for or against others" });
        }
        let mut place_of = vec![u32::MAX; rows.columns()];
        (0..).zip(&chosen).for_each(|(place, item)| place_of[item.index()] = place);
        let squares = |item: &Row| columns.row(item.index()).1.iter().map(|value| value * value).sum::<f32>();
        let mean = chosen.iter().map(|item| f64::from(squares(item))).sum::<f64>() / chosen.len() as f64;
        let ridge = self.regularisation * mean as f32;
        let mut products = Symmetric::from_lower(chosen.len(), watcher, 0.3, |place, into| {
            let (users, values) = columns.row(chosen[place].index());
            for (user, value) in users.iter().zip(values) {
                let (others, other_values) = rows.row(*user as usize);
                for (other, other_value) in others.iter().zip(other_values) {
                    // Items ascend, and so do their places.
                    match into.get_mut(place_of[*other as usize] as usize) {
                        Some(into) => *into += value * other_value,
                        None if *other > chosen[place].0 => break,
                        None => {}
                    }
                }
            }
            into[place] += ridge;
        })?;
        products.invert(watcher, 0.3, 1.0)?;
        let weights = into_weights(products.into_values(), chosen.len());
        Ok(Box::new(Ease { items: data.interactions.items(), weighing: self.weighing, chosen, weights }))
    }
}

/// `B = I - P diag(1 / P)`, in place: weights of an item on each other stand in its row.
fn into_weights(mut inverse: Vec<f32>, size: usize) -> Vec<f32> {
    let factors: Vec<f32> = (0..size).map(|item| -1.0 / inverse[item * size + item]).collect();
    for (item, row) in inverse.chunks_mut(size).enumerate() {
        row.iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
        row[item] = 0.0;
    }
    inverse
}

#[derive(Clone, PartialEq, Debug)]
struct Ease {
    items: usize,
    weighing: Weighing,
    /// The items that take part, ascending.
    chosen: Vec<Row>,
    /// Of each such item, its weight on each.
    weights: Vec<f32>,
}

impl Ease {
    fn row(&self, place: usize) -> &[f32] {
        &self.weights[place * self.chosen.len()..(place + 1) * self.chosen.len()]
    }

    fn decode(bytes: &[u8]) -> crate::Result<Self> {
        let mut input = Reader::new(bytes);
        let items = input.small()? as usize;
        let place_exponent = input.float()?;
        let count = input.count(1)?;
        let mut chosen: Vec<Row> = Vec::with_capacity(count);
        for _ in 0..count {
            let item = input.row()?;
            if item.index() >= items || chosen.last().is_some_and(|last| *last >= item) {
                return Err(input.fault("items in ascending order"));
            }
            chosen.push(item);
        }
        let weights = input.floats()?;
        input.end()?;
        if weights.len() != count * count {
            return Err(input.fault("a weight of each item on each"));
        }
        Ok(Self { items, weighing: weighing(place_exponent), chosen, weights })
    }
}

impl Model for Ease {
    fn name(&self) -> &'static str {
        METHOD.name
    }

    fn items(&self) -> usize {
        self.items
    }

    fn score(&self, ask: &Ask<'_>, scores: &mut [f32]) {
        let mut sums = vec![0.0f32; self.chosen.len()];
        for (item, weight) in self.weighing.weigh(ask) {
            let Ok(place) = self.chosen.binary_search(&item) else { continue };
            sums.iter_mut().zip(self.row(place)).for_each(|(sum, other)| *sum += weight * other);
        }
        assert_eq!(scores.len(), self.items, "a place for each item");
        scores.fill(0.0);
        self.chosen.iter().zip(&sums).for_each(|(item, sum)| scores[item.index()] = *sum);
    }

    fn explain(&self, ask: &Ask<'_>, item: Row) -> Vec<Share> {
        let Ok(target) = self.chosen.binary_search(&item) else { return Vec::new() };
        let weights = known_weights(&self.weighing, ask, self.items);
        shares(&weights, |from| self.chosen.binary_search(&from).map_or(0.0, |place| self.row(place)[target]))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.number(self.items as u64);
        out.float(self.weighing.place_exponent);
        out.number(self.chosen.len() as u64);
        self.chosen.iter().for_each(|item| out.number(u64::from(item.0)));
        out.floats(&self.weights);
        out.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::linear::tests::check_linear;
    use crate::recommend::testing::{check_method, trained};
    use crate::recommend::{Interactions, ItemContents, train};

    #[test]
    fn what_is_wanted_together() {
        check_method(&METHOD);
        check_linear(&METHOD, &[]);
        let model = trained(&METHOD, &[("regularisation", 0.1)], &["a b", "a b", "c d", "c d", "a c"]);
        assert!(model.answer("a").starts_with("b ") && model.answer("d").starts_with('c'));
    }

    #[test]
    fn the_most_wanted_take_part() {
        let model = trained(&METHOD, &[("items", 2.0), ("regularisation", 0.1)], &["a b", "a b", "a c", "b"]);
        assert_eq!((model.answer("a").as_str(), model.answer("c").as_str()), ("b", ""));
    }

    #[test]
    fn an_attribute_speaks_for_an_item_that_nobody_met() {
        let signals: Vec<_> = (0..4).map(|user| crate::recommend::testing::signal(user, 0, 1)).collect();
        let interactions = Interactions::from_signals(&signals, 3);
        let attributes = Sparse::from_rows(2, [vec![(0, 1.0)], vec![(0, 1.0)], vec![(1, 1.0)]]);
        let items = ItemContents { attributes, ..ItemContents::default() };
        let data = TrainingData { interactions: &interactions, items: &items, seed: 1 };
        let model = train(&METHOD, &Parameters::new(METHOD.parameters), &data, None, &mut ()).unwrap();
        let history = crate::recommend::testing::history(&[0]);
        let best = model.recommend(&Ask { history: &history, now: types::Millis(0) }, 5, &|row| row != Row(0));
        assert_eq!(best.iter().map(|(row, _)| row.0).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn memory_is_refused_before_it_is_taken() {
        let signals: Vec<_> = (0..2_000).map(|item| crate::recommend::testing::signal(item / 20, item, 1)).collect();
        let interactions = Interactions::from_signals(&signals, 2_000);
        let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
        let refused = train(&METHOD, &Parameters::new(METHOD.parameters), &data, Some(8 << 20), &mut ());
        assert!(matches!(refused, Err(FitError::Memory { needed, .. }) if needed > 16_000_000));
    }
}
