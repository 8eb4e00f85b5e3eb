//! The OpenFeature Remote Evaluation Protocol: front ends read experiments as flags, with any OFREP provider whose base
//! address is `/v1/{shop}`. Failures are in the protocol's own words.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Shared;
use crate::body::Payload;
use crate::config::Limits;
use crate::error::ApiResult;
use crate::extract::{InShop, InShopWith};
use crate::keys::Scope;
use crate::wire::{ErrorAnswer, EvaluationAnswer, EvaluationBody, EvaluationFailure, EvaluationsAnswer};

/// Evaluate one flag (OFREP): the arm of an experiment that a visitor gets, and its value.
#[utoipa::path(post, path = "/v1/{shop}/ofrep/v1/evaluate/flags/{key}", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("key" = String, Path, description = "The experiment", example = "more-variety")),
    request_body = EvaluationBody,
    responses((status = 200, description = "The flag.", body = EvaluationAnswer),
        (status = 400, description = "The context cannot be read.", body = EvaluationFailure),
        (status = 404, description = "There is no such flag.", body = EvaluationFailure),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn evaluate(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, key): InShopWith<String>,
    body: Body,
) -> ApiResult<Response> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    let body = match read(&headers, body, &app.config.limits).await {
        Ok(body) => body,
        Err(why) => return Ok(failure(StatusCode::BAD_REQUEST, Some(key), ("PARSE_ERROR", why))),
    };
    let (actor, attributes) = match body.read() {
        Ok(read) => read,
        Err(fault) => return Ok(failure(StatusCode::BAD_REQUEST, Some(key), fault)),
    };
    match shop.flag(&key, &actor, &attributes) {
        Ok(flag) => Ok(Json(EvaluationAnswer::from(flag)).into_response()),
        Err(error @ engine::Error::UnknownExperiment { .. }) => {
            Ok(failure(StatusCode::NOT_FOUND, Some(key), ("FLAG_NOT_FOUND", error.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Evaluate all flags (OFREP). The answer has an `ETag`; where it is sent back in `If-None-Match` and nothing has changed,
/// the answer is 304.
#[utoipa::path(post, path = "/v1/{shop}/ofrep/v1/evaluate/flags", tag = "experiments",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body = EvaluationBody,
    responses((status = 200, description = "The flags.", body = EvaluationsAnswer),
        (status = 304, description = "As before."),
        (status = 400, description = "The context cannot be read.", body = EvaluationFailure),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn evaluate_all(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Response> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    let body = match read(&headers, body, &app.config.limits).await {
        Ok(body) => body,
        Err(why) => return Ok(failure(StatusCode::BAD_REQUEST, None, ("PARSE_ERROR", why))),
    };
    let (actor, attributes) = match body.read() {
        Ok(read) => read,
        Err(fault) => return Ok(failure(StatusCode::BAD_REQUEST, None, fault)),
    };
    let flags = shop.flags(&actor, &attributes);
    // Only compared with what this program gave out before, so any hash that is the same in every run will do.
    let mut hasher = DefaultHasher::new();
    flags.iter().for_each(|flag| format!("{flag:?}").hash(&mut hasher));
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // What weakens a tag on its way (compression) does not change what it stands for.
    if known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let answer = EvaluationsAnswer { flags: flags.into_iter().map(EvaluationAnswer::from).collect() };
    Ok(([(header::ETAG, tag)], Json(answer)).into_response())
}

async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<EvaluationBody, String> {
    let read = Payload::read(headers, body, limits, limits.request_bytes).await;
    read.and_then(|payload| payload.json()).map_err(|error| error.message().to_owned())
}

fn failure(status: StatusCode, key: Option<String>, (error_code, error_details): (&'static str, String)) -> Response {
    (status, Json(EvaluationFailure { key, error_code, error_details })).into_response()
}
