//! `mercato config`: what is in force, and where it comes from.

use anyhow::Result;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::output;

/// Shows the configuration.
pub(crate) fn run(config: &Config) -> Result<()> {
    let values = config.values();
    if config.json {
        let document: Map<String, Value> =
            values.into_iter().map(|(name, value, _)| (name.to_owned(), value)).collect();
        return output::json(&Value::Object(document));
    }
    let mut rows = vec![vec!["name".to_owned(), "value".to_owned(), "from".to_owned()]];
    rows.extend(values.into_iter().map(|(name, value, source)| {
        let value = match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        vec![name.to_owned(), value, source.to_owned()]
    }));
    output::table(rows)
}
