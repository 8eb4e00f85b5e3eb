//! Indices: listed, set, copied, removed.

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use types::Millis;

use super::records::add_object;
use super::searches::search_by_address;
use crate::app::App;
use crate::extract::Params as Parts;
use crate::keys::Scope;
use crate::storefront::call::{Call, time};
use crate::storefront::error::{Answer, Refused};
use crate::storefront::params;

/// The routes of indices.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/1/indexes", get(list))
        .route("/1/indexes/{index}", get(search_by_address).post(add_object).delete(delete_index))
        .route("/1/indexes/{index}/operation", post(operation))
        .route("/1/indexes/{index}/settings", get(settings).put(set_settings))
        .route("/1/indexes/{index}/task/{task}", get(task))
        .route("/1/task/{task}", get(task))
}

async fn list(call: Call) -> Answer<Json<Value>> {
    let indices = call.answers(|call| {
        let mut items = Vec::new();
        for (name, index) in call.app.indices.all() {
            let Ok(resolved) = call.index(&name) else { continue };
            let stats = resolved.shop.stats()?;
            // What is on disk is the shop's: a replica has nothing of its own.
            let bytes = if index.primary.is_some() { 0 } else { stats.disk_bytes };
            let mut one = json!({ "name": name, "entries": stats.items, "fileSize": bytes,
                "createdAt": time(Millis(index.created_ms)), "updatedAt": time(Millis(index.updated_ms)),
                "numberOfPendingTasks": 0, "pendingTask": false });
            if let Some(primary) = &index.primary {
                one["primary"] = Value::from(primary.as_str());
            }
            if let Some(replicas) = index.settings.get("replicas") {
                one["replicas"] = replicas.clone();
            }
            items.push(one);
        }
        Ok(items)
    });
    Ok(Json(json!({ "items": indices.await?, "nbPages": 1 })))
}

async fn settings(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.needs(Scope::Write, &index)?;
    let resolved = call.index(&index)?;
    let own = call.app.indices.get(&index);
    let mut told = json!({ "hitsPerPage": 20, "maxValuesPerFacet": 100, "paginationLimitedTo": 1000, "version": 2 });
    if let Value::Object(members) = &mut told {
        members.extend((*resolved.settings).clone());
        members.extend(
            own.and_then(|own| own.primary.clone()).map(|primary| ("primary".to_owned(), Value::from(primary))),
        );
    }
    Ok(Json(told))
}

async fn set_settings(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, |call, writer| {
        let forward = call.address.get("forwardToReplicas") == Some(&Value::Bool(true));
        writer.set_settings(&call.members()?, forward)?;
        Ok(call.task())
    });
    Ok(Json(told.await?))
}

async fn operation(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, |call, writer| {
        let members = call.members()?;
        let destination = members.get("destination").and_then(Value::as_str);
        let destination = destination.ok_or_else(|| Refused::bad("destination: expected the name of an index"))?;
        call.caller.needs(Scope::Write, destination)?;
        let moves = match members.get("operation").and_then(Value::as_str) {
            Some("move") => true,
            Some("copy") => false,
            _ => return Err(Refused::bad("operation: expected copy or move")),
        };
        let scope = members.get("scope").filter(|scope| !scope.is_null()).and_then(params::texts);
        writer.copy(destination, scope.as_deref(), moves)?;
        Ok(call.task())
    });
    Ok(Json(told.await?))
}

async fn delete_index(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let name = index.clone();
    let told = call.writes(index, move |call, _| {
        call.app.indices.delete(&call.app.engine, &name)?;
        Ok(call.deleted())
    });
    Ok(Json(told.await?))
}

/// What a task stands for was done before its number was told.
async fn task(_call: Call) -> Answer<Json<Value>> {
    Ok(Json(json!({ "status": "published", "pendingTask": false })))
}
