//! Strategies: which there are, what was learnt of when to follow which, and what of that is in force.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::Shop;
use serde_json::Value;
use types::{FieldError, ShopId};

use super::Shared;
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, Params};
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, LearnStrategyBody, StrategiesAnswer, StrategiesDocument, StrategyVersionAnswer};

fn answer(shop: &Shop) -> ApiResult<StrategiesAnswer> {
    Ok(StrategiesAnswer::of(shop)?)
}

/// List the strategies, and the policies that were learnt of when to follow which.
#[utoipa::path(get, path = "/v1/{shop}/strategies", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "All of it.", body = StrategiesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<StrategiesAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || answer(&shop)).await?.value))
}

/// Set the strategies, whole. Nobody follows them before an experiment has an arm with the change `"strategy": "random"`, or
/// `"learned"` once a policy is in force. They stay as they are while such an experiment runs.
#[utoipa::path(put, path = "/v1/{shop}/strategies", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = StrategiesDocument, examples(
        ("two" = (summary = "As ever, or more variety", value = json!({
            "strategies": [{"name": "plain"}, {"name": "varied", "changes": {"diversity": 0.5}}]}))),
        ("三种" = (summary = "三种策略，只看购买", value = json!({
            "strategies": [{"name": "原样"}, {"name": "多样", "changes": {"diversity": 0.5}},
                {"name": "个性化", "changes": {"personalise": true}}], "worth": {"click": 0, "cart": 0, "purchase": 1}}))),
        ("none" = (summary = "No strategies", value = json!({"strategies": []}))))),
    responses((status = 200, description = "As it holds from the next request on.", body = StrategiesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<StrategiesAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let shop = app.shop(&shop)?;
    let strategies = engine::strategies_from_json(&document, &shop.settings())?;
    let set = move || {
        shop.set_strategies(&strategies)?;
        answer(&shop)
    };
    Ok(Json(app.tasks.run(set).await?.value))
}

/// Learn from the log which strategy to follow when, in seconds. The policy is kept with what it would have brought to the
/// sessions of visitors it did not learn from; it is not put in force.
#[utoipa::path(post, path = "/v1/{shop}/strategies/train", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = LearnStrategyBody),
    responses((status = 200, description = "The version that was kept.", body = StrategyVersionAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn train(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<StrategyVersionAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: LearnStrategyBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let (order, shop) = (body.read()?, app.shop(&shop)?);
    let train = move || {
        let report = shop.train_strategy(&order)?;
        Ok(StrategyVersionAnswer::new(report.version, false, report.document))
    };
    Ok(Json(app.tasks.run(train).await?.value))
}

/// Put a learnt policy in force for arms that follow it; one that the log does not prove better is refused.
#[utoipa::path(post, path = "/v1/{shop}/strategies/{version}/promote", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("version" = u32, Path, description = "The version", example = 3)),
    responses((status = 200, description = "In force.", body = StrategiesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn promote(
    State(app): Shared,
    headers: HeaderMap,
    Params((shop, version)): Params<(String, String)>,
) -> ApiResult<Json<StrategiesAnswer>> {
    let shop = ShopId::new(shop)?;
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let number = version.parse::<u32>().ok().filter(|number| *number > 0);
    let number =
        number.ok_or_else(|| FieldError::new("value_invalid", "version", "a whole number above 0", version))?;
    let shop = app.shop(&shop)?;
    let promote = move || {
        shop.promote_strategy(number)?;
        answer(&shop)
    };
    Ok(Json(app.tasks.run(promote).await?.value))
}

/// Take the learnt policy out of force: arms that follow it are served as without it.
#[utoipa::path(post, path = "/v1/{shop}/strategies/withdraw", tag = "learning",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "Out of force.", body = StrategiesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn withdraw(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<StrategiesAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let withdraw = move || {
        shop.withdraw_strategy()?;
        answer(&shop)
    };
    Ok(Json(app.tasks.run(withdraw).await?.value))
}
