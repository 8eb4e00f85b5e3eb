use std::sync::Arc;

use crate::{Curated, Explanation, Item, QueryId, Reading, SourceId};

/// The ordered answer to a request.
#[derive(Clone, PartialEq, Debug)]
pub struct Slate {
    /// Names this answer; events that follow from it carry it.
    pub query_id: QueryId,
    /// The items of the page, best first.
    pub items: Vec<SlateItem>,
    /// Items (groups, where grouping was asked for) in the whole answer; exact.
    pub total: usize,
    /// Facets, in the order asked for, counted over the whole answer; exact.
    pub facets: Vec<Facet>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Arc<str>>,
    /// What did not work while the answer was made; empty where all is well.
    pub degraded: Vec<Degraded>,
    /// Version of the ranker that scored the items.
    pub ranker: Arc<str>,
    /// How the query was understood, where something was typed.
    pub reading: Option<Reading>,
    /// What curations made of it.
    pub curated: Curated,
}

/// One item of a slate.
#[derive(Clone, PartialEq, Debug)]
pub struct SlateItem {
    /// The item as the catalogue has it.
    pub item: Item,
    /// Its final score.
    pub score: f32,
    /// The source that ranked it best.
    pub source: SourceId,
    /// The group it stands for, where grouping was asked for.
    pub group: Option<Group>,
    /// Title, and what the request asks for: attribute → text with matches between `<em>` and `</em>`, everything else escaped for HTML.
    pub highlights: Vec<(Arc<str>, String)>,
    /// Why it stands here, where asked for.
    pub explanation: Option<Explanation>,
}

/// What an item stands for where variants are grouped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The group; an item without one is its own.
    pub id: Arc<str>,
    /// Matching items in it.
    pub count: usize,
}

/// A facet's counts.
#[derive(Clone, PartialEq, Debug)]
pub struct Facet {
    /// The attribute.
    pub attribute: Arc<str>,
    /// Values with their counts, most frequent first, ties by value.
    pub values: Vec<FacetValue>,
    /// Distinct values before the limit.
    pub distinct: usize,
    /// Figures of a numeric attribute.
    pub stats: Option<FacetStats>,
    /// Bins of a numeric attribute.
    pub histogram: Vec<FacetRange>,
}

/// A value of a facet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FacetValue {
    /// The value; a category's path is joined by ` > `.
    pub value: Arc<str>,
    /// Items that have it.
    pub count: usize,
}

/// Figures of a numeric facet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FacetStats {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean value.
    pub mean: f64,
    /// Items that have a value.
    pub count: usize,
}

/// A bin of a numeric facet: `from <= value < to`, the last bin closed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FacetRange {
    /// Lower bound.
    pub from: f64,
    /// Upper bound.
    pub to: f64,
    /// Items inside.
    pub count: usize,
}

/// A part of the pipeline failed, and the answer was made without it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Degraded {
    /// The source, feature, ranker or encoder.
    pub part: Arc<str>,
    /// What went wrong, fit to be shown to the caller.
    pub reason: String,
}
