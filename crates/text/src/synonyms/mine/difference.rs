//! In what two queries differ: "red tee" and "red t-shirt" in "tee" and "t-shirt".

use crate::importance::is_function_word;
use crate::phrase::Phrase;

/// A longer difference is another thought, not another word.
const WORDS_MAX: usize = 3;

/// What stands in the first where the second has something else; None where they are the same, one only says more, or they
/// share nothing and are long.
pub fn difference(first: &str, second: &str) -> Option<(String, String)> {
    let (one, other) = (words(first), words(second));
    let ahead = one.iter().zip(&other).take_while(|(a, b)| a.0 == b.0).count();
    let (one, other) = (&one[ahead..], &other[ahead..]);
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a.0 == b.0).count();
    let (one, other) = (&one[..one.len() - behind], &other[..other.len() - behind]);
    let is_word = |part: &[(String, String)]| {
        (1..=WORDS_MAX).contains(&part.len()) && !part.iter().all(|(key, _)| is_function_word(key) || is_number(key))
    };
    // The same words in another order are no synonyms.
    let shares = one.iter().any(|(key, _)| other.iter().any(|(same, _)| same == key));
    (is_word(one) && is_word(other) && !shares).then(|| (text(one), text(other)))
}

/// Keys of a query's words with their folded text.
fn words(query: &str) -> Vec<(String, String)> {
    /// Longer queries are not compared.
    const UNITS_MAX: usize = 64;
    let phrase = Phrase::new(query);
    if phrase.units().len() > UNITS_MAX {
        return Vec::new();
    }
    let words = phrase.word_ranges().into_iter();
    words.map(|word| (phrase.key(&word).to_owned(), phrase.words(&word).to_owned())).collect()
}

/// Words joined again, Chinese without blanks.
fn text(words: &[(String, String)]) -> String {
    let mut text = String::new();
    for (_, word) in words {
        let meets_ascii =
            text.ends_with(|last: char| last.is_ascii()) && word.starts_with(|first: char| first.is_ascii());
        if meets_ascii {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

fn is_number(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        for (first, second, expected) in [
            ("red tee", "red t-shirt", pair("tee", "t-shirt")),
            ("cell phone case", "mobile case", pair("cell phone", "mobile")),
            ("红色球鞋", "红色运动鞋", pair("球鞋", "运动鞋")),
            ("red dress", "red dresses", None),
            ("dress", "red dress", None),
            ("tv 55", "tv 65", None),
            ("case for phone", "case of phone", None),
            ("shoes red", "red shoes", None),
        ] {
            assert_eq!(difference(first, second), expected, "{first} / {second}");
        }
    }
}
