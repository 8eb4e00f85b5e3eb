use std::sync::Arc;

use learn::recommend::{Model, Repeats};
use serde_json::Value as Json;
use store::{Registry, Store};
use types::{Degraded, Dictionary, RecommendKind, Row};

use super::{TRAINED_KINDS, artefact};
use crate::names::{put_bytes, take_bytes};
use crate::{Error, Result};

/// The trained recommenders in force, and what is wrong with those that cannot be used.
#[derive(Clone, Default)]
pub(crate) struct Recommenders {
    promoted: Vec<Promoted>,
    refused: Vec<(RecommendKind, Degraded)>,
}

/// A trained recommender in force.
#[derive(Clone)]
pub(crate) struct Promoted {
    pub(crate) kind: RecommendKind,
    pub(crate) version: u32,
    pub(crate) model: Arc<dyn Model>,
    /// What is bought again, and when.
    pub(crate) repeats: Arc<Repeats>,
}

impl Recommenders {
    /// Reads what is in force. What cannot be used is left out, told to the log, and told with every answer it lacks in.
    pub(crate) fn read(store: &Store, items: &Catalogue<'_>) -> Self {
        let mut all = Self::default();
        TRAINED_KINDS.into_iter().for_each(|kind| all.reread(store, items, kind));
        all
    }

    /// Reads anew what is in force for a kind.
    pub(crate) fn reread(&mut self, store: &Store, items: &Catalogue<'_>, kind: RecommendKind) {
        let registry = store.registry();
        let current = registry.current(artefact(kind)).map_err(Error::from);
        self.forget(kind);
        match current.and_then(|version| version.map(|version| load(registry, items, kind, version)).transpose()) {
            Ok(promoted) => self.promoted.extend(promoted),
            Err(error) => {
                tracing::error!(
                    kind = kind.name(),
                    error = &error as &dyn std::error::Error,
                    "a recommender is left out"
                );
                let reason = format!("{error}; without it the shop recommends as it learns live");
                self.refused.push((kind, Degraded { part: Arc::from(MODEL_PART), reason }));
            }
        }
    }

    /// Has a recommender that was read take the place of what was in force for its kind.
    pub(super) fn put(&mut self, promoted: Promoted) {
        self.forget(promoted.kind);
        self.promoted.push(promoted);
    }

    fn forget(&mut self, kind: RecommendKind) {
        self.promoted.retain(|promoted| promoted.kind != kind);
        self.refused.retain(|(refused, _)| *refused != kind);
    }

    /// What is in force for a kind.
    pub(crate) fn of(&self, kind: RecommendKind) -> Option<&Promoted> {
        self.promoted.iter().find(|promoted| promoted.kind == kind)
    }

    /// Why nothing is in force for a kind, though something should be.
    pub(crate) fn refused(&self, kind: RecommendKind) -> Option<&Degraded> {
        self.refused.iter().find(|(refused, _)| *refused == kind).map(|(_, degraded)| degraded)
    }
}

/// What is degraded where a trained recommender cannot be used.
const MODEL_PART: &str = "model";

/// Bytes that [`load`] reads: what is known of repeats, then the model.
pub(super) fn encode(model: &dyn Model, repeats: &Repeats) -> Vec<u8> {
    let mut out = Vec::new();
    put_bytes(&mut out, &repeats.encode());
    out.extend(model.encode());
    out
}

/// Reads a version, and refuses one that is damaged or of another catalogue.
pub(super) fn load(registry: &Registry, items: &Catalogue<'_>, kind: RecommendKind, version: u32) -> Result<Promoted> {
    let unfit = |why: String| Error::UnfitRecommender { kind: kind.name(), version, why };
    let artefact = registry.load(artefact(kind), version).map_err(|error| match error {
        store::Error::Damaged { what, .. } => unfit(format!("its file is damaged ({what})")),
        other => other.into(),
    })?;
    let (name, report) = (artefact.report["model"].as_str().unwrap_or_default(), &artefact.report);
    let method = learn::recommend::method(name).map_err(|error| unfit(format!("its method is not known: {error}")))?;
    let cannot = |error: &dyn std::fmt::Display| unfit(format!("it cannot be read: {error}"));
    let rest = &mut &artefact.bytes[..];
    let repeats = take_bytes(rest).ok_or_else(|| cannot(&"it is cut off"))?;
    let model = (method.decode)(rest).map_err(|error| cannot(&error))?;
    let repeats = Arc::new(Repeats::decode(repeats).map_err(|error| cannot(&error))?);
    let (theirs, (ours, mark)) = (model.items(), items(model.items()));
    if theirs > ours {
        return Err(unfit(format!("it is of another catalogue: it knows {theirs} items, this shop has {ours}")));
    }
    if report["catalogue"].as_str() != Some(&mark) {
        return Err(unfit("it is of another catalogue: its items are not this shop's".to_owned()));
    }
    Ok(Promoted { kind, version, model: Arc::from(model), repeats })
}

/// Says how many items a shop has, and the mark of so many of them.
pub(crate) type Catalogue<'a> = dyn Fn(usize) -> (usize, String) + 'a;

/// Tells catalogues apart by the ids of their first items.
pub(crate) fn catalogue_mark(items: &Dictionary, count: usize) -> String {
    let mut mark = Fnv::default();
    for row in 0..count.min(items.len()) as u32 {
        mark.add(items.id(Row(row)).map_or(&[][..], |id| id.as_bytes()));
        mark.add(&[0xff]);
    }
    mark.text()
}

/// The 64-bit hash of Fowler, Noll and Vo (FNV-1a): the same on every machine and for every version of the program.
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(super) fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The version that is in force with what its training said about it.
pub(super) fn report_in_force(registry: &Registry, kind: RecommendKind) -> Result<Option<Json>> {
    let list = registry.list(artefact(kind))?;
    Ok(list.into_iter().find(|info| info.current).map(|info| info.report))
}
