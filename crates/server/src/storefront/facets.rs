//! Which members of records are counted for a search, and how their counts are told.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{FacetRequest, Slate};

use super::error::Answer;
use super::params::{Params, wrong};
use super::record::{Names, Plan};

/// Values of a facet where nothing is said, and at most.
const VALUES: usize = 100;
const VALUES_MAX: usize = 1000;

/// What is counted.
#[derive(Default)]
pub(crate) struct Facets {
    /// In the order of the members' names in the answer.
    members: Vec<Counted>,
    pub(crate) requests: Vec<FacetRequest>,
    /// Attributes of which a group counts once; see [`types::Request::counted_once`].
    pub(crate) once: Vec<Arc<str>>,
    by_name: bool,
    most: usize,
}

/// A member, and which of the native facets tell of it.
struct Counted {
    member: String,
    words: Option<usize>,
    numbers: Option<usize>,
}

impl Facets {
    /// Reads what a search wants counted.
    pub(crate) fn read(params: &Params, plan: &Plan, names: &Names) -> Answer<Self> {
        let by_name = params.text("sortFacetValuesBy")? == Some("alpha");
        let most = params.whole("maxValuesPerFacet", VALUES_MAX)?.unwrap_or(VALUES);
        let all_once = params.switch("facetingAfterDistinct")? == Some(true);
        let limit = if by_name { VALUES_MAX } else { most.max(1) };
        let mut facets = Self { by_name, most, ..Self::default() };
        for member in wanted(params, plan, names)? {
            let is_once = all_once || plan.facets.get(&member).is_some_and(|facet| facet.once);
            if let Some((attribute, level)) = names.level(&member) {
                let words = Some(facets.request(attribute, limit, Some(level), is_once));
                facets.members.push(Counted { member, words, numbers: None });
                continue;
            }
            let words = names.facet(&member).map(|name| facets.request(name, limit, None, is_once));
            let numbers = names.number(&member).map(|name| facets.request(name, 1, None, is_once));
            facets.members.push(Counted { member, words, numbers });
        }
        Ok(facets)
    }

    /// The place of a native facet among those asked for, each asked for once.
    fn request(&mut self, attribute: Arc<str>, limit: usize, level: Option<usize>, is_once: bool) -> usize {
        if is_once && !self.once.contains(&attribute) {
            self.once.push(Arc::clone(&attribute));
        }
        let known = self.requests.iter().position(|one| one.attribute == attribute && one.level == level);
        known.unwrap_or_else(|| {
            self.requests.push(FacetRequest {
                attribute,
                limit,
                disjunctive: false,
                bins: 0,
                under: Vec::new(),
                level,
            });
            self.requests.len() - 1
        })
    }

    /// The counts, and the figures of numbers.
    pub(crate) fn told(&self, slate: &Slate) -> (Map<String, Value>, Map<String, Value>) {
        let (mut facets, mut stats) = (Map::new(), Map::new());
        for Counted { member, words, numbers } in &self.members {
            if let Some(facet) = words.and_then(|at| slate.facets.get(at)).filter(|facet| !facet.values.is_empty()) {
                let mut values: Vec<_> = facet.values.iter().collect();
                if self.by_name {
                    values.sort_by(|a, b| a.value.cmp(&b.value));
                }
                let counts =
                    values.into_iter().take(self.most).map(|one| (one.value.to_string(), Value::from(one.count)));
                facets.insert(member.clone(), Value::Object(counts.collect()));
            }
            let figures = numbers.and_then(|at| slate.facets.get(at)).and_then(|facet| facet.stats);
            if let Some(figures) = figures.filter(|figures| figures.count > 0) {
                let sum = figures.mean * figures.count as f64;
                stats.insert(
                    member.clone(),
                    json!({ "min": figures.min, "max": figures.max, "avg": figures.mean, "sum": sum }),
                );
            }
        }
        (facets, stats)
    }
}

/// The members to count: those asked for that are counted at all.
fn wanted(params: &Params, plan: &Plan, names: &Names) -> Answer<Vec<String>> {
    let asked = params.asked().get("facets").filter(|value| !value.is_null());
    let Some(asked) = asked else { return Ok(Vec::new()) };
    let asked = match asked {
        Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).unwrap_or_default(),
        other => super::params::texts(other).ok_or_else(|| wrong("facets", "an array of strings", other))?,
    };
    let asked: Vec<String> = asked;
    let counted = |member: &String| plan.facets.get(member).is_some_and(|facet| !facet.only_filtered);
    if plan.facets.is_empty() && !names.is_told() {
        // A shop that was filled otherwise counts what it has.
        let usual = ["brand", "category", "price", "rating", "available"];
        let all = usual.iter().map(|name| (*name).to_owned()).filter(|name| names.facet(name).is_some());
        return Ok(if asked.iter().any(|one| one == "*") { all.collect() } else { asked });
    }
    if asked.iter().any(|one| one == "*") {
        return Ok(plan.facets.keys().filter(|member| counted(member)).cloned().collect());
    }
    Ok(asked.into_iter().filter(counted).collect())
}
