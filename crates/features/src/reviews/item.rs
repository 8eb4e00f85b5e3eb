use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use rustc_hash::FxHasher;
use types::Millis;

use super::state::ReviewConfig;
use super::weeks::Weeks;

/// What is known of an item's reviews.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct ItemReviews {
    /// The item is gone, and so are its reviews; none are taken until it comes back.
    pub(crate) removed: bool,
    /// Whole reviews.
    pub(crate) whole: Weeks,
    /// By aspect, in order of its code: reviews that praise or blame it.
    pub(crate) aspects: Vec<(u8, Weeks)>,
    /// How many reviews say the same of the same, by the topic's code in order.
    pub(crate) topics: Vec<(u32, u32)>,
    pub(crate) quotes: Vec<Quote>,
}

/// Words of a review.
#[derive(Clone, PartialEq, Debug)]
pub struct Quote {
    /// The words.
    pub text: Arc<str>,
    /// When they were written, or written again by another.
    pub time: Millis,
    /// Reviews that say so in the same words, as far as is remembered.
    pub said: u32,
    /// Of which aspect, by its code; none of the item as a whole.
    pub(crate) aspect: Option<u8>,
    pub(crate) is_praise: bool,
    /// A hash of who wrote them first.
    pub(crate) author: Option<u64>,
}

impl Quote {
    /// What is kept longest: what many say, then what was said last.
    fn rank(&self) -> (bool, Millis, &str) {
        (self.said > 1, self.time, &self.text)
    }

    /// What is shown first.
    pub(crate) fn shown_before(&self, other: &Self) -> std::cmp::Ordering {
        other.said.cmp(&self.said).then(other.time.cmp(&self.time)).then_with(|| self.text.cmp(&other.text))
    }
}

impl ItemReviews {
    pub(crate) fn aspect_mut(&mut self, code: u8) -> &mut Weeks {
        let at = match self.aspects.binary_search_by_key(&code, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                self.aspects.insert(at, (code, Weeks::default()));
                at
            }
        };
        &mut self.aspects[at].1
    }

    /// Counts a topic. Where there are too many, the least counted gives way, so that counts are too low rather than too
    /// high.
    pub(crate) fn count_topic(&mut self, code: u32, topics_max: usize) {
        if let Ok(at) = self.topics.binary_search_by_key(&code, |(known, _)| *known) {
            self.topics[at].1 = self.topics[at].1.saturating_add(1);
            return;
        }
        if self.topics.len() >= topics_max.max(1) {
            let least = self.topics.iter().enumerate().min_by_key(|(_, (code, count))| (*count, *code));
            if let Some((at, _)) = least {
                self.topics.remove(at);
            }
        }
        let at = self.topics.partition_point(|(known, _)| *known < code);
        self.topics.insert(at, (code, 1));
    }

    /// Keeps a quote, in place of what says least about the same where there are too many.
    pub(crate) fn quote(&mut self, quote: Quote, config: &ReviewConfig) {
        let key = key_of(&quote.text);
        let is_of = |known: &Quote| (known.aspect, known.is_praise) == (quote.aspect, quote.is_praise);
        if let Some(same) = self.quotes.iter_mut().find(|known| is_of(known) && key_of(&known.text) == key) {
            same.said = same.said.saturating_add(1);
            same.time = same.time.max(quote.time);
            return;
        }
        let alike = self.quotes.iter().filter(|known| is_of(known)).count();
        let (aspect, is_praise) = (quote.aspect, quote.is_praise);
        self.quotes.push(quote);
        if alike >= config.quotes_alike {
            self.drop_quote(|known| (known.aspect, known.is_praise) == (aspect, is_praise));
        } else if self.quotes.len() > config.quotes {
            self.drop_quote(|_| true);
        }
    }

    fn drop_quote(&mut self, may_go: impl Fn(&Quote) -> bool) {
        let places = self.quotes.iter().enumerate().filter(|(_, quote)| may_go(quote));
        if let Some((at, _)) = places.min_by(|(_, a), (_, b)| a.rank().cmp(&b.rank())) {
            self.quotes.remove(at);
        }
    }
}

/// Equal for words that differ by signs, blanks and capitals alone.
fn key_of(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    letters.for_each(|letter| letter.hash(&mut hasher));
    hasher.finish()
}
