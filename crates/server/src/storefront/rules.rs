//! Rules of an index: where a query or a context is met, what is shown is changed.

use serde_json::{Value, json};
use types::{Comparison, Filter, ItemId, Literal, Millis, RequestRule, well_known::ID};

use super::error::Answer;
use super::index::Index;
use super::params::{Params, from_address, texts};

/// What rules made of a search.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) rules: Vec<RequestRule>,
    pub(crate) user_data: Vec<Value>,
    pub(crate) rendering: Option<Value>,
    pub(crate) applied: Vec<String>,
}

/// Applies the rules whose conditions a search meets, in order of their ids, and changes its parameters as they say.
pub(crate) fn apply(index: &Index, params: &mut Params, now: Millis) -> Answer<Applied> {
    let mut all = Applied::default();
    if params.switch("enableRules")? == Some(false) {
        return Ok(all);
    }
    let query = params.text("query")?.unwrap_or_default().to_owned();
    let contexts = params.texts("ruleContexts")?.unwrap_or_default();
    for (id, rule) in index.rules.iter().filter(|(_, rule)| is_on(rule, now) && is_met(rule, &query, &contexts)) {
        all.applied.push(id.clone());
        let consequence = &rule["consequence"];
        all.read(consequence);
        if let Some(changes) = consequence["params"].as_object() {
            for (name, value) in changes {
                change(params, name, value)?;
            }
        }
    }
    Ok(all)
}

impl Applied {
    fn read(&mut self, consequence: &Value) {
        for promoted in consequence["promote"].as_array().into_iter().flatten() {
            let position = promoted["position"].as_u64().unwrap_or(0) as u32;
            let several = promoted["objectIDs"].as_array().into_iter().flatten();
            let ids = promoted.get("objectID").into_iter().chain(several).filter_map(Value::as_str);
            for (at, id) in ids.enumerate() {
                if let Ok(item) = ItemId::new(id) {
                    self.rules.push(RequestRule::Pin { item, position: position.saturating_add(at as u32 + 1) });
                }
            }
        }
        for hidden in consequence["hide"].as_array().into_iter().flatten() {
            let id = hidden["objectID"].as_str().unwrap_or_default();
            self.rules.push(RequestRule::Hide { filter: has_id(id) });
        }
        self.user_data.extend(consequence.get("userData").cloned());
        let rendering = consequence["params"].get("renderingContent").or_else(|| consequence.get("renderingContent"));
        if let Some(rendering) = rendering {
            merge(self.rendering.get_or_insert_with(|| json!({})), rendering);
        }
        if let Some(url) = consequence["redirect"]["url"].as_str() {
            merge(self.rendering.get_or_insert_with(|| json!({})), &json!({ "redirect": { "url": url } }));
        }
    }
}

fn has_id(id: &str) -> Filter {
    Filter::Compare { attribute: ID.into(), comparison: Comparison::Equal, value: Literal::Text(id.into()) }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            from.iter().for_each(|(name, value)| merge(into.entry(name.clone()).or_insert(Value::Null), value));
        }
        (into, from) => *into = from.clone(),
    }
}

fn is_on(rule: &Value, now: Millis) -> bool {
    let within = |span: &Value| {
        let second = now.0 / 1000;
        span["from"].as_i64().is_none_or(|from| from <= second)
            && span["until"].as_i64().is_none_or(|until| second <= until)
    };
    let spans = rule["validity"].as_array();
    rule["enabled"].as_bool().unwrap_or(true) && spans.is_none_or(|spans| spans.is_empty() || spans.iter().any(within))
}

/// Whether one of a rule's conditions is met; one without conditions always is.
fn is_met(rule: &Value, query: &str, contexts: &[String]) -> bool {
    let one = rule.get("condition").filter(|condition| condition.is_object());
    let conditions: Vec<&Value> = one.into_iter().chain(rule["conditions"].as_array().into_iter().flatten()).collect();
    conditions.is_empty() || conditions.iter().any(|condition| is_condition_met(condition, query, contexts))
}

fn is_condition_met(condition: &Value, query: &str, contexts: &[String]) -> bool {
    let context = condition["context"].as_str();
    let in_context = context.is_none_or(|context| contexts.iter().any(|own| own == context));
    in_context && condition["pattern"].as_str().is_none_or(|pattern| is_pattern_met(pattern, condition, query))
}

fn is_pattern_met(pattern: &str, condition: &Value, query: &str) -> bool {
    let words = |text: &str| -> Vec<String> { text.to_lowercase().split_whitespace().map(str::to_owned).collect() };
    let (pattern, query) = (words(pattern), words(query));
    let (joined, all) = (pattern.join(" "), query.join(" "));
    match condition["anchoring"].as_str().unwrap_or("is") {
        "is" => pattern == query,
        "startsWith" => query.starts_with(&pattern) || is_without_blanks(&joined) && all.starts_with(&joined),
        "endsWith" => query.ends_with(&pattern) || is_without_blanks(&joined) && all.ends_with(&joined),
        "contains" => {
            let is_there = pattern.is_empty() || query.windows(pattern.len()).any(|window| window == pattern);
            is_there || is_without_blanks(&joined) && all.contains(&joined)
        }
        _ => false,
    }
}

/// Whether a text is of a script whose words no blanks part.
fn is_without_blanks(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{E00}'..='\u{E7F}'))
}

fn change(params: &mut Params, name: &str, value: &Value) -> Answer<()> {
    match (name, value) {
        ("renderingContent", _) => {}
        ("query", Value::Object(edits)) => {
            let mut query = params.text("query")?.unwrap_or_default().to_owned();
            for word in edits.get("remove").and_then(texts).unwrap_or_default() {
                query = replaced(&query, &word, "");
            }
            for edit in edits.get("edits").and_then(Value::as_array).into_iter().flatten() {
                let (delete, insert) = (edit["delete"].as_str().unwrap_or_default(), edit["insert"].as_str());
                query = replaced(&query, delete, insert.unwrap_or_default());
            }
            params.set("query", Value::from(query.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
        ("filters", Value::String(rule)) => {
            let own = params.text("filters")?.filter(|own| !own.trim().is_empty());
            let both = own.map_or_else(|| rule.clone(), |own| format!("({own}) AND ({rule})"));
            params.set("filters", Value::from(both));
        }
        ("facetFilters" | "numericFilters" | "tagFilters" | "optionalFilters", rule) => {
            let mut all: Vec<Value> = params.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            match rule {
                Value::Array(parts) => all.extend(parts.clone()),
                other => all.push(other.clone()),
            }
            params.set(name, Value::Array(all));
        }
        ("automaticFacetFilters" | "automaticOptionalFacetFilters", _) => {}
        ("params", Value::String(address)) => {
            for (name, value) in from_address(address) {
                change(params, &name, &value)?;
            }
        }
        (name, value) => params.set(name, value.clone()),
    }
    Ok(())
}

/// A query with one of its words, or of its characters where blanks part no words, replaced.
fn replaced(query: &str, word: &str, by: &str) -> String {
    if word.is_empty() {
        return query.to_owned();
    }
    if is_without_blanks(word) {
        return query.replace(word, by);
    }
    let one = |own: &str| if own.to_lowercase() == word.to_lowercase() { by.to_owned() } else { own.to_owned() };
    query.split_whitespace().map(one).filter(|own| !own.is_empty()).collect::<Vec<_>>().join(" ")
}
