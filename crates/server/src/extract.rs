use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use types::{FieldError, ItemId, ShopId, UserId};

use crate::error::{ApiError, ApiResult};

/// The parts of a path, with errors in our envelope.
pub(crate) struct Params<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    S: Send + Sync,
    Path<T>: FromRequestParts<S, Rejection = PathRejection>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        let Path(params) = path.map_err(|error| ApiError::malformed("path_invalid", error.body_text()))?;
        Ok(Self(params))
    }
}

/// What follows the `?`, with errors in our envelope.
pub(crate) struct Options<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Options<T>
where
    S: Send + Sync,
    Query<T>: FromRequestParts<S, Rejection = QueryRejection>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        let Query(options) = query.map_err(|error| ApiError::malformed("query_string_invalid", error.body_text()))?;
        Ok(Self(options))
    }
}

/// The `{shop}` of a path.
pub(crate) struct InShop(pub(crate) ShopId);

impl<S: Send + Sync> FromRequestParts<S> for InShop {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Params(shop) = Params::<String>::from_request_parts(parts, state).await?;
        Ok(Self(ShopId::new(shop)?))
    }
}

/// The `{shop}` of a path and an id after it.
pub(crate) struct InShopWith<T>(pub(crate) ShopId, pub(crate) T);

/// Ids that stand in paths.
pub(crate) trait PathId: Sized {
    /// Checks and wraps the text.
    fn from_path(text: String) -> Result<Self, FieldError>;
}

impl PathId for ItemId {
    fn from_path(text: String) -> Result<Self, FieldError> {
        Self::new(text)
    }
}

impl PathId for UserId {
    fn from_path(text: String) -> Result<Self, FieldError> {
        Self::new(text)
    }
}

impl PathId for String {
    fn from_path(text: String) -> Result<Self, FieldError> {
        Ok(text)
    }
}

impl<T: PathId, S: Send + Sync> FromRequestParts<S> for InShopWith<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let Params((shop, id)) = Params::<(String, String)>::from_request_parts(parts, state).await?;
        Ok(Self(ShopId::new(shop)?, T::from_path(id)?))
    }
}
