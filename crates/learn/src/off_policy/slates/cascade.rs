use super::Slate;
use super::log::{Expected, Log};
use crate::off_policy::evaluation::Options;
use crate::off_policy::reward_model::{Example, Fitted};

/// What is expected of each slate's slots, cross-fitted: slot `k`'s model is fitted, from the lowest slot up, to
/// `r_k + sum_a pi(a | shown above) Q_(k+1)(a)`. `None` where the target's choices are not known in full.
pub(super) fn expectations(log: &Log<'_>, options: &Options) -> Option<Vec<Vec<Expected>>> {
    let listed = |choices: &[(usize, f64)]| choices.iter().map(|(_, chance)| chance).sum::<f64>() >= LISTED_MIN;
    if !log.kept.iter().all(|slate| slate.slots.iter().all(|slot| listed(&slot.choices))) {
        return None;
    }
    let mut all: Vec<Vec<Expected>> = log.kept.iter().map(|_| Vec::new()).collect();
    for fold in 0..options.folds {
        let outside = log.kept.iter().enumerate().filter(|(place, _)| log.fold(*place) != fold);
        let models = fit(&outside.map(|(_, slate)| *slate).collect::<Vec<_>>(), options);
        for (place, slate) in log.kept.iter().enumerate().filter(|(place, _)| log.fold(*place) == fold) {
            all[place] = (0..slate.slots.len()).map(|slot| expected(models.get(slot), slate, slot)).collect();
        }
    }
    Some(all)
}

/// A sum of probabilities from which a list counts as whole.
const LISTED_MIN: f64 = 0.999;

/// A model for each slot, top first.
fn fit(slates: &[&Slate], options: &Options) -> Vec<Fitted> {
    let depth = slates.iter().map(|slate| slate.slots.len()).max().unwrap_or(0);
    let mut upwards: Vec<Fitted> = Vec::with_capacity(depth);
    for slot in (0..depth).rev() {
        let below = upwards.last();
        let long_enough = slates.iter().filter(|slate| slate.slots.len() > slot);
        let example = |slate: &&Slate| {
            let after = if slot + 1 < slate.slots.len() { expected(below, slate, slot + 1).target } else { 0.0 };
            (slate.slots[slot].action, slate.slots[slot].reward + after)
        };
        let targets: Vec<(usize, f64)> = long_enough.clone().map(example).collect();
        let examples: Vec<Example<'_>> = long_enough
            .zip(&targets)
            .map(|(slate, (action, reward))| Example {
                context: &slate.context,
                position: 0,
                action: *action,
                reward: *reward,
            })
            .collect();
        upwards.push(options.reward_model.fit(&examples));
    }
    upwards.reverse();
    upwards
}

/// What a slot's model expects; nothing of a slot that no slate it was fitted to had.
fn expected(model: Option<&Fitted>, slate: &Slate, place: usize) -> Expected {
    let slot = &slate.slots[place];
    let Some(model) = model else { return Expected { fitted: 0.0, target: 0.0 } };
    let fitted = model.expect(&slate.context, 0, std::iter::once(slot.action)).sum();
    let each = model.expect(&slate.context, 0, slot.choices.iter().map(|(action, _)| *action));
    Expected { fitted, target: each.zip(&slot.choices).map(|(value, (_, chance))| value * chance).sum() }
}
