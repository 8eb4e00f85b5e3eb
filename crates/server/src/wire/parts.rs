use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{
    Actor, Curations, Device, FacetRequest, FieldError, Filter, ItemId, Page, Request, RequestRule, Reranking,
    SessionId, Settings, SortKey, SortOrder, UserId,
};
use utoipa::ToSchema;

use crate::keys::Scope;

/// Items a page may have.
const LIMIT_MAX: usize = 1000;
/// Where pages by offset end: every page costs as much as all pages before it, so deeper ones go by cursor.
const DEPTH_MAX: usize = 10_000;
const CURSOR_BYTES_MAX: usize = 4096;
const FACETS_MAX: usize = 50;
const FACET_VALUES_MAX: usize = 1000;
const BINS_MAX: usize = 200;
const SORT_KEYS_MAX: usize = 8;
const SEEDS_MAX: usize = 200;
const EXCLUDED_MAX: usize = 10_000;
const RULES_MAX: usize = 200;
const WEIGHTS_MAX: usize = 64;
const PREVIEWS_MAX: usize = 100;

/// A facet wanted: an attribute's name, or how to count it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "an attribute's name, or {\"attribute\", \"limit\", \"disjunctive\", \"bins\", \"under\"}"
)]
pub(crate) enum FacetBody {
    /// The attribute, counted with the defaults.
    Name(String),
    /// The attribute and how to count it.
    Full(FacetOptions),
}

/// How to count a facet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FacetOptions {
    /// The attribute.
    attribute: String,
    /// Values at most, most frequent first; 1 to 1000.
    #[serde(default = "default_facet_limit")]
    limit: usize,
    /// Whether the filter's own conditions on this attribute are lifted while counting, so that alternatives to what is
    /// selected keep their counts.
    #[serde(default)]
    disjunctive: bool,
    /// Bins of a histogram over a numeric attribute; 0 to 200.
    #[serde(default)]
    bins: usize,
    /// For categories: count one level below this path.
    #[serde(default)]
    under: Vec<String>,
}

fn default_facet_limit() -> usize {
    20
}

/// A key of an order: `"price"`, `"price:desc"`, or both parts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "\"attribute\", \"attribute:asc\", \"attribute:desc\", or {\"attribute\", \"order\"}")]
pub(crate) enum SortBody {
    /// `attribute` or `attribute:order`.
    Short(String),
    /// Both parts.
    Full(SortOptions),
}

/// An attribute and a direction.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SortOptions {
    /// The attribute.
    attribute: String,
    /// `asc` or `desc`.
    #[serde(default = "default_order")]
    order: String,
}

fn default_order() -> String {
    SortOrder::Ascending.name().to_owned()
}

/// A request that was checked; what it leaves to the shop is filled in by [`Asked::of`].
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(crate) has_diversity: bool,
}

impl Asked {
    /// What a key must open for it: drafts are not for everybody to see.
    pub(crate) fn scope(&self) -> Scope {
        match self.request.curations {
            Curations::Preview(_) => Scope::Write,
            Curations::Live | Curations::Off => Scope::Search,
        }
    }

    /// The request as this shop understands it.
    pub(crate) fn of(self, settings: &Settings) -> Request {
        let mut request = self.request;
        if !self.has_diversity {
            request.diversity = settings.diversity;
        }
        request
    }
}

type Checked<T> = Result<T, FieldError>;

/// Which curations have a say.
pub(super) fn curations(curated: Option<bool>, preview: &[String]) -> Checked<Curations> {
    if preview.len() > PREVIEWS_MAX {
        let expected = format!("at most {PREVIEWS_MAX} ids");
        return Err(FieldError::new("too_many_values", "preview", expected, preview.len().to_string()));
    }
    Ok(match (curated, preview) {
        (Some(false), []) => Curations::Off,
        (Some(false), _) => {
            return Err(FieldError::new(
                "value_invalid",
                "curated",
                "true where something is to be previewed",
                "false",
            ));
        }
        (_, []) => Curations::Live,
        (_, ids) => Curations::Preview(ids.iter().map(|id| Arc::from(id.as_str())).collect()),
    })
}

pub(super) fn page(offset: usize, limit: usize, cursor: Option<String>) -> Checked<Page> {
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(FieldError::new("limit_out_of_range", "limit", "1 to 1000", limit.to_string()));
    }
    if let Some(cursor) = &cursor {
        if cursor.len() > CURSOR_BYTES_MAX {
            return Err(FieldError::new("value_invalid", "cursor", "the `next` of an earlier answer", cursor));
        }
        if offset > 0 {
            let expected = "an offset or a cursor, not both";
            return Err(FieldError::new("value_invalid", "offset", expected, offset.to_string()));
        }
    }
    if offset.saturating_add(limit) > DEPTH_MAX {
        let expected = "offset + limit of at most 10000; go on with the cursor in `next`";
        return Err(FieldError::new("page_too_deep", "offset", expected, offset.to_string()));
    }
    Ok(Page { offset, limit, cursor: cursor.map(Arc::from) })
}

/// A segment of the shop's own.
pub(super) fn segment(said: Option<&str>) -> Result<Option<Arc<str>>, FieldError> {
    match said {
        Some(name) if name.chars().count() > 64 || name.chars().any(char::is_control) => {
            Err(FieldError::new("value_invalid", "segment", "at most 64 characters, none of control", name))
        }
        said => Ok(said.filter(|name| !name.is_empty()).map(Arc::from)),
    }
}

/// What the answer is looked at on.
pub(super) fn device(said: Option<&str>) -> Checked<Option<Device>> {
    let names = || Device::ALL.iter().map(|one| one.name()).collect::<Vec<_>>();
    said.map(|name| named("device", name, Device::from_name, &names())).transpose()
}

pub(super) fn actor(user: Option<&str>, anonymous: Option<&str>, session: Option<&str>) -> Checked<Actor> {
    let renamed = |name: &'static str| move |error: FieldError| FieldError { field: name.to_owned(), ..error };
    Ok(Actor {
        user: user.map(UserId::new).transpose().map_err(renamed("user"))?,
        anonymous: anonymous.map(UserId::new).transpose().map_err(renamed("anonymous"))?,
        session: session.map(SessionId::new).transpose().map_err(renamed("session"))?,
    })
}

pub(super) fn reranking(value: Option<&Value>) -> Checked<Option<Reranking>> {
    let read = value.map(formats::json::reranking_from_json).transpose();
    read.map_err(|error| error.within("reranking"))
}

pub(super) fn seeds(ids: &[String]) -> Checked<Vec<ItemId>> {
    items("items", ids, SEEDS_MAX)
}

/// Attributes to make snippets of.
pub(super) fn snippets(names: &[String]) -> Checked<Vec<Arc<str>>> {
    at_most("snippets", names.len(), 8)?;
    names.iter().map(|name| types::check_name(name).map(|()| Arc::from(name.as_str()))).collect()
}

pub(super) fn excluded(ids: &[String]) -> Checked<Vec<ItemId>> {
    items("exclude", ids, EXCLUDED_MAX)
}

fn items(field: &str, ids: &[String], most: usize) -> Checked<Vec<ItemId>> {
    at_most(field, ids.len(), most)?;
    let named = |(index, id): (usize, &String)| {
        ItemId::new(id).map_err(|error| FieldError { field: format!("{field}[{index}]"), ..error })
    };
    ids.iter().enumerate().map(named).collect()
}

pub(super) fn filter(text: Option<&str>) -> Checked<Option<Filter>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let filter = formats::json::filter_from_json(&Value::from(text));
    filter.map(Some).map_err(|error| FieldError { field: "filter".to_owned(), ..error })
}

pub(super) fn facets(bodies: Vec<FacetBody>) -> Checked<Vec<FacetRequest>> {
    at_most("facets", bodies.len(), FACETS_MAX)?;
    let bodies = bodies.into_iter().enumerate();
    bodies.map(|(index, body)| facet(body).map_err(|error| error.within(&format!("facets[{index}]")))).collect()
}

fn facet(body: FacetBody) -> Checked<FacetRequest> {
    let options = match body {
        FacetBody::Full(options) => options,
        FacetBody::Name(attribute) => {
            FacetOptions { attribute, limit: default_facet_limit(), disjunctive: false, bins: 0, under: Vec::new() }
        }
    };
    if !(1..=FACET_VALUES_MAX).contains(&options.limit) {
        return Err(FieldError::new("limit_out_of_range", "limit", "1 to 1000", options.limit.to_string()));
    }
    if options.bins > BINS_MAX {
        return Err(FieldError::new("number_out_of_range", "bins", "0 to 200", options.bins.to_string()));
    }
    at_most("under", options.under.len(), 32)?;
    Ok(FacetRequest {
        attribute: Arc::from(options.attribute),
        limit: options.limit,
        disjunctive: options.disjunctive,
        bins: options.bins,
        under: options.under.into_iter().map(Arc::from).collect(),
        level: None,
    })
}

pub(super) fn sort(bodies: &[SortBody]) -> Checked<Vec<SortKey>> {
    at_most("sort", bodies.len(), SORT_KEYS_MAX)?;
    let key = |(index, body): (usize, &SortBody)| {
        let (attribute, order) = match body {
            SortBody::Full(options) => (options.attribute.as_str(), options.order.as_str()),
            SortBody::Short(text) => text.split_once(':').unwrap_or((text, SortOrder::Ascending.name())),
        };
        let order = SortOrder::from_name(order).ok_or_else(|| {
            FieldError::new("value_invalid", format!("sort[{index}].order"), "`asc` or `desc`", order)
        })?;
        Ok(SortKey { attribute: Arc::from(attribute), order })
    };
    bodies.iter().enumerate().map(key).collect()
}

pub(super) fn rules(values: &[Value]) -> Checked<Vec<RequestRule>> {
    at_most("rules", values.len(), RULES_MAX)?;
    let rule = |(index, value): (usize, &Value)| {
        formats::json::rule_from_json(value).map_err(|error| error.within(&format!("rules[{index}]")))
    };
    values.iter().enumerate().map(rule).collect()
}

pub(super) fn weights(field: &str, weights: BTreeMap<String, f64>) -> Checked<Vec<(Arc<str>, f32)>> {
    at_most(field, weights.len(), WEIGHTS_MAX)?;
    let weight = |(name, weight): (String, f64)| {
        let weight = number(&format!("{field}.{name}"), weight, 0.0, 1000.0)?;
        Ok((Arc::from(name), weight))
    };
    weights.into_iter().map(weight).collect()
}

pub(crate) fn number(field: &str, number: f64, least: f64, most: f64) -> Checked<f32> {
    if !(least..=most).contains(&number) {
        let expected = format!("a number from {least} to {most}");
        return Err(FieldError::new("number_out_of_range", field, expected, number.to_string()));
    }
    Ok(number as f32)
}

pub(super) fn at_most(field: &str, count: usize, most: usize) -> Checked<()> {
    if count > most {
        let (expected, got) = (format!("at most {most} values"), format!("{count} values"));
        return Err(FieldError::new("too_many_values", field, expected, got));
    }
    Ok(())
}

pub(super) fn named<T>(field: &str, name: &str, from_name: impl Fn(&str) -> Option<T>, all: &[&str]) -> Checked<T> {
    from_name(name).ok_or_else(|| FieldError::new("value_invalid", field, format!("one of: {}", all.join(", ")), name))
}
