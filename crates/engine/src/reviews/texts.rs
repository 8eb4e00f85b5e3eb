use std::collections::BTreeMap;
use std::sync::Arc;

use features::{ReviewConfig, Reviews, Sentiment};
use rayon::prelude::*;
use text::reviews::{Aspects, Polarity, Reader};
use types::{Dictionary, Millis, Row};

use super::alerts::{self, AlertOptions, ReviewAlerts};
use super::polarity::LabelPolarity;
use super::read::{How, Read, Written, read};
use super::report::{ReviewOptions, ReviewReport, summed};
use super::topics::TextTopics;

/// A text to be read.
#[derive(Clone, Copy, Debug)]
pub struct PlainText<'a> {
    /// What it says.
    pub text: &'a str,
    /// When it was written.
    pub time: Millis,
    /// What it is about: a product, a company, a place.
    pub subject: Option<&'a str>,
    /// What its author rated that with, 0 (worst) to 1 (best).
    pub rating: Option<f32>,
}

/// Reads texts of any domain as reviews are read: their topics, whether they praise or blame, how that goes week by week, and
/// where it becomes worse. It needs no shop and keeps nothing but counts and some quotes.
pub struct TextReader {
    reader: Reader,
    polarity: Option<LabelPolarity>,
    has_own_topics: bool,
    reviews: Reviews,
    subjects: Dictionary,
    last: Millis,
}

impl TextReader {
    /// A reader for these topics; where none are given, for what reviews of products speak of.
    pub fn new(topics: &TextTopics) -> Self {
        let named = topics.topics.iter().map(|(name, words)| (name.as_str(), words.iter().map(String::as_str)));
        let has_own_topics = !topics.topics.is_empty();
        let aspects = if has_own_topics { Aspects::new(named) } else { Aspects::of_shops() };
        let opinions = topics.opinions.iter().map(|(weight, words)| (*weight, words.as_str()));
        // All texts may be about the same.
        let config = ReviewConfig { quotes: 2_000, quotes_alike: 24, topics: 5_000, ..ReviewConfig::default() };
        Self {
            reader: Reader::new(aspects).with_opinions(opinions),
            polarity: None,
            has_own_topics,
            reviews: Reviews::new(config),
            subjects: Dictionary::default(),
            last: Millis(i64::MIN),
        }
    }

    /// Lets a label model tell praise from blame in place of the lexicon.
    #[must_use]
    pub fn with_model(mut self, polarity: LabelPolarity) -> Self {
        self.polarity = Some(polarity);
        self
    }

    /// Reads texts, side by side, and counts them in order. Says what each is.
    pub fn take(&mut self, texts: &[PlainText<'_>]) -> Vec<Sentiment> {
        let polarity = self.polarity.as_ref().map(|model| model as &(dyn Polarity + Sync));
        let how = How { reader: &self.reader, polarity, counts_mentions: self.has_own_topics };
        let written = texts.par_iter().map(|one| Written { text: one.text, rating: one.rating });
        let all: Vec<Read<'_>> = written.map(|written| read(&written, &how)).collect();
        for (one, read) in texts.iter().zip(&all) {
            let row = self.subjects.intern(Arc::from(one.subject.unwrap_or_default()));
            read.give(&mut self.reviews, row, one.time, None);
            self.last = self.last.max(one.time);
        }
        all.iter().map(|read| read.sentiment).collect()
    }

    /// What the texts say together: those about one subject, or all. The weeks end with that of the last text.
    pub fn report(&self, subject: Option<&str>, options: &ReviewOptions) -> ReviewReport {
        let rows: Vec<Row> = match subject {
            Some(subject) => self.subjects.row(subject).into_iter().collect(),
            None => self.reviews.items().collect(),
        };
        let report = summed(self.reviews.sum(rows), self.last, options, &|row| self.subjects.id(row).cloned());
        match &self.polarity {
            Some(model) => ReviewReport { read_by: Arc::from(model.version()), ..report },
            None => report,
        }
    }

    /// Subjects with how many texts are about them, the most written of first.
    pub fn subjects(&self) -> Vec<(Arc<str>, features::Tally)> {
        let count = |row: Row| Some((self.subjects.id(row)?.clone(), self.reviews.weeks(row)?.total()));
        let mut subjects: Vec<_> = self.reviews.items().filter_map(count).collect();
        subjects.sort_by(|a, b| b.1.all().cmp(&a.1.all()).then_with(|| a.0.cmp(&b.0)));
        subjects
    }

    /// Subjects and topics that became worse, as of the last text.
    pub fn alerts(&self, options: &AlertOptions) -> ReviewAlerts {
        let id_of = |row: Row| self.subjects.id(row).filter(|id| !id.is_empty()).cloned();
        alerts::find(&self.reviews, BTreeMap::new(), self.last, options, &id_of)
    }
}
