use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::counts::{Counts, shape};
use super::edges::Edges;
use super::features::{UNITS_MAX, features};
use super::known::{apart, each_range};
use super::position::Beginning;
use super::tagger::{Marked, Tagger};
use super::{Extracted, Source, tables};
use crate::entities::Role;
use crate::phrase::Phrase;

/// Values reach over so many units at most.
pub(super) const VALUE_UNITS_MAX: usize = 12;
/// Texts are read up to so many units.
pub(super) const TEXT_UNITS_MAX: usize = 600;
/// What is less likely than this is not proposed.
pub(super) const CONFIDENCE_MIN: f32 = 0.25;
/// Texts that a tagger needs to learn from, and units of texts it learns from at most: of more texts every n-th.
const TAGGED_MIN: usize = 100;
const TAGGED_UNITS_MAX: usize = 80_000;
/// What a tagger reads is right about this often.
const TAGGED_CONFIDENCE: f32 = 0.7;
/// What fewer of its chains agree on is not read.
const AGREED_MIN: f32 = 0.2;

/// A text with the values that it or its item is known to have.
#[derive(Clone, Debug, Default)]
pub struct Example<'a> {
    /// The title, or title and description.
    pub text: &'a str,
    /// The category; empty where there is none.
    pub category: &'a str,
    /// Attributes with their values. Values that are not in the text are known as values, but teach nothing about texts.
    pub values: Vec<(&'a str, &'a str)>,
    /// Whether all values that the text names are among them, so that a text without any teaches, too. Not so in a
    /// catalogue with gaps.
    pub complete: bool,
}

/// Reads attribute values from texts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Extractor {
    model: Arc<Model>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) attributes: Vec<Arc<str>>,
    /// What kinds of attributes these are.
    roles: Vec<Role>,
    categories: HashMap<String, usize>,
    pub(super) words: Counts,
    pub(super) shapes: Counts,
    tagger: Option<Tagger>,
    edges: Edges,
    pub(super) beginnings: HashMap<usize, Beginning>,
    /// By attribute and key: the catalogue's own spelling.
    pub(super) spellings: HashMap<(usize, String), Arc<str>>,
}

/// A text that is learnt from.
struct Text<'a> {
    text: &'a str,
    phrase: Phrase,
    category: usize,
    /// Where its values stand.
    found: Vec<(usize, Range<usize>)>,
    complete: bool,
}

/// A reading that may be kept.
pub(super) struct Candidate {
    pub(super) range: Range<usize>,
    pub(super) attribute: Arc<str>,
    pub(super) value: Option<Arc<str>>,
    pub(super) confidence: f32,
    pub(super) source: Source,
}

impl Extractor {
    /// Learns from a catalogue, or from texts in which values are marked.
    pub fn learn<'a>(examples: impl IntoIterator<Item = Example<'a>>) -> Self {
        let mut model = Model::default();
        let mut texts: Vec<Text<'_>> = Vec::new();
        for example in examples {
            let next = model.categories.len();
            let category = *model.categories.entry(example.category.to_owned()).or_insert(next);
            let phrase = Phrase::new(example.text);
            let found: Vec<(usize, Range<usize>)> = example
                .values
                .iter()
                .filter_map(|(name, value)| model.add_value(example.text, &phrase, category, name, value))
                .collect();
            let first =
                found.iter().find(|(_, range)| range.start == 0).map(|(attribute, range)| (*attribute, range.len()));
            model.beginnings.entry(category).or_default().add(&phrase, first);
            texts.push(Text { text: example.text, phrase, category, found, complete: example.complete });
        }
        for text in &texts {
            model.count_occurrences(&text.phrase, text.category);
        }
        model.tagger = model.learn_tagger(&texts);
        model.roles = tables::roles_of(&model.attributes);
        Self { model: Arc::new(model) }
    }

    /// The attributes it has seen, in the order seen.
    pub fn attributes(&self) -> impl Iterator<Item = &Arc<str>> {
        self.model.attributes.iter()
    }

    /// Values read from a text, in its order, at most one an attribute; those of the attributes in `has` are left out: a
    /// shop's own values stand.
    pub fn extract(&self, text: &str, category: &str, has: &[&str]) -> Vec<Extracted> {
        let phrase = Phrase::new(text);
        let mut candidates = self.model.candidates(text, &phrase, self.model.categories.get(category).copied());
        candidates.extend(tables::candidates(text, &phrase, &self.model.roles));
        candidates.retain(|candidate| candidate.confidence >= CONFIDENCE_MIN);
        let chosen = apart(candidates, phrase.units().len());
        let mut best: Vec<Candidate> = Vec::new();
        for candidate in chosen {
            match best.iter_mut().find(|known| known.attribute == candidate.attribute) {
                Some(known) if known.confidence < candidate.confidence => *known = candidate,
                Some(_) => {}
                None => best.push(candidate),
            }
        }
        best.retain(|candidate| !has.contains(&&*candidate.attribute));
        best.sort_by_key(|candidate| candidate.range.start);
        best.into_iter()
            .map(|candidate| {
                let attribute = self.model.attributes.iter().position(|name| *name == candidate.attribute);
                let span = self.model.edges.extend(text, phrase.span(&candidate.range), attribute);
                let own = text.get(span.0..span.1).unwrap_or_default();
                Extracted {
                    attribute: candidate.attribute,
                    value: candidate.value.map_or_else(|| own.to_owned(), |value| value.to_string()),
                    span,
                    confidence: candidate.confidence,
                    source: candidate.source,
                }
            })
            .collect()
    }
}

impl Model {
    /// Notes a value; returns where it stands in the text.
    fn add_value(
        &mut self,
        text: &str,
        phrase: &Phrase,
        category: usize,
        name: &str,
        value: &str,
    ) -> Option<(usize, Range<usize>)> {
        let attribute = match self.attributes.iter().position(|known| **known == *name) {
            Some(attribute) => attribute,
            None => {
                self.attributes.push(Arc::from(name));
                self.attributes.len() - 1
            }
        };
        let value_phrase = Phrase::new(value);
        let length = value_phrase.units().len();
        if length == 0 || length > VALUE_UNITS_MAX {
            return None;
        }
        let key = value_phrase.bare(&(0..length));
        self.spellings.entry((attribute, key.to_owned())).or_insert_with(|| Arc::from(value));
        let last = phrase.units().len().min(TEXT_UNITS_MAX).checked_sub(length)?;
        let range = (0..=last).map(|at| at..at + length).find(|range| phrase.bare(range) == key)?;
        self.words.add_value(key, category, attribute);
        if let Some(shape) = shape(phrase, &range) {
            self.shapes.add_value(&shape, category, attribute);
        }
        self.edges.add(text, phrase.span(&range), attribute, value);
        Some((attribute, range))
    }

    fn count_occurrences(&mut self, phrase: &Phrase, category: usize) {
        let (mut words, mut shapes) = (Vec::new(), Vec::new());
        each_range(phrase, &mut |range| {
            let key = phrase.bare(&range);
            if self.words.knows(key) {
                words.push(key.to_owned());
            }
            if let Some(shape) = shape(phrase, &range).filter(|shape| self.shapes.knows(shape)) {
                shapes.push(shape);
            }
        });
        for (keys, counts) in [(&mut words, &mut self.words), (&mut shapes, &mut self.shapes)] {
            keys.sort_unstable();
            keys.dedup();
            keys.iter().for_each(|key| counts.add_seen(key, category));
        }
    }

    fn learn_tagger(&self, texts: &[Text<'_>]) -> Option<Tagger> {
        let useful: Vec<&Text<'_>> = texts.iter().filter(|text| text.complete || !text.found.is_empty()).collect();
        if useful.len() < TAGGED_MIN {
            return None;
        }
        let units: usize = useful.iter().map(|text| text.phrase.units().len().min(UNITS_MAX)).sum();
        let step = units.div_ceil(TAGGED_UNITS_MAX).max(1);
        let marked = |text: &&Text<'_>| {
            let own = |range: &Range<usize>| {
                let key = text.phrase.bare(range);
                text.found.iter().find(|(_, value)| text.phrase.bare(value) == key).map(|(attribute, _)| *attribute)
            };
            let known = self.known(&text.phrase, Some(text.category), &|range| Some(own(range)));
            Marked::new(features(text.text, &text.phrase, text.category, &known), text.category, &text.found)
        };
        Some(Tagger::learn(&useful.iter().step_by(step).map(marked).collect::<Vec<_>>()))
    }

    /// With a tagger, what most of its chains read; what words are known to be adds to its confidence and evidence.
    fn candidates(&self, text: &str, phrase: &Phrase, category: Option<usize>) -> Vec<Candidate> {
        let mut candidates = self.known_candidates(phrase, category);
        let Some(tagger) = &self.tagger else { return candidates };
        let known = self.known(phrase, category, &|_| None);
        let features = features(text, phrase, category.unwrap_or(usize::MAX), &known);
        let tagged = tagger.tag(&features, category).into_iter().filter(|(_, _, share)| *share >= AGREED_MIN);
        let read = tagged.map(|(attribute, range, share)| {
            let name = &self.attributes[attribute];
            let same = candidates.iter().position(|known| known.range == range && known.attribute == *name);
            let tagged = share * TAGGED_CONFIDENCE;
            match same.map(|same| candidates.swap_remove(same)) {
                Some(known) => Candidate { confidence: 1.0 - (1.0 - known.confidence) * (1.0 - tagged), ..known },
                None => Candidate {
                    value: self.spellings.get(&(attribute, phrase.bare(&range).to_owned())).cloned(),
                    attribute: name.clone(),
                    range,
                    confidence: tagged,
                    source: Source::Context,
                },
            }
        });
        read.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

    fn extractor() -> Extractor {
        let examples: [Row; 6] = [
            (
                "Lavazza Gold ground coffee, 12 oz",
                "coffee",
                &[("Brand", "Lavazza"), ("Form", "ground coffee"), ("Content", "12 oz")],
            ),
            (
                "Illy whole bean coffee 8 oz",
                "coffee",
                &[("Brand", "Illy"), ("Form", "whole bean"), ("Content", "8 oz")],
            ),
            ("Peets whole bean 16 oz", "coffee", &[("Brand", "Peets"), ("Form", "whole bean"), ("Content", "16 oz")]),
            ("小米不锈钢保温杯500ml", "杯子", &[("品牌", "小米"), ("材质", "不锈钢"), ("容量", "500ml")]),
            ("象牌玻璃保温杯350ml", "杯子", &[("品牌", "象牌"), ("材质", "玻璃"), ("容量", "350ml")]),
            ("小米玻璃杯", "杯子", &[("品牌", "小米"), ("材质", "玻璃")]),
        ];
        Extractor::learn(examples.map(|(text, category, values)| Example {
            text,
            category,
            values: values.to_vec(),
            complete: false,
        }))
    }

    fn read(text: &str, category: &str, has: &[&str]) -> String {
        let found = extractor().extract(text, category, has);
        found.iter().map(|found| format!("{}={}", found.attribute, found.value)).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn known_values_and_shapes() {
        assert_eq!(read("illy WHOLE BEAN dark 11 oz", "coffee", &[]), "Brand=Illy; Form=whole bean; Content=11 oz");
        assert_eq!(read("小米保温杯 玻璃 800ml", "杯子", &[]), "品牌=小米; 材质=玻璃; 容量=800ml");
    }

    #[test]
    fn own_values_stand() {
        assert_eq!(read("illy whole bean 11 oz", "coffee", &["Brand", "Content"]), "Form=whole bean");
    }

    #[test]
    fn tables_know_what_the_catalogue_does_not() {
        let found = Extractor::default().extract("Women's red leather bag XK-2040", "", &[]);
        let shown: Vec<String> = found.iter().map(|found| format!("{}={}", found.attribute, found.value)).collect();
        assert_eq!(shown, ["gender=women", "colour=red", "material=leather", "model=XK-2040"]);
    }

    #[test]
    fn evidence_is_told() {
        let found = extractor().extract("Illy tin", "coffee", &[]);
        assert_eq!(found[0].source.to_string(), "of 1 texts with these words, 1 have this value");
        assert_eq!(found[0].span, (0, 4));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            for found in extractor().extract(&text, "coffee", &[]) {
                prop_assert!(text.get(found.span.0..found.span.1).is_some());
                prop_assert!((0.0..=1.0).contains(&found.confidence));
            }
        }
    }
}
