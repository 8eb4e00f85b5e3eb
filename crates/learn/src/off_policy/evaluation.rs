use rayon::prelude::*;
use types::Rng;

use super::estimators::{Estimator, Sample, Term, unit_terms};
use super::intervals::{Figure, Resamples};
use super::overlap::{Limits, Overlap, Refusal, overlap};
use super::report::{Estimate, Evaluation, Extreme, LeftOut, OffPolicyError, Refused, Warning};
use super::reward_model::{Example, RewardModel, folds};
use super::rounds::{Excluded, Round, extreme_rewards, number_units, screen};
use super::tuning::{self, Tuning, choose};

/// How an evaluation is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Confidence of every interval, above 0 and below 1.
    pub confidence: f64,
    /// Draws of the bootstrap, at least 1.
    pub resamples: usize,
    /// Parts of the units for cross-fitting the model of rewards, at least 2: what a round is expected to earn comes from
    /// a model that has not seen its unit.
    pub folds: usize,
    /// Which model of rewards.
    pub reward_model: RewardModel,
    /// How the parameters of clipped, shrunk and switching estimators are chosen.
    pub tuning: Tuning,
    /// How much overlap is asked for.
    pub limits: Limits,
    /// The greatest weight there can be, for the bounds of Bernstein and Hoeffding; where it is not given, the greatest in
    /// the log stands for it, and the bounds hold only as far as it does.
    pub weight_bound: Option<f64>,
    /// The least and the greatest reward there can be; where not given, those in the log, and 0.
    pub reward_bounds: Option<(f64, f64)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            resamples: 1_000,
            folds: 5,
            reward_model: RewardModel::Auto,
            tuning: Tuning::default(),
            limits: Limits::default(),
            weight_bound: None,
            reward_bounds: None,
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), OffPolicyError> {
        let fault = |field, got, expected| Err(OffPolicyError::Option { field, got, expected });
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return fault("confidence", self.confidence, "above 0 and below 1");
        }
        if self.resamples == 0 {
            return fault("resamples", 0.0, "at least 1");
        }
        if self.folds < 2 {
            return fault("folds", self.folds as f64, "at least 2");
        }
        match (self.weight_bound, self.reward_bounds) {
            (Some(bound), _) if bound.is_nan() || bound <= 0.0 => fault("weight_bound", bound, "above 0"),
            (_, Some((low, high))) if low.is_nan() || high.is_nan() || low >= high => {
                fault("reward_bounds", low, "below the upper bound")
            }
            _ => Ok(()),
        }
    }
}

/// Tells from logged rounds what a target policy would earn a round.
///
/// Rounds that cannot be used are left out and counted; the same rounds, options and state of `rng` give the same
/// figures on any number of threads. The intervals take the cross-fitted models as given.
///
/// # Errors
/// [`OffPolicyError::Refused`] where overlap is below `options.limits`: no figure leaves this function then.
pub fn evaluate(rounds: &[Round], options: &Options, rng: &mut Rng) -> Result<Evaluation, OffPolicyError> {
    options.check()?;
    let (kept, excluded) = screen(rounds);
    if kept.is_empty() {
        return Err(OffPolicyError::NothingLeft(excluded));
    }
    let mut samples = samples(&kept);
    let overlap = overlap(&kept, &samples);
    let mut reasons = options.limits.refusals(&overlap);
    if reasons.is_empty() && overlap.units < 2 {
        reasons.push(Refusal::UnitsTooFew { got: overlap.units, needed: 2 });
    }
    if !reasons.is_empty() {
        return Err(OffPolicyError::Refused(Box::new(Refused { reasons, overlap, excluded })));
    }
    let of_unit = folds(overlap.units, options.folds, rng);
    let resamples = Resamples::new(options.resamples, options.confidence, rng);
    let modelled = overlap.target_listed >= LISTED_MIN;
    let rewards: Vec<f64> = samples.iter().map(|sample| sample.reward).collect();
    let extreme = extreme_rewards(&rewards).map(|found| {
        let bounded: Vec<f64> = rewards.iter().map(|reward| reward.clamp(-found.bound, found.bound)).collect();
        let mut samples = samples.clone();
        samples.iter_mut().zip(&bounded).for_each(|(sample, reward)| sample.reward = *reward);
        let problem = Problem { kept: &kept, of_unit: &of_unit, options, resamples: &resamples, modelled };
        Extreme { rewards: found, estimates: problem.solve(&mut samples).estimates }
    });
    let problem = Problem { kept: &kept, of_unit: &of_unit, options, resamples: &resamples, modelled };
    let Solved { estimates, left_out, logged } = problem.solve(&mut samples);
    let warnings = warnings(&overlap, &excluded, extreme.as_ref());
    Ok(Evaluation { estimates, left_out, logged, overlap, excluded, extreme, warnings })
}

/// What estimators need of rounds, before a model.
pub(super) fn samples(kept: &[&Round]) -> Vec<Sample> {
    let units = number_units(kept.iter().map(|round| round.unit));
    let sample = |(round, unit): (&&Round, usize)| {
        let probability = round.target_of_action();
        let weight = round.propensity.map_or(0.0, |propensity| probability / propensity);
        Sample { unit, probability, weight, reward: round.reward, fitted: 0.0, expected: 0.0 }
    };
    kept.iter().zip(units).map(sample).collect()
}

/// Fewer rewards than this are warned of.
const REWARDS_MIN: f64 = 10.0;
/// A greater share left out is warned of.
const EXCLUDED_MAX: f64 = 0.05;
/// The mean of the target's listed mass from which it counts as whole.
const LISTED_MIN: f64 = 0.999;

fn warnings(overlap: &Overlap, excluded: &Excluded, extreme: Option<&Extreme>) -> Vec<Warning> {
    let effective = overlap.effective_rewards;
    let share = excluded.total() as f64 / (excluded.total() + overlap.rounds) as f64;
    let off = (overlap.mean_weight - 1.0).abs() > 4.0 * overlap.mean_weight_error + 1e-6;
    let found = [
        (effective < REWARDS_MIN).then_some(Warning::FewRewards { effective }),
        off.then_some(Warning::MeanWeightOff { mean_weight: overlap.mean_weight }),
        extreme.map(|extreme| Warning::ExtremeRewards { count: extreme.rewards.count }),
        (share > EXCLUDED_MAX).then_some(Warning::ManyExcluded { share }),
    ];
    found.into_iter().flatten().collect()
}

/// Screened rounds and all that is decided about how to evaluate them.
struct Problem<'a> {
    kept: &'a [&'a Round],
    of_unit: &'a [usize],
    options: &'a Options,
    resamples: &'a Resamples,
    modelled: bool,
}

struct Solved {
    estimates: Vec<Estimate>,
    left_out: Vec<(Estimator, LeftOut)>,
    logged: Figure,
}

impl Problem<'_> {
    fn solve(&self, samples: &mut [Sample]) -> Solved {
        if self.modelled {
            self.expect(samples);
        }
        let all = estimators(samples, self.modelled, self.options.tuning);
        let (apply, not): (Vec<Estimator>, Vec<Estimator>) =
            all.into_iter().partition(|estimator| self.modelled || !estimator.needs_model());
        let mut left_out: Vec<(Estimator, LeftOut)> =
            not.into_iter().map(|estimator| (estimator, LeftOut::TargetPartial)).collect();
        let (tables, ranges) = self.tables(&apply, samples);
        let mut figures = self.resamples.figures(&tables, &ranges).into_iter();
        let logged = figures.next().expect("the log's own table comes first");
        let mut estimates = Vec::new();
        for estimator in apply {
            let (Some(value), Some(gain)) = (figures.next(), figures.next()) else { break };
            if value.value.is_finite() && value.standard_error.is_finite() {
                estimates.push(Estimate { estimator, value, gain });
            } else {
                left_out.push((estimator, LeftOut::NotFinite));
            }
        }
        Solved { estimates, left_out, logged }
    }

    /// The terms of the log's own mean, then for each estimator those of its value and of its gain.
    fn tables(&self, estimators: &[Estimator], samples: &[Sample]) -> (Vec<Vec<Term>>, Vec<Option<f64>>) {
        let own = |sample: &Sample| (sample.unit, Term::mean(sample.reward));
        let alone = self.of_unit.len() == samples.len();
        let (low, high) = self.reward_bounds(samples);
        let mut tables = vec![unit_terms(samples.iter().map(own))];
        let mut ranges = vec![alone.then_some(high - low)];
        for estimator in estimators {
            let value = |sample: &Sample| (sample.unit, estimator.term(sample));
            let gain = |sample: &Sample| {
                let term = estimator.term(sample);
                (sample.unit, Term { value: term.value - sample.reward, ..term })
            };
            tables.push(unit_terms(samples.iter().map(value)));
            tables.push(unit_terms(samples.iter().map(gain)));
            ranges.push(if alone { self.range(*estimator, samples, (low, high)) } else { None });
            ranges.push(None);
        }
        (tables, ranges)
    }

    fn reward_bounds(&self, samples: &[Sample]) -> (f64, f64) {
        self.options.reward_bounds.unwrap_or_else(|| {
            samples.iter().fold((0.0, 0.0), |(low, high), sample| (low.min(sample.reward), high.max(sample.reward)))
        })
    }

    /// Between how far apart ends a round's value can lie; `None` for what is no mean of independent rounds.
    fn range(&self, estimator: Estimator, samples: &[Sample], (low, high): (f64, f64)) -> Option<f64> {
        let bound = self.options.weight_bound;
        let top = bound.unwrap_or_else(|| samples.iter().map(|sample| sample.weight).fold(0.0, f64::max));
        match estimator {
            Estimator::Replay | Estimator::SelfNormalisedIps => None,
            Estimator::DirectMethod | Estimator::SelfNormalisedDoublyRobust => None,
            Estimator::Ips => Some(top * (high.max(0.0) - low.min(0.0))),
            Estimator::ClippedIps { .. } | Estimator::SubGaussianIps { .. } => {
                Some(estimator.weight(top) * (high.max(0.0) - low.min(0.0)))
            }
            // An expectation between the bounds, and a residual as wide as they are in both directions.
            Estimator::DoublyRobust => Some((1.0 + 2.0 * top) * (high - low)),
            Estimator::SwitchDoublyRobust { threshold } => Some((1.0 + 2.0 * top.min(threshold)) * (high - low)),
            // lambda w / (w^2 + lambda) is greatest at w = sqrt(lambda).
            Estimator::ShrunkDoublyRobust { lambda } => {
                let greatest = estimator.weight(top.min(lambda.sqrt()));
                Some((1.0 + 2.0 * greatest) * (high - low))
            }
        }
    }

    /// Sets what a cross-fitted model expects of the logged action and of the target.
    fn expect(&self, samples: &mut [Sample]) {
        let (kept, of_unit) = (self.kept, self.of_unit);
        let predicted: Vec<Vec<(usize, f64, f64)>> = (0..self.options.folds)
            .into_par_iter()
            .map(|fold| {
                let (inside, outside): (Vec<usize>, Vec<usize>) =
                    (0..kept.len()).partition(|place| of_unit[samples[*place].unit] == fold);
                let examples: Vec<Example<'_>> = outside
                    .iter()
                    .map(|place| Example {
                        context: &kept[*place].context,
                        position: kept[*place].position,
                        action: kept[*place].action,
                        reward: samples[*place].reward,
                    })
                    .collect();
                let model = self.options.reward_model.fit(&examples);
                let expect = |place: usize| {
                    let Round { context, position, action, target, .. } = kept[place];
                    let fitted = model.expect(context, *position, std::iter::once(*action)).sum();
                    let each = model.expect(context, *position, target.iter().map(|(action, _)| *action));
                    let expected = each.zip(target).map(|(reward, (_, probability))| reward * probability).sum();
                    (place, fitted, expected)
                };
                inside.into_iter().map(expect).collect()
            })
            .collect();
        for (place, fitted, expected) in predicted.into_iter().flatten() {
            (samples[place].fitted, samples[place].expected) = (fitted, expected);
        }
    }
}

/// All estimators, parameters chosen; without models the parameters of those that need one stand as they may.
fn estimators(samples: &[Sample], modelled: bool, tuning: Tuning) -> Vec<Estimator> {
    let choose = |candidates: &[Estimator]| choose(candidates, samples, tuning);
    let (switch, shrunk) = if modelled {
        (choose(&tuning::switch(samples)), choose(&tuning::shrunk(samples)))
    } else {
        (Estimator::SwitchDoublyRobust { threshold: 0.0 }, Estimator::ShrunkDoublyRobust { lambda: 0.0 })
    };
    vec![
        Estimator::Replay,
        Estimator::DirectMethod,
        Estimator::Ips,
        Estimator::SelfNormalisedIps,
        choose(&tuning::clipped(samples)),
        choose(&tuning::sub_gaussian()),
        Estimator::DoublyRobust,
        Estimator::SelfNormalisedDoublyRobust,
        switch,
        shrunk,
    ]
}
