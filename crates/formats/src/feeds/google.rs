use serde_json::{Map, Value};

use super::draft::Draft;
use super::table::{Table, has_all};
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::as_text;

/// Google Merchant Center, in XML or between tabs; Meta's catalogues have nearly the same columns.
pub(super) struct GoogleMerchant;

impl Feed for GoogleMerchant {
    fn name(&self) -> &'static str {
        "google-merchant"
    }

    fn recognise(&self, columns: &[String], _: &[&Map<String, Value>]) -> Option<Sign> {
        let is_like = has_all(columns, &["id", "title", "link"]);
        match is_like && (has_all(columns, &["imagelink"]) || has_all(columns, &["googleproductcategory"])) {
            true => Some(Sign { confidence: 0.95, reason: "columns id, title, link and image_link" }),
            false => None,
        }
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader)
    }
}

struct Reader;

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        let table = Table::new(row);
        let mut draft = Draft::new(terms);
        for (field, names) in [("id", ["id"]), ("group", ["itemgroupid"]), ("brand", ["brand"])] {
            if let Some((column, value)) = table.cell(&names) {
                draft.text(field, column, Some(value));
            }
        }
        for (field, names) in [("title", ["title"]), ("description", ["description"])] {
            if let Some((column, value)) = table.cell(&names) {
                draft.prose(field, column, Some(value));
            }
        }
        category(&table, &mut draft);
        price(&table, &mut draft);
        if let Some((column, value)) = table.cell(&["availability"]) {
            draft.try_put("available", column, values::availability(value, column).map(|yes| Some(Value::Bool(yes))));
        }
        if let Some((column, value)) = table.cell(&["quantity", "inventory", "quantitytosellonfacebook"]) {
            draft.try_put("stock", column, values::stock(value, column).map(Some));
        }
        pictures(&table, &mut draft);
        details(&table, &mut draft);
        rest(&table, &mut draft, out);
        draft.finish(out);
    }
}

/// The shop's own types; Google's category where there are none and it is a path and no number.
fn category(table: &Table<'_>, draft: &mut Draft<'_>) {
    for names in [["producttype"], ["googleproductcategory"]] {
        let Some((column, value)) = table.cell(&names) else { continue };
        let paths = values::parts(value).into_iter().filter_map(as_text);
        let paths = paths.filter(|text| text.parse::<u64>().is_err()).filter_map(|text| values::path(&text));
        draft.put("category", column, values::paths(paths.collect()));
    }
}

/// The sale price while it holds; what it was before is the list price.
fn price(table: &Table<'_>, draft: &mut Draft<'_>) {
    let (sale, full) = (table.cell(&["saleprice"]), table.cell(&["price"]));
    let holds = table.text(&["salepriceeffectivedate"]).is_none_or(|window| is_within(&window, draft.terms.now.0));
    let has_sale = sale.is_some() && holds;
    if let Some((column, value)) = sale.filter(|_| holds) {
        draft.money("price", column, Some(value), None);
    }
    if let Some((column, value)) = full {
        draft.money(if has_sale { "attributes.list_price" } else { "price" }, column, Some(value), None);
    }
}

/// Whether a moment lies in `from/to`; what cannot be read does not end a sale.
fn is_within(window: &str, now: i64) -> bool {
    let (from, to) = window.split_once('/').unwrap_or((window, ""));
    let time = |text: &str| crate::time::parse_iso(text).map(|time| time.0);
    time(from).is_none_or(|from| from <= now) && time(to).is_none_or(|to| now <= to)
}

fn pictures(table: &Table<'_>, draft: &mut Draft<'_>) {
    if let Some((column, value)) = table.cell(&["imagelink"]) {
        draft.text("image", column, values::parts(value).first().copied());
    }
    if let Some((column, value)) = table.cell(&["additionalimagelink"]) {
        let links = values::parts(value).into_iter().filter_map(as_text);
        let links: Vec<Value> = links.flat_map(|text| values::split(&text, &[','])).collect();
        draft.attribute("images", column, Some(Value::Array(links)));
    }
    if let Some((column, value)) = table.cell(&["link"]) {
        draft.plain_attribute("url", column, value);
    }
}

/// `section:name:value`, or elements of these names: each its own attribute.
fn details(table: &Table<'_>, draft: &mut Draft<'_>) {
    let Some((column, value)) = table.cell(&["productdetail"]) else { return };
    for detail in values::parts(value) {
        let written = as_text(detail).unwrap_or_default();
        for part in written.split(',').filter(|part| part.contains(':')) {
            let mut pieces = part.rsplitn(3, ':').map(str::trim);
            let (said, name) = (pieces.next(), pieces.next());
            draft.attribute(name.unwrap_or_default(), column, said.map(Value::from));
        }
        if let (Some(name), Some(said)) =
            (detail.get("attribute_name").and_then(as_text), detail.get("attribute_value"))
        {
            draft.plain_attribute(&name, column, said);
        }
    }
}

/// What is left becomes attributes; what has parts, such as shipping for each country, has no place.
fn rest(table: &Table<'_>, draft: &mut Draft<'_>, out: &mut Items) {
    const SEEN: [&str; 18] = [
        "id",
        "itemgroupid",
        "title",
        "description",
        "brand",
        "producttype",
        "price",
        "saleprice",
        "salepriceeffectivedate",
        "availability",
        "quantity",
        "inventory",
        "quantitytosellonfacebook",
        "imagelink",
        "additionalimagelink",
        "link",
        "productdetail",
        "availabilitydate",
    ];
    for (name, (column, value)) in table.cells() {
        if !SEEN.contains(&name) && !draft.plain_attribute(column.trim_start_matches("g:"), column, value) {
            out.left_out.push((column.to_owned(), "it has parts, and tells of something beside the item"));
        }
    }
}
