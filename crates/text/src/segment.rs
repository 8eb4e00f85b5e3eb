//! Cuts folded text into pieces by kind of script; knows nothing of stems or dictionaries.

/// A stretch of folded text, by how it is made into terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Chinese characters, which a dictionary cuts into words.
    Han,
    /// Another script without blanks between words: kana, Thai and its neighbours.
    Unspaced,
    /// Letters and digits, with joiners inside: `wh-1000xm4`, `men's`, `15.6`.
    Word,
}

/// A stretch of folded text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Segment {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The segments of `text`, in order; what lies between is punctuation, blanks and signs.
pub(crate) fn segments(text: &str) -> impl Iterator<Item = Segment> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (offset, kind) = text[at..].char_indices().find_map(|(offset, c)| Some((offset, kind_of(c)?)))?;
        let start = at + offset;
        at = end_of(text, start, kind);
        Some(Segment { kind, start, end: at })
    })
}

/// The kind of segment a character can begin.
fn kind_of(character: char) -> Option<Kind> {
    match character {
        '0'..='9' | 'a'..='z' => Some(Kind::Word),
        '\0'..='\x7F' => None,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => {
            Some(Kind::Han)
        }
        '々' | '〇' => Some(Kind::Han),
        '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' => character.is_alphabetic().then_some(Kind::Unspaced),
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => Some(Kind::Unspaced),
        _ => character.is_alphanumeric().then_some(Kind::Word),
    }
}

fn end_of(text: &str, start: usize, kind: Kind) -> usize {
    let mut chars = text[start..].char_indices().peekable();
    while let Some((offset, character)) = chars.next() {
        let belongs = match kind_of(character) {
            Some(other) => other == kind,
            None if kind == Kind::Word && is_joiner(character) => {
                chars.peek().is_some_and(|(_, next)| kind_of(*next) == Some(Kind::Word))
            }
            // Marks of scripts such as Devanagari are neither letters nor digits but part of the word.
            None => kind == Kind::Word && unicode_normalization::char::is_combining_mark(character),
        };
        if !belongs {
            return start + offset;
        }
    }
    text.len()
}

/// Signs that hold a word together when they stand inside it.
pub(crate) fn is_joiner(character: char) -> bool {
    matches!(character, '-' | '\'' | '.' | '/' | '_' | '&' | ',')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let parts: Vec<String> = segments(text)
            .map(|segment| format!("{:?}({})", segment.kind, &text[segment.start..segment.end]))
            .collect();
        expected.assert_eq(&parts.join(" "));
    }

    #[test]
    fn scripts_and_joiners() {
        check("iphone15手机壳 500ml毛巾", &expect!["Word(iphone15) Han(手机壳) Word(500ml) Han(毛巾)"]);
        check(
            "wh-1000xm4, 15.6 3/4 -dash- men's end.",
            &expect!["Word(wh-1000xm4) Word(15.6) Word(3/4) Word(dash) Word(men's) Word(end)"],
        );
        check(
            "カバー 手帳 ไทย हिन्दी עברית 한국어",
            &expect!["Unspaced(カバー) Han(手帳) Unspaced(ไทย) Word(हिन्दी) Word(עברית) Word(한국어)"],
        );
        check("🎁 … !!", &expect![[""]]);
    }
}
