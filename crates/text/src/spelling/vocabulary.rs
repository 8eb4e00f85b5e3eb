//! What a speller learns from: the shop's own texts and log, counted.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cuts;
use super::language::{Counting, ORDER};
use super::queries::plain;
use super::tokens::{Class, Gap, Token, compounds, hash, tokens};
use crate::fold::Folded;

/// Longer words are not learned: nobody types them.
const WORD_CHARS_MAX: usize = 32;
/// Longer queries are not remembered as wholes, only their beginnings.
const QUERY_TOKENS_MAX: usize = 48;

/// Counts of the shop's words, from its catalogue and its query log; what [`Speller::new`](super::Speller::new) is
/// built from. Texts are cut and folded here, so that both sides are treated alike.
///
/// ```
/// use text::spelling::{Speller, Thresholds, Vocabulary};
///
/// let mut vocabulary = Vocabulary::default();
/// for title in ["Women's running shoes", "Running shoes for men", "Trail shoes"] {
///     vocabulary.read_title(title);
/// }
/// vocabulary.read_query("running shoes", 40);
/// vocabulary.protect("Hoka");
/// let spelled = Speller::new(&vocabulary).correct("runing shoes", &Thresholds::default());
/// assert_eq!(spelled.text, "running shoes");
/// ```
#[derive(Clone, Debug)]
pub struct Vocabulary {
    pub(super) words: FxHashMap<Box<str>, Seen>,
    /// Words that are written with an apostrophe, by their letters alone.
    pub(super) apostrophes: FxHashMap<Box<str>, (Box<str>, u32)>,
    pub(super) counting: Counting,
    /// The same with Chinese cut into words.
    pub(super) cuts: Counting,
    /// Past queries as wholes.
    pub(super) queries: FxHashMap<Box<str>, u32>,
    /// Two and three Chinese characters in a row, packed, with their counts.
    pub(super) grams: FxHashMap<u64, u32>,
    /// Hashes of the words, and of the runs of Chinese characters, that are never changed.
    pub(super) protected: FxHashSet<u64>,
}

/// How often a word was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// In the catalogue.
    pub(super) catalogue: u32,
    /// In the query log.
    pub(super) log: u32,
}

impl Seen {
    pub(super) fn total(self) -> u32 {
        self.catalogue.saturating_add(self.log)
    }
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self {
            words: FxHashMap::default(),
            apostrophes: FxHashMap::default(),
            counting: Counting::new(ORDER),
            cuts: Counting::new(2),
            queries: FxHashMap::default(),
            grams: FxHashMap::default(),
            protected: FxHashSet::default(),
        }
    }
}

impl Vocabulary {
    /// Reads a text of the catalogue: a title, a brand, a category's name; long descriptions do more for names that
    /// must stay as they are than for what is likely in a query.
    pub fn read_title(&mut self, title: &str) {
        self.read(title, Seen { catalogue: 1, log: 0 });
    }

    /// Reads a query that was typed `times` times. Queries that found nothing, or that were typed anew at once, should
    /// not be among them: they are where the slips are.
    pub fn read_query(&mut self, query: &str, times: u32) {
        self.read(query, Seen { catalogue: 0, log: times });
        let folded = Folded::new(query).text;
        let plain = plain(tokens(&folded).take(QUERY_TOKENS_MAX).map(|token| (token.gap, token.text)));
        if times > 0 && !plain.is_empty() {
            let count = self.queries.entry(plain.into()).or_insert(0);
            *count = count.saturating_add(times);
        }
    }

    /// Reads a word with its frequencies, without context.
    pub fn add_word(&mut self, word: &str, catalogue: u32, log: u32) {
        let seen = Seen { catalogue, log };
        let folded = Folded::new(word).text;
        let list: Vec<Token<'_>> = tokens(&folded).collect();
        match list.as_slice() {
            [word] => {
                self.add(word, seen);
                self.counting.read_word(word.hash, seen.total());
            }
            several => self.read_tokens(several, seen),
        }
    }

    /// Keeps a word or name (a rare brand, a model) from ever being changed; it may still be what a slip becomes.
    pub fn protect(&mut self, name: &str) {
        let folded = Folded::new(name).text;
        let list: Vec<Token<'_>> = tokens(&folded).collect();
        for token in list.iter().filter(|token| token.class == Class::Word) {
            self.protected.insert(token.hash);
            if !self.words.contains_key(&*token.text) {
                self.add(token, Seen { catalogue: 1, log: 0 });
                self.counting.read_word(token.hash, 1);
            }
        }
        for run in list.chunk_by(|a, b| a.class == Class::Han && b.class == Class::Han && a.end == b.start) {
            if run[0].class == Class::Han {
                self.protected.insert(hash(&folded[run[0].start..run[run.len() - 1].end]));
            }
        }
    }

    fn read(&mut self, text: &str, seen: Seen) {
        let folded = Folded::new(text).text;
        let list: Vec<Token<'_>> = tokens(&folded).collect();
        self.read_tokens(&list, seen);
        for token in list.iter().filter(|token| token.text.len() < token.end - token.start) {
            let entry = self
                .apostrophes
                .entry((&*token.text).into())
                .or_insert_with(|| (folded[token.start..token.end].into(), 0));
            entry.1 = entry.1.saturating_add(seen.total());
        }
        for compound in compounds(&folded) {
            self.add_letters(&compound, seen);
            self.counting.read_word(hash(&compound), seen.total());
        }
    }

    fn read_tokens(&mut self, list: &[Token<'_>], seen: Seen) {
        let hashes: Vec<u64> = list.iter().map(|token| token.hash).collect();
        self.counting.read(&hashes, seen.total());
        if list.iter().any(|token| token.class == Class::Han) {
            let cut: Vec<u64> =
                cuts::words(list.iter().map(|token| (token.class, &*token.text))).map(|word| word.hash).collect();
            self.cuts.read(&cut, seen.total());
        }
        for token in list {
            self.add(token, seen);
        }
        for pair in list.windows(2).filter(|pair| pair.iter().all(|token| token.class == Class::Han)) {
            if pair[1].gap != Gap::Sign {
                self.counting.read_gap(pair[0].hash, pair[1].hash, pair[1].gap == Gap::Blank, seen.total());
            }
        }
        for run in list.chunk_by(|a, b| a.class == Class::Han && b.class == Class::Han && a.end == b.start) {
            let chars: Vec<char> = run.iter().filter_map(|token| token.text.chars().next()).collect();
            for gram in chars.windows(2).chain(chars.windows(3)) {
                let count = self.grams.entry(pack(gram)).or_insert(0);
                *count = count.saturating_add(seen.total());
            }
        }
    }

    fn add(&mut self, token: &Token<'_>, seen: Seen) {
        if token.class == Class::Word {
            self.add_letters(&token.text, seen);
        }
    }

    fn add_letters(&mut self, letters: &str, seen: Seen) {
        if letters.is_empty() || letters.chars().nth(WORD_CHARS_MAX).is_some() {
            return;
        }
        if !self.words.contains_key(letters) {
            self.words.insert(letters.into(), Seen::default());
        }
        if let Some(known) = self.words.get_mut(letters) {
            known.catalogue = known.catalogue.saturating_add(seen.catalogue);
            known.log = known.log.saturating_add(seen.log);
        }
    }
}

/// Up to three characters as one number.
pub(super) fn pack(chars: &[char]) -> u64 {
    chars.iter().fold(0, |packed, c| (packed << 21) | u64::from(u32::from(*c)))
}

/// The characters of [`pack`].
pub(super) fn unpack(packed: u64) -> impl Iterator<Item = char> {
    let parts = [packed >> 42, (packed >> 21) & 0x1F_FFFF, packed & 0x1F_FFFF];
    parts.into_iter().filter(|part| *part > 0).filter_map(|part| char::from_u32(part as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_counted() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.read_title("Men's T-Shirt 红色连衣裙");
        vocabulary.read_query("t shirt", 3);
        vocabulary.add_word("Hoka", 2, 1);
        let seen = |word: &str| vocabulary.words.get(word).map(|seen| (seen.catalogue, seen.log));
        assert_eq!(seen("shirt"), Some((1, 3)));
        assert_eq!(seen("tshirt"), Some((1, 0)));
        assert_eq!(seen("mens"), Some((1, 0)));
        assert_eq!(&*vocabulary.apostrophes["mens"].0, "men's");
        assert_eq!(seen("hoka"), Some((2, 1)));
        assert_eq!(vocabulary.grams[&pack(&['连', '衣', '裙'])], 1);
        assert_eq!(unpack(pack(&['衣', '裙'])).collect::<String>(), "衣裙");
    }

    #[test]
    fn names_are_protected() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.protect("Vöslauer 约肤");
        assert!(vocabulary.protected.contains(&hash("voslauer")) && vocabulary.protected.contains(&hash("约肤")));
        assert_eq!(vocabulary.words["voslauer"].catalogue, 1);
    }
}
