//! Records: browsed, read, written, removed.

use std::sync::Arc;
use std::time::Instant;

use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use types::ItemId;

use crate::app::App;
use crate::extract::Params as Parts;
use crate::keys::Scope;
use crate::storefront::ALL;
use crate::storefront::call::Call;
use crate::storefront::error::{Answer, Refused};
use crate::storefront::params::{self, NARROWS, Params};
use crate::storefront::record::id_of;
use crate::storefront::search::Asked;
use crate::storefront::writing::Writer;

/// Hits of a browsed page, at most.
const BROWSED: usize = 1000;

/// The routes of records.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/1/indexes/{index}/browse", post(browse).get(browse))
        .route("/1/indexes/{index}/objects", post(objects))
        .route("/1/indexes/{index}/batch", post(batch))
        .route("/1/indexes/{index}/clear", post(clear))
        .route("/1/indexes/{index}/deleteByQuery", post(delete_by_query))
        .route("/1/indexes/{index}/{object}", get(object).put(put_object).delete(delete_object))
        .route("/1/indexes/{index}/{object}/partial", post(partial_update).put(partial_update))
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

pub(super) async fn add_object(Parts(index): Parts<String>, call: Call) -> Answer<Json<Value>> {
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
        Ok(call.deleted())
    });
    Ok(Json(told.await?))
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
