//! The words of the shop, found by their letters, by nearly their letters, and by their sound.

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::{FxHashMap, FxHashSet};

use super::distance::{CHARS_MAX, Slips, slips};
use super::sound;
use super::tokens::{hash, mix};
use super::vocabulary::{Seen, Vocabulary};

/// Only so many first letters of a word are searched with letters left out (Garbe's "prefix length").
const PREFIX: usize = 7;
/// From so many letters on two slips are looked for among the words of the index.
const TWO_SLIPS_FROM: usize = 6;
/// Shorter words are never what a slip becomes: everything is near to them.
const CHARS_MIN: usize = 3;
/// Words read from one list of words that sound alike.
const SOUND_LIST_MAX: usize = 24;

/// All words, in order of the alphabet, with an index by symmetric deletes (Garbe 2012, "1000x faster spelling
/// correction algorithm"): a word and what was typed for it agree after leaving out as many letters of each as there
/// were slips. Words that share their first letters share the entries.
#[derive(Debug)]
pub(super) struct Words {
    letters: String,
    ends: Box<[u32]>,
    seen: Box<[Seen]>,
    by_hash: FxHashMap<u64, u32>,
    /// The way a word is shown where that is not its letters: `men's`.
    shown: FxHashMap<u32, Box<str>>,
    stems: FxHashSet<u64>,
    deletes: Lists,
    sounds: Lists,
}

/// A word that may have been meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    pub(super) word: u32,
    pub(super) slips: Slips,
}

impl Words {
    pub(super) fn new(vocabulary: &Vocabulary) -> Self {
        let mut list: Vec<(&str, Seen)> = vocabulary.words.iter().map(|(word, seen)| (&**word, *seen)).collect();
        list.sort_unstable_by_key(|(word, _)| *word);
        let mut words = Self {
            letters: list.iter().map(|(word, _)| *word).collect(),
            ends: Box::default(),
            seen: list.iter().map(|(_, seen)| *seen).collect(),
            by_hash: (0u32..).zip(&list).map(|(id, (word, _))| (hash(word), id)).collect(),
            shown: FxHashMap::default(),
            stems: list.iter().filter_map(|(word, _)| Some(hash(&stem(word)?))).collect(),
            deletes: Lists::default(),
            sounds: Lists::default(),
        };
        let mut end = 0;
        words.ends = list
            .iter()
            .map(|(word, _)| {
                end += word.len() as u32;
                end
            })
            .collect();
        for (letters, (surface, count)) in &vocabulary.apostrophes {
            let id = words.by_hash.get(&hash(letters));
            if let Some(id) = id.filter(|id| *count * 2 > words.seen[**id as usize].total()) {
                words.shown.insert(*id, surface.clone());
            }
        }
        words.deletes = Lists::new(|each| words.each_group(each));
        words.sounds = Lists::new(|each| {
            let mut by_count: Vec<u32> = (0..words.len()).collect();
            by_count.sort_by_key(|id| std::cmp::Reverse(words.seen(*id).total()));
            for id in by_count {
                if let Some(key) = sound::key(words.letters(id)) {
                    each(hash(&key), id);
                }
            }
        });
        words
    }

    /// The word with exactly these letters.
    pub(super) fn find(&self, hash: u64) -> Option<u32> {
        self.by_hash.get(&hash).copied()
    }

    /// Whether a form of this word is known: `keychains` where the shop has `keychain`.
    pub(super) fn knows_stem(&self, letters: &str) -> bool {
        stem(letters).is_some_and(|stem| self.stems.contains(&hash(&stem)))
    }

    /// Whether what was typed is another form of a word.
    pub(super) fn same_stem(&self, typed: &str, word: u32) -> bool {
        stem(typed).is_some_and(|typed| Some(typed) == stem(self.letters(word)))
    }

    pub(super) fn letters(&self, word: u32) -> &str {
        let end = |word: u32| self.ends[word as usize] as usize;
        &self.letters[if word == 0 { 0 } else { end(word - 1) }..end(word)]
    }

    /// The word as it is written.
    pub(super) fn shown(&self, word: u32) -> &str {
        match self.shown.get(&word) {
            Some(shown) => shown,
            None => self.letters(word),
        }
    }

    pub(super) fn seen(&self, word: u32) -> Seen {
        self.seen[word as usize]
    }

    /// Shows each word within `edits` (1 or 2) slips of what was typed.
    pub(super) fn near(&self, typed: &[char], edits: u8, mut show: impl FnMut(Near)) {
        if typed.len() > CHARS_MAX {
            return;
        }
        let prefix = &typed[..typed.len().min(PREFIX)];
        let mut groups: Vec<u32> = Vec::new();
        let mut keys: Vec<u64> = Vec::new();
        each_deletion(prefix, usize::from(edits), &mut |key| keys.push(key));
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            groups.extend_from_slice(self.deletes.get(key));
        }
        groups.sort_unstable();
        groups.dedup();
        let mut letters: Vec<char> = Vec::with_capacity(CHARS_MAX);
        for group in groups {
            let mut first: Option<[char; PREFIX]> = None;
            for word in group..self.len() {
                letters.clear();
                letters.extend(self.letters(word).chars());
                if *first.get_or_insert_with(|| prefix_of(&letters)) != prefix_of(&letters) {
                    break;
                }
                if letters.len().abs_diff(typed.len()) > usize::from(edits) {
                    continue;
                }
                if let Some(slips) = slips(&letters, typed, edits) {
                    show(Near { word, slips });
                }
            }
        }
    }

    /// Shows the most frequent words that sound like what was typed and differ in at most `edits` letters.
    pub(super) fn alike(&self, typed: &str, edits: u8, mut show: impl FnMut(Near)) {
        let Some(key) = sound::key(typed) else { return };
        let chars: Vec<char> = typed.chars().collect();
        for word in self.sounds.get(hash(&key)).iter().take(SOUND_LIST_MAX) {
            let letters: Vec<char> = self.letters(*word).chars().collect();
            if let Some(slips) = slips(&letters, &chars, edits) {
                show(Near { word: *word, slips });
            }
        }
    }

    /// Bytes of memory, about.
    pub(super) fn bytes(&self) -> usize {
        let table = |len: usize, entry: usize| (len * 8 / 7).next_power_of_two() * (entry + 1);
        self.letters.len()
            + self.ends.len() * 4
            + self.seen.len() * size_of::<Seen>()
            + table(self.by_hash.len(), 16)
            + table(self.stems.len(), 8)
            + self.shown.len() * 40
            + self.deletes.bytes()
            + self.sounds.bytes()
    }

    pub(super) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    /// Shows each shortened beginning with the first word of those that begin so.
    fn each_group(&self, each: &mut dyn FnMut(u64, u32)) {
        let mut before: Option<[char; PREFIX]> = None;
        for word in 0..self.len() {
            let letters: Vec<char> = self.letters(word).chars().take(PREFIX).collect();
            let prefix = prefix_of(&letters);
            if letters.len() < CHARS_MIN || before == Some(prefix) {
                continue;
            }
            before = Some(prefix);
            let edits = if letters.len() >= TWO_SLIPS_FROM { 2 } else { 1 };
            let mut keys = Vec::new();
            each_deletion(&letters, edits, &mut |key| keys.push(key));
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().for_each(|key| each(key, word));
        }
    }
}

fn prefix_of(letters: &[char]) -> [char; PREFIX] {
    std::array::from_fn(|at| letters.get(at).copied().unwrap_or('\0'))
}

/// The stem of a word of Latin letters.
fn stem(word: &str) -> Option<String> {
    let is_plain = word.len() > 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    is_plain.then(|| Stemmer::create(Algorithm::English).stem(word).into_owned())
}

/// Shows the key of `letters` and of what is left without up to `edits` of them.
fn each_deletion(letters: &[char], edits: usize, each: &mut dyn FnMut(u64)) {
    let key = |without: [usize; 2]| {
        let kept = letters.iter().enumerate().filter(|(at, _)| !without.contains(at));
        kept.fold(1u64, |key, (_, letter)| mix(key ^ u64::from(u32::from(*letter)) << 17))
    };
    each(key([usize::MAX; 2]));
    if edits >= 1 {
        for first in 0..letters.len() {
            each(key([first, usize::MAX]));
            if edits >= 2 {
                (first + 1..letters.len()).for_each(|second| each(key([first, second])));
            }
        }
    }
}

/// Lists of numbers by key. Keys that fall together share a list, so what is found has to be checked.
#[derive(Debug, Default)]
pub(super) struct Lists {
    starts: Box<[u32]>,
    values: Box<[u32]>,
}

impl Lists {
    /// `fill` shows all pairs of key and value, each time in the same order.
    pub(super) fn new(fill: impl Fn(&mut dyn FnMut(u64, u32))) -> Self {
        let mut count = 0usize;
        fill(&mut |_, _| count += 1);
        let mut lists = Self { starts: vec![0; count / 2 + 2].into(), values: vec![0; count].into() };
        let mut sizes = vec![0u32; lists.starts.len()];
        fill(&mut |key, _| sizes[lists.place(key)] += 1);
        let mut end = 0;
        for (start, size) in lists.starts.iter_mut().zip(&sizes) {
            *start = end;
            end += size;
        }
        let mut next = lists.starts.clone();
        let mut values = std::mem::take(&mut lists.values);
        fill(&mut |key, value| {
            let place = &mut next[lists.place(key)];
            values[*place as usize] = value;
            *place += 1;
        });
        lists.values = values;
        lists
    }

    pub(super) fn get(&self, key: u64) -> &[u32] {
        if self.values.is_empty() {
            return &[];
        }
        let place = self.place(key);
        &self.values[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    pub(super) fn bytes(&self) -> usize {
        (self.starts.len() + self.values.len()) * 4
    }

    /// The last place stays empty, so that each list ends where the next begins.
    fn place(&self, key: u64) -> usize {
        ((u128::from(key) * (self.starts.len() - 1) as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(list: &[&str]) -> Words {
        let mut vocabulary = Vocabulary::default();
        list.iter().for_each(|word| vocabulary.add_word(word, 1, 0));
        Words::new(&vocabulary)
    }

    fn near(words: &Words, typed: &str, edits: u8) -> Vec<String> {
        let mut found = Vec::new();
        let typed: Vec<char> = typed.chars().collect();
        words.near(&typed, edits, |near| found.push(words.letters(near.word).to_owned()));
        found.sort();
        found
    }

    #[test]
    fn words_near_what_was_typed() {
        let words = words(&["shirt", "shirts", "short", "skirt", "stainless", "stainlessly", "sweatshirt", "кошка"]);
        assert_eq!(near(&words, "shrt", 1), ["shirt", "short"]);
        assert_eq!(near(&words, "shirt", 1), ["shirt", "shirts", "short", "skirt"]);
        assert_eq!(near(&words, "stianles", 2), ["stainless"]);
        assert_eq!(near(&words, "кашка", 1), ["кошка"]);
        assert!(words.knows_stem("stainlessness") == words.knows_stem("stainless"));
    }

    #[test]
    fn words_that_sound_alike() {
        let words = words(&["shoes", "phone", "knife"]);
        let alike = |typed: &str| {
            let mut found = Vec::new();
            words.alike(typed, 3, |near| found.push(words.letters(near.word)));
            found.join(" ")
        };
        assert_eq!(
            (alike("shooz").as_str(), alike("fone").as_str(), alike("nife").as_str()),
            ("shoes", "phone", "knife")
        );
    }

    #[test]
    fn words_are_shown_as_they_are_written() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.read_title("Men's shoes");
        let words = Words::new(&vocabulary);
        assert_eq!(words.shown(words.find(hash("mens")).unwrap()), "men's");
    }

    proptest! {
        #[test]
        fn nothing_near_is_missed(list in prop::collection::vec("[abc]{3,10}", 1..20), typed in "[abc]{6,9}") {
            let list: Vec<&str> = list.iter().map(String::as_str).collect();
            let words = words(&list);
            let found = near(&words, &typed, 2);
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            for word in list.iter().filter(|word| word.len() >= TWO_SLIPS_FROM) {
                let is_near = slips(&chars(word), &chars(&typed), 2).is_some();
                prop_assert_eq!(is_near, found.iter().any(|found| found == word), "{}", word);
            }
        }
    }
}
