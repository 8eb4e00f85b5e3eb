use std::sync::Arc;

use learn::{LearnedRanker, Ranker};
use store::Registry;
use types::{FeatureSchema, Request, ValueWeights};

use super::RankerKind;
use crate::{Error, Result};

/// The trained rankers in force, and what is wrong with those that cannot be used.
#[derive(Clone, Default)]
pub(crate) struct Rankers {
    promoted: Vec<Promoted>,
    refused: Vec<(RankerKind, Arc<str>)>,
}

#[derive(Clone)]
struct Promoted {
    kind: RankerKind,
    version: u32,
    ranker: Arc<LearnedRanker>,
}

impl Rankers {
    /// Reads what is in force. What cannot be used is left out and told to the log.
    pub(crate) fn read(registry: &Registry, schema: &FeatureSchema) -> Self {
        let mut all = Self::default();
        RankerKind::ALL.into_iter().for_each(|kind| all.reread(registry, kind, schema));
        all
    }

    /// Reads anew what is in force for a kind.
    pub(crate) fn reread(&mut self, registry: &Registry, kind: RankerKind, schema: &FeatureSchema) {
        self.promoted.retain(|promoted| promoted.kind != kind);
        self.refused.retain(|(refused, _)| *refused != kind);
        let current = registry.current(kind.artefact()).map_err(Error::from);
        let loaded =
            current.and_then(|version| version.map(|version| load(registry, kind, version, schema)).transpose());
        match loaded {
            Ok(Some((version, ranker))) => {
                self.promoted.push(Promoted { kind, version, ranker: Arc::new(ranker) });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(kind = kind.name(), error = &error as &dyn std::error::Error, "a ranker is left out");
                let why = format!("{error}; without it the untrained ranker scores");
                self.refused.push((kind, Arc::from(why)));
            }
        }
    }

    /// The ranker that scores a request's best candidates; `None` where the untrained one does: nothing is in force, the
    /// request sorts by something else than the score, or asks for the untrained one. Chances count by `weights`.
    pub(crate) fn of(&self, request: &Request, weights: &ValueWeights) -> Option<Arc<dyn Ranker>> {
        if !request.sort.is_empty() || !request.trained_ranker {
            return None;
        }
        let typed = request.query.as_deref().map(|query| !query.trim().is_empty());
        let kind = match (typed, request.recommend) {
            (Some(true), _) => RankerKind::Search,
            (_, Some(_)) => RankerKind::Recommend,
            _ => return None,
        };
        let ranker = &self.promoted.iter().find(|promoted| promoted.kind == kind)?.ranker;
        Some(match ranker.weighing(weights) {
            Some(weighed) => Arc::new(weighed),
            None => Arc::<LearnedRanker>::clone(ranker),
        })
    }

    pub(crate) fn version(&self, kind: RankerKind) -> Option<u32> {
        self.promoted.iter().find(|promoted| promoted.kind == kind).map(|promoted| promoted.version)
    }

    pub(crate) fn refused(&self, kind: RankerKind) -> Option<&str> {
        self.refused.iter().find(|(refused, _)| *refused == kind).map(|(_, why)| &**why)
    }
}

/// Reads a version, and refuses one that is damaged or reads features that this program computes otherwise.
pub(super) fn load(
    registry: &Registry,
    kind: RankerKind,
    version: u32,
    schema: &FeatureSchema,
) -> Result<(u32, LearnedRanker)> {
    let artefact = registry.load(kind.artefact(), version).map_err(|error| match error {
        store::Error::Damaged { what, .. } => {
            Error::UnfitRanker { kind: kind.name(), version, why: format!("its file is damaged ({what})") }
        }
        other => other.into(),
    })?;
    Ok((version, decode(&artefact.bytes, kind, version, schema)?))
}

/// What answers are marked with that a version made.
pub(super) fn id(kind: RankerKind, version: u32) -> String {
    format!("{}@{version}", kind.name())
}

pub(super) fn decode(bytes: &[u8], kind: RankerKind, version: u32, schema: &FeatureSchema) -> Result<LearnedRanker> {
    LearnedRanker::decode(&id(kind, version), bytes, schema).map_err(|error| Error::UnfitRanker {
        kind: kind.name(),
        version,
        why: error.to_string(),
    })
}
