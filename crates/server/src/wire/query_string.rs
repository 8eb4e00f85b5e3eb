use serde::Deserialize;
use utoipa::IntoParams;

use super::parts::{FacetBody, SortBody};
use super::{RecommendBody, SearchBody};

/// A search in an address, for curl and browsers; lists are separated by commas.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// What was typed.
    #[serde(default)]
    #[param(example = "连衣裙")]
    q: String,
    /// What may be shown.
    #[param(example = "price < 200")]
    filter: Option<String>,
    /// Attributes to count.
    #[param(example = "brand,category")]
    facets: Option<String>,
    /// Order, such as `price:asc,rating:desc`.
    #[param(example = "price:asc")]
    sort: Option<String>,
    /// Whether variants of one group are shown as one.
    group: Option<bool>,
    /// Items to skip.
    offset: Option<usize>,
    /// Items to return, 1 to 1000.
    #[param(example = 5)]
    limit: Option<usize>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// `hybrid`, `lexical` or `dense`.
    method: Option<String>,
    /// The shopper.
    user: Option<String>,
    /// A guest.
    anonymous: Option<String>,
    /// The visit.
    session: Option<String>,
    /// Whether every item explains itself.
    explain: Option<bool>,
}

impl From<SearchQuery> for SearchBody {
    fn from(query: SearchQuery) -> Self {
        Self {
            query: query.q,
            filter: query.filter,
            facets: names(query.facets).into_iter().map(FacetBody::Name).collect(),
            sort: names(query.sort).into_iter().map(SortBody::Short).collect(),
            group: query.group.unwrap_or(false),
            offset: query.offset.unwrap_or(0),
            limit: query.limit,
            cursor: query.cursor,
            method: query.method,
            user: query.user,
            anonymous: query.anonymous,
            session: query.session,
            explain: query.explain.unwrap_or(false),
            ..Self::default()
        }
    }
}

/// A recommendation in an address, for curl and browsers; lists are separated by commas.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RecommendQuery {
    /// What to recommend.
    #[param(example = "popular")]
    kind: Option<String>,
    /// Where it will stand.
    surface: Option<String>,
    /// Items to start from.
    items: Option<String>,
    /// The shopper.
    user: Option<String>,
    /// A guest.
    anonymous: Option<String>,
    /// The visit.
    session: Option<String>,
    /// What may be shown.
    filter: Option<String>,
    /// Items to return, 1 to 1000.
    #[param(example = 5)]
    limit: Option<usize>,
    /// Whether every item explains itself.
    explain: Option<bool>,
}

impl From<RecommendQuery> for RecommendBody {
    fn from(query: RecommendQuery) -> Self {
        Self {
            kind: query.kind,
            surface: query.surface,
            items: names(query.items),
            user: query.user,
            anonymous: query.anonymous,
            session: query.session,
            filter: query.filter,
            limit: query.limit,
            explain: query.explain.unwrap_or(false),
            ..Self::default()
        }
    }
}

fn names(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
