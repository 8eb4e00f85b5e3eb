use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::States;
use serde_json::Value;
use types::Position;

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::wire::documents::SettingsDocument;
use crate::wire::{ErrorAnswer, LogOptions, LogPage, LoggedEventAnswer, StatsAnswer, ValidatedAnswer};

/// Read the settings in force, whole.
#[utoipa::path(get, path = "/v1/{shop}/settings", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "The settings.", body = SettingsDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn settings(State(app): Shared, headers: HeaderMap, InShop(shop): InShop) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    Ok(Json(formats::json::settings_to_json(&app.shop(&shop)?.settings())))
}

/// Put settings in force, whole: what is not said gets its default. An index they change is rebuilt beside the live one
/// and swapped in.
#[utoipa::path(put, path = "/v1/{shop}/settings", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SettingsDocument, examples(
        ("boost" = (summary = "Push a brand", value = json!({"rules": [{"boost": {"filter": "brand = \"Northwall\"", "factor": 1.5}}]}))),
        ("隐藏缺货" = (summary = "声明属性并隐藏某类商品", value = json!({
            "attributes": {"颜色": {"type": "keywords"}}, "rules": [{"hide": {"filter": "颜色 = \"透明\""}}]}))))),
    responses((status = 200, description = "In force; the settings as understood.", body = SettingsDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set_settings(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<Value>> {
    let pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let settings = formats::json::settings_from_json(&document)?;
    let (shop, now) = (app.shop(&shop)?, app.clock.now());
    let set = move || {
        let before = formats::json::settings_to_json(&shop.settings());
        // They are in force later where an index is to be rebuilt for them.
        let after = formats::json::settings_to_json(&settings);
        shop.set_settings(settings).map_err(ApiError::in_settings)?;
        let states = States { before: Some(before), after: Some(after) };
        pass.deed("settings", "settings", "saved").write(&shop, Some(states), now)?;
        Ok(formats::json::settings_to_json(&shop.settings()))
    };
    Ok(Json(app.tasks.run(set).await?.value))
}

/// Check settings without putting them in force: what is wrong with them, and whether an index would be built anew for them.
#[utoipa::path(post, path = "/v1/{shop}/settings:validate", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SettingsDocument, example = json!({"diversity": 0.2})),
    responses((status = 200, description = "What would come of them.", body = ValidatedAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn validate_settings(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<ValidatedAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let shop = app.shop(&shop)?;
    let check = move || {
        let settings = match formats::json::settings_from_json(&document) {
            Ok(settings) => settings,
            Err(error) => return Ok(ValidatedAnswer::refused(error)),
        };
        match shop.check_settings(&settings).map_err(ApiError::in_settings) {
            Ok(needs_rebuild) => Ok(ValidatedAnswer::fit(formats::json::settings_to_json(&settings), needs_rebuild)),
            Err(error) => error.into_field().map(ValidatedAnswer::refused),
        }
    };
    Ok(Json(app.tasks.run(check).await?.value))
}

/// Read figures about the shop.
#[utoipa::path(get, path = "/v1/{shop}/stats", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "The figures.", body = StatsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn stats(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<StatsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(shop.stats()?.into())).await?.value))
}

/// Read the event log from a position on.
#[utoipa::path(get, path = "/v1/{shop}/log", tag = "events",
    params(("shop" = String, Path, description = "The shop", example = "gifts"), LogOptions),
    responses((status = 200, description = "Events in order.", body = LogPage),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn log(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<LogOptions>,
) -> ApiResult<Json<LogPage>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limit = super::page_limit(options.limit)?;
    let shop = app.shop(&shop)?;
    let page = move || {
        let logged = shop.events(Position(options.from), limit)?;
        let next = logged.last().map_or(options.from, |last| last.position.next().0);
        let answer = |one: &engine::LoggedEvent| LoggedEventAnswer {
            position: one.position.0,
            event: formats::json::event_to_json(&one.event),
        };
        Ok(LogPage { events: logged.iter().map(answer).collect(), next })
    };
    Ok(Json(app.tasks.run(page).await?.value))
}
