use std::collections::BTreeMap;
use std::sync::Arc;

use features::{ReviewSum, Reviews, Tally, Weeks, week_begins, week_of};
use learn::alert::{RiseOptions, discoveries, rises};
use types::{Millis, Row};

use super::report::{IdOf, ReviewQuote, quotes};
use crate::core::Core;

/// What is told of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AlertOptions {
    /// Rises that were noticed in the last so many days.
    pub days: u16,
    /// The share of false alerts among those told, at most, in the mean.
    pub false_share: f64,
    /// Quotes of each alert.
    pub quotes: usize,
}

impl Default for AlertOptions {
    fn default() -> Self {
        Self { days: 90, false_share: 0.05, quotes: 3 }
    }
}

/// Whose reviews became worse.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AlertSubject {
    /// The whole shop, or everything that was read.
    All,
    /// An item, or another subject that texts are about.
    Item(Arc<str>),
    /// A brand.
    Brand(Arc<str>),
    /// An aspect, in all reviews that speak of it.
    Topic(Arc<str>),
}

impl AlertSubject {
    /// The kind's stable name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Item(_) => "item",
            Self::Brand(_) => "brand",
            Self::Topic(_) => "topic",
        }
    }

    /// The subject's own name; none for everything.
    pub fn name(&self) -> Option<&Arc<str>> {
        match self {
            Self::All => None,
            Self::Item(name) | Self::Brand(name) | Self::Topic(name) => Some(name),
        }
    }
}

/// The share of negative reviews rose against its own past.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewAlert {
    /// Of what.
    pub subject: AlertSubject,
    /// The beginning of the week since when it is thought to be higher.
    pub since: Millis,
    /// The beginning of the week whose reviews made it certain.
    pub noticed: Millis,
    /// Negative and all reviews that told what is usual.
    pub before: (u64, u64),
    /// Negative and all reviews since then, up to now.
    pub after: (u64, u64),
    /// How many times better a rise explains the reviews than one share throughout does, whichever that is.
    pub evidence: f64,
    /// Aspects blamed since then, with how often before and since, the most blamed since first.
    pub blamed: Vec<(Arc<str>, u32, u32)>,
    /// Negative words since then.
    pub quotes: Vec<ReviewQuote>,
}

/// The alerts, and among how many they were looked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ReviewAlerts {
    /// The surest first.
    pub alerts: Vec<ReviewAlert>,
    /// Items, brands and topics with enough reviews to be watched.
    pub watched: usize,
}

/// Aspects named in an alert.
const BLAMED_MAX: usize = 3;

/// The alerts of a shop.
pub(crate) fn of_shop(core: &Core, options: &AlertOptions) -> ReviewAlerts {
    let view = core.view.load();
    let (reviews, _) = view.reviews_read();
    let mut by_code: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
    for row in reviews.items() {
        if let Some(code) = view.features.facts(row).and_then(|facts| facts.brand) {
            by_code.entry(code).or_default().push(row);
        }
    }
    // Names are asked one at a time: whoever folds must not wait for all that follows.
    let brand = |code: u32| {
        let names = core.names.read();
        names.labels.id(Row(code)).and_then(|label| label.strip_prefix("brand ")).map(Arc::<str>::from)
    };
    let brands = by_code.into_iter().filter_map(|(code, rows)| Some((brand(code)?, rows))).collect();
    find(reviews, brands, core.clock.now(), options, &|row| core.names.read().items.id(row).cloned())
}

/// Looks for alerts among items, brands, topics and all together.
pub(crate) fn find(
    reviews: &Reviews,
    brands: BTreeMap<Arc<str>, Vec<Row>>,
    now: Millis,
    options: &AlertOptions,
    id_of: &IdOf<'_>,
) -> ReviewAlerts {
    let all = reviews.sum(reviews.items());
    let mut series: Vec<Series<'_>> = Vec::new();
    let mut add = |subject: AlertSubject, rows: Vec<Row>, weeks: &Weeks| {
        series.extend(Watched::over(weeks, now, options).map(|watched| Series { subject, rows, watched, reviews }));
    };
    add(AlertSubject::All, reviews.items().collect(), &all.whole);
    for (aspect, weeks) in &all.aspects {
        add(AlertSubject::Topic(Arc::clone(aspect)), reviews.items().collect(), weeks);
    }
    for (brand, rows) in brands {
        let mut weeks = Weeks::default();
        rows.iter().filter_map(|row| reviews.weeks(*row)).for_each(|of_item| weeks.add(of_item));
        add(AlertSubject::Brand(brand), rows, &weeks);
    }
    for row in reviews.items() {
        if let (Some(weeks), Some(id)) = (reviews.weeks(row), id_of(row)) {
            add(AlertSubject::Item(id), vec![row], weeks);
        }
    }
    let evidence: Vec<f64> = series.iter().map(|series| series.watched.e_value).collect();
    let told = discoveries(&evidence, options.false_share);
    let mut alerts: Vec<ReviewAlert> =
        told.into_iter().filter_map(|place| series[place].alert(options, id_of)).collect();
    alerts.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then_with(|| a.subject.cmp(&b.subject)));
    ReviewAlerts { alerts, watched: series.len() }
}

/// One subject with how its past was watched.
struct Series<'a> {
    subject: AlertSubject,
    rows: Vec<Row>,
    watched: Watched,
    reviews: &'a Reviews,
}

/// What watching a share week by week came to.
struct Watched {
    e_value: f64,
    rise: Option<Risen>,
}

/// A rise that is to be told, with its weeks.
struct Risen {
    since: u16,
    noticed: u16,
    before: (u64, u64),
    after: (u64, u64),
    evidence: f64,
}

/// So many reviews a subject must have before it is watched.
const WATCHED_MIN: u32 = 30;

impl Watched {
    /// Watches a subject's weeks in order; none where there are too few reviews.
    fn over(weeks: &Weeks, now: Millis, options: &AlertOptions) -> Option<Self> {
        if weeks.total().all() < WATCHED_MIN {
            return None;
        }
        // What came before the weeks that are told apart stands before them as one group.
        let told: Vec<(u16, Tally)> = std::iter::once((0, weeks.earlier())).chain(weeks.iter()).collect();
        let counts = |tally: Tally| (u64::from(tally.negative), u64::from(tally.all()));
        let groups: Vec<(u64, u64)> = told.iter().map(|(_, tally)| counts(*tally)).collect();
        let found = rises(&groups, &RiseOptions::default());
        let first_told = week_of(Millis(now.0.saturating_sub(i64::from(options.days) * Millis::DAY)));
        let last = found.rises.last().filter(|rise| told[rise.noticed].0 >= first_told);
        let rise = last.map(|rise| Risen {
            since: told[rise.begins].0,
            noticed: told[rise.noticed].0,
            before: rise.before,
            after: groups[rise.begins..].iter().fold((0, 0), |sum, (no, all)| (sum.0 + no, sum.1 + all)),
            evidence: rise.evidence,
        });
        Some(Self { e_value: last.map_or(found.e_value, |rise| rise.e_value), rise })
    }
}

impl Series<'_> {
    fn alert(&self, options: &AlertOptions, id_of: &IdOf<'_>) -> Option<ReviewAlert> {
        let rise = self.watched.rise.as_ref()?;
        let sum = self.reviews.sum(self.rows.iter().copied());
        let since = week_begins(rise.since);
        let topic = match &self.subject {
            AlertSubject::Topic(aspect) => Some(aspect),
            AlertSubject::All | AlertSubject::Item(_) | AlertSubject::Brand(_) => None,
        };
        let fits = |aspect: &Option<Arc<str>>| topic.is_none_or(|topic| aspect.as_ref() == Some(topic));
        let negative = sum.quotes.iter().filter(|((aspect, is_praise), _)| !is_praise && fits(aspect));
        let mut known: Vec<&(Row, features::Quote)> =
            negative.flat_map(|(_, quotes)| quotes).filter(|(_, quote)| quote.time >= since).collect();
        known.sort_by(|a, b| (b.1.said, b.1.time, &a.1.text).cmp(&(a.1.said, a.1.time, &b.1.text)));
        Some(ReviewAlert {
            subject: self.subject.clone(),
            since,
            noticed: week_begins(rise.noticed),
            before: rise.before,
            after: rise.after,
            evidence: rise.evidence,
            blamed: if topic.is_none() { blamed(&sum, rise.since) } else { Vec::new() },
            quotes: quotes(known.into_iter(), options.quotes, id_of),
        })
    }
}

/// The aspects blamed most since a week.
fn blamed(sum: &ReviewSum, since: u16) -> Vec<(Arc<str>, u32, u32)> {
    let mut blamed: Vec<(Arc<str>, u32, u32)> = Vec::new();
    for (aspect, weeks) in &sum.aspects {
        let after: u32 = weeks.iter().filter(|(week, _)| *week >= since).map(|(_, tally)| tally.negative).sum();
        if after > 0 {
            blamed.push((Arc::clone(aspect), weeks.total().negative.saturating_sub(after), after));
        }
    }
    blamed.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    blamed.truncate(BLAMED_MAX);
    blamed
}
