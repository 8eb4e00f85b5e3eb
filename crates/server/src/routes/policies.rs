//! What a shop says of itself: returns, shipping, frequent questions. Assistants search it.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;

use super::Shared;
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::InShop;
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, PoliciesBody};

/// Read what the shop says of itself.
#[utoipa::path(get, path = "/v1/{shop}/policies", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "The texts.", body = PoliciesBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<PoliciesBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    Ok(Json(shop.policies().into()))
}

/// Say what the shop says of itself, all of it at once: policies and answers to frequent questions. Assistants find passages of
/// it by the tool `search_shop_policies_and_faqs`, from the next question on.
#[utoipa::path(put, path = "/v1/{shop}/policies", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body = PoliciesBody,
    responses((status = 200, description = "In force.", body = PoliciesBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<PoliciesBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: PoliciesBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let policies = body.read()?;
    let shop = app.shop(&shop)?;
    let set = move || {
        shop.set_policies(policies)?;
        Ok(shop.policies().into())
    };
    Ok(Json(app.tasks.run(set).await?.value))
}
