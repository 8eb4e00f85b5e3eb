use std::borrow::Cow;
use std::io::Read as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use types::FieldError;

use crate::config::Limits;
use crate::error::{ApiError, ApiResult};
use crate::wire::RowError;

/// Bodies up to this size are parsed where they arrive; larger (or compressed) ones on a thread that may block.
const INLINE_BYTES_MAX: usize = 64 << 10;

/// A body as it came: read to its end, not yet decompressed or parsed.
pub(crate) struct Payload {
    bytes: Bytes,
    gzip: bool,
    lines: bool,
    limit: usize,
}

/// One document of a batch, with its row from 1.
pub(crate) struct Document {
    pub(crate) row: usize,
    pub(crate) value: Value,
}

impl Payload {
    /// Reads a body of at most `limit` bytes.
    ///
    /// A body needs a content type: a page of a foreign origin can send a body without one, or as `text/plain` or a
    /// form, with no questions asked by the browser, and must not reach a server on the loopback address that way.
    pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: &Limits, limit: usize) -> ApiResult<Self> {
        let lines = is_lines(headers)?;
        let gzip = is_gzip(headers)?;
        let bytes = Self::bytes(headers, body, limits, limit).await?;
        Ok(Self { bytes, gzip, lines, limit })
    }

    /// Reads one JSON document of at most `limit` bytes, whatever content type it comes with. Only for routes whose caller
    /// proves with a key that he is meant: see [`Payload::read`].
    pub(crate) async fn untyped(headers: &HeaderMap, body: Body, limits: &Limits, limit: usize) -> ApiResult<Self> {
        let gzip = is_gzip(headers)?;
        let bytes = Self::bytes(headers, body, limits, limit).await?;
        Ok(Self { bytes, gzip, lines: false, limit })
    }

    /// Reads a picture of at most [`Limits::picture_bytes`] bytes, as it is.
    pub(crate) async fn picture(headers: &HeaderMap, body: Body, limits: &Limits) -> ApiResult<Bytes> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if !kind.to_ascii_lowercase().starts_with("image/") {
            let message = "send the picture as it is, with a `Content-Type` such as `image/jpeg`";
            let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported", message);
            return Err(error.at("Content-Type", "image/jpeg, image/png or image/webp"));
        }
        Self::bytes(headers, body, limits, limits.picture_bytes).await
    }

    async fn bytes(headers: &HeaderMap, body: Body, limits: &Limits, limit: usize) -> ApiResult<Bytes> {
        let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if announced.and_then(|text| text.parse::<u64>().ok()).is_some_and(|bytes| bytes > limit as u64) {
            return Err(too_large(limit));
        }
        let bytes = tokio::time::timeout(limits.body_time, axum::body::to_bytes(body, limit)).await;
        let bytes = bytes.map_err(|_| {
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", "the body took too long to arrive")
        })?;
        let bytes = bytes.map_err(|error| match error.into_inner().is::<LengthLimitError>() {
            true => too_large(limit),
            false => ApiError::malformed("body_interrupted", "the connection broke while the body was sent"),
        })?;
        if bytes.is_empty() {
            return Err(ApiError::malformed("body_missing", "this route needs a body"));
        }
        Ok(bytes)
    }

    /// Whether parsing takes so long that it belongs on a thread that may block.
    pub(crate) fn is_heavy(&self) -> bool {
        self.gzip || self.bytes.len() > INLINE_BYTES_MAX
    }

    /// The one JSON document of the body.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> ApiResult<T> {
        let text = self.text()?;
        // serde takes an array for a struct's fields in order, which nobody means to send.
        if text.trim_start().starts_with('[') {
            return Err(FieldError::new("type_mismatch", "", "an object", "an array").into());
        }
        parse(&text)
    }

    /// The JSON of the body, whatever it is.
    pub(crate) fn any(&self) -> ApiResult<Value> {
        parse(&self.text()?)
    }

    /// The documents of the body: a JSON array, one JSON object, or a line each. Lines that cannot be read become
    /// rejected rows; an array that cannot be read is one error, since its rows cannot be told apart.
    pub(crate) fn documents(&self) -> ApiResult<(Vec<Document>, Vec<RowError>)> {
        let text = self.text()?;
        let (mut documents, mut refused) = (Vec::new(), Vec::new());
        if self.lines {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            for (row, (index, line)) in lines.enumerate() {
                match parse::<Value>(line) {
                    Ok(value) => documents.push(Document { row: row + 1, value }),
                    Err(error) => refused.push(RowError::from_line(row + 1, index + 1, &error)),
                }
            }
        } else {
            let values = match parse::<Value>(&text)? {
                Value::Array(values) => values,
                other => vec![other],
            };
            documents.extend(values.into_iter().enumerate().map(|(index, value)| Document { row: index + 1, value }));
        }
        Ok((documents, refused))
    }

    fn text(&self) -> ApiResult<Cow<'_, str>> {
        if !self.gzip {
            return std::str::from_utf8(&self.bytes).map(Cow::Borrowed).map_err(|error| not_utf8(error.valid_up_to()));
        }
        // Reads at most one byte more than allowed, so that a small body cannot unpack into a huge one.
        let mut plain = Vec::new();
        let unpacked = flate2::read::MultiGzDecoder::new(&self.bytes[..]);
        unpacked
            .take(self.limit as u64 + 1)
            .read_to_end(&mut plain)
            .map_err(|error| ApiError::malformed("gzip_invalid", format!("the body is not gzip: {error}")))?;
        if plain.len() > self.limit {
            return Err(too_large(self.limit));
        }
        String::from_utf8(plain).map(Cow::Owned).map_err(|error| not_utf8(error.utf8_error().valid_up_to()))
    }
}

/// Parses JSON; errors of syntax name line and column, errors of content name the field.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> ApiResult<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner())
    })?;
    json.end().map_err(|error| refused(".", &error))?;
    Ok(value)
}

fn refused(path: &str, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    match error.classify() {
        Category::Data => {
            let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
            refused_content(path, what)
        }
        Category::Syntax | Category::Eof | Category::Io => {
            ApiError::malformed("invalid_json", format!("not JSON: {message}"))
        }
    }
}

fn refused_content(path: &str, what: &str) -> ApiError {
    let code = match what {
        _ if what.starts_with("unknown field") => "unknown_field",
        _ if what.starts_with("missing field") => "field_missing",
        _ if what.starts_with("invalid type") => "type_mismatch",
        _ => "value_invalid",
    };
    let quoted = what.split('`').nth(1).unwrap_or("");
    let named = match (code, path) {
        ("field_missing", ".") => quoted.to_owned(),
        ("field_missing", path) => format!("{path}.{quoted}"),
        (_, ".") => String::new(),
        (_, path) => path.to_owned(),
    };
    let expected = match what.split_once("expected ") {
        Some((_, expected)) => expected.to_owned(),
        None if code == "field_missing" => "a value".to_owned(),
        None => what.to_owned(),
    };
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, what).at(named, expected)
}

fn is_lines(headers: &HeaderMap) -> ApiResult<bool> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Ok(false),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(true),
        _ => {
            let message = "send `Content-Type: application/json` (or `application/x-ndjson`, a document a line)";
            let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported", message);
            Err(error.at("Content-Type", "application/json or application/x-ndjson"))
        }
    }
}

fn is_gzip(headers: &HeaderMap) -> ApiResult<bool> {
    let value = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?"));
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("identity") => Ok(false),
        Some("gzip" | "x-gzip") => Ok(true),
        Some(_) => {
            let message = "send the body plain or with `Content-Encoding: gzip`";
            let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding_unsupported", message);
            Err(error.at("Content-Encoding", "gzip or none"))
        }
    }
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("the body is larger than {limit} bytes, the most this route takes after decompression");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}

fn not_utf8(at: usize) -> ApiError {
    ApiError::malformed("invalid_utf8", format!("the body is not UTF-8: byte {at} fits no character"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::SearchBody;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "an `expect![]` is written in place")]
    fn check(json: &str, expected: Expect) {
        let error = parse::<SearchBody>(json).unwrap_err().respond("t");
        let body = futures_block(axum::body::to_bytes(error.into_body(), 1 << 20)).unwrap();
        let value: Value = serde_json::from_slice(&body).unwrap();
        let error = &value["error"];
        let part = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
        expected.assert_eq(&format!("{} | {} | {}", part("code"), part("field"), part("expected")));
    }

    fn futures_block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn errors_name_the_field_or_the_place() {
        check("{\"query\": ", expect!["invalid_json | - | -"]);
        check("{\"query\": 3}", expect!["type_mismatch | query | a string"]);
        check(
            "{\"facets\": [{\"attribute\": \"brand\", \"limit\": \"x\"}]}",
            expect![
                "value_invalid | facets[0] | an attribute's name, or {\"attribute\", \"limit\", \"disjunctive\", \"bins\", \"under\"}"
            ],
        );
        check("{\"limit\": -1}", expect!["value_invalid | limit | usize"]);
        check(
            "{\"颜色\": 1}",
            expect![
                "unknown_field | 颜色 | one of `query`, `picture`, `picture_weight`, `filter`, `facets`, `sort`, `group`, `offset`, `limit`, `cursor`, `method`, `weights`, `fields`, `depth`, `cutoff`, `understanding`, `user`, `anonymous`, `session`, `personalise`, `items`, `exclude`, `rules`, `curated`, `preview`, `include_unavailable`, `exclude_seen`, `diversity`, `reranking`, `snippets`, `explain`, `segment`, `cross_encoder`, `device`, `surface`, `record`, `seed`"
            ],
        );
    }
}
