//! Curations: what merchandisers decide for some searches, kept as drafts until they are published.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use engine::{KeptCuration, Shop, States};
use serde_json::Value;
use types::FieldError;

use super::Shared;
use crate::app::App;
use crate::audit::Deed;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith};
use crate::keys::Scope;
use crate::wire::{CurationAnswer, CurationDocument, CurationsAnswer, ErrorAnswer};

const ID_BYTES_MAX: usize = 64;

/// List the shop's curations, with what is published and what is still a draft.
#[utoipa::path(get, path = "/v1/{shop}/curations", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The curations, by id.", body = CurationsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<CurationsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let (shop, now) = (app.shop(&shop)?, app.clock.now());
    Ok(Json(CurationsAnswer { curations: shop.curations().iter().map(|kept| CurationAnswer::of(kept, now)).collect() }))
}

/// Read one curation.
#[utoipa::path(get, path = "/v1/{shop}/curations/{curation}", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("curation" = String, Path, description = "Its id", example = "winter")),
    responses((status = 200, description = "The curation.", body = CurationAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn get(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<Json<CurationAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let kept = app.shop(&shop)?.curations().into_iter().find(|kept| *kept.id == *id).ok_or_else(unknown)?;
    Ok(Json(CurationAnswer::of(&kept, app.clock.now())))
}

/// Save the draft of a curation, beside what is published. Searches that name it in `preview` are answered with it.
#[utoipa::path(put, path = "/v1/{shop}/curations/{curation}", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("curation" = String, Path, description = "Its id: 1 to 64 of letters, digits, `-` and `_`", example = "winter")),
    request_body(content = CurationDocument, examples(
        ("pin" = (summary = "One item first, another brand lower", value = json!({"name": "Boots of the week",
            "when": {"queries": [{"match": "contains", "text": "boots"}]},
            "rules": [{"pin": {"item": "boots-1", "position": 1}}, {"bury": {"filter": "brand = \"Acme\""}}]}))),
        ("双十一" = (summary = "横幅与时间", value = json!({"name": "双十一",
            "when": {"queries": [{"match": "is", "text": ""}, {"match": "contains", "text": "羽绒服"}]},
            "rules": [{"boost": {"filter": "price < 500", "factor": 1.5}}],
            "banners": [{"title": "双十一满减", "text": "满300减50", "link": "/sale"}],
            "from": "2026-11-10T16:00:00Z", "until": "2026-11-11T16:00:00Z"}))))),
    responses((status = 200, description = "Saved.", body = CurationAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn save(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
    body: Body,
) -> ApiResult<Json<CurationAnswer>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.chars().all(is_fit) {
        return Err(FieldError::new("value_invalid", "curation", "1 to 64 of letters, digits, `-` and `_`", &id).into());
    }
    let draft = Arc::new(formats::json::curation_from_json(&document)?);
    let shop = app.shop(&shop)?;
    let save = move |kept: Option<KeptCuration>| Ok(Some((Some(draft), kept.and_then(|kept| kept.published))));
    changed(app, shop, pass.deed("curation", &id, "saved"), save).await
}

/// Publish the draft of a curation: from now on, while its time is, it has its say in searches.
#[utoipa::path(post, path = "/v1/{shop}/curations/{curation}/publish", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("curation" = String, Path, description = "Its id", example = "winter")),
    responses((status = 200, description = "Published.", body = CurationAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn publish(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<Json<CurationAnswer>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let publish = |kept: Option<KeptCuration>| {
        let kept = kept.ok_or_else(unknown)?;
        Ok(Some((None, kept.draft.or(kept.published))))
    };
    changed(app, shop, pass.deed("curation", &id, "published"), publish).await
}

/// Take what is published of a curation out of force; it becomes the draft where there is none.
#[utoipa::path(post, path = "/v1/{shop}/curations/{curation}/withdraw", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("curation" = String, Path, description = "Its id", example = "winter")),
    responses((status = 200, description = "Withdrawn.", body = CurationAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn withdraw(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<Json<CurationAnswer>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let withdraw = |kept: Option<KeptCuration>| {
        let kept = kept.ok_or_else(unknown)?;
        Ok(Some((kept.draft.or(kept.published), None)))
    };
    changed(app, shop, pass.deed("curation", &id, "withdrawn"), withdraw).await
}

/// Delete a curation, draft and all. `POST /v1/{shop}/audit/{change}/undo` brings it back.
#[utoipa::path(delete, path = "/v1/{shop}/curations/{curation}", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("curation" = String, Path, description = "Its id", example = "winter")),
    responses((status = 204, description = "Gone."),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn delete(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<StatusCode> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let delete = |kept: Option<KeptCuration>| kept.map(|_| None).ok_or_else(unknown);
    change(app, shop, pass.deed("curation", &id, "deleted"), delete).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Draft and published.
type Parts = (Option<Arc<types::Curation>>, Option<Arc<types::Curation>>);

async fn changed(
    app: Arc<App>,
    shop: Arc<Shop>,
    deed: Deed,
    edit: impl FnOnce(Option<KeptCuration>) -> ApiResult<Option<Parts>> + Send + 'static,
) -> ApiResult<Json<CurationAnswer>> {
    let now = app.clock.now();
    let kept = change(app, shop, deed, edit).await?.ok_or_else(unknown)?;
    Ok(Json(CurationAnswer::of(&kept, now)))
}

/// Changes a curation, and writes down who did.
async fn change(
    app: Arc<App>,
    shop: Arc<Shop>,
    deed: Deed,
    edit: impl FnOnce(Option<KeptCuration>) -> ApiResult<Option<Parts>> + Send + 'static,
) -> ApiResult<Option<KeptCuration>> {
    let now = app.clock.now();
    let work = move || {
        let id: Arc<str> = Arc::from(&*deed.what);
        let (before, after) = shop.change_curation(&deed.what, |kept| {
            let parts = edit(kept)?;
            let kept = |(draft, published)| KeptCuration { id, draft, published, changed: now };
            Ok::<_, ApiError>(parts.map(kept))
        })?;
        let states = States {
            before: before.as_ref().map(KeptCuration::to_json),
            after: after.as_ref().map(KeptCuration::to_json),
        };
        deed.write(&shop, Some(states), now)?;
        Ok(after)
    };
    Ok(app.tasks.run(work).await?.value)
}

fn unknown() -> ApiError {
    ApiError::unknown("unknown_curation", "the shop has no curation with this id")
}
