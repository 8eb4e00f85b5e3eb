use std::sync::Arc;

use learn::experiments::{Arm, Fault, Metric, Plan, Slice, Target};
use serde_json::Value;
use types::{FieldError, Millis};

use super::{Changes, Interleaving};
use crate::{Error, Result};

/// Experiments a shop keeps, ended ones with them.
pub const EXPERIMENTS_MAX: usize = 200;

/// What is tried out: arms, whom they are shown to, and what is measured.
#[derive(Clone, PartialEq, Debug)]
pub struct Experiment {
    /// Its name, unique in the shop for ever: the log tells by it.
    pub id: Arc<str>,
    /// What it is about, for people.
    pub description: Arc<str>,
    /// The arms; the first one is the control.
    pub arms: Vec<ExperimentArm>,
    /// What is measured; the first one decides.
    pub metrics: Vec<Metric>,
    /// What must not become worse.
    pub guardrails: Vec<Guardrail>,
    /// How its two arms share the places of every answer; `None` where a visitor sees one of them.
    pub interleaving: Option<Interleaving>,
    /// Visitors it is planned for, all arms together.
    pub visitors_planned: u64,
    /// When it began.
    pub started: Millis,
    /// When it ended; `None` while it runs.
    pub ended: Option<Millis>,
    /// Why it ended, and why arms were taken out.
    pub reasons: Vec<String>,
    pub(super) assignment: Assigning,
    plan: Plan,
}

/// How an experiment's plan came about, as it is written down.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Assigning {
    pub(super) salt: Arc<str>,
    pub(super) layer: Arc<str>,
    /// The part of the layer, or how much of it is wanted.
    pub(super) slice: Wanted,
    pub(super) target: Target,
    pub(super) holdout: f64,
    pub(super) ramp: f64,
}

/// Which part of a layer an experiment has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Wanted {
    /// So much of it, wherever there is room.
    Share(f64),
    /// From here to there.
    Part(f64, f64),
}

/// One of the alternatives of an experiment.
#[derive(Clone, PartialEq, Debug)]
pub struct ExperimentArm {
    /// Its name.
    pub name: Arc<str>,
    /// Its part of the visitors, relative to the others'.
    pub share: f64,
    /// What it changes of requests.
    pub changes: Changes,
    /// What front ends are given; its name where nothing is said.
    pub value: Value,
    /// Whether it was taken out.
    pub is_removed: bool,
}

/// A metric that must not become worse.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Guardrail {
    /// The metric.
    pub metric: Metric,
    /// How much worse is tolerated, as a share of the control's value.
    pub tolerated: f64,
}

/// Turns a fault of the plan into one of the document.
pub(super) fn field(fault: &Fault) -> FieldError {
    match fault {
        Fault::Field { field, expected, got } => FieldError::new("out_of_range", *field, *expected, got),
        Fault::TooFew { .. } | Fault::NoDenominator { .. } | Fault::NoSpread | Fault::Unfair => {
            FieldError::new("out_of_range", "", "a plan", fault.to_string())
        }
    }
}

fn plan(assignment: &Assigning, arms: &[ExperimentArm]) -> std::result::Result<Plan, FieldError> {
    let (from, to) = match assignment.slice {
        Wanted::Part(from, to) => (from, to),
        Wanted::Share(share) => (0.0, share),
    };
    let slice = Slice { layer: Arc::clone(&assignment.layer), from, to };
    let arms = arms.iter().map(|arm| Arm { name: Arc::clone(&arm.name), share: arm.share, is_removed: arm.is_removed });
    let plan = Plan::new(&assignment.salt, slice, arms.collect()).and_then(|plan| {
        plan.targeting(assignment.target.clone()).holding_out(assignment.holdout)?.ramped_to(assignment.ramp)
    });
    plan.map_err(|fault| field(&fault))
}

/// What a new experiment is made of.
pub(super) struct Parts {
    pub(super) id: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) arms: Vec<ExperimentArm>,
    pub(super) metrics: Vec<Metric>,
    pub(super) guardrails: Vec<Guardrail>,
    pub(super) interleaving: Option<Interleaving>,
    pub(super) visitors_planned: u64,
    pub(super) assignment: Assigning,
}

impl Experiment {
    pub(super) fn new(parts: Parts) -> std::result::Result<Self, FieldError> {
        let plan = plan(&parts.assignment, &parts.arms)?;
        if parts.interleaving.is_some() && parts.arms.len() != 2 {
            let expected = "two arms, whose rankings are interleaved";
            return Err(FieldError::new("out_of_range", "arms", expected, parts.arms.len().to_string()));
        }
        if parts.interleaving.is_some() && !parts.guardrails.is_empty() {
            let expected = "none: both arms share every answer, so that neither can be told to do harm";
            return Err(FieldError::new("out_of_range", "guardrails", expected, parts.guardrails.len().to_string()));
        }
        for guardrail in &parts.guardrails {
            if !(0.0..1.0).contains(&guardrail.tolerated) {
                let got = guardrail.tolerated.to_string();
                return Err(FieldError::new("out_of_range", "guardrails.tolerated", "0 to below 1", got));
            }
        }
        Ok(Self {
            id: parts.id,
            description: parts.description,
            arms: parts.arms,
            metrics: parts.metrics,
            guardrails: parts.guardrails,
            interleaving: parts.interleaving,
            visitors_planned: parts.visitors_planned,
            started: Millis(0),
            ended: None,
            reasons: Vec::new(),
            assignment: parts.assignment,
            plan,
        })
    }

    /// Whether requests are assigned to it.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether an arm follows the shop's strategies.
    pub fn follows_strategies(&self) -> bool {
        self.arms.iter().any(|arm| arm.changes.chooser().is_some())
    }

    /// How visitors are assigned.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The share of its visitors that it is widened to.
    pub fn ramp(&self) -> f64 {
        self.assignment.ramp
    }

    /// Arms that were not taken out, the control with them.
    pub fn arms_running(&self) -> usize {
        self.arms.iter().filter(|arm| !arm.is_removed).count()
    }

    pub(super) fn at(self, started: Millis) -> Self {
        Self { started, ..self }
    }

    /// The experiment with its own part of its layer.
    pub(super) fn placed_among(mut self, all: &[Arc<Self>]) -> Result<Self> {
        let mut taken: Vec<(f64, f64)> = all
            .iter()
            .filter(|one| one.is_running() && one.plan.slice().layer == self.assignment.layer)
            .map(|one| (one.plan.slice().from, one.plan.slice().to))
            .collect();
        taken.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (from, to) = match self.assignment.slice {
            Wanted::Part(from, to) => (from, to),
            Wanted::Share(share) => {
                let ends = taken.iter().map(|(_, to)| *to);
                let starts = std::iter::once(0.0).chain(ends);
                // Room that is lacking by rounding alone is not lacking.
                let fits = |start: &f64| {
                    let next = taken.iter().map(|(from, _)| *from).find(|from| from >= start).unwrap_or(1.0);
                    start + share <= next + 1e-9
                };
                let start = starts.into_iter().find(fits).ok_or_else(|| self.no_room())?;
                (start, (start + share).min(1.0))
            }
        };
        if taken.iter().any(|(start, end)| *start + 1e-9 < to && from + 1e-9 < *end) {
            return Err(self.no_room());
        }
        self.assignment.slice = Wanted::Part(from, to);
        self.plan = plan(&self.assignment, &self.arms)?;
        Ok(self)
    }

    fn no_room(&self) -> Error {
        let expected = format!("room in the layer `{}`, which running experiments have", self.assignment.layer);
        FieldError::new("layer_full", "slice", expected, format!("{:?}", self.assignment.slice)).into()
    }

    pub(super) fn ramped_to(&self, share: f64) -> Result<Self> {
        self.must_run()?;
        if share.is_nan() || share < self.assignment.ramp {
            let expected = format!("at least {}: nobody leaves a running experiment", self.assignment.ramp);
            return Err(FieldError::new("out_of_range", "ramp", expected, share.to_string()).into());
        }
        let mut wider = self.clone();
        wider.assignment.ramp = share;
        wider.plan = plan(&wider.assignment, &wider.arms)?;
        Ok(wider)
    }

    pub(super) fn without_arm(&self, name: &str, reason: &str) -> Result<Self> {
        self.must_run()?;
        let refuse = |expected: &str| Err(FieldError::new("arm_fixed", "arm", expected, name).into());
        match self.arms.iter().position(|arm| &*arm.name == name && !arm.is_removed) {
            None => refuse("an arm of the experiment"),
            Some(0) => refuse("an arm other than the control"),
            Some(_) if self.arms_running() <= 2 => refuse("not the last arm beside the control; stop the experiment"),
            Some(at) => {
                let mut smaller = self.clone();
                smaller.arms[at].is_removed = true;
                smaller.reasons.push(format!("{name} was taken out: {reason}"));
                smaller.plan = plan(&smaller.assignment, &smaller.arms)?;
                Ok(smaller)
            }
        }
    }

    pub(super) fn stopped(&self, now: Millis, reason: &str) -> Result<Self> {
        self.must_run()?;
        let mut stopped = self.clone();
        stopped.ended = Some(now);
        stopped.reasons.push(format!("stopped: {reason}"));
        Ok(stopped)
    }

    fn must_run(&self) -> Result<()> {
        if self.is_running() {
            return Ok(());
        }
        Err(FieldError::new("experiment_ended", "id", "a running experiment", &self.id).into())
    }

    /// As it was before, for reading it back.
    pub(super) fn with_past(mut self, started: Millis, ended: Option<Millis>, reasons: Vec<String>) -> Self {
        (self.started, self.ended, self.reasons) = (started, ended, reasons);
        self
    }
}
