use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use types::Row;

use super::item::Quote;
use super::state::{Reviews, Topic};
use super::weeks::Weeks;

/// Quotes for or against one aspect from which those shown are chosen.
const QUOTES_MAX: usize = 64;

/// By aspect (none: the item as a whole) and whether they praise: quotes with their item.
pub type QuotesBySide = BTreeMap<(Option<Arc<str>>, bool), Vec<(Row, Quote)>>;
/// The same while they are gathered, by the aspect's code.
type Gathered<'a> = BTreeMap<(Option<u8>, bool), Vec<(Row, &'a Quote)>>;

/// What the reviews of several items say together.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ReviewSum {
    /// Items that have reviews.
    pub items: usize,
    /// Whole reviews, by week.
    pub whole: Weeks,
    /// By aspect: reviews that praise or blame it.
    pub aspects: BTreeMap<Arc<str>, Weeks>,
    /// What is said most often, first.
    pub topics: Vec<TopicCount>,
    /// What most reviews say first, then what was said last.
    pub quotes: QuotesBySide,
}

/// A topic with how many reviews say so, at least.
#[derive(Clone, PartialEq, Debug)]
pub struct TopicCount {
    /// What they say.
    pub topic: Topic,
    /// How many.
    pub reviews: u32,
}

impl Reviews {
    /// What the reviews of these items say together.
    pub fn sum(&self, items: impl IntoIterator<Item = Row>) -> ReviewSum {
        let mut sum = ReviewSum::default();
        let mut aspects: Vec<Weeks> = vec![Weeks::default(); self.words.aspects.len()];
        let mut topics: FxHashMap<u32, u32> = FxHashMap::default();
        let mut quotes: Gathered<'_> = BTreeMap::new();
        for row in items {
            let Some(item) = self.item(row) else { continue };
            sum.items += 1;
            sum.whole.add(&item.whole);
            item.aspects.iter().for_each(|(code, weeks)| aspects[usize::from(*code)].add(weeks));
            item.topics.iter().for_each(|(code, count)| *topics.entry(*code).or_default() += count);
            for quote in &item.quotes {
                let known = quotes.entry((quote.aspect, quote.is_praise)).or_default();
                known.push((row, quote));
                if known.len() >= 16 * QUOTES_MAX {
                    best(known);
                }
            }
        }
        let named = self.words.aspects.iter().cloned().zip(aspects);
        sum.aspects = named.filter(|(_, weeks)| weeks.total().all() > 0).collect();
        let count =
            |(code, reviews): (u32, u32)| TopicCount { topic: self.words.topics[code as usize].clone(), reviews };
        sum.topics = topics.into_iter().map(count).collect();
        let words = |topic: &Topic| (Arc::clone(&topic.named), Arc::clone(&topic.opinion), topic.is_praise);
        sum.topics.sort_by(|a, b| b.reviews.cmp(&a.reviews).then_with(|| words(&a.topic).cmp(&words(&b.topic))));
        for ((aspect, is_praise), mut of) in quotes {
            best(&mut of);
            let aspect = aspect.map(|code| Arc::clone(&self.words.aspects[usize::from(code)]));
            sum.quotes.insert((aspect, is_praise), of.into_iter().map(|(row, quote)| (row, quote.clone())).collect());
        }
        sum
    }
}

fn best(quotes: &mut Vec<(Row, &Quote)>) {
    quotes.sort_by(|a, b| a.1.shown_before(b.1).then(a.0.cmp(&b.0)));
    quotes.truncate(QUOTES_MAX);
}
