//! Trained rankers of a shop: learnt from the answers of its log, kept with their reports, and put in force without a
//! restart.

mod drift;
mod order;
mod replay;
mod shelf;
mod watch;

use serde_json::Value as Json;
use types::{FeatureSchema, FieldError, Impression, Millis};

pub use drift::FeatureDrift;
pub use order::RankerOrder;
pub use replay::{Outcome, ReplayOptions, ReplayReport, ReplayedSlate};
pub(crate) use shelf::Rankers;
pub use watch::{RankerWatch, RolledBack};

use crate::{Error, Result, Shop};

/// What a trained ranker scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RankerKind {
    /// Results of searches.
    Search,
    /// Recommendations.
    Recommend,
}

impl RankerKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Search, Self::Recommend];

    /// Stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Recommend => "recommend",
        }
    }

    /// Reads a stable name.
    ///
    /// # Errors
    /// A [`FieldError`] with code `value_invalid`.
    pub fn from_name(name: &str) -> std::result::Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| FieldError::new("value_invalid", "kind", "one of search, recommend", name))
    }

    /// What scores an answer: one to something typed is a search.
    fn of_answer(answer: &Impression) -> Self {
        let is_typed = answer.query.as_deref().is_some_and(|query| !query.trim().is_empty());
        if is_typed { Self::Search } else { Self::Recommend }
    }

    /// The registry's name.
    fn artefact(self) -> &'static str {
        match self {
            Self::Search => "ranker.search",
            Self::Recommend => "ranker.recommend",
        }
    }
}

/// A version of a trained ranker.
#[derive(Clone, PartialEq, Debug)]
pub struct RankerVersion {
    /// What it scores.
    pub kind: RankerKind,
    /// Numbers from 1, in order of training.
    pub version: u32,
    /// When it was trained.
    pub made: Millis,
    /// Bytes it has.
    pub bytes: u64,
    /// Whether it is in force.
    pub current: bool,
    /// What its training says: what it learnt from, `figures`, `importance`.
    pub report: Json,
}

/// Versions that are kept, the one in force and the one before it not counted.
const VERSIONS_KEPT: usize = 5;

impl Shop {
    /// All that a ranker of this shop may read, column by column.
    pub fn feature_schema(&self) -> FeatureSchema {
        self.core.policy.schema.clone()
    }

    /// Keeps a ranker that was trained, without putting it in force; says its version.
    ///
    /// # Errors
    /// [`Error::UnfitRanker`] where it reads what this program does not compute, and a registry that cannot be written.
    pub fn keep_ranker(&self, kind: RankerKind, ranker: &learn::LearnedRanker, report: &Json) -> Result<u32> {
        let bytes = ranker.encode();
        shelf::decode(&bytes, kind, 0, &self.core.policy.schema)?;
        let registry = self.core.store.registry();
        let version = registry.put(kind.artefact(), &bytes, report, self.core.clock.now())?;
        registry.prune(kind.artefact(), VERSIONS_KEPT)?;
        Ok(version)
    }

    /// All versions of the rankers of a kind, oldest first.
    ///
    /// # Errors
    /// A registry that cannot be read.
    pub fn ranker_versions(&self, kind: RankerKind) -> Result<Vec<RankerVersion>> {
        let list = self.core.store.registry().list(kind.artefact())?;
        let version = |info: store::ArtefactInfo| RankerVersion {
            kind,
            version: info.version,
            made: info.made,
            bytes: info.bytes,
            current: info.current,
            report: info.report,
        };
        Ok(list.into_iter().map(version).collect())
    }

    /// A version as it would score.
    ///
    /// # Errors
    /// [`Error::UnknownRanker`] and [`Error::UnfitRanker`].
    pub fn read_ranker(&self, kind: RankerKind, version: u32) -> Result<learn::LearnedRanker> {
        self.known_ranker(kind, version)?;
        Ok(shelf::load(self.core.store.registry(), kind, version, &self.core.policy.schema)?.1)
    }

    /// One version with its report.
    ///
    /// # Errors
    /// [`Error::UnknownRanker`], and a registry that cannot be read.
    pub fn known_ranker(&self, kind: RankerKind, version: u32) -> Result<RankerVersion> {
        let versions = self.ranker_versions(kind)?;
        let known: Vec<u32> = versions.iter().map(|known| known.version).collect();
        let found = versions.into_iter().find(|known| known.version == version);
        found.ok_or(Error::UnknownRanker { kind: kind.name(), version, known })
    }

    /// The version in force for a kind, as it serves; `None` where the untrained ranker does.
    pub fn ranker(&self, kind: RankerKind) -> Option<u32> {
        self.core.view.load().rankers.version(kind)
    }

    /// Why no trained ranker serves a kind, though one was put in force.
    pub fn ranker_refused(&self, kind: RankerKind) -> Option<String> {
        self.core.view.load().rankers.refused(kind).map(str::to_owned)
    }

    /// Puts a version in force: it takes over from what was before within the minutes that the settings say, in a straight
    /// line from the one's scores to the other's. A restart ends that, and the version serves alone.
    ///
    /// # Errors
    /// [`Error::UnknownRanker`], and [`Error::UnfitRanker`] for one that is damaged or reads what this program does not
    /// compute; then nothing is changed.
    pub fn promote_ranker(&self, kind: RankerKind, version: u32) -> Result<()> {
        self.known_ranker(kind, version)?;
        let _one_at_a_time = self.core.deciding.lock();
        let registry = self.core.store.registry();
        shelf::load(registry, kind, version, &self.core.policy.schema)?;
        registry.promote(kind.artefact(), version)?;
        self.reread_ranker(kind, Some(self.core.clock.now()));
        Ok(())
    }

    /// Puts in force again what was before, at once: a version, or the untrained ranker (`None`).
    ///
    /// # Errors
    /// A registry that cannot be read or written.
    pub fn roll_back_ranker(&self, kind: RankerKind) -> Result<Option<u32>> {
        let _one_at_a_time = self.core.deciding.lock();
        let (registry, name) = (self.core.store.registry(), kind.artefact());
        let before = registry.current(name)?;
        registry.roll_back(name)?;
        if before.is_some() && registry.current(name)? == before {
            registry.withdraw(name)?;
        }
        self.reread_ranker(kind, None);
        Ok(registry.current(name)?)
    }

    fn reread_ranker(&self, kind: RankerKind, takes_over: Option<Millis>) {
        let mut rankers = Rankers::clone(&self.core.view.load().rankers);
        rankers.reread(self.core.store.registry(), kind, &self.core.policy.schema, takes_over);
        self.core.publish(|view| view.rankers = std::sync::Arc::new(rankers));
    }
}
