//! One attribute's value in a document.
//!
//! Plain JSON values stand for themselves: a number, `true`, a short text (a keyword), a list of texts (keywords). What
//! they cannot tell is said by an object with one field: `{"text": …}`, `{"time": …}`, `{"path": …}`, `{"image": …}`.
//! `{"amount", "currency"}` is money, `{"en": …, "zh": …}` a text in several languages. A declared type, or the type of
//! a well-known attribute, makes the object unnecessary.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use types::{Currency, FieldError, Language, Money, Settings, Texts, ValueKind, well_known_kind};

use super::fields::{Fields, boolean, describe, list, number, object, text, wrong_type};

/// Longest text, in characters, that is a keyword where nothing says what it is.
pub(crate) const KEYWORD_CHARS_MAX: usize = 120;

/// Reads an attribute's value; `None` where there is nothing (`null`, an empty text, an empty list).
///
/// # Errors
/// A [`FieldError`] named after the attribute.
pub fn attribute_from_json(
    name: &str,
    value: &Value,
    settings: Option<&Settings>,
) -> Result<Option<types::Value>, FieldError> {
    let declared = settings.and_then(|settings| settings.attributes.get(name)).map(|attribute| attribute.kind);
    read(value, declared.or_else(|| well_known_kind(name))).map_err(|error| error.within(name))
}

/// Writes an attribute's value so that [`attribute_from_json`] reads the same back, without settings.
pub fn attribute_to_json(name: &str, value: &types::Value) -> Value {
    let plain = well_known_kind(name) == Some(value.kind());
    match value {
        types::Value::Text(texts) if plain => texts_to_json(texts),
        types::Value::Text(texts) if texts.iter().count() > 1 => texts_to_json(texts),
        types::Value::Text(texts) => json!({ "text": texts_to_json(texts) }),
        types::Value::Keywords(words) => keywords_to_json(words),
        types::Value::Number(number) => number_to_json(*number),
        types::Value::Money(money) => money_to_json(*money),
        types::Value::Time(time) => json!({ "time": crate::time::to_json(*time) }),
        types::Value::Boolean(yes) => Value::Bool(*yes),
        types::Value::Categories(paths) if plain => paths_to_json(paths),
        types::Value::Categories(paths) => json!({ "path": paths_to_json(paths) }),
        types::Value::Image(url) if plain => Value::from(&**url),
        types::Value::Image(url) => json!({ "image": &**url }),
    }
}

fn read(value: &Value, declared: Option<ValueKind>) -> Result<Option<types::Value>, FieldError> {
    if value.is_null() {
        return Ok(None);
    }
    if let Some((kind, inner)) = typed(value) {
        return match declared {
            Some(declared) if declared != kind => {
                let expected = format!("a value of type {}", declared.name());
                Err(FieldError::new("type_mismatch", "", expected, format!("type {}", kind.name())))
            }
            _ => read_typed(kind, inner),
        };
    }
    match declared {
        Some(kind) => read_as(kind, value),
        None => read_as(inferred(value)?, value),
    }
}

/// `{"text": …}` and its like: the type and what is inside.
fn typed(value: &Value) -> Option<(ValueKind, &Value)> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    let (name, inner) = fields.iter().next()?;
    let kind = if name == "path" { Some(ValueKind::Categories) } else { ValueKind::from_name(name) };
    kind.map(|kind| (kind, inner))
}

/// The type of an attribute that nobody declared, by its JSON value.
fn inferred(value: &Value) -> Result<ValueKind, FieldError> {
    match value {
        Value::Bool(_) => Ok(ValueKind::Boolean),
        Value::Number(_) => Ok(ValueKind::Number),
        Value::String(text) if text.chars().nth(KEYWORD_CHARS_MAX).is_some() => Ok(ValueKind::Text),
        Value::Null | Value::String(_) | Value::Array(_) => Ok(ValueKind::Keywords),
        Value::Object(fields) if fields.contains_key("amount") || fields.contains_key("currency") => {
            Ok(ValueKind::Money)
        }
        Value::Object(fields) if !fields.is_empty() && fields.keys().all(|name| is_language(name)) => {
            Ok(ValueKind::Text)
        }
        Value::Object(_) => Err(wrong_type(
            "a number, true or false, a text, a list of texts, {\"amount\", \"currency\"}, {\"en\", \"zh\"} or one of \
             {\"text\"}, {\"keywords\"}, {\"time\"}, {\"path\"}, {\"image\"}",
            value,
        )),
    }
}

/// Inside a type's own object nothing is dropped: what was written there is meant.
fn read_typed(kind: ValueKind, value: &Value) -> Result<Option<types::Value>, FieldError> {
    let exact = match (kind, value) {
        (ValueKind::Keywords, Value::Array(words)) => {
            types::Value::Keywords(words.iter().map(word).collect::<Result<_, _>>()?)
        }
        (ValueKind::Text, Value::Object(texts)) => types::Value::Text(texts_in(texts)?),
        _ => return read_as(kind, value),
    };
    Ok(Some(exact))
}

fn read_as(kind: ValueKind, value: &Value) -> Result<Option<types::Value>, FieldError> {
    let read = match kind {
        ValueKind::Text => return texts(value),
        ValueKind::Keywords => return keywords(value),
        ValueKind::Categories => return categories(value),
        ValueKind::Image => return image(value),
        ValueKind::Number => types::Value::Number(number(value)?),
        ValueKind::Money => types::Value::Money(money(value)?),
        ValueKind::Time => types::Value::Time(crate::time::from_json(value)?),
        ValueKind::Boolean => types::Value::Boolean(boolean(value)?),
    };
    Ok(Some(read))
}

fn texts(value: &Value) -> Result<Option<types::Value>, FieldError> {
    let texts = match value {
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => Texts::guessed(text),
        // A list of texts, such as bullet points, is one text with a line each.
        Value::Array(lines) => {
            let lines: Vec<&str> = lines.iter().map(text).collect::<Result<_, _>>()?;
            let joined = lines.join("\n");
            if joined.trim().is_empty() {
                return Ok(None);
            }
            Texts::guessed(joined)
        }
        Value::Object(by_language) => texts_in(by_language)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return Err(wrong_type("a text, or {\"en\": …, \"zh\": …}", value));
        }
    };
    Ok(Some(types::Value::Text(texts)))
}

fn texts_in(by_language: &Map<String, Value>) -> Result<Texts, FieldError> {
    let mut texts = Vec::with_capacity(by_language.len());
    for (code, value) in by_language {
        if !is_language(code) {
            return Err(FieldError::new("language_invalid", "", "language codes such as en, zh or zh-CN", code));
        }
        let text = text(value).map_err(|error| error.within(code))?;
        texts.push((Language::from_code(code), Arc::from(text)));
    }
    Ok(Texts::new(texts))
}

/// Two or three small letters, with or without script and region: `zh`, `zh-Hant-TW`, `en_GB`, `und`.
fn is_language(code: &str) -> bool {
    let mut parts = code.split(['-', '_']);
    let language = parts.next().unwrap_or_default();
    let is_known_length = language.len() == 2 || language.len() == 3;
    is_known_length
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn keywords(value: &Value) -> Result<Option<types::Value>, FieldError> {
    let words: Vec<Arc<str>> = match value {
        Value::Array(words) => words.iter().map(word).collect::<Result<_, _>>()?,
        single => vec![word(single)?],
    };
    let words: Vec<Arc<str>> = words.into_iter().filter(|word| !word.is_empty()).collect();
    Ok((!words.is_empty()).then_some(types::Value::Keywords(words)))
}

fn word(value: &Value) -> Result<Arc<str>, FieldError> {
    match value {
        Value::String(word) => Ok(Arc::from(word.as_str())),
        // Sizes and model numbers come as numbers: 42 is the word "42".
        Value::Number(_) | Value::Bool(_) => Ok(Arc::from(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(wrong_type("a text or a list of texts", value)),
    }
}

/// One path as a list of parts or as "A > B"; several as a list of either.
fn categories(value: &Value) -> Result<Option<types::Value>, FieldError> {
    const EXPECTED: &str = "a path such as [\"Home\", \"Kitchen\"] or \"Home > Kitchen\", or a list of such paths";
    let is_path_text = |value: &Value| value.as_str().is_some_and(|text| text.contains('>'));
    let paths: Vec<Vec<Arc<str>>> = match value {
        Value::String(path) => vec![split_path(path, ">")],
        Value::Array(paths) if paths.iter().any(Value::is_array) => {
            let exact = |path| list(path)?.iter().map(|part| text(part).map(Arc::from)).collect();
            paths.iter().map(exact).collect::<Result<_, FieldError>>()?
        }
        Value::Array(paths) if paths.iter().any(is_path_text) => {
            paths.iter().map(|path| Ok(split_path(text(path)?, ">"))).collect::<Result<_, FieldError>>()?
        }
        Value::Array(parts) => {
            let parts: Vec<&str> = parts.iter().map(text).collect::<Result<_, _>>()?;
            vec![parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(Arc::from).collect()]
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(wrong_type(EXPECTED, value)),
    };
    let paths: Vec<Vec<Arc<str>>> = paths.into_iter().filter(|path| !path.is_empty()).collect();
    Ok((!paths.is_empty()).then_some(types::Value::Categories(paths)))
}

pub(crate) fn split_path(path: &str, separator: &str) -> Vec<Arc<str>> {
    path.split(separator).map(str::trim).filter(|part| !part.is_empty()).map(Arc::from).collect()
}

/// An address of a picture. Pages put it into `src`, so nothing that a browser would run is let in.
fn image(value: &Value) -> Result<Option<types::Value>, FieldError> {
    let url = text(value)?.trim();
    if url.is_empty() {
        return Ok(None);
    }
    let lower = url.get(..8.min(url.len())).unwrap_or_default().to_ascii_lowercase();
    let is_web = lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with('/');
    if !is_web || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let expected = "an http(s) address, or a path that begins with /";
        return Err(FieldError::new("image_url_invalid", "", expected, url));
    }
    Ok(Some(types::Value::Image(Arc::from(url))))
}

/// Reads `{"amount": 12.99, "currency": "EUR"}`.
pub(crate) fn money(value: &Value) -> Result<Money, FieldError> {
    let missing = || FieldError::new("currency_missing", "currency", "an ISO 4217 code such as EUR", describe(value));
    if value.is_number() {
        return Err(missing());
    }
    object(value, "{\"amount\": 12.99, \"currency\": \"EUR\"}")?;
    let fields = Fields::new(value, "money", &["amount", "currency"])?;
    let amount =
        fields.required("amount", "a number").and_then(|amount| number(amount).map_err(|e| e.within("amount")))?;
    let currency = fields.get("currency").ok_or_else(missing)?;
    let code = text(currency).map_err(|error| error.within("currency"))?;
    Money::new(amount, Currency::new(code)?)
}

pub(crate) fn money_to_json(money: Money) -> Value {
    json!({ "amount": number_to_json(money.amount()), "currency": money.currency.as_str() })
}

/// A number without a needless `.0`.
pub(crate) fn number_to_json(number: f64) -> Value {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT_MAX { Value::from(number as i64) } else { Value::from(number) }
}

/// A single-precision number by its own shortest digits: 0.8, not 0.800000011920929.
pub(crate) fn short_number_to_json(number: f32) -> Value {
    let shortest = number.to_string().parse::<f64>().ok().filter(|wide| *wide as f32 == number);
    number_to_json(shortest.unwrap_or_else(|| f64::from(number)))
}

fn texts_to_json(texts: &Texts) -> Value {
    let all: Vec<(Language, &str)> = texts.iter().collect();
    match all[..] {
        [(language, text)] if !text.is_empty() && Language::guess(text) == language => Value::from(text),
        _ => Value::Object(all.iter().map(|(language, text)| (language.code().into(), Value::from(*text))).collect()),
    }
}

fn keywords_to_json(words: &[Arc<str>]) -> Value {
    match words {
        [word] if !word.is_empty() && word.chars().nth(KEYWORD_CHARS_MAX).is_none() => Value::from(&**word),
        words if words.is_empty() || words.iter().any(|word| word.is_empty()) => json!({ "keywords": list_of(words) }),
        words => list_of(words),
    }
}

fn paths_to_json(paths: &[Vec<Arc<str>>]) -> Value {
    let plain = |part: &Arc<str>| !part.is_empty() && part.trim() == &**part && !part.contains('>');
    match paths {
        [path] if !path.is_empty() && path.iter().all(plain) => list_of(path),
        paths => Value::Array(paths.iter().map(|path| list_of(path)).collect()),
    }
}

pub(crate) fn list_of(words: &[Arc<str>]) -> Value {
    Value::Array(words.iter().map(|word| Value::from(&**word)).collect())
}
