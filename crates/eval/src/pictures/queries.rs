use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use types::FieldError;

use super::data::PictureProduct;
use crate::{Result, lines};

/// A query in words whose right answers are told by attributes.
#[derive(Clone, PartialEq, Debug)]
pub struct PictureQueryCase {
    /// What is typed.
    pub text: String,
    /// The same in English.
    pub english: String,
    /// What a product must have to be right, by column.
    pub wanted: BTreeMap<String, String>,
}

impl PictureQueryCase {
    /// Whether a product is a right answer.
    pub fn is_met(&self, product: &PictureProduct) -> bool {
        self.wanted.iter().all(|(name, value)| product.attributes.get(name) == Some(value))
    }
}

/// Reads queries, one JSON object a line: `{"text": "男士 蓝色 衬衫", "english": "men blue shirt", "where": {"gender": "Men",
/// "baseColour": "Blue", "articleType": "Shirts"}}`.
///
/// # Errors
/// A file that cannot be read, or a line that is no such object.
pub fn picture_queries(path: &Path) -> Result<Vec<PictureQueryCase>> {
    let mut cases = Vec::new();
    lines::each(path, |_, line| {
        let document = formats::json::parse(line.as_bytes())?;
        let text = |name: &str| {
            let missing = || FieldError::new("text_missing", name, "a text", document[name].to_string());
            document[name].as_str().map(str::to_owned).ok_or_else(missing)
        };
        let wanted = document["where"].as_object().into_iter().flatten();
        let wanted = wanted.filter_map(|(name, value)| value.as_str().map(|value| (name.clone(), value.to_owned())));
        let wanted: BTreeMap<String, String> = wanted.collect();
        if wanted.is_empty() {
            let got = Value::to_string(&document["where"]);
            return Err(FieldError::new("where_missing", "where", "an object of columns and values", got));
        }
        cases.push(PictureQueryCase { text: text("text")?, english: text("english")?, wanted });
        Ok(())
    })?;
    Ok(cases)
}
