//! What language a row of words is in.

use types::Language;

use super::{Script, Word};

/// Words that only English has among languages with Latin letters, and words that others have and English does not.
/// Small on purpose: most queries are names of things, which many languages share.
const ENGLISH: &[&str] = &[
    "for", "with", "and", "the", "of", "without", "women", "men", "mens", "womens", "girls", "boys", "kids", "under",
    "from", "to",
];
const OTHERS: &[&str] = &[
    "der", "die", "das", "und", "fur", "fuer", "mit", "ohne", "herren", "damen", "kinder", "le", "les", "des", "pour",
    "avec", "sans", "homme", "femme", "el", "los", "las", "para", "con", "sin", "hombre", "mujer", "per", "uomo",
    "donna", "il", "della", "och", "voor", "met", "zonder", "dla", "na", "da", "do", "com", "sem", "homem", "mulher",
];

/// The language of a query's words, and whether Chinese words stand beside Latin ones. One Latin letter and names of
/// letters and digits (`t恤`, `p40`) are part of any language. Letters that are pinyin count as Chinese.
pub(super) fn of(words: &[Word], pinyin: &[(usize, usize)]) -> (Language, bool) {
    let (mut chinese, mut latin, mut other) = (false, false, false);
    let (mut english, mut foreign) = (0, 0);
    for word in words {
        let is_pinyin = pinyin.iter().any(|span| span.0 <= word.span.0 && word.span.1 <= span.1);
        match word.script {
            _ if is_pinyin => chinese = true,
            Script::Han => chinese = true,
            Script::Latin => {
                latin |= word.text.len() > 1;
                english += usize::from(ENGLISH.contains(&word.text.as_str()));
                foreign += usize::from(OTHERS.contains(&word.text.as_str()));
            }
            Script::Other => other = true,
            Script::Digits | Script::Mixed => {}
        }
    }
    let language = match (chinese, latin, other) {
        (true, _, false) => Language::Chinese,
        (false, true, false) if foreign <= english => Language::English,
        _ => Language::Other,
    };
    (language, chinese && latin)
}
