//! Terms of a product's name, for comparing: words, numbers, article numbers and character n-grams.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::chinese;
use crate::fold::Folded;

/// Names are compared up to so many terms.
const TERMS_MAX: usize = 96;
/// And up to so many bytes.
const BYTES_MAX: usize = 1_024;

/// A word or a number of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Term {
    pub(super) text: Box<str>,
    pub(super) is_number: bool,
}

/// A name folded and cut to the length that is compared.
pub(super) fn folded(text: &str) -> String {
    Folded::new(&text[..text.floor_char_boundary(BYTES_MAX)]).text
}

/// The words and numbers of a folded text: letters apart from digits, plurals as singulars, `7.0` as `7`, Chinese as the
/// dictionary's words.
pub(super) fn terms(folded: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut at = 0;
    while let Some(first) = folded[at..].chars().next() {
        if terms.len() >= TERMS_MAX {
            break;
        }
        at = match first {
            '0'..='9' => push_number(folded, at, &mut terms),
            _ if is_han(first) => push_han(folded, at, &mut terms),
            _ if first.is_alphabetic() => push_word(folded, at, &mut terms),
            _ => at + first.len_utf8(),
        };
    }
    terms.truncate(TERMS_MAX);
    terms
}

/// Article numbers and the like in a folded text, without their joiners: several digits mixed with letters, or long
/// numbers. Quantities (`500ml`) are none.
pub(super) fn codes(folded: &str) -> Vec<Box<str>> {
    let mut codes: Vec<Box<str>> = Vec::new();
    for word in folded.split(|c: char| c.is_whitespace() || is_han(c) || matches!(c, '(' | ')' | '[' | ']' | ',' | ';'))
    {
        let bare: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        if is_code(&bare) && !codes.iter().any(|known| **known == *bare) {
            codes.push(bare.into());
        }
    }
    codes.truncate(TERMS_MAX);
    codes
}

/// The bytes of a text's words that look like article numbers.
pub(crate) fn code_spans(text: &str) -> Vec<(usize, usize)> {
    let folded = Folded::new(&text[..text.floor_char_boundary(BYTES_MAX)]);
    let mut spans = Vec::new();
    let mut start = None;
    for (at, character) in folded.text.char_indices().chain([(folded.text.len(), ' ')]) {
        let is_inside = character.is_ascii_alphanumeric() || matches!(character, '-' | '/' | '.' | '_');
        match (is_inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = folded.text[from..at].trim_matches(|c: char| !c.is_ascii_alphanumeric());
                let bare: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
                if is_code(&bare) && bare.bytes().any(|byte| byte.is_ascii_alphabetic()) {
                    let from = from + folded.text[from..at].find(word).unwrap_or(0);
                    spans.push(folded.span(from, from + word.len()));
                }
                start = None;
            }
            _ => {}
        }
    }
    spans
}

/// Keys of the text's character trigrams, bigrams where characters are Chinese, with their counts, sorted by key. Blanks
/// and signs do not count, so that "print shop" is like "printshop".
pub(super) fn grams(folded: &str) -> Vec<(u64, u16)> {
    let chars: Vec<char> = std::iter::once('^')
        .chain(folded.chars().filter(|c| c.is_alphanumeric()))
        .chain(std::iter::once('$'))
        .collect();
    let mut keys: Vec<u64> = Vec::with_capacity(chars.len());
    for at in 0..chars.len().saturating_sub(1) {
        let width = if is_han(chars[at]) && is_han(chars[at + 1]) { 2 } else { 3 };
        if let Some(gram) = chars.get(at..at + width) {
            let mut hasher = FxHasher::default();
            gram.hash(&mut hasher);
            keys.push(hasher.finish());
        }
    }
    keys.sort_unstable();
    let mut grams: Vec<(u64, u16)> = Vec::with_capacity(keys.len());
    for key in keys {
        match grams.last_mut() {
            Some((last, count)) if *last == key => *count = count.saturating_add(1),
            _ => grams.push((key, 1)),
        }
    }
    grams
}

/// The different keys of a text's n-grams, sorted.
pub(crate) fn gram_keys(text: &str) -> Vec<u64> {
    grams(&folded(text)).into_iter().map(|(key, _)| key).collect()
}

pub(crate) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_code(bare: &str) -> bool {
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let letters = bare.len() - digits;
    if letters == 0 {
        return digits >= 6;
    }
    let leading = bare.bytes().take_while(u8::is_ascii_digit).count();
    let is_quantity = leading == digits && letters <= 4;
    digits >= 2 && bare.len() >= 5 && !is_quantity
}

/// Reads `1,024`, `7.50` and, as some exports write it, `10 .5`; returns where it ends.
fn push_number(folded: &str, start: usize, terms: &mut Vec<Term>) -> usize {
    let bytes = folded.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let (mut text, mut at, mut has_point) = (String::new(), start, false);
    loop {
        while digit(at) {
            text.push(char::from(bytes[at]));
            at += 1;
        }
        let point = usize::from(bytes.get(at) == Some(&b' '));
        if bytes.get(at + point) == Some(&b'.') && digit(at + point + 1) {
            text.push('.');
            (at, has_point) = (at + point + 1, true);
        } else if bytes.get(at) == Some(&b',') && (1..=3).all(|next| digit(at + next)) && !digit(at + 4) {
            at += 1;
        } else {
            break;
        }
    }
    let bare = if has_point { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    terms.push(Term { text: bare.into(), is_number: true });
    at
}

fn push_word(folded: &str, start: usize, terms: &mut Vec<Term>) -> usize {
    let mut end = folded.len();
    let mut text = String::new();
    for (offset, character) in folded[start..].char_indices() {
        match character {
            '\'' => {}
            _ if character.is_alphabetic() && !is_han(character) => text.push(character),
            _ => {
                end = start + offset;
                break;
            }
        }
    }
    let is_plural = text.len() > 3 && text.ends_with('s') && !text.ends_with("ss");
    if is_plural {
        text.pop();
    }
    terms.push(Term { text: text.into(), is_number: false });
    end
}

fn push_han(folded: &str, start: usize, terms: &mut Vec<Term>) -> usize {
    let end = folded[start..].find(|c| !is_han(c)).map_or(folded.len(), |length| start + length);
    let words = chinese::dictionary().cut(&folded[start..end], false);
    terms.extend(words.iter().map(|token| Term { text: token.word.into(), is_number: false }));
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        terms(&folded(text)).iter().map(|term| &*term.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_numbers_and_chinese() {
        assert_eq!(
            words("Adobe Acrobat V8 .0 Professional's 1,024 games (7.50)"),
            "adobe acrobat v 8 professional 1024 game 7.5"
        );
        assert_eq!(words("Café 2007 class"), "cafe 2007 class");
        assert_eq!(words("不锈钢保温杯500ML 白色"), "不锈钢 保温杯 500 ml 白色");
        assert_eq!(words("!!  \u{200B}"), "");
        assert_eq!(words("1.. 2."), "1 2");
    }

    #[test]
    fn codes_are_article_numbers_not_quantities() {
        assert_eq!(
            codes("sony wh-1000xm4 500ml (t9161ll/a) 22101258 cs3 2007 12pcs"),
            ["wh1000xm4".into(), "t9161lla".into(), "22101258".into()] as [Box<str>; 3]
        );
    }

    #[test]
    fn grams_pass_over_blanks() {
        assert_eq!(grams("print shop"), grams("printshop"));
        assert_eq!(grams(""), []);
        assert_eq!(grams("保温杯").len(), 3, "^保温 保温 温杯");
    }
}
