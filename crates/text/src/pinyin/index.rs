//! The shop's words by what people type for them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use super::{fuzzy, keys, split, splits, syllables};

/// Finds the shop's Chinese words by pinyin, in full, by first letters, or with sounds that many do not tell apart.
/// Immutable, cheap to clone.
///
/// ```
/// let index = text::pinyin::PinyinIndex::new([("连衣裙", 120), ("莲衣群", 1), ("手机壳", 80)]);
/// assert_eq!(index.lookup("lianyiqun")[0].word, "连衣裙");
/// assert_eq!(index.by_initials("sjk")[0].word, "手机壳");
/// assert_eq!(index.lookup("soujike")[0].word, "手机壳");
/// ```
#[derive(Clone, Debug)]
pub struct PinyinIndex(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    words: Vec<(Box<str>, u64)>,
    /// Hashes of keys with the words they lead to, sorted, those of the commonest words first.
    full: Vec<(u64, u32)>,
    fuzzy: Vec<(u64, u32)>,
    initials: Vec<(u64, u32)>,
    /// How often the shop has all words together.
    total: f64,
}

/// A word found by pinyin.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PinyinMatch<'a> {
    /// The word.
    pub word: &'a str,
    /// How often the shop has it.
    pub frequency: u64,
    /// How it was found.
    pub kind: PinyinKind,
    /// Its share among the words typed alike, weighed by how sure the kind of match is; 0 to 1.
    pub confidence: f32,
}

/// How letters stand for a word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum PinyinKind {
    /// All letters of all syllables.
    Full,
    /// All syllables, but with sounds that many speakers do not tell apart.
    Fuzzy,
    /// The first letter of each syllable.
    Initials,
}

impl PinyinKind {
    /// How sure a match of this kind is, before other words are looked at.
    fn weight(self) -> f32 {
        match self {
            Self::Full => 0.95,
            Self::Fuzzy => 0.7,
            Self::Initials => 0.5,
        }
    }
}

impl fmt::Display for PinyinKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "pinyin",
            Self::Fuzzy => "pinyin with like sounds",
            Self::Initials => "first letters of pinyin",
        })
    }
}

/// The longest word kept, in characters.
const WORD_MAX: usize = 12;
/// Letters of initials: fewer stand for too many words.
const INITIALS_MIN: usize = 2;
/// The most words given for one key.
const MATCHES_MAX: usize = 8;
/// The most ways in which ambiguous letters are read.
const SPLITS_MAX: usize = 6;
/// The most syllables of one word in a row of words.
const WORD_SYLLABLES_MAX: usize = 8;

impl PinyinIndex {
    /// Keeps words with how often the shop has them; of words given twice the frequencies add up. Words without Chinese
    /// characters are left aside.
    pub fn new<S: AsRef<str>>(words: impl IntoIterator<Item = (S, u64)>) -> Self {
        let mut frequencies: FxHashMap<Box<str>, u64> = FxHashMap::default();
        for (word, frequency) in words {
            let word = word.as_ref();
            let has_sound = word.chars().any(|character| !syllables(character).is_empty());
            if has_sound && word.chars().count() <= WORD_MAX {
                let known = frequencies.entry(word.into()).or_default();
                *known = known.saturating_add(frequency);
            }
        }
        let mut words: Vec<(Box<str>, u64)> = frequencies.into_iter().collect();
        words.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let total = words.iter().map(|(_, frequency)| *frequency as f64 + 1.0).sum();
        let mut inner = Inner { words, total, full: Vec::new(), fuzzy: Vec::new(), initials: Vec::new() };
        for at in 0..u32::try_from(inner.words.len()).unwrap_or(u32::MAX) {
            inner.add_keys(at);
        }
        for keys in [&mut inner.full, &mut inner.fuzzy, &mut inner.initials] {
            keys.sort_unstable();
            keys.dedup();
            keys.shrink_to_fit();
        }
        Self(Arc::new(inner))
    }

    /// The words that `letters` stand for in full, the commonest first; where there are none, those of several syllables
    /// that sound much like it. Case, blanks and apostrophes do not matter.
    pub fn lookup(&self, letters: &str) -> Vec<PinyinMatch<'_>> {
        let letters = bare(letters);
        let found = self.exact(&letters);
        if !found.is_empty() {
            return found;
        }
        let mut found: Vec<PinyinMatch<'_>> = Vec::new();
        for split in splits(&letters, SPLITS_MAX).into_iter().filter(|split| split.len() > 1) {
            for other in self.find(&self.0.fuzzy, fuzzy_hash(&split), PinyinKind::Fuzzy) {
                if !found.iter().any(|known| known.word == other.word) {
                    found.push(other);
                }
            }
        }
        shared(found)
    }

    /// The words that `letters` stand for in full, the commonest first.
    pub fn exact(&self, letters: &str) -> Vec<PinyinMatch<'_>> {
        self.find(&self.0.full, hash_of(&bare(letters)), PinyinKind::Full)
    }

    /// The words whose syllables begin with `letters`, the commonest first.
    pub fn by_initials(&self, letters: &str) -> Vec<PinyinMatch<'_>> {
        self.find(&self.0.initials, hash_of(&bare(letters)), PinyinKind::Initials)
    }

    /// The words in a row that `letters` stand for (`hongselianyiqun`: 红色, 连衣裙), the likeliest by frequency and by
    /// being few; nothing where the letters are not pinyin or no words fill them.
    pub fn row(&self, letters: &str) -> Option<Vec<PinyinMatch<'_>>> {
        let syllables = split(letters)?;
        // By place: the cheapest row of words up to it, and its last word with where that begins.
        let mut best: Vec<Option<(f64, usize, PinyinMatch<'_>)>> = vec![None; syllables.len() + 1];
        let total = self.0.total;
        for end in 1..=syllables.len() {
            for start in end.saturating_sub(WORD_SYLLABLES_MAX)..end {
                let before = match start {
                    0 => 0.0,
                    _ => match &best[start] {
                        Some((cost, ..)) => *cost,
                        None => continue,
                    },
                };
                let key = syllables[start..end].concat();
                let Some(found) = self.find(&self.0.full, hash_of(&key), PinyinKind::Full).into_iter().next() else {
                    continue;
                };
                let cost = before - ((found.frequency as f64 + 1.0) / total).ln();
                if best[end].as_ref().is_none_or(|(known, ..)| cost < *known) {
                    best[end] = Some((cost, start, found));
                }
            }
        }
        let mut row = Vec::new();
        let mut at = syllables.len();
        while at > 0 {
            let (_, start, found) = best[at]?;
            row.push(found);
            at = start;
        }
        row.reverse();
        Some(row)
    }

    /// How many words are kept.
    pub fn len(&self) -> usize {
        self.0.words.len()
    }

    /// Whether no words are kept.
    pub fn is_empty(&self) -> bool {
        self.0.words.is_empty()
    }

    fn find<'a>(&'a self, keys: &'a [(u64, u32)], hash: u64, kind: PinyinKind) -> Vec<PinyinMatch<'a>> {
        let first = keys.partition_point(|(known, _)| *known < hash);
        let same = keys[first..].iter().take_while(|(known, _)| *known == hash).take(MATCHES_MAX);
        let found = same.filter_map(|(_, at)| self.0.words.get(*at as usize));
        let matches =
            found.map(|(word, frequency)| PinyinMatch { word, frequency: *frequency, kind, confidence: kind.weight() });
        shared(matches.collect())
    }
}

impl Inner {
    fn add_keys(&mut self, at: u32) {
        let word = &self.words[at as usize].0;
        for key in keys(word) {
            self.full.push((hash_of(&key.full), at));
            // Of `u盘` and `v咖` the first letters are hardly typed as such.
            let is_chinese = !word.contains(|c: char| c.is_ascii());
            if is_chinese && (INITIALS_MIN..=WORD_MAX).contains(&key.initials.len()) {
                self.initials.push((hash_of(&key.initials), at));
            }
        }
        let readings: Option<Vec<&str>> = word.chars().map(|character| syllables(character).first().copied()).collect();
        if let Some(readings) = readings {
            self.fuzzy.push((fuzzy_hash(&readings), at));
        }
    }
}

/// Weighs each match by its share of all frequencies.
fn shared(mut found: Vec<PinyinMatch<'_>>) -> Vec<PinyinMatch<'_>> {
    let total: f64 = found.iter().map(|one| one.frequency as f64 + 1.0).sum();
    for one in &mut found {
        one.confidence = one.kind.weight() * ((one.frequency as f64 + 1.0) / total) as f32;
    }
    found
}

/// Letters as keys have them.
fn bare(letters: &str) -> String {
    let chars = letters.chars().filter(|character| !matches!(character, ' ' | '\'' | '-'));
    chars.take(super::LETTERS_MAX).flat_map(char::to_lowercase).collect()
}

fn hash_of(key: &str) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

fn fuzzy_hash(syllables: &[&str]) -> u64 {
    let mut hasher = FxHasher::default();
    for syllable in syllables {
        fuzzy(syllable).hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> PinyinIndex {
        PinyinIndex::new([
            ("连衣裙", 120),
            ("莲衣群", 2),
            ("红色", 300),
            ("女", 200),
            ("绿", 20),
            ("手机壳", 80),
            ("长裙", 30),
            ("t恤", 60),
            ("iphone", 500),
            ("男装", 90),
            ("蓝牙耳机", 70),
        ])
    }

    fn words(found: &[PinyinMatch<'_>]) -> String {
        found
            .iter()
            .map(|one| format!("{}({}, {:.2})", one.word, one.kind, one.confidence))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_by_letters() {
        let index = index();
        assert_eq!(words(&index.lookup("lianyiqun")), "连衣裙(pinyin, 0.93) 莲衣群(pinyin, 0.02)");
        assert_eq!(words(&index.lookup("Lian Yi Qun")), "连衣裙(pinyin, 0.93) 莲衣群(pinyin, 0.02)");
        assert_eq!(words(&index.lookup("changqun")), "长裙(pinyin, 0.95)");
        assert_eq!(words(&index.lookup("txu")), "t恤(pinyin, 0.95)");
        assert_eq!(words(&index.lookup("lanzhuang")), "男装(pinyin with like sounds, 0.70)");
        assert_eq!(words(&index.lookup("nanyaerji")), "蓝牙耳机(pinyin with like sounds, 0.70)");
        assert_eq!(words(&index.by_initials("lyej")), "蓝牙耳机(first letters of pinyin, 0.50)");
        for letters in ["iphone", "", "dress", "x", "连衣裙"] {
            assert_eq!(index.lookup(letters), [], "{letters}");
        }
        assert_eq!(index.len(), 10);
    }

    #[test]
    fn rows_of_words() {
        let index = index();
        let row = |letters| index.row(letters).map(|row| row.iter().map(|one| one.word).collect::<Vec<_>>().join(" "));
        assert_eq!(row("hongselianyiqun").as_deref(), Some("红色 连衣裙"));
        assert_eq!(row("nvlianyiqun").as_deref(), Some("女 连衣裙"));
        assert_eq!((row("hongsedafa"), row("dress"), row("")), (None, None, None));
        assert!(PinyinIndex::new(Vec::<(String, u64)>::new()).row("hongse").is_none());
    }

    #[test]
    fn hostile_vocabularies_are_bounded() {
        let long = "长".repeat(10_000);
        let index =
            PinyinIndex::new([(long.as_str(), 1), ("长长长长长长长长", u64::MAX), ("长长长长长长长长", 5), ("", 1)]);
        assert_eq!(index.len(), 1);
        assert_eq!(index.lookup(&"chang".repeat(8)).len(), 1);
        assert!(index.lookup(&"a".repeat(100_000)).is_empty());
    }
}
