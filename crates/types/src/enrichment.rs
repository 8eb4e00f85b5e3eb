use std::collections::BTreeMap;
use std::sync::Arc;

use crate::item::check_attribute;
use crate::{FieldError, ItemId, Value, check_name};

/// Values found for attributes that a shop left empty; `None` takes a found value back. A shop's own values are never
/// touched by it.
#[derive(Clone, PartialEq, Debug)]
pub struct Enrichment {
    /// The item.
    pub id: ItemId,
    /// By attribute, what was found and where, or `None` where it is to go.
    pub values: BTreeMap<Arc<str>, Option<(Value, Provenance)>>,
}

/// Where a value comes from that is not the shop's own.
#[derive(Clone, PartialEq, Debug)]
pub struct Provenance {
    /// What found it, with its version, such as `extractor-1`.
    pub maker: Arc<str>,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// Why, in words for people.
    pub evidence: Arc<str>,
    /// The piece of the item's own text it was read from, if it was read from one.
    pub passage: Option<Passage>,
}

/// A piece of the text of an attribute, in its first language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passage {
    /// The attribute.
    pub attribute: Arc<str>,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

impl Enrichment {
    /// One that finds nothing yet.
    pub fn new(id: ItemId) -> Self {
        Self { id, values: BTreeMap::new() }
    }

    /// Adds a found value after the checks of [`crate::Item::set`], or with `None` what takes one back.
    ///
    /// # Errors
    /// As [`crate::Item::set`].
    pub fn set(&mut self, name: &str, value: Option<(Value, Provenance)>) -> Result<(), FieldError> {
        match &value {
            Some((value, _)) => check_attribute(name, value)?,
            None => check_name(name)?,
        }
        self.values.insert(Arc::from(name), value);
        Ok(())
    }
}

impl Provenance {
    /// Checks and makes one.
    ///
    /// # Errors
    /// A [`FieldError`] with code `out_of_range` or `text_too_long`.
    pub fn new(maker: &str, confidence: f32, evidence: &str, passage: Option<Passage>) -> Result<Self, FieldError> {
        const TEXT_BYTES_MAX: usize = 1024;
        if !(0.0..=1.0).contains(&confidence) {
            return Err(FieldError::new("out_of_range", "confidence", "a number from 0 to 1", confidence.to_string()));
        }
        for (field, text) in [("maker", maker), ("evidence", evidence)] {
            if text.len() > TEXT_BYTES_MAX {
                let got = format!("{} bytes", text.len());
                return Err(FieldError::new("text_too_long", field, "at most 1 KiB of text", got));
            }
        }
        if let Some(passage) = passage.as_ref().filter(|passage| passage.start > passage.end) {
            let got = format!("{} to {}", passage.start, passage.end);
            return Err(FieldError::new("out_of_range", "passage", "a start that is not behind its end", got));
        }
        Ok(Self { maker: Arc::from(maker), confidence, evidence: Arc::from(evidence), passage })
    }
}
