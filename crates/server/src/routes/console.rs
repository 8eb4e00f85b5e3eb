//! The console, a page for merchandisers and engineers: files built from `web/console`, inside the program. It holds nothing
//! of any shop: what it shows it asks of the API, with the reader's key.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};

use super::built;
use crate::app::App;
use crate::error::ApiError;

/// The built files; `web/console/check.sh` tells whether they are current.
pub(crate) static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/console/dist");

/// The pages of the console.
pub(crate) fn pages() -> Router<Arc<App>> {
    let index = async |headers: HeaderMap| file("index.html", &headers);
    let other = async |Path(path): Path<String>, headers: HeaderMap| file(&path, &headers);
    Router::new()
        .route("/console", get(async || Redirect::permanent("/console/")))
        .route("/console/", get(index))
        .route("/console/{*path}", get(other))
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    built::file(&FILES, path, headers).unwrap_or_else(|| {
        ApiError::unknown("unknown_route", "the console has no such file; it begins at /console/").into_response()
    })
}
