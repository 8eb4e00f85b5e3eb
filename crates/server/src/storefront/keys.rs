//! Keys as storefronts' clients make them, and what of the protocol each lets its holder do.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use types::Millis;

use super::access::OF_KEYS;
use super::call::{Call, time};
use super::error::{Answer, Refused};
use super::params::{from_address, texts};
use super::support;
use crate::app::App;
use crate::extract::Params as Parts;
use crate::keys::{Bounds, Key, NewKey, Scope};

/// What a key may do, in the protocol's words, and the scope it then needs.
const ACTIONS: [(&str, Scope); 15] = [
    ("search", Scope::Search),
    ("browse", Scope::Search),
    ("recommendation", Scope::Search),
    ("listIndexes", Scope::Search),
    ("seeUnretrievableAttributes", Scope::Search),
    ("settings", Scope::Search),
    ("usage", Scope::Search),
    ("addObject", Scope::Write),
    ("deleteObject", Scope::Write),
    ("deleteIndex", Scope::Admin),
    ("editSettings", Scope::Admin),
    ("analytics", Scope::Admin),
    ("logs", Scope::Admin),
    ("inference", Scope::Admin),
    ("personalization", Scope::Admin),
];
/// What a key is made of; what else the protocol knows would be taken without being kept.
const FIELDS: [&str; 9] = [
    "acl",
    "description",
    "indexes",
    "referers",
    "validity",
    "maxHitsPerQuery",
    "maxQueriesPerIPPerHour",
    "queryParameters",
    "createdAt",
];

/// The routes of keys.
pub(super) fn routes() -> Router<Arc<App>> {
    let one = get(read).put(update).delete(delete);
    Router::new().route("/1/keys", get(list).post(create)).route("/1/keys/{key}", one).route(
        "/1/keys/{key}/restore",
        post(|_: Call| async {
            Err::<(), _>(Refused::unknown("a deleted key is forgotten at once, and cannot be restored"))
        }),
    )
}

/// The actions that a call needs, each in the protocol's words; none for what every key may do.
pub(super) fn actions_of(method: &Method, path: &str, body: &Value) -> Vec<&'static str> {
    let parts: Vec<&str> = path.trim_start_matches("/1/").split('/').collect();
    let reads = *method == Method::GET;
    match parts[..] {
        ["keys", ..] => vec!["keys"],
        ["indexes"] => vec!["listIndexes"],
        ["indexes", _] if *method == Method::DELETE => vec!["deleteIndex"],
        ["indexes", _] if *method == Method::POST => vec!["addObject"],
        ["indexes", _, "browse"] => vec!["browse"],
        ["indexes", _, "recommendations"] => vec!["recommendation"],
        ["indexes", _, "batch"] => batched(body),
        ["indexes", _, "clear"] => vec!["deleteIndex"],
        ["indexes", _, "deleteByQuery"] => vec!["deleteObject"],
        ["indexes", _, "operation"] => vec!["addObject", "editSettings"],
        ["indexes", _, "settings"] if reads => vec!["settings"],
        ["indexes", _, "synonyms" | "rules", "search"] => vec!["settings"],
        ["indexes", _, "synonyms" | "rules", _] if reads => vec!["settings"],
        ["indexes", _, "settings" | "synonyms" | "rules", ..] => vec!["editSettings"],
        ["indexes", _, "task", _] | ["task", _] => Vec::new(),
        ["indexes", _, "queries" | "query" | "facets" | "objects", ..] => vec!["search"],
        ["indexes", _, _] if *method == Method::DELETE => vec!["deleteObject"],
        ["indexes", _, _, ..] if !reads => vec!["addObject"],
        _ => vec!["search"],
    }
}

fn batched(body: &Value) -> Vec<&'static str> {
    let mut needed = Vec::new();
    for one in body["requests"].as_array().into_iter().flatten() {
        let action = match one["action"].as_str().unwrap_or_default() {
            "deleteObject" => "deleteObject",
            "delete" | "clear" => "deleteIndex",
            _ => "addObject",
        };
        if !needed.contains(&action) {
            needed.push(action);
        }
    }
    needed
}

async fn list(State(app): State<Arc<App>>, call: Call) -> Answer<Json<Value>> {
    call.caller.manages_keys()?;
    let keys: Vec<Value> = app.keys.list(None).iter().map(|key| told(key, call.now)).collect();
    Ok(Json(json!({ "keys": keys })))
}

async fn read(State(app): State<Arc<App>>, Parts(named): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.manages_keys()?;
    let key = found(&app, &named)?;
    let mut answer = told(&key, call.now);
    answer["value"] = Value::from(named);
    Ok(Json(answer))
}

async fn create(State(app): State<Arc<App>>, call: Call) -> Answer<Json<Value>> {
    call.caller.manages_keys()?;
    let (name, scope, bounds) = asked(&call.members()?, call.now)?;
    let now = call.now;
    let made = move || {
        let new = NewKey { shop: None, name: &name, scope, bounds };
        Ok(app.keys.create(&app.engine, new, now)?.1)
    };
    Ok(Json(json!({ "key": call.app.tasks.run(made).await?.value, "createdAt": time(now) })))
}

async fn update(State(app): State<Arc<App>>, Parts(named): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.manages_keys()?;
    let key = found(&app, &named)?;
    let (name, scope, bounds) = asked(&call.members()?, call.now)?;
    let changed = move || {
        let new = NewKey { shop: None, name: &name, scope, bounds };
        Ok(app.keys.update(&app.engine, &key.id, new)?)
    };
    let is_changed = call.app.tasks.run(changed).await?.value.is_some();
    is_changed.then(|| Json(json!({ "key": named, "updatedAt": time(call.now) }))).ok_or_else(no_such_key)
}

async fn delete(State(app): State<Arc<App>>, Parts(named): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.manages_keys()?;
    let key = found(&app, &named)?;
    let delete = move || Ok(app.keys.delete(&app.engine, None, &key.id)?);
    let is_gone = call.app.tasks.run(delete).await?.value;
    is_gone.then(|| Json(json!({ "deletedAt": time(call.now) }))).ok_or_else(no_such_key)
}

/// A key that is named by itself, or by its id as it is listed.
fn found(app: &App, named: &str) -> Answer<Arc<Key>> {
    let by_id = || app.keys.list(None).into_iter().find(|key| key.id == named);
    let key = app.keys.find(named).filter(|key| key.shop.is_none()).or_else(by_id);
    key.ok_or_else(no_such_key)
}

fn no_such_key() -> Refused {
    Refused::unknown("Key does not exist")
}

/// What a key is to be called, what it opens and what it is bound to.
fn asked(asked: &Map<String, Value>, now: Millis) -> Answer<(String, Scope, Bounds)> {
    if let Some(unknown) = asked.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(Refused::bad(format!("{unknown}: keys have {}", FIELDS.join(", "))));
    }
    let list = |name: &str| asked.get(name).and_then(texts).unwrap_or_default();
    let acl = list("acl");
    let unknown = acl.iter().find(|action| ACTIONS.iter().all(|(known, _)| known != *action));
    if let Some(unknown) = unknown {
        let known: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
        return Err(Refused::bad(format!("acl: `{unknown}` is none of {}", known.join(", "))));
    }
    let scopes = ACTIONS.iter().filter(|(name, _)| acl.iter().any(|own| own == name)).map(|(_, scope)| *scope);
    let scope = scopes.max().ok_or_else(|| Refused::bad("acl: name at least one thing that the key may do"))?;
    let seconds = asked.get("validity").and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    let bounds = Bounds {
        expires_ms: seconds.map(|seconds| now.0.saturating_add(seconds.saturating_mul(1000))),
        referers: list("referers"),
        indices: list("indexes"),
        per_minute: None,
        per_address_hour: number(asked, "maxQueriesPerIPPerHour")?.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
        hits_max: number(asked, "maxHitsPerQuery")?.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        parameters: parameters(asked)?,
        actions: acl,
    };
    bounds.check()?;
    let name = asked.get("description").and_then(Value::as_str).unwrap_or_default().chars().take(200).collect();
    Ok((name, scope, bounds))
}

/// A number of which 0 is none.
fn number(asked: &Map<String, Value>, name: &str) -> Answer<Option<u64>> {
    match asked.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number =
                value.as_u64().ok_or_else(|| Refused::bad(format!("{name}: expected 0 or more, got {value}")))?;
            Ok(Some(number).filter(|number| *number > 0))
        }
    }
}

/// What is said of every search, as it stands in an address.
fn parameters(asked: &Map<String, Value>) -> Answer<String> {
    let text = match asked.get("queryParameters") {
        None | Some(Value::Null) => return Ok(String::new()),
        Some(Value::String(text)) => text,
        Some(other) => {
            return Err(Refused::bad(format!("queryParameters: expected text such as filters=brand:A, got {other}")));
        }
    };
    let said = from_address(text);
    if let Some(name) = OF_KEYS.iter().find(|name| said.contains_key(**name)) {
        return Err(Refused::bad(format!("queryParameters: {name} belongs into a secured key")));
    }
    support::check(&said)?;
    Ok(text.clone())
}

/// A key as it is told, by its id: the key itself is known to its holders alone.
fn told(key: &Key, now: Millis) -> Value {
    let all = ACTIONS.iter().filter(|(_, scope)| *scope <= key.scope).map(|(name, _)| (*name).to_owned());
    let bounds = &key.bounds;
    let acl = if bounds.actions.is_empty() { all.collect() } else { bounds.actions.clone() };
    let left = bounds.expires_ms.map_or(0, |expires| ((expires - now.0) / 1000).max(1));
    json!({
        "value": key.id,
        "createdAt": key.created_ms / 1000,
        "acl": acl,
        "description": key.name,
        "indexes": bounds.indices,
        "referers": bounds.referers,
        "validity": left,
        "maxHitsPerQuery": bounds.hits_max.unwrap_or(0),
        "maxQueriesPerIPPerHour": bounds.per_address_hour.unwrap_or(0),
        "queryParameters": bounds.parameters,
    })
}
