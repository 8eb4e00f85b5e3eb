//! The storefront protocol: what InstantSearch and its relatives speak, under `/1/`.
//!
//! A thin translation: a call is read, made into native requests and events, and the answer told in the protocol's own words.
//! An index is a shop of the same name; a replica is another order of one. `docs/storefront-protocol.md` says which parameters
//! do what.

mod access;
mod chat;
mod error;
mod events;
mod facets;
mod filter;
mod geo;
mod highlight;
mod index;
mod keys;
mod params;
mod pattern;
mod recommend;
mod record;
mod rules;
mod search;
mod support;
mod syntax;
mod told;
mod writing;

pub(crate) use access::storefront_token;
pub(crate) use index::Indices;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequest, Request as HttpRequest, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value, json};
use types::{Item, ItemId, Millis};

use self::access::Caller;
use self::error::{Answer, Refused};
use self::index::Resolved;
use self::params::Params;
use self::record::{id_of, record_of};
use self::search::Asked;
use self::told::Found;
use self::writing::{Entries, Writer};
use crate::app::App;
use crate::body::Payload;
use crate::extract::Params as Parts;
use crate::keys::Scope;

/// Stands for all indices in an address.
const ALL: &str = "*";
/// Searches of one call, and hits of a browsed page, at most.
const SEARCHES_MAX: usize = 100;
/// Setting of the attributes that are not shown to shoppers.
const HIDDEN: &str = "unretrievableAttributes";
const BROWSED: usize = 1000;
/// Parameters that leave records out.
const NARROWS: [&str; 7] =
    ["filters", "facetFilters", "numericFilters", "tagFilters", "insideBoundingBox", "insidePolygon", "aroundRadius"];

/// The routes of the storefront protocol.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/1/indexes", get(list))
        .route("/1/indexes/{index}", get(search_by_address).post(add_object).delete(delete_index))
        .route("/1/indexes/{index}/queries", post(searches))
        .route("/1/indexes/{index}/query", post(search_one).get(search_by_address))
        .route("/1/indexes/{index}/facets/{facet}/query", post(facet_values))
        .route("/1/indexes/{index}/browse", post(browse).get(browse))
        .route("/1/indexes/{index}/recommendations", post(recommendations))
        .route("/1/indexes/{index}/objects", post(objects))
        .route("/1/indexes/{index}/batch", post(batch))
        .route("/1/indexes/{index}/clear", post(clear))
        .route("/1/indexes/{index}/deleteByQuery", post(delete_by_query))
        .route("/1/indexes/{index}/operation", post(operation))
        .route("/1/indexes/{index}/settings", get(settings).put(set_settings))
        .route("/1/indexes/{index}/task/{task}", get(task))
        .route("/1/task/{task}", get(task))
        .merge(entries("synonyms", Entries::Synonyms))
        .merge(entries("rules", Entries::Rules))
        .route("/1/indexes/{index}/{object}", get(object).put(put_object).delete(delete_object))
        .route("/1/indexes/{index}/{object}/partial", post(partial_update).put(partial_update))
        .merge(keys::routes())
        .route("/1/events", post(push_events))
        .route("/1/usertokens/{token}", delete(forget))
        .route("/agent-studio/1/agents/{agent}/completions", post(completions))
}

/// The routes of what an index has by ids beside its records.
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

/// A call that was let in, with its body and what stands in its address.
struct Call {
    app: Arc<App>,
    caller: Caller,
    body: Value,
    address: Map<String, Value>,
    now: Millis,
}

impl FromRequest<Arc<App>> for Call {
    type Rejection = Refused;

    async fn from_request(request: HttpRequest, app: &Arc<App>) -> Answer<Self> {
        let (parts, body) = request.into_parts();
        let caller = app.admit_storefront(&parts)?;
        let limits = &app.config.limits;
        let body = match Payload::untyped(&parts.headers, body, limits, limits.batch_bytes).await {
            Ok(payload) if payload.is_heavy() => app.tasks.run(move || payload.any()).await?.value,
            Ok(payload) => payload.any()?,
            Err(error) if error.code == "body_missing" => Value::Null,
            Err(error) => return Err(error.into()),
        };
        caller.may(&keys::actions_of(&parts.method, parts.uri.path(), &body))?;
        let address = params::from_address(parts.uri.query().unwrap_or_default());
        Ok(Self { now: app.clock.now(), app: Arc::clone(app), caller, body, address })
    }
}

impl Call {
    /// The members of the body; none where there is none.
    fn members(&self) -> Answer<Map<String, Value>> {
        match &self.body {
            Value::Object(members) => Ok(members.clone()),
            Value::Null => Ok(Map::new()),
            _ => Err(Refused::bad("expected an object as the body")),
        }
    }

    /// An index that the caller may search.
    fn index(&self, name: &str) -> Answer<Resolved> {
        self.caller.needs(Scope::Search, name)?;
        let index = self.app.indices.resolve(&self.app.engine, name)?;
        self.caller.opens(index.shop.id().as_str())?;
        self.app.saw(index.shop.id().as_str());
        Ok(Resolved { hits_max: self.caller.hits_max(), ..index })
    }

    /// The parameters of a request, with what the key says of every search.
    fn params(&self, request: &Map<String, Value>) -> Map<String, Value> {
        let mut params = Params::read(request);
        // Which attributes are not shown is the index's to say.
        params.remove(HIDDEN);
        self.caller.restrict(&mut params);
        params
    }

    /// A record of an index as the caller may see it.
    fn record(&self, index: &Resolved, item: &Item) -> Map<String, Value> {
        let mut record = record_of(item);
        if !self.caller.sees_hidden() {
            let hidden = index.settings.get(HIDDEN).and_then(params::texts).unwrap_or_default();
            hidden.iter().for_each(|name| drop(record.remove(name)));
        }
        record
    }

    /// What a call asks several times over.
    fn requests(&self) -> Answer<&[Value]> {
        let requests = self.body.get("requests").and_then(Value::as_array);
        let requests = requests.ok_or_else(|| Refused::bad("requests: expected an array"))?;
        if requests.len() > SEARCHES_MAX {
            return Err(Refused::bad(format!("requests: at most {SEARCHES_MAX}, got {}", requests.len())));
        }
        Ok(requests)
    }

    /// Does what answers a shopper, on a thread of its own.
    async fn answers<T: Send + 'static>(self, work: impl FnOnce(&Self) -> Answer<T> + Send + 'static) -> Answer<T> {
        let app = Arc::clone(&self.app);
        app.answers.run(move || Ok(work(&self))).await?.value
    }

    /// Does what changes an index, on a thread of its own.
    async fn writes<T: Send + 'static>(
        self,
        index: String,
        work: impl FnOnce(&Self, &Writer<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.caller.needs(Scope::Write, &index)?;
        let app = Arc::clone(&self.app);
        app.tasks.run(move || Ok(work(&self, &Writer::new(&self.app.engine, &self.app.indices, &index)))).await?.value
    }

    fn task(&self) -> Value {
        json!({ "taskID": self.app.indices.task(), "updatedAt": time(self.now) })
    }
}

/// A moment as the protocol writes it.
fn time(time: Millis) -> Value {
    formats::json::time_to_json(time)
}

fn asked(call: &Call, index: &str, request: &Map<String, Value>) -> Answer<Asked> {
    Asked::read(call.index(index)?, call.params(request), call.now)
}

async fn searches(call: Call) -> Answer<Json<Results<Told>>> {
    let answers = call.answers(|call| {
        let requests = call.requests()?;
        let until_enough = call.body.get("strategy").is_some_and(|strategy| strategy == "stopIfEnoughMatches");
        let (mut results, mut enough) = (Vec::with_capacity(requests.len()), false);
        for (at, request) in requests.iter().enumerate() {
            let request = request.as_object().ok_or_else(|| Refused::bad(format!("requests[{at}]: expected an object")))?;
            let index = request.get("indexName").and_then(Value::as_str);
            let index = index.ok_or_else(|| Refused::bad(format!("requests[{at}].indexName is missing")))?;
            let result = if enough {
                Told::Other(json!({ "hits": [], "nbHits": 0, "page": 0, "nbPages": 0, "hitsPerPage": 0, "index": index, "processed": false }))
            } else if request.get("type").is_some_and(|kind| kind == "facet") {
                let facet = request.get("facet").and_then(Value::as_str).unwrap_or_default();
                let mut values = Asked::facet_values(call.index(index)?, facet, &call.params(request), call.now)?;
                values["index"] = Value::from(index);
                Told::Other(values)
            } else {
                let found = asked(call, index, request)?.answer()?;
                enough |= until_enough && found.count("nbHits") >= found.count("hitsPerPage").max(1);
                Told::Found(found)
            };
            results.push(result);
        }
        Ok(results)
    });
    Ok(Json(Results { results: answers.await? }))
}

/// Answers of several requests.
#[derive(Serialize)]
struct Results<T> {
    results: Vec<T>,
}

/// The answer to one of several requests.
#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Found(Found),
    Other(Value),
}

async fn search_one(Parts(index): Parts<String>, call: Call) -> Answer<Json<Found>> {
    let answer = call.answers(move |call| asked(call, &index, &call.members()?)?.answer());
    Ok(Json(answer.await?))
}

async fn search_by_address(Parts(index): Parts<String>, call: Call) -> Answer<Json<Found>> {
    let answer = call.answers(move |call| {
        let mut address = call.address.clone();
        address.retain(|name, _| !name.to_ascii_lowercase().starts_with("x-algolia-"));
        asked(call, &index, &address)?.answer()
    });
    Ok(Json(answer.await?))
}

async fn facet_values(Parts((index, facet)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let values = call.answers(move |call| {
        Asked::facet_values(call.index(&index)?, &facet, &call.params(&call.members()?), call.now)
    });
    Ok(Json(values.await?))
}

async fn recommendations(call: Call) -> Answer<Json<Results<Value>>> {
    let results = call.answers(|call| {
        let one = |request: &Value| {
            let mut asked = request.as_object().cloned().ok_or_else(|| Refused::bad("requests: expected objects"))?;
            let index = asked.get("indexName").and_then(Value::as_str).unwrap_or_default().to_owned();
            // What is told instead is restricted like what is asked for.
            let fallback = asked.get("fallbackParameters").and_then(Value::as_object).map(|own| call.params(own));
            asked.extend(fallback.map(|own| ("fallbackParameters".to_owned(), Value::Object(own))));
            let own = asked.get("queryParameters").and_then(Value::as_object).cloned().unwrap_or_default();
            asked.insert("queryParameters".to_owned(), Value::Object(call.params(&own)));
            recommend::answer(&call.index(&index)?, &asked, call.now)
        };
        call.requests()?.iter().map(one).collect::<Answer<Vec<Value>>>()
    });
    Ok(Json(Results { results: results.await? }))
}

/// Pages through records: all of them in order of id, or what a search finds in its order.
async fn browse(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let began = Instant::now();
    let page = call.answers(move |call| {
        let mut params = Params::read(&call.members()?);
        params.extend(call.address.clone().into_iter().filter(|(name, _)| name == "cursor" || name == "hitsPerPage"));
        call.caller.restrict(&mut params);
        let cursor = params.remove("cursor").and_then(|cursor| cursor.as_str().map(str::to_owned));
        let cursor = cursor.map(|cursor| read_cursor(&cursor)).transpose()?;
        let limit = params.get("hitsPerPage").and_then(Value::as_u64).unwrap_or(BROWSED as u64) as usize;
        let index = call.index(&index)?;
        let limit = limit.clamp(1, index.hits_max.unwrap_or(BROWSED).min(BROWSED));
        let is_said = |name: &&str| params.get(*name).is_some_and(|value| !value.is_null() && value != "");
        let is_narrow = NARROWS.iter().chain(&["query"]).any(is_said);
        if !is_narrow {
            let after = cursor.map(ItemId::new).transpose()?;
            let items = index.shop.scan(after.as_ref(), limit)?;
            let next = items.last().filter(|_| items.len() == limit).map(|item| item.id.to_string());
            let all = index.shop.stats()?.items;
            return Ok(browsed(items.iter().map(|item| call.record(&index, item)).collect(), next, (all, limit)));
        }
        let offset = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0usize);
        for (name, value) in [("offset", offset), ("length", limit), ("paginationLimitedTo", 20_000)] {
            params.insert(name.to_owned(), json!(value));
        }
        params.insert("analytics".to_owned(), json!(false));
        let asked = Asked::read(index.clone(), params, call.now)?;
        let slate = index.shop.answer(&asked.request)?;
        let next = (offset + limit < slate.total).then(|| (offset + limit).to_string());
        let records = slate.items.iter().map(|shown| call.record(&index, &shown.item)).collect();
        let mut page = browsed(records, next, (slate.total, limit));
        page["query"] = Value::from(asked.params.text("query")?.unwrap_or_default());
        Ok(page)
    });
    let mut page = page.await?;
    page["processingTimeMS"] = Value::from(began.elapsed().as_millis() as u64);
    Ok(Json(page))
}

fn browsed(records: Vec<Map<String, Value>>, next: Option<String>, (all, limit): (usize, usize)) -> Value {
    let mut page = json!({ "page": 0, "nbHits": all, "nbPages": all.div_ceil(limit), "hitsPerPage": limit,
        "query": "", "params": "" });
    page["hits"] = records.into_iter().map(Value::Object).collect();
    if let Some(next) = next {
        page["cursor"] = Value::from(URL_SAFE_NO_PAD.encode(next));
    }
    page
}

fn read_cursor(cursor: &str) -> Answer<String> {
    let read = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    read.ok_or_else(|| Refused::bad("cursor: not one that was given out"))
}

async fn objects(call: Call) -> Answer<Json<Value>> {
    let results = call.answers(|call| {
        let one = |request: &Value| {
            let index = call.index(request["indexName"].as_str().unwrap_or_default())?;
            call.caller.reads_all()?;
            let id = id_of(request.as_object().unwrap_or(&Map::new()))?;
            let wanted = request.get("attributesToRetrieve").and_then(params::texts);
            let record = index.shop.item(&id)?.map(|item| only(call.record(&index, &item), wanted.as_deref()));
            Ok(record.map_or(Value::Null, Value::Object))
        };
        call.requests()?.iter().map(one).collect::<Answer<Vec<Value>>>()
    });
    Ok(Json(json!({ "results": results.await? })))
}

fn only(mut record: Map<String, Value>, wanted: Option<&[String]>) -> Map<String, Value> {
    if let Some(wanted) = wanted.filter(|wanted| !wanted.iter().any(|one| one == ALL)) {
        record.retain(|name, _| name == "objectID" || wanted.iter().any(|one| one == name));
    }
    record
}

async fn object(Parts((index, object)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let record = call.answers(move |call| {
        let index = call.index(&index)?;
        call.caller.reads_all()?;
        let item = index.shop.item(&ItemId::new(object)?)?;
        let wanted = call.address.get("attributesToRetrieve").and_then(params::texts);
        let item = item.ok_or_else(|| Refused::unknown("ObjectID does not exist"))?;
        Ok(Value::Object(only(call.record(&index, &item), wanted.as_deref())))
    });
    Ok(Json(record.await?))
}

async fn add_object(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    write_one(index, None, "addObject", call).await
}

async fn put_object(Parts((index, object)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    write_one(index, Some(object), "addObject", call).await
}

async fn partial_update(Parts((index, object)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let creates = call.address.get("createIfNotExists") != Some(&Value::Bool(false));
    let action = if creates { "partialUpdateObject" } else { "partialUpdateObjectNoCreate" };
    write_one(index, Some(object), action, call).await
}

async fn write_one(index: String, object: Option<String>, action: &'static str, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        let mut body = call.members()?;
        if let Some(object) = object {
            body.insert("objectID".to_owned(), Value::from(object));
        }
        let ids = writer.batch(&[json!({ "action": action, "body": body })])?;
        let mut told = call.task();
        told["objectID"] = Value::from(ids.into_iter().next());
        told["createdAt"] = told["updatedAt"].clone();
        Ok(told)
    });
    Ok(Json(told.await?))
}

async fn delete_object(Parts((index, object)): Parts<(String, String)>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, move |call, writer| {
        writer.delete(&[ItemId::new(object)?])?;
        Ok(deleted(call))
    });
    Ok(Json(told.await?))
}

fn deleted(call: &Call) -> Value {
    let mut told = call.task();
    told["deletedAt"] = told["updatedAt"].clone();
    told
}

/// Applies operations: to the index of the address, or each to its own.
async fn batch(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let requests = call.members()?.get("requests").and_then(Value::as_array).cloned();
    let requests = requests.ok_or_else(|| Refused::bad("requests: expected an array"))?;
    let told = if index == ALL {
        let names: Vec<String> =
            requests.iter().map(|one| one["indexName"].as_str().unwrap_or_default().to_owned()).collect();
        names.iter().try_for_each(|name| call.caller.needs(Scope::Write, name))?;
        let app = Arc::clone(&call.app);
        let work = move || -> Answer<Value> {
            let (mut ids, mut tasks, mut at) = (Vec::new(), Map::new(), 0);
            while at < requests.len() {
                let end = (at..requests.len()).find(|other| names[*other] != names[at]).unwrap_or(requests.len());
                ids.extend(Writer::new(&call.app.engine, &call.app.indices, &names[at]).batch(&requests[at..end])?);
                tasks.insert(names[at].clone(), Value::from(call.app.indices.task()));
                at = end;
            }
            Ok(json!({ "taskID": tasks, "objectIDs": ids }))
        };
        app.tasks.run(move || Ok(work())).await?.value?
    } else {
        let work = call.writes(index, move |call, writer| {
            let ids = writer.batch(&requests)?;
            Ok(json!({ "taskID": call.app.indices.task(), "objectIDs": ids }))
        });
        work.await?
    };
    Ok(Json(told))
}

async fn clear(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let told = call.writes(index, |call, writer| {
        writer.clear()?;
        Ok(call.task())
    });
    Ok(Json(told.await?))
}

async fn delete_by_query(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let name = index.clone();
    let told = call.writes(index, move |call, writer| {
        let mut params = Params::read(&call.members()?);
        for (name, value) in [("length", 1000), ("offset", 0), ("paginationLimitedTo", 20_000)] {
            params.insert(name.to_owned(), json!(value));
        }
        params.insert("analytics".to_owned(), json!(false));
        loop {
            let index = call.index(&name)?;
            let asked = Asked::read(index.clone(), params.clone(), call.now)?;
            if asked.request.filter.is_none() {
                return Err(Refused::bad("deleteBy needs filters; clear deletes everything"));
            }
            let slate = index.shop.answer(&asked.request)?;
            if slate.items.is_empty() {
                return Ok(call.task());
            }
            writer.delete(&slate.items.iter().map(|shown| shown.item.id.clone()).collect::<Vec<_>>())?;
        }
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

async fn delete_index(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
    let name = index.clone();
    let told = call.writes(index, move |call, _| {
        call.app.indices.delete(&call.app.engine, &name)?;
        Ok(deleted(call))
    });
    Ok(Json(told.await?))
}

/// What a task stands for was done before its number was told.
async fn task(_call: Call) -> Answer<Json<Value>> {
    Ok(Json(json!({ "status": "published", "pendingTask": false })))
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
        Ok(deleted(call))
    });
    Ok(Json(told.await?))
}

async fn push_events(call: Call) -> Answer<Json<Value>> {
    Ok(Json(events::push(&call.app, &call.caller, &call.body).await?))
}

async fn forget(Parts(token): Parts<String>, call: Call) -> Answer<Json<Value>> {
    call.caller.needs(Scope::Write, ALL)?;
    Ok(Json(events::forget(&call.app, &call.caller, &token).await?))
}

/// The chat widget's stream: the index is that of the agent's name.
async fn completions(State(_): State<Arc<App>>, Parts(agent): Parts<String>, call: Call) -> Answer<Response> {
    let parts = call.answers(move |call| {
        let named = call.index(&agent);
        // Widgets name an agent, not an index: where only one index is there, that one is meant.
        let index = named.or_else(|error| {
            match &call.app.indices.all().iter().filter(|(_, index)| index.primary.is_none()).collect::<Vec<_>>()[..] {
                [] => Err(error),
                [(only, _), ..] => call.index(only),
            }
        })?;
        chat::answer(index, &call.body, |params| call.params(&params), call.now)
    });
    let mut response = chat::stream(parts.await?).into_response();
    let version = axum::http::HeaderValue::from_static("v1");
    response.headers_mut().insert("x-vercel-ai-ui-message-stream", version);
    Ok(response)
}
