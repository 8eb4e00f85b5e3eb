//! What a tagger sees of each unit of a text.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use crate::entities::Gazetteer;
use crate::phrase::{Phrase, UnitKind};
use crate::quantity::QuantityKind;

/// Texts are tagged up to so many units.
pub(super) const UNITS_MAX: usize = 200;

/// By unit: its word and form, its neighbours, its place, what is known of such words everywhere, and what `known` says of
/// it. What depends on the category stands beside what does not.
pub(super) fn features(text: &str, phrase: &Phrase, category: usize, known: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let units = Units { phrase, count: phrase.units().len().min(UNITS_MAX) };
    let places = units.places();
    let told = told(text, phrase);
    (0..units.count)
        .map(|at| {
            let mut features = units.of_words(at);
            features.extend(units.of_place(at, places[at]));
            features.extend(units.of_category(at, places[at], category));
            features.extend(told.get(at).into_iter().flatten());
            features.extend(known.get(at).into_iter().flatten());
            features
        })
        .collect()
}

/// A feature's number.
pub(super) fn key(feature: &impl Hash) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    feature.hash(&mut hasher);
    hasher.finish()
}

/// The units of a text that are tagged.
struct Units<'a> {
    phrase: &'a Phrase,
    count: usize,
}

/// How many commas, dashes and the like stand before a unit, up to 3, and whether a bracket is open.
type Place = (usize, bool);

impl Units<'_> {
    fn word(&self, at: isize) -> &str {
        match usize::try_from(at) {
            Ok(at) if at < self.count => self.phrase.bare(&(at..at + 1)),
            _ => "",
        }
    }

    fn form(&self, at: isize) -> u8 {
        let Some(at) = usize::try_from(at).ok().filter(|at| *at < self.count) else { return 0 };
        match self.phrase.units()[at].kind {
            UnitKind::Letters => 1,
            UnitKind::Number => 2,
            UnitKind::Han => 3,
            UnitKind::Unspaced => 4,
        }
    }

    fn places(&self) -> Vec<Place> {
        let (mut parts, mut is_open) = (0usize, false);
        (0..self.count)
            .map(|at| {
                for sign in self.phrase.gap_before(at).chars() {
                    match sign {
                        ',' | '，' | ';' | '|' | '-' => parts += 1,
                        '(' | '[' => is_open = true,
                        ')' | ']' => is_open = false,
                        _ => {}
                    }
                }
                (parts.min(3), is_open)
            })
            .collect()
    }

    fn of_words(&self, at: usize) -> Vec<u64> {
        let here = at as isize;
        let word = |offset: isize| self.word(here + offset);
        let (own, form) = (word(0), self.form(here));
        vec![
            key(&(0u8, own)),
            key(&(1u8, word(-1))),
            key(&(2u8, word(1))),
            key(&(3u8, word(-1), own)),
            key(&(4u8, own, word(1))),
            key(&(5u8, word(-2))),
            key(&(6u8, word(2))),
            key(&(7u8, form, self.form(here - 1), self.form(here + 1))),
            key(&(8u8, form, word(1))),
            key(&(15u8, word(-2), word(-1))),
            key(&(16u8, word(1), word(2))),
            key(&(17u8, word(-1), form)),
            key(&(20u8, word(-1), word(1))),
            key(&(9u8, head(own, 3))),
            key(&(21u8, head(own, 4))),
            key(&(24u8, head(own, 2))),
            key(&(10u8, tail(own, 3))),
            key(&(22u8, tail(own, 2))),
            key(&(23u8, tail(own, 4))),
        ]
    }

    fn of_place(&self, at: usize, place: Place) -> Vec<u64> {
        let (before, after) = (self.phrase.gap_before(at), self.phrase.gap_after(at));
        vec![
            key(&(11u8, at.min(4))),
            key(&(12u8, before.trim())),
            key(&(13u8, after.trim())),
            key(&(14u8, before.is_empty(), after.is_empty())),
            key(&(18u8, self.count.saturating_sub(at).min(3))),
            key(&19u8),
            key(&(25u8, place.0)),
            key(&(26u8, place.1)),
            key(&(27u8, self.form(at as isize), place.0)),
        ]
    }

    fn of_category(&self, at: usize, place: Place, category: usize) -> Vec<u64> {
        let here = at as isize;
        let own = self.word(here);
        vec![
            key(&(30u8, category, own)),
            key(&(31u8, category, self.word(here - 1))),
            key(&(32u8, category, self.word(here + 1))),
            key(&(33u8, category, self.form(here), place.0)),
            key(&(34u8, category, at.min(4))),
            key(&(35u8, category, tail(own, 3))),
            key(&(36u8, category)),
        ]
    }
}

/// By unit: what kind of thing such words and numbers are in any shop.
fn told(text: &str, phrase: &Phrase) -> Vec<Vec<u64>> {
    static LEXICON: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::new(std::iter::empty()));
    let mut told = vec![Vec::new(); phrase.units().len()];
    let mut tell = |span: (usize, usize), name: (u8, &str)| {
        let range: Range<usize> = phrase.within(span);
        for at in range.clone() {
            told[at].push(key(&(40u8, name, at == range.start, at + 1 == range.end)));
        }
    };
    for entity in LEXICON.find(text) {
        tell(entity.span, (0, entity.best().role.name()));
    }
    for quantity in crate::quantities(text) {
        let name = match quantity.kind {
            QuantityKind::Price(_) => "price",
            QuantityKind::Measure(dimension) => dimension.name(),
            QuantityKind::Sides { .. } => "sides",
            QuantityKind::Size { .. } => "size",
        };
        tell(quantity.span, (1, name));
    }
    for span in crate::pairs::code_spans(text) {
        tell(span, (2, "code"));
    }
    told
}

/// The first characters of a word.
fn head(word: &str, count: usize) -> &str {
    word.char_indices().nth(count).map_or(word, |(at, _)| &word[..at])
}

/// The last characters of a word.
fn tail(word: &str, count: usize) -> &str {
    let skip = word.chars().count().saturating_sub(count);
    word.char_indices().nth(skip).map_or(word, |(at, _)| &word[at..])
}
