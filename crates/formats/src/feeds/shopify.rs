use serde_json::{Map, Value};

use super::draft::Draft;
use super::table::{Cell, Table, has_all};
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::{as_text, parse_number};

/// Shopify's export of products: a row a variant, or a picture; what belongs to the product stands in its first row alone.
pub(super) struct Shopify;

impl Feed for Shopify {
    fn name(&self) -> &'static str {
        "shopify"
    }

    fn recognise(&self, columns: &[String], _: &[&Map<String, Value>]) -> Option<Sign> {
        let reason = "columns of a Shopify export: a handle, and options of variants";
        let (old, new) = (["handle", "option1value", "variantprice"], ["urlhandle", "option1value", "price"]);
        (has_all(columns, &old) || has_all(columns, &new)).then_some(Sign { confidence: 1.0, reason })
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader::default())
    }
}

/// The first row of the product that is being read, and its handle.
#[derive(Default)]
struct Reader {
    handle: String,
    product: Map<String, Value>,
}

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        let table = Table::new(row);
        let handle = table.text(&["handle", "urlhandle"]).unwrap_or_default();
        if handle != self.handle || handle.is_empty() {
            self.handle.clone_from(&handle);
            self.product = row.clone();
        }
        if table.cell(&["variantprice", "price", "variantsku", "sku", "option1value"]).is_none() {
            out.left_out.push(("a row with a picture alone".to_owned(), "an item has one picture"));
            return;
        }
        let product = Table::new(&self.product);
        let mut draft = Draft::new(terms);
        let options = options(&table, &product);
        identity(&handle, &options, &table, &mut draft);
        described(&product, &mut draft);
        price(&table, &mut draft);
        stock(&table, &product, &mut draft);
        for (name, column, value) in &options {
            draft.attribute(name, column, Some(Value::from(value.as_str())));
        }
        pictures(&handle, &table, &product, &mut draft);
        for (name, names) in
            [("gtin", ["variantbarcode", "barcode"]), ("weight_grams", ["variantgrams", "weightvaluegrams"])]
        {
            if let Some((column, value)) = table.cell(&names) {
                draft.attribute(name, column, values::number_text(value));
            }
        }
        draft.finish(out);
    }
}

/// Name, column and value of each option. Names stand in the product's first row; a product without variants has one option
/// that says so.
fn options(table: &Table<'_>, product: &Table<'_>) -> Vec<(String, String, String)> {
    let option = |place: usize| {
        let (name, value) = (format!("option{place}name"), format!("option{place}value"));
        let named = table.text(&[&name]).or_else(|| product.text(&[&name]))?;
        let (column, value) = table.cell(&[&value])?;
        let value = as_text(value)?.trim().to_owned();
        (named != "Title" || value != "Default Title").then(|| (named.to_lowercase(), column.to_owned(), value))
    };
    (1..=3).filter_map(option).collect()
}

fn identity(handle: &str, options: &[(String, String, String)], table: &Table<'_>, draft: &mut Draft<'_>) {
    match table.cell(&["variantsku", "sku"]) {
        Some((column, value)) => draft.put("id", column, values::number_text(value)),
        None => {
            let parts = std::iter::once(handle).chain(options.iter().map(|(.., value)| value.as_str()));
            draft.put("id", "Handle", Some(Value::from(parts.collect::<Vec<_>>().join("-"))));
        }
    }
    draft.put("group", "Handle", Some(Value::from(handle)));
}

fn described(product: &Table<'_>, draft: &mut Draft<'_>) {
    let mut take = |field: &str, names: &[&str], read: &dyn Fn(&mut Draft<'_>, &str, Cell<'_>)| {
        if let Some(cell) = product.cell(names) {
            read(draft, field, cell);
        }
    };
    take("title", &["title"], &|draft, field, (column, value)| draft.text(field, column, Some(value)));
    take("brand", &["vendor"], &|draft, field, (column, value)| draft.text(field, column, Some(value)));
    take("description", &["bodyhtml", "description", "body"], &|draft, field, (column, value)| {
        draft.prose(field, column, Some(value));
    });
    take("category", &["productcategory", "type", "customproducttype"], &|draft, field, (column, value)| {
        draft.put(field, column, as_text(value).and_then(|text| values::path(&text)));
    });
    take("type", &["type", "customproducttype"], &|draft, field, (column, value)| {
        draft.plain_attribute(field, column, value);
    });
    take("tags", &["tags"], &|draft, field, (column, value)| {
        draft.put(field, column, as_text(value).map(|text| Value::Array(values::split(&text, &[',']))));
    });
}

/// The file names no currency: it is the shop's.
fn price(table: &Table<'_>, draft: &mut Draft<'_>) {
    let (now, before) =
        (table.cell(&["variantprice", "price"]), table.cell(&["variantcompareatprice", "compareatprice"]));
    let number = |cell: Option<Cell<'_>>| cell.and_then(|(_, value)| parse_number(&as_text(value)?));
    let is_reduced = number(before).is_some_and(|before| number(now).is_some_and(|now| before > now));
    if let Some((column, value)) = now {
        draft.money("price", column, Some(value), None);
    }
    if let Some((column, value)) = before.filter(|_| is_reduced) {
        draft.money("attributes.list_price", column, Some(value), None);
    }
}

fn stock(table: &Table<'_>, product: &Table<'_>, draft: &mut Draft<'_>) {
    let said = |names: &[&str]| product.text(names).map(|text| text.to_lowercase());
    let is_active = said(&["status"]).is_none_or(|status| status == "active");
    let is_published = said(&["published", "publishedononlinestore"]).is_none_or(|published| published != "false");
    if !is_active || !is_published {
        let column = if is_active { "Published" } else { "Status" };
        draft.put("available", column, Some(Value::Bool(false)));
    }
    let policy = table.text(&["variantinventorypolicy", "continuesellingwhenoutofstock"]).unwrap_or_default();
    // Where selling goes on without stock, no stock is no reason not to sell.
    let sells_on = ["continue", "true"].contains(&policy.to_lowercase().as_str());
    if let Some((column, value)) = table.cell(&["variantinventoryqty", "inventoryquantity"]).filter(|_| !sells_on) {
        draft.try_put("stock", column, values::stock(value, column).map(Some));
    }
}

fn pictures(handle: &str, table: &Table<'_>, product: &Table<'_>, draft: &mut Draft<'_>) {
    let own = table.cell(&["variantimage", "variantimageurl"]);
    let first = || product.cell(&["imagesrc", "productimageurl"]);
    let picture = own.or_else(|| table.cell(&["imagesrc", "productimageurl"])).or_else(first);
    if let Some((column, value)) = picture {
        draft.text("image", column, Some(value));
    }
    if !handle.is_empty() {
        draft.attribute("url", "Handle", Some(Value::from(format!("/products/{handle}"))));
    }
}
