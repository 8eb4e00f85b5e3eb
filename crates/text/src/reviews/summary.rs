//! What many reviews say together: praised and blamed aspects with quotes and counts, and what is said of what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::opinion::Reading;
use super::unit::key_of;

/// Praise or blame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// What speaks for a product.
    Pro,
    /// What speaks against it.
    Con,
}

/// What is said for and against.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Summary {
    /// Reviews that were read.
    pub reviews: u32,
    /// Of those, how many are positive as a whole.
    pub positive: u32,
    /// Praised aspects, those that most reviews praise first.
    pub pros: Vec<Point>,
    /// Blamed aspects.
    pub cons: Vec<Point>,
}

/// An aspect on one side.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// The aspect.
    pub aspect: Arc<str>,
    /// Reviews that praise it, or blame it.
    pub reviews: u32,
    /// Reviews that speak of it at all.
    pub of: u32,
    /// What they say, in their own words.
    pub quotes: Vec<Quote>,
}

/// Words of a review.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// Which review, by its place among those given.
    pub review: usize,
    /// The bytes of it.
    pub span: (usize, usize),
    /// How many reviews say about the same, this one included.
    pub alike: u32,
}

/// How a summary is made.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SummaryOptions {
    /// Points on either side at most.
    pub points_max: usize,
    /// Quotes of a point at most.
    pub quotes_max: usize,
    /// Reviews that must say so before it is told.
    pub reviews_min: u32,
    /// Longer clauses are not quoted, in characters.
    pub quote_chars_max: usize,
}

impl Default for SummaryOptions {
    fn default() -> Self {
        Self { points_max: 5, quotes_max: 3, reviews_min: 2, quote_chars_max: 120 }
    }
}

/// An opinion about an aspect that several reviews share: "物流 快".
#[derive(Clone, PartialEq, Debug)]
pub struct Topic {
    /// The aspect.
    pub aspect: Arc<str>,
    /// The words that name it, as they most often stand; the aspect's name where it is only implied.
    pub named: String,
    /// The words of praise or blame.
    pub opinion: String,
    /// Whether it is praise.
    pub side: Side,
    /// Reviews that say so.
    pub reviews: u32,
    /// One of them: its place and the bytes of the clause.
    pub example: (usize, (usize, usize)),
}

/// What a review says of an aspect: its place, the bytes of the clause, how strongly.
type Said = (usize, (usize, usize), f32);

/// Clauses whose words overlap by this share say the same.
const ALIKE_MIN: f32 = 0.6;
/// Quotes compared with others at most; the rest only counts.
const QUOTES_COMPARED_MAX: usize = 200;

/// Sums up reviews with what was read in each. Nothing is said in other words than theirs.
pub fn summarise(reviews: &[(&str, Reading)], options: &SummaryOptions) -> Summary {
    let mut said: BTreeMap<(Arc<str>, Side), Vec<Said>> = BTreeMap::new();
    for (place, (_, reading)) in reviews.iter().enumerate() {
        for aspect in &reading.aspects {
            let side = if aspect.positive >= 0.5 { Side::Pro } else { Side::Con };
            let strength = (aspect.positive - 0.5).abs();
            said.entry((aspect.name.clone(), side)).or_default().push((place, aspect.evidence, strength));
        }
    }
    let count = |aspect: &Arc<str>, side: Side| said.get(&(aspect.clone(), side)).map_or(0, Vec::len);
    let points = |side: Side| {
        let of_side =
            said.iter().filter(|((_, known), found)| *known == side && found.len() >= options.reviews_min as usize);
        let mut points: Vec<Point> = of_side
            .map(|((aspect, _), found)| Point {
                aspect: aspect.clone(),
                reviews: found.len() as u32,
                of: (count(aspect, Side::Pro) + count(aspect, Side::Con)) as u32,
                quotes: quotes(reviews, found, options),
            })
            .collect();
        points.sort_by(|a, b| b.reviews.cmp(&a.reviews).then_with(|| a.aspect.cmp(&b.aspect)));
        points.truncate(options.points_max);
        points
    };
    Summary {
        reviews: reviews.len() as u32,
        positive: reviews.iter().filter(|(_, reading)| reading.positive >= 0.5).count() as u32,
        pros: points(Side::Pro),
        cons: points(Side::Con),
    }
}

/// The opinions that most reviews share, at least `reviews_min` of them.
pub fn topics(reviews: &[(&str, Reading)], reviews_min: u32) -> Vec<Topic> {
    let mut topics: BTreeMap<(String, String, Side), Topic> = BTreeMap::new();
    for (place, (text, reading)) in reviews.iter().enumerate() {
        let mut seen: Vec<(String, String, Side)> = Vec::new();
        for clause in &reading.clauses {
            for opinion in &clause.opinions {
                let Some(aspect) = &opinion.aspect else { continue };
                let word = |span: Option<(usize, usize)>| {
                    span.and_then(|(from, to)| text.get(from..to)).map(|word| key_of(word).0)
                };
                let named = word(opinion.named_at).unwrap_or_else(|| aspect.to_string());
                let Some(words) = word(Some(opinion.span)) else { continue };
                let side = if opinion.score >= 0.0 { Side::Pro } else { Side::Con };
                let key = (named, words, side);
                if seen.contains(&key) {
                    continue;
                }
                seen.push(key.clone());
                let topic = topics.entry(key.clone()).or_insert_with(|| Topic {
                    aspect: aspect.clone(),
                    named: key.0,
                    opinion: key.1,
                    side,
                    reviews: 0,
                    example: (place, clause.span),
                });
                topic.reviews += 1;
            }
        }
    }
    let mut topics: Vec<Topic> = topics.into_values().filter(|topic| topic.reviews >= reviews_min).collect();
    topics.sort_by(|a, b| b.reviews.cmp(&a.reviews).then_with(|| (&a.named, &a.opinion).cmp(&(&b.named, &b.opinion))));
    topics
}

/// The first of each group of texts that say about the same, at most so many, by their places.
pub fn distinct(texts: &[&str], at_most: usize) -> Vec<usize> {
    let mut kept: Vec<(usize, Vec<u64>)> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        if kept.len() >= at_most {
            break;
        }
        let grams = crate::pairs::gram_keys(text);
        if kept.iter().all(|(_, known)| overlap(known, &grams) < ALIKE_MIN) {
            kept.push((place, grams));
        }
    }
    kept.into_iter().map(|(place, _)| place).collect()
}

/// The clauses that say most, near-duplicates merged, those that most reviews say first.
fn quotes(reviews: &[(&str, Reading)], found: &[Said], options: &SummaryOptions) -> Vec<Quote> {
    let mut found = found.to_vec();
    found.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    let mut kept: Vec<(Quote, Vec<u64>)> = Vec::new();
    for (review, span, _) in found.into_iter().take(QUOTES_COMPARED_MAX) {
        let Some(text) = reviews[review].0.get(span.0..span.1) else { continue };
        let grams: Vec<u64> = crate::pairs::gram_keys(text);
        let same = kept.iter_mut().find(|(_, known)| overlap(known, &grams) >= ALIKE_MIN);
        match same {
            Some((quote, _)) => quote.alike += 1,
            None if text.chars().count() <= options.quote_chars_max => {
                kept.push((Quote { review, span, alike: 1 }, grams));
            }
            None => {}
        }
    }
    // Stable: among equals, the stronger words first.
    kept.sort_by_key(|(quote, _)| std::cmp::Reverse(quote.alike));
    kept.truncate(options.quotes_max);
    kept.into_iter().map(|(quote, _)| quote).collect()
}

/// Jaccard's coefficient of two sorted sets.
fn overlap(one: &[u64], other: &[u64]) -> f32 {
    let shared = one.iter().filter(|key| other.binary_search(key).is_ok()).count();
    let all = one.len() + other.len() - shared;
    if all == 0 { 1.0 } else { shared as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    const REVIEWS: [&str; 7] = [
        "质量很好，物流很快",
        "质量很好！物流太慢",
        "质量真的很好，尺码偏小",
        "尺码偏小，要买大一号",
        "Quality is great. Sizing runs small",
        "物流很快",
        "客服态度差",
    ];

    fn read() -> Vec<(&'static str, Reading)> {
        let reader = Reader::default();
        REVIEWS.iter().map(|text| (*text, reader.read(text))).collect()
    }

    #[test]
    fn pros_and_cons_are_quoted_with_counts() {
        let reviews = read();
        let summary = summarise(&reviews, &SummaryOptions::default());
        let show = |points: &[Point]| {
            let quote =
                |quote: &Quote| format!("`{}` x{}", &REVIEWS[quote.review][quote.span.0..quote.span.1], quote.alike);
            let point = |point: &Point| {
                let quotes: Vec<String> = point.quotes.iter().map(quote).collect();
                format!("{} {}/{}: {}", point.aspect, point.reviews, point.of, quotes.join(" "))
            };
            points.iter().map(point).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(
            show(&summary.pros),
            "quality 4/4: `质量很好` x2 `质量真的很好` x1 `Quality is great` x1; delivery 2/3: `物流很快` x2"
        );
        assert_eq!(show(&summary.cons), "size 3/3: `尺码偏小` x2 `Sizing runs small` x1");
        assert_eq!(summary.reviews, 7);
    }

    #[test]
    fn topics_are_what_several_reviews_say() {
        let topics = topics(&read(), 2);
        let show: Vec<String> = topics
            .iter()
            .map(|topic| format!("{} {} {:?} {}", topic.named, topic.opinion, topic.side, topic.reviews))
            .collect();
        assert_eq!(show, ["质量 很好 Pro 3", "尺码 偏小 Con 2", "物流 很快 Pro 2"]);
    }

    #[test]
    fn texts_that_say_the_same_are_shown_once() {
        assert_eq!(distinct(&["质量很好", "质量很好！", "Too small", "物流很快"], 3), [0, 2, 3]);
        assert_eq!(distinct(&["质量很好", "物流很快"], 1), [0]);
    }

    #[test]
    fn nothing_said_is_no_summary() {
        assert_eq!(summarise(&[], &SummaryOptions::default()), Summary::default());
    }
}
