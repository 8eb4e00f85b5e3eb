//! What a shop learns from events as they come: what is explored, and how learning does.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::Value;

use super::Shared;
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::InShop;
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, ExplorationDocument, LearningAnswer};

/// Read how learning from every event does: what clicks teach, what exploring costs, what is kept out.
#[utoipa::path(get, path = "/v1/{shop}/learning", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The report.", body = LearningAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn report(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<LearningAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    Ok(Json(app.shop(&shop)?.learning_report().into()))
}

/// Read what is explored.
#[utoipa::path(get, path = "/v1/{shop}/exploration", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "By surface; nothing where nothing is explored.", body = ExplorationDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn exploration(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    Ok(Json(engine::exploration_to_json(&app.shop(&shop)?.exploration())))
}

/// Say what is explored, whole: what is not said is not explored. What was learnt under other settings is forgotten.
#[utoipa::path(put, path = "/v1/{shop}/exploration", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = ExplorationDocument, examples(
        ("home" = (summary = "Try new items on the front page, for at most 1 % of clicks", value = json!({
            "surfaces": [{"surface": "home", "policy": "thompson", "cold_start": {"places": [4], "exposures": 50, "days": 7},
                "budget": {"regret": 0.01}}]}))),
        ("搜索" = (summary = "在搜索结果第五到第十位试新商品", value = json!({
            "surfaces": [{"surface": "search", "policy": "lin-ucb", "places": [5, 10]}]}))),
        ("nothing" = (summary = "Explore nothing", value = json!({"surfaces": []}))))),
    responses((status = 200, description = "In force from the next request on, whole.", body = ExplorationDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set_exploration(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let settings = engine::exploration_from_json(&document)?;
    let shop = app.shop(&shop)?;
    let set = move || {
        shop.set_exploration(settings)?;
        Ok(engine::exploration_to_json(&shop.exploration()))
    };
    Ok(Json(app.tasks.run(set).await?.value))
}
