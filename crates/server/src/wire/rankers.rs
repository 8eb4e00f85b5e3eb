//! Documents about trained rankers.

use engine::{Promote, RankerKind, RankerOrder, RankerVersion, Shop};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::FieldError;
use utoipa::ToSchema;

use crate::error::ApiResult;
use crate::training::background_threads;

/// How a ranker is to be trained on the shop's log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TrainRankerBody {
    /// Answers of the log to learn from, the last ones, 1 to 1000000.
    #[schema(example = 50_000)]
    slates: usize,
    /// Whether what is known of shoppers is left out.
    impersonal: bool,
    /// Threads of the training; half of the cores where not said.
    threads: Option<usize>,
    /// When the new ranker is put in force: `no`, `yes` or `if-better`, which asks for more than noise.
    #[schema(example = "if-better")]
    promote: String,
}

impl Default for TrainRankerBody {
    fn default() -> Self {
        let order = RankerOrder::new(RankerKind::Search);
        let promote = order.promote.name().to_owned();
        Self { slates: order.slates, impersonal: order.is_impersonal, threads: None, promote }
    }
}

impl TrainRankerBody {
    /// Checks everything.
    pub(crate) fn read(self, kind: RankerKind) -> Result<RankerOrder, FieldError> {
        if let Some(threads) = self.threads.filter(|threads| !(1..=256).contains(threads)) {
            return Err(FieldError::new("number_out_of_range", "threads", "1 to 256", threads.to_string()));
        }
        let order = RankerOrder {
            slates: self.slates,
            is_impersonal: self.impersonal,
            threads: background_threads(self.threads.unwrap_or(0)),
            promote: Promote::from_name(&self.promote)?,
            ..RankerOrder::new(kind)
        };
        order.check()?;
        Ok(order)
    }
}

/// The trained rankers of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankersAnswer {
    /// One entry for what is scored: searches, recommendations.
    kinds: Vec<RankerKindAnswer>,
}

/// The trained rankers of a kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankerKindAnswer {
    /// `search` or `recommend`.
    kind: &'static str,
    /// The version that scores; absent where the untrained ranker does.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force: Option<u32>,
    /// Why the version in force cannot be used, where it cannot; the untrained ranker scores then.
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<String>,
    /// All versions that are kept, oldest first.
    versions: Vec<RankerAnswer>,
}

/// A version of a trained ranker.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankerAnswer {
    /// Its number.
    version: u32,
    /// When it was trained, in milliseconds since 1970.
    made_ms: i64,
    /// Bytes it has.
    bytes: u64,
    /// Whether it is the one that was put in force last.
    in_force: bool,
    /// What its training says: the way of training, the comparison with the untrained ranker over all and by kind of
    /// shopper, and `importance`, how far each feature moves the items of an answer apart.
    #[schema(value_type = Object)]
    report: Value,
}

impl RankersAnswer {
    /// All of a shop, without the long parts of the reports.
    pub(crate) fn of(shop: &Shop) -> ApiResult<Self> {
        let kind = |kind: RankerKind| {
            Ok(RankerKindAnswer {
                kind: kind.name(),
                in_force: shop.ranker(kind),
                degraded: shop.ranker_refused(kind),
                versions: shop.ranker_versions(kind)?.into_iter().map(|version| shortened(version.into())).collect(),
            })
        };
        Ok(Self { kinds: RankerKind::ALL.into_iter().map(kind).collect::<ApiResult<_>>()? })
    }
}

/// Features that are named in a list of versions.
const IMPORTANT: usize = 5;

/// Only the most important features, and no curve.
fn shortened(mut answer: RankerAnswer) -> RankerAnswer {
    if let Some(importance) = answer.report["importance"].as_array_mut() {
        importance.truncate(IMPORTANT);
    }
    if let Some(report) = answer.report.as_object_mut() {
        report.remove("curve");
    }
    answer
}

impl From<RankerVersion> for RankerAnswer {
    fn from(version: RankerVersion) -> Self {
        Self {
            version: version.version,
            made_ms: version.made.0,
            bytes: version.bytes,
            in_force: version.current,
            report: version.report,
        }
    }
}
