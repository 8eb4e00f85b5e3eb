//! Documents about trained recommenders.

use std::collections::BTreeMap;

use engine::{ALL_MODELS, Promote, RecommenderVersion, Shop, TRAINED_KINDS, TrainingOrder, trained_kind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{FieldError, RecommendKind};
use utoipa::ToSchema;

use crate::error::ApiResult;
use crate::training::{State, Training, background_threads};

/// What is to be trained. The chosen models are compared on the last days of the log with what is in force and with what is
/// learnt live; the best is trained again on everything and kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TrainBody {
    /// What the model is to recommend: `for-you`, `similar` or `bought-together`.
    #[schema(example = "for-you")]
    kind: String,
    /// Methods by name; `all` stands for every one.
    #[schema(example = json!(["all"]))]
    models: Vec<String>,
    /// Hyper-parameters other than the defaults, by method and name.
    #[schema(value_type = Object, example = json!({"popular": {"half-life-days": 30}}))]
    parameters: BTreeMap<String, BTreeMap<String, f64>>,
    /// Days at the end of the log on which models are compared, 1 to 3650.
    holdout_days: u32,
    /// Memory the training may take, in MiB; most of what is free where not said.
    memory_mib: Option<u64>,
    /// Threads of the training; half of the cores where not said.
    threads: Option<usize>,
    /// When the new model is put in force: `no`, `yes` or `if-better`.
    #[schema(example = "if-better")]
    promote: String,
}

impl Default for TrainBody {
    fn default() -> Self {
        Self {
            kind: RecommendKind::ForYou.name().to_owned(),
            models: vec![ALL_MODELS.to_owned()],
            parameters: BTreeMap::new(),
            holdout_days: 30,
            memory_mib: None,
            threads: None,
            promote: Promote::No.name().to_owned(),
        }
    }
}

impl TrainBody {
    /// Checks everything but what the training itself checks before it begins.
    pub(crate) fn read(self) -> Result<TrainingOrder, FieldError> {
        let out_of_range =
            |field, got: String, expected| Err(FieldError::new("number_out_of_range", field, expected, got));
        if let Some(threads) = self.threads.filter(|threads| !(1..=256).contains(threads)) {
            return out_of_range("threads", threads.to_string(), "1 to 256");
        }
        if let Some(memory) = self.memory_mib.filter(|memory| !(1..=1 << 24).contains(memory)) {
            return out_of_range("memory_mib", memory.to_string(), "1 to 16777216");
        }
        let chosen = self
            .parameters
            .into_iter()
            .flat_map(|(model, values)| values.into_iter().map(move |(name, value)| (model.clone(), name, value)));
        Ok(TrainingOrder {
            models: self.models,
            chosen: chosen.collect(),
            holdout_days: self.holdout_days,
            memory: self.memory_mib.map(|mib| mib << 20),
            threads: background_threads(self.threads.unwrap_or(0)),
            promote: Promote::from_name(&self.promote)?,
            ..TrainingOrder::new(trained_kind(&self.kind)?)
        })
    }
}

/// A version to put in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromoteBody {
    /// `for-you`, `similar` or `bought-together`.
    #[schema(example = "for-you")]
    pub(crate) kind: String,
    /// The version.
    #[schema(example = 3)]
    pub(crate) version: u32,
}

/// A kind of recommendation whose last promotion is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollBackBody {
    /// `for-you`, `similar` or `bought-together`.
    #[schema(example = "for-you")]
    pub(crate) kind: String,
}

/// The trained recommenders of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommendersAnswer {
    /// One entry a kind of recommendation.
    kinds: Vec<RecommenderKindAnswer>,
}

/// The trained recommenders of a kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommenderKindAnswer {
    /// `for-you`, `similar` or `bought-together`.
    kind: &'static str,
    /// The version that answers; absent where the shop recommends as it learns live.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force: Option<u32>,
    /// Why the version in force cannot be used, where it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<String>,
    /// All versions that are kept, oldest first.
    versions: Vec<RecommenderAnswer>,
}

/// A version of a trained recommender.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecommenderAnswer {
    /// Its number.
    version: u32,
    /// When it was trained, in milliseconds since 1970.
    made_ms: i64,
    /// Bytes it has.
    bytes: u64,
    /// Whether it is the one that was put in force last.
    in_force: bool,
    /// Its method.
    model: Option<String>,
    /// What its training says: hyper-parameters, data, seconds, and the comparison.
    #[schema(value_type = Object)]
    report: Value,
}

impl RecommendersAnswer {
    /// All of a shop.
    pub(crate) fn of(shop: &Shop) -> ApiResult<Self> {
        let kind = |kind: RecommendKind| {
            Ok(RecommenderKindAnswer {
                kind: kind.name(),
                in_force: shop.recommender(kind),
                degraded: shop.recommender_refused(kind),
                versions: shop.recommender_versions(kind)?.into_iter().map(Into::into).collect(),
            })
        };
        Ok(Self { kinds: TRAINED_KINDS.into_iter().map(kind).collect::<ApiResult<_>>()? })
    }
}

impl From<RecommenderVersion> for RecommenderAnswer {
    fn from(version: RecommenderVersion) -> Self {
        Self {
            version: version.version,
            made_ms: version.made.0,
            bytes: version.bytes,
            in_force: version.current,
            model: version.report["model"].as_str().map(str::to_owned),
            report: version.report,
        }
    }
}

/// What is in force now.
#[derive(Serialize, ToSchema)]
pub(crate) struct InForceAnswer {
    /// The kind of recommendation, or what the ranker scores.
    pub(crate) kind: &'static str,
    /// The version that answers; absent where the shop recommends as it learns live, or ranks untrained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) in_force: Option<u32>,
}

/// How a training stands.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct TrainingAnswer {
    /// `idle` (none since the start), `running`, `cancelling`, `cancelled`, `finished` or `failed`.
    state: &'static str,
    /// What is trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    /// The methods of a recommender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<String>,
    /// `request` or `schedule`.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    /// When it began, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    began_ms: Option<i64>,
    /// Seconds it took so far, or in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// Its step.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// How much of the step is done, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<f64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What came of it: the comparison, the version, and whether and why it was put in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    report: Option<Value>,
}

impl TrainingAnswer {
    /// The last training of a shop, if there was one since the start.
    pub(crate) fn of(training: Option<&Training>) -> Self {
        let Some(training) = training else { return Self { state: "idle", ..Self::default() } };
        let known = Self {
            kind: Some(training.kind.name()),
            models: training.models.clone(),
            by: Some(training.by.name()),
            began_ms: Some(training.began.0),
            ..Self::default()
        };
        match training.state() {
            State::Running { step, done } => {
                let state = if training.is_cancelled() { "cancelling" } else { "running" };
                Self { state, seconds: Some(training.seconds()), step: Some(step), done: Some(done), ..known }
            }
            State::Finished { trained, seconds } => {
                Self { state: "finished", seconds: Some(seconds), report: Some(trained.report.clone()), ..known }
            }
            State::Failed { message, seconds } => {
                Self { state: "failed", seconds: Some(seconds), error: Some(message), ..known }
            }
            State::Cancelled { seconds } => Self { state: "cancelled", seconds: Some(seconds), ..known },
        }
    }
}
