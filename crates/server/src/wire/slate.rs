use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use types::{Facet, Slate, SlateItem};
use utoipa::ToSchema;

use super::{BannerDocument, ExplanationAnswer, ReadingAnswer};

/// The answer to a search or a recommendation.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlateAnswer {
    /// Names this answer; send it with the events that follow from it.
    query_id: String,
    /// Items in the whole answer (groups, where grouped); exact.
    total: usize,
    /// The page, best first.
    items: Vec<SlateItemAnswer>,
    /// Facets in the order asked for, counted over the whole answer; exact.
    facets: Vec<FacetAnswer>,
    /// The `cursor` of the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Parts of the pipeline that failed and were left out; empty where all is well.
    degraded: Vec<DegradedAnswer>,
    /// Version of the ranker.
    ranker: String,
    /// How the query was understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    understanding: Option<ReadingAnswer>,
    /// Ids of the curations that had a say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    curations: Vec<String>,
    /// Where the shopper is to be sent, as a curation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    /// What is to be told beside the results, as curations say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    banners: Vec<BannerDocument>,
}

/// An item of a page.
#[derive(Serialize, ToSchema)]
pub(crate) struct SlateItemAnswer {
    /// The item's id.
    id: String,
    /// Its place in the whole answer, from 1; absent on pages reached by cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    /// Its final score.
    score: f32,
    /// The source that ranked it best.
    source: String,
    /// The item as the catalogue has it.
    #[schema(value_type = super::documents::ItemDocument)]
    item: Value,
    /// The group it stands for, where grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<GroupAnswer>,
    /// Attribute → its text as HTML, escaped, with matches between `<em>` and `</em>`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    highlights: BTreeMap<String, String>,
    /// Why it stands here, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<ExplanationAnswer>,
}

/// A group of variants.
#[derive(Serialize, ToSchema)]
pub(crate) struct GroupAnswer {
    /// The group's id.
    id: String,
    /// Matching items in it.
    count: usize,
}

/// The counts of a facet.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetAnswer {
    /// The attribute.
    attribute: String,
    /// Values, most frequent first.
    values: Vec<FacetValueAnswer>,
    /// Distinct values before the limit.
    distinct: usize,
    /// Figures of a numeric attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    stats: Option<FacetStatsAnswer>,
    /// Bins of a numeric attribute.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    histogram: Vec<FacetRangeAnswer>,
}

/// A value of a facet.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetValueAnswer {
    /// The value; a category's path is joined by ` > `.
    value: String,
    /// Items that have it.
    count: usize,
}

/// Figures of a numeric facet.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetStatsAnswer {
    /// Smallest value.
    min: f64,
    /// Largest value.
    max: f64,
    /// Mean value.
    mean: f64,
    /// Items that have one.
    count: usize,
}

/// A bin: `from <= value < to`, the last one closed.
#[derive(Serialize, ToSchema)]
pub(crate) struct FacetRangeAnswer {
    /// Lower bound.
    from: f64,
    /// Upper bound.
    to: f64,
    /// Items inside.
    count: usize,
}

/// A part that failed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DegradedAnswer {
    /// The source, feature, ranker or encoder.
    part: String,
    /// What went wrong.
    reason: String,
}

impl SlateAnswer {
    /// Writes a slate whose first item stands after `offset` others; `None` where a cursor hides how many.
    pub(crate) fn new(slate: Slate, offset: Option<usize>) -> Self {
        let place = |index: usize| offset.map(|offset| offset + index + 1);
        let items = slate.items.into_iter().enumerate();
        Self {
            query_id: slate.query_id.to_string(),
            total: slate.total,
            items: items.map(|(index, item)| SlateItemAnswer::new(item, place(index))).collect(),
            facets: slate.facets.into_iter().map(FacetAnswer::from).collect(),
            next: slate.next.map(|next| next.to_string()),
            degraded: slate
                .degraded
                .into_iter()
                .map(|one| DegradedAnswer { part: one.part.to_string(), reason: one.reason })
                .collect(),
            ranker: slate.ranker.to_string(),
            understanding: slate.reading.map(ReadingAnswer::from),
            curations: slate.curated.by.iter().map(ToString::to_string).collect(),
            redirect: slate.curated.redirect.as_deref().map(str::to_owned),
            banners: slate.curated.banners.iter().map(BannerDocument::from).collect(),
        }
    }
}

impl SlateItemAnswer {
    fn new(item: SlateItem, position: Option<usize>) -> Self {
        Self {
            id: item.item.id.to_string(),
            position,
            score: item.score,
            source: item.source.to_string(),
            item: without_vector(formats::json::item_to_json(&item.item)),
            group: item.group.map(|group| GroupAnswer { id: group.id.to_string(), count: group.count }),
            highlights: item.highlights.into_iter().map(|(name, text)| (name.to_string(), text)).collect(),
            explanation: item.explanation.map(ExplanationAnswer::from),
        }
    }
}

/// The item without the numbers of its picture, which no page shows.
fn without_vector(mut item: Value) -> Value {
    if let Some(picture) = item.get_mut("picture").and_then(Value::as_object_mut) {
        picture.remove("vector");
    }
    item
}

impl From<Facet> for FacetAnswer {
    fn from(facet: Facet) -> Self {
        let values = facet.values.into_iter();
        let bins = facet.histogram.into_iter();
        Self {
            attribute: facet.attribute.to_string(),
            values: values.map(|one| FacetValueAnswer { value: one.value.to_string(), count: one.count }).collect(),
            distinct: facet.distinct,
            stats: facet.stats.map(|stats| FacetStatsAnswer {
                min: stats.min,
                max: stats.max,
                mean: stats.mean,
                count: stats.count,
            }),
            histogram: bins.map(|bin| FacetRangeAnswer { from: bin.from, to: bin.to, count: bin.count }).collect(),
        }
    }
}
