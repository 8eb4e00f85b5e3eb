//! What is known without a catalogue: names of colours, materials and persons in both languages, quantities, article
//! numbers.

use std::sync::{Arc, LazyLock};

use super::Source;
use super::extractor::Candidate;
use crate::entities::{Gazetteer, Role};
use crate::phrase::Phrase;
use crate::quantity::{Bound, Dimension, QuantityKind};

/// Tables are less sure than counts in the shop's own texts.
const TABLE_FACTOR: f32 = 0.8;
const CODE_CONFIDENCE: f32 = 0.5;

/// Readings of attributes that the catalogue has none of; `roles` are those of the attributes it has.
pub(super) fn candidates(text: &str, phrase: &Phrase, roles: &[Role]) -> Vec<Candidate> {
    static LEXICON: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(std::iter::empty()));
    let mut candidates = Vec::new();
    let mut push = |span: (usize, usize), name: &str, value: Option<&str>, confidence: f32, source: Source| {
        let range = phrase.within(span);
        if !range.is_empty() {
            let (attribute, value) = (Arc::from(name), value.map(Arc::from));
            candidates.push(Candidate { range, attribute, value, confidence, source });
        }
    };
    for entity in LEXICON.find(text) {
        let reading = entity.best();
        let is_told = matches!(reading.role, Role::Colour | Role::Material | Role::Gender | Role::Age | Role::Season);
        if is_told && !roles.contains(&reading.role) {
            push(entity.span, reading.role.name(), reading.concept, reading.confidence * TABLE_FACTOR, Source::Table);
        }
    }
    // Where the catalogue has attributes at all, they tell what numbers stand for.
    if roles.is_empty() {
        for quantity in crate::quantities(text) {
            let name = match quantity.kind {
                QuantityKind::Measure(
                    dimension @ (Dimension::Volume
                    | Dimension::Mass
                    | Dimension::Length
                    | Dimension::Count
                    | Dimension::Power),
                ) if quantity.bound == Bound::Exact => dimension.name(),
                QuantityKind::Size { .. } => Role::Size.name(),
                _ => continue,
            };
            push(quantity.span, name, None, quantity.confidence * TABLE_FACTOR, Source::Pattern);
        }
    }
    if !roles.contains(&Role::Model) {
        for span in crate::pairs::code_spans(text) {
            push(span, Role::Model.name(), None, CODE_CONFIDENCE, Source::Pattern);
        }
    }
    candidates
}

/// The roles of a catalogue's attributes, as far as their names tell.
pub(super) fn roles_of(names: &[Arc<str>]) -> Vec<Role> {
    Gazetteer::new(names.iter().map(|name| (&**name, "-", 1))).attributes().map(|(_, role, _)| role).collect()
}
