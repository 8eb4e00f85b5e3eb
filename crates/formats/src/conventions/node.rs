use serde_json::Value;
use types::Millis;

use crate::mapping::{as_text, parse_number};

/// A place in a foreign document: what stands there, and the path to it for errors.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    pub(super) path: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    /// The document itself.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    /// What stands at a path of names between points, unless that is nothing: `null`, an empty text or an empty list.
    pub(super) fn get(&self, path: &str) -> Option<Self> {
        let mut value = self.value;
        for name in path.split('.') {
            value = match value {
                // Lists of contexts have one entry where one is meant.
                Value::Array(parts) => parts.first()?.get(name)?,
                other => other.get(name)?,
            };
        }
        let is_nothing = match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(parts) => parts.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        };
        (!is_nothing).then(|| Self { path: self.under(path), value })
    }

    /// The first of these paths at which something stands.
    pub(super) fn any(&self, paths: &[&str]) -> Option<Self> {
        paths.iter().find_map(|path| self.get(path))
    }

    /// The parts of the list at a path; none where there is no list.
    pub(super) fn list(&self, path: &str) -> Vec<Self> {
        self.get(path).map(|node| node.parts()).unwrap_or_default()
    }

    /// The parts of a list; none of what is no list.
    pub(super) fn parts(&self) -> Vec<Self> {
        let parts = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let part = |(place, value)| Self { path: format!("{}[{place}]", self.path), value };
        parts.iter().enumerate().map(part).collect()
    }

    /// A text, or a number or truth as text; trimmed.
    pub(super) fn text(&self) -> Option<String> {
        as_text(self.value).map(|text| text.trim().to_owned())
    }

    /// A number, or a text that is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self.value {
            Value::String(text) => parse_number(text),
            other => other.as_f64(),
        }
    }

    /// A moment: ISO 8601, or a number since 1970 whose size tells its unit, from seconds to nanoseconds.
    pub(super) fn moment(&self) -> Option<Millis> {
        if let Some(number) = self.number() {
            return of_magnitude(number);
        }
        let text = self.value.as_str()?.trim();
        crate::time::parse_iso(text.strip_suffix(" UTC").unwrap_or(text))
    }

    fn under(&self, path: &str) -> String {
        if self.path.is_empty() { path.to_owned() } else { format!("{}.{path}", self.path) }
    }
}

/// Seconds until the year 5138, milliseconds from 1973 to 5138, and so on: each unit's numbers are a thousand times those
/// of the one before, so the ranges do not touch for anything that a shop can have seen.
fn of_magnitude(number: f64) -> Option<Millis> {
    let size = number.abs();
    let millis = match size {
        _ if size < 1e11 => number * 1e3,
        _ if size < 1e14 => number,
        _ if size < 1e17 => number / 1e3,
        _ if size < 1e20 => number / 1e6,
        _ => return None,
    };
    Some(Millis(millis.floor() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn moments_are_told_by_their_size() {
        for (written, expected) in [
            (json!(1_795_302_000), Some(1_795_302_000_000)),
            (json!("1795302000.5"), Some(1_795_302_000_500)),
            (json!(1_795_302_000_000_i64), Some(1_795_302_000_000)),
            (json!("1795302000000123"), Some(1_795_302_000_000)),
            (json!(1_795_302_000_000_123_456_i64), Some(1_795_302_000_000)),
            (json!("2026-11-22T07:00:00+08:00"), Some(1_795_302_000_000)),
            (json!("2026-11-21 23:00:00 UTC"), Some(1_795_302_000_000)),
            (json!("2026-11-21 23:00:00.25"), Some(1_795_302_000_250)),
            (json!("昨天"), None),
            (json!(1e300), None),
            (json!([1]), None),
        ] {
            assert_eq!(Node::root(&written).moment().map(|time| time.0), expected, "{written}");
        }
    }

    #[test]
    fn paths_name_the_place() {
        let document = json!({"a": [{"b": {"c": 7}}], "empty": "", "none": null});
        let root = Node::root(&document);
        assert_eq!(root.any(&["none", "empty", "a.b.c"]).map(|node| node.path), Some("a.b.c".to_owned()));
        assert_eq!(root.list("a")[0].get("b.c").map(|node| node.path), Some("a[0].b.c".to_owned()));
        assert!(root.get("a.x").is_none() && root.list("b").is_empty());
    }
}
