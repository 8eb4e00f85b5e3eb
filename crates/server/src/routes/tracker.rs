//! The script that a shop's pages load to tell what shoppers do: a file built from `web/tracker`, inside the program.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::routing::get;

use crate::app::App;

/// The built file; `web/tracker/check.sh` tells whether it is current.
pub(crate) const SCRIPT: &str = include_str!("../../../../web/tracker/dist/m.js");

/// Pages of any origin load it, those that only take what is meant for others included. An hour is how long a change of it may
/// take to reach them.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
];

/// The script's route.
pub(crate) fn script() -> Router<Arc<App>> {
    Router::new().route("/m.js", get(async || (HEADERS, SCRIPT)))
}
