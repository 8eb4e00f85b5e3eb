//! Recommendations as storefronts ask for them.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};
use types::{Actor, ItemId, Millis, Page, RecommendKind, Request, Slate, Surface, UserId};

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
    let model = asked.get("model").and_then(Value::as_str).unwrap_or("related-products");
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let most = match asked.get("maxRecommendations") {
        None | Some(Value::Null) => MOST,
        Some(value) => {
            value.as_u64().map(|most| most as usize).ok_or_else(|| wrong("maxRecommendations", "an integer", value))?
        }
    };
    let most = if (1..=MOST).contains(&most) { most } else { MOST };
    let threshold = asked.get("threshold").and_then(Value::as_f64).unwrap_or(0.0);
    let members = |name: &str| asked.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let names = Names::of(&index.shop, index.is_told);
    let read = |params: Map<String, Value>| {
        let params = Params::new(params, std::sync::Arc::clone(&index.settings));
        filter::of(&params, &names).map(|filter| (filter, params))
    };
    let (filter, params) = read(members("queryParameters"))?;
    let token = text("userToken").or(params.text("userToken")?).map(UserId::new).transpose()?;
    let actor = Actor { anonymous: token, ..Actor::default() };
    let value = text("facetName").zip(text("facetValue")).map(|(name, value)| filter::is_value(name, value, &names));
    let filter = match (filter, value.clone()) {
        (Some(filter), Some(value)) => Some(types::Filter::And(vec![filter, value])),
        (filter, value) => filter.or(value),
    };
    let plain = |kind| Request {
        page: Page { offset: 0, limit: most, cursor: None },
        filter: filter.clone(),
        record: false,
        ..Request::recommend(kind, actor.clone(), now)
    };
    let seed = || -> Answer<ItemId> {
        let id = asked
            .get("objectID")
            .and_then(super::record::text_of)
            .ok_or_else(|| Refused::bad("objectID is missing"))?;
        let id = ItemId::new(id)?;
        match index.shop.item(&id)? {
            Some(_) => Ok(id),
            None => Err(Refused::unknown("ObjectID does not exist")),
        }
    };
    let seeded = |kind| {
        Ok::<_, Refused>(Request { seeds: vec![seed()?], surface: Surface::Product, personalise: false, ..plain(kind) })
    };
    let request = match model {
        "related-products" => seeded(RecommendKind::Similar)?,
        "bought-together" => Request { surface: Surface::Cart, ..seeded(RecommendKind::BoughtTogether)? },
        "looking-similar" => looking_similar(index, seeded(RecommendKind::LooksSimilar)?)?,
        "trending-items" => plain(RecommendKind::Trending),
        "recommended-for-you" => plain(RecommendKind::ForYou),
        "trending-facets" => {
            let name = text("facetName").ok_or_else(|| Refused::bad("facetName is missing"))?;
            return trending_facets(index, name, (most, threshold), plain(RecommendKind::Trending));
        }
        other => return Err(Refused::bad(format!("model: `{other}` is not known"))),
    };
    let mut hits = told(&index.shop.answer(&request)?, threshold);
    // In a young shop nothing is in fashion yet.
    let fallback = asked.get("fallbackParameters").and_then(Value::as_object).cloned();
    let fallback = fallback.or_else(|| (model == "trending-items" && threshold <= 0.0).then(|| members("queryParameters")));
    if hits.len() < most
        && let Some(fallback) = fallback
    {
        let (wider, _) = read(fallback)?;
        let filter = [wider, value].into_iter().flatten().collect();
        let popular = Request { filter: Some(types::Filter::And(filter)), ..plain(RecommendKind::Popular) };
        let known: Vec<Value> =
            hits.iter().map(|hit| hit["objectID"].clone()).chain(asked.get("objectID").cloned()).collect();
        let more = told(&index.shop.answer(&popular)?, 0.0).into_iter().filter(|hit| !known.contains(&hit["objectID"]));
        hits.extend(more.take(most - hits.len()).map(|mut hit| {
            hit["_score"] = json!(0);
            hit
        }));
    }
    let (all, took) = (hits.len(), began.elapsed().as_millis() as u64);
    Ok(json!({ "hits": hits, "nbHits": all, "page": 0, "nbPages": 1, "hitsPerPage": most, "processingTimeMS": took,
        "exhaustiveFacetsCount": true, "exhaustiveNbHits": true }))
}

/// What looks like the seed; by its texts where the shop keeps no vectors of pictures.
fn looking_similar(index: &Resolved, request: Request) -> Answer<Request> {
    let by_pictures =
        index.shop.answer(&Request { page: Page { offset: 0, limit: 1, cursor: None }, ..request.clone() });
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
    let request = Request { page: Page { offset: 0, limit: TRENDING, cursor: None }, ..request };
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
