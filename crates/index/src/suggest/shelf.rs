use std::ops::Range;

use super::entry::Payload;
use super::keys::{END, Keys};
use super::span;

/// Lists of keys, by what they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum List {
    /// Whole texts.
    Text,
    /// Texts from a later word on.
    Word,
    /// Readings of whole texts.
    Pinyin,
    /// Readings from a later word on.
    PinyinWord,
    /// First letters of readings.
    Initials,
    /// Article numbers, from each of their letters on.
    Infix,
}

impl List {
    pub(crate) const ALL: [Self; 6] =
        [Self::Text, Self::Word, Self::Pinyin, Self::PinyinWord, Self::Initials, Self::Infix];
}

/// All entries of one kind. Their records lie one after another, the weightiest first:
/// `text END folded END (more fields END)*`, where `folded` is empty if it is the text with small letters.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) bytes: Vec<u8>,
    /// Where each record starts.
    pub(crate) starts: Vec<u32>,
    pub(crate) weights: Vec<f32>,
    /// Empty where no entry has any.
    pub(crate) payloads: Vec<Option<Payload>>,
    pub(crate) lists: [Keys; List::ALL.len()],
}

impl Shelf {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn list(&self, list: List) -> &Keys {
        &self.lists[list as usize]
    }

    /// The entry whose record a position lies in.
    pub(crate) fn entry_at(&self, position: u32) -> u32 {
        self.starts.partition_point(|start| *start <= position).saturating_sub(1) as u32
    }

    pub(crate) fn text(&self, entry: u32) -> &str {
        self.field(self.starts[entry as usize] as usize).1
    }

    /// The folded text; where it is not kept, the text, whose capitals are then to be read as small letters.
    pub(crate) fn folded(&self, entry: u32) -> &str {
        let (text, shown) = self.field(self.starts[entry as usize] as usize);
        let (_, folded) = self.field(text.end + 1);
        if folded.is_empty() { shown } else { folded }
    }

    /// The entry with this text, if there is one.
    pub(crate) fn find(&self, text: &str, folded: &str) -> Option<u32> {
        let keys = self.list(List::Text);
        let mut whole = folded.to_ascii_lowercase().into_bytes();
        whole.push(END);
        let node = keys.step(&self.bytes, &keys.root(), &whole)?;
        let entries = keys.positions(node.range).iter().map(|position| self.entry_at(*position));
        entries.into_iter().find(|entry| self.text(*entry) == text)
    }

    /// The field from `position` on.
    pub(crate) fn rest(&self, position: u32) -> &str {
        self.field(position as usize).1
    }

    /// The part of the shown text that `len` bytes of a key at `position` stand for; empty where they stand for none of
    /// it.
    pub(crate) fn span(&self, list: List, position: u32, len: usize) -> Range<usize> {
        let entry = self.entry_at(position);
        let (record, text) = self.field(self.starts[entry as usize] as usize);
        let (position, end) = (position as usize, position as usize + len);
        if end <= record.end {
            return position - record.start..end - record.start;
        }
        let mut field = record.clone();
        while field.end < position {
            field = self.field(field.end + 1).0;
        }
        let (whole, part) = (&self.bytes[field.clone()], position - field.start..end.min(field.end) - field.start);
        match list {
            List::Text | List::Word => span::of_folded(text, self.folded(entry), &part),
            List::Pinyin | List::PinyinWord | List::Initials => span::of_reading(text, whole, &part),
            List::Infix => span::of_code(text, whole, &part),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let columns = self.starts.capacity() * size_of::<u32>() + self.weights.capacity() * size_of::<f32>();
        let payloads = self.payloads.capacity() * size_of::<Option<Payload>>();
        self.bytes.capacity() + columns + payloads + self.lists.iter().map(Keys::memory_bytes).sum::<usize>()
    }

    /// The field that starts at `start`.
    fn field(&self, start: usize) -> (Range<usize>, &str) {
        let rest = &self.bytes[start..];
        let len = rest.iter().position(|byte| *byte == END).unwrap_or(rest.len());
        // Fields are written from texts, so that this cannot fail.
        (start..start + len, std::str::from_utf8(&rest[..len]).unwrap_or_default())
    }
}
