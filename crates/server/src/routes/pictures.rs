use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use types::{EventBody, ItemId, ItemPatch};

use super::Shared;
use super::answers::answer;
use super::events::append_events;
use super::items::{event, unknown_item};
use crate::body::Payload;
use crate::error::ApiResult;
use crate::extract::{InShop, InShopWith, Options};
use crate::keys::Scope;
use crate::wire::{BatchAnswer, DuplicatesAnswer, DuplicatesOptions, ErrorAnswer, SearchBody, SlateAnswer, number};

/// Give an item a picture: JPEG, PNG or WebP, at most 12 MiB and 40 million pixels. What an image encoder sees in it is
/// kept with the item; the picture itself is not. `{"picture": null}` in a patch takes it away.
#[utoipa::path(post, path = "/v1/{shop}/items/{item}/picture", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item", example = "boots-1")),
    request_body(content = Vec<u8>, content_type = "image/jpeg", description = "The picture's file, as it is."),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn set(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let bytes = Payload::picture(&headers, body, &app.config.limits).await?;
    let shop = app.shop(&shop)?;
    let reader = Arc::clone(&shop);
    let see = move || {
        if reader.item(&item)?.is_none() {
            return Err(unknown_item(&item));
        }
        let picture = reader.see_picture(&bytes)?;
        Ok(ItemPatch { picture: Some(Some(picture)), ..ItemPatch::new(item) })
    };
    let patch = app.tasks.run(see).await?.value;
    let event = event(EventBody::ItemPatched(patch), app.clock.now());
    Ok(Json(append_events(&app, &shop, vec![event]).await?.into()))
}

/// Search with a picture in the body that may be large: as `POST /v1/{shop}/search`, up to 12 MiB.
#[utoipa::path(post, path = "/v1/{shop}/pictures/search", tag = "answers",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = SearchBody, examples(
        ("picture" = (summary = "A picture beside words", value = json!({
            "query": "boots", "picture": "iVBORw0KGgo=", "picture_weight": 0.7, "limit": 10}))))),
    responses((status = 200, description = "The answer.", body = SlateAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer),
        (status = 503, description = "Too much work; `Retry-After` says when to try again.", body = ErrorAnswer)))]
pub(crate) async fn search(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Response> {
    let pass = app.admit(&headers, &shop, Scope::Search)?;
    let limits = &app.config.limits;
    let payload = Payload::read(&headers, body, limits, limits.picture_bytes).await?;
    let now = app.clock.now();
    let read = move || Ok(payload.json::<SearchBody>()?.into_asked(now)?);
    let asked = app.tasks.run(read).await?.value;
    pass.needs(asked.scope())?;
    answer(&app, &shop, asked).await
}

/// Items whose pictures are the same or nearly so, in groups, the largest first. Takes some milliseconds an item.
#[utoipa::path(get, path = "/v1/{shop}/pictures/duplicates", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), DuplicatesOptions),
    responses((status = 200, description = "The groups.", body = DuplicatesAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn duplicates(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<DuplicatesOptions>,
) -> ApiResult<Json<DuplicatesAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let cosine = number("cosine", options.cosine.unwrap_or(0.98), 0.5, 1.0)?;
    let shop = app.shop(&shop)?;
    let groups = app.tasks.run(move || Ok(shop.duplicate_pictures(cosine)?)).await?.value;
    let named = |group: Vec<ItemId>| group.iter().map(ToString::to_string).collect();
    Ok(Json(DuplicatesAnswer { groups: groups.into_iter().map(named).collect() }))
}
