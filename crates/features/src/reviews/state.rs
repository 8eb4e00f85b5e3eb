use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::{Millis, Row, Rows};

use super::item::{ItemReviews, Quote};
use super::weeks::{Sentiment, week_of};
use crate::queries::personal;

/// Bounds. What was folded under one configuration must not be read under another.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewConfig {
    /// Weeks that are told apart, of an item and of each of its aspects; those before are summed up.
    pub weeks: usize,
    /// Quotes of an item.
    pub quotes: usize,
    /// Quotes of an item for or against the same aspect.
    pub quotes_alike: usize,
    /// Characters of the longest quote.
    pub quote_characters: usize,
    /// Topics of an item.
    pub topics: usize,
    /// Topics of the shop; their words are few, as those are of a lexicon.
    pub topics_all: usize,
}

impl Default for ReviewConfig {
    fn default() -> Self {
        Self { weeks: 104, quotes: 64, quotes_alike: 4, quote_characters: 160, topics: 48, topics_all: 50_000 }
    }
}

/// What a review says, as somebody read it.
#[derive(Clone, Copy, Debug)]
pub struct Reviewed<'a> {
    /// The item it is about.
    pub item: Row,
    /// When it was written.
    pub time: Millis,
    /// A hash of who wrote it.
    pub author: Option<u64>,
    /// What it is as a whole.
    pub sentiment: Sentiment,
    /// What it says of the whole and of each aspect, each at most once.
    pub said: &'a [Said<'a>],
    /// Its topics, each once.
    pub topics: &'a [Topic],
}

/// What a review says of an aspect.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// The aspect's name; none where it is said of the item as a whole.
    pub aspect: Option<&'a str>,
    /// Praise or blame.
    pub sentiment: Sentiment,
    /// The words that say so.
    pub quote: Option<&'a str>,
}

/// An opinion about something, which several reviews may share: delivery, "物流", "快".
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Topic {
    /// The aspect.
    pub aspect: Arc<str>,
    /// What is spoken of.
    pub named: Arc<str>,
    /// What is said of it.
    pub opinion: Arc<str>,
    /// Whether that is praise.
    pub is_praise: bool,
}

/// The reviews of a shop, folded one by one.
///
/// The same reviews in the same order give the same bytes. A clone is an immutable view and costs a few pointers. Memory is
/// bounded: with all limits reached about 40 KB an item; an item with ten reviews takes about 2 KB.
#[derive(Clone, Debug, Default)]
pub struct Reviews {
    pub(crate) config: ReviewConfig,
    pub(crate) words: Arc<Words>,
    pub(crate) items: Rows<Option<Arc<ItemReviews>>>,
}

/// Names that many items share, each with a code.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Words {
    pub(crate) aspects: Vec<Arc<str>>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) codes: FxHashMap<Topic, u32>,
}

impl Reviews {
    /// No reviews yet.
    pub fn new(config: ReviewConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Takes a review in; of an item that is gone none is taken.
    pub fn observe(&mut self, review: &Reviewed<'_>) {
        if self.items.get(review.item).is_some_and(|known| known.as_ref().is_some_and(|known| known.removed)) {
            return;
        }
        let config = self.config.clone();
        let aspects: Vec<Option<u8>> =
            review.said.iter().map(|said| said.aspect.and_then(|name| self.aspect_code(name))).collect();
        let topics: Vec<u32> = review.topics.iter().filter_map(|topic| self.topic_code(topic)).collect();
        let item = Arc::make_mut(self.items.get_mut(review.item).get_or_insert_default());
        let week = week_of(review.time);
        item.whole.count(week, review.sentiment, config.weeks);
        for (said, code) in review.said.iter().zip(aspects) {
            // An aspect beyond those that have codes; there are never so many.
            if said.aspect.is_some() != code.is_some() {
                continue;
            }
            if let Some(code) = code {
                item.aspect_mut(code).count(week, said.sentiment, config.weeks);
            }
            let quotable = |text: &&str| {
                let length = text.chars().count();
                (2..=config.quote_characters).contains(&length) && personal(text).is_none()
            };
            // What neither praises nor blames is quoted for neither.
            let quote = said.quote.filter(|_| said.sentiment != Sentiment::Neutral);
            if let Some(text) = quote.map(str::trim).filter(quotable) {
                let (aspect, is_praise) = (code, said.sentiment == Sentiment::Positive);
                let (text, time, author) = (Arc::from(text), review.time, review.author);
                item.quote(Quote { text, time, said: 1, aspect, is_praise, author }, &config);
            }
        }
        topics.into_iter().for_each(|code| item.count_topic(code, config.topics));
    }

    /// Erases what an author wrote; what was counted stays.
    pub fn forget(&mut self, author: u64) {
        let wrote = |quote: &Quote| quote.author == Some(author);
        let concerned: Vec<Row> =
            self.known().filter(|(_, item)| item.quotes.iter().any(wrote)).map(|(row, _)| row).collect();
        for row in concerned {
            if let Some(item) = self.items.get_mut(row) {
                Arc::make_mut(item).quotes.retain(|quote| !wrote(quote));
            }
        }
    }

    /// Drops the reviews of an item that is gone.
    pub fn remove_item(&mut self, item: Row) {
        self.items.set(item, Some(Arc::new(ItemReviews { removed: true, ..ItemReviews::default() })));
    }

    /// Takes reviews of an item that was gone and is there again.
    pub fn restore_item(&mut self, item: Row) {
        if self.items.get(item).is_some_and(|known| known.as_ref().is_some_and(|known| known.removed)) {
            self.items.set(item, None);
        }
    }

    /// The items that have reviews.
    pub fn items(&self) -> impl Iterator<Item = Row> + '_ {
        self.known().map(|(row, _)| row)
    }

    /// Whole reviews of an item, by week.
    pub fn weeks(&self, item: Row) -> Option<&super::Weeks> {
        self.item(item).map(|item| &item.whole)
    }

    pub(crate) fn item(&self, item: Row) -> Option<&ItemReviews> {
        self.items.get(item)?.as_deref().filter(|item| !item.removed)
    }

    fn known(&self) -> impl Iterator<Item = (Row, &ItemReviews)> {
        let known = self.items.iter().filter_map(|(row, item)| Some((row, item.as_deref()?)));
        known.filter(|(_, item)| !item.removed)
    }

    fn aspect_code(&mut self, name: &str) -> Option<u8> {
        if let Some(code) = self.words.aspects.iter().position(|known| **known == *name) {
            return u8::try_from(code).ok();
        }
        // The last code stands for none.
        let code = u8::try_from(self.words.aspects.len()).ok().filter(|code| *code < u8::MAX)?;
        Arc::make_mut(&mut self.words).aspects.push(Arc::from(name));
        Some(code)
    }

    fn topic_code(&mut self, topic: &Topic) -> Option<u32> {
        if let Some(code) = self.words.codes.get(topic) {
            return Some(*code);
        }
        if self.words.topics.len() >= self.config.topics_all {
            return None;
        }
        let code = self.words.topics.len() as u32;
        let words = Arc::make_mut(&mut self.words);
        words.topics.push(topic.clone());
        words.codes.insert(topic.clone(), code);
        Some(code)
    }
}
