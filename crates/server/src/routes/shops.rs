use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use types::{FieldError, Settings, ShopId};

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::InShop;
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, ShopAnswer, ShopBody, ShopPage};

/// List the shops.
#[utoipa::path(get, path = "/v1/shops", tag = "shops", responses(
    (status = 200, description = "All shops.", body = ShopPage, example = json!({"shops": [{"id": "amazon"}, {"id": "gifts"}]})),
    (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(State(app): Shared, headers: HeaderMap) -> ApiResult<Json<ShopPage>> {
    let _pass = app.admit_administrator(&headers)?;
    let shops = app.engine.shops().iter().map(|id| ShopAnswer { id: id.to_string() }).collect();
    Ok(Json(ShopPage { shops }))
}

/// Make a shop.
#[utoipa::path(post, path = "/v1/shops", tag = "shops",
    request_body(content = ShopBody, examples(
        ("plain" = (summary = "With default settings", value = json!({"id": "gifts"}))),
        ("words only 仅关键词" = (summary = "Without vectors", value = json!({"id": "libai", "settings": {"encoders": []}}))))),
    responses((status = 201, description = "Made.", body = ShopAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn create(
    State(app): Shared,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<(StatusCode, Json<ShopAnswer>)> {
    let _pass = app.admit_administrator(&headers)?;
    let limits = &app.config.limits;
    let body: ShopBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let id = new_shop_id(&body.id)?;
    let settings = match &body.settings {
        Some(settings) => formats::json::settings_from_json(settings).map_err(|error| error.within("settings"))?,
        None => Settings::default(),
    };
    let worker = Arc::clone(&app);
    let made = move || {
        let made = worker.engine.create_shop(&id, settings).map_err(ApiError::in_settings)?;
        Ok(ShopAnswer { id: made.id().to_string() })
    };
    Ok((StatusCode::CREATED, Json(app.tasks.run(made).await?.value)))
}

/// Look whether a shop exists.
#[utoipa::path(get, path = "/v1/shops/{shop}", tag = "shops",
    params(("shop" = String, Path, description = "The shop's name", example = "gifts")),
    responses((status = 200, description = "It does.", body = ShopAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn get(State(app): Shared, headers: HeaderMap, InShop(shop): InShop) -> ApiResult<Json<ShopAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    Ok(Json(ShopAnswer { id: shop.id().to_string() }))
}

/// Delete a shop: its log, catalogue, indices, settings and keys. This cannot be undone.
#[utoipa::path(delete, path = "/v1/shops/{shop}", tag = "shops",
    params(("shop" = String, Path, description = "The shop's name", example = "gifts")),
    responses((status = 204, description = "Gone."),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn delete(State(app): Shared, headers: HeaderMap, InShop(shop): InShop) -> ApiResult<StatusCode> {
    let _pass = app.admit_administrator(&headers)?;
    let worker = Arc::clone(&app);
    let gone = move || {
        worker.engine.delete_shop(&shop)?;
        worker.keys.delete_shop(&worker.engine, &shop)?;
        worker.seen.write().remove(shop.as_str());
        worker.faults.forget(shop.as_str());
        Ok(())
    };
    app.tasks.run(gone).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `/v1/shops/...` is about shops themselves, so none can be called so.
fn new_shop_id(id: &str) -> Result<ShopId, FieldError> {
    let renamed = |error: FieldError| FieldError { field: "id".to_owned(), ..error };
    let id = ShopId::new(id).map_err(renamed)?;
    match id.as_str() {
        "shops" => Err(FieldError::new("shop_name_invalid", "id", "a name other than `shops`", "shops")),
        _ => Ok(id),
    }
}
