use serde_json::{Map, Value};
use types::FieldError;

use super::draft::Draft;
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::as_text;

/// The product feed of the agentic commerce protocols (ACP and UCP, which share its shape): a row a product with its
/// variants, amounts in the smallest unit of their currency.
pub(super) struct Agentic;

impl Feed for Agentic {
    fn name(&self) -> &'static str {
        "acp"
    }

    fn recognise(&self, columns: &[String], rows: &[&Map<String, Value>]) -> Option<Sign> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let is_variant = |variant: &Value| variant["price"]["amount"].is_number();
        let of_product = |row: &&Map<String, Value>| {
            row.get("variants").and_then(Value::as_array).is_some_and(|variants| variants.iter().any(is_variant))
        };
        let is_like = has("id") && has("title") && has("variants") && rows.iter().any(of_product);
        is_like.then_some(Sign { confidence: 1.0, reason: "products with `variants` that have a price" })
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        let product = Value::Object(row.clone());
        let variants = product["variants"].as_array().map(Vec::as_slice).unwrap_or_default();
        if variants.is_empty() {
            let expected = "a list of at least one variant";
            out.found.push(Err(FieldError::new("field_missing", "variants", expected, "nothing")));
        }
        for (place, variant) in variants.iter().enumerate() {
            item(&product, variant, &format!("variants[{place}]"), terms, out);
        }
    }
}

fn item(product: &Value, variant: &Value, at: &str, terms: &Terms, out: &mut Items) {
    let mut draft = Draft::new(terms);
    let column = |name: &str| format!("{at}.{name}");
    draft.text("id", &column("id"), variant.get("id"));
    draft.text("group", "id", product.get("id"));
    draft.text("title", "title", product.get("title"));
    for (of, name) in [(variant, column("description")), (product, "description".to_owned())] {
        draft.prose("description", &name, described(&of["description"]).as_ref());
    }
    draft.text("brand", "brand", product.get("brand").map(|brand| brand.get("name").unwrap_or(brand)));
    for (field, name) in [("price", "price"), ("attributes.list_price", "list_price")] {
        match major(&variant[name], &column(name)) {
            Ok(money) if field == "price" => draft.put(field, &column(name), money),
            Ok(money) => draft.attribute("list_price", &column(name), money),
            Err(fault) => draft.fault(fault),
        }
    }
    availability(&variant["availability"], &column("availability"), &mut draft);
    options(variant, at, &mut draft);
    shared(product, variant, at, &mut draft);
    draft.finish(out);
}

fn described(description: &Value) -> Option<Value> {
    let found = ["plain", "html", "markdown"].iter().find_map(|name| description.get(*name));
    found.or(Some(description).filter(|value| value.is_string())).cloned()
}

/// Whole numbers of the smallest unit, as amounts.
fn major(money: &Value, column: &str) -> Result<Option<Value>, FieldError> {
    if money.is_null() {
        return Ok(None);
    }
    let expected = "{\"amount\": 7990, \"currency\": \"EUR\"}, in the smallest unit";
    let invalid = || FieldError::new("amount_invalid", column, expected, money.to_string());
    let currency = money["currency"].as_str().ok_or_else(invalid)?;
    let amount = money["amount"].as_f64().filter(|amount| amount.fract() == 0.0).ok_or_else(invalid)?;
    Ok(Some(values::money_of(amount / 10f64.powi(values::decimals(currency)), currency)))
}

fn availability(said: &Value, column: &str, draft: &mut Draft<'_>) {
    let known = said.get("available").or_else(|| said.get("status")).or(Some(said)).filter(|value| !value.is_null());
    if let Some(value) = known.filter(|value| !value.is_object()) {
        draft.try_put("available", column, values::availability(value, column).map(|yes| Some(Value::Bool(yes))));
    }
    if let Some(pieces) = said.get("quantity").or_else(|| said.get("available_quantity")) {
        draft.try_put("stock", column, values::stock(pieces, column).map(Some));
    }
}

fn options(variant: &Value, at: &str, draft: &mut Draft<'_>) {
    for list in ["variant_options", "options"] {
        for option in values::parts(&variant[list]) {
            let value = option.get("value").or_else(|| option.get("label"));
            if let (Some(name), Some(value)) = (option.get("name").and_then(as_text), value) {
                draft.plain_attribute(&name.to_lowercase(), &format!("{at}.{list}"), value);
            }
        }
    }
    for code in values::parts(&variant["barcodes"]) {
        let name = code.get("type").and_then(as_text).unwrap_or_else(|| "gtin".to_owned()).to_lowercase();
        draft.attribute(&name, &format!("{at}.barcodes"), code.get("value").and_then(values::number_text));
    }
}

/// What a variant has of its product where it has none of its own.
fn shared(product: &Value, variant: &Value, at: &str, draft: &mut Draft<'_>) {
    for (of, before) in [(variant, format!("{at}.")), (product, String::new())] {
        let column = |name: &str| format!("{before}{name}");
        let media = values::parts(&of["media"]);
        let pictures = media.iter().filter(|part| part["type"].as_str().is_none_or(|kind| kind == "image"));
        draft.text("image", &column("media"), pictures.filter_map(|part| part.get("url")).next());
        let categories = values::parts(&of["categories"]).into_iter();
        let categories = categories.filter_map(|category| as_text(category.get("value").unwrap_or(category)));
        let paths = categories.filter_map(|text| values::path(&text)).collect();
        draft.put("category", &column("categories"), values::paths(paths));
        let tags = values::parts(&of["tags"]).into_iter().filter_map(as_text).map(Value::from).collect();
        draft.put("tags", &column("tags"), Some(Value::Array(tags)));
        if let Some(url) = of.get("url") {
            draft.plain_attribute("url", &column("url"), url);
        }
        if let Some(seller) = of["seller"].get("name") {
            draft.plain_attribute("seller", &column("seller.name"), seller);
        }
        if let Some(condition) = of.get("condition") {
            draft.plain_attribute("condition", &column("condition"), condition);
        }
        for (field, name) in [("rating", "value"), ("rating_count", "count")] {
            draft.put(field, &column("rating"), of["rating"].get(name).filter(|value| value.is_number()).cloned());
        }
    }
}
