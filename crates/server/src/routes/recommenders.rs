//! Trained recommenders: begin and follow a training, list what there is, put it in force, take it back.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use engine::{ModelOrder, trained_kind};

use super::Shared;
use crate::body::Payload;
use crate::error::{ApiError, ApiResult};
use crate::extract::InShop;
use crate::keys::Scope;
use crate::training::By;
use crate::wire::{
    ErrorAnswer, InForceAnswer, PromoteBody, RecommendersAnswer, RollBackBody, TrainBody, TrainingAnswer,
};

/// Where trainings of recommenders are kept; see [`engine::ModelKind::path`].
const PATH: &str = "recommenders";

/// Train a recommender in the background. The chosen models learn the log up to its last days and are compared there, side
/// by side with what is in force and what is learnt live; the best is trained again on everything and kept as a new version.
/// One training at a time; ask for its state with GET, stop it with DELETE.
#[utoipa::path(post, path = "/v1/{shop}/recommenders/train", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body(content = TrainBody, examples(
        ("all" = (summary = "Find the best model, use it if it is better", value = json!({"promote": "if-better"}))),
        ("购物车" = (summary = "训练购物车的搭配推荐", value = json!({"kind": "bought-together", "models": ["all"], "promote": "if-better"}))))),
    responses((status = 202, description = "Begun.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn train(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<(StatusCode, Json<TrainingAnswer>)> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: TrainBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let order = ModelOrder::Recommender(body.read()?);
    let training = app.trainings.begin(&app.shop(&shop)?, order, By::Request, app.clock.now())?;
    Ok((StatusCode::ACCEPTED, Json(TrainingAnswer::of(Some(&training)))))
}

/// How does the last training stand?
#[utoipa::path(get, path = "/v1/{shop}/recommenders/train", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "How it stands.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn training(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<TrainingAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let training = app.trainings.of(app.shop(&shop)?.id().as_str(), PATH);
    Ok(Json(TrainingAnswer::of(training.as_deref())))
}

/// Stop the training that is under way; nothing of it is kept.
#[utoipa::path(delete, path = "/v1/{shop}/recommenders/train", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "It stops within a second or so.", body = TrainingAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn cancel(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<TrainingAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let cancelled = app.trainings.cancel(app.shop(&shop)?.id().as_str(), PATH);
    let training = cancelled.ok_or_else(|| ApiError::unknown("training_unknown", "no training is under way"))?;
    Ok(Json(TrainingAnswer::of(Some(&training))))
}

/// List the trained recommenders with their reports.
#[utoipa::path(get, path = "/v1/{shop}/recommenders", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    responses((status = 200, description = "The versions of each kind.", body = RecommendersAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn list(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<RecommendersAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || RecommendersAnswer::of(&shop)).await?.value))
}

/// Put a version in force: the next request is answered by it. One that is damaged or of another catalogue is refused.
#[utoipa::path(post, path = "/v1/{shop}/recommenders/promote", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body = PromoteBody,
    responses((status = 200, description = "In force.", body = InForceAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn promote(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<InForceAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: PromoteBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let (kind, shop) = (trained_kind(&body.kind)?, app.shop(&shop)?);
    let promote = move || {
        shop.promote_recommender(kind, body.version)?;
        Ok(InForceAnswer { kind: kind.name(), in_force: shop.recommender(kind) })
    };
    Ok(Json(app.tasks.run(promote).await?.value))
}

/// Take the last promotion of a kind back: what was in force before is again, at last what is learnt live.
#[utoipa::path(post, path = "/v1/{shop}/recommenders/roll-back", tag = "recommenders",
    params(("shop" = String, Path, description = "The shop", example = "gifts")),
    request_body = RollBackBody,
    responses((status = 200, description = "What is in force now.", body = InForceAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn roll_back(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<InForceAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: RollBackBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let (kind, shop) = (trained_kind(&body.kind)?, app.shop(&shop)?);
    let roll_back = move || {
        let in_force = shop.roll_back_recommender(kind)?;
        Ok(InForceAnswer { kind: kind.name(), in_force })
    };
    Ok(Json(app.tasks.run(roll_back).await?.value))
}
