//! How often phrases are values where they occur.

use std::collections::HashMap;
use std::ops::Range;

use crate::phrase::{Phrase, UnitKind};

/// A category's counts are trusted like this many texts of all categories.
const CATEGORY_WEIGHT: f32 = 1.0;
/// What is thought of a phrase before it is seen, worth so many texts.
const PRIOR: (f32, f32) = (0.4, 1.0);

/// Occurrences of a phrase, and by attribute how many of them are its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub(super) seen: u32,
    pub(super) agreeing: HashMap<usize, u32>,
}

/// Counts by phrase: over all categories (`None`), and in each.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    phrases: HashMap<String, HashMap<Option<usize>, Count>>,
}

impl Counts {
    pub(super) fn knows(&self, key: &str) -> bool {
        self.phrases.contains_key(key)
    }

    pub(super) fn add_value(&mut self, key: &str, category: usize, attribute: usize) {
        let counts = self.phrases.entry(key.to_owned()).or_default();
        for place in [None, Some(category)] {
            *counts.entry(place).or_default().agreeing.entry(attribute).or_default() += 1;
        }
    }

    /// Counts an occurrence of a phrase that is a value somewhere.
    pub(super) fn add_seen(&mut self, key: &str, category: usize) {
        if let Some(counts) = self.phrases.get_mut(key) {
            for place in [None, Some(category)] {
                counts.entry(place).or_default().seen += 1;
            }
        }
    }

    /// The attribute that a phrase most likely is a value of, with the chance, texts that have it and those that agree.
    /// Where the text was counted itself, `own` is the attribute that the phrase stands for in it, and it is left out.
    pub(super) fn best(
        &self,
        key: &str,
        category: Option<usize>,
        own: Option<Option<usize>>,
    ) -> Option<(usize, f32, u32, u32)> {
        let counts = self.phrases.get(key)?;
        let all = counts.get(&None)?;
        let here = category.and_then(|category| counts.get(&Some(category)));
        let chance = |attribute: &usize| {
            let less = u32::from(own == Some(Some(*attribute)));
            let of = |count: &Count| {
                let seen = count.seen.saturating_sub(u32::from(own.is_some()));
                let agreeing = count.agreeing.get(attribute).copied().unwrap_or(0).saturating_sub(less);
                (agreeing.min(seen) as f32, seen as f32)
            };
            let (agreeing, seen) = of(all);
            let usual = (agreeing + PRIOR.0 * PRIOR.1) / (seen + PRIOR.1);
            here.map_or(usual, |here| {
                let (agreeing, seen) = of(here);
                (agreeing + CATEGORY_WEIGHT * usual) / (seen + CATEGORY_WEIGHT)
            })
        };
        let attributes = all.agreeing.keys().map(|attribute| (*attribute, chance(attribute)));
        if own.is_some() && all.seen <= 1 {
            return None;
        }
        let (attribute, chance) = attributes.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        Some((attribute, chance, all.seen, all.agreeing.get(&attribute).copied().unwrap_or(0)))
    }
}

/// A row of units with its numbers as `#`; `None` where it has none.
pub(super) fn shape(phrase: &Phrase, range: &Range<usize>) -> Option<String> {
    let units = &phrase.units()[range.clone()];
    if units.iter().all(|unit| unit.kind != UnitKind::Number) {
        return None;
    }
    let mut shape = String::new();
    for (offset, unit) in units.iter().enumerate() {
        let at = range.start + offset;
        match unit.kind {
            UnitKind::Number => shape.push('#'),
            UnitKind::Letters | UnitKind::Han | UnitKind::Unspaced => shape.push_str(phrase.bare(&(at..at + 1))),
        }
        shape.push(' ');
    }
    Some(shape)
}
