use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::Inspection;

use super::{Shared, page_limit};
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::wire::{
    ErrorAnswer, JudgedAnswer, JudgementsBody, QualityAnswer, QualityOptions, SameProductAnswer, SameProductOptions,
};

/// How often and how many times a report under way is looked for before it is said to be under way.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS_MAX: usize = 50;

/// What is wrong with the catalogue, with evidence and fixes. Where the catalogue has changed since the last report, a new
/// one is begun; small shops are read at once, of others `checking` says how far it is: ask again.
#[utoipa::path(get, path = "/v1/{shop}/quality", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), QualityOptions),
    responses((status = 200, description = "The report, or how far it is.", body = QualityAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn quality(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<QualityOptions>,
) -> ApiResult<Json<QualityAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limit = page_limit(options.limit)?;
    let wanted = options.read(limit)?;
    let shop = app.shop(&shop)?;
    let read = move || Ok(QualityAnswer::of(awaited(|| shop.inspect_quality())?, &wanted));
    Ok(Json(app.tasks.run(read).await?.value))
}

/// Which items are the same product twice, and which are variants of one, with evidence and what accepting it changes. As
/// with quality, a large catalogue takes a while: ask again.
#[utoipa::path(get, path = "/v1/{shop}/duplicates", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), SameProductOptions),
    responses((status = 200, description = "The report, or how far it is.", body = SameProductAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn duplicates(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<SameProductOptions>,
) -> ApiResult<Json<SameProductAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limit = page_limit(options.limit)?;
    let wanted = options.read(limit)?;
    let shop = app.shop(&shop)?;
    let read = move || Ok(SameProductAnswer::of(awaited(|| shop.inspect_duplicates())?, &wanted));
    Ok(Json(app.tasks.run(read).await?.value))
}

/// What people said of pairs.
#[utoipa::path(get, path = "/v1/{shop}/duplicates/judgements", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "All judgements.", body = JudgementsBody),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn judgements(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<JudgementsBody>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(shop.judgements()?.into())).await?.value))
}

/// Say whether pairs are the same product. The next report keeps to it, and learns from it once there are 20 pairs of each
/// kind and what is learnt is better than what every shop begins with.
#[utoipa::path(post, path = "/v1/{shop}/duplicates/judgements", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = JudgementsBody, examples(
        ("pairs" = (summary = "One pair of each kind 两对商品", value = json!({"judgements": [
            {"left": "boots-1", "right": "boots-2", "same": true}, {"left": "裙-1", "right": "裙-7", "same": false}]}))))),
    responses((status = 200, description = "Kept.", body = JudgedAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn judge(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<JudgedAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limits = &app.config.limits;
    let body: JudgementsBody = Payload::read(&headers, body, limits, limits.batch_bytes).await?.json()?;
    let judgements = body.read()?;
    let shop = Arc::clone(&app.shop(&shop)?);
    let add = move || Ok(JudgedAnswer { judgements: shop.judge(&judgements)? });
    Ok(Json(app.tasks.run(add).await?.value))
}

/// Looks for a report a few times, so that small shops are answered at once.
pub(super) fn awaited<T>(look: impl Fn() -> engine::Result<Inspection<T>>) -> engine::Result<Inspection<T>> {
    for _ in 0..LOOKS_MAX {
        let inspection = look()?;
        if inspection.running.is_none() {
            return Ok(inspection);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    look()
}
