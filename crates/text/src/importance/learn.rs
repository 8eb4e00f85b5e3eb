//! Which words of queries could have been left out, learned from what people clicked and what they dropped.

use std::collections::{HashMap, HashSet};

use super::Kept;
use crate::phrase::{Phrase, UnitKind, key_of};

/// Words of one query that are counted.
const WORDS_MAX: usize = 32;
/// Different words that are remembered; what comes after them is passed over.
const LEARNT_MAX: usize = 200_000;

/// The words of an item, for asking whether it says a word of a query.
#[derive(Clone, Debug, Default)]
pub struct ItemWords {
    keys: HashSet<String>,
    /// Chinese is cut into words differently in different company, so it is looked for as it stands.
    han: String,
}

impl ItemWords {
    /// The words of an item's texts: its title, its keywords, its categories.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words = Self::default();
        for text in texts {
            let phrase = Phrase::new(text);
            for word in phrase.word_ranges() {
                words.keys.insert(phrase.key(&word).to_owned());
            }
            for unit in 0..phrase.units().len() {
                if phrase.units()[unit].kind == UnitKind::Han {
                    words.han.push_str(phrase.words(&(unit..unit + 1)));
                } else if !words.han.ends_with(' ') {
                    words.han.push(' ');
                }
            }
            words.han.push(' ');
        }
        words
    }

    fn say(&self, key: &str) -> bool {
        self.keys.contains(key) || (!key.is_ascii() && self.han.contains(key))
    }
}

/// Counts what was clicked and what was dropped.
#[derive(Clone, Debug, Default)]
pub struct Learner {
    /// By word: clicks on items that do not say it, and all clicks.
    words: HashMap<String, (f32, f32)>,
}

/// What was learned of words.
#[derive(Clone, Debug, Default)]
pub struct Learnt {
    words: HashMap<String, (f32, f32)>,
}

impl Learner {
    /// Counts that an item was clicked so often in answers to a query. A query of one word can drop none, and tells
    /// nothing.
    pub fn clicked(&mut self, query: &str, item: &ItemWords, clicks: f32) {
        let keys = keys(query);
        if keys.len() > 1 {
            keys.into_iter().for_each(|key| {
                let lacks = !item.say(&key);
                self.count(key, lacks, clicks);
            });
        }
    }

    /// Counts that people searched for `from` without a click, and then for less of the same words, with one. Another
    /// query that has other words is another thought, and tells nothing.
    pub fn turned(&mut self, from: &str, to: &str, sessions: f32) {
        let (before, after) = (keys(from), keys(to));
        let only_drops =
            after.len() < before.len() && !after.is_empty() && after.iter().all(|key| before.contains(key));
        if only_drops {
            before.into_iter().for_each(|key| {
                let is_dropped = !after.contains(&key);
                self.count(key, is_dropped, sessions);
            });
        }
    }

    /// What was learned.
    pub fn finish(self) -> Learnt {
        Learnt { words: self.words }
    }

    fn count(&mut self, key: String, lacks: bool, clicks: f32) {
        let is_full = self.words.len() >= LEARNT_MAX;
        if !(clicks.is_finite() && clicks > 0.0) || (is_full && !self.words.contains_key(&key)) {
            return;
        }
        let counts = self.words.entry(key).or_default();
        *counts = (counts.0 + if lacks { clicks } else { 0.0 }, counts.1 + clicks);
    }
}

impl Learnt {
    /// What was learned of a part of a query; of several words as of the one that is most needed.
    pub fn kept(&self, part: &str) -> Option<Kept> {
        let whole = self.words.get(&key_of(part)).copied();
        let words = keys(part).into_iter().filter_map(|key| self.words.get(&key).copied());
        let of = |(lacking, clicks): (f32, f32)| Kept { share: lacking / clicks.max(f32::MIN_POSITIVE), clicks };
        whole.map(of).or_else(|| words.map(of).min_by(|a, b| a.share.total_cmp(&b.share)))
    }

    /// Whether nothing was learned.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The words of a text as they stand in it, in order; the first 32.
pub fn words(text: &str) -> Vec<&str> {
    let phrase = Phrase::new(text);
    let ranges = phrase.word_ranges().into_iter().take(WORDS_MAX);
    ranges
        .filter_map(|word| {
            let (from, to) = phrase.span(&word);
            text.get(from..to)
        })
        .collect()
}

/// Keys of a text's words, each once.
fn keys(text: &str) -> Vec<String> {
    let phrase = Phrase::new(text);
    let mut keys: Vec<String> = Vec::new();
    for word in phrase.word_ranges().into_iter().take(WORDS_MAX) {
        let key = phrase.key(&word);
        if !keys.iter().any(|known| known == key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_clicked_items_lack_and_reformulations_drop_could_be_left_out() {
        let mut learner = Learner::default();
        let dress = ItemWords::new(["显瘦雪纺连衣裙夏季", "女装"]);
        learner.clicked("网红 连衣裙", &dress, 10.0);
        learner.clicked("显瘦 连衣裙", &dress, 6.0);
        learner.clicked("vintage shoes", &ItemWords::new(["Running Shoe"]), 4.0);
        learner.clicked("vintage shoes", &ItemWords::new(["vintage shoe"]), 4.0);
        learner.clicked("vintage", &ItemWords::new(["shoe"]), 100.0);
        learner.turned("authentic leather belt", "leather belt", 3.0);
        learner.turned("leather belt", "suede belt", 50.0);
        learner.clicked("a b", &dress, f32::NAN);
        let learnt = learner.finish();
        let kept = |part: &str| learnt.kept(part).map(|kept| (kept.share, kept.clicks));
        assert_eq!(kept("网红"), Some((1.0, 10.0)));
        assert_eq!(kept("连衣裙"), Some((0.0, 16.0)));
        assert_eq!(kept("Vintage"), Some((0.5, 8.0)));
        assert_eq!(kept("authentic"), Some((1.0, 3.0)));
        assert_eq!(kept("leather belt"), Some((0.0, 3.0)));
        assert_eq!((kept("suede"), kept("a"), learnt.is_empty()), (None, None, false));
    }

    #[test]
    fn words_stand_as_they_are_written() {
        assert_eq!(words("Red t-shirts, 2 件"), ["Red", "t-shirts", "2", "件"]);
        assert_eq!(words("红色连衣裙"), ["红色", "连衣裙"]);
    }

    proptest! {
        #[test]
        fn shares_of_any_text_are_shares(query in "\\PC{0,30}", title in "\\PC{0,30}", clicks in any::<f32>()) {
            let mut learner = Learner::default();
            learner.clicked(&query, &ItemWords::new([&*title]), clicks);
            learner.turned(&query, &title, 1.0);
            let learnt = learner.finish();
            if let Some(kept) = learnt.kept(&query) {
                prop_assert!((0.0..=1.0).contains(&kept.share));
            }
        }
    }
}
