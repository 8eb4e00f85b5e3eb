//! What phrases are known as, and which readings of a text stand together.

use std::ops::Range;

use super::Source;
use super::counts::shape;
use super::extractor::{CONFIDENCE_MIN, Candidate, Model, TEXT_UNITS_MAX, VALUE_UNITS_MAX};
use super::features::key;
use crate::phrase::Phrase;

/// Of phrases that are values in fewer of the texts that have them, the tagger is not told.
const TOLD_MIN: f32 = 0.3;

impl Model {
    /// By unit: what phrases that it is part of are known as, for the tagger. `own` tells of a text that was learnt from
    /// what it says itself.
    pub(super) fn known(
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
                    let told = key(&(50 + kind as u8, attribute, bucket, at == range.start, at + 1 == range.end));
                    let entry = &mut longest[at][kind];
                    if entry.is_none_or(|(length, _)| length <= range.len()) {
                        *entry = Some((range.len(), told));
                    }
                }
            }
        });
        longest.into_iter().map(|told| told.into_iter().flatten().map(|(_, told)| told).collect()).collect()
    }

    /// Readings by counts alone.
    pub(super) fn known_candidates(&self, phrase: &Phrase, category: Option<usize>) -> Vec<Candidate> {
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
pub(super) fn each_range(phrase: &Phrase, found: &mut dyn FnMut(Range<usize>)) {
    let units = phrase.units().len().min(TEXT_UNITS_MAX);
    for start in 0..units {
        for end in start + 1..=units.min(start + VALUE_UNITS_MAX) {
            found(start..end);
        }
    }
}

/// The candidates that do not overlap and together gain most: each gains its units, times how much its confidence exceeds
/// what would be kept at all (weighted interval scheduling).
pub(super) fn apart(candidates: Vec<Candidate>, units: usize) -> Vec<Candidate> {
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
