use std::hash::Hasher as _;
use std::sync::{Arc, LazyLock};

use features::{Reviewed, Reviews, Said, Sentiment, Topic};
use text::reviews::{Polarity, Reader, Reading};
use types::{ActorKey, Interaction, InteractionKind, Millis, Row};

/// Of a review so much is read, in characters; few people write more, and none read it.
const READ_CHARS_MAX: usize = 4_000;
/// How sure it must be at least that a review praises or blames: what says nothing is at one half.
const NEUTRAL: std::ops::RangeInclusive<f32> = 0.49..=0.51;

/// How texts are read.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    pub(crate) reader: &'a Reader,
    /// What decides praise and blame in place of the lexicon.
    pub(crate) polarity: Option<&'a (dyn Polarity + Sync)>,
    /// Whether an aspect counts that is named without praise or blame: as what the whole text is.
    pub(crate) counts_mentions: bool,
}

/// A text to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub(crate) text: &'a str,
    pub(crate) rating: Option<f32>,
}

/// What is said of an aspect (none: of the whole): praise or blame, and the words that say so.
type OfAspect<'a> = (Option<Arc<str>>, Sentiment, Option<&'a str>);

/// What a text says, read.
#[derive(Clone, Debug)]
pub(crate) struct Read<'a> {
    pub(crate) sentiment: Sentiment,
    said: Vec<OfAspect<'a>>,
    topics: Vec<Topic>,
}

/// Folds a review in, if the interaction is one; `item` is its row.
pub(crate) fn fold(reviews: &mut Reviews, how: &How<'_>, time: Millis, deed: &Interaction, item: Row) {
    if deed.kind != InteractionKind::Review {
        return;
    }
    let written = Written { text: deed.text.as_deref().unwrap_or_default(), rating: deed.rating };
    let author = deed.actor.key().map(|key| author_of(&key));
    read(&written, how).give(reviews, item, time, author);
}

/// What stands for an author where it must not be known who that is.
pub(crate) fn author_of(key: &ActorKey) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(key.as_str().as_bytes());
    hasher.finish()
}

/// How a shop's reviews are read in the log's fold: by the lexicon, for the aspects of shops.
pub(crate) fn by_lexicon() -> How<'static> {
    static READER: LazyLock<Reader> = LazyLock::new(Reader::default);
    How { reader: &READER, polarity: None, counts_mentions: false }
}

/// Reads a text. A rating that comes with it decides what it is as a whole, because it is the author's own verdict; the words
/// decide what is said of each aspect.
pub(crate) fn read<'a>(written: &Written<'a>, how: &How<'_>) -> Read<'a> {
    let text = head(written.text);
    let reading = match how.polarity {
        Some(polarity) => how.reader.read_with(text, polarity),
        None => how.reader.read(text),
    };
    let sentiment = match written.rating {
        Some(rating) if rating > 0.5 => Sentiment::Positive,
        Some(rating) if rating < 0.5 => Sentiment::Negative,
        Some(_) => Sentiment::Neutral,
        None if NEUTRAL.contains(&reading.positive) => Sentiment::Neutral,
        None if reading.positive > 0.5 => Sentiment::Positive,
        None => Sentiment::Negative,
    };
    let side = |positive: f32| if positive >= 0.5 { Sentiment::Positive } else { Sentiment::Negative };
    let mut said: Vec<OfAspect<'_>> = Vec::new();
    for aspect in &reading.aspects {
        said.push((
            Some(Arc::clone(&aspect.name)),
            side(aspect.positive),
            text.get(aspect.evidence.0..aspect.evidence.1),
        ));
    }
    if how.counts_mentions {
        for (name, span) in how.reader.mentioned(text) {
            if said.iter().all(|(known, ..)| known.as_ref() != Some(&name)) {
                said.push((Some(name), sentiment, text.get(span.0..span.1)));
            }
        }
    }
    if let Some(quote) = quote_of_whole(text, &reading, sentiment) {
        said.push((None, sentiment, Some(quote)));
    }
    let found = text::reviews::topics(&[(text, reading)], 1);
    let topic = |topic: text::reviews::Topic| Topic {
        aspect: topic.aspect,
        named: Arc::from(topic.named),
        opinion: Arc::from(topic.opinion),
        is_praise: topic.side == text::reviews::Side::Pro,
    };
    Read { sentiment, said, topics: found.into_iter().map(topic).collect() }
}

impl Read<'_> {
    /// Hands over what was read to be counted.
    pub(crate) fn give(&self, reviews: &mut Reviews, item: Row, time: Millis, author: Option<u64>) {
        let said: Vec<Said<'_>> = self
            .said
            .iter()
            .map(|(aspect, sentiment, quote)| Said { aspect: aspect.as_deref(), sentiment: *sentiment, quote: *quote })
            .collect();
        let sentiment = self.sentiment;
        reviews.observe(&Reviewed { item, time, author, sentiment, said: &said, topics: &self.topics });
    }
}

/// The words that speak for or against the whole and of no aspect, the strongest; the first ones where none praise or blame
/// and it is a rating that does.
fn quote_of_whole<'a>(text: &'a str, reading: &Reading, sentiment: Sentiment) -> Option<&'a str> {
    let sign = match sentiment {
        Sentiment::Positive => 1.0,
        Sentiment::Negative => -1.0,
        Sentiment::Neutral => return None,
    };
    let of_no_aspect = reading.clauses.iter().filter(|clause| clause.opinions.iter().all(|one| one.aspect.is_none()));
    let strongest = of_no_aspect
        .filter(|clause| clause.score * sign > 0.0)
        .min_by(|a, b| (b.score * sign).total_cmp(&(a.score * sign)));
    let first = || reading.clauses.first().filter(|_| reading.clauses.iter().all(|clause| clause.opinions.is_empty()));
    let clause = strongest.or_else(first)?;
    text.get(clause.span.0..clause.span.1)
}

fn head(text: &str) -> &str {
    text.char_indices().nth(READ_CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, rating: Option<f32>) -> String {
        let read = read(&Written { text, rating }, &by_lexicon());
        let said = read.said.iter().map(|(aspect, sentiment, quote)| {
            format!("{} {} `{}`", aspect.as_deref().unwrap_or("all"), sentiment.name(), quote.unwrap_or_default())
        });
        let topics = read.topics.iter().map(|topic| format!("{}/{}", topic.named, topic.opinion));
        format!(
            "{}; {}; {}",
            read.sentiment.name(),
            said.collect::<Vec<_>>().join(", "),
            topics.collect::<Vec<_>>().join(" ")
        )
    }

    #[test]
    fn a_review_is_read_as_a_whole_and_aspect_by_aspect() {
        assert_eq!(
            show("非常喜欢！质量很好，就是物流太慢了", None),
            "positive; quality positive `质量很好`, delivery negative `就是物流太慢了`, all positive `非常喜欢`; 物流/太慢 质量/很好"
        );
        assert_eq!(
            show("Love it. Shipping was slow", None),
            "positive; delivery negative `Shipping was slow`, all positive `Love it`; shipping/slow"
        );
    }

    #[test]
    fn a_rating_is_the_authors_own_verdict() {
        assert!(show("没有收到", Some(0.0)).starts_with("negative; all negative `没有收到`"));
        assert!(show("It is a chair", Some(1.0)).starts_with("positive; all positive `It is a chair`"));
        assert!(show("good but bad", Some(0.5)).starts_with("neutral;"));
        assert_eq!(show("", None), "neutral; ; ");
    }

    #[test]
    fn long_reviews_are_read_to_a_bound() {
        let long = format!("{}质量很好", "好".repeat(READ_CHARS_MAX));
        assert!(!show(&long, None).contains("质量"));
    }
}
