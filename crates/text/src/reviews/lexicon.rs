//! Words of praise and blame and what changes them, as compiled in.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::unit::{Units, key_of};

const OPINIONS: &str = include_str!("../../data/opinions.tsv");
const MODIFIERS: &str = include_str!("../../data/modifiers.tsv");

/// What words say.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Said {
    /// From -2, blame, to 2, praise.
    pub(super) weight: f32,
    /// The aspect that they are about by themselves.
    pub(super) aspect: Option<&'static str>,
    /// Whether they say it only where that aspect is spoken of.
    pub(super) only_there: bool,
}

/// Phrases by their key.
#[derive(Default)]
pub(super) struct Lexicon {
    opinions: FxHashMap<String, Vec<Said>>,
    modifiers: FxHashMap<String, f32>,
    units_max: usize,
}

/// Words that stand for praise or blame in a domain of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    said: FxHashMap<String, [Said; 1]>,
    units_max: usize,
}

impl Own {
    pub(super) fn new<'a>(opinions: impl IntoIterator<Item = (f32, &'a str)>) -> Self {
        let mut own = Self::default();
        for (weight, words) in opinions {
            let (key, units) = key_of(words);
            if units > 0 && weight.is_finite() {
                own.units_max = own.units_max.max(units);
                own.said.insert(key, [Said { weight: weight.clamp(-2.0, 2.0), aspect: None, only_there: false }]);
            }
        }
        own
    }

    /// The own phrase that begins at a unit, unless the one known anyway is longer.
    pub(super) fn longer<'a>(
        &'a self,
        known: Option<(usize, &'a [Said])>,
        units: &Units,
        at: usize,
        end: usize,
    ) -> Option<(usize, &'a [Said])> {
        let own = longest(units, at, end, self.units_max, |key| self.said.get(key).map(<[Said; 1]>::as_slice));
        own.filter(|(to, _)| known.is_none_or(|(known, _)| *to >= known)).or(known)
    }
}

pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::parse);
    &LEXICON
}

impl Lexicon {
    /// The longest phrase with an opinion that begins at a unit: the unit behind it, and what it says.
    pub(super) fn opinion(&self, units: &Units, at: usize, end: usize) -> Option<(usize, &[Said])> {
        longest(units, at, end, self.units_max, |key| self.opinions.get(key).map(Vec::as_slice))
    }

    /// The longest phrase that changes opinions: the unit behind it, and the factor.
    pub(super) fn modifier(&self, units: &Units, at: usize, end: usize) -> Option<(usize, f32)> {
        longest(units, at, end, self.units_max, |key| self.modifiers.get(key).copied())
    }

    fn parse() -> Self {
        let mut lexicon = Self::default();
        for row in rows(OPINIONS) {
            let [weight, aspect, phrases @ ..] = row.as_slice() else { continue };
            let said = Said {
                weight: weight.parse().unwrap_or(0.0),
                aspect: Some(aspect.trim_end_matches('!')).filter(|aspect| *aspect != "-"),
                only_there: aspect.ends_with('!'),
            };
            for phrase in phrases.iter().flat_map(|phrases| items(phrases)) {
                let (key, units) = key_of(phrase);
                lexicon.units_max = lexicon.units_max.max(units);
                let known = lexicon.opinions.entry(key).or_default();
                // What stands first is what a phrase says in general; an aspect is added to it.
                match known.iter_mut().find(|known| !known.only_there && !said.only_there) {
                    Some(known) => known.aspect = known.aspect.or(said.aspect),
                    None => known.push(said),
                }
            }
        }
        for row in rows(MODIFIERS) {
            let [factor, phrases @ ..] = row.as_slice() else { continue };
            let factor = factor.parse().unwrap_or(1.0);
            for phrase in phrases.iter().flat_map(|phrases| items(phrases)) {
                let (key, units) = key_of(phrase);
                lexicon.units_max = lexicon.units_max.max(units);
                lexicon.modifiers.insert(key, factor);
            }
        }
        lexicon
    }
}

/// The longest row of units from `at` on whose key is `known`.
pub(super) fn longest<T>(
    units: &Units,
    at: usize,
    end: usize,
    units_max: usize,
    known: impl Fn(&str) -> Option<T>,
) -> Option<(usize, T)> {
    let (mut key, mut found) = (String::new(), None);
    for next in at..end.min(at + units_max) {
        // A phrase does not reach over a sign.
        if next > at && units.gap_before(next).contains(|c: char| !matches!(c, ' ' | '-')) {
            break;
        }
        units.push_key(&mut key, next);
        if let Some(value) = known(&key) {
            found = Some((next + 1, value));
        }
    }
    found
}

pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

pub(super) fn items(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sound() {
        for row in rows(OPINIONS) {
            assert_eq!(row.len(), 4, "{row:?}");
            assert!(row[0].parse::<f32>().is_ok_and(|weight| (0.4..=2.0).contains(&weight.abs())), "{row:?}");
        }
        for row in rows(MODIFIERS) {
            assert!(row.len() == 3 && row[0].parse::<f32>().is_ok(), "{row:?}");
        }
    }
}
