//! The shop's catalogue and recommendations.

use std::sync::Arc;

use formats::feeds::{AgenticFeed, agentic_products};
use serde_json::{Value, json};
use types::{Comparison, FieldError, Filter, Item, ItemId, Literal, Page, RecommendKind, Request, well_known};

use super::{Tools, meta, object, ucp, wrong};
use crate::error::{ApiError, ApiResult};

/// Products of a page where nothing is said, and at most.
const PRODUCTS: usize = 10;
const PRODUCTS_MAX: usize = 50;

fn pagination() -> Value {
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": PRODUCTS_MAX });
    object(&json!({ "limit": limit, "cursor": { "type": "string" } }), &[])
}

pub(super) fn search_arguments() -> Value {
    let amount = json!({ "type": "integer", "description": "In minor units, such as cents." });
    let categories =
        json!({ "type": "array", "items": { "type": "string" }, "description": "Such as `Shoes > Running`." });
    let filters = object(
        &json!({ "price": object(&json!({ "min": amount, "max": amount }), &[]), "categories": categories }),
        &[],
    );
    let query = json!({ "type": "string" });
    let context = json!({ "type": "object" });
    let catalog =
        object(&json!({ "query": query, "filters": filters, "context": context, "pagination": pagination() }), &[]);
    object(&json!({ "meta": meta(), "catalog": catalog }), &["catalog"])
}

pub(super) fn lookup_arguments() -> Value {
    let ids = json!({ "type": "array", "items": { "type": "string" }, "maxItems": PRODUCTS_MAX });
    object(&json!({ "meta": meta(), "catalog": object(&json!({ "ids": ids }), &["ids"]) }), &["catalog"])
}

pub(super) fn product_arguments() -> Value {
    let catalog = object(&json!({ "id": { "type": "string" } }), &["id"]);
    object(&json!({ "meta": meta(), "catalog": catalog }), &["catalog"])
}

pub(super) fn recommendation_arguments() -> Value {
    let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
    let ids = json!({ "type": "array", "items": { "type": "string" } });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": PRODUCTS_MAX });
    object(&json!({ "kind": { "type": "string", "enum": kinds }, "ids": ids, "limit": limit }), &["kind"])
}

/// Recommendations that need nobody's history.
const KINDS: [RecommendKind; 6] = [
    RecommendKind::Similar,
    RecommendKind::LooksSimilar,
    RecommendKind::BoughtTogether,
    RecommendKind::Trending,
    RecommendKind::Popular,
    RecommendKind::New,
];

impl Tools {
    pub(super) fn search(&self, arguments: &Value) -> ApiResult<Value> {
        let catalog = &arguments["catalog"];
        let limit = limit(&catalog["pagination"]["limit"], "catalog.pagination.limit")?;
        let offset = match &catalog["pagination"]["cursor"] {
            Value::Null => 0,
            cursor => {
                let offset =
                    cursor.as_str().and_then(|text| text.parse::<usize>().ok()).filter(|offset| *offset <= 10_000);
                offset.ok_or_else(|| wrong("catalog.pagination.cursor", "the cursor of the page before", cursor))?
            }
        };
        let query = match &catalog["query"] {
            Value::Null => "",
            query => query.as_str().ok_or_else(|| wrong("catalog.query", "a string", query))?,
        };
        let request = Request {
            filter: filter(&catalog["filters"], &catalog["context"])?,
            page: Page { offset, limit, cursor: None },
            group: true,
            record: false,
            ..Request::search(query, self.app.clock.now())
        };
        let slate = self.shop.answer(&request)?;
        let products = self.products(slate.items.iter().map(|shown| &shown.item));
        let next = offset + slate.items.len();
        let mut page = json!({ "has_next_page": next < slate.total, "total_count": slate.total });
        if next < slate.total {
            page["cursor"] = Value::from(next.to_string());
        }
        Ok(json!({ "ucp": ucp(), "products": products, "pagination": page }))
    }

    pub(super) fn lookup(&self, arguments: &Value) -> ApiResult<Value> {
        let ids = &arguments["catalog"]["ids"];
        let items = self.items("catalog.ids", ids)?;
        Ok(json!({ "ucp": ucp(), "products": self.products(items.iter()) }))
    }

    pub(super) fn product(&self, arguments: &Value) -> ApiResult<Value> {
        let id = &arguments["catalog"]["id"];
        let name = id.as_str().ok_or_else(|| wrong("catalog.id", "a string", id))?;
        let item = self.shop.item(&ItemId::new(name)?)?;
        let item =
            item.ok_or_else(|| ApiError::unknown("unknown_item", format!("the shop has no product `{name}`")))?;
        let product = self.products([&item].into_iter()).pop();
        let product = product.ok_or_else(|| ApiError::unknown("unknown_item", format!("`{name}` has no price")))?;
        Ok(json!({ "ucp": ucp(), "product": product }))
    }

    pub(super) fn recommendations(&self, arguments: &Value) -> ApiResult<Value> {
        let kind = &arguments["kind"];
        let known = kind.as_str().and_then(RecommendKind::from_name).filter(|kind| KINDS.contains(kind));
        let known = known.ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name()).collect();
            wrong("kind", &format!("one of {}", names.join(", ")), kind)
        })?;
        let seeds = match &arguments["ids"] {
            Value::Null => Vec::new(),
            ids => self.items("ids", ids)?.into_iter().map(|item| item.id).collect(),
        };
        let needs =
            matches!(known, RecommendKind::Similar | RecommendKind::LooksSimilar | RecommendKind::BoughtTogether);
        if needs && seeds.is_empty() {
            return Err(wrong("ids", "the ids of products to start from", &arguments["ids"]).into());
        }
        let limit = limit(&arguments["limit"], "limit")?;
        let request = Request {
            seeds,
            page: Page { offset: 0, limit, cursor: None },
            record: false,
            ..Request::recommend(known, types::Actor::default(), self.app.clock.now())
        };
        let slate = self.shop.answer(&request)?;
        let products = self.products(slate.items.iter().map(|shown| &shown.item));
        Ok(json!({ "ucp": ucp(), "products": products }))
    }

    /// Products of items; those without a title and a price are none.
    fn products<'a>(&self, items: impl Iterator<Item = &'a Item>) -> Vec<Value> {
        items.filter_map(|item| agentic_products(std::slice::from_ref(item), AgenticFeed::Ucp).ok()).collect()
    }

    /// The items of some ids; those that are unknown are left out.
    fn items(&self, name: &str, ids: &Value) -> ApiResult<Vec<Item>> {
        let list = ids.as_array().filter(|ids| ids.len() <= PRODUCTS_MAX);
        let list = list.ok_or_else(|| wrong(name, &format!("at most {PRODUCTS_MAX} ids"), ids))?;
        let mut items = Vec::new();
        for id in list {
            let id = id.as_str().ok_or_else(|| wrong(name, "strings", id))?;
            items.extend(self.shop.item(&ItemId::new(id)?)?);
        }
        Ok(items)
    }
}

fn limit(value: &Value, name: &str) -> Result<usize, FieldError> {
    match value {
        Value::Null => Ok(PRODUCTS),
        value => {
            let limit = value.as_u64().filter(|limit| (1..=PRODUCTS_MAX as u64).contains(limit));
            limit.map(|limit| limit as usize).ok_or_else(|| wrong(name, &format!("1 to {PRODUCTS_MAX}"), value))
        }
    }
}

/// What a search is narrowed to. Amounts are in minor units of the context's currency; two digits where it names none.
fn filter(filters: &Value, context: &Value) -> Result<Option<Filter>, FieldError> {
    let mut all = Vec::new();
    let digits = match context["currency"].as_str() {
        Some("JPY" | "KRW" | "VND" | "CLP" | "ISK" | "UGX" | "XAF" | "XOF") => 0,
        Some("BHD" | "IQD" | "JOD" | "KWD" | "OMR" | "TND") => 3,
        _ => 2,
    };
    let bounds = [("min", Comparison::GreaterOrEqual), ("max", Comparison::LessOrEqual)];
    for (name, comparison) in bounds {
        let amount = &filters["price"][name];
        if amount.is_null() {
            continue;
        }
        let field = format!("catalog.filters.price.{name}");
        let units = amount.as_f64().map(|minor| minor / 10f64.powi(digits)).filter(|units| units.is_finite());
        let units = units.ok_or_else(|| wrong(&field, "a number of minor units", amount))?;
        let attribute = Arc::from(well_known::PRICE);
        all.push(Filter::Compare { attribute, comparison, value: Literal::Number(units) });
    }
    if !filters["categories"].is_null() {
        let names = filters["categories"].as_array();
        let names =
            names.ok_or_else(|| wrong("catalog.filters.categories", "an array of strings", &filters["categories"]))?;
        let under = |name: &Value| {
            let path = name.as_str().unwrap_or_default().split('>').map(|part| Arc::from(part.trim())).collect();
            Filter::Under { attribute: Arc::from(well_known::CATEGORY), path }
        };
        all.push(Filter::Or(names.iter().map(under).collect()));
    }
    Ok((!all.is_empty()).then_some(Filter::And(all)))
}
