use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use types::FieldError;

use crate::error::ApiError;

/// Why a call of a storefront's client is not answered as asked, as those clients read it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) retry_after: Option<HeaderValue>,
}

/// Results of handlers.
pub(crate) type Answer<T> = Result<T, Refused>;

impl Refused {
    /// The call cannot be understood.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// There is no such thing.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// The key does not open this.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        let (status, message) = (error.status, error.told());
        let response = error.into_response();
        Self { status, message, retry_after: response.headers().get(header::RETRY_AFTER).cloned() }
    }
}

impl From<FieldError> for Refused {
    fn from(error: FieldError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<engine::Error> for Refused {
    fn from(error: engine::Error) -> Self {
        ApiError::from(error).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        // Clients try another host for whatever is not 4xx, and there is none: what is too much now is told as such.
        let status =
            if self.status == StatusCode::SERVICE_UNAVAILABLE { StatusCode::TOO_MANY_REQUESTS } else { self.status };
        let body = json!({ "message": self.message, "status": status.as_u16() });
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
