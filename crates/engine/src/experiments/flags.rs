use std::sync::Arc;

use learn::experiments::{Assignment, Attributes};
use serde_json::Value;
use types::Actor;

use super::{Experiment, familiarity};
use crate::{Result, Shop};

/// An experiment as a flag that front ends read.
#[derive(Clone, PartialEq, Debug)]
pub struct Flag {
    /// The experiment.
    pub key: Arc<str>,
    /// The arm whose value it is.
    pub variant: Arc<str>,
    /// The arm's value.
    pub value: Value,
    /// Why it is this arm's.
    pub reason: FlagReason,
}

/// Why a flag has its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagReason {
    /// The visitor was assigned to the arm.
    Split,
    /// The visitor is in no arm and gets the control's.
    Default,
    /// The experiment has ended, and all get the control's.
    Disabled,
}

impl Shop {
    /// The flag of an experiment for `actor`; the same arm as the actor's requests get where the attributes are the same.
    /// Whether the actor is new is looked up where the attributes do not say.
    ///
    /// # Errors
    /// No such experiment.
    pub fn flag(&self, id: &str, actor: &Actor, attributes: &Attributes) -> Result<Flag> {
        Ok(flag(&*self.experiment(id)?, actor, &self.completed(actor, attributes)))
    }

    /// The flags of all experiments for `actor`, ended ones with them.
    pub fn flags(&self, actor: &Actor, attributes: &Attributes) -> Vec<Flag> {
        let attributes = self.completed(actor, attributes);
        self.experiments().iter().map(|experiment| flag(experiment, actor, &attributes)).collect()
    }

    fn completed(&self, actor: &Actor, attributes: &Attributes) -> Attributes {
        let core = &self.core;
        let known = || familiarity(core, &core.view.load(), actor, core.clock.now());
        Attributes { visitors: Some(attributes.visitors.unwrap_or_else(known)), ..attributes.clone() }
    }
}

fn flag(experiment: &Experiment, actor: &Actor, attributes: &Attributes) -> Flag {
    let unit = actor.key().filter(|_| experiment.is_running());
    let assigned = unit.map(|unit| experiment.plan().assign(unit.as_str(), attributes));
    let (arm, reason) = match assigned {
        Some(Assignment::Arm(arm)) => (arm, FlagReason::Split),
        Some(_) => (0, FlagReason::Default),
        None if experiment.is_running() => (0, FlagReason::Default),
        None => (0, FlagReason::Disabled),
    };
    let arm = &experiment.arms[arm];
    Flag { key: Arc::clone(&experiment.id), variant: Arc::clone(&arm.name), value: arm.value.clone(), reason }
}
