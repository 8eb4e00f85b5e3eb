use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Suggestions;
use super::entry::{Entry, Kind, Payload, Pinyin};
use super::keys::{END, Keys};
use super::reading::{character_start, mark, read_characters};
use super::shelf::{List, Shelf};
use super::span::squash;

/// Longer texts are not suggested.
const TEXT_BYTES_MAX: usize = 2_048;
/// Parts of an article number shorter than this do not find it.
const INFIX_LETTERS_MIN: usize = 3;
/// What is taken of an article number; each letter costs a key.
const CODE_LETTERS_MAX: usize = 32;

/// Takes in what may be suggested, and makes [`Suggestions`] of it.
#[derive(Default)]
pub struct SuggestionsBuilder {
    shelves: [Staged; Kind::ALL.len()],
}

/// The entries of one kind as they came.
#[derive(Default)]
struct Staged {
    entries: Vec<StagedEntry>,
    bytes: Vec<u8>,
    keys: Vec<(List, u32)>,
}

struct StagedEntry {
    weight: f32,
    text_len: usize,
    record: Range<usize>,
    keys: Range<usize>,
    payload: Option<Payload>,
}

impl SuggestionsBuilder {
    /// Nothing to suggest yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an entry in. Entries of one kind with the same text become one: weights are added up, keys and payload are
    /// those of the first that has a payload, else of the first.
    pub fn add(&mut self, entry: &Entry<'_>) {
        let hostile = entry.text.contains('\0') || entry.folded.contains('\0');
        let too_long = entry.text.len().max(entry.folded.len()) > TEXT_BYTES_MAX;
        if !(entry.text.trim().is_empty() || entry.folded.is_empty() || hostile || too_long) {
            self.shelves[entry.kind as usize].add(entry);
        }
    }

    /// The suggestions. Takes some seconds for a million entries with pinyin, on one thread.
    pub fn build(self) -> Suggestions {
        Suggestions { base: Arc::new(self.into_shelves()), fresh: None }
    }

    pub(crate) fn into_shelves(self) -> [Shelf; Kind::ALL.len()] {
        self.shelves.map(Staged::into_shelf)
    }

    /// Kind, text and folded text of each entry, those of weight 0 too.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Kind, &str, &str)> {
        Kind::ALL.into_iter().flat_map(|kind| {
            let staged = &self.shelves[kind as usize];
            staged.entries.iter().map(move |entry| {
                let (text, folded) = staged.names(entry);
                (kind, text, if folded.is_empty() { text } else { folded })
            })
        })
    }
}

impl Staged {
    fn add(&mut self, entry: &Entry<'_>) {
        let (start, keys) = (self.bytes.len(), self.keys.len());
        self.write(entry.text);
        // `fold(X)` is most often X with small letters, which lookups see anyway.
        let same = entry.text.bytes().map(|byte| byte.to_ascii_lowercase()).eq(entry.folded.bytes());
        let folded_at = if same { 0 } else { (self.bytes.len() - start) as u32 };
        self.write(if same { "" } else { entry.folded });
        self.add_words(entry, folded_at);
        for pinyin in entry.pinyin {
            self.add_pinyin(entry, pinyin, start);
        }
        for code in entry.codes {
            self.add_code(code, start);
        }
        self.keys[keys..].sort_unstable_by_key(|(list, at)| (*list as usize, *at));
        let mut last = None;
        // Two keys of a list may not stand at one place; a word given twice would.
        let fresh: Vec<(List, u32)> = self.keys.drain(keys..).filter(|key| last.replace(*key) != Some(*key)).collect();
        self.keys.extend(fresh);
        self.entries.push(StagedEntry {
            weight: if entry.weight.is_finite() { entry.weight.max(0.0) } else { 0.0 },
            text_len: entry.text.len(),
            record: start..self.bytes.len(),
            keys: keys..self.keys.len(),
            payload: entry.payload.clone(),
        });
    }

    fn add_words(&mut self, entry: &Entry<'_>, folded_at: u32) {
        self.keys.push((List::Text, folded_at));
        let inside = |word: &&usize| (1..entry.folded.len()).contains(*word) && entry.folded.is_char_boundary(**word);
        self.keys.extend(entry.words.iter().filter(inside).map(|word| (List::Word, folded_at + *word as u32)));
    }

    /// Keys by pinyin, and by its initials; none where the pinyin says no more than the text.
    fn add_pinyin(&mut self, entry: &Entry<'_>, pinyin: &Pinyin<'_>, start: usize) {
        let (full, initials) = (pinyin.full, pinyin.initials);
        if full.is_empty() || full.len() > TEXT_BYTES_MAX || [full, initials].iter().any(|key| key.contains('\0')) {
            return;
        }
        let read = || read_characters(entry.folded).map(|(_, letter)| letter);
        if read().all(|letter| letter.is_ascii()) {
            return;
        }
        let at = (self.bytes.len() - start) as u32;
        self.keys.push((List::Pinyin, at));
        let Some(marked) = mark(entry.folded, full, initials) else {
            return self.write(&full.to_ascii_lowercase());
        };
        for word in entry.words {
            let before = entry.folded.get(..*word).map(|before| read_characters(before).count());
            let place = before.filter(|number| *number > 0).and_then(|number| character_start(&marked, number));
            self.keys.extend(place.map(|place| (List::PinyinWord, at + place as u32)));
        }
        self.write(&marked);
        if read().filter(|letter| !letter.is_ascii()).count() > 1 {
            self.keys.push((List::Initials, (self.bytes.len() - start) as u32));
            self.write(&initials.to_ascii_uppercase());
        }
    }

    fn add_code(&mut self, code: &str, start: usize) {
        let letters: String = squash(code).iter().take(CODE_LETTERS_MAX).map(|(_, byte)| char::from(*byte)).collect();
        let at = self.bytes.len() - start;
        let places = 0..=letters.len().saturating_sub(INFIX_LETTERS_MIN);
        if letters.len() >= INFIX_LETTERS_MIN {
            self.keys.extend(places.map(|place| (List::Infix, (at + place) as u32)));
            self.write(&letters);
        }
    }

    fn write(&mut self, field: &str) {
        self.bytes.extend_from_slice(field.as_bytes());
        self.bytes.push(END);
    }

    /// The text and the folded text (empty where it is the text with small letters).
    fn names(&self, entry: &StagedEntry) -> (&str, &str) {
        let record = &self.bytes[entry.record.clone()];
        let (text, rest) = record.split_at(entry.text_len);
        let rest = &rest[1..];
        let folded = &rest[..rest.iter().position(|byte| *byte == END).unwrap_or(rest.len())];
        // Both were written from texts, so that this cannot fail.
        (std::str::from_utf8(text).unwrap_or_default(), std::str::from_utf8(folded).unwrap_or_default())
    }

    /// The entries to keep, each text once, weightiest first; among equals the shortest, then by the text.
    fn merged(&mut self) -> Vec<usize> {
        let mut known: FxHashMap<&[u8], usize> = FxHashMap::default();
        let mut kept: Vec<usize> = Vec::new();
        let mut weights: Vec<f32> = self.entries.iter().map(|entry| entry.weight).collect();
        let text = |entry: &StagedEntry| &self.bytes[entry.record.start..entry.record.start + entry.text_len];
        for (index, entry) in self.entries.iter().enumerate() {
            let place = *known.entry(text(entry)).or_insert(kept.len());
            let Some(first) = kept.get(place).copied() else {
                kept.push(index);
                continue;
            };
            let sum = (weights[first] + weights[index]).min(f32::MAX);
            if self.entries[first].payload.is_none() && entry.payload.is_some() {
                kept[place] = index;
            }
            weights[kept[place]] = sum;
        }
        kept.retain(|index| weights[*index] > 0.0);
        kept.sort_unstable_by(|a, b| {
            let (x, y) = (&self.entries[*a], &self.entries[*b]);
            let heavier = weights[*b].total_cmp(&weights[*a]);
            heavier.then(x.text_len.cmp(&y.text_len)).then_with(|| text(x).cmp(text(y)))
        });
        self.entries.iter_mut().zip(weights).for_each(|(entry, weight)| entry.weight = weight);
        kept
    }

    fn into_shelf(mut self) -> Shelf {
        let mut kept = self.merged();
        // Positions are 32 bits; what weighs least stays out of a shelf of more than 4 GiB.
        let fits = |total: &mut usize, index: &usize| {
            *total += self.entries[*index].record.len();
            (*total < u32::MAX as usize).then_some(())
        };
        let room = kept.iter().scan(0, |total, index| fits(total, index)).count();
        kept.truncate(room);
        let mut shelf = Shelf::default();
        let size = kept.iter().map(|index| self.entries[*index].record.len()).sum();
        shelf.bytes.reserve_exact(size);
        shelf.starts.reserve_exact(kept.len());
        let mut positions: [Vec<u32>; List::ALL.len()] = Default::default();
        let any_payload = kept.iter().any(|index| self.entries[*index].payload.is_some());
        for index in &kept {
            let entry = &mut self.entries[*index];
            let start = shelf.bytes.len() as u32;
            shelf.starts.push(start);
            shelf.bytes.extend_from_slice(&self.bytes[entry.record.clone()]);
            for (list, at) in &self.keys[entry.keys.clone()] {
                positions[*list as usize].push(start + at);
            }
            if any_payload {
                shelf.payloads.push(entry.payload.take());
            }
        }
        shelf.weights = kept.iter().map(|index| self.entries[*index].weight).collect();
        drop(self);
        shelf.lists = positions.map(|positions| Keys::new(&shelf.bytes, positions));
        shelf
    }
}
