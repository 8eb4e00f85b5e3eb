use std::sync::Arc;

use serde_json::{Value, json};
use types::{FieldError, Settings};

use crate::document::{object, wrong};
use crate::experiments::Changes;

/// Strategies a shop may have.
const STRATEGIES: std::ops::RangeInclusive<usize> = 2..=16;
const NAME_CHARS_MAX: usize = 64;
/// The most that a deed may be worth.
const WORTH_MAX: f64 = 1_000.0;

/// The strategies of a shop, and what is learnt for.
#[derive(Clone, PartialEq, Debug)]
pub struct Strategies {
    /// At least two, or none at all; the first one is what is done where nothing is chosen.
    pub strategies: Vec<Strategy>,
    /// Minutes without a deed or an answer after which a session is over, 1 to 1,440.
    pub session_minutes: u32,
    /// What a click, a cart and a purchase are worth, 0 to 1,000 each.
    pub worth: [f64; 3],
    /// What a reward one answer later is worth, 0 to 1.
    pub discount: f64,
}

/// A way to answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Strategy {
    /// Its name.
    pub name: Arc<str>,
    /// What it changes of requests.
    pub changes: Changes,
}

impl Default for Strategies {
    fn default() -> Self {
        Self { strategies: Vec::new(), session_minutes: 30, worth: [0.1, 0.3, 1.0], discount: 0.95 }
    }
}

impl Strategies {
    pub(super) fn session_ms(&self) -> i64 {
        i64::from(self.session_minutes) * 60_000
    }
}

/// Reads strategies: `{"strategies": [{"name": "plain"}, {"name": "varied", "changes": {"diversity": 0.5}}],
/// "session_minutes": 30, "worth": {"click": 0.1, "cart": 0.3, "purchase": 1}, "discount": 0.95}`. Numbers of a group of
/// changes that are not named are the shop's of now.
///
/// # Errors
/// A [`FieldError`] with the path of the value.
pub fn strategies_from_json(document: &Value, shop: &Settings) -> Result<Strategies, FieldError> {
    let map = object(document, &["strategies", "session_minutes", "worth", "discount"])?;
    let default = Strategies::default();
    let listed = map.get("strategies").unwrap_or(&Value::Null);
    let list = listed.as_array().ok_or_else(|| wrong("a list", listed).within("strategies"))?;
    if !list.is_empty() && !STRATEGIES.contains(&list.len()) {
        let expected = "2 to 16 strategies, or none to end it";
        return Err(FieldError::new("out_of_range", "strategies", expected, list.len().to_string()));
    }
    let mut strategies: Vec<Strategy> = Vec::new();
    for (at, one) in list.iter().enumerate() {
        let read = strategy(one, shop).map_err(|error| error.within(&format!("[{at}]")).within("strategies"))?;
        if strategies.iter().any(|known| known.name == read.name) {
            let field = format!("strategies.[{at}].name");
            return Err(FieldError::new("out_of_range", field, "a name that no other has", &*read.name));
        }
        strategies.push(read);
    }
    let number = |name: &str, (least, most): (f64, f64), default: f64| {
        let Some(value) = map.get(name) else { return Ok(default) };
        let found = value.as_f64().filter(|number| (least..=most).contains(number));
        found.ok_or_else(|| wrong(&format!("a number from {least} to {most}"), value).within(name))
    };
    let worth = match map.get("worth") {
        None => default.worth,
        Some(value) => worth(value, default.worth).map_err(|error| error.within("worth"))?,
    };
    Ok(Strategies {
        strategies,
        session_minutes: number("session_minutes", (1.0, 1440.0), f64::from(default.session_minutes))?.round() as u32,
        worth,
        discount: number("discount", (0.0, 1.0), default.discount)?,
    })
}

/// The document on disk, which names all numbers of its groups.
pub(super) fn read_own(document: &Value) -> Result<Strategies, FieldError> {
    strategies_from_json(document, &Settings::default())
}

/// Writes them as they are read.
pub fn strategies_to_json(all: &Strategies) -> Value {
    let strategies = all.strategies.iter().map(|one| json!({ "name": &*one.name, "changes": one.changes.to_json() }));
    let [click, cart, purchase] = all.worth;
    json!({
        "strategies": strategies.collect::<Vec<_>>(),
        "session_minutes": all.session_minutes,
        "worth": { "click": click, "cart": cart, "purchase": purchase },
        "discount": all.discount,
    })
}

fn strategy(value: &Value, shop: &Settings) -> Result<Strategy, FieldError> {
    let map = object(value, &["name", "changes"])?;
    let said = map.get("name").unwrap_or(&Value::Null);
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let name = said
        .as_str()
        .filter(|name| !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && name.chars().all(is_plain));
    let name = name.ok_or_else(|| wrong("1 to 64 letters, digits, '-', '_' and '.'", said).within("name"))?;
    let changes = map.get("changes").filter(|changes| !changes.is_null());
    let changes = changes.map(|changes| Changes::from_json(changes, shop)).transpose();
    let changes = changes.map_err(|error| error.within("changes"))?.unwrap_or_default();
    if changes.chooser().is_some() {
        let expected = "no strategy inside a strategy";
        return Err(FieldError::new("out_of_range", "changes.strategy", expected, name));
    }
    Ok(Strategy { name: Arc::from(name), changes })
}

fn worth(value: &Value, mut worth: [f64; 3]) -> Result<[f64; 3], FieldError> {
    const NAMES: [&str; 3] = ["click", "cart", "purchase"];
    let map = object(value, &NAMES)?;
    for (place, name) in NAMES.into_iter().enumerate() {
        let Some(value) = map.get(name) else { continue };
        let found = value.as_f64().filter(|number| (0.0..=WORTH_MAX).contains(number));
        worth[place] = found.ok_or_else(|| wrong("a number from 0 to 1000", value).within(name))?;
    }
    Ok(worth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_read_back_as_they_were_written() {
        let document = json!({
            "strategies": [{"name": "原样"}, {"name": "varied", "changes": {"diversity": 0.5, "objectives": {"novelty": 0.2}}}],
            "session_minutes": 45, "worth": {"purchase": 5}, "discount": 0.5,
        });
        let read = strategies_from_json(&document, &Settings::default()).unwrap();
        assert_eq!((read.worth, read.session_ms(), read.strategies.len()), ([0.1, 0.3, 5.0], 45 * 60_000, 2));
        assert_eq!(read_own(&strategies_to_json(&read)).unwrap(), read);
        assert_eq!(read_own(&json!({"strategies": []})).unwrap(), Strategies::default());
    }

    #[test]
    fn faults_are_named() {
        let two = json!([{"name": "a"}, {"name": "b"}]);
        for (document, field) in [
            (json!({}), "strategies"),
            (json!({"strategies": [{"name": "a"}]}), "strategies"),
            (json!({"strategies": [{"name": "a"}, {"name": "a"}]}), "strategies.[1].name"),
            (json!({"strategies": [{"name": "a"}, {"name": "b c"}]}), "strategies.[1].name"),
            (
                json!({"strategies": [{"name": "a"}, {"name": "b", "changes": {"cutoff": 2}}]}),
                "strategies.[1].changes.cutoff",
            ),
            (
                json!({"strategies": [{"name": "a"}, {"name": "b", "changes": {"strategy": "random"}}]}),
                "strategies.[1].changes.strategy",
            ),
            (json!({"strategies": two, "session_minutes": 0}), "session_minutes"),
            (json!({"strategies": two, "worth": {"click": -1}}), "worth.click"),
            (json!({"strategies": two, "discount": 2}), "discount"),
            (json!({"strategies": two, "colour": 2}), "colour"),
        ] {
            let fault = strategies_from_json(&document, &Settings::default()).unwrap_err();
            assert_eq!(fault.field, field, "{fault}");
        }
    }
}
