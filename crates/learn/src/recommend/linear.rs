//! What the linear methods share: they learn from one matrix, and every item of a history adds its row to the scores.

use rayon::prelude::*;
use types::Row;

use super::weighed::Weighing;
use super::{Ask, Interactions, Parameter, Parameters, Scale, Share, Sparse, sort_shares};

/// Items of a user that are learnt from, the last ones: the work of a user grows with the square of their number.
pub(super) const USER_ITEMS: usize = 2_000;
/// Items of a history that speak, the last ones.
const HISTORY_ITEMS: usize = 1_000;

pub(super) const PLACE_EXPONENT: Parameter = Parameter {
    name: "place-exponent",
    about: "what an item of the history says is divided by (1 + moments after it) to this power",
    default: 0.5,
    min: 0.0,
    max: 4.0,
    scale: Scale::Linear,
};

pub(super) const WEIGHT_EXPONENT: Parameter = Parameter {
    name: "weight-exponent",
    about: "what is learnt from weights: their amount to this power, with their sign; 0 counts all alike",
    default: 0.5,
    min: 0.0,
    max: 1.0,
    scale: Scale::Linear,
};

/// How the items of a history are weighed.
pub(super) fn weighing(place_exponent: f32) -> Weighing {
    Weighing { items: HISTORY_ITEMS, place_exponent, half_life_days: 0.0 }
}

/// See [`weighing`].
pub(super) fn chosen_weighing(parameters: &Parameters) -> Weighing {
    weighing(parameters.float(PLACE_EXPONENT.name))
}

/// Users x items: the sum of weights of each pair to a power, with its sign.
pub(super) fn learnt_from(interactions: &Interactions, weight_exponent: f32) -> Sparse {
    let strength = |weight: f32| weight.signum() * weight.abs().min(1e6).powf(weight_exponent);
    let rows = interactions.iter().map(|list| {
        let last = &list[list.len().saturating_sub(USER_ITEMS)..];
        last.iter().map(|entry| (entry.item.0, entry.weight)).collect()
    });
    Sparse::from_rows(interactions.items(), rows)
        .filter_map(|weight| Some(strength(weight)).filter(|strength| weight != 0.0 && strength.is_finite()))
}

/// Rows divided by the sum of their amounts to a power, so that users who want everything do not drown the others.
pub(super) fn scale_rows(matrix: &mut Sparse, exponent: f32) {
    let factors = row_amounts(matrix).into_iter().map(|amount| inverse_power(amount, exponent)).collect::<Vec<f32>>();
    let ones = vec![1.0; matrix.columns()];
    matrix.scale(&factors, &ones);
}

/// Sum of the amounts of each row.
pub(super) fn row_amounts(matrix: &Sparse) -> Vec<f32> {
    matrix.iter().map(|(_, values)| values.iter().map(|value| value.abs()).sum()).collect()
}

/// `amount^-exponent`; 0 where there is nothing.
pub(super) fn inverse_power(amount: f32, exponent: f32) -> f32 {
    if amount > 0.0 { amount.powf(-exponent) } else { 0.0 }
}

/// Shares of a linear model, where `part_of` tells what an item of the history says of the item asked about for each unit
/// of its weight.
pub(super) fn shares(weights: &[(Row, f32)], part_of: impl Fn(Row) -> f32) -> Vec<Share> {
    let mut shares: Vec<Share> = weights
        .iter()
        .map(|(item, weight)| Share { because: Some(*item), part: weight * part_of(*item) })
        .filter(|share| share.part != 0.0)
        .collect();
    sort_shares(&mut shares);
    shares
}

/// The history's weights of the items below `items`.
pub(super) fn known_weights(weighing: &Weighing, ask: &Ask<'_>, items: usize) -> Vec<(Row, f32)> {
    let mut weights = weighing.weigh(ask);
    weights.retain(|(item, _)| item.index() < items);
    weights
}

/// Scratch numbers of a thread, given back all 0.
pub(super) fn map_with_scratch<T: Send>(
    range: std::ops::Range<usize>,
    size: usize,
    work: impl Fn(&mut Vec<f32>, usize) -> T + Sync,
) -> Vec<T> {
    range.into_par_iter().map_init(|| vec![0.0; size], |scratch, index| work(scratch, index)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use types::Millis;

    use super::*;
    use crate::recommend::testing::{history, signal};
    use crate::recommend::{ItemContents, Method, TrainingData, train};

    /// Who said how much of what, and the history asked with.
    type Case = (Vec<(u32, u32, f32)>, Vec<(u32, f32)>);

    /// Parts of explanations add up to the score, whatever the shop and the history, and speak against what a disliked item
    /// speaks for.
    pub(in crate::recommend) fn check_linear(method: &Method, chosen: &[(&str, f64)]) {
        let mut parameters = Parameters::new(method.parameters);
        chosen.iter().for_each(|(name, value)| parameters.set(name, *value).unwrap());
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let pairs = prop::collection::vec((0u32..12, 0u32..9, prop::sample::select(vec![1.0f32, 4.0, -2.0])), 5..60);
        let asked = prop::collection::vec((0u32..9, prop::sample::select(vec![1.0f32, 3.0, -1.0])), 1..6);
        let check = |(pairs, asked): Case| {
            let signals: Vec<types::Signal> = (0..)
                .zip(&pairs)
                .map(|(minute, (user, item, strength))| types::Signal {
                    strength: *strength,
                    ..signal(*user, *item, minute)
                })
                .collect();
            let interactions = Interactions::from_signals(&signals, 9);
            let data = TrainingData { interactions: &interactions, items: &ItemContents::default(), seed: 1 };
            let Ok(model) = train(method, &parameters, &data, None, &mut ()) else { return Ok(()) };
            let mut history = history(&asked.iter().map(|(item, _)| *item).collect::<Vec<_>>());
            history.iter_mut().zip(&asked).for_each(|(touch, (_, weight))| touch.weight = *weight);
            let ask = Ask { history: &history, now: Millis(1_704_200_000_000) };
            let mut scores = vec![0.0; 9];
            model.score(&ask, &mut scores);
            for (item, score) in (0..).zip(&scores) {
                let shares = model.explain(&ask, Row(item));
                let largest = shares.iter().map(|share| share.part.abs()).fold(1e-6, f32::max);
                let sum: f32 = shares.iter().map(|share| share.part).sum();
                prop_assert!((sum - score).abs() <= 1e-4 * largest, "item {item}: {sum} of {score}, {shares:?}");
            }
            Ok(())
        };
        runner.run(&(pairs, asked), check).unwrap();
    }

    #[test]
    fn weights_keep_their_sign_and_work_is_bounded() {
        let mut signals: Vec<_> = (0..USER_ITEMS as u32 + 10).map(|item| signal(1, item, i64::from(item))).collect();
        signals.extend([
            types::Signal { strength: -4.0, ..signal(2, 0, 1) },
            types::Signal { strength: 9.0, ..signal(2, 1, 1) },
        ]);
        let interactions = Interactions::from_signals(&signals, USER_ITEMS + 10);
        let mut matrix = learnt_from(&interactions, 0.5);
        assert_eq!((matrix.row(0).0.len(), matrix.row(1).1), (USER_ITEMS, &[-2.0, 3.0][..]));
        scale_rows(&mut matrix, 1.0);
        assert_eq!(matrix.row(1).1, [-0.4, 0.6]);
    }
}
