//! Reviews as rows of units: words of letters and digits, and single Chinese characters.

use crate::fold::Folded;
use crate::pairs::is_han;

/// Reviews are read up to so many units.
const UNITS_MAX: usize = 20_000;

/// A folded text cut into units.
pub(super) struct Units {
    folded: Folded,
    units: Vec<Unit>,
}

/// Bytes of the folded text.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_han: bool,
}

impl Units {
    pub(super) fn new(text: &str) -> Self {
        let folded = Folded::new(text);
        let mut units: Vec<Unit> = Vec::new();
        let mut chars = folded.text.char_indices().peekable();
        while let Some((start, first)) = chars.next() {
            if units.len() >= UNITS_MAX {
                break;
            }
            let mut end = start + first.len_utf8();
            let is_han = is_han(first);
            if !is_han && !first.is_alphanumeric() {
                continue;
            }
            while !is_han && let Some((at, next)) = chars.next_if(|(_, next)| is_inside(*next)) {
                end = at + next.len_utf8();
            }
            // An apostrophe at the end is a quotation mark.
            let trimmed = start + folded.text[start..end].trim_end_matches('\'').len();
            units.push(Unit { start, end: trimmed, is_han });
        }
        Self { folded, units }
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    pub(super) fn get(&self, at: usize) -> Unit {
        self.units[at]
    }

    pub(super) fn text(&self, at: usize) -> &str {
        &self.folded.text[self.units[at].start..self.units[at].end]
    }

    /// The folded text between a unit and the one before.
    pub(super) fn gap_before(&self, at: usize) -> &str {
        let from = at.checked_sub(1).map_or(0, |before| self.units[before].end);
        &self.folded.text[from..self.units[at].start]
    }

    /// The folded text behind a unit, up to the next one.
    pub(super) fn gap_after(&self, at: usize) -> &str {
        let to = self.units.get(at + 1).map_or(self.folded.text.len(), |next| next.start);
        &self.folded.text[self.units[at].end..to]
    }

    /// Appends a unit to the key of a phrase: Chinese without blanks, words with one.
    pub(super) fn push_key(&self, key: &mut String, at: usize) {
        if !(key.is_empty() || self.units[at].is_han || key.ends_with(is_han)) {
            key.push(' ');
        }
        key.push_str(self.text(at));
    }

    /// The bytes of the text as it was given that units `from..to` (not empty) stand for.
    pub(super) fn span(&self, from: usize, to: usize) -> (usize, usize) {
        self.folded.span(self.units[from].start, self.units[to - 1].end)
    }
}

/// The key of a phrase as it stands in a table.
pub(super) fn key_of(phrase: &str) -> (String, usize) {
    let units = Units::new(phrase);
    let mut key = String::new();
    (0..units.len()).for_each(|at| units.push_key(&mut key, at));
    (key, units.len())
}

fn is_inside(character: char) -> bool {
    (character.is_alphanumeric() && !is_han(character)) || character == '\''
}
