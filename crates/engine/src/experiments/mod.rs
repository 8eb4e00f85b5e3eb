//! Experiments of a shop: which arm a request gets, and what came of it.
//!
//! Definitions are one document of the shop, held by the view. A request's arm is a pure hash of who asks; its changes are
//! made to the request before anything else reads it, and its name goes into the impression. A report folds the log into
//! visitors and asks [`learn::experiments`] what may be concluded.

mod changes;
mod definition;
mod document;
mod flags;
mod interleave;
mod report;
mod visitors;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use learn::experiments::Assignment;
use parking_lot::Mutex;
use store::Store;
use types::{Actor, FieldError, Followed, Language, Millis, QueryId, Request};

pub use changes::Changes;
pub use definition::{EXPERIMENTS_MAX, Experiment, ExperimentArm, Guardrail};
pub use document::{experiment_from_json, experiment_to_json};
pub use flags::{Flag, FlagReason};
pub use interleave::Interleaving;
pub(crate) use interleave::Rival;
pub use learn::experiments::interleaving::Preference;
pub use learn::experiments::{Attributes, Interval, Metric, Visitors as Familiarity};
pub use report::{
    ArmReport, Comparison, ExperimentReport, GuardrailReport, Measured, MetricReport, SegmentsReport, Verdict,
};
pub use visitors::VisitorCounts;

use crate::core::Core;
use crate::strategies::Chooser;
use crate::view::View;
use crate::{Error, Result, Shop};
use visitors::VisitorTable;

/// Name of the document.
const DOCUMENT: &str = "experiments";

/// Somebody of whom nothing is known from before so long ago is new.
const NEW_FOR: i64 = 24 * 3_600_000;

/// The experiments of a shop, running and ended, in the order of their making.
#[derive(Clone, Default)]
pub(crate) struct Experiments(pub(crate) Arc<[Arc<Experiment>]>);

/// Visitors folded so far, by experiment; what came to the log since is folded by the next report.
#[derive(Default)]
pub(crate) struct Tables(Mutex<BTreeMap<Arc<str>, Arc<Mutex<VisitorTable>>>>);

/// An arm that was taken out because of the harm it did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoppedArm {
    /// The experiment.
    pub experiment: Arc<str>,
    /// The arm.
    pub arm: Arc<str>,
    /// Why, for people.
    pub reason: String,
}

/// A request with its arms' changes, and the arms: experiment and arm.
pub(crate) struct Assigned<'a> {
    pub(crate) request: Cow<'a, Request>,
    pub(crate) arms: Vec<(Arc<str>, Arc<str>)>,
    /// What its answer is interleaved with.
    pub(crate) rival: Option<Rival>,
    /// The strategy it follows.
    pub(crate) followed: Option<Followed>,
}

impl Experiments {
    /// Assigns a request to the arms of all running experiments. What is not recorded is seen by no shopper and stays as it is.
    /// Chance follows from the answer's id.
    pub(crate) fn assign<'a>(&self, core: &Core, view: &View, request: &'a Request, id: &QueryId) -> Assigned<'a> {
        let mut assigned = Assigned { request: Cow::Borrowed(request), arms: Vec::new(), rival: None, followed: None };
        let unit = request.actor.key().filter(|_| request.record && self.0.iter().any(|one| one.is_running()));
        let Some(unit) = unit else { return assigned };
        let attributes = attributes(core, view, request);
        let (mut interleaved, mut chooser) = (None, None);
        for experiment in self.0.iter().filter(|one| one.is_running()) {
            let Assignment::Arm(at) = experiment.plan().assign(unit.as_str(), &attributes) else { continue };
            if let Some(how) = experiment.interleaving {
                interleaved = interleaved.or(Some((experiment, how)));
                continue;
            }
            let arm = &experiment.arms[at];
            chooser = chooser.or(arm.changes.chooser());
            if !arm.changes.is_empty() {
                arm.changes.make(assigned.request.to_mut());
            }
            assigned.arms.push((Arc::clone(&experiment.id), Arc::clone(&arm.name)));
        }
        let is_first = request.page.offset == 0 && request.page.cursor.is_none() && request.sort.is_empty();
        if let Some(chooser) = chooser.filter(|_| is_first && !view.strategies.document.strategies.is_empty()) {
            let request = assigned.request.to_mut();
            assigned.followed = view.strategies.follow((core, view), chooser, id.seed(), request);
        }
        if let Some((experiment, how)) = interleaved {
            let mut rival = Request::clone(&assigned.request);
            experiment.arms[1].changes.make(&mut rival);
            experiment.arms[0].changes.make(assigned.request.to_mut());
            let rival = Rival { experiment: Arc::clone(&experiment.id), how, request: rival };
            assigned.rival = Some(rival).filter(|_| is_first && view.settings.log_impressions);
        }
        assigned
    }

    fn find(&self, id: &str) -> Result<&Arc<Experiment>> {
        let found = self.0.iter().find(|experiment| &*experiment.id == id);
        found.ok_or_else(|| Error::UnknownExperiment { id: id.to_owned() })
    }
}

/// What targets are read against.
fn attributes(core: &Core, view: &View, request: &Request) -> Attributes {
    let query = request.query.as_deref().filter(|query| !query.trim().is_empty());
    Attributes {
        surface: Some(request.surface),
        language: query.map(|query| Arc::from(Language::guess(query).code())),
        segment: request.segment.clone(),
        visitors: Some(familiarity(core, view, &request.actor, request.now)),
    }
}

/// Whether the one who asks did anything in the shop a day ago or before.
fn familiarity(core: &Core, view: &View, actor: &Actor, now: Millis) -> Familiarity {
    let row = actor.key().and_then(|key| core.names.read().actors.row(key.as_str()));
    let since = Millis(now.0.saturating_sub(NEW_FOR));
    let touches = row.map(|row| view.features.history(row)).unwrap_or_default();
    if touches.iter().any(|touch| touch.time < since) { Familiarity::Returning } else { Familiarity::New }
}

/// The experiments on disk. Those that a later version cannot read are no reason not to open the shop.
pub(crate) fn read(store: &Store) -> Result<Experiments> {
    let Some(bytes) = store.documents().get(DOCUMENT)? else { return Ok(Experiments::default()) };
    let read = document::read_all(&bytes).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the shop's experiments cannot be read");
        Vec::new()
    });
    Ok(Experiments(read.into_iter().map(Arc::new).collect()))
}

impl Shop {
    /// The experiments, running and ended, in the order of their making.
    pub fn experiments(&self) -> Vec<Arc<Experiment>> {
        self.core.view.load().experiments.0.to_vec()
    }

    /// One experiment.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn experiment(&self, id: &str) -> Result<Arc<Experiment>> {
        self.core.view.load().experiments.find(id).cloned()
    }

    /// Begins an experiment: it gets a free part of its layer, and the next request may be in it.
    ///
    /// # Errors
    /// A name that is taken, a layer without so much room, too many experiments, or a document that cannot be written.
    pub fn start_experiment(&self, experiment: Experiment) -> Result<Arc<Experiment>> {
        self.change_experiments(|all| {
            if all.iter().any(|one| one.id == experiment.id) {
                let taken = "a name that no experiment has or had";
                return Err(FieldError::new("experiment_exists", "id", taken, &experiment.id).into());
            }
            if all.len() >= EXPERIMENTS_MAX {
                let most = format!("at most {EXPERIMENTS_MAX} experiments, ended ones with them");
                return Err(FieldError::new("out_of_range", "experiments", most, all.len().to_string()).into());
            }
            self.check_strategies(&experiment)?;
            let placed = Arc::new(experiment.placed_among(all)?.at(self.core.clock.now()));
            all.push(Arc::clone(&placed));
            Ok(placed)
        })
    }

    /// Whether the strategies are there that arms follow; a learnt policy may act only where it can be stopped.
    fn check_strategies(&self, experiment: &Experiment) -> Result<()> {
        let choosers = || experiment.arms.iter().filter_map(|arm| arm.changes.chooser());
        let refuse =
            |code, expected: &str, got: &str| Err(FieldError::new(code, "arms.changes.strategy", expected, got).into());
        if choosers().next().is_some() && self.strategies().strategies.is_empty() {
            return refuse("strategies_missing", "strategies of the shop, set beforehand", "none");
        }
        if choosers().any(|chooser| chooser == Chooser::Learned) {
            if self.learned_strategy().is_none() {
                return refuse(
                    "strategies_missing",
                    "a learnt policy in force, trained and promoted beforehand",
                    "none",
                );
            }
            if experiment.guardrails.is_empty() {
                return refuse(
                    "guardrail_missing",
                    "a guardrail in the experiment, which stops the arm by itself",
                    "none",
                );
            }
        }
        Ok(())
    }

    /// Widens an experiment to a larger share of its visitors; nobody who is in it moves.
    ///
    /// # Errors
    /// No such experiment, one that has ended, a share that is not larger, or a document that cannot be written.
    pub fn ramp_experiment(&self, id: &str, share: f64) -> Result<Arc<Experiment>> {
        self.change_experiment(id, |experiment| experiment.ramped_to(share))
    }

    /// Takes an arm out of a running experiment: its visitors are served as without the experiment from now on, are counted
    /// apart, and nobody else moves.
    ///
    /// # Errors
    /// No such experiment or arm, the control, the last arm beside it, or a document that cannot be written.
    pub fn remove_arm(&self, id: &str, arm: &str, reason: &str) -> Result<Arc<Experiment>> {
        self.change_experiment(id, |experiment| experiment.without_arm(arm, reason))
    }

    /// Ends an experiment; all are served as without it from now on.
    ///
    /// # Errors
    /// No such experiment, one that has ended already, or a document that cannot be written.
    pub fn stop_experiment(&self, id: &str, reason: &str) -> Result<Arc<Experiment>> {
        let now = self.core.clock.now();
        self.change_experiment(id, |experiment| experiment.stopped(now, reason))
    }

    /// Forgets an ended experiment; what the log says of it stays.
    ///
    /// # Errors
    /// No such experiment, one that is running, or a document that cannot be written.
    pub fn forget_experiment(&self, id: &str) -> Result<()> {
        self.change_experiments(|all| {
            let at = all.iter().position(|one| &*one.id == id);
            let at = at.ok_or_else(|| Error::UnknownExperiment { id: id.to_owned() })?;
            if all[at].is_running() {
                let expected = "an experiment that has ended; stop it first";
                return Err(FieldError::new("experiment_running", "id", expected, id).into());
            }
            all.remove(at);
            Ok(())
        })?;
        self.core.experiments.0.lock().remove(id);
        Ok(())
    }

    /// What came of an experiment so far. Folds what the log has had since the last report.
    ///
    /// # Errors
    /// No such experiment, or a log that cannot be read.
    pub fn experiment_report(&self, id: &str) -> Result<ExperimentReport> {
        let experiment = self.experiment(id)?;
        let table = {
            let mut tables = self.core.experiments.0.lock();
            Arc::clone(tables.entry(Arc::clone(&experiment.id)).or_default())
        };
        let mut table = table.lock();
        table.follow(&self.core, &experiment)?;
        Ok(report::report(&experiment, &table))
    }

    /// Looks after all running experiments: an arm that is worse than a guardrail tolerates is taken out, and with it the
    /// experiment ends where no other arm is left. For a periodic task.
    ///
    /// # Errors
    /// A log that cannot be read, or a document that cannot be written.
    pub fn stop_harmful_arms(&self) -> Result<Vec<StoppedArm>> {
        let mut stopped = Vec::new();
        let guarded = |one: &Arc<Experiment>| one.is_running() && !one.guardrails.is_empty();
        for experiment in self.experiments().into_iter().filter(guarded) {
            for (arm, reason) in self.experiment_report(&experiment.id)?.harmful() {
                let is_last = self.experiment(&experiment.id)?.arms_running() <= 2;
                if is_last {
                    self.stop_experiment(&experiment.id, &reason)?;
                } else {
                    self.remove_arm(&experiment.id, &arm, &reason)?;
                }
                stopped.push(StoppedArm { experiment: Arc::clone(&experiment.id), arm, reason });
                if is_last {
                    break;
                }
            }
        }
        Ok(stopped)
    }

    fn change_experiment(
        &self,
        id: &str,
        change: impl FnOnce(&Experiment) -> Result<Experiment>,
    ) -> Result<Arc<Experiment>> {
        self.change_experiments(|all| {
            let found = all.iter_mut().find(|one| &*one.id == id);
            let found = found.ok_or_else(|| Error::UnknownExperiment { id: id.to_owned() })?;
            *found = Arc::new(change(found)?);
            Ok(Arc::clone(found))
        })
    }

    /// Writes the changed list before it is in force.
    fn change_experiments<T>(&self, change: impl FnOnce(&mut Vec<Arc<Experiment>>) -> Result<T>) -> Result<T> {
        let _one_at_a_time = self.core.deciding.lock();
        let mut all = self.experiments();
        let changed = change(&mut all)?;
        self.core.store.documents().put(DOCUMENT, document::write_all(&all).as_bytes())?;
        let experiments = Experiments(all.into());
        self.core.publish(|view| view.experiments = experiments);
        Ok(changed)
    }
}
