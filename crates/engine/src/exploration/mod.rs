//! Exploration: some places of an answer go to items of which too little is known, with a probability that is logged.
//!
//! What may be explored is one document of the shop, by surface; without it nothing is. [`place::explore`] fills the places
//! after ranking and rules, by chance that follows from the answer's id alone. The bandits that decide learn from the log:
//! [`Exploration`] is folded with everything else, is in the fold's checkpoint, and a replay gives the same bytes.

mod learner;
mod pending;
mod place;
mod settings;

use std::sync::Arc;

use learn::bandits::{BudgetReading, IntakeReport};
use store::Store;
use types::{Impression, Interaction, Millis, Position, Surface};

pub use settings::{ExplorationSettings, SurfaceExploration, exploration_from_json, exploration_to_json};

pub(crate) use place::explore;
pub use place::is_exploring;

use crate::core::Core;
use crate::names::{Names, put_bytes, take_bytes};
use crate::{Result, Shop};
use learner::Learner;
use pending::Pending;

/// Name of the document.
const DOCUMENT: &str = "exploration";

/// What may be explored, and from where in the log on bandits learn: what came before was shown under other settings.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) settings: ExplorationSettings,
    pub(crate) since: Position,
}

/// What was learned for exploring, folded from the log.
#[derive(Clone, Default)]
pub(crate) struct Exploration {
    plan: Arc<Plan>,
    /// One a surface, in the order of the settings; shared with the view.
    learners: Arc<Vec<Learner>>,
    pending: Pending,
}

/// What a request reads of it.
#[derive(Clone, Default)]
pub(crate) struct Explorers(Arc<Vec<Learner>>);

impl Explorers {
    fn of(&self, surface: Surface) -> Option<&Learner> {
        self.0.iter().find(|learner| learner.settings.surface == surface)
    }
}

/// What exploring a surface does and costs.
#[derive(Clone, Debug)]
pub struct SurfaceReport {
    /// Where in the shop.
    pub surface: Surface,
    /// The policy's name.
    pub policy: Arc<str>,
    /// What was learned from.
    pub intake: IntakeReport,
    /// What it costs and may cost.
    pub budget: BudgetReading,
    /// Answers that wait for clicks, over all surfaces.
    pub waiting: usize,
    /// Deeds after an answer that the answer did not show, over all surfaces.
    pub not_shown: u64,
}

impl Exploration {
    /// Follows `plan` from now on; what was learned under another is forgotten.
    pub(crate) fn configure(&mut self, plan: &Arc<Plan>) {
        if self.plan == *plan {
            return;
        }
        let learners = plan.settings.surfaces.iter().map(|surface| Learner::new(surface.clone())).collect();
        *self = Self { plan: Arc::clone(plan), learners: Arc::new(learners), pending: Pending::default() };
    }

    pub(crate) fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    pub(crate) fn explorers(&self) -> Explorers {
        Explorers(Arc::clone(&self.learners))
    }

    /// An answer was shown: answers that have waited long enough for clicks are learned from, then this one waits.
    pub(crate) fn shown(&mut self, position: Position, time: Millis, impression: &Impression, names: &Names) {
        let at = self.learners.iter().position(|learner| learner.settings.surface == impression.surface);
        let Some(at) = at.filter(|_| position >= self.plan.since) else { return };
        let settled = self.pending.settle(time);
        let learners = Arc::make_mut(&mut self.learners);
        for slate in settled {
            if let Some(learner) = learners.get_mut(slate.learner) {
                learner.learn(&slate);
            }
        }
        if let Some(slate) = learners[at].slate(at, time, impression, names) {
            learners[at].count(&slate);
            self.pending.wait(&impression.query_id, slate);
        }
    }

    /// Somebody did something with an item after an answer.
    pub(crate) fn done(&mut self, position: Position, time: Millis, interaction: &Interaction, names: &Names) {
        if position >= self.plan.since && !self.learners.is_empty() {
            self.pending.done(time, interaction, names);
        }
    }

    pub(crate) fn reports(&self) -> Vec<SurfaceReport> {
        let report = |learner: &Learner| SurfaceReport {
            surface: learner.settings.surface,
            policy: Arc::from(learner.settings.bandit.policy.as_str()),
            intake: learner.bandit.intake(),
            budget: learner.budget.reading(),
            waiting: self.pending.len(),
            not_shown: self.pending.not_shown(),
        };
        self.learners.iter().map(report).collect()
    }

    /// Bytes of a checkpoint.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes(&mut out, &settings::write(&self.plan));
        for learner in self.learners.iter() {
            put_bytes(&mut out, &learner.encode());
        }
        put_bytes(&mut out, &self.pending.encode());
        out
    }

    /// Reads what [`Exploration::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let rest = &mut bytes;
        let plan = settings::read(take_bytes(rest)?).ok()?;
        let surfaces = plan.settings.surfaces.clone();
        let learners = surfaces.into_iter().map(|surface| Learner::decode(surface, take_bytes(rest)?));
        let learners: Vec<Learner> = learners.collect::<Option<_>>()?;
        let pending = Pending::decode(take_bytes(rest)?)?;
        rest.is_empty().then(|| Self { plan: Arc::new(plan), learners: Arc::new(learners), pending })
    }
}

/// The plan on disk. One that a later version cannot read is no reason not to open the shop.
pub(crate) fn read(store: &Store) -> Result<Arc<Plan>> {
    let Some(bytes) = store.documents().get(DOCUMENT)? else { return Ok(Arc::default()) };
    let read = settings::read(&bytes).unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the shop's exploration cannot be read");
        Plan::default()
    });
    Ok(Arc::new(read))
}

impl Shop {
    /// What may be explored, by surface.
    pub fn exploration(&self) -> ExplorationSettings {
        self.core.fold.lock().exploration.plan().settings.clone()
    }

    /// Puts other settings of exploration in force; bandits begin anew with the next event.
    ///
    /// # Errors
    /// A document that cannot be written.
    pub fn set_exploration(&self, settings: ExplorationSettings) -> Result<()> {
        set(&self.core, settings)
    }
}

fn set(core: &Core, settings: ExplorationSettings) -> Result<()> {
    let _one_at_a_time = core.deciding.lock();
    let mut fold = core.fold.lock();
    if fold.exploration.plan().settings == settings {
        return Ok(());
    }
    let plan = Arc::new(Plan { settings, since: fold.position });
    core.store.documents().put(DOCUMENT, &settings::write(&plan))?;
    fold.exploration.configure(&plan);
    let explorers = fold.exploration.explorers();
    core.publish(|view| view.explorers = explorers);
    Ok(())
}
