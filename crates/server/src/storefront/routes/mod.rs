//! The calls of the protocol, each read, made into native requests and told in its words.

mod entries;
mod indices;
mod records;
mod searches;

use std::sync::Arc;

use axum::routing::{delete, post};
use axum::{Json, Router};
use serde_json::Value;

use super::call::Call;
use super::error::Answer;
use super::{ALL, events, keys};
use crate::app::App;
use crate::extract::Params as Parts;
use crate::keys::Scope;

/// The routes of the storefront protocol.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(indices::routes())
        .merge(searches::routes())
        .merge(records::routes())
        .merge(entries::routes())
        .merge(keys::routes())
        .route("/1/events", post(push_events))
        .route("/1/usertokens/{token}", delete(forget))
}

async fn push_events(call: Call) -> Answer<Json<Value>> {
    Ok(Json(events::push(&call.app, &call.caller, &call.body).await?))
}

async fn forget(Parts(token): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.needs(Scope::Write, ALL)?;
    Ok(Json(events::forget(&call.app, &call.caller, &token).await?))
}
