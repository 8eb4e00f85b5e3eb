use engine::{Appended, Progress, ShopStats};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::FieldError;
use utoipa::{IntoParams, ToSchema};

use super::documents::{EventDocument, ItemDocument, SettingsDocument};
use super::error::RowError;
use super::{ExplanationAnswer, RecommendBody, SearchBody, WhatIfAnswer};
use crate::keys::{Bounds, Key, Scope};

/// A shop to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopBody {
    /// Its name: 1 to 64 of `a-z 0-9 - _`, beginning with a letter or digit.
    #[schema(example = "gifts")]
    pub(crate) id: String,
    /// Its settings; what is not said keeps its default.
    #[serde(default)]
    #[schema(value_type = Option<SettingsDocument>)]
    pub(crate) settings: Option<Value>,
}

/// A shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopAnswer {
    /// Its name.
    pub(crate) id: String,
}

/// All shops.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShopPage {
    /// The shops, sorted by name.
    pub(crate) shops: Vec<ShopAnswer>,
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyBody {
    /// What it is for, in your own words; at most 200 bytes.
    #[schema(example = "storefront 店面")]
    pub(crate) name: String,
    /// What it opens; each scope includes those before it.
    pub(crate) scope: Scope,
    /// From when on it opens nothing: ISO 8601, or milliseconds since 1970; never where not said.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2027-01-01T00:00:00Z")]
    pub(crate) expires: Option<Value>,
    /// Pages that may send it, as patterns with `*`; any where not said.
    #[serde(default)]
    #[schema(example = json!(["https://shop.example/*"]))]
    pub(crate) referers: Vec<String>,
    /// Indices of the shop that it opens in the storefront protocol, as patterns with `*`; all where not said.
    #[serde(default)]
    #[schema(example = json!(["gifts*"]))]
    pub(crate) indices: Vec<String>,
    /// Requests it may make in a minute, 1 to 1,000,000; as many as it likes where not said.
    #[serde(default)]
    pub(crate) per_minute: Option<u32>,
}

impl KeyBody {
    /// What the key is to be bound to.
    ///
    /// # Errors
    /// A [`FieldError`] naming what is wrong.
    pub(crate) fn bounds(&self) -> Result<Bounds, FieldError> {
        let expires = self.expires.as_ref().map(formats::json::time_from_json).transpose();
        let bounds = Bounds {
            expires_ms: expires.map_err(|error| error.within("expires"))?.map(|time| time.0),
            referers: self.referers.clone(),
            indices: self.indices.clone(),
            per_minute: self.per_minute,
            ..Bounds::default()
        };
        bounds.check().map(|()| bounds)
    }
}

/// A key, without the key itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyAnswer {
    /// Names the key; for deleting it.
    id: String,
    /// What it is for.
    name: String,
    /// What it opens.
    scope: Scope,
    /// When it was made, in milliseconds since 1970.
    created_ms: i64,
    /// When it was used last since the server started, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_ms: Option<i64>,
    /// From when on it opens nothing, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_ms: Option<i64>,
    /// Pages that may send it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    referers: Vec<String>,
    /// Indices that it opens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    indices: Vec<String>,
    /// Requests it may make in a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_minute: Option<u32>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyMade {
    /// The key itself: shown this once, kept only as a SHA-256.
    #[schema(example = "mk_5f2c6a…")]
    pub(crate) key: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub(crate) kept: KeyAnswer,
}

/// The keys of a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyPage {
    /// The keys, oldest first.
    pub(crate) keys: Vec<KeyAnswer>,
}

impl From<&Key> for KeyAnswer {
    fn from(key: &Key) -> Self {
        let bounds = key.bounds.clone();
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            scope: key.scope,
            created_ms: key.created_ms,
            last_used_ms: key.used.last().map(|last| last.0),
            expires_ms: bounds.expires_ms,
            referers: bounds.referers,
            indices: bounds.indices,
            per_minute: bounds.per_minute,
        }
    }
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchAnswer {
    /// Rows that were new and are durable now.
    accepted: usize,
    /// Rows whose event id was known already; they changed nothing.
    duplicates: usize,
    /// Position after the last event of the log.
    end: u64,
}

impl From<Appended> for BatchAnswer {
    fn from(appended: Appended) -> Self {
        Self { accepted: appended.accepted, duplicates: appended.duplicates, end: appended.end.0 }
    }
}

/// What became of a batch of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventsAnswer {
    #[serde(flatten)]
    pub(crate) batch: BatchAnswer,
    /// The convention that the documents were read by, where they were not our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "segment")]
    pub(crate) format: Option<&'static str>,
    /// Events of theirs that have no counterpart here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) skipped: Vec<SkippedAnswer>,
    /// Parts that were left out of events that were taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_out: Vec<SkippedAnswer>,
}

/// Something that was not taken, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct SkippedAnswer {
    /// What, in the sender's own words.
    #[schema(example = "Cart Viewed")]
    pub(crate) what: String,
    /// Why.
    pub(crate) reason: String,
    /// How often.
    pub(crate) count: usize,
}

impl SkippedAnswer {
    /// Each thing once, with its count.
    pub(crate) fn counted(parts: Vec<formats::conventions::Skipped>) -> Vec<Self> {
        let mut counts = std::collections::BTreeMap::new();
        parts.into_iter().for_each(|part| *counts.entry(part).or_insert(0) += 1);
        let answer = |(part, count): (formats::conventions::Skipped, usize)| Self {
            what: part.what,
            reason: part.reason,
            count,
        };
        counts.into_iter().map(answer).collect()
    }
}

/// How events are written down.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsOptions {
    /// By which convention: `native`, `segment`, `ga4`, `ga4-bigquery`, `insights`, `google-retail`, `ubi`, `gorse` or
    /// `snowplow`; told by the first documents where not said.
    pub(crate) format: Option<String>,
    /// The currency of amounts that name none, for other conventions than ours.
    pub(crate) currency: Option<String>,
    /// A key of the shop, of any scope, in place of a header: for pages, whose beacons cannot have one. It lets in what shoppers did
    /// and were shown, with whatever content type.
    pub(crate) key: Option<String>,
}

/// What became of calls of a tracker.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrackedAnswer {
    /// That the calls were taken as far as told.
    pub(crate) success: bool,
    #[serde(flatten)]
    pub(crate) events: EventsAnswer,
    /// Calls that cannot be read; the others were taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refused: Vec<RowError>,
}

/// A page of the catalogue.
#[derive(Serialize, ToSchema)]
pub(crate) struct ItemPage {
    /// Items in order of id.
    #[schema(value_type = Vec<ItemDocument>)]
    pub(crate) items: Vec<Value>,
    /// The `after` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Which part of the catalogue.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScanOptions {
    /// Id of the last item seen.
    pub(crate) after: Option<String>,
    /// Items at most, 1 to 1000; 100 where not said.
    pub(crate) limit: Option<usize>,
}

/// How alike two pictures must be.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DuplicatesOptions {
    /// From this cosine on two pictures are the same, 0.5 to 1; 0.98 where not said.
    pub(crate) cosine: Option<f64>,
}

/// Items with the same picture.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicatesAnswer {
    /// Ids of items, by picture.
    pub(crate) groups: Vec<Vec<String>>,
}

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogOptions {
    /// First position wanted; 0 is the first event.
    #[serde(default)]
    pub(crate) from: u64,
    /// Events at most, 1 to 1000; 100 where not said.
    pub(crate) limit: Option<usize>,
}

/// A page of the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogPage {
    /// Events in order.
    pub(crate) events: Vec<LoggedEventAnswer>,
    /// The `from` of the next page.
    pub(crate) next: u64,
}

/// An event with its place in the log.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoggedEventAnswer {
    /// Its place.
    pub(crate) position: u64,
    /// The event.
    #[schema(value_type = EventDocument)]
    pub(crate) event: Value,
}

/// What would come of settings.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValidatedAnswer {
    /// What is wrong; none where they can be put in force.
    problems: Vec<ProblemAnswer>,
    /// Whether an index would be built anew for them, beside the live one.
    needs_rebuild: bool,
    /// They as understood, whole; absent where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SettingsDocument>)]
    settings: Option<Value>,
}

/// Something that is wrong with settings.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProblemAnswer {
    /// The path of the value.
    #[schema(example = "attributes.color.type")]
    field: String,
    /// What would be taken.
    expected: String,
    /// What was found.
    got: String,
}

impl ValidatedAnswer {
    /// They cannot be put in force.
    pub(crate) fn refused(error: FieldError) -> Self {
        let FieldError { field, expected, got, .. } = error;
        Self { problems: vec![ProblemAnswer { field, expected, got }], needs_rebuild: false, settings: None }
    }

    /// They can.
    pub(crate) fn fit(settings: Value, needs_rebuild: bool) -> Self {
        Self { problems: Vec::new(), needs_rebuild, settings: Some(settings) }
    }
}

/// Figures about a shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatsAnswer {
    /// Items in the catalogue.
    items: usize,
    /// Events in the log.
    events: u64,
    /// Shoppers with state.
    actors: usize,
    /// Vectors not computed yet, over all encoders.
    embeddings_pending: usize,
    /// How far the index is that is being built for settings not yet in force; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rebuild: Option<RebuildAnswer>,
    /// Item changes not yet searchable by words.
    index_lag: usize,
    /// Item changes whose words (brands, kinds, spellings, the currency) queries are not read with yet: seconds after many
    /// items changed, a minute after few.
    lexicon_lag: u64,
    /// Bytes on disk.
    disk_bytes: u64,
    /// Searches answered since the start.
    searches: u64,
    /// Those without a result.
    searches_empty: u64,
}

/// An index being built beside the live one, in items.
#[derive(Serialize, ToSchema)]
pub(crate) struct RebuildAnswer {
    /// Items in it so far.
    done: u64,
    /// Items it is to have.
    total: u64,
}

impl From<ShopStats> for StatsAnswer {
    fn from(stats: ShopStats) -> Self {
        Self {
            items: stats.items,
            events: stats.events,
            actors: stats.actors,
            embeddings_pending: stats.embeddings_pending,
            rebuild: stats.rebuild.map(|Progress { done, total }| RebuildAnswer { done, total }),
            index_lag: stats.index_lag,
            lexicon_lag: stats.lexicon_lag,
            disk_bytes: stats.disk_bytes,
            searches: stats.searches,
            searches_empty: stats.searches_empty,
        }
    }
}

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// `ok` or `ready`.
    pub(crate) status: &'static str,
    /// The server's version.
    pub(crate) version: &'static str,
}

impl StatusAnswer {
    /// An answer of this version.
    pub(crate) fn new(status: &'static str) -> Self {
        Self { status, version: env!("CARGO_PKG_VERSION") }
    }
}

/// Where does an item stand in an answer, and why, or why not? Name the item and either the search or the
/// recommendation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainBody {
    /// The item.
    #[schema(example = "B07XQXZXVZ")]
    pub(crate) item: String,
    /// The search.
    pub(crate) search: Option<SearchBody>,
    /// The recommendation.
    pub(crate) recommend: Option<RecommendBody>,
    /// Ask, too, what would have to change for the item to stand at this place, 1 to 1000.
    #[schema(example = 3)]
    pub(crate) to_place: Option<usize>,
}

/// Where an item stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplainAnswer {
    /// The item.
    pub(crate) item: String,
    /// Its place in the whole answer, from 1; absent where it is not among the first 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<usize>,
    /// Items in the whole answer.
    pub(crate) total: usize,
    /// Why it stands there. Where it is not shown, how it would have scored without what keeps it out, if it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) explanation: Option<ExplanationAnswer>,
    /// What keeps it out; empty where it is shown.
    pub(crate) reasons: Vec<Reason>,
    /// What would have to change for it to stand at the place that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) what_if: Option<WhatIfAnswer>,
}

/// Something that keeps an item out of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct Reason {
    /// `unavailable`, `filtered`, `excluded`, `hidden`, `grouped`, `seen`, `not_found` or `beyond`.
    pub(crate) code: &'static str,
    /// The same in a sentence.
    pub(crate) message: String,
}
