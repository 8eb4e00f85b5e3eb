//! Strategies: named ways to answer, of which each answer follows one, chosen for what the whole session brings.
//!
//! Which there are is one document of the shop. Who follows them is decided by an experiment: an arm with the change
//! `"strategy": "random"` tosses among them and so gathers a log that can be learnt from; one with `"strategy": "learned"` asks
//! the policy that was learnt ([`train`]), which gets there only when the log proves it better than chance. What was
//! followed, its probability and what was known of the session are logged with every answer.

mod document;
mod gather;
mod policy;
mod state;
mod train;

use std::sync::Arc;

use learn::reinforcement::StrategyPolicy;
use serde_json::Value as Json;
use store::Store;
use types::{FieldError, Followed, Millis, Request, Rng};

pub use document::{Strategies, Strategy, strategies_from_json, strategies_to_json};
pub use policy::LearnMethod;
pub use train::{StrategyOrder, StrategyReport};

use crate::core::Core;
use crate::view::View;
use crate::{Result, Shop};
use policy::LearnedPolicy;

/// Name of the document.
const DOCUMENT: &str = "strategies";
/// The registry's name of learnt policies.
const ARTEFACT: &str = "strategy";
/// Versions that are kept, the one in force and the one before it not counted.
const VERSIONS_KEPT: usize = 5;

/// How an arm of an experiment chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Chooser {
    /// All alike.
    Random,
    /// As was learnt.
    Learned,
}

impl Chooser {
    /// Reads a stable name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "random" => Some(Self::Random),
            "learned" => Some(Self::Learned),
            _ => None,
        }
    }
}

/// What requests read of it.
#[derive(Clone, Default)]
pub(crate) struct InForce {
    pub(crate) document: Arc<Strategies>,
    learned: Option<(u32, Arc<LearnedPolicy>)>,
}

/// A version of a learnt policy.
#[derive(Clone, PartialEq, Debug)]
pub struct StrategyVersion {
    /// Numbers from 1, in order of training.
    pub version: u32,
    /// When it was trained.
    pub made: Millis,
    /// Whether it is in force.
    pub current: bool,
    /// What its training says.
    pub report: Json,
}

impl InForce {
    /// What is in force on disk. What a later version of the program wrote is left out and told to the log.
    pub(crate) fn read(store: &Store) -> Result<Self> {
        let Some(bytes) = store.documents().get(DOCUMENT)? else { return Ok(Self::default()) };
        let read = formats::json::parse(&bytes).and_then(|document| document::read_own(&document));
        let document = Arc::new(read.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the shop's strategies cannot be read");
            Strategies::default()
        }));
        let learned = learned(store, &document)?;
        Ok(Self { document, learned })
    }

    /// Chooses a strategy for a request and has the request follow it; `None` where there is nothing to choose from. Chance
    /// follows from `seed`.
    pub(crate) fn follow(
        &self,
        (core, view): (&Core, &View),
        chooser: Chooser,
        seed: u64,
        request: &mut Request,
    ) -> Option<Followed> {
        let all = &self.document.strategies;
        let state = state::of(core, view, request, self.document.session_ms());
        let even = || vec![1.0 / all.len() as f64; all.len()];
        let probabilities = match (chooser, &self.learned) {
            (Chooser::Random, _) => even(),
            (Chooser::Learned, Some((_, learned))) => learned.probabilities(&state),
            // Taken back while the arm runs: what comes first is what is done without strategies.
            (Chooser::Learned, None) => return None,
        };
        let mut left = Rng::new(seed).unit();
        let drawn = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        let at = drawn.unwrap_or(probabilities.len().checked_sub(1)?);
        all[at].changes.make(request);
        Some(Followed {
            strategy: Arc::clone(&all[at].name),
            probability: probabilities[at] as f32,
            state: state.into(),
        })
    }
}

/// The policy in force, where it is one for these strategies.
fn learned(store: &Store, document: &Strategies) -> Result<Option<(u32, Arc<LearnedPolicy>)>> {
    let Some(version) = store.registry().current(ARTEFACT)? else { return Ok(None) };
    let read = store.registry().load(ARTEFACT, version).map_err(|error| error.to_string());
    match read.and_then(|artefact| LearnedPolicy::decode(&artefact.bytes, document)) {
        Ok(policy) => Ok(Some((version, Arc::new(policy)))),
        Err(why) => {
            tracing::error!(version, why, "a learnt strategy is left out");
            Ok(None)
        }
    }
}

impl Shop {
    /// The strategies there are.
    pub fn strategies(&self) -> Arc<Strategies> {
        Arc::clone(&self.core.view.load().strategies.document)
    }

    /// Sets the strategies. A policy that was learnt for others is out of force with the next request.
    ///
    /// # Errors
    /// An experiment under way that follows them, or a document that cannot be written.
    pub fn set_strategies(&self, strategies: &Strategies) -> Result<()> {
        let _one_at_a_time = self.core.deciding.lock();
        if *self.strategies() == *strategies {
            return Ok(());
        }
        if let Some(follows) = self.experiments().iter().find(|one| one.is_running() && one.follows_strategies()) {
            let expected = "no running experiment that follows the strategies; stop it first";
            return Err(FieldError::new("experiment_running", "strategies", expected, &*follows.id).into());
        }
        let document = strategies_to_json(strategies).to_string();
        self.core.store.documents().put(DOCUMENT, document.as_bytes())?;
        self.reread_strategies()
    }

    /// All versions of learnt policies, oldest first.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn strategy_versions(&self) -> Result<Vec<StrategyVersion>> {
        let version = |info: store::ArtefactInfo| StrategyVersion {
            version: info.version,
            made: info.made,
            current: info.current,
            report: info.report,
        };
        Ok(self.core.store.registry().list(ARTEFACT)?.into_iter().map(version).collect())
    }

    /// The version of the policy in force, as it serves.
    pub fn learned_strategy(&self) -> Option<u32> {
        self.core.view.load().strategies.learned.as_ref().map(|(version, _)| *version)
    }

    /// Puts a learnt policy in force for arms that follow it.
    ///
    /// # Errors
    /// An unknown version, one that the log does not prove better than what was followed, or one for other strategies.
    pub fn promote_strategy(&self, version: u32) -> Result<()> {
        let versions = self.strategy_versions()?;
        let refuse =
            |code, expected: String| Err(FieldError::new(code, "version", expected, version.to_string()).into());
        let Some(found) = versions.iter().find(|known| known.version == version) else {
            let known: Vec<String> = versions.iter().map(|known| known.version.to_string()).collect();
            return refuse("unknown_strategy", format!("one of the versions {}", known.join(", ")));
        };
        if found.report["may_act"] != Json::Bool(true) {
            let why = found.report["reason"].as_str().unwrap_or_default();
            return refuse("strategy_unproven", format!("a version that the log proves better; of this one {why}"));
        }
        let _one_at_a_time = self.core.deciding.lock();
        let registry = self.core.store.registry();
        let artefact = registry.load(ARTEFACT, version)?;
        if let Err(why) = LearnedPolicy::decode(&artefact.bytes, &self.strategies()) {
            return refuse("strategy_unfit", format!("a version for the present strategies: {why}"));
        }
        registry.promote(ARTEFACT, version)?;
        self.reread_strategies()
    }

    /// Takes the policy out of force: arms that follow it are served as without it, from the next request on.
    ///
    /// # Errors
    /// A registry that cannot be written.
    pub fn withdraw_strategy(&self) -> Result<()> {
        let _one_at_a_time = self.core.deciding.lock();
        self.core.store.registry().withdraw(ARTEFACT)?;
        self.reread_strategies()
    }

    fn reread_strategies(&self) -> Result<()> {
        let in_force = InForce::read(&self.core.store)?;
        self.core.publish(|view| view.strategies = in_force);
        Ok(())
    }
}
