//! Experiments: begin, list, change, stop and report them.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith};
use crate::keys::Scope;
use crate::wire::{
    ErrorAnswer, ExperimentChangeBody, ExperimentDocument, ExperimentReportAnswer, ExperimentStopBody,
    ExperimentsAnswer, reason,
};

/// List the experiments, running and ended.
#[utoipa::path(get, path = "/v1/{shop}/experiments", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The experiments.", body = ExperimentsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<ExperimentsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let experiments = app.shop(&shop)?.experiments();
    Ok(Json(ExperimentsAnswer { experiments: experiments.iter().map(|one| engine::experiment_to_json(one)).collect() }))
}

/// Begin an experiment. The next request may be in it; who gets which arm is a hash of who asks, and the arm is logged with
/// what was shown.
#[utoipa::path(post, path = "/v1/{shop}/experiments", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = ExperimentDocument, examples(
        ("variety" = (summary = "Try more variety, guard the latency", value = json!({
            "id": "more-variety", "arms": [{"name": "control"}, {"name": "varied", "changes": {"diversity": 0.4}}],
            "metrics": ["conversion", "click-through"], "guardrails": [{"metric": "latency", "tolerated": 0.2}],
            "ramp": 0.1}))),
        ("中文搜索" = (summary = "只对中文搜索试更高的词权重", value = json!({
            "id": "词权重", "layer": "search", "slice": 0.5, "target": {"surfaces": ["search"], "languages": ["zh"]},
            "arms": [{"name": "control"}, {"name": "words", "changes": {"weights": {"words": 2}}}]}))))),
    responses((status = 201, description = "It runs.", body = ExperimentDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn start(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let document: Value = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let shop = app.shop(&shop)?;
    let experiment = engine::experiment_from_json(&document, &shop.settings())?;
    let begin = move || {
        let begun = shop.start_experiment(experiment)?;
        Ok(engine::experiment_to_json(&begun))
    };
    Ok((StatusCode::CREATED, Json(app.tasks.run(begin).await?.value)))
}

/// Read one experiment.
#[utoipa::path(get, path = "/v1/{shop}/experiments/{experiment}", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("experiment" = String, Path, description = "Its name", example = "more-variety")),
    responses((status = 200, description = "The experiment.", body = ExperimentDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn get(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let experiment = app.shop(&shop)?.experiment(&id)?;
    Ok(Json(engine::experiment_to_json(&experiment)))
}

/// Widen a running experiment, or take an arm out. Nobody moves to another arm.
#[utoipa::path(patch, path = "/v1/{shop}/experiments/{experiment}", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("experiment" = String, Path, description = "Its name", example = "more-variety")),
    request_body = ExperimentChangeBody,
    responses((status = 200, description = "The experiment as it is now.", body = ExperimentDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn change(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
    body: Body,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: ExperimentChangeBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let why = reason(body.reason)?;
    if body.ramp.is_none() && body.remove_arm.is_none() {
        let message = "say `ramp` or `remove_arm`";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "field_missing", message).at("ramp", message));
    }
    let shop = app.shop(&shop)?;
    let change = move || {
        if let Some(ramp) = body.ramp {
            shop.ramp_experiment(&id, ramp)?;
        }
        if let Some(arm) = body.remove_arm {
            shop.remove_arm(&id, &arm, &why)?;
        }
        let changed = shop.experiment(&id)?;
        Ok(engine::experiment_to_json(&changed))
    };
    Ok(Json(app.tasks.run(change).await?.value))
}

/// Stop an experiment: all are served as without it from the next request on.
#[utoipa::path(post, path = "/v1/{shop}/experiments/{experiment}/stop", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("experiment" = String, Path, description = "Its name", example = "more-variety")),
    request_body = ExperimentStopBody,
    responses((status = 200, description = "It has ended.", body = ExperimentDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn stop(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
    body: Body,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: ExperimentStopBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let why = reason(body.reason)?;
    let shop = app.shop(&shop)?;
    let stop = move || {
        let stopped = shop.stop_experiment(&id, &why)?;
        Ok(engine::experiment_to_json(&stopped))
    };
    Ok(Json(app.tasks.run(stop).await?.value))
}

/// Forget an ended experiment. What the log says of it stays.
#[utoipa::path(delete, path = "/v1/{shop}/experiments/{experiment}", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("experiment" = String, Path, description = "Its name", example = "more-variety")),
    responses((status = 204, description = "Gone."),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn forget(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<StatusCode> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    app.tasks.run(move || Ok(shop.forget_experiment(&id)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Report what came of an experiment so far: its metrics with intervals, valid at the end and at any time, guardrails,
/// segments, and whether its visitors came as planned. The first report reads the log, later ones what came since.
#[utoipa::path(get, path = "/v1/{shop}/experiments/{experiment}/report", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("experiment" = String, Path, description = "Its name", example = "more-variety")),
    responses((status = 200, description = "The report.", body = ExperimentReportAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn report(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, id): InShopWith<String>,
) -> ApiResult<Json<ExperimentReportAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(shop.experiment_report(&id)?.into())).await?.value))
}
