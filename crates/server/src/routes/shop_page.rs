//! The shop page, where shoppers search, look and buy: files built from `web/shop`, inside the program. It holds nothing of any
//! shop: what it shows it asks of the API and of the storefront protocol.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};
use types::ShopId;

use super::built;
use crate::app::App;
use crate::error::ApiError;

/// The built files; `web/shop/check.sh` tells whether they are current.
pub(crate) static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/shop/dist");

/// The page, which is the same for every shop: `/shop/?shop=gifts` or `/shop/gifts` names the one to show.
pub(crate) fn pages() -> Router<Arc<App>> {
    let index = async |headers: HeaderMap| file("index.html", &headers);
    let other = async |Path(path): Path<String>, headers: HeaderMap| file(page_of(&path), &headers);
    Router::new()
        .route("/shop", get(async || Redirect::permanent("/shop/")))
        .route("/shop/", get(index))
        .route("/shop/{*path}", get(other))
}

/// The file behind a path: a shop's name, which has no dot and no slash, stands for the page itself. Whether there is such a
/// shop the page asks, as it may need a key.
fn page_of(path: &str) -> &str {
    if ShopId::new(path).is_ok() { "index.html" } else { path }
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    built::file(&FILES, path, headers).unwrap_or_else(|| {
        ApiError::unknown("unknown_route", "the shop page has no such file; it begins at /shop/").into_response()
    })
}
