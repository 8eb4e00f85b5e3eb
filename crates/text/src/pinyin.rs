//! How Chinese sounds: the syllables of characters, the letters that people type for words, and which words sound
//! alike.
//!
//! Syllables are written as on a keyboard: without tones, `v` for `ü` (`nv`, `lve`). Traditional characters sound like
//! their simplified forms.

mod index;
mod syllable;

use std::sync::LazyLock;

use pinyin::ToPinyin;
use rustc_hash::FxHashMap;

pub use index::{PinyinIndex, PinyinKind, PinyinMatch};
pub use syllable::{LETTERS_MAX, fuzzy, split, splits};

use crate::variants::simplified;

/// The letters somebody may type for a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// All syllables: `lianyiqun`. Latin letters and digits of the text stay, in lower case.
    pub full: String,
    /// The first letter of each syllable: `lyq`. Latin letters and digits of the text stay, in lower case.
    pub initials: String,
}

/// The likeliest key of a text; empty strings where nothing in it can be typed.
///
/// ```
/// let key = text::pinyin::key("iphone手机壳");
/// assert_eq!((key.full.as_str(), key.initials.as_str()), ("iphoneshoujike", "iphonesjk"));
/// ```
pub fn key(text: &str) -> Key {
    key_of(&sounds(text), &[])
}

/// The keys of a text, the likeliest first, with others where characters have several readings (`长裙`: `changqun`,
/// `zhangqun`); at most [`KEYS_MAX`].
pub fn keys(text: &str) -> Vec<Key> {
    let sounds = sounds(text);
    let mut choices = vec![vec![0; sounds.len()]];
    for (at, sound) in sounds.iter().enumerate() {
        let Sound::Syllables(readings) = sound else { continue };
        for reading in 1..readings.len() {
            for earlier in 0..choices.len() {
                if choices.len() >= KEYS_MAX {
                    break;
                }
                if choices[earlier][at] == 0 {
                    let mut choice = choices[earlier].clone();
                    choice[at] = reading;
                    choices.push(choice);
                }
            }
        }
    }
    let mut keys: Vec<Key> = Vec::with_capacity(choices.len());
    for choice in choices {
        let key = key_of(&sounds, &choice);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The most keys given for one text.
pub const KEYS_MAX: usize = 6;

/// The readings of a character, the likeliest in a shop first; none for a character that is not Chinese.
pub fn syllables(character: char) -> &'static [&'static str] {
    let character = simplified(character);
    if !('\u{3400}'..='\u{3FFFF}').contains(&character) && character != '〇' {
        return &[];
    }
    if let Some(readings) = READINGS.characters.get(&character) {
        return readings;
    }
    character.to_pinyin().and_then(|sound| syllable::find(sound.plain())).unwrap_or_default()
}

/// How alike two characters sound: 1 when they share their first reading, .9 when they share another, .7 when they
/// differ in sounds that many speakers do not tell apart (`z`/`zh`, `c`/`ch`, `s`/`sh`, `n`/`l`, `an`/`ang`, `en`/`eng`,
/// `in`/`ing`), 0 otherwise. Tones are not heard: nobody types them.
pub fn likeness(one: char, other: char) -> f32 {
    if one == other {
        return 1.0;
    }
    let (ones, others) = (syllables(one), syllables(other));
    let (Some(first), Some(second)) = (ones.first(), others.first()) else { return 0.0 };
    if first == second {
        return 1.0;
    }
    if ones.iter().any(|syllable| others.contains(syllable)) {
        return 0.9;
    }
    let alike = ones.iter().any(|a| others.iter().any(|b| fuzzy(a) == fuzzy(b)));
    if alike { 0.7 } else { 0.0 }
}

/// How alike two texts sound: the least likeness of their characters in turn; 0 where they differ in length.
pub fn likeness_of_texts(one: &str, other: &str) -> f32 {
    let mut others = other.chars();
    let mut least = 1.0f32;
    for character in one.chars() {
        let Some(counterpart) = others.next() else { return 0.0 };
        least = least.min(likeness(character, counterpart));
        if least == 0.0 {
            return 0.0;
        }
    }
    if others.next().is_some() { 0.0 } else { least }
}

/// What a character of a text is typed as.
enum Sound {
    Syllables(&'static [&'static str]),
    Letter(char),
}

/// The sounds of a text; in words whose reading is known only that reading. Punctuation and blanks have none.
fn sounds(text: &str) -> Vec<Sound> {
    let chars: Vec<char> = text.chars().map(simplified).collect();
    let mut sounds = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        if let Some(readings) = READINGS.word_at(&chars[at..]) {
            sounds.extend(readings.iter().map(|one| Sound::Syllables(std::slice::from_ref(one))));
            at += readings.len();
            continue;
        }
        let character = chars[at];
        match syllables(character) {
            [] if character.is_alphanumeric() => sounds.extend(character.to_lowercase().map(Sound::Letter)),
            [] => {}
            readings => sounds.push(Sound::Syllables(readings)),
        }
        at += 1;
    }
    sounds
}

/// The key of sounds, with the readings chosen (the first where `choice` names none).
fn key_of(sounds: &[Sound], choice: &[usize]) -> Key {
    let mut key = Key { full: String::new(), initials: String::new() };
    for (at, sound) in sounds.iter().enumerate() {
        match sound {
            Sound::Letter(letter) => {
                key.full.push(*letter);
                key.initials.push(*letter);
            }
            Sound::Syllables(readings) => {
                let reading = readings.get(choice.get(at).copied().unwrap_or(0)).copied().unwrap_or_default();
                key.full.push_str(reading);
                key.initials.extend(reading.chars().next());
            }
        }
    }
    key
}

/// Characters of several readings, and words that fix the reading of their characters.
struct Readings {
    characters: FxHashMap<char, Vec<&'static str>>,
    words: FxHashMap<Box<[char]>, Vec<&'static str>>,
}

impl Readings {
    const WORD_MAX: usize = 3;

    /// The readings of the longest known word at the beginning of `chars`.
    fn word_at(&self, chars: &[char]) -> Option<&[&'static str]> {
        let lengths = (2..=Self::WORD_MAX.min(chars.len())).rev();
        lengths.filter_map(|length| self.words.get(&chars[..length])).map(Vec::as_slice).next()
    }
}

static READINGS: LazyLock<Readings> = LazyLock::new(|| {
    let mut readings = Readings { characters: FxHashMap::default(), words: FxHashMap::default() };
    for line in include_str!("../data/readings.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut fields = line.split(' ');
        let word: Box<[char]> = fields.next().unwrap_or_default().chars().collect();
        let syllables = fields.collect();
        match *word {
            [character] => drop(readings.characters.insert(character, syllables)),
            _ => drop(readings.words.insert(word, syllables)),
        }
    }
    readings
});

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let keys: Vec<String> = keys(text).into_iter().map(|key| format!("{} {}", key.full, key.initials)).collect();
        expected.assert_eq(&keys.join(", "));
    }

    #[test]
    fn letters_that_people_type() {
        check("连衣裙", &expect!["lianyiqun lyq"]);
        check("連衣裙", &expect!["lianyiqun lyq"]);
        check("女鞋 绿茶", &expect!["nvxielvcha nxlc, nvxielucha nxlc"]);
        check("iPhone手机壳 15", &expect!["iphoneshoujike15 iphonesjk15, iphoneshoujiqiao15 iphonesjq15"]);
        check("音乐盒 可乐", &expect!["yinyuehekele yyhkl, yinyuehekeyue yyhky"]);
        check("西洋参含片", &expect!["xiyangshenhanpian xyshp"]);
        check("😀 !", &expect![" "]);
    }

    #[test]
    fn several_readings() {
        check("长裙", &expect!["changqun cq, zhangqun zq"]);
        assert_eq!(
            (syllables('长'), syllables('裙'), syllables('a')),
            (&["chang", "zhang"][..], &["qun"][..], &[][..])
        );
        assert!(keys(&"长重行乐".repeat(50)).len() <= KEYS_MAX);
    }

    #[test]
    fn what_sounds_alike() {
        assert_eq!(likeness_of_texts("手机克", "手机壳"), 1.0);
        assert_eq!(likeness_of_texts("莲衣群", "連衣裙"), 1.0);
        for (one, other) in [("素料", "蔬料"), ("兰裙", "男裙"), ("蓝色", "狼色"), ("金子", "镜子"), ("盆", "朋")]
        {
            assert_eq!(likeness_of_texts(one, other), 0.7, "{one} {other}");
        }
        assert_eq!(likeness('重', '充'), 0.9);
        assert_eq!(likeness_of_texts("连衣裙", "连衣"), 0.0);
        assert_eq!(likeness_of_texts("毛巾", "毛衣"), 0.0);
        assert_eq!(likeness('a', 'b'), 0.0);
    }

    #[test]
    fn the_table_of_readings_is_sound() {
        for (character, readings) in &READINGS.characters {
            assert!(readings.iter().all(|one| syllable::find(one).is_some()), "{character} {readings:?}");
        }
        for (word, readings) in &READINGS.words {
            assert_eq!(word.len(), readings.len(), "{word:?}");
            assert!(word.len() <= Readings::WORD_MAX && readings.iter().all(|one| syllable::find(one).is_some()));
        }
    }

    proptest! {
        #[test]
        fn any_text_has_bounded_keys(text in "([a-zA-Z0-9é -]|[红连长乐裙机壳々行]|\\PC){0,40}") {
            let keys = keys(&text);
            prop_assert!(!keys.is_empty() && keys.len() <= KEYS_MAX);
            prop_assert_eq!(&keys[0], &key(&text));
        }
    }
}
