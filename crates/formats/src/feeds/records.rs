use serde_json::{Map, Value};

use super::draft::{Draft, is_item_field};
use super::table::Table;
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::as_text;

/// Records of hosted search: an object an item, with its `objectID`.
pub(super) struct Records;

impl Feed for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn recognise(&self, columns: &[String], _: &[&Map<String, Value>]) -> Option<Sign> {
        let has = columns.iter().any(|column| column == "objectID");
        has.then_some(Sign { confidence: 0.95, reason: "an `objectID`" })
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader)
    }
}

struct Reader;

/// Columns that become fields, by comparable names; all others become attributes.
const SEEN: [&str; 27] = [
    "objectid",
    "parentid",
    "groupid",
    "itemgroupid",
    "name",
    "title",
    "description",
    "brand",
    "categories",
    "category",
    "hierarchicalcategories",
    "price",
    "currency",
    "listprice",
    "image",
    "imageurl",
    "images",
    "instock",
    "available",
    "availability",
    "stock",
    "inventory",
    "tags",
    "_tags",
    "rating",
    "ratingcount",
    "reviewcount",
];

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        let table = Table::new(row);
        let mut draft = Draft::new(terms);
        let texts: [(&str, &[&str]); 3] =
            [("id", &["objectid"]), ("group", &["parentid", "groupid", "itemgroupid"]), ("brand", &["brand"])];
        for (field, names) in texts {
            if let Some((column, value)) = table.cell(names) {
                draft.text(field, column, Some(value.get("name").unwrap_or(value)));
            }
        }
        for (field, names) in [("title", ["title", "name"]), ("description", ["description", "shortdescription"])] {
            match table.cell(&names) {
                // Texts by language are taken as they are.
                Some((column, value)) if value.is_object() => draft.put(field, column, Some(value.clone())),
                Some((column, value)) => draft.prose(field, column, Some(value)),
                None => {}
            }
        }
        category(&table, &mut draft);
        price(&table, &mut draft);
        stock(&table, &mut draft);
        for (field, names) in [("rating", ["rating", "rating"]), ("rating_count", ["ratingcount", "reviewcount"])] {
            if let Some((column, value)) = table.cell(&names).filter(|(_, value)| value.is_number()) {
                draft.put(field, column, Some(value.clone()));
            }
        }
        if let Some((column, value)) = table.cell(&["tags", "_tags"]) {
            let tags = values::parts(value).into_iter().filter_map(as_text).map(Value::from);
            draft.put("tags", column, Some(Value::Array(tags.collect())));
        }
        pictures(&table, &mut draft);
        rest(&table, &mut draft, out);
        draft.finish(out);
    }
}

/// The deepest level of a hierarchy, else a list of categories as one path.
fn category(table: &Table<'_>, draft: &mut Draft<'_>) {
    if let Some((column, Value::Object(levels))) = table.cell(&["hierarchicalcategories"]) {
        let deepest = levels.iter().filter(|(_, value)| !value.is_null()).max_by_key(|(level, _)| level.as_str());
        let texts = deepest.map(|(_, value)| values::parts(value)).unwrap_or_default();
        let paths = texts.into_iter().filter_map(as_text).filter_map(|text| values::path(&text)).collect();
        draft.put("category", column, values::paths(paths));
    }
    let Some((column, value)) = table.cell(&["categories", "category"]) else { return };
    let path = match value {
        Value::String(text) => values::path(text),
        Value::Array(parts) if parts.iter().all(Value::is_string) => Some(value.clone()),
        _ => None,
    };
    draft.put("category", column, path);
}

fn price(table: &Table<'_>, draft: &mut Draft<'_>) {
    let currency = table.text(&["currency"]);
    for (field, name) in [("price", "price"), ("attributes.list_price", "listprice")] {
        let Some((column, value)) = table.cell(&[name]) else { continue };
        match value {
            Value::Object(_) => draft.put(field.trim_start_matches("attributes."), column, Some(value.clone())),
            _ => draft.money(field, column, Some(value), currency.as_deref()),
        }
    }
}

fn stock(table: &Table<'_>, draft: &mut Draft<'_>) {
    if let Some((column, value)) = table.cell(&["instock", "available", "availability"]) {
        draft.try_put("available", column, values::availability(value, column).map(|yes| Some(Value::Bool(yes))));
    }
    if let Some((column, value)) = table.cell(&["stock", "inventory"]) {
        draft.try_put("stock", column, values::stock(value, column).map(Some));
    }
}

fn pictures(table: &Table<'_>, draft: &mut Draft<'_>) {
    let Some((column, value)) = table.cell(&["image", "imageurl", "images"]) else { return };
    draft.text("image", column, values::parts(value).first().copied());
}

/// Attributes, those inside objects under both names. What begins with `_` is the search's own.
fn rest(table: &Table<'_>, draft: &mut Draft<'_>, out: &mut Items) {
    for (name, (column, value)) in table.cells() {
        if SEEN.contains(&name) {
            continue;
        }
        if column.starts_with('_') {
            out.left_out.push((column.to_owned(), "it belongs to the search that the record comes from"));
            continue;
        }
        let own = if is_item_field(column) { format!("{column}_column") } else { column.to_owned() };
        if draft.plain_attribute(&own, column, value) {
            continue;
        }
        let parts = value.as_object().into_iter().flatten();
        let taken =
            parts.filter(|(inner, part)| draft.plain_attribute(&format!("{column}_{inner}"), column, part)).count();
        if taken == 0 {
            out.left_out.push((column.to_owned(), "lists of objects have no place in an item"));
        }
    }
}
