//! Rules of an index: where a query or a context is met, what is shown is changed.

use serde_json::{Map, Value, json};
use types::{Comparison, Filter, ItemId, Literal, Millis, RequestRule, is_without_blanks, well_known::ID};

use super::error::Answer;
use super::index::Index;
use super::params::{Params, from_address, list_of, texts};
use super::pattern::{Captured, Pattern, Synonyms, Values, folded};

/// What rules made of a search.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) rules: Vec<RequestRule>,
    pub(crate) user_data: Vec<Value>,
    pub(crate) rendering: Option<Value>,
    pub(crate) applied: Vec<String>,
}

/// Applies the rules whose conditions a search meets, in order of their ids, and changes its parameters as they say.
pub(crate) fn apply(index: &Index, params: &mut Params, now: Millis, values: &Values<'_>) -> Answer<Applied> {
    let mut all = Applied::default();
    if index.rules.is_empty() || params.switch("enableRules")? == Some(false) {
        return Ok(all);
    }
    let query = params.text("query")?.unwrap_or_default().to_owned();
    let contexts = params.texts("ruleContexts")?.unwrap_or_default();
    let synonyms = |words: &str| synonyms_of(index, words);
    for (id, rule) in index.rules.iter().filter(|(_, rule)| is_on(rule, now)) {
        let Some(captured) = met(rule, (&query, &contexts), values, &synonyms) else { continue };
        all.applied.push(id.clone());
        let consequence = &rule["consequence"];
        all.read(consequence);
        if let Some(changes) = consequence["params"].as_object() {
            for (name, value) in changes {
                change(params, name, value, &captured)?;
            }
        }
    }
    Ok(all)
}

/// Says what in a rule could never act.
pub(crate) fn check(rule: &Value) -> Result<(), String> {
    if !rule["consequence"].is_object() {
        return Err("consequence: expected an object".to_owned());
    }
    let mut facets: Vec<String> = Vec::new();
    for condition in conditions(rule) {
        if condition.get("filters").is_some_and(|filters| !filters.is_null() && filters != "") {
            return Err("conditions: filters are not supported there; use pattern and context".to_owned());
        }
        let anchoring = condition.get("anchoring").filter(|anchoring| !anchoring.is_null());
        let anchoring = anchoring.map(|anchoring| anchoring.as_str().unwrap_or("something else")).or(Some("is"));
        let pattern = Pattern::read(condition["pattern"].as_str().unwrap_or_default(), anchoring)?;
        facets.extend(pattern.facets().map(str::to_owned));
    }
    for name in ["automaticFacetFilters", "automaticOptionalFacetFilters"] {
        for entry in rule["consequence"]["params"][name].as_array().into_iter().flatten() {
            let facet = automatic(entry).ok_or_else(|| format!("{name}: expected names, or objects with facet"))?;
            if !facets.iter().any(|own| own == facet) {
                return Err(format!("{name}: no condition has a pattern with {{facet:{facet}}}"));
            }
        }
    }
    Ok(())
}

/// The facet that an automatic filter names.
fn automatic(entry: &Value) -> Option<&str> {
    entry.as_str().or_else(|| entry["facet"].as_str())
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

/// The values of facets that the query of a search has where one of a rule's conditions is met; `None` where none is. A rule
/// without conditions always acts.
fn met(
    rule: &Value,
    (query, contexts): (&str, &[String]),
    values: &Values<'_>,
    synonyms: &Synonyms<'_>,
) -> Option<Vec<Captured>> {
    let mut conditions = conditions(rule).peekable();
    if conditions.peek().is_none() {
        return Some(Vec::new());
    }
    conditions.find_map(|condition| {
        let context = condition["context"].as_str();
        if context.is_some_and(|context| !contexts.iter().any(|own| own == context)) || condition["filters"].is_string()
        {
            return None;
        }
        let Some(pattern) = condition["pattern"].as_str() else { return Some(Vec::new()) };
        let is_loose = condition["alternatives"] == true || condition["alternatives"] == "true";
        let pattern = Pattern::read(pattern, condition["anchoring"].as_str()).ok()?;
        pattern.find(query, values, is_loose.then_some(synonyms))
    })
}

/// What an index's synonyms say means the same as some words.
fn synonyms_of(index: &Index, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in index.synonyms.values() {
        let same = entry["synonyms"].as_array().into_iter().flatten().filter_map(Value::as_str).map(folded);
        let same: Vec<String> = same.collect();
        let is_about = match entry["input"].as_str() {
            Some(input) => folded(input) == words,
            None => same.iter().any(|one| one == words),
        };
        if is_about {
            found.extend(same);
        }
    }
    found
}

fn conditions(rule: &Value) -> impl Iterator<Item = &Value> {
    let one = rule.get("condition").filter(|condition| condition.is_object());
    one.into_iter().chain(rule["conditions"].as_array().into_iter().flatten())
}

fn change(params: &mut Params, name: &str, value: &Value, captured: &[Captured]) -> Answer<()> {
    match (name, value) {
        ("renderingContent", _) => {}
        ("query", Value::Object(edits)) => change_query(params, edits, captured)?,
        ("filters", rule) => {
            let all = rule.as_array().map_or_else(|| std::slice::from_ref(rule), Vec::as_slice);
            all.iter().filter_map(Value::as_str).for_each(|rule| params.add_filter(rule));
        }
        ("facetFilters" | "numericFilters" | "tagFilters" | "optionalFilters", rule) => add(params, name, rule),
        ("automaticFacetFilters", Value::Array(entries)) => {
            filters_of(entries, captured, false).iter().for_each(|filter| add(params, "facetFilters", filter));
        }
        ("automaticOptionalFacetFilters", Value::Array(entries)) => {
            filters_of(entries, captured, true).iter().for_each(|filter| add(params, "optionalFilters", filter));
        }
        ("automaticFacetFilters" | "automaticOptionalFacetFilters", _) => {}
        ("params", Value::String(address)) => {
            for (name, value) in from_address(address) {
                change(params, &name, &value, captured)?;
            }
        }
        (name, value) => params.set(name, value.clone()),
    }
    Ok(())
}

/// Adds to a list of filters, which all hold.
fn add(params: &mut Params, name: &str, more: &Value) {
    let mut all = params.get(name).map(list_of).unwrap_or_default();
    all.extend(list_of(more));
    params.set(name, Value::Array(all));
}

/// The filters that values found in the query stand for: each must hold, or where an entry says `disjunctive` one of its facet.
fn filters_of(entries: &[Value], captured: &[Captured], is_optional: bool) -> Vec<Value> {
    let mut filters = Vec::new();
    for entry in entries {
        let Some(facet) = automatic(entry) else { continue };
        let minus = if entry["negative"] == true { "-" } else { "" };
        let score = entry["score"].as_i64().filter(|_| is_optional);
        let score = score.map(|score| format!("<score={score}>")).unwrap_or_default();
        let own = captured.iter().filter(|one| one.facet == facet);
        let texts: Vec<Value> = own
            // A minus of the value itself is no sign.
            .map(|one| match one.value.strip_prefix('-').filter(|_| minus.is_empty()) {
                Some(rest) => Value::from(format!("{facet}:\\-{rest}{score}")),
                None => Value::from(format!("{facet}:{minus}{}{score}", one.value)),
            })
            .collect();
        match texts.as_slice() {
            [] => {}
            _ if entry["disjunctive"] == true => filters.push(json!([texts])),
            _ => filters.push(Value::Array(texts)),
        }
    }
    filters
}

fn change_query(params: &mut Params, edits: &Map<String, Value>, captured: &[Captured]) -> Answer<()> {
    let mut query = params.text("query")?.unwrap_or_default().to_owned();
    let removed = edits.get("remove").and_then(texts).unwrap_or_default();
    let removed = removed.into_iter().map(|word| (word, String::new()));
    let edit = |edit: &Value| {
        let insert = edit["insert"].as_str().filter(|_| edit["type"] != "remove").unwrap_or_default();
        (edit["delete"].as_str().unwrap_or_default().to_owned(), insert.to_owned())
    };
    let edited = edits.get("edits").and_then(Value::as_array).into_iter().flatten().map(edit);
    for (delete, insert) in removed.chain(edited) {
        let facet = delete.strip_prefix("{facet:").and_then(|rest| rest.strip_suffix('}'));
        match facet {
            Some(facet) => {
                for own in captured.iter().filter(|one| one.facet == facet.trim()) {
                    query = replaced(&query, &own.typed, &insert);
                }
            }
            None => query = replaced(&query, &delete, &insert),
        }
    }
    params.set("query", Value::from(query.split_whitespace().collect::<Vec<_>>().join(" ")));
    Ok(())
}

/// A query with some of its words, or of its characters where blanks part no words, replaced.
fn replaced(query: &str, words: &str, by: &str) -> String {
    if words.is_empty() {
        return query.to_owned();
    }
    if words.chars().any(is_without_blanks) {
        return query.replace(words, by);
    }
    let fold = |text: &str| text.to_lowercase();
    let sought: Vec<String> = words.split_whitespace().map(fold).collect();
    let own: Vec<&str> = query.split_whitespace().collect();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < own.len() {
        let stands = own
            .get(at..at + sought.len())
            .is_some_and(|some| some.iter().map(|one| fold(one)).eq(sought.iter().cloned()));
        out.push(if stands { by } else { own[at] });
        at += if stands { sought.len() } else { 1 };
    }
    out.retain(|word| !word.is_empty());
    out.join(" ")
}
