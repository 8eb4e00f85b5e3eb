use types::Rng;

use super::cascade;
use super::{Chances, LoggingDesign, Slate, SlateEstimator, Slot};
use crate::off_policy::estimators::{Sample, Term, unit_terms};
use crate::off_policy::evaluation::Options;
use crate::off_policy::overlap::{Overlap, of_samples};
use crate::off_policy::reward_model::folds;
use crate::off_policy::rounds::{Excluded, is_distribution, number_units};

/// The slates that can be used.
pub(super) struct Log<'a> {
    pub(super) kept: Vec<&'a Slate>,
    /// The number of each slate's unit.
    units: Vec<usize>,
    /// The fold of each unit.
    of_unit: Vec<usize>,
}

/// What a slate adds to an estimate, and the weights behind it with the rewards they weigh.
pub(super) struct Part {
    pub(super) value: f64,
    weighed: Vec<(f64, f64)>,
}

impl Slate {
    /// What all its slots brought together.
    pub fn reward(&self) -> f64 {
        self.slots.iter().map(|slot| slot.reward).sum()
    }
}

impl<'a> Log<'a> {
    pub(super) fn new(kept: Vec<&'a Slate>, parts: usize, rng: &mut Rng) -> Self {
        let units = number_units(kept.iter().map(|slate| slate.unit));
        let count = units.iter().max().map_or(0, |last| last + 1);
        Self { of_unit: folds(count, parts, rng), kept, units }
    }

    pub(super) fn rewards(&self) -> impl Iterator<Item = f64> {
        self.kept.iter().map(|slate| slate.reward())
    }

    /// The fold of a slate.
    pub(super) fn fold(&self, place: usize) -> usize {
        self.of_unit[self.units[place]]
    }

    /// Sums by unit of a value for each slate.
    pub(super) fn table(&self, values: impl Iterator<Item = f64>) -> Vec<Term> {
        unit_terms(self.units.iter().copied().zip(values.map(Term::mean)))
    }

    pub(super) fn overlap(&self, parts: &[Part]) -> Overlap {
        let samples = parts.iter().zip(&self.units).flat_map(|(part, unit)| {
            let sample = |(weight, reward): &(f64, f64)| Sample {
                unit: *unit,
                probability: 0.0,
                weight: *weight,
                reward: *reward,
                fitted: 0.0,
                expected: 0.0,
            };
            part.weighed.iter().map(sample)
        });
        of_samples(&samples.collect::<Vec<_>>())
    }

    /// What each slate adds; `None` where a probability that is needed is not known.
    pub(super) fn parts(&self, by: SlateEstimator, design: LoggingDesign, options: &Options) -> Option<Vec<Part>> {
        let each = |part: &dyn Fn(&Slate) -> Option<Part>| self.kept.iter().map(|slate| part(slate)).collect();
        match by {
            SlateEstimator::Standard => each(&|slate| {
                let weight = *prefix_weights(slate)?.last()?;
                Some(Part::whole(weight, slate.reward()))
            }),
            SlateEstimator::Independent => each(&|slate| Some(Part::by_slot(&slot_weights(slate)?, slate))),
            SlateEstimator::RewardInteraction => each(&|slate| Some(Part::by_slot(&prefix_weights(slate)?, slate))),
            SlateEstimator::PseudoInverse => {
                each(&|slate| Some(Part::whole(pseudo_inverse_weight(slate, design)?, slate.reward())))
            }
            SlateEstimator::CascadeDoublyRobust => {
                let expected = cascade::expectations(self, options)?;
                let slates = self.kept.iter().zip(expected);
                slates.map(|(slate, expected)| cascade_part(slate, &expected)).collect()
            }
        }
    }
}

impl Part {
    fn whole(weight: f64, reward: f64) -> Self {
        Self { value: weight * reward, weighed: vec![(weight, reward)] }
    }

    fn by_slot(weights: &[f64], slate: &Slate) -> Self {
        let weighed: Vec<(f64, f64)> =
            weights.iter().zip(&slate.slots).map(|(weight, slot)| (*weight, slot.reward)).collect();
        Self { value: weighed.iter().map(|(weight, reward)| weight * reward).sum(), weighed }
    }
}

/// What is expected of a slot's own action, and of the target's choice for that slot.
pub(super) struct Expected {
    pub(super) fitted: f64,
    pub(super) target: f64,
}

fn cascade_part(slate: &Slate, expected: &[Expected]) -> Option<Part> {
    let weights = prefix_weights(slate)?;
    let mut part = Part::by_slot(&weights, slate);
    let above = std::iter::once(&1.0).chain(&weights);
    let slots = slate.slots.iter().zip(expected).zip(weights.iter().zip(above));
    part.value = slots
        .map(|((slot, expected), (weight, above))| weight * (slot.reward - expected.fitted) + above * expected.target)
        .sum();
    Some(part)
}

/// Cascade-DR's value of a slate for given expectations: of the slot's own action, of the target's choice.
#[cfg(test)]
pub(in crate::off_policy) fn cascade_value(slate: &Slate, expected: &[(f64, f64)]) -> f64 {
    let expected: Vec<Expected> =
        expected.iter().map(|(fitted, target)| Expected { fitted: *fitted, target: *target }).collect();
    cascade_part(slate, &expected).expect("known probabilities").value
}

/// The weight of each slot's action on its own.
fn slot_weights(slate: &Slate) -> Option<Vec<f64>> {
    slate.slots.iter().map(|slot| Some(slot.target.marginal? / slot.logged.marginal?)).collect()
}

/// The weight of the slots down to each.
fn prefix_weights(slate: &Slate) -> Option<Vec<f64>> {
    let step = |weight: &mut f64, slot: &Slot| {
        let ratio = slot.target.conditional.zip(slot.logged.conditional).map(|(target, logged)| target / logged);
        Some(ratio.map(|ratio| {
            *weight *= ratio;
            *weight
        }))
    };
    slate.slots.iter().scan(1.0, step).collect()
}

/// `q' G^+ 1_s`.
///
/// For slots that are chosen independently it is `1 + sum_k (w_k - 1)` (Swaminathan et al. 2017, section 3). For a uniform
/// ranking of `l` out of `m` actions, `G` commutes with every renaming of actions, so that it is a matrix over slots on
/// the part that is constant over actions, `J / m`, and one on the part that adds up to 0 over actions,
/// `(m I - J) / (m (m - 1))`, `J` the matrix of ones. Inverting both (without the second's null direction, where `l = m`):
///
/// `1 + (m - 1) (sum_k q_k(s_k) - l/m - D / l) + [l < m] m (m - 1) D / ((m - l) l)`, `D = sum_(a in s) Q_a - l^2 / m`,
/// with `Q_a` the target's probability of showing `a` in any slot.
fn pseudo_inverse_weight(slate: &Slate, design: LoggingDesign) -> Option<f64> {
    let LoggingDesign::UniformRanking { actions } = design else {
        return Some(1.0 + slot_weights(slate)?.iter().map(|weight| weight - 1.0).sum::<f64>());
    };
    let (m, l) = (actions as f64, slate.slots.len() as f64);
    if slate.slots.len() > actions {
        return None;
    }
    let here: f64 = slate.slots.iter().map(|slot| slot.target.marginal).sum::<Option<f64>>()?;
    let anywhere: f64 = slate.slots.iter().map(|slot| slot.target_anywhere).sum::<Option<f64>>()?;
    let gap = anywhere - l * l / m;
    let spread = if slate.slots.len() < actions { m * (m - 1.0) * gap / ((m - l) * l) } else { 0.0 };
    Some(1.0 + (m - 1.0) * (here - l / m - gap / l) + spread)
}

/// The slates that can be used, and how many cannot.
pub(super) fn screen(slates: &[Slate]) -> (Vec<&Slate>, Excluded) {
    let mut excluded = Excluded::default();
    let mut kept: Vec<&Slate> = Vec::with_capacity(slates.len());
    for slate in slates {
        let width = kept.first().map_or(slate.context.len(), |first| first.context.len());
        if slate.slots.iter().any(|slot| chances_excluded(slot.logged, &mut excluded)) {
            continue;
        }
        let any = |fault: fn(&Slot) -> bool| slate.slots.iter().any(fault);
        let fault = if any(|slot| !slot.reward.is_finite()) {
            &mut excluded.reward_not_finite
        } else if slate.slots.is_empty() || any(|slot| slot.target == Chances::default()) {
            &mut excluded.target_missing
        } else if any(target_is_invalid) {
            &mut excluded.target_invalid
        } else if slate.context.len() != width || slate.context.iter().any(|value| !value.is_finite()) {
            &mut excluded.context_invalid
        } else {
            kept.push(slate);
            continue;
        };
        *fault += 1;
    }
    (kept, excluded)
}

/// Counts the first faulty propensity; one of the two kinds is enough.
fn chances_excluded(chances: Chances, excluded: &mut Excluded) -> bool {
    match chances {
        Chances { marginal: None, conditional: None } => excluded.propensity(None),
        Chances { marginal, conditional } => {
            [marginal, conditional].into_iter().flatten().any(|value| excluded.propensity(Some(value)))
        }
    }
}

fn target_is_invalid(slot: &Slot) -> bool {
    let known = [slot.target.marginal, slot.target.conditional, slot.target_anywhere];
    known.into_iter().flatten().any(|value| !is_distribution(&[(0, value)])) || !is_distribution(&slot.choices)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every ordered choice of `slots` different actions out of `actions`.
    fn rankings(actions: usize, slots: usize) -> Vec<Vec<usize>> {
        (0..slots).fold(vec![vec![]], |known, _| {
            let longer = |start: &Vec<usize>| {
                let start = start.clone();
                (0..actions)
                    .filter(|a| !start.contains(a))
                    .map(|a| [start.clone(), vec![a]].concat())
                    .collect::<Vec<_>>()
            };
            known.iter().flat_map(longer).collect()
        })
    }

    fn slate(shown: &[usize], chances: impl Fn(usize, usize) -> (f64, f64, f64)) -> Slate {
        let slot = |(k, action): (usize, &usize)| {
            let (logged, target, anywhere) = chances(k, *action);
            Slot {
                action: *action,
                reward: 0.0,
                logged: Chances { marginal: Some(logged), conditional: None },
                target: Chances { marginal: Some(target), conditional: None },
                target_anywhere: Some(anywhere),
                choices: vec![],
            }
        };
        Slate { unit: 0, context: vec![], slots: shown.iter().enumerate().map(slot).collect() }
    }

    proptest! {
        /// The mean of weight times reward over all slates of the log is the target's, exactly, for rewards that are sums
        /// over slots.
        #[test]
        fn pseudo_inverse_is_unbiased_for_additive_rewards(
            raw in prop::collection::vec(0.0f64..1.0, 24),
            brings in prop::collection::vec(-1.0f64..1.0, 12),
            shape in prop::sample::select(vec![(4usize, 2usize), (3, 3), (4, 3), (3, 1)]),
        ) {
            let (actions, slots) = shape;
            let all = rankings(actions, slots);
            let sum: f64 = raw.iter().take(all.len()).sum::<f64>() + 1e-9;
            let target: Vec<f64> = raw.iter().take(all.len()).map(|value| (value + 1e-9 / all.len() as f64) / sum).collect();
            let reward = |shown: &[usize]| -> f64 { shown.iter().enumerate().map(|(k, a)| brings[k * 4 + a]).sum() };
            let marginal = |k: usize, a: usize| -> f64 {
                all.iter().zip(&target).filter(|(shown, _)| shown[k] == a).map(|(_, chance)| chance).sum()
            };
            let chances = |k: usize, a: usize| {
                (1.0 / actions as f64, marginal(k, a), (0..slots).map(|k| marginal(k, a)).sum())
            };
            let design = LoggingDesign::UniformRanking { actions };
            let estimated: f64 = all
                .iter()
                .map(|shown| {
                    let weight = pseudo_inverse_weight(&slate(shown, chances), design).expect("known");
                    weight * reward(shown) / all.len() as f64
                })
                .sum();
            let truth: f64 = all.iter().zip(&target).map(|(shown, chance)| chance * reward(shown)).sum();
            prop_assert!((estimated - truth).abs() < 1e-9, "{estimated} {truth}");
        }
    }

    #[test]
    fn pseudo_inverse_of_independent_slots_is_unbiased_for_additive_rewards() {
        let (logged, target) = ([[0.3, 0.7], [0.6, 0.4]], [[0.9, 0.1], [0.2, 0.8]]);
        let brings = [[1.0, -2.0], [0.5, 3.0]];
        let all = [[0, 0], [0, 1], [1, 0], [1, 1]];
        let sum = |chances: [[f64; 2]; 2], weight: &dyn Fn(&[usize; 2]) -> f64| -> f64 {
            let of =
                |s: &[usize; 2]| chances[0][s[0]] * chances[1][s[1]] * weight(s) * (brings[0][s[0]] + brings[1][s[1]]);
            all.iter().map(of).sum()
        };
        let weight = |s: &[usize; 2]| {
            let slate = slate(s, |k, a| (logged[k][a], target[k][a], 0.0));
            pseudo_inverse_weight(&slate, LoggingDesign::Independent).expect("known")
        };
        assert!((sum(logged, &weight) - sum(target, &|_| 1.0)).abs() < 1e-12);
    }
}
