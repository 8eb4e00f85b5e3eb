//! What an index has by ids beside its records: synonyms and rules.

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::app::App;
use crate::extract::Params as Parts;
use crate::keys::Scope;
use crate::storefront::call::Call;
use crate::storefront::error::{Answer, Refused};
use crate::storefront::writing::Entries;

/// The routes of synonyms and rules.
pub(super) fn routes() -> Router<Arc<App>> {
    entries("synonyms", Entries::Synonyms).merge(entries("rules", Entries::Rules))
}

fn entries(name: &str, what: Entries) -> Router<Arc<App>> {
    let at = |rest: &str| format!("/1/indexes/{{index}}/{name}/{rest}");
    let one = get(move |parts, call| entry(what, parts, call))
        .put(move |parts, call| set_entry(what, parts, call))
        .delete(move |parts, call| delete_entry(what, parts, call));
    Router::new()
        .route(&at("batch"), post(move |index, call| set_entries(what, index, call)))
        .route(&at("clear"), post(move |index, call| clear_entries(what, index, call)))
        .route(&at("search"), post(move |index, call| search_entries(what, index, call)))
        .route(&at("{id}"), one)
}

async fn set_entries(what: Entries, Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        let list = call.body.as_array().ok_or_else(|| Refused::bad("expected an array as the body"))?;
        let replaces = ["replaceExistingSynonyms", "clearExistingRules"];
        let replaces = replaces.iter().any(|name| call.address.get(*name) == Some(&Value::Bool(true)));
        writer.set_entries(what, list, replaces)?;
        Ok(call.task())
    });
    Ok(Json(told.await?))
}

async fn clear_entries(what: Entries, Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        writer.set_entries(what, &[], true)?;
        Ok(call.task())
    });
    Ok(Json(told.await?))
}

async fn search_entries(what: Entries, Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.needs(Scope::Write, &index)?;
    let members = call.members()?;
    let query = members.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let known = call.index(&index)?.rules;
    let matching = |entry: &&Value| query.is_empty() || entry.to_string().to_lowercase().contains(&query);
    let all: Vec<&Value> = what.of(&known).values().filter(matching).collect();
    let number = |name: &str, default: usize| members.get(name).and_then(Value::as_u64).map_or(default, |n| n as usize);
    let (page, length) = (number("page", 0), number("hitsPerPage", 20).clamp(1, 1000));
    let hits: Vec<&&Value> = all.iter().skip(page.saturating_mul(length)).take(length).collect();
    Ok(Json(json!({ "hits": hits, "nbHits": all.len(), "page": page, "nbPages": all.len().div_ceil(length) })))
}

async fn entry(what: Entries, Parts((index, id)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    call.caller.needs(Scope::Write, &index)?;
    let known = call.index(&index)?.rules;
    what.of(&known).get(&id).cloned().map(Json).ok_or_else(|| Refused::unknown("ObjectID does not exist"))
}

async fn set_entry(what: Entries, Parts((index, id)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        let mut entry = call.members()?;
        entry.insert("objectID".to_owned(), Value::from(id.as_str()));
        writer.set_entries(what, &[Value::Object(entry)], false)?;
        let mut told = call.task();
        told["id"] = Value::from(id);
        Ok(told)
    });
    Ok(Json(told.await?))
}

async fn delete_entry(what: Entries, Parts((index, id)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        writer.change_entries(what, |all| {
            all.remove(&id);
        })?;
        Ok(call.deleted())
    });
    Ok(Json(told.await?))
}
