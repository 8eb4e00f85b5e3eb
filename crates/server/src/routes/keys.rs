use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use types::FieldError;

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith};
use crate::keys::{NewKey, Scope};
use crate::wire::{ErrorAnswer, KeyAnswer, KeyBody, KeyMade, KeyPage};

const NAME_BYTES_MAX: usize = 200;

/// List a shop's keys, without the keys themselves.
#[utoipa::path(get, path = "/v1/{shop}/keys", tag = "keys",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The keys, oldest first.", body = KeyPage),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(State(app): Shared, headers: HeaderMap, InShop(shop): InShop) -> ApiResult<Json<KeyPage>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    app.shop(&shop)?;
    let keys = app.keys.list(Some(&shop)).iter().map(|key| KeyAnswer::from(&**key)).collect();
    Ok(Json(KeyPage { keys }))
}

/// Make a key. The answer is the only place where it is ever shown.
#[utoipa::path(post, path = "/v1/{shop}/keys", tag = "keys",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = KeyBody, examples(
        ("search" = (summary = "For a storefront", value = json!({"name": "storefront", "scope": "search"}))),
        ("page" = (summary = "For one site, for a time", value = json!({"name": "campaign", "scope": "search",
            "expires": "2027-01-01T00:00:00Z", "referers": ["https://shop.example/*"], "per_minute": 6000}))),
        ("write 写入" = (summary = "For the shop's back end", value = json!({"name": "后台", "scope": "write"}))))),
    responses((status = 201, description = "Made.", body = KeyMade),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn create(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<(StatusCode, Json<KeyMade>)> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: KeyBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    if body.name.is_empty() || body.name.len() > NAME_BYTES_MAX {
        return Err(FieldError::new("value_invalid", "name", "1 to 200 bytes of text", &body.name).into());
    }
    let bounds = body.bounds()?;
    let kept = app.shop(&shop)?;
    let worker = Arc::clone(&app);
    let made = move || {
        let now = worker.clock.now();
        let new = NewKey { shop: Some(&shop), name: &body.name, scope: body.scope, bounds };
        let (key, token) = worker.keys.create(&worker.engine, new, now)?;
        pass.deed("key", &format!("{} ({})", key.name, key.id), "created").write(&kept, None, now)?;
        Ok(KeyMade { key: token, kept: KeyAnswer::from(&*key) })
    };
    Ok((StatusCode::CREATED, Json(app.tasks.run(made).await?.value)))
}

/// Delete a key; it opens nothing from now on.
#[utoipa::path(delete, path = "/v1/{shop}/keys/{key}", tag = "keys",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("key" = String, Path, description = "The key's id, as listed", example = "5f2c6a9e01b7d348")),
    responses((status = 204, description = "Gone."),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn delete(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<StatusCode> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let kept = app.shop(&shop)?;
    let worker = Arc::clone(&app);
    let delete = move || {
        let is_gone = worker.keys.delete(&worker.engine, Some(&shop), &id)?;
        if is_gone {
            pass.deed("key", &id, "deleted").write(&kept, None, worker.clock.now())?;
        }
        Ok(is_gone)
    };
    let deleted = app.tasks.run(delete).await?;
    match deleted.value {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::unknown("unknown_key", "the shop has no key with this id")),
    }
}
