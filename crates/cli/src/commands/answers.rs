//! `mercato search | recommend | explain`: asks a shop, and shows the answer with its reasons.
//!
//! Nothing asked here is logged as shown: whoever types it is no shopper.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::why;
use crate::api::{Api, path_part};
use crate::args::{Explain, Recommend, Search, Shown, Who};
use crate::config::Config;
use crate::failure::user;
use crate::output;

/// Widest title in a table, in characters.
const TITLE_CHARS_MAX: usize = 60;

/// `mercato search`.
pub(crate) fn search(args: &Search, config: &Config) -> Result<()> {
    let mut body = asked(&args.shown, &args.who);
    body.insert("query".into(), json!(args.query));
    put(&mut body, "method", args.method.as_deref());
    body.insert("sort".into(), json!(args.sort));
    // The table's last column needs the reasons.
    body.insert("explain".into(), json!(args.explain || !config.json));
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    let answer = api.call("POST", &format!("/v1/{}/search", path_part(&args.shop)), Some(&Value::Object(body)))?;
    show(&answer, config)
}

/// `mercato recommend`.
pub(crate) fn recommend(args: &Recommend, config: &Config) -> Result<()> {
    let mut body = asked(&args.shown, &args.who);
    body.insert("kind".into(), json!(kind(args.kind.as_deref(), &args.items, &args.who)?));
    body.insert("items".into(), json!(args.items));
    body.insert("explain".into(), json!(args.explain || !config.json));
    let api = Api::open(config, &args.remote)?;
    let answer = api.call("POST", &format!("/v1/{}/recommend", path_part(&args.shop)), Some(&Value::Object(body)))?;
    show(&answer, config)
}

/// `mercato explain`.
pub(crate) fn explain(args: &Explain, config: &Config) -> Result<()> {
    let mut inner = who(&args.who);
    put(&mut inner, "filter", args.filter.as_deref());
    let mut body = Map::new();
    body.insert("item".into(), json!(args.item));
    body.insert("to_place".into(), json!(args.to_place));
    if let Some(query) = &args.query {
        inner.insert("query".into(), json!(query));
        put(&mut inner, "method", args.method.as_deref());
        body.insert("search".into(), Value::Object(inner));
    } else {
        inner.insert("kind".into(), json!(args.kind));
        inner.insert("items".into(), json!(args.items));
        body.insert("recommend".into(), Value::Object(inner));
    }
    let api = Api::open_to_read(config, &args.remote, &args.shop)?;
    let answer = api.call("POST", &format!("/v1/{}/explain", path_part(&args.shop)), Some(&Value::Object(body)))?;
    if config.json {
        return output::json(&answer);
    }
    let total = output::grouped(answer["total"].as_u64().unwrap_or(0));
    match answer["position"].as_u64() {
        Some(position) => output::line(&format!("{} stands at {position} of {total}.", args.item))?,
        None => output::line(&format!("{} is not among the first of {total}.", args.item))?,
    }
    for reason in answer["reasons"].as_array().into_iter().flatten() {
        output::line(&format!("  {}", reason["message"].as_str().unwrap_or_default()))?;
    }
    match &answer["explanation"] {
        Value::Null => {}
        explanation => output::table(why::rows(explanation))?,
    }
    match &answer["what_if"] {
        Value::Null => Ok(()),
        what_if => what_would_do(what_if),
    }
}

/// What would have to change for an item to stand at a place.
fn what_would_do(what_if: &Value) -> Result<()> {
    let message = what_if["message"].as_str().unwrap_or_default();
    output::line(&format!("To stand at {} by its score: {message}.", what_if["to_place"]))?;
    let rows = why::changes(what_if);
    if rows.len() > 1 { output::table(rows) } else { Ok(()) }
}

/// What is recommended where nobody says: the natural thing for what is given.
fn kind<'a>(said: Option<&'a str>, items: &[String], who: &Who) -> Result<&'a str> {
    let known = who.user.is_some() || who.anonymous.is_some() || who.session.is_some();
    match (said, items) {
        (Some(kind), _) => Ok(kind),
        (None, [_]) => Ok("similar"),
        (None, [_, ..]) => Ok("bought-together"),
        (None, []) if known => Ok("for-you"),
        (None, []) => Err(user("say --kind popular (or another), or --user, or --item")),
    }
}

fn asked(shown: &Shown, asker: &Who) -> Map<String, Value> {
    let mut body = who(asker);
    put(&mut body, "filter", shown.filter.as_deref());
    body.insert("facets".into(), json!(shown.facets));
    body.insert("limit".into(), json!(shown.limit));
    body.insert("offset".into(), json!(shown.offset));
    body.insert("group".into(), json!(shown.group));
    body.insert("include_unavailable".into(), json!(shown.include_unavailable));
    body.insert("record".into(), json!(false));
    body
}

fn who(who: &Who) -> Map<String, Value> {
    let mut body = Map::new();
    put(&mut body, "user", who.user.as_deref());
    put(&mut body, "anonymous", who.anonymous.as_deref());
    put(&mut body, "session", who.session.as_deref());
    body
}

fn put(body: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), json!(value));
    }
}

fn show(answer: &Value, config: &Config) -> Result<()> {
    if config.json {
        return output::json(answer);
    }
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        output::line("Nothing was found.")?;
    } else {
        let mut rows = vec![["", "id", "title", "price", "score", "why"].map(str::to_owned).to_vec()];
        rows.extend(items.iter().map(row));
        output::table(rows)?;
    }
    let understood = &answer["understanding"];
    if let Some(text) = understood["text"].as_str().filter(|text| Some(*text) != understood["query"].as_str()) {
        output::line(&format!("searched for: {text}"))?;
    }
    if let Some(meant) = understood["did_you_mean"].as_str() {
        output::line(&format!("did you mean: {meant}"))?;
    }
    for facet in answer["facets"].as_array().into_iter().flatten() {
        let counted = |value: &Value| Some(format!("{} ({})", value["value"].as_str()?, value["count"]));
        let values: Vec<String> = facet["values"].as_array().into_iter().flatten().filter_map(counted).collect();
        output::line(&format!("{}: {}", facet["attribute"].as_str().unwrap_or_default(), values.join(", ")))?;
    }
    for part in answer["degraded"].as_array().into_iter().flatten() {
        let text = |name: &str| part[name].as_str().unwrap_or_default();
        output::note(&format!("note: without {}: {}", text("part"), text("reason")));
    }
    output::line(&format!("{} in all", output::grouped(answer["total"].as_u64().unwrap_or(0))))
}

fn row(shown: &Value) -> Vec<String> {
    let item = &shown["item"];
    vec![
        shown["position"].as_u64().map_or_else(String::new, |position| position.to_string()),
        shown["id"].as_str().unwrap_or_default().to_owned(),
        output::shortened(title(item), TITLE_CHARS_MAX),
        price(item),
        format!("{:.3}", shown["score"].as_f64().unwrap_or(0.0)),
        why::short(&shown["explanation"]),
    ]
}

/// The title, in its first language where it has several.
fn title(item: &Value) -> &str {
    match &item["title"] {
        Value::Object(texts) => texts.values().find_map(Value::as_str).unwrap_or_default(),
        title => title.as_str().unwrap_or_default(),
    }
}

fn price(item: &Value) -> String {
    match (item["price"]["amount"].as_f64(), item["price"]["currency"].as_str()) {
        (Some(amount), Some(currency)) => format!("{amount:.2} {currency}"),
        _ => String::new(),
    }
}
