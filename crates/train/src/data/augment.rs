use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pinyin::ToPinyin;
use serde::{Deserialize, Serialize};
use types::{Language, Rng};

use crate::{Error, Result};

/// How texts are varied for training. Rates are probabilities for each word or character.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Varied texts made of each text; 0: none.
    pub copies: usize,
    /// Of a word to become another that means the same, where the dictionary has one.
    pub synonyms: f64,
    /// Of a Chinese character to become another that sounds the same and occurs in the texts.
    pub homophones: f64,
    /// Of a word or Chinese character to be left out.
    pub deletion: f64,
    /// Of a word or Chinese character to change places with the next.
    pub swap: f64,
    /// Of a Latin letter to be missed on a keyboard: left out, doubled, or its neighbour hit.
    pub typos: f64,
    /// Dictionary of synonyms: lines of words that mean the same, between tabs.
    pub dictionary: Option<PathBuf>,
}

impl Default for Augment {
    fn default() -> Self {
        Self { copies: 0, synonyms: 0.1, homophones: 0.02, deletion: 0.05, swap: 0.05, typos: 0.02, dictionary: None }
    }
}

/// Translates, so that a text comes back in other words: a language model, a service, whatever a shop has.
pub trait Translator: Send + Sync {
    /// The text in another language.
    ///
    /// # Errors
    /// In words, where it could not be translated; the text then stays as it is.
    fn translate(&self, text: &str, from: Language, to: Language) -> std::result::Result<String, String>;
}

/// Words that can stand for one another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dictionary {
    others: BTreeMap<String, Vec<String>>,
    /// Characters of the longest word.
    longest: usize,
}

/// Makes varied texts.
#[derive(Clone)]
pub struct Augmenter {
    settings: Augment,
    synonyms: Dictionary,
    homophones: BTreeMap<char, Vec<char>>,
    translator: Option<Arc<dyn Translator>>,
}

/// What a text is varied in: a Chinese character, or a run of others between blanks.
#[derive(Clone, PartialEq, Debug)]
struct Token {
    text: String,
    blank_before: bool,
}

impl Dictionary {
    /// Groups of words that mean the same.
    pub fn new<'a>(groups: impl IntoIterator<Item = Vec<&'a str>>) -> Self {
        let mut dictionary = Self::default();
        for group in groups {
            for word in &group {
                let others = group.iter().filter(|other| *other != word).map(|other| (*other).to_owned());
                dictionary.others.entry(word.to_lowercase()).or_default().extend(others);
                dictionary.longest = dictionary.longest.max(word.chars().count());
            }
        }
        dictionary
    }

    /// Reads lines of words that mean the same, between tabs; lines that begin with `#` mean nothing.
    ///
    /// # Errors
    /// Names the file that cannot be read, or the line with fewer than two words.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs_err::read_to_string(path)?;
        let mut groups = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('\t').map(str::trim).filter(|word| !word.is_empty()).collect();
            match words.len() {
                0 => {}
                _ if line.starts_with('#') => {}
                1 => {
                    let (field, expected) = ("line".to_owned(), "two words or more between tabs".to_owned());
                    return Err(Error::DataLine {
                        path: path.to_owned(),
                        line: at + 1,
                        field,
                        expected,
                        got: line.to_owned(),
                    });
                }
                _ => groups.push(words),
            }
        }
        Ok(Self::new(groups))
    }
}

impl Augmenter {
    /// With these settings, and homophones among the characters of `texts`.
    ///
    /// # Errors
    /// Where a rate is no probability or the dictionary cannot be read.
    pub fn new<'a>(settings: &Augment, texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let rates = [settings.synonyms, settings.homophones, settings.deletion, settings.swap, settings.typos];
        if let Some(rate) = rates.iter().find(|rate| !(0.0..=1.0).contains(*rate)) {
            return Err(Error::Option { field: "augment", got: rate.to_string(), expected: "rates from 0 to 1" });
        }
        let wanted = settings.copies > 0 && settings.homophones > 0.0;
        let homophones = if wanted { homophones(texts) } else { BTreeMap::new() };
        let synonyms = settings.dictionary.as_deref().map(Dictionary::read).transpose()?.unwrap_or_default();
        Ok(Self { settings: settings.clone(), synonyms, homophones, translator: None })
    }

    /// With synonyms from elsewhere.
    pub fn with_synonyms(mut self, synonyms: Dictionary) -> Self {
        self.synonyms = synonyms;
        self
    }

    /// With a translator: every text is also varied by being translated and translated back.
    pub fn with_translator(mut self, translator: Arc<dyn Translator>) -> Self {
        self.translator = Some(translator);
        self
    }

    /// Varied texts of one, the same for the same seed and number; none equals the text itself.
    ///
    /// # Errors
    /// None at present; a translator that fails is passed over and told of in the log.
    pub fn vary(&self, text: &str, seed: u64, number: u64) -> Result<Vec<String>> {
        let mut rng = Rng::new(Rng::new(seed).next_u64() ^ number);
        let mut varied: Vec<String> = (0..self.settings.copies).map(|_| self.vary_once(text, &mut rng)).collect();
        varied.extend(self.translated(text).filter(|_| self.settings.copies > 0));
        varied.retain(|one| one != text && !one.trim().is_empty());
        varied.dedup();
        Ok(varied)
    }

    fn vary_once(&self, text: &str, rng: &mut Rng) -> String {
        let settings = &self.settings;
        let text = self.with_other_words(text, rng);
        let mut tokens = tokens(&text);
        for token in &mut tokens {
            token.text = self.misspelt(&token.text, rng);
        }
        let many = tokens.len() > 2;
        tokens.retain(|_| !(many && rng.unit() < settings.deletion));
        for at in 1..tokens.len() {
            if rng.unit() < settings.swap {
                let (left, right) = tokens.split_at_mut(at);
                std::mem::swap(&mut left[at - 1].text, &mut right[0].text);
            }
        }
        let mut out = String::with_capacity(text.len());
        for token in tokens {
            if token.blank_before && !out.is_empty() {
                out.push(' ');
            }
            out.push_str(&token.text);
        }
        out
    }

    /// Replaces words of the dictionary, the longest that fits at each place.
    fn with_other_words(&self, text: &str, rng: &mut Rng) -> String {
        if self.synonyms.others.is_empty() || self.settings.synonyms <= 0.0 {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < characters.len() {
            let longest = self.synonyms.longest.min(characters.len() - at);
            let found = (1..=longest).rev().find_map(|length| {
                let (from, to) = (at, at + length);
                let word: String = characters[from..to].iter().collect::<String>().to_lowercase();
                let others = self.synonyms.others.get(&word)?;
                let is_word = |at: usize| characters.get(at).is_some_and(|c| c.is_ascii_alphanumeric());
                // "tea" is no word in "team".
                let inside = (from > 0 && is_word(from - 1) && is_word(from)) || (is_word(to - 1) && is_word(to));
                (!inside).then_some((length, others))
            });
            match found {
                Some((length, others)) if rng.unit() < self.settings.synonyms => {
                    out.push_str(&others[rng.below(others.len())]);
                    at += length;
                }
                Some((length, _)) => {
                    out.extend(&characters[at..at + length]);
                    at += length;
                }
                None => {
                    out.push(characters[at]);
                    at += 1;
                }
            }
        }
        out
    }

    fn misspelt(&self, word: &str, rng: &mut Rng) -> String {
        let mut out = String::with_capacity(word.len() + 1);
        for character in word.chars() {
            if let Some(others) = self.homophones.get(&character) {
                let replaced = rng.unit() < self.settings.homophones;
                out.push(if replaced { others[rng.below(others.len())] } else { character });
            } else if character.is_ascii_alphabetic() && rng.unit() < self.settings.typos {
                match rng.below(3) {
                    0 => {}
                    1 => out.extend([character, character]),
                    _ => out.push(neighbour(character, rng)),
                }
            } else {
                out.push(character);
            }
        }
        out
    }

    /// To the other of the two languages and back.
    fn translated(&self, text: &str) -> Option<String> {
        let translator = self.translator.as_ref()?;
        let chinese = text.chars().any(|c| matches!(c as u32, 0x4E00..=0x9FFF));
        let (own, other) =
            if chinese { (Language::Chinese, Language::English) } else { (Language::English, Language::Chinese) };
        let there = translator.translate(text, own, other);
        let back = there.and_then(|there| translator.translate(&there, other, own));
        back.inspect_err(|error| tracing::warn!(%error, "a text could not be translated")).ok()
    }
}

/// Characters that sound the same (tones apart) among those of the texts.
fn homophones<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeMap<char, Vec<char>> {
    let characters: BTreeSet<char> = texts.into_iter().flat_map(str::chars).collect();
    let mut by_sound: BTreeMap<&str, Vec<char>> = BTreeMap::new();
    for character in characters {
        if let Some(sound) = character.to_pinyin() {
            by_sound.entry(sound.plain()).or_default().push(character);
        }
    }
    let mut found = BTreeMap::new();
    for group in by_sound.values().filter(|group| group.len() > 1) {
        for character in group {
            found.insert(*character, group.iter().copied().filter(|other| other != character).collect());
        }
    }
    found
}

fn tokens(text: &str) -> Vec<Token> {
    let words = neural::heads::words(text, neural::heads::Unit::Word);
    words.into_iter().map(|word| Token { text: word.text.to_owned(), blank_before: !word.joined }).collect()
}

/// A letter beside this one on a QWERTY keyboard.
fn neighbour(letter: char, rng: &mut Rng) -> char {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let lower = letter.to_ascii_lowercase();
    let mut beside = Vec::new();
    for (row, letters) in ROWS.iter().enumerate() {
        let Some(at) = letters.find(lower) else { continue };
        let near = |row: usize, at: isize| usize::try_from(at).ok().and_then(|at| ROWS.get(row)?.chars().nth(at));
        let at = at as isize;
        beside.extend([near(row, at - 1), near(row, at + 1)].into_iter().flatten());
        beside.extend([near(row + 1, at - 1), near(row + 1, at)].into_iter().flatten());
        if row > 0 {
            beside.extend([near(row - 1, at), near(row - 1, at + 1)].into_iter().flatten());
        }
    }
    if beside.is_empty() {
        return letter;
    }
    let other = beside[rng.below(beside.len())];
    if letter.is_ascii_uppercase() { other.to_ascii_uppercase() } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(change: impl Fn(&mut Augment)) -> Augment {
        let mut settings = Augment {
            copies: 20,
            synonyms: 0.0,
            homophones: 0.0,
            deletion: 0.0,
            swap: 0.0,
            typos: 0.0,
            dictionary: None,
        };
        change(&mut settings);
        settings
    }

    fn varied(settings: &Augment, text: &str) -> BTreeSet<String> {
        let augmenter = Augmenter::new(settings, [text, "是事市"]).unwrap();
        augmenter.vary(text, 1, 0).unwrap().into_iter().collect()
    }

    #[test]
    fn each_way_changes_what_it_should() {
        let deleted = varied(&only(|s| s.deletion = 0.3), "红色 dress 42码");
        assert!(deleted.iter().all(|text| text.chars().count() < 12), "{deleted:?}");
        let swapped = varied(&only(|s| s.swap = 0.5), "red tea towel");
        assert!(swapped.contains("tea red towel") && swapped.iter().all(|text| text.len() == 13), "{swapped:?}");
        let missed = varied(&only(|s| s.typos = 0.3), "waterproof");
        assert!(missed.len() > 10 && !missed.contains("waterproof"), "{missed:?}");
        let heard = varied(&only(|s| s.homophones = 0.5), "这是茶");
        assert!(
            heard.iter().all(|text| ["这事茶", "这市茶"].contains(&text.as_str())) && heard.len() == 2,
            "{heard:?}"
        );
    }

    #[test]
    fn synonyms_are_words_and_not_parts_of_words() {
        let dictionary = Dictionary::new([vec!["tea", "brew"], vec!["连衣裙", "裙子"]]);
        let augmenter = Augmenter::new(&only(|s| s.synonyms = 1.0), []).unwrap().with_synonyms(dictionary);
        assert_eq!(augmenter.vary("Tea for the team", 1, 0).unwrap(), ["brew for the team"]);
        assert_eq!(augmenter.vary("红色连衣裙", 1, 0).unwrap(), ["红色裙子"]);
        assert_eq!(augmenter.vary("nothing", 1, 0).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn back_translation_goes_through_whatever_translates() {
        struct Echo;
        impl Translator for Echo {
            fn translate(&self, text: &str, _: Language, to: Language) -> std::result::Result<String, String> {
                if text == "bad" { Err("no".to_owned()) } else { Ok(format!("{text}{}", to.code())) }
            }
        }
        let augmenter = Augmenter::new(&only(|s| s.copies = 1), []).unwrap().with_translator(Arc::new(Echo));
        assert_eq!(augmenter.vary("茶", 1, 0).unwrap(), ["茶enzh"]);
        assert!(augmenter.vary("bad", 1, 0).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_varied_unless_asked_and_faults_are_named() {
        assert!(varied(&Augment::default(), "red dress").is_empty());
        let settings = Augment { copies: 1, deletion: 1.5, ..Augment::default() };
        assert!(Augmenter::new(&settings, []).err().unwrap().to_string().contains("1.5"));
        let dir = tempfile::tempdir().unwrap();
        fs_err::write(dir.path().join("d"), "# 注释\nalone\n").unwrap();
        let error = Dictionary::read(&dir.path().join("d")).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
