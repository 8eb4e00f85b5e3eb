//! What the dictionary's cut says of a reading: a slip inside a Chinese word breaks it into pieces that seldom stand
//! alone.

use super::language::{History, Language};
use super::tokens::{Class, hash};
use crate::chinese;

/// A word of a cut.
pub(super) struct Word {
    pub(super) hash: u64,
    class: Class,
    /// In characters.
    length: usize,
}

/// The words of tokens, Chinese cut by the dictionary.
pub(super) fn words<'a>(tokens: impl Iterator<Item = (Class, &'a str)>) -> impl Iterator<Item = Word> {
    let mut words = Vec::new();
    let mut run = String::new();
    for (class, text) in tokens {
        if class == Class::Han {
            run.push_str(text);
            continue;
        }
        cut(&mut run, &mut words);
        words.push(Word { hash: hash(text), class, length: text.len() });
    }
    cut(&mut run, &mut words);
    words.into_iter()
}

fn cut(run: &mut String, words: &mut Vec<Word>) {
    if run.is_empty() {
        return;
    }
    for token in chinese::dictionary().cut(run, false) {
        words.push(Word { hash: hash(token.word), class: Class::Han, length: token.word.chars().count() });
    }
    run.clear();
}

/// `ln P` of tokens as words.
pub(super) fn ln_text<'a>(language: &Language, tokens: impl Iterator<Item = (Class, &'a str)>) -> f32 {
    /// `ln P` of a character, and of a longer word, among those the dictionary knows.
    const LN_CHARACTER: f32 = -9.0;
    const LN_WORD: f32 = -12.0;
    let mut history = History::start();
    let mut sum = 0.0;
    for word in words(tokens) {
        let ln_alone = language.ln_alone(word.hash).unwrap_or_else(|| {
            language.ln_unknown()
                + match (word.class, word.length) {
                    (Class::Han, 1) => LN_CHARACTER,
                    (Class::Han, _) => LN_WORD,
                    (Class::Word | Class::Fixed, length) => -2.5 * length as f32,
                }
        });
        sum += language.ln_after(&language.context(&history), word.hash, ln_alone);
        history = history.then(word.hash);
    }
    sum + language.ln_end(&language.context(&history))
}
