//! Items as products of the agentic commerce protocols.

use serde_json::{Map, Value, json};
use types::{Item, Language, Money, well_known};

use super::values::decimals;

/// Which of the two protocols is written: they share a shape, and each asks for something more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgenticFeed {
    /// The Agentic Commerce Protocol's product feed.
    Acp,
    /// The Universal Commerce Protocol's product, with its range of prices and a description of each variant.
    Ucp,
}

/// A product, or why it cannot be one.
pub type Written = Result<Value, &'static str>;

/// The product of a group's items, or of a single one, with a variant an item.
///
/// # Errors
/// Where no item has a title and a price, which the protocols ask for.
pub fn agentic_products(items: &[Item], feed: AgenticFeed) -> Written {
    let first = items.first().ok_or("it has no items")?;
    let variants: Vec<Value> = items.iter().filter_map(|item| variant(item, feed)).collect();
    if variants.is_empty() {
        return Err("it has no price");
    }
    let mut product = Map::new();
    let id = first.group.as_ref().map_or(first.id.as_str(), |group| group.as_str());
    product.insert("id".to_owned(), Value::from(id));
    product.insert("title".to_owned(), Value::from(first.title()));
    product.insert("description".to_owned(), json!({ "plain": description(first) }));
    if let Some(url) = word(first, "url") {
        product.insert("url".to_owned(), Value::from(url));
    }
    if let Some(media) = media(first) {
        product.insert("media".to_owned(), media);
    }
    let categories = first.categories(well_known::CATEGORY).iter().map(|path| {
        let path: Vec<&str> = path.iter().map(|part| &**part).collect();
        json!({ "value": path.join(" > "), "taxonomy": "merchant" })
    });
    put_list(&mut product, "categories", categories.collect());
    put_list(&mut product, "tags", first.keywords(well_known::TAGS).iter().map(|tag| Value::from(&**tag)).collect());
    if let Some(rating) = first.number(well_known::RATING) {
        let count = first.number(well_known::RATING_COUNT).unwrap_or(0.0);
        product.insert("rating".to_owned(), json!({ "value": rating, "scale_max": 5, "count": count as u64 }));
    }
    if feed == AgenticFeed::Ucp {
        product.insert("price_range".to_owned(), range(&variants));
    }
    product.insert("variants".to_owned(), Value::Array(variants));
    Ok(Value::Object(product))
}

fn variant(item: &Item, feed: AgenticFeed) -> Option<Value> {
    let price = money(item, well_known::PRICE)?;
    let options = options(item);
    let words: Vec<&str> = options.iter().filter_map(|option| option["value"].as_str()).collect();
    let title = if words.is_empty() { item.title().to_owned() } else { words.join(" / ") };
    let mut variant = Map::new();
    variant.insert("id".to_owned(), Value::from(item.id.as_str()));
    variant.insert("title".to_owned(), Value::from(title));
    if feed == AgenticFeed::Ucp {
        variant.insert("description".to_owned(), json!({ "plain": description(item) }));
    }
    variant.insert("price".to_owned(), minor(price));
    if let Some(before) = money(item, well_known::LIST_PRICE) {
        variant.insert("list_price".to_owned(), minor(before));
    }
    let is_buyable = item.is_buyable();
    let status = if is_buyable { "in_stock" } else { "out_of_stock" };
    variant.insert("availability".to_owned(), json!({ "available": is_buyable, "status": status }));
    if let Some(gtin) = word(item, "gtin") {
        variant.insert("barcodes".to_owned(), json!([{ "type": "GTIN", "value": gtin }]));
    }
    put_list(&mut variant, "variant_options", options);
    if let Some(media) = media(item) {
        variant.insert("media".to_owned(), media);
    }
    if let Some(seller) = item.keywords(well_known::SELLER).first().or(item.keywords(well_known::BRAND).first()) {
        variant.insert("seller".to_owned(), json!({ "name": &**seller }));
    }
    Some(Value::Object(variant))
}

/// What tells variants apart, as far as attributes go by the names that feeds have for it.
fn options(item: &Item) -> Vec<Value> {
    const NAMES: [(&str, &str); 8] = [
        ("color", "Color"),
        ("colour", "Color"),
        ("颜色", "颜色"),
        ("size", "Size"),
        ("尺码", "尺码"),
        ("material", "Material"),
        ("pattern", "Pattern"),
        ("style", "Style"),
    ];
    let option = |(name, label): &(&str, &str)| Some(json!({ "name": label, "value": word(item, name)? }));
    NAMES.iter().filter_map(option).collect()
}

fn word(item: &Item, name: &str) -> Option<String> {
    match item.get(name)? {
        types::Value::Keywords(words) => words.first().map(|word| word.to_string()),
        types::Value::Text(texts) => Some(texts.best(Language::Other).to_owned()),
        types::Value::Number(number) => Some(number.to_string()),
        types::Value::Image(url) => Some(url.to_string()),
        types::Value::Money(_) | types::Value::Time(_) | types::Value::Boolean(_) | types::Value::Categories(_) => None,
    }
}

fn description(item: &Item) -> String {
    let text = item.text(well_known::DESCRIPTION).map(|texts| texts.best(Language::Other));
    text.filter(|text| !text.is_empty()).unwrap_or(item.title()).to_owned()
}

fn media(item: &Item) -> Option<Value> {
    let types::Value::Image(url) = item.get(well_known::IMAGE)? else { return None };
    Some(json!([{ "type": "image", "url": &**url, "alt_text": item.title() }]))
}

fn money(item: &Item, name: &str) -> Option<Money> {
    match item.get(name)? {
        types::Value::Money(money) => Some(*money),
        _ => None,
    }
}

/// An amount in the smallest unit of its currency: 12.99 euros are 1,299 cents.
pub fn minor_units(money: Money) -> i64 {
    (money.amount() * 10f64.powi(decimals(money.currency.as_str()))).round() as i64
}

fn minor(money: Money) -> Value {
    json!({ "amount": minor_units(money), "currency": money.currency.as_str() })
}

/// From the cheapest to the dearest variant, in the currency of the first.
fn range(variants: &[Value]) -> Value {
    let currency = &variants[0]["price"]["currency"];
    let same = variants.iter().map(|variant| &variant["price"]).filter(|price| price["currency"] == *currency);
    let amounts: Vec<i64> = same.filter_map(|price| price["amount"].as_i64()).collect();
    let end = |amount: Option<&i64>| json!({ "amount": amount, "currency": currency });
    json!({ "min": end(amounts.iter().min()), "max": end(amounts.iter().max()) })
}

fn put_list(document: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        document.insert(name.to_owned(), Value::Array(list));
    }
}
