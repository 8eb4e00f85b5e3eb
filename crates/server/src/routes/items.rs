use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::Shop;
use serde_json::Value;
use types::{Event, EventBody, FieldError, ItemId, Millis, Settings, ShopId};

use super::Shared;
use super::events::{append_events, new_event_id};
use crate::app::App;
use crate::body::{Document, Payload};
use crate::error::{ApiError, ApiResult};
use crate::extract::{InShop, InShopWith, Options};
use crate::keys::Scope;
use crate::wire::documents::{ItemDocument, ItemOperation, ItemPatchDocument};
use crate::wire::{BatchAnswer, ErrorAnswer, ItemPage, RowError, ScanOptions};

/// Page through the catalogue in order of id.
#[utoipa::path(get, path = "/v1/{shop}/items", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"), ScanOptions),
    responses((status = 200, description = "A page.", body = ItemPage),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn scan(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    Options(options): Options<ScanOptions>,
) -> ApiResult<Json<ItemPage>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let limit = super::page_limit(options.limit)?;
    let after = options.after.as_deref().map(ItemId::new).transpose();
    let after = after.map_err(|error| FieldError { field: "after".to_owned(), ..error })?;
    let shop = app.shop(&shop)?;
    let page = move || {
        let items = shop.scan(after.as_ref(), limit)?;
        let next = items.last().filter(|_| items.len() == limit).map(|item| item.id.to_string());
        Ok(ItemPage { items: items.iter().map(formats::json::item_to_json).collect(), next })
    };
    Ok(Json(app.tasks.run(page).await?.value))
}

/// Put many items: an array, or one a line (`application/x-ndjson`). All or nothing: one refused row refuses the batch,
/// and every refused row is listed (the first 100).
#[utoipa::path(post, path = "/v1/{shop}/items", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = Vec<ItemDocument>, examples(
        ("two items" = (summary = "English and Chinese 中英文", value = json!([
            {"id": "boots-1", "title": "Waterproof hiking boots", "brand": "Northwall", "category": [["Shoes", "Hiking"]],
             "price": {"amount": 89.9, "currency": "EUR"}, "stock": 12},
            {"id": "裙-1", "title": {"zh": "红色雪纺连衣裙", "en": "Red chiffon dress"}, "price": {"amount": 199, "currency": "CNY"},
             "attributes": {"颜色": "红"}}]))))),
    responses((status = 200, description = "Durable; searchable by words within a second.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn upsert_many(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    take_batch(&app, &headers, &shop, body, |value, settings| {
        let item = formats::json::item_from_json(value, Some(settings))?;
        Ok((item.id.clone(), EventBody::ItemUpserted(item)))
    })
    .await
}

/// Put, patch and delete many items in one batch: an array, or one operation a line. All or nothing.
#[utoipa::path(post, path = "/v1/{shop}/items:batch", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon")),
    request_body(content = Vec<ItemOperation>, examples(
        ("mixed" = (summary = "One of each", value = json!([
            {"put": {"id": "boots-1", "title": "Waterproof hiking boots"}},
            {"patch": {"id": "裙-1", "stock": 3}}, {"delete": "old-7"}]))))),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn batch(
    State(app): Shared,
    headers: HeaderMap,
    InShop(shop): InShop,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    take_batch(&app, &headers, &shop, body, read_operation).await
}

/// Read an item.
#[utoipa::path(get, path = "/v1/{shop}/items/{item}", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item", example = "boots-1")),
    responses((status = 200, description = "The item.", body = ItemDocument),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn get(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
) -> ApiResult<Json<Value>> {
    let _pass = app.admit(&headers, &shop, Scope::Search)?;
    let shop = app.shop(&shop)?;
    let read = move || match shop.item(&item)? {
        Some(item) => Ok(formats::json::item_to_json(&item)),
        None => Err(unknown_item(&item)),
    };
    Ok(Json(app.tasks.run(read).await?.value))
}

/// Put an item, whole: what it had before is gone.
#[utoipa::path(put, path = "/v1/{shop}/items/{item}", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item; `id` in the body may be left out", example = "boots-1")),
    request_body(content = ItemDocument, examples(
        ("English" = (value = json!({"title": "Waterproof hiking boots", "brand": "Northwall", "price": {"amount": 89.9, "currency": "EUR"}}))),
        ("中文" = (value = json!({"title": "防水登山鞋", "brand": "北墙", "price": {"amount": 699, "currency": "CNY"}}))))),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn put(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    take_one(&app, &headers, (&shop, &item), body, |document, settings, _| {
        Ok(EventBody::ItemUpserted(formats::json::item_from_json(document, Some(settings))?))
    })
    .await
}

/// Change some attributes of an item; `null` removes one. Nothing is embedded or tokenised again that did not change.
#[utoipa::path(patch, path = "/v1/{shop}/items/{item}", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item", example = "boots-1")),
    request_body(content = ItemPatchDocument, example = json!({"price": {"amount": 79.9, "currency": "EUR"}, "stock": 3})),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn patch(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
    body: Body,
) -> ApiResult<Json<BatchAnswer>> {
    take_one(&app, &headers, (&shop, &item), body, |document, settings, shop| {
        let patch = formats::json::patch_from_json(document, Some(settings))?;
        match shop.item(&patch.id)? {
            Some(_) => Ok(EventBody::ItemPatched(patch)),
            None => Err(unknown_item(&patch.id)),
        }
    })
    .await
}

/// Delete an item.
#[utoipa::path(delete, path = "/v1/{shop}/items/{item}", tag = "items",
    params(("shop" = String, Path, description = "The shop", example = "amazon"),
        ("item" = String, Path, description = "The item", example = "boots-1")),
    responses((status = 200, description = "Durable.", body = BatchAnswer),
        (status = "4XX", description = "See `/errors`.", body = ErrorAnswer)))]
pub(crate) async fn delete(
    State(app): Shared,
    headers: HeaderMap,
    InShopWith(shop, item): InShopWith<ItemId>,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(&headers, &shop, Scope::Write)?;
    let shop = app.shop(&shop)?;
    let (reader, id) = (Arc::clone(&shop), item.clone());
    if app.tasks.run(move || Ok(reader.item(&id)?.is_none())).await?.value {
        return Err(unknown_item(&item));
    }
    let event = event(EventBody::ItemDeleted(item), app.clock.now());
    Ok(Json(append_events(&app, &shop, vec![event]).await?.into()))
}

type ReadOne = fn(&Value, &Settings, &Shop) -> ApiResult<EventBody>;
type ReadRow = fn(&Value, &Settings) -> Result<(ItemId, EventBody), FieldError>;

async fn take_one(
    app: &Arc<App>,
    headers: &HeaderMap,
    (shop, item): (&ShopId, &ItemId),
    body: Body,
    read: ReadOne,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(headers, shop, Scope::Write)?;
    let limits = &app.config.limits;
    let payload = Payload::read(headers, body, limits, limits.item_bytes).await?;
    let shop = app.shop(shop)?;
    let (reader, item) = (Arc::clone(&shop), item.clone());
    let body = move || {
        let document = with_id(payload.json()?, &item)?;
        read(&document, &reader.settings(), &reader)
    };
    let body = app.tasks.run(body).await?.value;
    let event = event(body, app.clock.now());
    Ok(Json(append_events(app, &shop, vec![event]).await?.into()))
}

async fn take_batch(
    app: &Arc<App>,
    headers: &HeaderMap,
    shop: &ShopId,
    body: Body,
    read: ReadRow,
) -> ApiResult<Json<BatchAnswer>> {
    let _pass = app.admit(headers, shop, Scope::Write)?;
    let limits = &app.config.limits;
    let payload = Payload::read(headers, body, limits, limits.batch_bytes).await?;
    let shop = app.shop(shop)?;
    let (settings, now) = (shop.settings(), app.clock.now());
    let events = app.tasks.run(move || read_rows(&payload, &settings, now, read)).await?.value;
    Ok(Json(append_events(app, &shop, events).await?.into()))
}

/// Reads all rows and reports every fault; an id may come once in a batch, because two rows about one item are more
/// likely a mistake than meant.
fn read_rows(payload: &Payload, settings: &Settings, now: Millis, read: ReadRow) -> ApiResult<Vec<Event>> {
    let (documents, mut refused) = payload.documents()?;
    let mut events = Vec::with_capacity(documents.len());
    let mut first_rows: HashMap<ItemId, usize> = HashMap::with_capacity(documents.len());
    for Document { row, value } in documents {
        match read(&value, settings) {
            Err(error) => refused.push(RowError::new(row, error)),
            Ok((id, body)) => match first_rows.get(&id) {
                Some(first) => refused.push(RowError::duplicate(row, "id", id.as_str(), *first)),
                None => {
                    first_rows.insert(id, row);
                    events.push(event(body, now));
                }
            },
        }
    }
    if refused.is_empty() {
        return Ok(events);
    }
    refused.sort_by_key(|row| row.row);
    Err(ApiError::rows(refused))
}

pub(crate) fn read_operation(value: &Value, settings: &Settings) -> Result<(ItemId, EventBody), FieldError> {
    let expected = "an object with one of `put`, `patch` and `delete`";
    let mut parts = value.as_object().into_iter().flatten();
    let (Some((name, inside)), None) = (parts.next(), parts.next()) else {
        return Err(FieldError::new("type_mismatch", "", expected, value.to_string()));
    };
    match name.as_str() {
        "put" => {
            let item = formats::json::item_from_json(inside, Some(settings)).map_err(|error| error.within("put"))?;
            Ok((item.id.clone(), EventBody::ItemUpserted(item)))
        }
        "patch" => {
            let patch =
                formats::json::patch_from_json(inside, Some(settings)).map_err(|error| error.within("patch"))?;
            Ok((patch.id.clone(), EventBody::ItemPatched(patch)))
        }
        "delete" => {
            let wrong = || FieldError::new("type_mismatch", "delete", "an item's id", inside.to_string());
            let id = ItemId::new(inside.as_str().ok_or_else(wrong)?);
            let id = id.map_err(|error| FieldError { field: "delete".to_owned(), ..error })?;
            Ok((id.clone(), EventBody::ItemDeleted(id)))
        }
        other => Err(FieldError::new("unknown_field", other, expected, other)),
    }
}

/// The document with the path's id, which the body may leave out but not contradict.
fn with_id(document: Value, id: &ItemId) -> ApiResult<Value> {
    let Value::Object(mut fields) = document else {
        return Err(FieldError::new("type_mismatch", "", "an object", document.to_string()).into());
    };
    match fields.get("id") {
        None => {
            fields.insert("id".to_owned(), Value::from(id.as_str()));
        }
        Some(own) if own.as_str() == Some(id.as_str()) => {}
        Some(own) => {
            let expected = format!("`{id}`, the id in the path");
            return Err(FieldError::new("id_mismatch", "id", expected, own.to_string()).into());
        }
    }
    Ok(Value::Object(fields))
}

pub(super) fn event(body: EventBody, time: Millis) -> Event {
    Event { id: new_event_id(), time, body }
}

pub(super) fn unknown_item(id: &ItemId) -> ApiError {
    ApiError::unknown("unknown_item", format!("the shop has no item called `{id}`"))
}
