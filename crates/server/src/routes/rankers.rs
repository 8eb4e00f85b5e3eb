//! Trained rankers: begin and follow a training, list what there is, put it in force, take it back.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use engine::{ModelKind, ModelOrder, RankerKind};
use types::{FieldError, ShopId};

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, Params};
use crate::keys::Scope;
use crate::training::By;
use crate::wire::{ErrorAnswer, InForceAnswer, RankerAnswer, RankersAnswer, TrainRankerBody, TrainingAnswer};

/// The shop and the kind of a path.
fn within((shop, kind): (String, String)) -> Result<(ShopId, RankerKind), FieldError> {
    Ok((ShopId::new(shop)?, RankerKind::from_name(&kind)?))
}

/// The shop, the kind and the version of a path.
fn one_of((shop, kind, version): (String, String, String)) -> Result<(ShopId, RankerKind, u32), FieldError> {
    let (shop, kind) = within((shop, kind))?;
    let number = version.parse().ok().filter(|number| *number > 0);
    let number =
        number.ok_or_else(|| FieldError::new("value_invalid", "version", "a whole number above 0", version))?;
    Ok((shop, kind, number))
}

/// Train a ranker on the shop's own log in the background. Ways of training are compared by cross-validation, and the best
/// with the untrained ranker on the last fifth of the answers; it is trained again on everything and kept as a new version.
/// One training at a time; ask for its state with GET, stop it with DELETE.
#[utoipa::path(post, path = "/v1/{shop}/rankers/{kind}/train", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search")),
    request_body(content = TrainRankerBody, examples(
        ("if better" = (summary = "Use it if it is better", value = json!({"promote": "if-better"}))),
        ("不看个人" = (summary = "不使用顾客的个人偏好", value = json!({"impersonal": true, "slates": 20000}))))),
    responses((status = 202, description = "Begun.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn train(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String)>,
    body: Body,
) -> ApiResult<(StatusCode, Json<TrainingAnswer>)> {
    let (shop, kind) = within(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: TrainRankerBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let order = ModelOrder::Ranker(body.read(kind)?);
    let training = app.trainings.begin(&app.shop(&shop)?, order, By::Request, app.clock.now())?;
    Ok((StatusCode::ACCEPTED, Json(TrainingAnswer::of(Some(&training)))))
}

/// How does the last training of this kind of ranker stand?
#[utoipa::path(get, path = "/v1/{shop}/rankers/{kind}/train", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search")),
    responses((status = 200, description = "How it stands.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn training(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String)>,
) -> ApiResult<Json<TrainingAnswer>> {
    let (shop, kind) = within(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let training = app.trainings.of(app.shop(&shop)?.id().as_str(), ModelKind::Ranker(kind).path());
    Ok(Json(TrainingAnswer::of(training.as_deref())))
}

/// Stop the training of this kind of ranker that is under way; nothing of it is kept.
#[utoipa::path(delete, path = "/v1/{shop}/rankers/{kind}/train", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search")),
    responses((status = 200, description = "It stops within a second or so.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn cancel(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String)>,
) -> ApiResult<Json<TrainingAnswer>> {
    let (shop, kind) = within(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let cancelled = app.trainings.cancel(app.shop(&shop)?.id().as_str(), ModelKind::Ranker(kind).path());
    let training = cancelled.ok_or_else(|| ApiError::unknown("training_unknown", "no training is under way"))?;
    Ok(Json(TrainingAnswer::of(Some(&training))))
}

/// List the trained rankers: versions, what is in force, and how each did.
#[utoipa::path(get, path = "/v1/{shop}/rankers", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The versions of each kind.", body = RankersAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<RankersAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || RankersAnswer::of(&shop)).await?.value))
}

/// One version with its whole report: the comparison, the importance of every feature, the curve of its training.
#[utoipa::path(get, path = "/v1/{shop}/rankers/{kind}/{version}", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search"),
        ("version" = u32, Path, description = "The version", example = 3)),
    responses((status = 200, description = "The version.", body = RankerAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn get(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String, String)>,
) -> ApiResult<Json<RankerAnswer>> {
    let (shop, kind, version) = one_of(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    let read = move || Ok(RankerAnswer::from(shop.known_ranker(kind, version)?));
    Ok(Json(app.tasks.run(read).await?.value))
}

/// Put a version in force: the next request is scored by it. One that is damaged, or reads features that this server
/// computes otherwise, is refused.
#[utoipa::path(post, path = "/v1/{shop}/rankers/{kind}/{version}/promote", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search"),
        ("version" = u32, Path, description = "The version", example = 3)),
    responses((status = 200, description = "In force.", body = InForceAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn promote(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String, String)>,
) -> ApiResult<Json<InForceAnswer>> {
    let (shop, kind, version) = one_of(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let promote = move || {
        shop.promote_ranker(kind, version)?;
        Ok(InForceAnswer { kind: kind.name(), in_force: shop.ranker(kind) })
    };
    Ok(Json(app.tasks.run(promote).await?.value))
}

/// Take the last promotion back: what was in force before is again, at last the untrained ranker.
#[utoipa::path(post, path = "/v1/{shop}/rankers/{kind}/roll-back", tag = "rankers",
    params(("shop" = String, Path, description = "The shop", example = "gifts"),
        ("kind" = String, Path, description = "`search` or `recommend`", example = "search")),
    responses((status = 200, description = "What is in force now.", body = InForceAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn roll_back(
    State(app): Shared,
    headers: HeaderMap,
    Params(path): Params<(String, String)>,
) -> ApiResult<Json<InForceAnswer>> {
    let (shop, kind) = within(path)?;
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    let roll_back = move || {
        let in_force = shop.roll_back_ranker(kind)?;
        Ok(InForceAnswer { kind: kind.name(), in_force })
    };
    Ok(Json(app.tasks.run(roll_back).await?.value))
}
