use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::variants::simplified;

/// A text made comparable (NFKC, lower case, accents off, traditional characters simplified, typographic variants
/// replaced), which remembers where each part of it came from.
pub(crate) struct Folded {
    /// The comparable text.
    pub(crate) text: String,
    map: SpanMap,
}

/// Where each part of a changed text came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanMap {
    runs: Vec<Run>,
}

/// Where a stretch of the changed text came from.
#[derive(Clone, Debug)]
struct Run {
    /// Where the stretch begins in the changed text.
    at: usize,
    /// The bytes of the original.
    original: (usize, usize),
    /// Whether both advance together, character by character; else the stretch stands for the original as a whole.
    parallel: bool,
}

impl SpanMap {
    /// The bytes of the original that `start..end` of the changed text (not empty) stands for.
    pub(crate) fn span(&self, start: usize, end: usize) -> (usize, usize) {
        let run_at = |byte: usize| {
            let after = self.runs.partition_point(|run| run.at <= byte);
            &self.runs[after.saturating_sub(1)]
        };
        let (first, last) = (run_at(start), run_at(end - 1));
        let from = if first.parallel { first.original.0 + (start - first.at) } else { first.original.0 };
        let to = if last.parallel { last.original.0 + (end - last.at) } else { last.original.1 };
        (from, to)
    }

    /// Appends a character of `length` bytes at `at` of the changed text that came from `original`.
    pub(crate) fn push(&mut self, at: usize, length: usize, original: (usize, usize)) {
        let parallel = original.1 - original.0 == length;
        match self.runs.last_mut() {
            Some(run) if parallel && run.parallel && run.original.1 == original.0 => run.original.1 = original.1,
            _ => self.runs.push(Run { at, original, parallel }),
        }
    }

    /// Forgets what lies at and after `at` of the changed text.
    pub(crate) fn truncate(&mut self, at: usize) {
        while self.runs.last().is_some_and(|run| run.at >= at) {
            self.runs.pop();
        }
    }
}

impl Folded {
    /// Folds `text`, in time linear in its length.
    pub(crate) fn new(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), map: SpanMap::default() };
        let mut chars = text.char_indices().peekable();
        while let Some((start, first)) = chars.next() {
            let lonely = chars.peek().is_none_or(|(_, next)| !combines(*next));
            if lonely && is_plain(first) {
                folded.push_parallel(simplified(first.to_ascii_lowercase()), start);
                continue;
            }
            let mut end = start + first.len_utf8();
            while let Some((at, next)) = chars.next_if(|(_, next)| combines(*next)) {
                end = at + next.len_utf8();
            }
            folded.push_whole(&text[start..end], start);
        }
        folded
    }

    /// The bytes of the original that `start..end` of the folded text (not empty) stands for.
    pub(crate) fn span(&self, start: usize, end: usize) -> (usize, usize) {
        self.map.span(start, end)
    }

    /// Appends a character that is as long as the one at `start` of the original.
    fn push_parallel(&mut self, character: char, start: usize) {
        let length = character.len_utf8();
        self.map.push(self.text.len(), length, (start, start + length));
        self.text.push(character);
    }

    /// Appends what a base character with its marks folds to.
    fn push_whole(&mut self, cluster: &str, start: usize) {
        let at = self.text.len();
        // "2½" is two and a half, not twenty-one halves.
        let is_fraction = cluster.chars().next().is_some_and(|c| c.nfkd().any(|part| part == '\u{2044}'));
        if is_fraction && self.text.ends_with(|last: char| last.is_ascii_digit()) {
            self.text.push(' ');
        }
        let parts = cluster.chars().filter_map(typographic).nfkd().filter_map(typographic).flat_map(char::to_lowercase);
        let bare: String = parts.filter(|c| !is_accent(*c)).nfc().collect();
        bare.chars().for_each(|character| match ligature(character) {
            Some(letters) => self.text.push_str(letters),
            None => self.text.push(simplified(character)),
        });
        // A cluster that folds to nothing leaves no run behind.
        if self.text.len() > at {
            self.map.runs.push(Run { at, original: (start, start + cluster.len()), parallel: false });
        }
    }
}

/// Whether a character folds to itself, its ASCII lower case or its simplified form, all of the same length.
fn is_plain(character: char) -> bool {
    (character.is_ascii() && character != '`') || matches!(character, '\u{4E00}'..='\u{9FFF}' | '\u{3041}'..='\u{3093}')
}

/// Whether a character belongs to the one before it: a mark, a half-width sound mark, or the rest of a Hangul syllable.
fn combines(character: char) -> bool {
    match character {
        '\0'..='\u{2FF}' | '\u{4E00}'..='\u{9FFF}' => false,
        '\u{1160}'..='\u{11FF}' | '\u{FF9E}' | '\u{FF9F}' => true,
        _ => canonical_combining_class(character) != 0,
    }
}

/// Accents and other marks set over or under Latin, Greek and Cyrillic letters. Marks of other scripts are letters of
/// their own and stay.
fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Typographic variants of what people type, and signs that mean nothing in a search.
pub(crate) fn typographic(character: char) -> Option<char> {
    match character {
        '\u{2010}'..='\u{2013}' | '\u{2212}' => Some('-'),
        '‘' | '’' | 'ʼ' | '`' | '´' => Some('\''),
        '×' | '✕' | '✖' => Some('x'),
        '™' | '®' | '©' | '℠' => Some(' '),
        // Soft hyphen, zero-width characters, direction marks, byte-order mark, variation selectors.
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' => None,
        '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' => None,
        other => Some(other),
    }
}

/// Letters that Unicode does not take apart but people type as others.
fn ligature(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        '\u{2044}' => "/",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&Folded::new(text).text);
    }

    #[test]
    fn variants_become_one() {
        check("Ｓｏｎｙ　ＷＨ－１０００ＸＭ４", &expect!["sony wh-1000xm4"]);
        check("Café Crème Brûlée, cafe\u{301}", &expect!["cafe creme brulee, cafe"]);
        check("ﬁne Straße Ærø İstanbul", &expect!["fine strasse aero istanbul"]);
        check("2½ inch ¾″ 5 m² 20℃ ㎏ №5 ①", &expect!["2 1/2 inch 3/4′′ 5 m2 20°c kg no5 1"]);
        check("Sony™ T‑Shirt Men’s 1920×1080", &expect!["sony  t-shirt men's 1920x1080"]);
        check("ﾃﾞｼﾞﾀﾙ ガ 한글 각 ไทย हिन्दी", &expect!["デジタル ガ 한글 각 ไทย हिन्दी"]);
        check("红色連衣裙 ２色 \u{2F8A}", &expect!["红色连衣裙 2色 色"]);
        check("a\u{FE32}b", &expect!["a-b"]);
        check("men`s ㅏ `ㅏ", &expect!["men's ᅡ 'ᅡ"]);
        check("soft\u{AD}hyphen zero\u{200B}width", &expect!["softhyphen zerowidth"]);
    }

    #[test]
    fn spans_point_into_the_original() {
        let text = "Ｃａｆé cafe\u{301} 红裙";
        let folded = Folded::new(text);
        let span = |word: &str, nth: usize| {
            let at = folded.text.match_indices(word).nth(nth).unwrap().0;
            let (from, to) = folded.span(at, at + word.len());
            &text[from..to]
        };
        assert_eq!((span("cafe", 0), span("cafe", 1), span("红裙", 0)), ("Ｃａｆé", "cafe\u{301}", "红裙"));
    }

    proptest! {
        #[test]
        fn any_part_of_any_text_has_a_place(text in any::<String>()) {
            let folded = Folded::new(&text);
            let starts: Vec<usize> = folded.text.char_indices().map(|(at, _)| at).collect();
            for start in &starts {
                let end = start + folded.text[*start..].chars().next().unwrap().len_utf8();
                let (from, to) = folded.span(*start, end);
                prop_assert!(from < to && text.get(from..to).is_some(), "{from}..{to}");
            }
        }
    }
}
