use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use types::{FieldError, ItemId, ShopId};

use super::Shared;
use crate::app::App;
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::metrics::label;
use crate::trace::Timing;
use crate::wire::{
    Asked, ErrorAnswer, ExplainAnswer, ExplainBody, RecommendBody, RecommendQuery, SearchBody, SearchQuery, SlateAnswer,
};

/// Search.
#[utoipa::path(post, path = "/v1/{shop}/search", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SearchBody, examples(
        ("English" = (summary = "With a filter and facets", value = json!({
            "query": "waterproof hiking boots", "filter": "price < 200", "facets": ["brand", "category"], "limit": 10}))),
        ("中文" = (summary = "按价格排序", value = json!({
            "query": "红色连衣裙", "sort": ["price:asc"], "facets": [{"attribute": "颜色", "disjunctive": true}]}))),
        ("explained" = (summary = "Words only, every item explained", value = json!({
            "query": "towel set", "method": "lexical", "explain": true}))))),
    responses((status = 200, description = "The answer.", body = SlateAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer),
        (status = 503, description = "Too much work; `Retry-After` says when to try again.", body = ErrorAnswer)))]
pub(crate) async fn search(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Response> {
    let pass = app.admit(&headers, &shop, Scope::Search)?;
    let limits = &app.config.limits;
    let body: SearchBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let asked = body.into_asked(app.clock.now())?;
    pass.needs(asked.scope())?;
    answer(&app, &shop, asked).await
}

/// Search with everything in the address, for curl and browsers.
#[utoipa::path(get, path = "/v1/{shop}/search", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), SearchQuery),
    responses((status = 200, description = "The answer.", body = SlateAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn search_by_address(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(query): Options<SearchQuery>,
) -> ApiResult<Response> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    answer(&app, &shop, SearchBody::from(query).into_asked(app.clock.now())?).await
}

/// Recommend.
#[utoipa::path(post, path = "/v1/{shop}/recommend", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = RecommendBody, examples(
        ("for you" = (summary = "The front page of a shopper", value = json!({"kind": "for-you", "user": "12346", "limit": 10}))),
        ("similar 相似商品" = (summary = "On a product's page", value = json!({"surface": "product", "items": ["85123A"]}))),
        ("cart" = (summary = "What is bought together with the cart", value = json!({
            "kind": "bought-together", "items": ["85123A", "22423"], "session": "s-9", "explain": true}))))),
    responses((status = 200, description = "The answer.", body = SlateAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer),
        (status = 503, description = "Too much work; `Retry-After` says when to try again.", body = ErrorAnswer)))]
pub(crate) async fn recommend(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Response> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let limits = &app.config.limits;
    let body: RecommendBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    answer(&app, &shop, body.into_asked(app.clock.now())?).await
}

/// Recommend with everything in the address, for curl and browsers.
#[utoipa::path(get, path = "/v1/{shop}/recommend", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"), RecommendQuery),
    responses((status = 200, description = "The answer.", body = SlateAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn recommend_by_address(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(query): Options<RecommendQuery>,
) -> ApiResult<Response> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    answer(&app, &shop, RecommendBody::from(query).into_asked(app.clock.now())?).await
}

/// Explain where an item stands in an answer, and why, or why not. Nothing is logged as shown.
#[utoipa::path(post, path = "/v1/{shop}/explain", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = ExplainBody, examples(
        ("search" = (summary = "In a search", value = json!({"item": "boots-1", "search": {"query": "hiking boots"}}))),
        ("搜索" = (summary = "为什么没有出现", value = json!({"item": "裙-1", "search": {"query": "连衣裙", "filter": "price < 100"}}))),
        ("to place" = (summary = "What would have to change for it to be third?", value = json!({
            "item": "boots-1", "search": {"query": "hiking boots"}, "to_place": 3}))),
        ("recommendation" = (summary = "In a recommendation", value = json!({"item": "22423", "recommend": {"kind": "popular"}}))))),
    responses((status = 200, description = "Where it stands.", body = ExplainAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn explain(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<ExplainAnswer>> {
    let pass = app.admit(&headers, &shop, Scope::Search)?;
    let limits = &app.config.limits;
    let body: ExplainBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let item = ItemId::new(&body.item).map_err(|error| FieldError { field: "item".to_owned(), ..error })?;
    let now = app.clock.now();
    let asked = match (body.search, body.recommend) {
        (Some(search), None) => search.into_asked(now).map_err(|error| error.within("search"))?,
        (None, Some(recommend)) => recommend.into_asked(now).map_err(|error| error.within("recommend"))?,
        (search, _) => {
            let got = if search.is_some() { "both" } else { "neither" };
            return Err(FieldError::new("value_invalid", "search", "either `search` or `recommend`", got).into());
        }
    };
    pass.needs(asked.scope())?;
    if let Some(place) = body.to_place.filter(|place| !(1..=1000).contains(place)) {
        return Err(FieldError::new("number_out_of_range", "to_place", "1 to 1000", place.to_string()).into());
    }
    let shop = app.shop(&shop)?;
    let explain = move || crate::explain::explain(&shop, &asked.of(&shop.settings()), &item, body.to_place);
    Ok(Json(app.answers.run(explain).await?.value))
}

pub(super) async fn answer(app: &Arc<App>, shop: &ShopId, asked: Asked) -> ApiResult<Response> {
    let shop = app.shop(shop)?;
    let offset = asked.request.page.cursor.is_none().then_some(asked.request.page.offset);
    let worker = Arc::clone(&shop);
    let done = app.answers.run(move || Ok(worker.answer(&asked.of(&worker.settings()))?)).await?;
    for degraded in &done.value.degraded {
        let labels = vec![label("shop", shop.id().as_str()), label("part", &degraded.part)];
        app.metrics.count("mercato_degraded_total", labels, 1);
        tracing::warn!(shop = shop.id().as_str(), part = &*degraded.part, reason = degraded.reason, "degraded answer");
    }
    let mut response = Json(SlateAnswer::new(done.value, offset)).into_response();
    response.extensions_mut().insert(Timing { waited: done.waited, worked: done.worked });
    Ok(response)
}
