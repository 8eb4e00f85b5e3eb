use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use types::Language;

use crate::fold::{Folded, SpanMap, typographic};
use crate::variants::simplified;

/// A query made ready for reading: NFKC, lower case, accents and zero-width characters off, traditional characters
/// simplified, emoji as words, letters that only look Latin replaced, one blank for any white space. Knows where each
/// part came from and what was changed.
///
/// ```
/// use text::Normalised;
/// use types::Language;
///
/// let query = Normalised::new("ＳＯＮＹ　無線耳機 🎁", Language::English);
/// assert_eq!(query.text(), "sony 无线耳机 礼物");
/// ```
#[derive(Clone, Debug)]
pub struct Normalised {
    text: String,
    map: SpanMap,
    changes: Vec<Change>,
}

/// Something that normalising changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What kind of change it was.
    pub kind: ChangeKind,
    /// The bytes of the query that were changed.
    pub span: (usize, usize),
    /// What they became; empty where they were left out.
    pub to: String,
}

/// Kinds of changes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChangeKind {
    /// Capital letters became small ones.
    Case,
    /// Full-width, half-width and other compatibility forms became plain ones.
    Width,
    /// Accents came off.
    Accent,
    /// Dashes, quotation marks and signs became those that people type.
    Typography,
    /// Traditional characters were simplified.
    Traditional,
    /// Letters of another alphabet that look Latin, inside a Latin word, became Latin.
    LookAlike,
    /// An emoji became a word, or was left out.
    Emoji,
    /// Characters that are not seen were left out.
    Invisible,
    /// White space became one blank, or was left out at the ends.
    Blank,
}

impl ChangeKind {
    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Width => "width",
            Self::Accent => "accent",
            Self::Typography => "typography",
            Self::Traditional => "traditional",
            Self::LookAlike => "look_alike",
            Self::Emoji => "emoji",
            Self::Invisible => "invisible",
            Self::Blank => "blank",
        }
    }
}

impl Normalised {
    /// Normalises a query, in time linear in its length. Emoji become words of the query's own language; of `default`
    /// where the query has no words (English words where that is neither Chinese nor English).
    pub fn new(query: &str, default: Language) -> Self {
        let folded = Folded::new(query);
        let language = match Language::guess(&folded.text) {
            Language::Other => default,
            known => known,
        };
        let mut normaliser = Normaliser {
            query,
            folded: &folded,
            language,
            seen: 0,
            last_emoji: None,
            out: Self { text: String::with_capacity(folded.text.len()), map: SpanMap::default(), changes: Vec::new() },
        };
        normaliser.run();
        normaliser.out
    }

    /// The normalised text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was changed, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The bytes of the query that `start..end` of the normalised text (not empty) stands for.
    pub fn span(&self, start: usize, end: usize) -> (usize, usize) {
        self.map.span(start, end)
    }
}

/// A normalisation under way.
struct Normaliser<'a> {
    query: &'a str,
    folded: &'a Folded,
    language: Language,
    /// Up to where the query is accounted for.
    seen: usize,
    last_emoji: Option<char>,
    out: Normalised,
}

impl Normaliser<'_> {
    fn run(&mut self) {
        let folded = self.folded;
        let text = &folded.text;
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let end = at + first.len_utf8();
            if is_word(first) {
                let length = text[at..].find(|c| !is_word(c)).unwrap_or(text.len() - at);
                self.word(at, at + length);
                at += length;
                continue;
            }
            let span = folded.span(at, end);
            match first {
                _ if first.is_whitespace() || first.is_control() => self.blank(span),
                _ if is_emoji(first) => self.emoji(first, span),
                _ => self.copy(first, span),
            }
            at = end;
        }
        self.skip_to(self.query.len(), ChangeKind::Invisible);
        if self.out.text.ends_with(' ') {
            let from = self.out.map.span(self.out.text.len() - 1, self.out.text.len());
            self.out.text.pop();
            self.out.map.truncate(self.out.text.len());
            // The blank that set off an emoji is no part of the query.
            if self.query[from.0..from.1].chars().all(char::is_whitespace) {
                self.note(ChangeKind::Blank, from, "");
            }
        }
    }

    /// Copies a word of letters and digits, with letters that only look Latin replaced.
    fn word(&mut self, start: usize, end: usize) {
        let word = &self.folded.text[start..end];
        let mimics = !word.is_ascii() && self.mimics_latin(start, word);
        for (offset, character) in word.char_indices() {
            let at = start + offset;
            let span = self.folded.span(at, at + character.len_utf8());
            match self.look_alike(character, span).filter(|_| mimics) {
                Some(latin) => {
                    self.skip_to(span.0, ChangeKind::Invisible);
                    self.push(latin, span);
                    self.note(ChangeKind::LookAlike, span, latin.encode_utf8(&mut [0; 4]));
                }
                None => self.copy(character, span),
            }
        }
        self.last_emoji = None;
    }

    /// Whether a word mixes Latin letters with letters of other alphabets that look Latin, and has no others.
    fn mimics_latin(&self, start: usize, word: &str) -> bool {
        let (mut latin, mut alike) = (false, false);
        for (offset, character) in word.char_indices() {
            if character.is_ascii() {
                latin |= character.is_ascii_alphabetic();
                continue;
            }
            let at = start + offset;
            let span = self.folded.span(at, at + character.len_utf8());
            if self.look_alike(character, span).is_none() {
                return false;
            }
            alike = true;
        }
        latin && alike
    }

    /// The Latin letter that a character looks like in the case it was typed in.
    fn look_alike(&self, character: char, span: (usize, usize)) -> Option<char> {
        if character.is_ascii() {
            return None;
        }
        let typed = self.query.get(span.0..span.1)?.chars().next().unwrap_or(character);
        let table = if typed.is_uppercase() { CAPITALS_ALIKE } else { SMALL_ALIKE };
        table.iter().find(|(other, _)| *other == character).map(|(_, latin)| *latin)
    }

    /// Copies a character of the folded text.
    fn copy(&mut self, character: char, span: (usize, usize)) {
        self.skip_to(span.0, ChangeKind::Invisible);
        let mut buffer = [0; 4];
        let to = character.encode_utf8(&mut buffer);
        let from = &self.query[span.0..span.1];
        if from != to {
            self.note(kind_of_fold(from, character), span, to);
        }
        self.push(character, span);
        self.last_emoji = None;
    }

    /// Puts one blank for any white space, none at the beginning.
    fn blank(&mut self, span: (usize, usize)) {
        self.skip_to(span.0, ChangeKind::Invisible);
        if self.out.text.is_empty() || self.out.text.ends_with(' ') {
            self.note(ChangeKind::Blank, span, "");
        } else {
            if &self.query[span.0..span.1] != " " {
                self.note(ChangeKind::Blank, span, " ");
            }
            self.push(' ', span);
        }
        self.seen = self.seen.max(span.1);
    }

    /// Puts the word for an emoji, set off by blanks; nothing for an unknown one or a repetition.
    fn emoji(&mut self, emoji: char, span: (usize, usize)) {
        self.skip_to(span.0, ChangeKind::Invisible);
        let word = match EMOJI.get(&emoji) {
            Some((english, chinese)) if self.last_emoji != Some(emoji) => match self.language {
                Language::Chinese => chinese,
                Language::English | Language::Other => english,
            },
            _ => "",
        };
        self.note(ChangeKind::Emoji, span, word);
        if !word.is_empty() {
            self.last_emoji = Some(emoji);
        }
        let before = if self.out.text.is_empty() || self.out.text.ends_with(' ') { "" } else { " " };
        let after = if word.is_empty() { "" } else { " " };
        before.chars().chain(word.chars()).chain(after.chars()).for_each(|character| self.push(character, span));
    }

    /// Notes what lies between what is accounted for and `to` as changed away.
    fn skip_to(&mut self, to: usize, kind: ChangeKind) {
        if self.seen < to {
            self.note(kind, (self.seen, to), "");
        }
    }

    fn push(&mut self, character: char, span: (usize, usize)) {
        self.out.map.push(self.out.text.len(), character.len_utf8(), span);
        self.out.text.push(character);
        self.seen = self.seen.max(span.1);
    }

    /// Adds a change, to the last one where it goes on in the same way.
    fn note(&mut self, kind: ChangeKind, span: (usize, usize), to: &str) {
        self.seen = self.seen.max(span.1);
        match self.out.changes.last_mut() {
            Some(last) if last.kind == kind && kind != ChangeKind::Emoji && last.span.1 >= span.0 => {
                last.span.1 = last.span.1.max(span.1);
                last.to.push_str(to);
            }
            _ => self.out.changes.push(Change { kind, span, to: to.to_owned() }),
        }
    }
}

/// Why `from` folded to something with `to` in it.
fn kind_of_fold(from: &str, to: char) -> ChangeKind {
    let mut chars = from.chars();
    let (first, is_one) = (chars.next().unwrap_or(to), chars.next().is_none());
    let folds_case = |character: char| character.to_lowercase().eq([to]);
    match first {
        _ if !is_one => ChangeKind::Accent,
        _ if folds_case(first) => ChangeKind::Case,
        _ if simplified(first) == to => ChangeKind::Traditional,
        _ if typographic(first) != Some(first) => ChangeKind::Typography,
        _ => {
            let mut compatible = String::new();
            unicode_normalization::char::decompose_compatible(first, |part| compatible.push(part));
            let has_mark = compatible.chars().any(unicode_normalization::char::is_combining_mark);
            if has_mark { ChangeKind::Accent } else { ChangeKind::Width }
        }
    }
}

/// Whether a character belongs to words of an alphabet, where look-alikes are looked for.
fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '\u{370}'..='\u{52F}')
}

/// Whether a character is a picture.
fn is_emoji(character: char) -> bool {
    matches!(character, '\u{231A}' | '\u{231B}' | '\u{2328}' | '\u{23E9}'..='\u{23FA}' | '\u{2600}'..='\u{27BF}'
        | '\u{2B50}' | '\u{2B55}' | '\u{1F000}'..='\u{1FAFF}' | '\u{E0020}'..='\u{E007F}')
}

/// By emoji: the English and the Chinese word.
static EMOJI: LazyLock<FxHashMap<char, (&'static str, &'static str)>> = LazyLock::new(|| {
    let lines = include_str!("../data/emoji.txt").lines().filter(|line| !line.starts_with('#'));
    let entries = lines.filter_map(|line| {
        let (emoji, words) = line.split_once(' ')?;
        Some((emoji.chars().next()?, words.rsplit_once(' ')?))
    });
    entries.collect()
});

/// Small letters (as folded) whose capital looks like a Latin one.
const CAPITALS_ALIKE: &[(char, char)] = &[
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('н', 'h'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('м', 'm'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('т', 't'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('у', 'y'),
    ('х', 'x'),
    ('α', 'a'),
    ('β', 'b'),
    ('ε', 'e'),
    ('ζ', 'z'),
    ('η', 'h'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('μ', 'm'),
    ('ν', 'n'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'y'),
    ('χ', 'x'),
];

/// Small letters that look like Latin ones.
const SMALL_ALIKE: &[(char, char)] = &[
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('т', 't'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('у', 'y'),
    ('х', 'x'),
    ('α', 'a'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('υ', 'u'),
    ('χ', 'x'),
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(query: &str, expected: &Expect) {
        let normalised = Normalised::new(query, Language::English);
        let changes: Vec<String> = normalised
            .changes()
            .iter()
            .map(|change| format!("{} {}>{}", change.kind.name(), &query[change.span.0..change.span.1], change.to))
            .collect();
        expected.assert_eq(&format!("{} [{}]", normalised.text(), changes.join("; ")));
    }

    #[test]
    fn forms_become_one() {
        check("red dress", &expect!["red dress []"]);
        check("Ｓｏｎｙ WH-1000", &expect!["sony wh-1000 [width Ｓｏｎｙ>sony; case WH>wh]"]);
        check(
            "無線耳機 Café",
            &expect!["无线耳机 cafe [traditional 無線>无线; traditional 機>机; case C>c; accent é>e]"],
        );
        check("men’s 10″ ２０㎏", &expect![[r#"men's 10′′ 20kg [typography ’>'; width ″>′′; width ２０㎏>20kg]"#]]);
        check(" red\u{3000} dress ", &expect!["red dress [blank  >; blank 　 > ; blank  >]"]);
        check("so\u{200B}ny\u{FEFF}", &expect!["sony [invisible \u{200B}>; invisible \u{FEFF}>]"]);
    }

    #[test]
    fn emoji_become_words_of_the_query_s_language() {
        check("🎁🎁 for dad 😀", &expect!["gift for dad [emoji 🎁>gift; emoji 🎁>; blank  >; emoji 😀>; blank  >]"]);
        check("红色👗❤️", &expect!["红色 连衣裙 [emoji 👗>连衣裙; emoji ❤>; invisible \u{FE0F}>]"]);
        check("👟", &expect!["sneakers [emoji 👟>sneakers]"]);
        assert_eq!(Normalised::new("👟", Language::Chinese).text(), "运动鞋");
        check("😀", &expect![" [emoji 😀>]"]);
    }

    #[test]
    fn look_alikes() {
        check("ѕоny Nіke", &expect!["sony nike [look_alike ѕо>so; case N>n; look_alike і>i]"]);
        check("aԚ", &expect!["aq [look_alike Ԛ>q]"]);
        check("ΝΟKIA", &expect!["nokia [look_alike ΝΟ>no; case KIA>kia]"]);
        check("10μm α-lipoic водка омега3", &expect!["10μm α-lipoic водка омега3 []"]);
    }

    #[test]
    fn spans_point_into_the_query() {
        let query = "🎁 Ｃａｆé  連衣裙 ѕony";
        let normalised = Normalised::new(query, Language::English);
        let span = |word: &str| {
            let at = normalised.text().find(word).unwrap();
            let (from, to) = normalised.span(at, at + word.len());
            &query[from..to]
        };
        assert_eq!((span("礼物"), span("cafe"), span("衣裙"), span("sony")), ("🎁", "Ｃａｆé", "衣裙", "ѕony"));
    }

    #[test]
    fn every_emoji_is_read() {
        let lines = include_str!("../data/emoji.txt").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(EMOJI.len(), lines);
        for emoji in EMOJI.keys() {
            assert!(is_emoji(*emoji), "{emoji}");
            assert_ne!(Normalised::new(&emoji.to_string(), Language::Chinese).text(), "", "{emoji}");
        }
    }

    proptest! {
        #[test]
        fn normalising_is_sound(query in "\\PC{0,30}|([a-zA-Z .é連衣🎁👗😀ѕоΝ\u{200B}\u{FE0F}\u{301} ½㎏\t]){0,30}") {
            let normalised = Normalised::new(&query, Language::English);
            let text = normalised.text();
            prop_assert!(text.trim() == text && !text.contains("  "), "{text:?}");
            for (at, character) in text.char_indices() {
                let (from, to) = normalised.span(at, at + character.len_utf8());
                prop_assert!(from < to && query.get(from..to).is_some());
            }
            for change in normalised.changes() {
                prop_assert!(query.get(change.span.0..change.span.1).is_some());
            }
            let again = Normalised::new(text, Language::English);
            prop_assert_eq!(again.text(), text);
        }
    }
}
