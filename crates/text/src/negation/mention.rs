use std::ops::Range;

use crate::phrase::Phrase;

/// What a text says of a thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mention {
    /// It does not speak of it.
    Absent,
    /// It says that there is none: `sugar-free`, `without sugar`, `无糖`.
    Denied,
    /// It names it.
    Said,
}

/// What `text` (a title) says of `words` (what a query negates). Where it both denies and names them, it denies: "sugar
/// free, tastes like sugar". Only so many units of the text are read.
pub fn mention(text: &str, words: &str) -> Mention {
    const UNITS_MAX: usize = 2_000;
    let (phrase, wanted) = (Phrase::new(text), Phrase::new(words));
    let (units, length) = (phrase.units().len().min(UNITS_MAX), wanted.units().len());
    if length == 0 {
        return Mention::Absent;
    }
    let key = wanted.key(&(0..length));
    let mut mention = Mention::Absent;
    for start in 0..units {
        // Spellings in one word or two have as many units more or less.
        for end in start + length.saturating_sub(1).max(1)..=(start + length + 1).min(units) {
            let range = start..end;
            if phrase.key(&range) == key && (length > 1 || phrase.is_cut(&range) || is_denied(&phrase, &range)) {
                if is_denied(&phrase, &range) {
                    return Mention::Denied;
                }
                mention = Mention::Said;
            }
        }
    }
    mention
}

/// Whether the words around an occurrence deny it.
fn is_denied(phrase: &Phrase, range: &Range<usize>) -> bool {
    const BEFORE: [&str; 11] = ["no", "without", "non", "zero", "not", "0", "无", "免", "零", "非", "未"];
    const BEFORE_TWO: [&str; 6] = ["不含", "不带", "不加", "没有", "0添", "零添"];
    const BETWEEN: [&str; 6] = ["added", "any", "artificial", "a", "the", "加"];
    let bare = |unit: usize| phrase.bare(&(unit..unit + 1));
    let units = phrase.units().len();
    let is_suffix =
        |unit: usize| unit < units && matches!(bare(unit), "free" | "less") && phrase.gap_before(unit).len() <= 1;
    if is_suffix(range.end) {
        return true;
    }
    let mut start = range.start;
    while start > 0 && BETWEEN.contains(&bare(start - 1)) {
        start -= 1;
    }
    let one = start.checked_sub(1).is_some_and(|before| BEFORE.contains(&bare(before)));
    let two = start.checked_sub(2).is_some_and(|before| BEFORE_TWO.contains(&phrase.bare(&(before..start))));
    let slash = start.checked_sub(2).is_some_and(|before| phrase.words(&(before..start)) == "w/o");
    one || two || slash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_or_said() {
        for (text, words, expected) in [
            ("Sugar-Free Cookies, Keto", "sugar", Mention::Denied),
            ("Cookies with no added sugar", "sugar", Mention::Denied),
            ("Brown Sugar Cookies", "sugar", Mention::Said),
            ("Water Bottle with Straws", "straw", Mention::Said),
            ("Water Bottle w/o straw lid", "straw", Mention::Denied),
            ("Wall lamp", "cord", Mention::Absent),
            ("无糖酸奶 0添加糖", "糖", Mention::Denied),
            ("红糖馒头 糖", "糖", Mention::Said),
            ("不含酒精的洗手液", "酒精", Mention::Denied),
            ("医用酒精", "酒精", Mention::Said),
            ("", "酒精", Mention::Absent),
            ("酒精", "", Mention::Absent),
        ] {
            assert_eq!(mention(text, words), expected, "{words} in {text}");
        }
    }
}
