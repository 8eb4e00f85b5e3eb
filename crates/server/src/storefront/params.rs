use serde_json::{Map, Value};

use super::error::{Answer, Refused};

/// What a search is asked, over what the index's settings say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    asked: Map<String, Value>,
    settings: std::sync::Arc<Map<String, Value>>,
}

/// Parameters that leave records out.
pub(super) const NARROWS: [&str; 7] =
    ["filters", "facetFilters", "numericFilters", "tagFilters", "insideBoundingBox", "insidePolygon", "aroundRadius"];
/// Members of a request that are not parameters.
const NOT_PARAMETERS: [&str; 5] = ["indexName", "type", "strategy", "params", "facet"];

impl Params {
    /// Reads a request: members of its own, and `params` as an address or an object.
    pub(crate) fn read(request: &Map<String, Value>) -> Map<String, Value> {
        let mut asked = request.clone();
        match request.get("params") {
            Some(Value::String(text)) => asked.extend(from_address(text)),
            Some(Value::Object(params)) => asked.extend(params.clone()),
            _ => {}
        }
        NOT_PARAMETERS.iter().for_each(|name| {
            asked.remove(*name);
        });
        asked
    }

    /// What is asked, over `settings`.
    pub(crate) fn new(asked: Map<String, Value>, settings: std::sync::Arc<Map<String, Value>>) -> Self {
        Self { asked, settings }
    }

    /// What was asked, without the settings.
    pub(crate) fn asked(&self) -> &Map<String, Value> {
        &self.asked
    }

    /// Sets a parameter.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.asked.insert(name.to_owned(), value);
    }

    /// The texts of `filters`, each to be read by itself; see [`add_filter`].
    pub(crate) fn filters(&self) -> Answer<Vec<&str>> {
        let text = |value| Value::as_str(value).ok_or_else(|| wrong("filters", "a string", value));
        let all = match self.get("filters") {
            None => Vec::new(),
            Some(Value::Array(parts)) => parts.iter().map(text).collect::<Answer<_>>()?,
            Some(one) => vec![text(one)?],
        };
        Ok(all.into_iter().filter(|text| !text.trim().is_empty()).collect())
    }

    /// Adds to the filters of the search.
    pub(crate) fn add_filter(&mut self, filter: &str) {
        if !self.asked.contains_key("filters") {
            let own = self.settings.get("filters").cloned();
            self.asked.extend(own.map(|own| ("filters".to_owned(), own)));
        }
        add_filter(&mut self.asked, filter);
    }

    /// A parameter, or the setting of that name; `None` for null.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let own = self.asked.get(name).filter(|value| !value.is_null());
        own.or_else(|| self.settings.get(name).filter(|value| !value.is_null()))
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Answer<Option<&str>> {
        self.get(name).map(|value| value.as_str().ok_or_else(|| wrong(name, "a string", value))).transpose()
    }

    /// A switch.
    pub(crate) fn switch(&self, name: &str) -> Answer<Option<bool>> {
        let read = |value: &Value| match value {
            Value::Bool(flag) => Ok(*flag),
            Value::String(text) if text == "true" => Ok(true),
            Value::String(text) if text == "false" => Ok(false),
            other => Err(wrong(name, "a boolean", other)),
        };
        self.get(name).map(read).transpose()
    }

    /// A whole number of at most `most`.
    pub(crate) fn whole(&self, name: &str, most: usize) -> Answer<Option<usize>> {
        let read = |value: &Value| {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            let number = number.filter(|number| number.fract() == 0.0 && (0.0..=most as f64).contains(number));
            number
                .map(|number| number as usize)
                .ok_or_else(|| wrong(name, &format!("an integer from 0 to {most}"), value))
        };
        self.get(name).map(read).transpose()
    }

    /// Texts: a list, or one text with commas.
    pub(crate) fn texts(&self, name: &str) -> Answer<Option<Vec<String>>> {
        self.get(name).map(|value| texts(value).ok_or_else(|| wrong(name, "an array of strings", value))).transpose()
    }

    /// What was asked, as an address.
    pub(crate) fn to_address(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = self.asked.iter().map(|(name, value)| (name.as_str(), text(value)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

/// Adds to the filters of a search. They are a list from then on, of which each is read by itself and all must hold: joined
/// into one text, `a) OR (b` would let a caller out of what the other says.
pub(crate) fn add_filter(asked: &mut Map<String, Value>, filter: &str) {
    let mut all = match asked.remove("filters") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(all)) => all,
        Some(one) => vec![one],
    };
    all.push(Value::from(filter));
    asked.insert("filters".to_owned(), Value::Array(all));
}

/// A value of the wrong kind, named.
pub(crate) fn wrong(name: &str, expected: &str, value: &Value) -> Refused {
    let mut got = value.to_string();
    if got.len() > 80 {
        got = got.chars().take(80).chain(['…']).collect();
    }
    Refused::bad(format!("Invalid value for \"{name}\" parameter, expected {expected}, got {got}"))
}

/// Filters in a list: the list itself, or a text that is a list in JSON or has commas.
pub(crate) fn list_of(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(parts) => parts.clone(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Array(parts)) => parts,
            _ => texts(value).unwrap_or_default().into_iter().map(Value::from).collect(),
        },
        other => vec![other.clone()],
    }
}

/// Texts in a list, or in one text with commas.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => {
            Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
        }
        Value::Array(parts) => parts.iter().map(|part| part.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Parameters written as an address: lists and numbers in JSON, queries as they are.
pub(crate) fn from_address(text: &str) -> Map<String, Value> {
    let read = |name: &str, value: &str| {
        let is_text = name == "query" || name == "facetQuery" || name == "filters";
        let parsed = serde_json::from_str::<Value>(value).ok().filter(|_| !is_text);
        parsed.unwrap_or_else(|| Value::from(value))
    };
    form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.to_string(), read(&name, &value))).collect()
}
