use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use types::FieldError;

use crate::wire::{ErrorAnswer, ErrorDetail, RowError};

/// Rejected rows that are listed in one answer, at most.
pub(crate) const ROWS_LISTED_MAX: usize = 100;

/// A request that is not answered as asked: status, stable code, and all the caller needs to mend it. The inside of an
/// operating error stays here for the log and is never sent.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// Boxed, because every handler's result has room for it.
    details: Box<Details>,
}

#[derive(Debug, Default)]
struct Details {
    message: String,
    field: Option<String>,
    expected: Option<String>,
    got: Option<String>,
    rows: Vec<RowError>,
    rows_refused: Option<usize>,
    retry_after_s: Option<u32>,
    challenge: bool,
    inside: Option<String>,
}

/// Results of handlers.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error with nothing but its code and a sentence.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, details: Box::new(Details { message: message.into(), ..Details::default() }) }
    }

    /// What is wrong, in a sentence, with the place.
    pub(crate) fn told(&self) -> String {
        let details = &*self.details;
        match (&details.field, &details.expected, &details.got) {
            (Some(field), Some(expected), Some(got)) if !field.is_empty() => {
                format!("{field}: expected {expected}, got {got}")
            }
            _ => details.message.clone(),
        }
    }

    /// The value that was refused, where it is about one.
    pub(crate) fn into_field(self) -> ApiResult<FieldError> {
        let Details { field, expected, got, .. } = &*self.details;
        match (field, expected, got) {
            (Some(field), Some(expected), Some(got)) => Ok(FieldError::new(self.code, field, expected, got)),
            _ => Err(self),
        }
    }

    fn with(mut self, edit: impl FnOnce(&mut Details)) -> Self {
        edit(&mut self.details);
        self
    }

    /// The request cannot be read: 400.
    pub(crate) fn malformed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// There is no such thing: 404.
    pub(crate) fn unknown(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// It stands against how things are: 409.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// Nobody is known to be asking: 401, with the scheme to use.
    pub(crate) fn unauthenticated(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message).with(|details| details.challenge = true)
    }

    /// The key is known but does not open this: 403.
    pub(crate) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// The server has as much work as it takes on: 503, to be tried again.
    pub(crate) fn overloaded() -> Self {
        let message = "the server has as much work as it takes on; try again shortly";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).retry_after(1)
    }

    /// A broken invariant of ours; `inside` goes to the log alone.
    pub(crate) fn internal(inside: impl Into<String>) -> Self {
        let message = "something went wrong inside the server; the trace id finds it in the log";
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message);
        error.with(|details| details.inside = Some(inside.into()))
    }

    /// Settings could not be put in force. There an encoder that cannot be loaded is one the caller should not have
    /// named, not a fault of ours.
    pub(crate) fn in_settings(error: engine::Error) -> Self {
        match error {
            engine::Error::Encoder { encoder, .. } => {
                tracing::warn!(encoder, inside = "settings name an encoder that cannot be loaded");
                FieldError::new("encoder_unknown", "encoders", "encoders that this server has", encoder).into()
            }
            other => other.into(),
        }
    }

    /// Rows of a batch were refused, so nothing of it was taken.
    pub(crate) fn rows(mut rows: Vec<RowError>) -> Self {
        let refused = rows.len();
        rows.truncate(ROWS_LISTED_MAX);
        let message = format!("{refused} rows were refused; nothing of the batch was taken");
        let first = rows.first().map(|row| (row.field.clone(), row.expected.clone()));
        let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rows_refused", message);
        let error = match first {
            Some((field, expected)) => error.at(field, expected),
            None => error,
        };
        error.with(|details| {
            details.rows = rows;
            details.rows_refused = Some(refused);
        })
    }

    /// The same error, telling when to try again.
    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        self.with(|details| details.retry_after_s = Some(seconds))
    }

    /// The same error, naming a field and what it should be.
    pub(crate) fn at(self, field: impl Into<String>, expected: impl Into<String>) -> Self {
        self.with(|details| {
            details.field = Some(field.into()).filter(|field| !field.is_empty());
            details.expected = Some(expected.into());
        })
    }

    /// The sentence.
    pub(crate) fn message(&self) -> &str {
        &self.details.message
    }

    /// Writes to the log what the caller is not told.
    pub(crate) fn log(&self, trace_id: &str) {
        if self.status.is_server_error() {
            let inside = self.details.inside.as_deref().unwrap_or("");
            tracing::error!(trace_id, status = self.status.as_u16(), code = self.code, inside, "request failed");
        }
    }

    /// The finished answer, carrying the request's trace id.
    pub(crate) fn respond(&self, trace_id: &str) -> Response {
        let error = ErrorDetail {
            code: self.code.to_owned(),
            message: self.details.message.clone(),
            field: self.details.field.clone(),
            expected: self.details.expected.clone(),
            got: self.details.got.clone(),
            docs: crate::codes::docs(self.code),
            rows: self.details.rows.clone(),
            rows_refused: self.details.rows_refused,
        };
        let body = Json(ErrorAnswer { error, trace_id: trace_id.to_owned() });
        let mut response = (self.status, body).into_response();
        if let Some(seconds) = self.details.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.details.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Handlers do not know the trace id: the error travels as an extension of the response, and the outermost layer
/// writes the body.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        let refused = Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.code, error.to_string());
        refused.at(error.field, error.expected).with(|details| details.got = Some(error.got))
    }
}

impl From<engine::Error> for ApiError {
    fn from(error: engine::Error) -> Self {
        use engine::Error as E;
        let code = error.code();
        let message = error.to_string();
        match error {
            E::Field(field) => field.into(),
            E::UnknownShop(_) => Self::unknown(code, message),
            E::ShopExists(_) => Self::new(StatusCode::CONFLICT, code, message),
            E::UnknownAttribute { attribute, known } => {
                let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
                error.at("", format!("one of: {known}")).with(|details| details.got = Some(attribute))
            }
            E::UnknownRecommender { version, known, .. } | E::UnknownRanker { version, known, .. } => {
                let error = Self::unknown(code, message).at("version", format!("one of {known:?}"));
                error.with(|details| details.got = Some(version.to_string()))
            }
            E::UnknownExperiment { .. } | E::UnknownCart => Self::unknown(code, message),
            E::TooManyCarts { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, code, message),
            E::UnfitRecommender { .. } | E::UnfitRanker { .. } => {
                Self::new(StatusCode::CONFLICT, code, message).at("version", "one that fits")
            }
            E::StaleCursor => Self::new(StatusCode::GONE, code, message).at("cursor", "the `next` of a recent answer"),
            E::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(1),
            E::Closing => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(5),
            other => {
                let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, code, other.to_string());
                error.with(|details| details.inside = Some(causes(&other)))
            }
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl From<crate::Error> for ApiError {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Engine(error) => error.into(),
            other => Self::internal(causes(&other)),
        }
    }
}
