use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tantivy::Term;
use tantivy::schema::Field;
use types::{Item, Language, Value, well_known};

use crate::IndexConfig;

/// Fields of the word index. Tantivy's schema is fixed, a shop's attributes are not: each searched attribute gets the
/// next field, and from the last one on they share it, their terms told apart by a prefix.
pub(super) const FIELDS: usize = 24;

/// Separates an attribute's number from the term in the shared field; no analyzer gives terms with control characters.
const SHARED_SEPARATOR: char = '\u{1F}';

/// The searched attributes, numbered in order of first sight. Numbers never change, so old snapshots may hold fewer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    names: Arc<Vec<Arc<str>>>,
}

impl Slots {
    pub(crate) fn from_names(names: Vec<Arc<str>>) -> Self {
        Self { names: Arc::new(names) }
    }

    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// The number of an attribute, given now where it is new.
    pub(crate) fn number(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| **known == *name).unwrap_or_else(|| {
            Arc::make_mut(&mut self.names).push(Arc::from(name));
            self.names.len() - 1
        })
    }
}

/// The field of an attribute's terms.
pub(super) fn field_of(fields: &[Field], number: usize) -> Field {
    fields[number.min(FIELDS - 1)]
}

/// A term as the word index has it.
pub(super) fn stored_term(term: &str, number: usize) -> String {
    if number < FIELDS - 1 { term.to_owned() } else { format!("{number}{SHARED_SEPARATOR}{term}") }
}

/// A word as it is written, as the shared field has it: beside it no attribute's number can stand.
pub(super) fn stored_written(word: &str) -> String {
    format!("{WRITTEN}{word}")
}

/// What words as they are written begin with in the shared field.
pub(super) const WRITTEN: &str = "w\u{1F}";

/// A term to look up.
pub(super) fn lookup_term(fields: &[Field], term: &str, number: usize) -> Term {
    Term::from_field_text(field_of(fields, number), &stored_term(term, number))
}

/// An item's searched texts: by attribute number, each with its language.
pub(crate) type TextParts = Vec<(usize, Vec<(Language, Arc<str>)>)>;

/// What of an item is searched by words, and a hash of it that tells whether it changed. The id is searched too:
/// shoppers type article numbers.
pub(crate) fn text_parts(item: &Item, config: &IndexConfig, slots: &mut Slots) -> (TextParts, u64) {
    let mut parts: TextParts = Vec::new();
    let id: Arc<str> = Arc::from(item.id.as_str());
    parts.push((slots.number(well_known::ID), vec![(Language::guess(&id), id)]));
    for (name, value) in &item.attributes {
        if config.weight(name, value.kind()) <= 0.0 {
            if let Some(barcode) = barcode(value) {
                parts.push((slots.number(name), vec![(Language::Other, barcode)]));
            }
            continue;
        }
        let guessed = |text: &Arc<str>| (Language::guess(text), Arc::clone(text));
        let texts: Vec<(Language, Arc<str>)> = match value {
            Value::Text(texts) => texts.iter().map(|(language, text)| (language, Arc::from(text))).collect(),
            Value::Keywords(words) => words.iter().map(guessed).collect(),
            Value::Categories(paths) => distinct_parts(paths).into_iter().map(guessed).collect(),
            Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Boolean(_) | Value::Image(_) => Vec::new(),
        };
        if !texts.is_empty() {
            parts.push((slots.number(name), texts));
        }
    }
    // The hash is only ever compared with one made by the same build or, after an upgrade, costs one re-indexing.
    let mut hasher = std::hash::DefaultHasher::new();
    parts.hash(&mut hasher);
    (parts, hasher.finish().max(1))
}

/// A number of so many digits counts nothing: it is a barcode or an article number that was read as a number.
fn barcode(value: &Value) -> Option<Arc<str>> {
    let Value::Number(number) = value else { return None };
    // From eight digits (GTIN-8) up to where every whole number is exact.
    let is_barcode = number.fract() == 0.0 && (1e7..9e15).contains(number);
    is_barcode.then(|| Arc::from(format!("{number:.0}")))
}

/// The names in some category paths, each once: two paths below one root should not count the root twice.
fn distinct_parts(paths: &[Vec<Arc<str>>]) -> Vec<&Arc<str>> {
    let mut parts: Vec<&Arc<str>> = Vec::new();
    for part in paths.iter().flatten() {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}
