//! Trained recommenders of a shop: learnt from its log, kept with their reports, and put in force without a restart.

mod checkpoints;
mod contents;
mod log;
mod order;
mod shelf;

use std::time::Instant;

use learn::recommend::{Interactions, Losses, Method, Parameters, Repeats, TrainingData, Watcher, train};
use serde_json::{Map, Value as Json, json};
use types::{FieldError, Millis, RecommendKind, Row};

pub use checkpoints::TrainingCheckpoints;
pub use contents::ContentsLog;
pub use log::InteractionLog;
pub(crate) use log::signal_of;
pub use order::{ALL_MODELS, TrainingOrder};
pub(crate) use shelf::{Promoted, Recommenders, catalogue_mark};

use crate::{Error, Result, Shop};

/// The kinds of recommendation that a trained model can be in force for.
pub const TRAINED_KINDS: [RecommendKind; 3] =
    [RecommendKind::ForYou, RecommendKind::Similar, RecommendKind::BoughtTogether];

/// Reads one of [`TRAINED_KINDS`] by its name.
///
/// # Errors
/// A [`FieldError`] with code `value_invalid` that lists them.
pub fn trained_kind(name: &str) -> std::result::Result<RecommendKind, FieldError> {
    let found = TRAINED_KINDS.into_iter().find(|kind| kind.name() == name);
    let expected = "one of for-you, similar, bought-together";
    found.ok_or_else(|| FieldError::new("value_invalid", "kind", expected, name))
}

/// How a recommender is trained.
#[derive(Clone, Debug)]
pub struct RecommenderTraining {
    /// What is trained.
    pub method: &'static Method,
    /// Its hyper-parameters.
    pub parameters: Parameters,
    /// Bytes it may take, the data included; `None` sets no limit.
    pub memory: Option<u64>,
    /// Makes chance repeatable.
    pub seed: u64,
    /// What happened from this moment on is not learnt from; `None`: everything is.
    pub until: Option<Millis>,
}

/// A version of a trained recommender.
#[derive(Clone, PartialEq, Debug)]
pub struct RecommenderVersion {
    /// What it recommends.
    pub kind: RecommendKind,
    /// Numbers from 1, in order of training.
    pub version: u32,
    /// When it was trained.
    pub made: Millis,
    /// Bytes it has.
    pub bytes: u64,
    /// Whether it is in force.
    pub current: bool,
    /// What its training says: `model`, `parameters`, what it was trained on, how long it took, `evaluation`.
    pub report: Json,
}

/// Versions that are kept, the one in force and the one before it not counted.
const VERSIONS_KEPT: usize = 5;
/// Bytes that vectors of items may take where nobody limits the memory.
const VECTOR_BYTES_MAX: u64 = 1 << 30;

impl Shop {
    /// Trains a recommender on the whole log and keeps it, without putting it in force; says its version. `evaluation` is
    /// kept with its report.
    ///
    /// # Errors
    /// Where the log cannot be read, the training fails or is stopped, or the model cannot be written.
    pub fn train_recommender(
        &self,
        kind: RecommendKind,
        training: &RecommenderTraining,
        evaluation: Json,
        watcher: &mut dyn Watcher,
    ) -> Result<u32> {
        artefact_of(kind)?;
        let began = Instant::now();
        let mut log = self.interaction_log()?;
        training.until.into_iter().for_each(|until| log.cut(until));
        let items = log.items.len();
        let interactions = Interactions::from_signals(&log.signals, items);
        let vectors_max = training.memory.map_or(VECTOR_BYTES_MAX, |memory| memory / 4);
        let contents = self.item_contents(items, None, |_| true, vectors_max)?;
        let data = TrainingData { interactions: &interactions, items: &contents, seed: training.seed };
        let (method, parameters) = (training.method, &training.parameters);
        let memory = training.memory.map(|memory| memory.saturating_sub(data_bytes(&data)));
        let planned = (method.trainer)(parameters).memory(&data);
        let mut losses = Losses::new(watcher);
        let model = train(method, parameters, &data, memory, &mut losses)
            .map_err(|source| Error::Training { model: method.name, source })?;
        let repeats = Repeats::fit(&interactions, &contents.categories);
        let bytes = shelf::encode(&*model, &repeats);
        let mut report = Map::new();
        for (name, value) in [
            ("model", json!(method.name)),
            ("parameters", parameters.iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect()),
            ("seed", json!(training.seed)),
            ("items", json!(items)),
            ("users", json!(interactions.users())),
            ("interactions", json!(interactions.len())),
            ("until_ms", json!(interactions.last_time().map(|time| time.0))),
            ("data", json!(data_mark(&interactions))),
            ("catalogue", json!(catalogue_mark(&log.items, items))),
            ("seconds", json!(began.elapsed().as_secs_f64())),
            ("memory_planned_bytes", json!(planned)),
            ("losses", json!(losses.points())),
            ("program", json!(env!("CARGO_PKG_VERSION"))),
            ("threads", json!(rayon::current_num_threads())),
            ("evaluation", evaluation),
        ] {
            report.insert(name.to_owned(), value);
        }
        let registry = self.core.store.registry();
        let version = registry.put(artefact(kind), &bytes, &Json::Object(report), self.core.clock.now())?;
        registry.prune(artefact(kind), VERSIONS_KEPT)?;
        Ok(version)
    }

    /// All versions of the recommenders of a kind, oldest first.
    ///
    /// # Errors
    /// A kind that none is trained for, or a registry that cannot be read.
    pub fn recommender_versions(&self, kind: RecommendKind) -> Result<Vec<RecommenderVersion>> {
        let list = self.core.store.registry().list(artefact_of(kind)?)?;
        let version = |info: store::ArtefactInfo| RecommenderVersion {
            kind,
            version: info.version,
            made: info.made,
            bytes: info.bytes,
            current: info.current,
            report: info.report,
        };
        Ok(list.into_iter().map(version).collect())
    }

    /// The version in force for a kind, as it serves; `None` where the shop recommends as it learns live.
    pub fn recommender(&self, kind: RecommendKind) -> Option<u32> {
        self.core.view.load().recommenders.of(kind).map(|promoted| promoted.version)
    }

    /// Why no recommender serves a kind, though one was put in force.
    pub fn recommender_refused(&self, kind: RecommendKind) -> Option<String> {
        self.core.view.load().recommenders.refused(kind).map(|degraded| degraded.reason.clone())
    }

    /// What the training of the version in force said about it.
    ///
    /// # Errors
    /// A kind that none is trained for, or a registry that cannot be read.
    pub fn recommender_report(&self, kind: RecommendKind) -> Result<Option<Json>> {
        artefact_of(kind)?;
        shelf::report_in_force(self.core.store.registry(), kind)
    }

    /// Puts a version in force: the next request is answered by it.
    ///
    /// # Errors
    /// [`Error::UnknownRecommender`], and [`Error::UnfitRecommender`] for one that is damaged or of another catalogue;
    /// then nothing is changed.
    pub fn promote_recommender(&self, kind: RecommendKind, version: u32) -> Result<()> {
        let known: Vec<u32> = self.recommender_versions(kind)?.iter().map(|known| known.version).collect();
        if !known.contains(&version) {
            return Err(Error::UnknownRecommender { kind: kind.name(), version, known });
        }
        let _one_at_a_time = self.core.deciding.lock();
        let promoted = shelf::load(self.core.store.registry(), &|count| self.catalogue(count), kind, version)?;
        self.core.store.registry().promote(artefact(kind), version)?;
        self.publish_recommenders(|recommenders| recommenders.put(promoted));
        Ok(())
    }

    /// Puts in force again what was before: a version, or what the shop learns live (`None`).
    ///
    /// # Errors
    /// A kind that none is trained for, or a registry that cannot be read or written.
    pub fn roll_back_recommender(&self, kind: RecommendKind) -> Result<Option<u32>> {
        let name = artefact_of(kind)?;
        let _one_at_a_time = self.core.deciding.lock();
        let registry = self.core.store.registry();
        let before = registry.current(name)?;
        registry.roll_back(name)?;
        if before.is_some() && registry.current(name)? == before {
            // Before the first one the shop recommended as it learns live.
            registry.withdraw(name)?;
        }
        let store = &self.core.store;
        self.publish_recommenders(|recommenders| recommenders.reread(store, &|count| self.catalogue(count), kind));
        Ok(registry.current(name)?)
    }

    fn publish_recommenders(&self, change: impl FnOnce(&mut Recommenders)) {
        let mut recommenders = Recommenders::clone(&self.core.view.load().recommenders);
        change(&mut recommenders);
        self.core.publish(|view| view.recommenders = std::sync::Arc::new(recommenders));
    }

    /// Holds the names no longer than it takes to read them: reading a model takes its time.
    fn catalogue(&self, count: usize) -> (usize, String) {
        let names = self.core.names.read();
        (names.items.len(), catalogue_mark(&names.items, count))
    }

    /// Users with a history, in order of id.
    pub fn users(&self) -> Vec<types::UserId> {
        let view = self.core.view.load();
        let names = self.core.names.read();
        // An erased user has an id, but nothing is known of them.
        let known = names.actors.iter().filter(|(row, _)| !view.features.history(*row).is_empty());
        let mut ids: Vec<types::UserId> =
            known.filter_map(|(_, key)| types::UserId::new(key.strip_prefix("u:")?).ok()).collect();
        ids.sort();
        ids
    }
}

/// The registry's name for the recommenders of a kind.
fn artefact(kind: RecommendKind) -> &'static str {
    match kind {
        RecommendKind::Similar => "recommend.similar",
        RecommendKind::BoughtTogether => "recommend.bought-together",
        RecommendKind::ForYou
        | RecommendKind::LooksSimilar
        | RecommendKind::Trending
        | RecommendKind::Popular
        | RecommendKind::RecentlyViewed
        | RecommendKind::New => "recommend.for-you",
    }
}

/// The same, where nobody has checked the kind yet.
fn artefact_of(kind: RecommendKind) -> Result<&'static str> {
    Ok(artefact(trained_kind(kind.name())?))
}

/// Bytes that the data of a training take.
pub fn data_bytes(data: &TrainingData<'_>) -> u64 {
    let interactions = data.interactions.len() * size_of::<learn::recommend::Interaction>();
    let contents = 8 * data.items.attributes.len() + 4 * data.items.vectors.len() + 12 * data.items.prices.len();
    (interactions + contents) as u64
}

/// Tells data apart.
fn data_mark(interactions: &Interactions) -> String {
    let mut mark = shelf::Fnv::default();
    for (user, list) in interactions.iter().enumerate() {
        mark.add(&interactions.actor(user).0.to_le_bytes());
        for entry in list {
            let Row(item) = entry.item;
            mark.add(&item.to_le_bytes());
            mark.add(&entry.time.0.to_le_bytes());
            mark.add(&entry.weight.to_le_bytes());
        }
    }
    mark.text()
}
