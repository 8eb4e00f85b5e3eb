//! Texts as rows of units, so that phrases can be looked up whatever their inflection, spelling in one word or two, width,
//! accents, and script variant.

use std::ops::Range;

use crate::chinese;
use crate::fold::Folded;
use crate::segment::{Kind, Segment, is_joiner, segments};
use crate::{variants, word};

/// Texts are read up to here; what follows is left aside.
const UNITS_MAX: usize = 20_000;
/// Letters glued to digits stand as a word of their own from this length on: `iphone15`, but not `ps5`.
const GLUED_LETTERS_MIN: usize = 4;

/// A text's units with their keys. Keys of neighbours stand without blanks in one string, so `t-shirts`, `t shirt` and
/// `tshirt` are the same key; only digits are kept apart (`1 2` is not `12`).
pub(crate) struct Phrase {
    folded: Folded,
    keys: String,
    bare: String,
    units: Vec<Unit>,
}

/// A word of letters or digits, or one Chinese character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    /// What it is.
    pub(crate) kind: UnitKind,
    /// Whether a word may begin here, and end here, as far as a dictionary can tell.
    pub(crate) begins: bool,
    pub(crate) ends: bool,
    folded: (usize, usize),
    key: (usize, usize),
    bare: (usize, usize),
}

/// What a unit is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum UnitKind {
    /// Letters.
    Letters,
    /// A number, decimals and fractions included.
    Number,
    /// A Chinese character.
    Han,
    /// A character of another script without blanks.
    Unspaced,
}

impl Phrase {
    /// The units of `text`, cut by the Chinese dictionary for where words begin and end.
    pub(crate) fn new(text: &str) -> Self {
        let folded = Folded::new(text);
        let mut phrase = Self { folded, keys: String::new(), bare: String::new(), units: Vec::new() };
        // As many bytes as before, so all places stay.
        let source = variants::simplify(&phrase.folded.text);
        for segment in segments(&source) {
            if phrase.units.len() >= UNITS_MAX {
                break;
            }
            let part = &source[segment.start..segment.end];
            match segment.kind {
                Kind::Word => phrase.push_word(&source, segment),
                Kind::Han => {
                    let words = chinese::dictionary().cut(part, false);
                    let cuts: Vec<usize> = words.iter().map(|word| segment.start + word.byte_start).collect();
                    phrase.push_characters(&source, segment, UnitKind::Han, |at| cuts.binary_search(&at).is_ok());
                }
                Kind::Unspaced => phrase.push_characters(&source, segment, UnitKind::Unspaced, |_| true),
            }
        }
        phrase.folded.text = source;
        phrase
    }

    /// The units, in order.
    pub(crate) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The key of a row of units (not empty).
    pub(crate) fn key(&self, units: &Range<usize>) -> &str {
        &self.keys[self.units[units.start].key.0..self.units[units.end - 1].key.1]
    }

    /// The same without stemming: equal where not even the inflection differs.
    pub(crate) fn bare(&self, units: &Range<usize>) -> &str {
        &self.bare[self.units[units.start].bare.0..self.units[units.end - 1].bare.1]
    }

    /// The folded text of a row of units, with what stands between them.
    pub(crate) fn words(&self, units: &Range<usize>) -> &str {
        &self.folded.text[self.units[units.start].folded.0..self.units[units.end - 1].folded.1]
    }

    /// The folded text between a unit and the next one.
    pub(crate) fn gap_after(&self, unit: usize) -> &str {
        let from = self.units[unit].folded.1;
        let to = self.units.get(unit + 1).map_or(self.folded.text.len(), |next| next.folded.0);
        self.folded.text.get(from..to).unwrap_or_default()
    }

    /// The folded text before a unit, back to the one before.
    pub(crate) fn gap_before(&self, unit: usize) -> &str {
        let from = unit.checked_sub(1).map_or(0, |before| self.units[before].folded.1);
        self.folded.text.get(from..self.units[unit].folded.0).unwrap_or_default()
    }

    /// The bytes of the text as it was given that a row of units (not empty) stands for.
    pub(crate) fn span(&self, units: &Range<usize>) -> (usize, usize) {
        self.folded.span(self.units[units.start].folded.0, self.units[units.end - 1].folded.1)
    }

    /// The bytes of the last sign before a unit (there must be one).
    pub(crate) fn span_before(&self, unit: usize) -> (usize, usize) {
        let end = self.units[unit].folded.0;
        let sign = self.folded.text[..end].chars().next_back().map_or(0, char::len_utf8);
        self.folded.span(end - sign, end)
    }

    /// The units that lie within a span of the text as it was given.
    pub(crate) fn within(&self, span: (usize, usize)) -> Range<usize> {
        let place = |unit: &Unit| self.folded.span(unit.folded.0, unit.folded.1);
        let start = self.units.partition_point(|unit| place(unit).0 < span.0);
        let end = self.units.partition_point(|unit| place(unit).1 <= span.1);
        start..end.max(start)
    }

    /// Whether both ends of a row of units are ends of words.
    pub(crate) fn is_cut(&self, units: &Range<usize>) -> bool {
        self.units[units.start].begins && self.units[units.end - 1].ends
    }

    /// Rows of units that are words: one unit each of Latin script, the dictionary's words of Chinese.
    pub(crate) fn word_ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut start = 0;
        for (index, unit) in self.units.iter().enumerate() {
            let next_begins = self.units.get(index + 1).is_none_or(|next| next.begins || next.kind != unit.kind);
            if unit.ends && (next_begins || unit.kind != UnitKind::Han) {
                ranges.push(start..index + 1);
                start = index + 1;
            }
        }
        if start < self.units.len() {
            ranges.push(start..self.units.len());
        }
        ranges
    }

    fn push_characters(&mut self, source: &str, segment: Segment, kind: UnitKind, begins: impl Fn(usize) -> bool) {
        let part = &source[segment.start..segment.end];
        for (offset, character) in part.char_indices() {
            let (start, end) = (segment.start + offset, segment.start + offset + character.len_utf8());
            let text = &part[offset..offset + character.len_utf8()];
            let bounds = (begins(start), end == segment.end || begins(end));
            self.push(kind, (start, end), text, text, bounds);
        }
    }

    fn push_word(&mut self, source: &str, segment: Segment) {
        let word = &source[segment.start..segment.end];
        // "t-shirt" holds no shirt: behind a single letter and a hyphen no word begins.
        let mut glued = false;
        for part in parts(word) {
            let (glued_before, is_letter) =
                (glued, part.len() == 1 && word[part.clone()].starts_with(char::is_alphabetic));
            glued = is_letter && word[part.end..].starts_with('-');
            let text = &word[part.clone()];
            let bare = text.strip_suffix("'s").or_else(|| text.strip_suffix('\'')).unwrap_or(text);
            let pieces = stretches(bare);
            for (index, piece) in pieces.iter().enumerate() {
                let stretch = &bare[piece.clone()];
                let is_number = stretch.starts_with(|first: char| first.is_ascii_digit());
                let stands_alone = |index: Option<usize>| {
                    let neighbour = index.and_then(|index| pieces.get(index));
                    neighbour.is_none_or(|other| {
                        let letters = if is_number { other.len() } else { piece.len() };
                        letters >= GLUED_LETTERS_MIN
                    })
                };
                let begins = stands_alone(index.checked_sub(1)) && !(glued_before && index == 0);
                let bounds = (begins, stands_alone(Some(index + 1)) && !glued);
                let start = segment.start + part.start + piece.start;
                // The last piece takes the possessive with it, so that spans show whole words.
                let end = match index + 1 == pieces.len() {
                    true => segment.start + part.end,
                    false => segment.start + part.start + piece.end,
                };
                let kind = if is_number { UnitKind::Number } else { UnitKind::Letters };
                let letters = stretch.replace('\'', "");
                self.push(kind, (start, end), &stem(&letters), &letters, bounds);
            }
        }
    }

    fn push(&mut self, kind: UnitKind, folded: (usize, usize), key: &str, bare: &str, bounds: (bool, bool)) {
        if key.is_empty() || bare.is_empty() {
            return;
        }
        let meets = |text: &str, next: &str| {
            text.ends_with(|last: char| last.is_ascii_digit()) && next.starts_with(|first: char| first.is_ascii_digit())
        };
        if meets(&self.keys, key) {
            self.keys.push(' ');
        }
        if meets(&self.bare, bare) {
            self.bare.push(' ');
        }
        let (key_start, bare_start) = (self.keys.len(), self.bare.len());
        self.keys.push_str(key);
        self.bare.push_str(bare);
        let (key, bare) = ((key_start, self.keys.len()), (bare_start, self.bare.len()));
        self.units.push(Unit { kind, begins: bounds.0, ends: bounds.1, folded, key, bare });
    }
}

/// The key of a whole text.
pub(crate) fn key_of(text: &str) -> String {
    Phrase::new(text).keys
}

/// The stem of a word of letters; plurals and possessives of persons written without apostrophe are one word.
fn stem(letters: &str) -> String {
    let mut stem = String::new();
    word::terms(letters, &mut |term, _, _, _| {
        if stem.is_empty() {
            stem.push_str(term);
        }
    });
    match stem.as_str() {
        "women" | "womens" => "woman".to_owned(),
        "men" | "mens" => "man".to_owned(),
        "childrens" | "children" => "child".to_owned(),
        _ => stem,
    }
}

/// The parts of a word between its joiners; decimals, fractions and apostrophes between letters do not part.
fn parts(word: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut before) = (0, ' ');
    let mut chars = word.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, next)| *next);
        let in_number = before.is_ascii_digit() && after.is_ascii_digit() && matches!(character, '.' | ',' | '/');
        let in_letters = character == '\'' && before.is_alphabetic();
        if is_joiner(character) && !in_number && !in_letters {
            if at > start {
                parts.push(start..at);
            }
            start = at + character.len_utf8();
        }
        before = character;
    }
    if start < word.len() {
        parts.push(start..word.len());
    }
    parts
}

/// Stretches of numbers and of letters.
fn stretches(part: &str) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    let mut was_number = None;
    for (at, character) in part.char_indices() {
        let in_number = was_number == Some(true) && matches!(character, '.' | ',' | '/');
        let is_number = character.is_ascii_digit() || in_number;
        let end = at + character.len_utf8();
        match stretches.last_mut() {
            Some(last) if was_number == Some(is_number) => last.end = end,
            _ => stretches.push(at..end),
        }
        was_number = Some(is_number);
    }
    stretches
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let phrase = Phrase::new(text);
        let show = |range: Range<usize>| {
            let (from, to) = phrase.span(&range);
            format!("{}={}", phrase.key(&range), &text[from..to])
        };
        expected.assert_eq(&phrase.word_ranges().into_iter().map(show).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn words() {
        check("Women's T-Shirts, womens", &expect!["woman=Women's tshirt=T-Shirts woman=womens"]);
        check("15.6寸 3/4\" WH-1000XM4", &expect!["15.6=15.6 寸=寸 3/4=3/4 wh=WH 1000xm4=1000XM4"]);
        check("红色连衣裙 iPhone15手机壳", &expect!["红色=红色 连衣裙=连衣裙 iphon=iPhone 15=15 手机=手机 壳=壳"]);
        check("紅色連衣裙", &expect!["红色=紅色 连衣裙=連衣裙"]);
        check("…", &expect![""]);
    }

    #[test]
    fn spellings_in_one_word_or_two_have_one_key() {
        assert_eq!(key_of("t-shirts"), key_of("tshirt"));
        assert_eq!(key_of("T Shirt"), key_of("tshirt"));
        assert_eq!(key_of("U.S. Divers"), key_of("us divers"));
        assert_ne!(key_of("1 2"), key_of("12"));
    }

    proptest! {
        #[test]
        fn units_of_any_text_have_places(text in "([a-zA-Z0-9é½ß'./,&_ -]|[红连衣裙機壳]|[ｶﾞガ☃]|e\u{301}|\u{200b}){0,60}") {
            let phrase = Phrase::new(&text);
            let mut last = 0;
            for range in phrase.word_ranges() {
                let (from, to) = phrase.span(&range);
                prop_assert!(from < to && text.get(from..to).is_some() && range.start >= last);
                prop_assert!(!phrase.key(&range).is_empty() && !phrase.bare(&range).is_empty());
                last = range.end;
            }
            prop_assert_eq!(last, phrase.units().len());
        }
    }
}
