use serde::{Deserialize, Serialize};

/// What a tagger gives a tag to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A Chinese character, a run of letters and digits of other scripts, a sign.
    #[default]
    Word,
    /// Every character.
    Character,
}

/// A word in a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word<'a> {
    /// The word itself.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Whether it follows the word before without a blank.
    pub joined: bool,
}

impl Word<'_> {
    /// Where it ends, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The words of a text; blanks belong to none.
pub fn words(text: &str, unit: Unit) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut open = false;
    for (at, character) in text.char_indices() {
        if character.is_whitespace() || character.is_control() {
            open = false;
            continue;
        }
        let grows = unit == Unit::Word && character.is_alphanumeric() && !is_ideograph(character);
        match words.last_mut() {
            Some(last) if grows && open => last.text = &text[last.start..at + character.len_utf8()],
            last => {
                let joined = last.is_none_or(|last| last.end() == at);
                words.push(Word { text: &text[at..at + character.len_utf8()], start: at, joined });
            }
        }
        open = grows;
    }
    words
}

/// Whether a word is written without blanks beside it.
pub fn is_joined(word: &str) -> bool {
    word.chars().any(is_ideograph)
}

/// Whether a character is written without blanks beside it: Chinese, Japanese and full-width ones.
fn is_ideograph(character: char) -> bool {
    matches!(character as u32,
        0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF
        | 0xFF01..=0xFF60 | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, unit: Unit) -> Vec<String> {
        words(text, unit)
            .into_iter()
            .map(|word| format!("{}{}", if word.joined { "" } else { "_" }, word.text))
            .collect()
    }

    #[test]
    fn chinese_by_characters_and_english_by_words() {
        assert_eq!(cut("耐克NIKE 男鞋42码", Unit::Word), ["耐", "克", "NIKE", "_男", "鞋", "42", "码"]);
        assert_eq!(cut("red  dress, size-L", Unit::Word), ["red", "_dress", ",", "_size", "-", "L"]);
        assert_eq!(cut("a1 红", Unit::Character), ["a", "1", "_红"]);
        assert_eq!(cut(" \u{0}\n", Unit::Word), Vec::<String>::new());
    }

    #[test]
    fn words_know_their_places() {
        let text = "苹果 iPhone🎁壳";
        for word in words(text, Unit::Word) {
            assert_eq!(&text[word.start..word.end()], word.text);
        }
    }
}
