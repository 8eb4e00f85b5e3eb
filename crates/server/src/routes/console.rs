//! The console, a page for merchandisers and engineers: files built from `web/console`, inside the program. It holds nothing
//! of any shop: what it shows it asks of the API, with the reader's key.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use include_dir::{Dir, File, include_dir};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::ApiError;

/// The built files; `web/console/check.sh` tells whether they are current.
pub(crate) static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../web/console/dist");

/// Only our own files run, nothing is asked of other hosts, and no page may hold this one in a frame. Names carry no
/// hashes, so browsers ask each time whether a file has changed.
const GUARDS: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
];

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
    let Some(file) = FILES.get_file(path) else {
        return ApiError::unknown("unknown_route", "the console has no such file; it begins at /console/")
            .into_response();
    };
    let tag = tag(file);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known.split(',').any(|one| one.trim() == tag) {
        return (StatusCode::NOT_MODIFIED, GUARDS, [(header::ETAG, tag)]).into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream().to_string();
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind };
    (GUARDS, [(header::ETAG, tag), (header::CONTENT_TYPE, kind)], file.contents()).into_response()
}

/// Names a file's content. Weak, because the same content may travel compressed or not.
fn tag(file: &File<'_>) -> String {
    let digest = Sha256::digest(file.contents());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}
