//! Cuts folded text into what the spelling model counts: words of letters, single Chinese characters, and all else.

use std::borrow::Cow;

use crate::segment::{Kind, Segment, is_joiner, segments};

/// What a token may become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A word of letters of an alphabet.
    Word,
    /// A Chinese character.
    Han,
    /// Numbers, article numbers, scripts without blanks between words: context, never corrected.
    Fixed,
}

/// What stands before a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gap {
    /// Nothing: it follows the token before it at once, or begins the text.
    None,
    /// Blanks only.
    Blank,
    /// Punctuation and other signs.
    Sign,
}

/// A token of a folded text.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) class: Class,
    pub(super) gap: Gap,
    /// Its bytes in the folded text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its letters, apostrophes left out.
    pub(super) text: Cow<'a, str>,
    /// [`hash`] of its letters.
    pub(super) hash: u64,
}

/// The tokens of a folded text, in order.
pub(super) fn tokens(folded: &str) -> impl Iterator<Item = Token<'_>> {
    let mut end_before = 0;
    segments(folded).flat_map(move |segment| parts(folded, segment)).map(move |mut token| {
        token.gap = gap(&folded[end_before..token.start]);
        end_before = token.end;
        token
    })
}

/// The words that hold together by joiners (`t-shirt`), without them, as people also write them (`tshirt`).
pub(super) fn compounds(folded: &str) -> impl Iterator<Item = String> + '_ {
    segments(folded).filter(|segment| segment.kind == Kind::Word).filter_map(|segment| {
        let word = &folded[segment.start..segment.end];
        let parts = word.split('-').count();
        let plain = word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\''));
        (plain && (2..=3).contains(&parts)).then(|| word.replace(['-', '\''], ""))
    })
}

/// A number for a string, alike in every run.
pub(super) fn hash(text: &str) -> u64 {
    // FNV-1a (Fowler, Noll and Vo), then SplitMix64's finaliser, since FNV's high bits are weak on short strings.
    let fnv = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    mix(fnv)
}

/// SplitMix64's finaliser.
pub(super) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

fn gap(between: &str) -> Gap {
    if between.is_empty() {
        Gap::None
    } else if between.chars().all(char::is_whitespace) {
        Gap::Blank
    } else {
        Gap::Sign
    }
}

fn parts(folded: &str, segment: Segment) -> Vec<Token<'_>> {
    let text = &folded[segment.start..segment.end];
    match segment.kind {
        Kind::Unspaced => vec![token(text, Class::Fixed, segment.start)],
        Kind::Han => text
            .char_indices()
            .map(|(at, c)| token(&text[at..at + c.len_utf8()], Class::Han, segment.start + at))
            .collect(),
        Kind::Word => {
            // A digit anywhere makes all of it an article number, a model name or a measure.
            let fixed = text.chars().any(char::is_numeric);
            word_parts(text)
                .map(|(at, part)| {
                    let is_word = !fixed && part.chars().all(|c| c.is_alphabetic() || is_mark(c));
                    token(part, if is_word { Class::Word } else { Class::Fixed }, segment.start + at)
                })
                .collect()
        }
    }
}

/// Apostrophes and marks, which are part of a word without being letters.
fn is_mark(character: char) -> bool {
    character == '\'' || unicode_normalization::char::is_combining_mark(character)
}

/// The parts of a word between its joiners, with their places; apostrophes inside do not part.
fn word_parts(word: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_cut = |c: char| is_joiner(c) && c != '\'';
    word.split(is_cut)
        .filter(|part| !part.is_empty())
        .map(move |part| (part.as_ptr() as usize - word.as_ptr() as usize, part))
}

fn token(text: &str, class: Class, start: usize) -> Token<'_> {
    let letters = if text.contains('\'') { Cow::Owned(text.replace('\'', "")) } else { Cow::Borrowed(text) };
    let hash = hash(&letters);
    Token { class, gap: Gap::None, start, end: start + text.len(), text: letters, hash }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let list: Vec<String> = tokens(text)
            .map(|token| {
                let gap = match token.gap {
                    Gap::None => "",
                    Gap::Blank => "_",
                    Gap::Sign => "-",
                };
                let mark = match token.class {
                    Class::Word => "",
                    Class::Han => "*",
                    Class::Fixed => "!",
                };
                format!("{gap}{}{mark}", token.text)
            })
            .collect();
        expected.assert_eq(&list.join(" "));
    }

    #[test]
    fn words_characters_and_the_rest() {
        check("men's t-shirt, wh-1000xm4 red", &expect!["mens _t -shirt -wh! -1000xm4! _red"]);
        check("iphone15手机壳 黑色", &expect!["iphone15! 手* 机* 壳* _黑* 色*"]);
        check("カバー кошка", &expect!["カバー! _кошка"]);
        check("", &expect![[""]]);
    }

    #[test]
    fn compounds_are_also_one_word() {
        let list: Vec<String> = compounds("t-shirt note-book wh-1000 a-b-c-d men's").collect();
        assert_eq!(list, ["tshirt", "notebook"]);
    }
}
