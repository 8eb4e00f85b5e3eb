//! Recommendations as storefronts ask for them.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};
use types::{Actor, Filter, ItemId, Millis, Page, RecommendKind, Request, Slate, Surface, UserId};

use super::error::{Answer, Refused};
use super::filter;
use super::index::Resolved;
use super::params::{Params, wrong};
use super::record::{Names, record_of};

/// Recommendations of one request, at most, and where nothing is said.
const MOST: usize = 30;
/// Items whose values are counted for what is in fashion.
const TRENDING: usize = 200;

/// Answers one request.
pub(crate) fn answer(index: &Resolved, asked: &Map<String, Value>, now: Millis) -> Answer<Value> {
    let began = Instant::now();
    let wanted = Wanted::read(index, asked, now)?;
    let request = match wanted.model {
        "related-products" => wanted.seeded(RecommendKind::Similar)?,
        "bought-together" => Request { surface: Surface::Cart, ..wanted.seeded(RecommendKind::BoughtTogether)? },
        "looking-similar" => looking_similar(index, wanted.seeded(RecommendKind::LooksSimilar)?)?,
        "trending-items" => wanted.plain(RecommendKind::Trending),
        "recommended-for-you" => wanted.plain(RecommendKind::ForYou),
        "trending-facets" => {
            let name = wanted.text("facetName").ok_or_else(|| Refused::bad("facetName is missing"))?;
            let request = wanted.plain(RecommendKind::Trending);
            return trending_facets(index, name, (wanted.most, wanted.threshold), request);
        }
        other => return Err(Refused::bad(format!("model: `{other}` is not known"))),
    };
    let mut slate = index.shop.answer(&request)?;
    let mut hits = told(&slate, wanted.threshold);
    if let Some(fallback) = wanted.fallback().filter(|_| hits.len() < wanted.most) {
        // One answer is joined by events: the first, or where it is empty the one that stands in for it.
        let record = wanted.is_joined && slate.items.is_empty();
        let popular = Request { filter: wanted.filter(fallback)?.0, record, ..wanted.plain(RecommendKind::Popular) };
        let instead = index.shop.answer(&popular)?;
        let known: Vec<Value> =
            hits.iter().map(|hit| hit["objectID"].clone()).chain(asked.get("objectID").cloned()).collect();
        let more = told(&instead, 0.0).into_iter().filter(|hit| !known.contains(&hit["objectID"]));
        hits.extend(more.take(wanted.most - hits.len()).map(|mut hit| {
            hit["_score"] = json!(0);
            hit
        }));
        if slate.items.is_empty() {
            slate = instead;
        }
    }
    let took = began.elapsed().as_millis() as u64;
    let mut told = json!({ "nbHits": hits.len(), "page": 0, "nbPages": 1, "hitsPerPage": wanted.most,
        "processingTimeMS": took, "exhaustiveFacetsCount": true, "exhaustiveNbHits": true });
    told["hits"] = Value::Array(hits);
    if wanted.is_joined {
        told["queryID"] = Value::from(super::events::query_id_out(slate.query_id.as_str()));
    }
    Ok(told)
}

/// What a request asks for.
struct Wanted<'a> {
    index: &'a Resolved,
    asked: &'a Map<String, Value>,
    model: &'a str,
    names: Names,
    most: usize,
    threshold: f64,
    actor: Actor,
    filter: Option<Filter>,
    /// Whether events will name this answer: then what is shown is logged.
    is_joined: bool,
    now: Millis,
}

impl<'a> Wanted<'a> {
    fn read(index: &'a Resolved, asked: &'a Map<String, Value>, now: Millis) -> Answer<Self> {
        let most = match asked.get("maxRecommendations") {
            None | Some(Value::Null) => MOST,
            Some(value) => value.as_u64().ok_or_else(|| wrong("maxRecommendations", "an integer", value))? as usize,
        };
        let mut wanted = Self {
            index,
            asked,
            model: asked.get("model").and_then(Value::as_str).unwrap_or("related-products"),
            names: Names::of(&index.shop, index.is_told),
            most: if (1..=MOST).contains(&most) { most } else { MOST }.min(index.hits_max.unwrap_or(MOST)),
            threshold: asked.get("threshold").and_then(Value::as_f64).unwrap_or(0.0),
            actor: Actor::default(),
            filter: None,
            is_joined: asked.get("clickAnalytics").is_some_and(|flag| *flag == true),
            now,
        };
        let (filter, params) = wanted.filter(wanted.members("queryParameters"))?;
        wanted.filter = filter;
        wanted.is_joined |= params.switch("clickAnalytics")? == Some(true);
        wanted.actor.anonymous = wanted.text("userToken").or(params.text("userToken")?).map(UserId::new).transpose()?;
        Ok(wanted)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.asked.get(name).and_then(Value::as_str)
    }

    fn members(&self, name: &str) -> Map<String, Value> {
        self.asked.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// What parameters filter by, and the facet that the request is about.
    fn filter(&self, params: Map<String, Value>) -> Answer<(Option<Filter>, Params)> {
        let params = Params::new(params, std::sync::Arc::clone(&self.index.settings));
        let about = self.text("facetName").zip(self.text("facetValue"));
        let value = about.map(|(name, value)| filter::is_value(name, value, &self.names));
        let all: Vec<Filter> = filter::of(&params, &self.names)?.into_iter().chain(value).collect();
        Ok(((!all.is_empty()).then_some(Filter::And(all)), params))
    }

    /// What stands in where too little is found: in a young shop nothing is in fashion yet.
    fn fallback(&self) -> Option<Map<String, Value>> {
        let own = self.asked.get("fallbackParameters").and_then(Value::as_object).cloned();
        let is_any_good = self.model == "trending-items" && self.threshold <= 0.0;
        own.or_else(|| is_any_good.then(|| self.members("queryParameters")))
    }

    fn plain(&self, kind: RecommendKind) -> Request {
        Request {
            page: Page { offset: 0, limit: self.most, cursor: None },
            filter: self.filter.clone(),
            record: self.is_joined,
            ..Request::recommend(kind, self.actor.clone(), self.now)
        }
    }

    fn seeded(&self, kind: RecommendKind) -> Answer<Request> {
        let id = self.asked.get("objectID").and_then(super::record::text_of);
        let id = ItemId::new(id.ok_or_else(|| Refused::bad("objectID is missing"))?)?;
        if self.index.shop.item(&id)?.is_none() {
            return Err(Refused::unknown("ObjectID does not exist"));
        }
        Ok(Request { seeds: vec![id], surface: Surface::Product, personalise: false, ..self.plain(kind) })
    }
}

/// What looks like the seed; by its texts where the shop keeps no vectors of pictures.
fn looking_similar(index: &Resolved, request: Request) -> Answer<Request> {
    let probe = Request { page: Page { offset: 0, limit: 1, cursor: None }, record: false, ..request.clone() };
    let by_pictures = index.shop.answer(&probe);
    let found = by_pictures.is_ok_and(|slate| !slate.items.is_empty());
    Ok(if found { request } else { Request { recommend: Some(RecommendKind::Similar), ..request } })
}

/// Records with their scores from 100 downwards, as shares of the best; those below the threshold are left out.
fn told(slate: &Slate, threshold: f64) -> Vec<Value> {
    let best = slate.items.iter().map(|item| f64::from(item.score)).fold(0.0, f64::max);
    let mut last = 100.0f64;
    let mut hits = Vec::new();
    for shown in &slate.items {
        let share = if best > 0.0 { 100.0 * f64::from(shown.score).max(0.0) / best } else { 0.0 };
        // What stands below never scores more, whatever moved it there.
        last = last.min((share * 100.0).round() / 100.0);
        if last >= threshold {
            let mut record = record_of(&shown.item);
            record.insert("_score".to_owned(), json!(last));
            hits.push(Value::Object(record));
        }
    }
    hits
}

/// The values of a member that what is in fashion has most, by how high it stands.
fn trending_facets(index: &Resolved, name: &str, (most, threshold): (usize, f64), request: Request) -> Answer<Value> {
    let began = Instant::now();
    let request = Request { page: Page { offset: 0, limit: TRENDING, cursor: None }, record: false, ..request };
    let mut slate = index.shop.answer(&request)?;
    if slate.items.is_empty() && threshold <= 0.0 {
        slate = index.shop.answer(&Request { recommend: Some(RecommendKind::Popular), ..request })?;
    }
    let mut scores: BTreeMap<String, f64> = BTreeMap::new();
    for (place, shown) in slate.items.iter().enumerate() {
        let record = record_of(&shown.item);
        let values = match super::record::at(&record, name) {
            Some(Value::Array(parts)) => parts.iter().filter_map(super::record::text_of).collect(),
            Some(one) => super::record::text_of(one).into_iter().collect::<Vec<_>>(),
            None => Vec::new(),
        };
        for value in values {
            // Discounted like gain: what stands at the top counts most.
            *scores.entry(value).or_default() += 1.0 / ((place + 2) as f64).log2();
        }
    }
    let best = scores.values().copied().fold(0.0, f64::max);
    let mut scores: Vec<(String, f64)> =
        scores.into_iter().map(|(value, score)| (value, 100.0 * score / best)).collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let hit = |(value, score): (String, f64)| json!({ "facetName": name, "facetValue": value, "_score": (score * 100.0).round() / 100.0 });
    let hits: Vec<Value> = scores.into_iter().filter(|(_, score)| *score >= threshold).take(most).map(hit).collect();
    Ok(json!({ "hits": hits, "processingTimeMS": began.elapsed().as_millis() as u64 }))
}
