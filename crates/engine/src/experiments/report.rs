use std::collections::BTreeMap;
use std::sync::Arc;

use learn::experiments::interleaving::{Preference, preference};
use learn::experiments::{
    AlwaysValid, Better, Choice, Effect, Fault, Harm, Interaction, Level, Metric, Mismatch, Moments, Posterior,
    Sequence, Shape, Sums, benjamini_hochberg, cap, choose, compare, harm, holm, interaction, mismatch, winsorised,
};
use types::{Language, Rng};

use super::visitors::{Visitor, VisitorTable};
use super::{Experiment, VisitorCounts};

/// Chance of a false alarm over the whole run of an experiment, all its arms together; and as much again for its guardrails.
const ALPHA: f64 = 0.05;

/// Visitors that each arm must have before anything may be concluded.
const VISITORS_MIN: u64 = 100;

/// Of the visitors who spend anything, those above this are taken to have spent as much as it.
const WINSORISED_AT: f64 = 0.99;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 1_000;

/// What came of an experiment so far.
#[derive(Clone, Debug)]
pub struct ExperimentReport {
    /// The experiment.
    pub experiment: Arc<Experiment>,
    /// Its arms, the control first.
    pub arms: Vec<ArmReport>,
    /// What was left out and why.
    pub counts: VisitorCounts,
    /// The share of visitors that the figures rest on; below 1 where there are very many.
    pub sampled: f64,
    /// Whether visitors came as planned, among the arms that were not taken out.
    pub mismatch: Option<Mismatch>,
    /// The metrics, the deciding one first.
    pub metrics: Vec<MetricReport>,
    /// The guardrails.
    pub guardrails: Vec<GuardrailReport>,
    /// Whether the deciding metric moves alike in parts of the visitors.
    pub segments: Vec<SegmentsReport>,
    /// Which arm's ranking shoppers click, where the two share every answer; the first is the control.
    pub preference: Option<Preference>,
    /// What may be concluded at this moment.
    pub verdict: Verdict,
}

/// An arm's visitors.
#[derive(Clone, PartialEq, Debug)]
pub struct ArmReport {
    /// Its name.
    pub name: Arc<str>,
    /// Visitors who met it, without bots and those who met another one, too.
    pub visitors: u64,
    /// Whether it was taken out.
    pub is_removed: bool,
}

/// A metric in all arms.
#[derive(Clone, Debug)]
pub struct MetricReport {
    /// The metric.
    pub metric: Metric,
    /// What a visitor's sum is cut to, where it is.
    pub cut_at: Option<f64>,
    /// Each arm beside the control.
    pub comparisons: Vec<Comparison>,
}

/// An arm beside the control.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The arm.
    pub arm: Arc<str>,
    /// What was measured, or why nothing can be.
    pub measured: Result<Measured, Fault>,
}

/// What an arm does to a metric.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// As read at an end fixed beforehand.
    pub effect: Effect,
    /// As it may be read at any time; `None` before enough visitors came.
    pub always_valid: Option<AlwaysValid>,
    /// How likely the arm is better than the control, and what choosing it would lose.
    pub choice: Choice,
    /// The fixed p-value corrected for all metrics and arms (Holm: any false alarm).
    pub p_value_holm: f64,
    /// The same (Benjamini-Hochberg: share of false alarms).
    pub p_value_benjamini_hochberg: f64,
}

/// A guardrail for one arm.
#[derive(Clone, Debug)]
pub struct GuardrailReport {
    /// The metric.
    pub metric: Metric,
    /// How much worse is tolerated, as a share of the control's value.
    pub tolerated: f64,
    /// The arm.
    pub arm: Arc<str>,
    /// The harm, or why it cannot be told yet.
    pub harm: Result<Harm, Fault>,
}

/// One way to part the visitors.
#[derive(Clone, Debug)]
pub struct SegmentsReport {
    /// By what: `visitors` (new or returning) or `language` (of the first query).
    pub by: &'static str,
    /// The arm.
    pub arm: Arc<str>,
    /// Whether the effect differs between the parts, or why it cannot be told.
    pub interaction: Result<Interaction, Fault>,
}

/// What may be concluded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Too few visitors for any conclusion.
    TooEarly,
    /// Visitors did not come as planned; no metric is to be trusted.
    Mismatch,
    /// The deciding metric of this arm is better than the control's.
    Better(Arc<str>),
    /// No arm is better, and the deciding metric of this one is worse.
    Worse(Arc<str>),
    /// Nothing is shown (yet). It does not mean that there is no difference.
    Undecided,
}

impl ExperimentReport {
    /// Arms that a guardrail found harmful, each once, and why.
    pub(super) fn harmful(&self) -> Vec<(Arc<str>, String)> {
        let mut found: Vec<(Arc<str>, String)> = Vec::new();
        for guardrail in &self.guardrails {
            let Ok(harm) = &guardrail.harm else { continue };
            if harm.is_harmful && found.iter().all(|(arm, _)| *arm != guardrail.arm) {
                let (metric, bound) = (guardrail.metric.name(), harm.worse_by_at_least);
                let tolerated = 100.0 * guardrail.tolerated;
                let why = format!(
                    "{metric} of {} is worse than the {tolerated} % tolerated, by at least {bound:.4}",
                    guardrail.arm
                );
                found.push((Arc::clone(&guardrail.arm), why));
            }
        }
        found
    }
}

/// Folds the table's visitors into metrics and concludes.
pub(super) fn report(experiment: &Arc<Experiment>, table: &VisitorTable) -> ExperimentReport {
    let counted: Vec<(usize, &Visitor)> = table.exposed().filter(|(_, visitor)| visitor.is_counted()).collect();
    let visitors_of = |at: usize| counted.iter().filter(|(arm, _)| *arm == at).count() as u64;
    let arms: Vec<ArmReport> = experiment
        .arms
        .iter()
        .enumerate()
        .map(|(at, arm)| ArmReport {
            name: Arc::clone(&arm.name),
            visitors: visitors_of(at),
            is_removed: arm.is_removed,
        })
        .collect();
    if experiment.interleaving.is_some() {
        return shared(experiment, table, &counted, arms);
    }
    let running: Vec<usize> = (0..arms.len()).filter(|at| !arms[*at].is_removed).collect();
    let visitors: Vec<u64> = running.iter().map(|at| arms[*at].visitors).collect();
    let shares = experiment.plan().shares();
    let shares: Vec<f64> = running.iter().map(|at| shares[*at]).collect();
    let treatments = running[1..].to_vec();
    let reading = Reading { experiment, counted: &counted, treatments: &treatments };
    let mismatch = mismatch(&visitors, &shares).ok();
    let metrics = reading.metrics();
    ExperimentReport {
        verdict: verdict(&arms, mismatch, metrics.first()),
        guardrails: reading.guardrails(),
        segments: reading.segments(),
        experiment: Arc::clone(experiment),
        arms,
        counts: table.counts(),
        sampled: table.sampled(),
        mismatch,
        metrics,
        preference: None,
    }
}

/// The report of an experiment whose arms share every answer. The sign test holds at an end fixed beforehand, so nothing is
/// concluded before the visitors came that it was planned for.
fn shared(
    experiment: &Arc<Experiment>,
    table: &VisitorTable,
    counted: &[(usize, &Visitor)],
    mut arms: Vec<ArmReport>,
) -> ExperimentReport {
    let visitors = counted.len() as u64;
    arms.iter_mut().for_each(|arm| arm.visitors = visitors);
    let credits: Vec<f64> = counted.iter().map(|(_, visitor)| visitor.credit).collect();
    let preference = preference(&credits, RESAMPLES, 1.0 - ALPHA, &mut Rng::new(visitors)).ok();
    let verdict = match preference {
        Some(told) if visitors >= experiment.visitors_planned && told.p_value < ALPHA => {
            let arm = Arc::clone(&experiment.arms[1].name);
            if told.second > told.first { Verdict::Better(arm) } else { Verdict::Worse(arm) }
        }
        Some(_) if visitors >= VISITORS_MIN => Verdict::Undecided,
        _ => Verdict::TooEarly,
    };
    ExperimentReport {
        experiment: Arc::clone(experiment),
        arms,
        counts: table.counts(),
        sampled: table.sampled(),
        mismatch: None,
        metrics: Vec::new(),
        guardrails: Vec::new(),
        segments: Vec::new(),
        preference,
        verdict,
    }
}

fn verdict(arms: &[ArmReport], mismatch: Option<Mismatch>, deciding: Option<&MetricReport>) -> Verdict {
    let is_early = arms.iter().any(|arm| !arm.is_removed && arm.visitors < VISITORS_MIN);
    let Some(deciding) = deciding.filter(|_| !is_early) else { return Verdict::TooEarly };
    if mismatch.is_some_and(|mismatch| mismatch.is_mismatch) {
        return Verdict::Mismatch;
    }
    let sign = deciding.metric.definition().better.sign();
    let shown = |is_so: &dyn Fn(AlwaysValid) -> bool| {
        let mut arms = deciding.comparisons.iter().filter(|one| {
            let measured = one.measured.as_ref().ok();
            measured.and_then(|measured| measured.always_valid).is_some_and(is_so)
        });
        arms.next().map(|one| Arc::clone(&one.arm))
    };
    let worst = |read: AlwaysValid| (sign * read.difference.low).min(sign * read.difference.high);
    let best = |read: AlwaysValid| (sign * read.difference.low).max(sign * read.difference.high);
    match (shown(&|read| worst(read) > 0.0), shown(&|read| best(read) < 0.0)) {
        (Some(arm), _) => Verdict::Better(arm),
        (None, Some(arm)) => Verdict::Worse(arm),
        (None, None) => Verdict::Undecided,
    }
}

/// The visitors of an experiment, read metric by metric.
struct Reading<'a> {
    experiment: &'a Experiment,
    counted: &'a [(usize, &'a Visitor)],
    treatments: &'a [usize],
}

impl Reading<'_> {
    fn metrics(&self) -> Vec<MetricReport> {
        let sequence = self.sequence(self.treatments.len());
        let mut reports: Vec<MetricReport> =
            self.experiment.metrics.iter().map(|metric| self.metric(*metric, sequence.as_ref())).collect();
        let measured = || reports.iter().flat_map(|report| &report.comparisons);
        let p_values: Vec<f64> =
            measured().filter_map(|one| Some(one.measured.as_ref().ok()?.effect.p_value)).collect();
        // They are p-values, so neither correction can refuse them.
        let corrected = (holm(&p_values).unwrap_or_default(), benjamini_hochberg(&p_values).unwrap_or_default());
        let mut corrected = corrected.0.into_iter().zip(corrected.1);
        for measured in reports.iter_mut().flat_map(|report| &mut report.comparisons) {
            if let Ok(measured) = &mut measured.measured
                && let Some((strict, mild)) = corrected.next()
            {
                (measured.p_value_holm, measured.p_value_benjamini_hochberg) = (strict, mild);
            }
        }
        reports
    }

    /// A sequence at the level's part for each of so many readings.
    fn sequence(&self, readings: usize) -> Option<Sequence> {
        let alpha = ALPHA / readings.max(1) as f64;
        Sequence::new(alpha, self.experiment.visitors_planned, VISITORS_MIN).ok()
    }

    fn metric(&self, metric: Metric, sequence: Option<&Sequence>) -> MetricReport {
        let cut_at = self.cut_at(metric);
        let arms = self.moments(metric, cut_at, |_| true);
        let comparisons = self.treatments.iter().map(|arm| {
            let effect = compare(&arms[0], &arms[*arm], &metric.estimator());
            let measured = effect.and_then(|effect| {
                Ok(Measured {
                    always_valid: sequence.and_then(|sequence| sequence.read(&effect).ok()),
                    choice: choice(metric, [&arms[0], &arms[*arm]], [&effect.control, &effect.treatment])?,
                    effect,
                    p_value_holm: 1.0,
                    p_value_benjamini_hochberg: 1.0,
                })
            });
            Comparison { arm: Arc::clone(&self.experiment.arms[*arm].name), measured }
        });
        MetricReport { metric, cut_at, comparisons: comparisons.collect() }
    }

    fn guardrails(&self) -> Vec<GuardrailReport> {
        let sequence = self.sequence(self.experiment.guardrails.len() * self.treatments.len());
        let mut reports = Vec::new();
        for guardrail in &self.experiment.guardrails {
            let metric = guardrail.metric;
            let arms = self.moments(metric, self.cut_at(metric), |_| true);
            for arm in self.treatments {
                let effect = compare(&arms[0], &arms[*arm], &metric.estimator());
                let judged = effect.and_then(|effect| {
                    let sequence = sequence.as_ref().ok_or(Fault::NoSpread)?;
                    harm(&effect, metric.definition().better, guardrail.tolerated, sequence)
                });
                reports.push(GuardrailReport {
                    metric,
                    tolerated: guardrail.tolerated,
                    arm: Arc::clone(&self.experiment.arms[*arm].name),
                    harm: judged,
                });
            }
        }
        reports
    }

    fn segments(&self) -> Vec<SegmentsReport> {
        let Some(deciding) = self.experiment.metrics.first() else { return Vec::new() };
        let familiarity = |visitor: &Visitor| {
            let is_known = visitor.before != learn::experiments::Tally::default();
            Some(if is_known { "returning" } else { "new" })
        };
        let language = |visitor: &Visitor| visitor.language.map(Language::code);
        let mut reports = self.parted("visitors", *deciding, familiarity);
        reports.extend(self.parted("language", *deciding, language));
        reports
    }

    fn parted(
        &self,
        by: &'static str,
        metric: Metric,
        segment: impl Fn(&Visitor) -> Option<&'static str>,
    ) -> Vec<SegmentsReport> {
        let mut sizes: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (_, visitor) in self.counted {
            segment(visitor).into_iter().for_each(|name| *sizes.entry(name).or_default() += 1);
        }
        let cut_at = self.cut_at(metric);
        let of_arm = |arm: usize| {
            let mut effects = Vec::new();
            for name in sizes.iter().filter(|(_, size)| **size >= VISITORS_MIN).map(|(name, _)| *name) {
                let arms = self.moments(metric, cut_at, |visitor| segment(visitor) == Some(name));
                // A segment without spread says nothing for or against a difference.
                if let Ok(effect) = compare(&arms[0], &arms[arm], &metric.estimator()) {
                    effects.push((Arc::from(name), effect));
                }
            }
            let name = Arc::clone(&self.experiment.arms[arm].name);
            SegmentsReport { by, arm: name, interaction: interaction(effects) }
        };
        self.treatments.iter().map(|arm| of_arm(*arm)).collect()
    }

    fn moments(&self, metric: Metric, cut_at: Option<f64>, is_in: impl Fn(&Visitor) -> bool) -> Vec<Moments> {
        let mut arms = vec![Moments::default(); self.experiment.arms.len()];
        for (arm, visitor) in self.counted.iter().filter(|(_, visitor)| is_in(visitor)) {
            let sums = metric.sums(&visitor.during, &visitor.before);
            arms[*arm].add(cut_at.and_then(|cap| winsorised(sums, cap).ok()).unwrap_or(sums));
        }
        arms
    }

    /// The cap of a metric with a heavy tail: over those who have any of it, since most have none.
    fn cut_at(&self, metric: Metric) -> Option<f64> {
        if !metric.definition().is_heavy_tailed {
            return None;
        }
        let values = self.counted.iter().map(|(_, visitor)| metric.sums(&visitor.during, &visitor.before));
        let values: Vec<f64> = values.map(|sums: Sums| sums.numerator).filter(|value| *value > 0.0).collect();
        cap(&values, WINSORISED_AT).ok()
    }
}

fn choice(metric: Metric, arms: [&Moments; 2], levels: [&Level; 2]) -> Result<Choice, Fault> {
    let definition = metric.definition();
    let posterior = |at: usize| match definition.shape {
        Shape::Share => {
            let successes = (arms[at].means()[0] * arms[at].count() as f64).round() as u64;
            Posterior::of_share(successes, arms[at].count())
        }
        Shape::Mean | Shape::Ratio => Posterior::of_level(levels[at]),
    };
    let choices = choose(&[posterior(0)?, posterior(1)?], definition.better == Better::Higher)?;
    Ok(choices[1])
}
