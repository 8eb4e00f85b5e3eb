//! Who changed what of a shop, and taking changes back.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;

use super::{Shared, page_limit};
use crate::audit::undo as take_back;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith, Options};
use crate::keys::Scope;
use crate::wire::{AuditAnswer, AuditOptions, ChangeAnswer, ErrorAnswer};

/// List who changed what of the shop's decisions, and when.
#[utoipa::path(get, path = "/v1/{shop}/audit", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"), AuditOptions),
    responses((status = 200, description = "The changes, newest first.", body = AuditAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<AuditOptions>,
) -> ApiResult<Json<AuditAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limit = page_limit(options.limit)?;
    let shop = app.shop(&shop)?;
    let list = move || Ok(shop.audit(options.before, limit)?.into_iter().map(ChangeAnswer::from).collect());
    Ok(Json(AuditAnswer { changes: app.tasks.run(list).await?.value }))
}

/// Take a change of a curation, the settings or the synonyms back. Refused where the same was changed again since; to undo is
/// a change itself, and can be taken back.
#[utoipa::path(post, path = "/v1/{shop}/audit/{change}/undo", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("change" = u64, Path, description = "The change's number", example = 12)),
    responses((status = 200, description = "Taken back; the change that did so.", body = ChangeAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn undo(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, number): InShopWith<String>,
) -> ApiResult<Json<ChangeAnswer>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let number = number.parse().map_err(|_| ApiError::malformed("path_invalid", "a change has a whole number"))?;
    let (shop, now) = (app.shop(&shop)?, app.clock.now());
    Ok(Json(app.tasks.run(move || take_back(&shop, number, &pass, now)).await?.value.into()))
}
