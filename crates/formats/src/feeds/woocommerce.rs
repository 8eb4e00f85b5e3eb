use std::collections::HashMap;

use serde_json::{Map, Value};

use super::draft::Draft;
use super::table::{Table, has_all};
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::as_text;

/// WooCommerce's export of products: a row a product, and a row a variation, which names its parent.
pub(super) struct WooCommerce;

impl Feed for WooCommerce {
    fn name(&self) -> &'static str {
        "woocommerce"
    }

    fn recognise(&self, columns: &[String], _: &[&Map<String, Value>]) -> Option<Sign> {
        let is_like = has_all(columns, &["type", "sku", "name", "regularprice"]);
        let reason = "columns of a WooCommerce export: a type, an SKU and a regular price";
        is_like.then_some(Sign { confidence: 1.0, reason })
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader::default())
    }
}

/// Products with variations, by SKU and by `id:` and number, and in the order in which they came.
#[derive(Default)]
struct Reader {
    parents: Vec<Parent>,
    by_name: HashMap<String, usize>,
}

struct Parent {
    row: Map<String, Value>,
    has_variations: bool,
}

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        let table = Table::new(row);
        let kind = table.text(&["type"]).unwrap_or_default().to_lowercase();
        let kinds: Vec<&str> = kind.split(',').map(str::trim).collect();
        if kinds.contains(&"variable") {
            let place = self.parents.len();
            let names = [table.text(&["sku"]), table.text(&["id"]).map(|id| format!("id:{id}"))];
            self.by_name.extend(names.into_iter().flatten().map(|name| (name, place)));
            self.parents.push(Parent { row: row.clone(), has_variations: false });
        } else if kinds.contains(&"grouped") {
            out.left_out.push((kind.clone(), "a group of products is none itself"));
        } else {
            let named = table.text(&["parent"]);
            let parent = named.as_ref().and_then(|name| self.by_name.get(name)).copied();
            let parent = parent.and_then(|place| self.parents.get_mut(place));
            let parent_row = parent.map(|parent| {
                parent.has_variations = true;
                &parent.row
            });
            item(row, parent_row, named, terms, out);
        }
    }

    /// A product that has variations on paper only is an item all the same.
    fn finish(&mut self, terms: &Terms, out: &mut Items) {
        for parent in self.parents.drain(..).filter(|parent| !parent.has_variations) {
            item(&parent.row, None, None, terms, out);
        }
    }
}

fn item(
    row: &Map<String, Value>,
    parent: Option<&Map<String, Value>>,
    named: Option<String>,
    terms: &Terms,
    out: &mut Items,
) {
    let (own, empty) = (Table::new(row), Map::new());
    let parent = Table::new(parent.unwrap_or(&empty));
    let mut draft = Draft::new(terms);
    if let Some((column, value)) = own.cell(&["sku", "id"]) {
        draft.put("id", column, values::number_text(value));
    }
    let group = parent.text(&["sku", "id"]).or(named);
    draft.put("group", "Parent", group.map(Value::from));
    // A variation's name ends with its options, which are attributes; the product's name is the title.
    for table in [&parent, &own] {
        if let Some((column, value)) = table.cell(&["name"]) {
            draft.prose("title", column, Some(value));
        }
    }
    for table in [&own, &parent] {
        described(table, &mut draft);
    }
    price(&own, &mut draft);
    stock(&own, &parent, &mut draft);
    draft.finish(out);
}

fn described(table: &Table<'_>, draft: &mut Draft<'_>) {
    for name in ["description", "shortdescription"] {
        if let Some((column, value)) = table.cell(&[name]) {
            // What breaks a line is written out.
            let text = as_text(value).map(|text| Value::from(text.replace("\\n", "\n")));
            draft.prose("description", column, text.as_ref());
        }
    }
    if let Some((column, value)) = table.cell(&["brands", "brand"]) {
        draft.text("brand", column, Some(value));
    }
    let listed = |names: &[&str]| {
        let (column, value) = table.cell(names)?;
        Some((column, values::split(&as_text(value)?, &[','])))
    };
    if let Some((column, paths)) = listed(&["categories"]) {
        let paths = paths.iter().filter_map(|path| values::path(path.as_str()?)).collect();
        draft.put("category", column, values::paths(paths));
    }
    if let Some((column, tags)) = listed(&["tags"]) {
        draft.put("tags", column, Some(Value::Array(tags)));
    }
    if let Some((column, mut images)) = listed(&["images"]) {
        draft.put("image", column, images.first().cloned());
        draft.attribute("images", column, Some(Value::Array(images.split_off(1.min(images.len())))));
    }
    for place in 1..=20 {
        let (name, value) = (format!("attribute{place}name"), format!("attribute{place}values"));
        if let (Some(name), Some((column, value))) = (table.text(&[&name]), table.cell(&[&value])) {
            let said = as_text(value).map(|text| values::split(&text, &[',']));
            let said = said.map(|mut parts| if parts.len() == 1 { parts.remove(0) } else { Value::Array(parts) });
            draft.attribute(&name.to_lowercase(), column, said);
        }
    }
    for (name, column) in [("gtin", "gtinupceanorisbn"), ("weight", "weightkg"), ("shipping_class", "shippingclass")] {
        if let Some((column, value)) = table.cell(&[column]) {
            draft.attribute(name, column, values::number_text(value));
        }
    }
}

/// The sale price while it holds. The file names no currency: it is the shop's.
fn price(own: &Table<'_>, draft: &mut Draft<'_>) {
    let date = |names: &[&str]| own.text(names).and_then(|text| crate::time::parse_iso(&text)).map(|time| time.0);
    let now = draft.terms.now.0;
    let begun = date(&["datesalepricestarts"]).is_none_or(|from| from <= now);
    let ended = date(&["datesalepriceends"]).is_some_and(|to| to < now);
    let sale = own.cell(&["saleprice"]).filter(|_| begun && !ended);
    if let Some((column, value)) = sale {
        draft.money("price", column, Some(value), None);
    }
    if let Some((column, value)) = own.cell(&["regularprice"]) {
        draft.money(if sale.is_some() { "attributes.list_price" } else { "price" }, column, Some(value), None);
    }
}

fn stock(own: &Table<'_>, parent: &Table<'_>, draft: &mut Draft<'_>) {
    let is_hidden = |table: &Table<'_>| table.text(&["published"]).is_some_and(|published| published != "1");
    if is_hidden(own) || is_hidden(parent) {
        draft.put("available", "Published", Some(Value::Bool(false)));
    } else if let Some((column, value)) = own.cell(&["instock"]) {
        draft.try_put("available", column, values::availability(value, column).map(|yes| Some(Value::Bool(yes))));
    }
    let sells_on =
        own.text(&["backordersallowed"]).is_some_and(|allowed| ["1", "notify", "yes"].contains(&allowed.as_str()));
    if let Some((column, value)) = own.cell(&["stock"]).filter(|_| !sells_on) {
        draft.try_put("stock", column, values::stock(value, column).map(Some));
    }
}
