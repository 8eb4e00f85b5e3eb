use std::sync::Arc;

use learn::online::BlendedRanker;
use learn::{LearnedRanker, Ranker};
use store::Registry;
use types::{FeatureSchema, Millis, Request, Settings};

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
    /// What it takes over from, and since when; forgotten by a restart.
    takes_over: Option<TakeOver>,
}

/// What a ranker takes over from.
#[derive(Clone)]
struct TakeOver {
    /// `None`: the untrained ranker.
    from: Option<Arc<LearnedRanker>>,
    began: Millis,
}

impl Rankers {
    /// Reads what is in force. What cannot be used is left out and told to the log.
    pub(crate) fn read(registry: &Registry, schema: &FeatureSchema) -> Self {
        let mut all = Self::default();
        RankerKind::ALL.into_iter().for_each(|kind| all.reread(registry, kind, schema, None));
        all
    }

    /// Reads anew what is in force for a kind. What was in force before gives way bit by bit from `began` on; at once where
    /// that is `None`.
    pub(crate) fn reread(
        &mut self,
        registry: &Registry,
        kind: RankerKind,
        schema: &FeatureSchema,
        began: Option<Millis>,
    ) {
        let from = self.promoted.iter().find(|promoted| promoted.kind == kind);
        let from = from.map(|promoted| Arc::clone(&promoted.ranker));
        let takes_over = began.map(|began| TakeOver { from, began });
        self.promoted.retain(|promoted| promoted.kind != kind);
        self.refused.retain(|(refused, _)| *refused != kind);
        let current = registry.current(kind.artefact()).map_err(Error::from);
        let loaded =
            current.and_then(|version| version.map(|version| load(registry, kind, version, schema)).transpose());
        match loaded {
            Ok(Some((version, ranker))) => {
                self.promoted.push(Promoted { kind, version, ranker: Arc::new(ranker), takes_over });
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
    /// request sorts by something else than the score, or asks for the untrained one. While it takes over, a blend of it
    /// with what it takes over from.
    pub(crate) fn of(
        &self,
        request: &Request,
        settings: &Settings,
        untrained: &Arc<dyn Ranker>,
    ) -> Option<Arc<dyn Ranker>> {
        if !request.sort.is_empty() || !request.trained_ranker {
            return None;
        }
        let typed = request.query.as_deref().map(|query| !query.trim().is_empty());
        let kind = match (typed, request.recommend) {
            (Some(true), _) => RankerKind::Search,
            (_, Some(_)) => RankerKind::Recommend,
            _ => return None,
        };
        let promoted = self.promoted.iter().find(|promoted| promoted.kind == kind)?;
        let weighed = |ranker: &Arc<LearnedRanker>| -> Arc<dyn Ranker> {
            match ranker.weighing(&settings.value_weights) {
                Some(weighed) => Arc::new(weighed),
                None => Arc::<LearnedRanker>::clone(ranker),
            }
        };
        let new = weighed(&promoted.ranker);
        let Some((from, share)) = promoted.takes_over.as_ref().and_then(|over| over.share(request.now, settings))
        else {
            return Some(new);
        };
        let old = from.map_or_else(|| Arc::clone(untrained), weighed);
        let id = format!("{}>{}", old.id(), new.id());
        // Rankers of one program read the same version of every feature.
        Some(BlendedRanker::new(&id, old, Arc::clone(&new), share).map_or(new, |blended| Arc::new(blended)))
    }

    pub(crate) fn version(&self, kind: RankerKind) -> Option<u32> {
        self.promoted.iter().find(|promoted| promoted.kind == kind).map(|promoted| promoted.version)
    }

    pub(crate) fn refused(&self, kind: RankerKind) -> Option<&str> {
        self.refused.iter().find(|(refused, _)| *refused == kind).map(|(_, why)| &**why)
    }
}

impl TakeOver {
    /// What still counts of the old, and the share of the new; `None` once the new is alone.
    fn share(&self, now: Millis, settings: &Settings) -> Option<(Option<&Arc<LearnedRanker>>, f32)> {
        let minutes = (now.0 - self.began.0).max(0) as f32 / 60_000.0;
        (minutes < settings.takeover_minutes).then(|| (self.from.as_ref(), minutes / settings.takeover_minutes))
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
