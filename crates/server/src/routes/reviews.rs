use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::ReviewScope;
use types::ItemId;

use super::Shared;
use super::items::unknown_item;
use crate::error::ApiResult;
use crate::extract::{InShop, InShopWith, Options};
use crate::keys::Scope;
use crate::wire::{AlertsAnswer, AlertsOptions, ErrorAnswer, ItemReviewsOptions, ReviewsAnswer, ReviewsOptions};

/// Sum up an item's reviews: praise and blame by aspect, quotes, what many say, week by week. Fit to be shown to shoppers.
#[utoipa::path(get, path = "/v1/{shop}/items/{item}/reviews", tag = "reviews",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item's id", example = "B07XJ8C8F5"), ItemReviewsOptions),
    responses((status = 200, description = "What its reviews say.", body = ReviewsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn of_item(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
    Options(options): Options<ItemReviewsOptions>,
) -> ApiResult<Json<ReviewsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let options = options.read()?;
    let shop = app.shop(&shop)?;
    let read = move || {
        let report = shop.reviews(&ReviewScope { item: Some(item.clone()), ..ReviewScope::default() }, &options);
        if report.items == 0 && shop.item(&item)?.is_none() {
            return Err(unknown_item(&item));
        }
        Ok(ReviewsAnswer::from(report))
    };
    Ok(Json(app.tasks.run(read).await?.value))
}

/// Sum up the reviews of the shop, a brand or a category.
#[utoipa::path(get, path = "/v1/{shop}/reviews", tag = "reviews",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), ReviewsOptions),
    responses((status = 200, description = "What the reviews say.", body = ReviewsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn of_shop(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<ReviewsOptions>,
) -> ApiResult<Json<ReviewsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let (scope, options) = options.read()?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(ReviewsAnswer::from(shop.reviews(&scope, &options)))).await?.value))
}

/// List items, brands and topics whose share of negative reviews rose significantly against its own past.
///
/// Each is watched week by week by a test that may be looked at as often as one likes; of those told, the share of false
/// alerts is bounded by `false_share`.
#[utoipa::path(get, path = "/v1/{shop}/alerts", tag = "reviews",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), AlertsOptions),
    responses((status = 200, description = "The alerts, with their evidence.", body = AlertsAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn alerts(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<AlertsOptions>,
) -> ApiResult<Json<AlertsAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let options = options.read()?;
    let shop = app.shop(&shop)?;
    Ok(Json(app.tasks.run(move || Ok(AlertsAnswer::from(shop.review_alerts(&options)))).await?.value))
}
