//! What steers understanding: synonyms that are proposed, and a shop's own intents.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::{Shared, page_limit};
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, Options};
use crate::keys::Scope;
use crate::wire::{
    DecidedAnswer, DecisionsBody, ErrorAnswer, IntentsAnswer, IntentsBody, ProposalsAnswer, ProposalsOptions,
};

/// List synonyms that clicks, searches and the catalogue speak for, with the evidence. None is in force until accepted.
#[utoipa::path(get, path = "/v1/{shop}/synonyms/proposals", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), ProposalsOptions),
    responses((status = 200, description = "The proposals.", body = ProposalsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn proposals(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<ProposalsOptions>,
) -> ApiResult<Json<ProposalsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limit = page_limit(options.limit)?;
    let shop = app.shop(&shop)?;
    let list = move || {
        let proposals = shop.synonym_proposals()?.into_iter().take(limit).map(Into::into).collect();
        let rejected = shop.rejected_synonyms()?.into_iter().map(Into::into).collect();
        Ok(ProposalsAnswer { proposals, rejected })
    };
    Ok(Json(app.tasks.run(list).await?.value))
}

/// Accept, reject or restore proposed synonyms. All or nothing; what is accepted is in force for the next search.
#[utoipa::path(post, path = "/v1/{shop}/synonyms/proposals", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body = DecisionsBody,
    responses((status = 200, description = "Done.", body = DecidedAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn decide_proposals(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<DecidedAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: DecisionsBody = Payload::read(&headers, body, limits, limits.request_bytes).await?.json()?;
    let decisions = body.read()?;
    let shop = app.shop(&shop)?;
    let decide = move || {
        let rules = shop.decide_synonyms(&decisions)?;
        Ok(DecidedAnswer {
            rules: engine::synonyms_to_text(&rules).lines().map(str::to_owned).collect(),
            rejected: decisions.reject.len(),
            restored: decisions.restore.len(),
        })
    };
    Ok(Json(app.tasks.run(decide).await?.value))
}

/// Read the shop's own intents, with how well they are told apart.
#[utoipa::path(get, path = "/v1/{shop}/intents", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 200, description = "The intents.", body = IntentsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn intents(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<Json<IntentsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    Ok(Json(answer(&shop)))
}

/// Define the shop's own intents by 5 to 20 examples each, all of them at once. Answers with how well each is told from the
/// others by cross-validation; readings use them at once, beside the built-in ones.
#[utoipa::path(put, path = "/v1/{shop}/intents", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body = IntentsBody,
    responses((status = 200, description = "In force.", body = IntentsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set_intents(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<IntentsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let limits = &app.config.limits;
    let body: IntentsBody = Payload::read(&headers, body, limits, limits.item_bytes).await?.json()?;
    let definitions = body.read()?;
    let shop = app.shop(&shop)?;
    let set = move || {
        shop.set_intents(definitions)?;
        Ok(answer(&shop))
    };
    Ok(Json(app.tasks.run(set).await?.value))
}

/// Take the shop's own intents away.
#[utoipa::path(delete, path = "/v1/{shop}/intents", tag = "settings",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    responses((status = 204, description = "Gone."),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn delete_intents(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
) -> ApiResult<StatusCode> {
    let _pass = app.admit(&headers, &shop, Scope::Admin)?;
    let shop = app.shop(&shop)?;
    app.tasks.run(move || Ok(shop.set_intents(Vec::new())?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(shop: &engine::Shop) -> IntentsAnswer {
    let (definitions, report) = shop.intents();
    let intents = definitions.into_iter().map(Into::into).collect();
    IntentsAnswer { intents, report: report.map(|report| (&*report).into()) }
}
