use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::counts::{Counts, shape};
use super::position::Beginning;
use super::tagger::{Marked, Tagger, features, key as feature_key};
use super::{Extracted, Source, tables};
use crate::entities::Role;
use crate::phrase::Phrase;

/// Values reach over so many units at most.
const VALUE_UNITS_MAX: usize = 12;
/// Texts are read up to so many units.
const TEXT_UNITS_MAX: usize = 600;
/// What is less likely than this is not proposed.
const CONFIDENCE_MIN: f32 = 0.25;
/// Texts that a tagger needs to learn from, and learns from at most.
const TAGGED_MIN: usize = 100;
const TAGGED_MAX: usize = 4_000;
/// What a tagger reads is right about this often.
const TAGGED_CONFIDENCE: f32 = 0.7;
/// Of phrases that are values in fewer of the texts that have them, the tagger is not told.
const TOLD_MIN: f32 = 0.3;

/// A text with the values that it or its item is known to have.
#[derive(Clone, Debug, Default)]
pub struct Example<'a> {
    /// The title, or title and description.
    pub text: &'a str,
    /// The category; empty where there is none.
    pub category: &'a str,
    /// Attributes with their values. Values that are not in the text are known as values, but teach nothing about texts.
    pub values: Vec<(&'a str, &'a str)>,
}

/// Reads attribute values from texts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Extractor {
    model: Arc<Model>,
}

#[derive(Debug, Default)]
struct Model {
    attributes: Vec<Arc<str>>,
    /// What kinds of attributes these are.
    roles: Vec<Role>,
    categories: HashMap<String, usize>,
    words: Counts,
    shapes: Counts,
    tagger: Option<Tagger>,
    beginnings: HashMap<usize, Beginning>,
    /// By attribute and key: the catalogue's own spelling.
    spellings: HashMap<(usize, String), Arc<str>>,
}

/// A text with its category and where its values stand.
type Text = (Phrase, usize, Vec<(usize, Range<usize>)>);

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
        let mut texts: Vec<Text> = Vec::new();
        for example in examples {
            let next = model.categories.len();
            let category = *model.categories.entry(example.category.to_owned()).or_insert(next);
            let phrase = Phrase::new(example.text);
            let found: Vec<(usize, Range<usize>)> = example
                .values
                .iter()
                .filter_map(|(name, value)| model.add_value(&phrase, category, name, value))
                .collect();
            let first =
                found.iter().find(|(_, range)| range.start == 0).map(|(attribute, range)| (*attribute, range.len()));
            model.beginnings.entry(category).or_default().add(&phrase, first);
            texts.push((phrase, category, found));
        }
        for (phrase, category, _) in &texts {
            model.count_occurrences(phrase, *category);
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
        let mut candidates = self.model.candidates(&phrase, self.model.categories.get(category).copied());
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
                let span = phrase.span(&candidate.range);
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

    fn learn_tagger(&self, texts: &[Text]) -> Option<Tagger> {
        let useful: Vec<&Text> = texts.iter().filter(|(_, _, found)| !found.is_empty()).collect();
        if useful.len() < TAGGED_MIN {
            return None;
        }
        let step = useful.len().div_ceil(TAGGED_MAX);
        let marked = |(phrase, category, found): &&Text| {
            let own = |range: &Range<usize>| {
                let key = phrase.bare(range);
                found.iter().find(|(_, value)| phrase.bare(value) == key).map(|(attribute, _)| *attribute)
            };
            let known = self.known(phrase, Some(*category), &|range| Some(own(range)));
            Marked::new(features(phrase, &known), *category, found)
        };
        Some(Tagger::learn(&useful.iter().step_by(step).map(marked).collect::<Vec<_>>()))
    }

    /// By unit: what phrases that it is part of are known as, for the tagger. `own` tells of a text that was learnt from
    /// what it says itself.
    fn known(
        &self,
        phrase: &Phrase,
        category: Option<usize>,
        own: &dyn Fn(&Range<usize>) -> Option<Option<usize>>,
    ) -> Vec<Vec<u64>> {
        let mut longest: Vec<[Option<(usize, u64)>; 2]> = vec![[None; 2]; phrase.units().len()];
        each_range(phrase, &mut |range| {
            let words = self.words.best(phrase.bare(&range), category, own(&range));
            let shapes = shape(phrase, &range).and_then(|shape| self.shapes.best(&shape, category, own(&range)));
            for (kind, found) in [words, shapes].into_iter().enumerate() {
                let Some((attribute, chance, ..)) = found.filter(|(_, chance, ..)| *chance >= TOLD_MIN) else {
                    continue;
                };
                for at in range.clone() {
                    let bucket = (chance * 5.0) as u8;
                    let told =
                        feature_key(&(50 + kind as u8, attribute, bucket, at == range.start, at + 1 == range.end));
                    let entry = &mut longest[at][kind];
                    if entry.is_none_or(|(length, _)| length <= range.len()) {
                        *entry = Some((range.len(), told));
                    }
                }
            }
        });
        longest.into_iter().map(|told| told.into_iter().flatten().map(|(_, told)| told).collect()).collect()
    }

    /// With a tagger, what it reads; what words are known to be then only adds to its confidence and evidence.
    fn candidates(&self, phrase: &Phrase, category: Option<usize>) -> Vec<Candidate> {
        let mut candidates = self.known_candidates(phrase, category);
        let (Some(tagger), Some(category)) = (&self.tagger, category) else { return candidates };
        let known = self.known(phrase, Some(category), &|_| None);
        let tagged = tagger.tag(&features(phrase, &known), category);
        let mut kept: Vec<Candidate> = Vec::new();
        for (attribute, range) in tagged {
            let name = &self.attributes[attribute];
            let same = candidates.iter().position(|known| known.range == range && known.attribute == *name);
            kept.push(match same.map(|same| candidates.swap_remove(same)) {
                Some(known) => {
                    let confidence = 1.0 - (1.0 - known.confidence) * (1.0 - TAGGED_CONFIDENCE);
                    Candidate { confidence, ..known }
                }
                None => Candidate {
                    value: self.spellings.get(&(attribute, phrase.bare(&range).to_owned())).cloned(),
                    attribute: name.clone(),
                    range,
                    confidence: TAGGED_CONFIDENCE,
                    source: Source::Context,
                },
            });
        }
        kept
    }

    fn known_candidates(&self, phrase: &Phrase, category: Option<usize>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        each_range(phrase, &mut |range| {
            let key = phrase.bare(&range);
            let by_words = self
                .words
                .best(key, category, None)
                .map(|(attribute, chance, seen, agreeing)| (attribute, chance, Source::Words { seen, agreeing }));
            let by_shape = || {
                let (attribute, chance, seen, agreeing) = self.shapes.best(&shape(phrase, &range)?, category, None)?;
                Some((attribute, chance * 0.95, Source::Shape { seen, agreeing }))
            };
            let found = by_words.into_iter().chain(by_shape());
            if let Some((attribute, confidence, source)) = found.max_by(|a, b| a.1.total_cmp(&b.1)) {
                candidates.push(Candidate {
                    attribute: self.attributes[attribute].clone(),
                    value: self.spellings.get(&(attribute, key.to_owned())).cloned(),
                    range,
                    confidence,
                    source,
                });
            }
        });
        let beginning =
            category.and_then(|category| self.beginnings.get(&category)).and_then(|beginning| beginning.of(phrase));
        if let Some((attribute, length, confidence)) = beginning {
            candidates.push(Candidate {
                range: 0..length,
                attribute: self.attributes[attribute].clone(),
                value: None,
                confidence,
                source: Source::Position,
            });
        }
        candidates
    }
}

/// Calls `found` with each row of units that values may be.
fn each_range(phrase: &Phrase, found: &mut dyn FnMut(Range<usize>)) {
    let units = phrase.units().len().min(TEXT_UNITS_MAX);
    for start in 0..units {
        for end in start + 1..=units.min(start + VALUE_UNITS_MAX) {
            found(start..end);
        }
    }
}

/// The candidates that do not overlap and together gain most: each gains its units, times how much its confidence exceeds
/// what would be kept at all (weighted interval scheduling).
fn apart(candidates: Vec<Candidate>, units: usize) -> Vec<Candidate> {
    let mut ending: Vec<Vec<usize>> = vec![Vec::new(); units + 1];
    for (place, candidate) in candidates.iter().enumerate() {
        ending[candidate.range.end].push(place);
    }
    let gain = |candidate: &Candidate| {
        (candidate.confidence - CONFIDENCE_MIN + 0.02) * (1.0 + 0.5 * (candidate.range.len() - 1) as f32)
    };
    let mut best = vec![(0.0f32, None::<usize>); units + 1];
    for end in 1..=units {
        best[end] = (best[end - 1].0, None);
        for place in &ending[end] {
            let total = best[candidates[*place].range.start].0 + gain(&candidates[*place]);
            if total > best[end].0 {
                best[end] = (total, Some(*place));
            }
        }
    }
    let mut chosen = vec![false; candidates.len()];
    let mut at = units;
    while at > 0 {
        match best[at].1 {
            Some(place) => {
                chosen[place] = true;
                at = candidates[place].range.start;
            }
            None => at -= 1,
        }
    }
    candidates.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(candidate, _)| candidate).collect()
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
        Extractor::learn(examples.map(|(text, category, values)| Example { text, category, values: values.to_vec() }))
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
