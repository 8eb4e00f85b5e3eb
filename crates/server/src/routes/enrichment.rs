use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use types::{FieldError, ItemId};

use super::catalogue::awaited;
use super::{Shared, page_limit};
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::wire::{
    EnrichAnswer, EnrichBody, EnrichedAnswer, ErrorAnswer, FoundValuesPage, ScanOptions, SellingPointsBody,
    TakeBackOptions,
};

/// Find values for what items lack, in their own texts and by the items like them, and write those that are sure enough as
/// events: the shop's own values always win. Each attribute's precision is measured on values that were held out. With
/// `dry_run` nothing is written. As with quality, a large catalogue takes a while: where `checking` says so, ask again.
#[utoipa::path(post, path = "/v1/{shop}/enrich", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = EnrichBody, examples(
        ("English" = (summary = "Show brands that could be filled in", value = json!({"attributes": ["brand"], "dry_run": true}))),
        ("中文" = (summary = "补全颜色和材质", value = json!({"attributes": ["颜色", "材质"], "min_confidence": 0.95}))))),
    responses((status = 200, description = "What was found and written, or how far it is.", body = EnrichAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn enrich(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<EnrichAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limits = &app.config.limits;
    let body: EnrichBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let (options, limit) = (body.read()?, page_limit(body.limit)?);
    let shop = app.shop(&shop)?;
    let run = move || {
        let inspection = awaited(|| shop.inspect_enrichment())?;
        let (Some(report), None) = (&inspection.report, inspection.running) else {
            return Ok(EnrichAnswer::checking(&inspection));
        };
        let written = if body.dry_run { None } else { Some(shop.enrich(report, &options, &mut |_| true)?) };
        Ok(EnrichAnswer::of(report, &options, limit, written)?)
    };
    Ok(Json(app.tasks.run(run).await?.value))
}

/// Page through the items that have found values.
#[utoipa::path(get, path = "/v1/{shop}/enrich", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), ScanOptions),
    responses((status = 200, description = "A page.", body = FoundValuesPage),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn found_values(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<ScanOptions>,
) -> ApiResult<Json<FoundValuesPage>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limit = page_limit(options.limit)?;
    let after = options.after.as_deref().map(ItemId::new).transpose();
    let after = after.map_err(|error| FieldError { field: "after".to_owned(), ..error })?;
    let shop = app.shop(&shop)?;
    let page = move || Ok(FoundValuesPage::of(&shop.enriched_items(after.as_ref(), limit)?, limit));
    Ok(Json(app.tasks.run(page).await?.value))
}

/// Take back what was found for these attributes; of all where none is named.
#[utoipa::path(delete, path = "/v1/{shop}/enrich", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), TakeBackOptions),
    responses((status = 200, description = "What was written.", body = EnrichedAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn take_back(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<TakeBackOptions>,
) -> ApiResult<Json<EnrichedAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let attributes = options.read()?;
    let shop = app.shop(&shop)?;
    let run = move || Ok(EnrichedAnswer::from(shop.take_back_enrichment(&attributes, &mut |_| true)?));
    Ok(Json(app.tasks.run(run).await?.value))
}

/// Read the selling points that are looked for in items' texts.
#[utoipa::path(get, path = "/v1/{shop}/selling-points", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "All of them.", body = SellingPointsBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn selling_points(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<SellingPointsBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(SellingPointsBody::from(shop.selling_points()?))).await?.value))
}

/// Look for other selling points from now on, all of them: each by a few phrases that say it, or by many labelled ones. The
/// next enrichment tells them by the shop's first encoder, and how well it does so.
#[utoipa::path(put, path = "/v1/{shop}/selling-points", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SellingPointsBody, examples(
        ("English" = (summary = "Gifts", value = json!({"points": [
            {"name": "good gift", "phrases": ["perfect gift for her", "great gift idea", "ideal birthday present"]}]}))),
        ("中文" = (summary = "性价比", value = json!({"points": [
            {"name": "性价比高", "phrases": ["物美价廉", "价格实惠", "超值划算"]}]}))))),
    responses((status = 200, description = "In force.", body = SellingPointsBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set_selling_points(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<SellingPointsBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limits = &app.config.limits;
    let body: SellingPointsBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let shop = app.shop(&shop)?;
    let set = move || {
        shop.set_selling_points(&body.read())?;
        Ok(SellingPointsBody::from(shop.selling_points()?))
    };
    Ok(Json(app.tasks.run(set).await?.value))
}
