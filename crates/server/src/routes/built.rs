//! Pages that are built apart and embedded: how their files are sent. They hold nothing of any shop; what they show they ask of
//! the API.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use include_dir::{Dir, File};
use sha2::{Digest as _, Sha256};

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

/// A file, or that it has not changed since the browser took it; `None` where there is none of that name.
pub(crate) fn file(files: &'static Dir<'static>, path: &str, headers: &HeaderMap) -> Option<Response> {
    let file = files.get_file(path)?;
    let tag = tag(file);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if known.split(',').any(|one| one.trim() == tag) {
        return Some((StatusCode::NOT_MODIFIED, GUARDS, [(header::ETAG, tag)]).into_response());
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream().to_string();
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind };
    Some((GUARDS, [(header::ETAG, tag), (header::CONTENT_TYPE, kind)], file.contents()).into_response())
}

/// Names a file's content. Weak, because the same content may travel compressed or not.
fn tag(file: &File<'_>) -> String {
    let digest = Sha256::digest(file.contents());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}
