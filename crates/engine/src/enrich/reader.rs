//! Items as an extractor learns from them and reads them.

use std::sync::Arc;

use text::extract::{Example, Extracted, Extractor};
use types::well_known::TITLE;
use types::{Item, Language, Value};

/// Texts of an item that are read, the title first, and bytes of each.
const TEXTS_MAX: usize = 4;
const TEXT_BYTES_MAX: usize = 2_000;
/// Levels of a category that texts are told apart by.
const LEVELS: usize = 2;

/// An item's own texts and words.
pub(super) struct Read {
    /// Attribute, text, and the kind of text this is: its category, and whether it is a title.
    texts: Vec<(Arc<str>, String, String)>,
    words: Vec<(Arc<str>, Arc<str>)>,
}

/// A value read from an item's text.
pub(super) struct Found {
    pub(super) attribute: Arc<str>,
    /// The attribute of the text.
    pub(super) text: Arc<str>,
    pub(super) extracted: Extracted,
}

impl Read {
    /// What the shop itself says of an item; `category` is the attribute that holds categories.
    pub(super) fn new(item: &Item, category: Option<&Arc<str>>) -> Self {
        let own = |name: &str| !item.provenance.contains_key(name);
        let path = category.filter(|name| own(name)).and_then(|name| item.categories(name).first());
        let place = path.map(|path| path[..path.len().min(LEVELS)].join(" > ")).unwrap_or_default();
        let texts = own_texts(item).into_iter().map(|(name, text)| {
            // Prose says things otherwise than titles do.
            let kind = if *name == *TITLE { place.clone() } else { format!("{place}\u{1f}{name}") };
            (name, text, kind)
        });
        let words = item.own_attributes().filter_map(|(name, value)| match value {
            Value::Keywords(words) => Some(words.iter().map(move |word| (Arc::clone(name), Arc::clone(word)))),
            _ => None,
        });
        Self { texts: texts.collect(), words: words.flatten().collect() }
    }

    /// The item's texts with the values it has.
    pub(super) fn examples(&self) -> impl Iterator<Item = Example<'_>> {
        let values: Vec<(&str, &str)> = self.words.iter().map(|(name, word)| (&**name, &**word)).collect();
        self.texts.iter().map(move |(_, text, category)| Example {
            text,
            category,
            values: values.clone(),
            complete: false,
        })
    }

    /// Whether the item has a value of an attribute, and whether it is this one: equal but for case and blanks.
    pub(super) fn agrees(&self, attribute: &str, value: &str) -> Option<bool> {
        let mut own = self.words.iter().filter(|(name, _)| **name == *attribute).peekable();
        own.peek()?;
        Some(own.any(|(_, word)| folded(word) == folded(value)))
    }

    /// The attributes the item has words of.
    pub(super) fn attributes(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.words.iter().map(|(name, _)| &**name).collect();
        names.dedup();
        names
    }

    /// The surest value for each attribute but those in `has`.
    pub(super) fn extract(&self, extractor: &Extractor, has: &[&str]) -> Vec<Found> {
        let mut best: Vec<Found> = Vec::new();
        for (name, text, category) in &self.texts {
            for extracted in extractor.extract(text, category, has) {
                let attribute = Arc::clone(&extracted.attribute);
                match best.iter_mut().find(|known| known.attribute == attribute) {
                    // The title, which is read first, wins where both are equally sure.
                    Some(known) if known.extracted.confidence < extracted.confidence => {
                        (known.text, known.extracted) = (Arc::clone(name), extracted);
                    }
                    Some(_) => {}
                    None => best.push(Found { attribute, text: Arc::clone(name), extracted }),
                }
            }
        }
        best
    }
}

/// The texts of an item that the shop itself gave, the title first, each by its attribute and up to a bound.
pub(super) fn own_texts(item: &Item) -> Vec<(Arc<str>, String)> {
    let texts = item.own_attributes().filter_map(|(name, value)| match value {
        Value::Text(texts) => Some((name, texts.best(Language::Other))),
        _ => None,
    });
    let mut texts: Vec<(&Arc<str>, &str)> = texts.filter(|(_, text)| !text.trim().is_empty()).collect();
    texts.sort_by_key(|(name, _)| name.as_ref() != TITLE);
    texts.into_iter().take(TEXTS_MAX).map(|(name, text)| (Arc::clone(name), shortened(text).to_owned())).collect()
}

/// What is the same word for people.
fn folded(word: &str) -> String {
    word.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect()
}

fn shortened(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
