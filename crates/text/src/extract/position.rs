//! The attribute that texts of a category begin with, mostly the brand, and how far it reaches.

use std::collections::HashMap;

use crate::phrase::Phrase;

/// Brands reach so far at most.
const LENGTH_MAX: usize = 4;
/// Texts needed before anything is usual.
const TEXTS_MIN: u32 = 10;
/// From this share of texts on, an attribute is expected at their beginning.
const SHARE_MIN: f32 = 0.5;
/// Of a word never seen: the chance that it does not belong to the beginning.
const UNKNOWN: f32 = 0.35;

/// What texts of a category begin with.
#[derive(Clone, Debug, Default)]
pub(super) struct Beginning {
    texts: u32,
    /// By attribute: texts that begin with it.
    attributes: HashMap<usize, u32>,
    lengths: [u32; LENGTH_MAX + 1],
    /// By word: occurrences outside the beginning, and all.
    words: HashMap<String, (u32, u32)>,
}

impl Beginning {
    /// Counts a text, which begins with a value of `attribute` of so many units, if it does.
    pub(super) fn add(&mut self, phrase: &Phrase, first: Option<(usize, usize)>) {
        self.texts += 1;
        if let Some((attribute, length)) = first {
            *self.attributes.entry(attribute).or_default() += 1;
            self.lengths[length.min(LENGTH_MAX)] += 1;
        }
        let length = first.map_or(0, |(_, length)| length);
        for at in 0..phrase.units().len().min(64) {
            let count = self.words.entry(phrase.bare(&(at..at + 1)).to_owned()).or_default();
            *count = (count.0 + u32::from(at >= length), count.1 + 1);
        }
    }

    /// The attribute that a text begins with, how many units it takes, and how likely.
    pub(super) fn of(&self, phrase: &Phrase) -> Option<(usize, usize, f32)> {
        let (attribute, count) =
            self.attributes.iter().max_by_key(|(attribute, count)| (**count, usize::MAX - **attribute))?;
        let share = *count as f32 / self.texts.max(1) as f32;
        if self.texts < TEXTS_MIN || share < SHARE_MIN {
            return None;
        }
        let units = phrase.units().len();
        let outside = |at: usize| {
            if at >= units {
                return 1.0;
            }
            let word = self.words.get(phrase.bare(&(at..at + 1))).copied().unwrap_or((0, 0));
            (word.0 as f32 + UNKNOWN) / (word.1 as f32 + 1.0)
        };
        let total: u32 = self.lengths.iter().sum();
        let chance = |length: usize| {
            let prior = (self.lengths[length] as f32 + 0.5) / (total as f32 + 2.0);
            (0..length).fold(prior * outside(length), |chance, at| chance * (1.0 - outside(at)))
        };
        let chances: Vec<f32> = (1..=LENGTH_MAX.min(units)).map(chance).collect();
        let best = (0..chances.len()).max_by(|a, b| chances[*a].total_cmp(&chances[*b]))?;
        let sum: f32 = chances.iter().sum();
        (sum > 0.0).then(|| (*attribute, best + 1, share * chances[best] / sum))
    }
}
