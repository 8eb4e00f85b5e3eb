//! Latin words of a query that are pinyin of the shop's words.

use std::fmt;

use super::{Script, Word};
use crate::pinyin::{PinyinIndex, PinyinKind, PinyinMatch, split};

/// What Latin letters stand for as pinyin.
#[derive(Clone, PartialEq, Debug)]
pub struct PinyinReading {
    /// The bytes of the query.
    pub span: (usize, usize),
    /// The letters.
    pub typed: String,
    /// The Chinese words meant, in order.
    pub words: Vec<String>,
    /// Other single words that the letters may stand for.
    pub others: Vec<String>,
    /// How the letters stand for them.
    pub kind: PinyinKind,
    /// How often the shop's texts have the letters as they are.
    pub frequency_typed: u64,
    /// How often the shop has the words; of several the rarest.
    pub frequency: u64,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
}

/// What Latin words of a query stand for as pinyin, the longest rows of them first.
pub(super) fn readings(index: &PinyinIndex, words: &[Word], in_texts: &dyn Fn(&str) -> u64) -> Vec<PinyinReading> {
    if index.is_empty() {
        return Vec::new();
    }
    let letters = words.iter().enumerate().filter(|(_, word)| is_letters(word)).take(READ_MAX);
    let letters: Vec<Letters> =
        letters.map(|(at, word)| Letters { at, is_pinyin: split(&word.text).is_some() }).collect();
    let mut readings = Vec::new();
    let mut next = 0;
    while next < letters.len() {
        // Several words are read as one where each is pinyin and they are neighbours.
        let row = letters[next..].iter().zip(letters[next].at..).take(WORDS_MAX);
        let count = row.take_while(|(one, at)| one.is_pinyin && one.at == *at).count().max(1);
        let from = letters[next].at;
        let found = (1..=count).rev().find_map(|count| {
            let is_pinyin = letters[next].is_pinyin;
            Some((reading(index, &words[from..from + count], is_pinyin, in_texts)?, count))
        });
        next += match found {
            Some((reading, count)) => {
                readings.push(reading);
                count
            }
            None => 1,
        };
    }
    weigh(&mut readings, words, &letters);
    readings
}

/// The most Latin words that one Chinese word is typed as.
const WORDS_MAX: usize = 4;
/// The most letters read as pinyin.
const LETTERS_MAX: usize = 40;
/// The most Latin words of a query that are looked at.
const READ_MAX: usize = 32;

/// A word of letters: its place among the words, and whether its letters are pinyin at all.
struct Letters {
    at: usize,
    is_pinyin: bool,
}

/// How much more a text with the very letters says than one with a word that sounds like them.
const TYPED_WEIGHT: f64 = 20.0;

/// How often a word must be had to be believed as much as not.
const SCARCE: f64 = 3.0;

/// Words of English that are pinyin too.
const ENGLISH: &[&str] = &[
    "age", "an", "ban", "bang", "base", "bed", "bike", "bone", "cake", "can", "cane", "care", "case", "change",
    "china", "dance", "dang", "date", "die", "dime", "dude", "fan", "fang", "fun", "game", "gang", "ge", "gene", "gun",
    "ham", "hang", "hen", "her", "hide", "home", "huge", "jade", "june", "lace", "lane", "lang", "language", "line",
    "long", "lung", "made", "magenta", "man", "mane", "mango", "mate", "me", "men", "mine", "mini", "mode", "mule",
    "muse", "name", "nine", "none", "nose", "note", "nude", "open", "page", "pan", "panda", "pang", "panic", "pen",
    "pin", "pine", "ping", "pipe", "pure", "ran", "range", "rang", "ride", "rise", "run", "rune", "sale", "same",
    "sane", "sang", "sauce", "she", "shine", "shun", "side", "size", "song", "sun", "sung", "tale", "tan", "tang",
    "tape", "tie", "time", "tone", "tune", "wan", "wane", "wife", "women", "yang", "you", "bi", "gel", "hi", "no",
    "so", "to", "we", "he", "up", "us", "of", "my", "in", "on", "at", "or", "is", "it", "by", "be", "as", "do", "go",
    "if", "pc", "tv", "cd", "dvd", "usb", "led", "lcd", "diy", "gps", "ssd", "hd", "xl", "xxl", "xs",
];

/// What Latin words stand for together as pinyin.
fn reading(
    index: &PinyinIndex,
    words: &[Word],
    is_pinyin: bool,
    in_texts: &dyn Fn(&str) -> u64,
) -> Option<PinyinReading> {
    let letters: String = words.iter().map(|word| word.text.as_str()).collect();
    if letters.len() > LETTERS_MAX || letters.len() < 2 {
        return None;
    }
    // `txu` for t恤 is no pinyin as a whole.
    let mut found = if is_pinyin { index.lookup(&letters) } else { index.exact(&letters) };
    if found.is_empty() && words.len() == 1 && (2..=6).contains(&letters.len()) {
        found = index.by_initials(&letters);
    }
    let row = match found.first() {
        Some(first) => vec![*first],
        // Several words typed as one; of several typed apart each is read by itself.
        None if words.len() == 1 && is_pinyin => index.row(&letters)?,
        None => return None,
    };
    let kind = row.first()?.kind;
    let frequency = row.iter().map(|one| one.frequency).min()?;
    // Letters that the shop's texts have as they are need no reading: `nike`, `panda`.
    let typed = words.iter().map(|word| in_texts(&word.text).max(word.frequency)).min()?;
    let share = (frequency as f64 + 1.0) / (frequency as f64 + 1.0 + SCARCE + TYPED_WEIGHT * typed as f64);
    let least = row.iter().map(|one| one.confidence).fold(1.0, f32::min);
    let by_chance = CHANCE_OF_ONE.powi(i32::try_from(singles(&row)).unwrap_or(i32::MAX))
        * CHANCE_OF_MORE.powi(row.len() as i32 - 1);
    Some(PinyinReading {
        span: (words.first()?.span.0, words.last()?.span.1),
        typed: letters,
        words: row.iter().map(|one| one.word.to_owned()).collect(),
        others: found.iter().skip(1).map(|one| one.word.to_owned()).collect(),
        kind,
        frequency_typed: typed,
        frequency,
        confidence: least * by_chance * share as f32,
    })
}

/// The more words letters fall into, and the more of them are of one syllable, the more are found by chance.
const CHANCE_OF_MORE: f32 = 0.95;
const CHANCE_OF_ONE: f32 = 0.8;

/// Words of one syllable in a row.
fn singles(row: &[PinyinMatch<'_>]) -> usize {
    row.iter().filter(|one| one.kind == PinyinKind::Full && one.word.chars().nth(1).is_none()).count()
}

/// Lowers the confidence of readings that their surroundings speak against.
fn weigh(readings: &mut [PinyinReading], words: &[Word], letters: &[Letters]) {
    let has_han = words.iter().any(|word| word.script == Script::Han);
    // Latin words that are neither pinyin nor the shop's make the query English.
    let is_read =
        |word: &Word| readings.iter().any(|reading| reading.span.0 <= word.span.0 && word.span.1 <= reading.span.1);
    let mut foreign = letters.iter().filter(|one| !one.is_pinyin).map(|one| &words[one.at]);
    let is_english = foreign.any(|word| word.text.len() > 1 && word.frequency == 0 && !is_read(word));
    let has_sure = readings.iter().any(|reading| reading.kind == PinyinKind::Full && has_several_syllables(reading));
    let initials_alone = letters.len() == 1 && !has_han;
    for reading in readings {
        if is_english {
            reading.confidence *= 0.2;
        }
        if ENGLISH.contains(&reading.typed.as_str()) {
            reading.confidence *= 0.3;
        }
        if reading.kind == PinyinKind::Initials {
            // Two letters are many things, and letters beside Chinese words are most often names.
            let length = if reading.typed.len() < 3 { 0.4 } else { 1.0 };
            reading.confidence *= if initials_alone { length } else { length * 0.4 };
        } else if !has_several_syllables(reading) && !has_sure {
            reading.confidence *= 0.6;
        }
    }
}

fn has_several_syllables(reading: &PinyinReading) -> bool {
    reading.words.iter().map(|word| word.chars().count()).sum::<usize>() > 1
}

fn is_letters(word: &Word) -> bool {
    word.script == Script::Latin && word.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'\'')
}

/// Why the letters are thought to be pinyin.
impl fmt::Display for PinyinReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.words.join(" ");
        write!(f, "{}: {} of {words}, {} times in the shop", self.typed, self.kind, self.frequency)?;
        match self.frequency_typed {
            0 => write!(f, ", which does not have the letters themselves"),
            typed => write!(f, ", which has the letters themselves {typed} times"),
        }
    }
}
