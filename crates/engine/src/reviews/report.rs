use std::collections::HashSet;
use std::sync::Arc;

use features::{Quote, ReviewSum, Reviews, Tally, TopicCount, week_begins, week_of};
use types::{ItemId, Millis, Row};

use crate::core::Core;
use crate::view::View;

/// Whose reviews are asked for; where nothing is named, those of the whole shop.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ReviewScope {
    /// One item.
    pub item: Option<ItemId>,
    /// Items of a brand.
    pub brand: Option<String>,
    /// Items of a category and of those below it, given by its path or its end, joined by ` > `.
    pub category: Option<String>,
}

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReviewOptions {
    /// Weeks that are told apart, up to the present one.
    pub weeks: u16,
    /// Quotes of each point.
    pub quotes: usize,
    /// Topics.
    pub topics: usize,
}

impl Default for ReviewOptions {
    fn default() -> Self {
        Self { weeks: 26, quotes: 3, topics: 20 }
    }
}

/// What reviews say together. Nothing is said in other words than theirs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ReviewReport {
    /// Items that have reviews.
    pub items: usize,
    /// The reviews, by what they are as a whole.
    pub reviews: Tally,
    /// What decided that where no rating did: `lexicon`, or the id of a model.
    pub read_by: Arc<str>,
    /// By aspect: reviews that praise or blame it, the most spoken of first.
    pub aspects: Vec<(Arc<str>, Tally)>,
    /// What most praise first.
    pub pros: Vec<ReviewPoint>,
    /// What most blame first.
    pub cons: Vec<ReviewPoint>,
    /// What is said most often, first.
    pub topics: Vec<TopicCount>,
    /// The last weeks in order, with the moment each begins.
    pub weeks: Vec<(Millis, Tally)>,
    /// Reviews before those weeks.
    pub earlier: Tally,
}

/// An aspect on one side.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewPoint {
    /// The aspect; none for the item as a whole.
    pub aspect: Option<Arc<str>>,
    /// Reviews that praise it, or blame it.
    pub reviews: u32,
    /// Reviews that speak of it.
    pub of: u32,
    /// Some of their words.
    pub quotes: Vec<ReviewQuote>,
}

/// Words of a review.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewQuote {
    /// The item it is about.
    pub item: Arc<str>,
    /// The words.
    pub text: Arc<str>,
    /// When they were written.
    pub time: Millis,
    /// Reviews of the item that say so in the same words, as far as is remembered.
    pub said: u32,
}

/// Ids of rows.
pub(crate) type IdOf<'a> = dyn Fn(Row) -> Option<Arc<str>> + 'a;

/// Sums up the reviews in scope.
pub(crate) fn report(core: &Core, scope: &ReviewScope, options: &ReviewOptions) -> ReviewReport {
    let view = core.view.load();
    let (reviews, read_by) = view.reviews_read();
    let rows = rows(core, &view, reviews, scope);
    let sum = reviews.sum(rows);
    let id_of = |row: Row| core.names.read().items.id(row).cloned();
    ReviewReport { read_by, ..summed(sum, core.clock.now(), options, &id_of) }
}

/// The items with reviews that are in scope.
fn rows(core: &Core, view: &View, reviews: &Reviews, scope: &ReviewScope) -> Vec<Row> {
    let mut rows: Vec<Row> = match &scope.item {
        Some(item) => core.names.read().items.row(item.as_str()).into_iter().collect(),
        None => reviews.items().collect(),
    };
    let codes = |kind: &str, fits: &dyn Fn(&str) -> bool| -> HashSet<u32> {
        let names = core.names.read();
        let labels = names.labels.iter().filter_map(|(code, label)| Some((code, label.strip_prefix(kind)?)));
        labels.filter(|(_, label)| fits(label)).map(|(code, _)| code.0).collect()
    };
    if let Some(brand) = &scope.brand {
        let wanted = plain(brand);
        let codes = codes("brand ", &|label| plain(label) == wanted);
        rows.retain(|row| {
            let code = view.features.facts(*row).and_then(|facts| facts.brand);
            code.is_some_and(|code| codes.contains(&code))
        });
    }
    if let Some(category) = &scope.category {
        let parts: Vec<String> = category.split('>').map(plain).collect();
        let ends_so = |label: &str| {
            let path: Vec<String> = label.split('>').map(plain).collect();
            path.ends_with(&parts)
        };
        let codes = codes("category ", &ends_so);
        rows.retain(|row| {
            let facts = view.features.facts(*row);
            facts.is_some_and(|facts| facts.categories.iter().any(|code| codes.contains(code)))
        });
    }
    rows
}

/// Capitals and blanks at the ends do not tell names apart.
fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A report on what was summed up; `now` is in the last week told.
pub(crate) fn summed(sum: ReviewSum, now: Millis, options: &ReviewOptions, id_of: &IdOf<'_>) -> ReviewReport {
    let total = sum.whole.total();
    let mut aspects: Vec<(Arc<str>, Tally)> =
        sum.aspects.iter().map(|(name, weeks)| (Arc::clone(name), weeks.total())).collect();
    aspects.sort_by(|a, b| b.1.all().cmp(&a.1.all()).then_with(|| a.0.cmp(&b.0)));
    let points = |is_praise: bool| {
        let count = |tally: Tally| if is_praise { tally.positive } else { tally.negative };
        let named = aspects.iter().map(|(name, tally)| (Some(Arc::clone(name)), *tally));
        let mut points: Vec<ReviewPoint> = named
            .chain([(None, total)])
            .filter(|(_, tally)| count(*tally) > 0)
            .map(|(aspect, tally)| {
                let known = sum.quotes.get(&(aspect.clone(), is_praise)).map(Vec::as_slice).unwrap_or_default();
                let quotes = quotes(known.iter(), options.quotes, id_of);
                ReviewPoint { aspect, reviews: count(tally), of: tally.all(), quotes }
            })
            .collect();
        // The whole has been counted above; it is a point where its own words add something.
        points.retain(|point| point.aspect.is_some() || !point.quotes.is_empty());
        let named = |point: &ReviewPoint| (point.aspect.is_none(), point.aspect.clone());
        points.sort_by(|a, b| b.reviews.cmp(&a.reviews).then_with(|| named(a).cmp(&named(b))));
        points
    };
    let (pros, cons) = (points(true), points(false));
    let last = week_of(now);
    let first = last.saturating_sub(options.weeks.saturating_sub(1));
    let mut weeks: Vec<(Millis, Tally)> = (first..=last).map(|week| (week_begins(week), Tally::default())).collect();
    let mut earlier = sum.whole.earlier();
    for (week, tally) in sum.whole.iter() {
        match week.checked_sub(first).and_then(|place| weeks.get_mut(usize::from(place))) {
            Some((_, known)) => known.add(tally),
            // A review of the future belongs to no week that is told.
            None if week < first => earlier.add(tally),
            None => {}
        }
    }
    let mut topics = sum.topics;
    topics.truncate(options.topics);
    let read_by = Arc::from(LEXICON);
    ReviewReport { items: sum.items, reviews: total, read_by, aspects, pros, cons, topics, weeks, earlier }
}

/// What decides praise and blame where no model does.
pub(crate) const LEXICON: &str = "lexicon";

/// Quotes that do not say the same, at most so many.
pub(crate) fn quotes<'a>(
    known: impl Iterator<Item = &'a (Row, Quote)>,
    at_most: usize,
    id_of: &IdOf<'_>,
) -> Vec<ReviewQuote> {
    let known: Vec<&(Row, Quote)> = known.collect();
    let texts: Vec<&str> = known.iter().map(|(_, quote)| &*quote.text).collect();
    let quote = |(row, quote): &(Row, Quote)| {
        let item = id_of(*row)?;
        Some(ReviewQuote { item, text: Arc::clone(&quote.text), time: quote.time, said: quote.said })
    };
    text::reviews::distinct(&texts, at_most).into_iter().filter_map(|place| quote(known[place])).collect()
}
