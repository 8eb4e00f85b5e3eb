//! Curations as documents.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{Banner, Curation, CurationCondition, FieldError, QueryMatch, QueryPattern, RequestRule, Surface};

use super::fields::{Fields, each, text};
use super::settings::{filter_from_json, rule_from_json, rule_to_json};
use crate::time;

const FIELDS: [&str; 8] = ["name", "when", "rules", "filter", "redirect", "banners", "from", "until"];
/// Characters of a name, a query or a heading; of an address or a few words.
const CHARS_MAX: usize = 200;
const LONG_MAX: usize = 2000;
/// Queries, segments and rules of one curation; its banners.
const ENTRIES_MAX: usize = 200;
const BANNERS_MAX: usize = 10;

/// Reads a curation.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn curation_from_json(document: &Value) -> Result<Curation, FieldError> {
    let fields = Fields::new(document, "a curation", &FIELDS)?;
    fields.required("name", "what people call it")?;
    let curation = Curation {
        name: fields.read("name", |name| words(name, CHARS_MAX))?.unwrap_or_default(),
        when: fields.read("when", condition)?.unwrap_or_default(),
        rules: fields.read("rules", |rules| each(rules, ENTRIES_MAX, rule_from_json))?.unwrap_or_default(),
        filter: fields.read("filter", filter_from_json)?,
        redirect: fields.read("redirect", address)?,
        banners: fields.read("banners", |banners| each(banners, BANNERS_MAX, banner))?.unwrap_or_default(),
        from: fields.read("from", time::from_json)?,
        until: fields.read("until", time::from_json)?,
    };
    if let (Some(from), Some(until)) = (curation.from, curation.until)
        && from >= until
    {
        let got = document["until"].to_string();
        return Err(FieldError::new("value_invalid", "until", "a time after `from`", got));
    }
    check_pins(&curation.rules)?;
    Ok(curation)
}

/// Writes a curation; [`curation_from_json`] reads the same back.
pub fn curation_to_json(curation: &Curation) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    put("name", Value::from(&*curation.name));
    put("when", condition_to_json(&curation.when));
    put("rules", curation.rules.iter().map(rule_to_json).collect());
    put("banners", curation.banners.iter().map(banner_to_json).collect());
    curation.filter.iter().for_each(|filter| put("filter", Value::from(filter.to_string())));
    curation.redirect.iter().for_each(|redirect| put("redirect", Value::from(&**redirect)));
    curation.from.iter().for_each(|from| put("from", time::to_json(*from)));
    curation.until.iter().for_each(|until| put("until", time::to_json(*until)));
    Value::Object(document)
}

/// One item has one place, and one place one item: what else is meant could only be guessed.
fn check_pins(rules: &[RequestRule]) -> Result<(), FieldError> {
    let mut pins = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let RequestRule::Pin { item, position } = rule else { continue };
        if pins.iter().any(|(other, place)| *other == item || *place == position) {
            let expected = "every item and every place pinned once";
            let got = format!("`{}` at {position}", item.as_str());
            return Err(FieldError::new("value_invalid", format!("rules[{at}].pin"), expected, got));
        }
        pins.push((item, position));
    }
    Ok(())
}

fn condition(value: &Value) -> Result<CurationCondition, FieldError> {
    let fields = Fields::new(value, "conditions", &["queries", "surfaces", "segments"])?;
    let surface = |value: &Value| {
        let names = || Surface::ALL.iter().map(|surface| surface.name()).collect::<Vec<_>>().join(", ");
        let name = text(value)?;
        Surface::from_name(name)
            .ok_or_else(|| FieldError::new("value_invalid", "", format!("one of {}", names()), name))
    };
    Ok(CurationCondition {
        queries: fields.read("queries", |queries| each(queries, ENTRIES_MAX, pattern))?.unwrap_or_default(),
        surfaces: fields.read("surfaces", |surfaces| each(surfaces, Surface::ALL.len(), surface))?.unwrap_or_default(),
        segments: fields
            .read("segments", |segments| each(segments, ENTRIES_MAX, |segment| words(segment, CHARS_MAX)))?
            .unwrap_or_default(),
    })
}

fn condition_to_json(when: &CurationCondition) -> Value {
    let query = |pattern: &QueryPattern| json!({ "match": pattern.how.name(), "text": &*pattern.text });
    json!({
        "queries": when.queries.iter().map(query).collect::<Vec<_>>(),
        "surfaces": when.surfaces.iter().map(|surface| surface.name()).collect::<Vec<_>>(),
        "segments": when.segments.iter().map(|segment| &**segment).collect::<Vec<_>>(),
    })
}

fn pattern(value: &Value) -> Result<QueryPattern, FieldError> {
    let fields = Fields::new(value, "a query", &["match", "text"])?;
    let how = fields.read("match", |value| {
        let names = QueryMatch::ALL.map(QueryMatch::name).join(", ");
        let name = text(value)?;
        QueryMatch::from_name(name).ok_or_else(|| FieldError::new("value_invalid", "", format!("one of {names}"), name))
    })?;
    fields.required("text", "what is typed")?;
    // An empty one is browsing.
    let text = fields.read("text", |value| short(value, CHARS_MAX))?.unwrap_or_default();
    let how = how.unwrap_or(QueryMatch::Is);
    if text.trim().is_empty() && how != QueryMatch::Is {
        return Err(FieldError::new("value_invalid", "text", format!("what a query {} ", how.name()), "nothing"));
    }
    Ok(QueryPattern { how, text })
}

fn banner(value: &Value) -> Result<Banner, FieldError> {
    let fields = Fields::new(value, "a banner", &["title", "text", "image", "link"])?;
    fields.required("title", "its heading")?;
    Ok(Banner {
        title: fields.read("title", |title| words(title, CHARS_MAX))?.unwrap_or_default(),
        text: fields.read("text", |text| words(text, LONG_MAX))?,
        image: fields.read("image", address)?,
        link: fields.read("link", address)?,
    })
}

fn banner_to_json(banner: &Banner) -> Value {
    let mut document = Map::from_iter([("title".to_owned(), Value::from(&*banner.title))]);
    for (name, value) in [("text", &banner.text), ("image", &banner.image), ("link", &banner.link)] {
        document.extend(value.as_ref().map(|value| (name.to_owned(), Value::from(&**value))));
    }
    Value::Object(document)
}

/// An address that a page may lead to: of the web, or within the shop. What would run as a script is refused.
fn address(value: &Value) -> Result<Arc<str>, FieldError> {
    let address = words(value, LONG_MAX)?;
    let is_within = address.starts_with('/') && !address.starts_with("//");
    let is_of_the_web = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
    if (is_within || is_of_the_web) && !address.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Ok(address);
    }
    let expected = "an address that begins with https://, http:// or /, without blanks";
    Err(FieldError::new("value_invalid", "", expected, &*address))
}

fn words(value: &Value, most: usize) -> Result<Arc<str>, FieldError> {
    let words = short(value, most)?;
    if words.trim().is_empty() { Err(FieldError::new("value_invalid", "", "a text", "nothing")) } else { Ok(words) }
}

fn short(value: &Value, most: usize) -> Result<Arc<str>, FieldError> {
    let found = text(value)?;
    let chars = found.chars().count();
    if chars > most {
        return Err(FieldError::new("out_of_range", "", format!("at most {most} characters"), chars.to_string()));
    }
    Ok(Arc::from(found))
}
