use serde_json::{Map, Value};

use super::draft::Draft;
use super::{Feed, FeedReader, Items, Terms, values};
use crate::conventions::Sign;
use crate::mapping::{as_text, comparable};

/// schema.org's products as JSON-LD, in a file or in pages: products, and groups of them with variants.
pub(super) struct SchemaOrg;

impl Feed for SchemaOrg {
    fn name(&self) -> &'static str {
        "schema-org"
    }

    fn recognise(&self, columns: &[String], _: &[&Map<String, Value>]) -> Option<Sign> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        let is_like = has("@type") || has("@graph");
        is_like.then_some(Sign { confidence: 1.0, reason: "JSON-LD with `@type`" })
    }

    fn reader(&self) -> Box<dyn FeedReader> {
        Box::new(Reader)
    }
}

struct Reader;

/// Deepest nesting of lists and graphs that is followed.
const DEPTH_MAX: u32 = 8;

impl FeedReader for Reader {
    fn read(&mut self, row: &Map<String, Value>, terms: &Terms, out: &mut Items) {
        find(&Value::Object(row.clone()), None, DEPTH_MAX, terms, out);
    }
}

/// Products inside a thing: itself, the variants of a group, what a graph or a list holds.
fn find(thing: &Value, group: Option<&Value>, depth: u32, terms: &Terms, out: &mut Items) {
    if depth == 0 {
        return out.left_out.push(("things inside things".to_owned(), "they lie too deep"));
    }
    if is_of(thing, &["Product", "IndividualProduct", "ProductModel", "Vehicle", "Book"]) {
        return product(thing, group, terms, out);
    }
    if is_of(thing, &["ProductGroup"]) {
        let variants = values::parts(&thing["hasVariant"]);
        if variants.is_empty() {
            return product(thing, None, terms, out);
        }
        return variants.into_iter().for_each(|variant| find(variant, Some(thing), depth - 1, terms, out));
    }
    let inner = ["@graph", "itemListElement", "item", "mainEntity", "mainEntityOfPage"];
    let things: Vec<&Value> = inner.iter().flat_map(|name| values::parts(&thing[*name])).collect();
    let objects: Vec<&Value> = things.into_iter().filter(|value| value.is_object()).collect();
    if objects.is_empty() && thing.get("@type").is_some() {
        let kind = as_text(values::parts(&thing["@type"]).first().copied().unwrap_or(&Value::Null));
        out.left_out.push((kind.unwrap_or_default(), "it is no product"));
    }
    objects.into_iter().for_each(|inner| find(inner, group, depth - 1, terms, out));
}

fn is_of(thing: &Value, kinds: &[&str]) -> bool {
    let named = values::parts(&thing["@type"]).into_iter().filter_map(Value::as_str);
    named.map(short).any(|kind| kinds.contains(&kind))
}

/// The last part of an address: `https://schema.org/InStock`.
fn short(text: &str) -> &str {
    text.rsplit(['/', '#', ':']).next().unwrap_or(text)
}

fn product(thing: &Value, group: Option<&Value>, terms: &Terms, out: &mut Items) {
    let mut draft = Draft::new(terms);
    for name in ["sku", "productID", "gtin14", "gtin13", "gtin12", "gtin8", "gtin", "mpn", "@id", "url"] {
        draft.text("id", name, thing.get(name));
    }
    let parents = values::parts(&thing["isVariantOf"]);
    let own_group = group.or(parents.first().copied());
    for name in ["productGroupID", "inProductGroupWithID", "sku", "@id"] {
        draft.text("group", name, own_group.and_then(|group| group.get(name)));
    }
    draft.text("group", "inProductGroupWithID", thing.get("inProductGroupWithID"));
    let nothing = Value::Null;
    for of in [thing, group.unwrap_or(&nothing)] {
        described(of, &mut draft);
    }
    // A group's variants have prices of their own; what the group offers stands for those that have none.
    for of in [thing, group.unwrap_or(&nothing)] {
        if !draft.has("price") {
            offers(&of["offers"], &mut draft);
        }
    }
    draft.finish(out);
}

fn described(thing: &Value, draft: &mut Draft<'_>) {
    draft.put("title", "name", texts(&thing["name"]));
    draft.put("description", "description", texts(&thing["description"]));
    draft.put("brand", "brand", named(&thing["brand"]).or_else(|| named(&thing["manufacturer"])));
    let categories = values::parts(&thing["category"]).into_iter();
    let categories = categories.filter_map(|category| as_text(category.get("name").unwrap_or(category)));
    let paths = categories.filter_map(|text| values::path(&text.replace(" / ", " > "))).collect();
    draft.put("category", "category", values::paths(paths));
    let pictures: Vec<Value> = values::parts(&thing["image"]).into_iter().filter_map(address).collect();
    draft.put("image", "image", pictures.first().cloned());
    draft.attribute("images", "image", Some(Value::Array(pictures.into_iter().skip(1).collect())));
    let rating = &thing["aggregateRating"];
    let number = |name: &str| rating.get(name).and_then(as_text).and_then(|text| crate::mapping::parse_number(&text));
    draft.put("rating", "aggregateRating.ratingValue", number("ratingValue").map(Value::from));
    let count = number("ratingCount").or_else(|| number("reviewCount"));
    draft.put("rating_count", "aggregateRating.reviewCount", count.map(Value::from));
    let words = values::parts(&thing["keywords"]).into_iter().filter_map(as_text);
    let words = words.flat_map(|text| values::split(&text, &[',', '，'])).collect();
    draft.put("tags", "keywords", Some(Value::Array(words)));
    attributes(thing, draft);
}

fn attributes(thing: &Value, draft: &mut Draft<'_>) {
    for name in ["url", "color", "size", "material", "pattern", "mpn", "model", "releaseDate", "countryOfOrigin"] {
        draft.attribute(name, name, named(&thing[name]));
    }
    for name in ["gtin14", "gtin13", "gtin12", "gtin8", "gtin"] {
        draft.attribute("gtin", name, thing.get(name).and_then(values::number_text));
    }
    let condition = thing["itemCondition"].as_str().map(short);
    draft.attribute("condition", "itemCondition", condition.map(Value::from));
    for name in ["weight", "width", "height", "depth"] {
        draft.attribute(name, name, quantity(&thing[name]));
    }
    for property in values::parts(&thing["additionalProperty"]) {
        if let Some(name) = property.get("name").and_then(as_text) {
            let said = if property.get("unitText").or_else(|| property.get("unitCode")).is_some() {
                quantity(property)
            } else {
                property.get("value").and_then(|value| named(value).or_else(|| Some(value.clone())))
            };
            draft.attribute(&name, "additionalProperty", said.filter(|value| !value.is_object()));
        }
    }
}

/// A text, texts by language (`{"@value", "@language"}`), or HTML in either.
fn texts(value: &Value) -> Option<Value> {
    let mut by_language = Map::new();
    for part in values::parts(value) {
        let text = as_text(part.get("@value").unwrap_or(part));
        let plain = text.map(|text| Value::from(crate::html::plain_text(&text)));
        match (part["@language"].as_str(), plain) {
            (Some(language), Some(text)) => drop(by_language.insert(language.to_owned(), text)),
            (None, Some(text)) => return Some(text),
            (_, None) => {}
        }
    }
    (!by_language.is_empty()).then_some(Value::Object(by_language))
}

/// A word, the name of a thing, or the first of several.
fn named(value: &Value) -> Option<Value> {
    let first = values::parts(value).into_iter().next()?;
    let named = first.get("name").or_else(|| first.get("@value")).unwrap_or(first);
    as_text(named).map(|text| Value::from(text.trim()))
}

fn address(picture: &Value) -> Option<Value> {
    let named = ["url", "contentUrl", "@id"].iter().find_map(|name| picture.get(*name)).unwrap_or(picture);
    named.as_str().map(Value::from)
}

/// `{"value": 0.8, "unitCode": "KGM"}` in words.
fn quantity(value: &Value) -> Option<Value> {
    let Some(amount) = value.get("value").and_then(as_text) else { return named(value) };
    let unit = value.get("unitText").or_else(|| value.get("unitCode")).and_then(as_text).unwrap_or_default();
    let unit = match unit.as_str() {
        "KGM" => "kg",
        "GRM" => "g",
        "CMT" => "cm",
        "MMT" => "mm",
        "MTR" => "m",
        other => other,
    };
    Some(Value::from(format!("{amount} {unit}").trim()))
}

/// The first offer with a price; an offer may give it beside others in a specification.
fn offers(offers: &Value, draft: &mut Draft<'_>) {
    for offer in values::parts(offers) {
        let specifications = values::parts(&offer["priceSpecification"]);
        let is_before = |one: &&&Value| {
            let kind = one["priceType"].as_str().map(|kind| comparable(short(kind))).unwrap_or_default();
            ["strikethroughprice", "listprice", "msrp", "srp"].contains(&kind.as_str())
        };
        let before = specifications.iter().find(is_before).copied();
        let now = specifications.iter().find(|one| !is_before(one)).copied();
        let nested = || offer.get("offers").map(values::parts).unwrap_or_default().into_iter().next();
        let places = [Some(offer), now, nested()];
        let priced =
            places.into_iter().flatten().find_map(|of| Some((of, of.get("price").or_else(|| of.get("lowPrice"))?)));
        let Some((of, price)) = priced else { continue };
        let currency = of["priceCurrency"].as_str().or_else(|| offer["priceCurrency"].as_str());
        draft.money("price", "offers.price", Some(price), currency);
        if let Some(before) = before {
            let currency = before["priceCurrency"].as_str().or(currency);
            draft.money("attributes.list_price", "offers.priceSpecification", before.get("price"), currency);
        }
        let said = offer.get("availability").or_else(|| of.get("availability"));
        if let Some(said) = said {
            let column = "offers.availability";
            draft.try_put("available", column, values::availability(said, column).map(|yes| Some(Value::Bool(yes))));
        }
        if let Some(pieces) = offer["inventoryLevel"].get("value") {
            draft.try_put("stock", "offers.inventoryLevel", values::stock(pieces, "offers.inventoryLevel").map(Some));
        }
        for (name, value) in [("seller", &offer["seller"]), ("url", &offer["url"])] {
            draft.attribute(name, &format!("offers.{name}"), named(value));
        }
        let condition = offer["itemCondition"].as_str().map(short);
        return draft.attribute("condition", "offers.itemCondition", condition.map(Value::from));
    }
}
